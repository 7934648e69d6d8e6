"""What every test of the panel may ask for: Qt without a screen, its own folders, and no Qt warning unseen."""

import os

os.environ["QT_QPA_PLATFORM"] = os.environ.get("HITPOINT_TEST_PLATFORM", "offscreen")  # before Qt is imported
os.environ["QT_LOGGING_RULES"] = "qt.multimedia.*=false"

from collections.abc import Iterator
from pathlib import Path

import pytest

#: What Qt says about this machine, not about us.
_NOT_OURS = (
    "No audio device detected",
    "PulseAudioService: pa_context_connect() failed",
    "Could not resolve property",  # SVG
    "This plugin does not support propagateSizeHints",  # the offscreen platform
    "This plugin does not support raise()",
    "Fontconfig",
    "wildcard call disconnects from destroyed signal of QFFmpeg",  # Qt's own, when a player is closed
    "No RHI backend. Using CPU conversion",
)


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the panel away from the user's own files."""
    monkeypatch.setenv("HITPOINT_PANEL_SETTINGS", str(tmp_path / "settings" / "panel.ini"))
    monkeypatch.setenv("HITPOINT_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture(autouse=True)
def qt_warnings() -> Iterator[list[str]]:
    """Fail a test in which Qt warned."""
    from PyQt6.QtCore import QtMsgType, qInstallMessageHandler

    said: list[str] = []

    def hear(kind: QtMsgType, _: object, text: str | None) -> None:
        if kind != QtMsgType.QtDebugMsg and kind != QtMsgType.QtInfoMsg and text:
            said.append(text)

    before = qInstallMessageHandler(hear)
    yield said
    qInstallMessageHandler(before)
    ours = [text for text in said if not any(part in text for part in _NOT_OURS)]
    assert not ours, f"Qt warned: {ours}"
