"""What the keys do on the strip; all that the mouse can do to hit points, they can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from hitpoint_panel.views.timeline_strip import TimelineStrip

#: The keys in words, for help and for screen readers.
KEYS_HELP = (
    "Up and Down choose a hit point, Left and Right move it by a frame (Shift: a second), M adds one at the playhead, "
    "Delete removes, Enter opens, Escape lets go; without a selection Left and Right move the playhead; "
    "plus, minus and 0 zoom, the menu key opens the menu"
)


def handle_key(strip: TimelineStrip, event: QKeyEvent) -> bool:
    """Do what a key asks for; return False for keys that are not the strip's."""
    key, modifiers = event.key(), event.modifiers()
    if key in (Qt.Key.Key_Alt, Qt.Key.Key_Shift):
        strip.mouse.modifiers_changed(modifiers | modifier_of(key))
        return False
    if strip.scene.cut is None:
        return False
    if key == Qt.Key.Key_Escape:
        return _escape(strip)
    if modifiers & Qt.KeyboardModifier.ControlModifier:
        if key != Qt.Key.Key_A:
            return False
        strip.select([m.id for m in strip.scene.markers])
        return True
    if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        by_second = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        frames = strip.scene.cut.cut.rate.timecode_base if by_second else 1
        _nudge(strip, frames if key == Qt.Key.Key_Right else -frames)
    elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
        return _step_selection(strip, 1 if key == Qt.Key.Key_Down else -1)
    elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
        _move_playhead(strip, 0.0 if key == Qt.Key.Key_Home else float(strip.axis.duration_frames - 1))
    elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
        span = strip.axis.end_frame - strip.axis.start_frame
        strip.show_axis(strip.axis.scrolled(span * (0.8 if key == Qt.Key.Key_PageDown else -0.8)))
    elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
        if not strip.selected_ids:
            return False
        strip.markers_deleted.emit(strip.selected_ids)
    elif key in (Qt.Key.Key_M, Qt.Key.Key_Insert):
        strip.marker_added.emit(min(max(round(strip.playhead_frame), 0), strip.axis.duration_frames - 1))
    elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        if not strip.selected_ids:
            return False
        strip.marker_activated.emit(strip.selected_ids[0])
    else:
        return strip.zoom_by_key(key)
    return True


def modifier_of(key: int) -> Qt.KeyboardModifier:
    """Return the modifier that a key is: platforms differ in whether its own event carries it already."""
    known = {Qt.Key.Key_Alt: Qt.KeyboardModifier.AltModifier, Qt.Key.Key_Shift: Qt.KeyboardModifier.ShiftModifier}
    return known.get(Qt.Key(key), Qt.KeyboardModifier.NoModifier)


def _escape(strip: TimelineStrip) -> bool:
    if strip.mouse.cancel():
        return True
    if not strip.scene.selected and strip.scene.selected_bars is None:
        return False
    strip.select([])
    strip.select_bars(None)
    return True


def _nudge(strip: TimelineStrip, frames: int) -> None:
    """Move the selected hit points, all by the same; without one, the playhead."""
    held = {m.id: m.frame for m in strip.scene.markers if m.id in strip.scene.selected}
    if not held:
        _move_playhead(strip, min(max(round(strip.playhead_frame) + frames, 0), strip.axis.duration_frames - 1))
        return
    frames = min(max(frames, -min(held.values())), max(strip.axis.duration_frames - 1 - max(held.values()), 0))
    strip.move_markers({i: frame + frames for i, frame in held.items()})
    strip.bring_into_sight((min if frames < 0 else max)(held.values()) + frames)


def _move_playhead(strip: TimelineStrip, frame: float) -> None:
    strip.set_playhead(frame)
    strip.bring_into_sight(frame)
    strip.playhead_dragged.emit(float(frame))


def _step_selection(strip: TimelineStrip, step: int) -> bool:
    """Select the next or the previous hit point; from the playhead where none is selected."""
    markers = strip.scene.markers
    if not markers:
        return False
    chosen = [i for i, m in enumerate(markers) if m.id in strip.scene.selected]
    if chosen:
        at = min(max((chosen[-1] if step > 0 else chosen[0]) + step, 0), len(markers) - 1)
    elif step > 0:
        at = next((i for i, m in enumerate(markers) if m.frame >= strip.playhead_frame), len(markers) - 1)
    else:
        before = [i for i, m in enumerate(markers) if m.frame <= strip.playhead_frame]
        at = before[-1] if before else 0
    strip.select([markers[at].id])
    strip.bring_into_sight(markers[at].frame)
    return True
