"""What the keys do on the arc; all that the mouse can do to points of the intensity, they can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent

from hitpoint_panel.views import intensity_points as bend
from hitpoint_panel.views.paint_arc import points_of
from hitpoint_panel.views.values import IntensityLine

if TYPE_CHECKING:
    from hitpoint_panel.views.arc_view import ArcView

_LEVEL_STEP, _LEVEL_FINE = 0.05, 0.01

#: The keys in words, for screen readers.
KEYS_HELP = (
    "Control with Left and Right chooses a point of the intensity, the arrows move it (up and down by 0.05, with Shift "
    "0.01; left and right by a frame, with Shift a second), Insert adds a point, Delete removes it, Escape lets go"
)


def handle_key(view: ArcView, event: QKeyEvent) -> bool:
    """Do what a key asks for; return False for keys that are not the arc's."""
    key, chosen = event.key(), view.scene.chosen
    is_shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    if key == Qt.Key.Key_Escape:
        if view.let_go():
            return True
        view.choose_point(None)
        return chosen is not None
    if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        if key not in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return False
        return _choose_next(view, 1 if key == Qt.Key.Key_Right else -1)
    frames = view.scene.rate.timecode_base if is_shift else 1
    line = view.line(chosen[0]) if chosen else None
    if chosen is None or line is None:
        if key not in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return view.zoom_by_key(key)
        _step_playhead(view, frames if key == Qt.Key.Key_Right else -frames)
        return True
    return _change_point(view, line, chosen[1], key, frames, _LEVEL_FINE if is_shift else _LEVEL_STEP)


def _change_point(view: ArcView, line: IntensityLine, index: int, key: int, frames: int, level_step: float) -> bool:
    points = points_of(view.scene, line)
    share, level = points[index]
    if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
        step = level_step if key == Qt.Key.Key_Up else -level_step
        view.change(line.cue, bend.moved(points, index, share, round(level + step, 6)), index)
    elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        step = (frames if key == Qt.Key.Key_Right else -frames) / (line.end_frame - line.start_frame)
        view.change(line.cue, bend.moved(points, index, share + step, level), index)
    elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
        fewer = bend.removed(points, index)
        view.change(line.cue, fewer, min(index, len(fewer) - 1) if fewer else None)
    elif key in (Qt.Key.Key_Insert, Qt.Key.Key_M):
        after = points[index + 1][0] if index + 1 < len(points) else 1.0
        before = points[index - 1][0] if index else 0.0
        middle = (share + after) / 2 if after > share + 4 * bend.LEAST_GAP else (before + share) / 2
        view.change(line.cue, *bend.added(points, middle, bend.level_at(points, middle)))
    else:
        return view.zoom_by_key(key)
    return True


def _step_playhead(view: ArcView, frames: int) -> None:
    frame = float(min(max(round(view.playhead_frame) + frames, 0), view.axis.duration_frames - 1))
    view.set_playhead(frame)
    view.bring_into_sight(frame)
    view.playhead_dragged.emit(frame)


def _choose_next(view: ArcView, step: int) -> bool:
    every = [(line, i) for line in view.scene.intensity for i in range(len(points_of(view.scene, line)))]
    if not every:
        return False
    names = [(line.cue, i) for line, i in every]
    chosen = view.scene.chosen
    at = names.index(chosen) + step if chosen in names else (0 if step > 0 else len(names) - 1)
    line, index = every[min(max(at, 0), len(every) - 1)]
    view.choose_point((line.cue, index))
    share = points_of(view.scene, line)[index][0]
    view.bring_into_sight(line.start_frame + share * (line.end_frame - line.start_frame))
    return True
