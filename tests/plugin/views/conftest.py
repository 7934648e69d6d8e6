"""A small cut of 1,000 frames to show, and Qt warnings that fail a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication, QWidget

from hitpoint.model.time import FrameRate
from hitpoint_panel.views.timeline_strip import TimelineStrip
from hitpoint_panel.views.values import StripCue, StripCut, StripMarker, StripVersion

#: What the platforms without a window manager say.
_NOT_OURS = ("This plugin does not support propagateSizeHints", "This plugin does not support raise")


@pytest.fixture(autouse=True)
def _no_qt_warnings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which Qt warned."""
    log = request.getfixturevalue("qtlog")
    yield
    said = [r.message for r in log.records if r.log_type_name in ("QtWarningMsg", "QtCriticalMsg", "QtFatalMsg")]
    ours = [text for text in said if not any(part in text for part in _NOT_OURS)]
    assert not ours, f"Qt warned: {ours}"


@pytest.fixture
def cut() -> StripCut:
    edges = (0, 100, 250, 420, 700, 1000)
    return StripCut(
        name="Small", rate=FrameRate(24), duration_frames=1000, start_timecode_frame=86_400, cut_frames=edges[:-1],
        shots=tuple((a, b, f"shot {i + 1}") for i, (a, b) in enumerate(pairwise(edges))),
        subtitles=((2.0, 4.0, "Where is she?"), (12.5, 14.0, "On the <bridge>.")),
    )  # fmt: skip


@pytest.fixture
def markers() -> tuple[StripMarker, ...]:
    return (
        StripMarker(id="a", frame=150, name="door", kind="accent", verdict="hit", error_ms=2.0),
        StripMarker(id="b", frame=500, name="turns", kind="turn", verdict="near", error_ms=-60.0, weight=0.8),
        StripMarker(id="c", frame=800, name="gone", kind="out"),
    )


@pytest.fixture
def version() -> StripVersion:
    cue = StripCue(number="1m1", title="chase", start_frame=50, end_frame=950, bars=tuple(range(50, 950, 50)))
    wave = np.linspace(0, 1, 4000, dtype=np.float32)
    return StripVersion(cues=(cue,), peaks=wave, hop_s=0.01, start_s=0.0, locked_bars=(("1m1", 3, 4),))


@pytest.fixture
def strip(qtbot, cut: StripCut, markers: tuple[StripMarker, ...], version: StripVersion) -> TimelineStrip:
    made = TimelineStrip()
    qtbot.addWidget(made)
    made.resize(1200, 360)
    made.set_cut(cut)
    made.set_markers(markers)
    made.set_version(version)
    made.show()
    qtbot.waitExposed(made)
    made.setFocus()
    return made


class Mouse:
    """Sends mouse events to a widget at exact places, with modifiers, as the platform would."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self._held = Qt.MouseButton.NoButton

    def _send(self, kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton, modifiers) -> None:
        place = QPointF(x, y)
        event = QMouseEvent(kind, place, QPointF(self._widget.mapToGlobal(place)), button, self._held, modifiers)
        QApplication.sendEvent(self._widget, event)
        QApplication.processEvents()

    def press(self, x, y, *, button=Qt.MouseButton.LeftButton, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        self._held = button
        self._send(QEvent.Type.MouseButtonPress, x, y, button, modifiers)

    def move(self, x, y, *, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        self._send(QEvent.Type.MouseMove, x, y, Qt.MouseButton.NoButton, modifiers)

    def release(self, x, y, *, button=Qt.MouseButton.LeftButton, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        self._held = Qt.MouseButton.NoButton
        self._send(QEvent.Type.MouseButtonRelease, x, y, button, modifiers)

    def click(self, x, y, **given) -> None:
        self.press(x, y, **given)
        self.release(x, y, **given)

    def double_click(self, x, y) -> None:
        self.click(x, y)
        self._held = Qt.MouseButton.LeftButton
        no = Qt.KeyboardModifier.NoModifier
        self._send(QEvent.Type.MouseButtonDblClick, x, y, Qt.MouseButton.LeftButton, no)
        self.release(x, y)

    def drag(self, x, y, to_x, to_y=None, *, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        to_y = y if to_y is None else to_y
        self.press(x, y)
        for share in (0.3, 0.7, 1.0):
            self.move(x + (to_x - x) * share, y + (to_y - y) * share, modifiers=modifiers)
        self.release(to_x, to_y, modifiers=modifiers)


@pytest.fixture
def mouse_on() -> Callable[[QWidget], Mouse]:
    return Mouse


class Heard:
    """What a signal told."""

    def __init__(self, signal) -> None:
        self.told: list[tuple] = []
        signal.connect(lambda *given: self.told.append(given))


@pytest.fixture
def heard() -> Callable[..., Heard]:
    return Heard
