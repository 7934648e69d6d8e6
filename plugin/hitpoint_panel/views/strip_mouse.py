"""What the mouse does on the strip: drags hit points, the playhead, the loop, bars, and the strip itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QMouseEvent

from hitpoint_panel.views.axis import FrameAxis
from hitpoint_panel.views.snapping import Snap, snap_frame

if TYPE_CHECKING:
    from hitpoint_panel.views.timeline_strip import TimelineStrip

#: The pointer has to move this far before a press becomes a drag.
_DRAG_PX = 3.0

_SUSPENDS = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier


@dataclass(slots=True)
class _Hold:
    """What is held since the button went down."""

    what: Literal["marker", "playhead", "loop", "bars", "strip"]
    pressed: QPointF
    axis: FrameAxis
    marker_id: str = ""
    start_frames: dict[str, int] = field(default_factory=dict)
    frames: dict[str, int] = field(default_factory=dict)
    cue: str = ""
    bar: int = 0
    loop: tuple[int, int] | None = None
    is_dragged: bool = False
    was_alone: bool = False


class StripMouse:
    """One press, drag and release at a time, over one strip."""

    def __init__(self, strip: TimelineStrip) -> None:
        self._strip = strip
        self._hold: _Hold | None = None
        self._last = QPointF()

    @property
    def is_busy(self) -> bool:
        """Whether something is held."""
        return self._hold is not None

    @property
    def held_id(self) -> str:
        """The hit point that is held; "" for none."""
        return self._hold.marker_id if self._hold else ""

    def press(self, event: QMouseEvent) -> None:
        """Take hold of what is under the pointer."""
        strip, place = self._strip, event.position()
        if self._hold is not None:
            return
        if event.button() == Qt.MouseButton.MiddleButton:
            self._hold = _Hold("strip", place, strip.axis)
        if event.button() != Qt.MouseButton.LeftButton or strip.scene.cut is None:
            return
        lane, marker = strip.lane_at(place.y()), strip.flag_at(place)
        if place.x() < strip.scene.gutter_px:
            return
        if lane == "ruler":
            is_loop = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._hold = _Hold("loop" if is_loop else "playhead", place, strip.axis, loop=strip.scene.loop)
            if not is_loop:
                self._drag_playhead(place)
        elif marker is not None:
            self._hold_marker(marker.id, place, event.modifiers())
        elif lane == "cues" and self._hold_bars(place):
            return
        else:
            self._hold = _Hold("strip", place, strip.axis)

    def move(self, event: QMouseEvent) -> None:
        """Drag what is held, or light up what could be."""
        strip, place, hold = self._strip, event.position(), self._hold
        self._last = place
        if hold is None:
            marker = strip.flag_at(place)
            strip.set_hovered(marker.id if marker else "")
            is_ruler = strip.lane_at(place.y()) == "ruler"
            shape = Qt.CursorShape.SizeHorCursor if marker else Qt.CursorShape.ArrowCursor
            strip.setCursor(Qt.CursorShape.PointingHandCursor if is_ruler else shape)
            return
        if not hold.is_dragged and abs(place.x() - hold.pressed.x()) < _DRAG_PX:
            return
        if not hold.is_dragged:
            hold.is_dragged = True
            strip.set_hovered("")
            if hold.what == "strip":
                strip.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._drag(place, event.modifiers())

    def release(self, event: QMouseEvent) -> None:
        """Let go: what was dragged stays there; a press without a drag is a click."""
        hold, strip = self._hold, self._strip
        wanted = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
        if hold is None or event.button() not in wanted:
            return
        self._hold = None
        if hold.what == "marker":
            strip.show_moved({})
            if hold.is_dragged:
                strip.move_markers(hold.frames)
            elif not hold.was_alone and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                strip.select([hold.marker_id])
        elif hold.what == "bars" and not hold.is_dragged:
            strip.cue_activated.emit(hold.cue)
        elif hold.what == "loop" and not hold.is_dragged:
            strip.loop_chosen.emit(None)
        elif hold.what == "loop":
            strip.loop_chosen.emit(strip.scene.loop)
        elif hold.what == "strip" and not hold.is_dragged and event.button() == Qt.MouseButton.LeftButton:
            strip.select([])
            strip.select_bars(None)
        strip.setCursor(Qt.CursorShape.ArrowCursor)

    def cancel(self) -> bool:
        """Put back what is dragged, as if it had never been touched; return whether anything was held."""
        hold, self._hold = self._hold, None
        if hold is None:
            return False
        strip = self._strip
        strip.show_moved({})
        if hold.what == "strip":
            strip.show_axis(hold.axis)
        elif hold.what == "bars":
            strip.select_bars(None)
        elif hold.what == "loop":
            strip.set_loop(hold.loop)
        strip.setCursor(Qt.CursorShape.ArrowCursor)
        return True

    def double_click(self, event: QMouseEvent) -> None:
        """Open a hit point, or add one."""
        strip, place = self._strip, event.position()
        if event.button() != Qt.MouseButton.LeftButton or strip.scene.cut is None:
            return
        self.cancel()
        marker = strip.flag_at(place)
        if marker is not None:
            strip.marker_activated.emit(marker.id)
        elif place.x() >= strip.scene.gutter_px and strip.lane_at(place.y()) not in ("", "ruler", "cues"):
            strip.marker_added.emit(self._snapped(strip.axis.frame_at(place.x()), event.modifiers()).frame)

    def modifiers_changed(self, modifiers: Qt.KeyboardModifier) -> None:
        """Snap again, or no more, while the pointer rests."""
        if self._hold is not None and self._hold.what == "marker" and self._hold.is_dragged:
            self._drag(self._last, modifiers)

    def _hold_marker(self, marker_id: str, place: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        strip = self._strip
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            strip.select(strip.scene.selected ^ {marker_id})
            if marker_id not in strip.scene.selected:
                return
        was_alone = marker_id not in strip.scene.selected
        if was_alone:
            strip.select([marker_id])
        frames = {m.id: m.frame for m in strip.scene.markers if m.id in strip.scene.selected}
        self._hold = _Hold("marker", place, strip.axis, marker_id, frames, dict(frames), was_alone=was_alone)

    def _hold_bars(self, place: QPointF) -> bool:
        version, frame = self._strip.scene.version, self._strip.axis.frame_at(place.x())
        cue = version.cue_at(frame) if version else None
        if version is None or cue is None:
            return False
        bar = version.bar_at(cue, frame) or 1
        self._hold = _Hold("bars", place, self._strip.axis, cue=cue.number, bar=bar)
        self._strip.select_bars((cue.number, bar, bar) if cue.bars else None)
        return True

    def _drag(self, place: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        hold, strip = self._hold, self._strip
        assert hold is not None
        if hold.what == "marker":
            self._drag_marker(hold, place, modifiers)
        elif hold.what == "playhead":
            self._drag_playhead(place)
        elif hold.what == "strip":
            strip.show_axis(hold.axis.scrolled((hold.pressed.x() - place.x()) * hold.axis.frames_per_px))
        elif hold.what == "loop":
            ends = sorted(
                self._snapped(strip.axis.frame_at(p.x()), modifiers, False).frame for p in (hold.pressed, place)
            )
            strip.set_loop((ends[0], max(ends[1], ends[0] + 1)))
        elif hold.what == "bars" and strip.scene.version is not None:
            version = strip.scene.version
            cue = next((c for c in version.version.cues if c.number == hold.cue), None)
            if cue is not None and cue.bars:
                bar = version.bar_at(cue, min(strip.axis.frame_at(place.x()), cue.end_frame - 1)) or 1
                strip.select_bars((hold.cue, min(bar, hold.bar), max(bar, hold.bar)))

    def _drag_marker(self, hold: _Hold, place: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        strip = self._strip
        assert strip.scene.cut is not None
        cut, start = strip.scene.cut.cut, hold.start_frames[hold.marker_id]
        wanted = start + (place.x() - hold.pressed.x()) * strip.axis.frames_per_px
        snap = self._snapped(wanted, modifiers)
        # what is dragged together keeps its distances, so the outermost one stops all
        least, most = min(hold.start_frames.values()), max(hold.start_frames.values())
        delta = min(max(snap.frame - start, -least), max(cut.duration_frames - 1 - most, 0))
        hold.frames = {i: f + delta for i, f in hold.start_frames.items()}
        frame = start + delta
        is_caught = bool(snap.to) and frame == snap.frame
        caught = f"on a cut ({self._shot_name(frame)})" if snap.to == "cut" else f"on the {snap.to}"
        free = "not snapping" if modifiers & _SUSPENDS else f"{delta:+d} frames".replace("-", "−")
        strip.show_moved(
            hold.frames,
            (f"{strip.timecode(frame)}  frame {frame}", caught if is_caught else free),
            is_caught=is_caught,
        )

    def _shot_name(self, frame: int) -> str:
        assert self._strip.scene.cut is not None
        shot = self._strip.scene.cut.shot_at(frame)
        return "to black" if shot is None else f"to {self._strip.scene.cut.cut.shots[shot][2]}"

    def _drag_playhead(self, place: QPointF) -> None:
        strip = self._strip
        frame = min(max(strip.axis.frame_at(place.x()), 0.0), float(strip.axis.duration_frames))
        strip.set_playhead(frame)
        strip.playhead_dragged.emit(frame)

    def _snapped(self, frame: float, modifiers: Qt.KeyboardModifier, to_playhead: bool = True) -> Snap:
        strip = self._strip
        assert strip.scene.cut is not None
        return snap_frame(
            frame,
            cut_frames=strip.scene.cut.cut.cut_frames,
            frames_per_px=strip.axis.frames_per_px,
            duration_frames=strip.axis.duration_frames,
            playhead_frame=round(strip.playhead_frame) if to_playhead else None,
            is_suspended=bool(modifiers & _SUSPENDS),
        )
