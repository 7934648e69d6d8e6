"""A panel on a fake engine, in a real window."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

REPO = Path(__file__).resolve().parents[3]
DEMO = REPO / "resources" / "demo"


def _load(name: str) -> ModuleType:
    key = f"hitpoint_panel_tests.{name}"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[key] = module
        spec.loader.exec_module(module)
    return sys.modules[key]


_load("fake_engine")


@pytest.fixture
def fake() -> ModuleType:
    """The module of the fake engine."""
    return _load("fake_engine")


@pytest.fixture
def cut_path(tmp_path: Path) -> Path:
    path = tmp_path / "film" / "reel.otio"
    path.parent.mkdir()
    path.write_text("{}")
    return path


@pytest.fixture
def engine(tmp_path: Path, fake: ModuleType) -> Any:
    return fake.FakeEngine(tmp_path / "engine", DEMO / "chase.mp4")


@pytest.fixture
def make_window(qtbot: Any, engine: Any) -> Iterator[Callable[..., Any]]:
    """Make windows that are shown, and closed after the test."""
    from hitpoint_panel.app import make_application
    from hitpoint_panel.settings import Settings
    from hitpoint_panel.window import Window

    make_application()
    made: list[Any] = []

    def make(**values: Any) -> Any:
        window = Window(**{"connect": lambda: engine, "settings": Settings(), **values})
        made.append(window)
        window.show()
        window.activateWindow()  # Xvfb has no window manager that would
        qtbot.waitExposed(window)
        qtbot.waitUntil(window.isActiveWindow, timeout=10_000)
        return window

    yield make
    engine.gate.set()
    for window in made:
        window.close()
        window.deleteLater()


@pytest.fixture
def window(make_window: Callable[..., Any]) -> Any:
    return make_window()


@pytest.fixture
def looked(window: Any, qtbot: Any, cut_path: Path) -> Any:
    """A window with a cut that was looked at."""
    window.open_cut(cut_path)
    qtbot.waitUntil(lambda: window.document.look is not None and not window.workflow.is_busy, timeout=20_000)
    return window


@pytest.fixture
def scored(looked: Any, qtbot: Any) -> Any:
    """A window with a cut and its first version."""
    looked.compose()
    qtbot.waitUntil(lambda: looked.document.version is not None and not looked.workflow.is_busy, timeout=20_000)
    return looked
