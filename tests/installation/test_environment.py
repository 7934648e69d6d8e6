"""What the installer asks of uv, and when; uv itself is a list that remembers what it was called with."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

INSTALLER = Path(__file__).resolve().parents[2] / "installer"


class Uv:
    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def run(self, command: list[str], **options: object) -> bool:
        self.calls.append(command)
        return True

    def extras(self) -> list[str]:
        """The extras of the last call."""
        last = self.calls[-1]
        return [last[place + 1] for place, word in enumerate(last) if word == "--extra"]


@pytest.fixture
def uv() -> Uv:
    return Uv()


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uv: Uv) -> ModuleType:
    monkeypatch.syspath_prepend(str(INSTALLER))
    for name in ("environment", "system_packages", "run"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import environment

    (tmp_path / ".venv").mkdir()
    (tmp_path / "python").touch()
    (tmp_path / "pyproject.toml").write_text("version 1")
    monkeypatch.setattr(environment, "REPO", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(environment, "run", uv.run)
    free(monkeypatch, 50)
    yield environment
    for name in ("environment", "system_packages", "run"):
        sys.modules.pop(name, None)


def free(monkeypatch: pytest.MonkeyPatch, gigabytes: float) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**12, 0, int(gigabytes * 1e9)))


def test_nothing_neural_comes_unasked(environment: ModuleType, uv: Uv, capsys) -> None:
    environment.sync(["uv"], with_test_tools=False)
    assert uv.extras() == ["panel"]
    assert "about a gigabyte" in capsys.readouterr().err
    environment.sync(["uv"], with_test_tools=False)
    assert len(uv.calls) == 1


def test_neural_is_told_and_installed(environment: ModuleType, uv: Uv, capsys) -> None:
    environment.sync(["uv"], with_test_tools=False)
    environment.sync(["uv"], with_test_tools=False, with_neural=True)
    assert uv.extras() == ["panel", "neural"]
    assert "--inexact" in uv.calls[-1]
    told = capsys.readouterr().err
    assert "are about 6 GB in .venv, 50 GB are free" in told
    assert "about 6 GB with the neural libraries" in told


def test_neural_stays_from_then_on(environment: ModuleType, uv: Uv, tmp_path: Path) -> None:
    environment.sync(["uv"], with_test_tools=False, with_neural=True)
    environment.sync(["uv"], with_test_tools=False)
    assert len(uv.calls) == 1
    (tmp_path / "pyproject.toml").write_text("version 2")
    environment.sync(["uv"], with_test_tools=False)
    assert uv.extras() == ["panel", "neural"]


def test_the_test_tools_hold_it_and_say_so(environment: ModuleType, uv: Uv, capsys, tmp_path: Path) -> None:
    environment.sync(["uv"], with_test_tools=True)
    assert uv.calls[-1][-2:] == ["--group", "dev"]
    assert "neural" in uv.extras()
    assert "about 6 GB with the neural libraries" in capsys.readouterr().err
    (tmp_path / "pyproject.toml").write_text("version 2")
    environment.sync(["uv"], with_test_tools=False)
    assert uv.extras() == ["panel", "neural"]


def test_no_room_for_neural(environment: ModuleType, uv: Uv, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 3.2)
    with pytest.raises(SystemExit):
        environment.sync(["uv"], with_test_tools=False, with_neural=True)
    assert "need about 6 GB in" in capsys.readouterr().err
    assert uv.calls == []
    environment.sync(["uv"], with_test_tools=False)
    assert uv.extras() == ["panel"]


def test_a_failure_is_tried_again(environment: ModuleType, uv: Uv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "run", lambda command, **options: False)
    with pytest.raises(SystemExit):
        environment.sync(["uv"], with_test_tools=False, with_neural=True)
    monkeypatch.setattr(environment, "run", uv.run)
    environment.sync(["uv"], with_test_tools=False, with_neural=True)
    assert uv.extras() == ["panel", "neural"]


@pytest.mark.parametrize(
    ("arguments", "with_neural", "passed_on"),
    [
        (["install", "--neural"], True, ["install"]),
        (["install", "--neural", "--no-desktop"], True, ["install", "--no-desktop"]),
        (["install"], False, ["install"]),
        (["score", "--neural"], False, ["score", "--neural"]),
    ],
)
def test_what_run_py_makes_of_it(
    environment: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    with_neural: bool,
    passed_on: list[str],
) -> None:
    import run as installer

    asked: list[dict[str, bool]] = []
    started: list[list[str]] = []

    class Done:
        returncode = 0

    monkeypatch.setattr(installer, "find_uv", lambda: ["uv"])
    monkeypatch.setattr(installer, "sync", lambda uv, **options: asked.append(options))
    monkeypatch.setattr(installer, "ensure_soundfont", lambda uv, python: None)
    monkeypatch.setattr(installer, "qt_libraries", lambda purpose: None)
    monkeypatch.setattr(installer.subprocess, "run", lambda command, **options: started.append(command) or Done())
    assert installer.main(arguments) == 0
    assert asked == [{"with_test_tools": False, "with_neural": with_neural}]
    assert started[0][-len(passed_on) :] == passed_on
    assert started[0][-len(passed_on) - 1] == "hitpoint.cli"


def test_a_dry_run_says_that_it_would(
    environment: ModuleType, capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import run as installer

    monkeypatch.setattr(installer, "REPO", INSTALLER.parent)
    code = installer.main(["install", "--neural", "--dry-run", "--home", str(tmp_path), "--system", "linux"])
    assert code == 0
    assert "--neural would also install the neural libraries, about 6 GB" in capsys.readouterr().err
