"""The timeline strip: the cut, its hit points and the score on one time axis. What it shows and what it tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

from PyQt6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPixmap
from PyQt6.QtWidgets import QToolTip, QWidget

from hitpoint_panel.views.axis import FrameAxis
from hitpoint_panel.views.bubble import bubble_rect, paint_bubble
from hitpoint_panel.views.paint_markers import (
    FLAG_RADIUS_LINES,
    Flag,
    paint_flags,
    paint_heads,
    paint_lines,
    paint_one,
    place_flags,
)
from hitpoint_panel.views.paint_music import paint_cues, paint_loop, paint_wave
from hitpoint_panel.views.paint_picture import (
    paint_pictures,
    paint_ruler,
    paint_shots,
    paint_subtitles,
    pictures_reach,
    shots_reach,
    subtitles_reach,
)
from hitpoint_panel.views.ranged_view import Layer, RangedView
from hitpoint_panel.views.strip_keys import handle_key, modifier_of
from hitpoint_panel.views.strip_menu import build_menu
from hitpoint_panel.views.strip_mouse import StripMouse
from hitpoint_panel.views.strip_scene import LANES, CutIndex, StripScene, VersionIndex, lane_rects, least_height
from hitpoint_panel.views.strip_words import describe, tip_at
from hitpoint_panel.views.theme import DARK, Theme, ink
from hitpoint_panel.views.thumbnails import ThumbnailCache
from hitpoint_panel.views.values import StripCut, StripMarker, StripVersion

#: Pictures that arrive within this time are painted together.
_PICTURES_WAIT_MS = 40


def _no_reach(_before: FrameAxis, _after: FrameAxis) -> float:
    return 0.0


class TimelineStrip(RangedView):
    """Ruler, hit points, pictures, cuts, dialogue, cues and the score's waveform over one range of frames.

    Signals tell what the editor did; the window answers with `set_markers`, `set_version` and so on. A moved marker is
    shown at its new place until then; `markers_moved` ({id: frame}) comes once for all that were dragged together,
    `marker_moved` for each of them. `hits_changed` is (marker ids, "kind" or "weight", value);
    `loop_chosen` carries (start_frame, end_frame) or None; bars are (cue, first, last), both ends included.
    """

    marker_moved = pyqtSignal(str, int)
    markers_moved = pyqtSignal(dict)
    marker_added = pyqtSignal(int)
    marker_activated = pyqtSignal(str)
    markers_deleted = pyqtSignal(list)
    selection_changed = pyqtSignal(list)
    hits_changed = pyqtSignal(list, str, object)
    emphasis_requested = pyqtSignal(int, int, float)
    bars_locked = pyqtSignal(str, int, int)
    bars_unlocked = pyqtSignal(str, int, int)
    bars_redo_requested = pyqtSignal(str, int, int)
    cue_activated = pyqtSignal(str)
    loop_chosen = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None, *, theme: Theme = DARK) -> None:
        super().__init__(parent, theme=theme)
        self.scene = StripScene(axis=self._axis, gutter_px=self._gutter_px, line_px=self._line_px, theme=theme)
        self._pictures = ThumbnailCache(self)
        self._pictures_timer = QTimer(self)
        self._pictures_timer.setSingleShot(True)
        # methods, not lambdas: Qt lets go of them by itself when the strip goes, at whatever moment that is
        self._pictures.arrived.connect(self._on_picture)
        self._pictures_timer.timeout.connect(self._show_pictures)
        self._lanes = {
            "ruler": Layer(lambda p, r: paint_ruler(p, r, self.scene), scroll_reach=_no_reach),
            "hits": Layer(self._paint_hits_lane),
            "pictures": Layer(
                lambda p, r: self._paint_named(p, r, "pictures"), scroll_reach=partial(pictures_reach, self.scene)
            ),
            "shots": Layer(
                lambda p, r: self._paint_named(p, r, "shots"), scroll_reach=partial(shots_reach, self.scene)
            ),
            "subtitles": Layer(
                lambda p, r: self._paint_named(p, r, "subtitles"), scroll_reach=partial(subtitles_reach, self.scene)
            ),
            "cues": Layer(lambda p, r: self._paint_named(p, r, "cues")),
            "wave": Layer(lambda p, r: self._paint_named(p, r, "wave"), scroll_reach=_no_reach),
        }
        self._over = Layer(self._paint_heads_layer, is_transparent=True)
        self._layers = [*self._lanes.values(), self._over]
        self._flags: list[Flag] | None = None
        self._moved: dict[str, int] = {}
        self._bubble: tuple[str, ...] = ()
        self._is_caught = False
        self._by_id: dict[str, StripMarker] = {}
        self.mouse = StripMouse(self)
        self.setAccessibleName("Timeline")
        self._tell_accessibly()

    # values from outside

    def set_cut(self, cut: StripCut) -> None:
        """Show another cut, or the same one changed; the range in sight stays if it is as long as before."""
        self.mouse.cancel()
        self._pictures.clear()
        self.scene.cut = CutIndex(cut)
        self._set_timebase(cut.rate, cut.start_timecode_frame, cut.duration_frames)
        self._flags = None
        self._make_dirty()
        self._tell_accessibly()

    def set_markers(self, markers: tuple[StripMarker, ...]) -> None:
        """Show these hit points. A drag goes on if what is dragged is still there."""
        self.scene.markers = tuple(sorted(markers, key=lambda m: (m.frame, m.id)))
        self._by_id = {m.id: m for m in markers}
        self.scene.selected = frozenset(i for i in self.scene.selected if i in self._by_id)
        if not self._moved.keys() <= self._by_id.keys():
            self.mouse.cancel()
        self._change_flags()

    def set_version(self, version: StripVersion | None) -> None:
        """Show the cues and the waveform of a version; None shows none."""
        self.scene.version = None if version is None else VersionIndex(version)
        self.scene.selected_bars = None
        self._make_dirty(self._lanes["cues"], self._lanes["wave"])

    def set_loop(self, loop: tuple[int, int] | None) -> None:
        """Show what is played over and over: record frames, half-open."""
        self.scene.loop = loop
        self._make_dirty(self._lanes["ruler"])
        self.update(self._lane_area())

    def set_selection(self, ids: Iterable[str]) -> None:
        """Select hit points; emits nothing."""
        chosen = frozenset(i for i in ids if i in self._by_id)
        if chosen != self.scene.selected:
            self.scene.selected = chosen
            self._change_flags()

    # what hands and keys do

    @property
    def selected_ids(self) -> list[str]:
        """The selected hit points, by frame."""
        return [m.id for m in self.scene.markers if m.id in self.scene.selected]

    def marker(self, marker_id: str) -> StripMarker | None:
        """Return a hit point by its id."""
        return self._by_id.get(marker_id)

    def select(self, ids: Iterable[str]) -> None:
        """Select as the editor does: emits `selection_changed` if it is another selection."""
        before = self.scene.selected
        self.set_selection(ids)
        if self.scene.selected != before:
            self.selection_changed.emit(self.selected_ids)

    def select_bars(self, bars: tuple[str, int, int] | None) -> None:
        """Mark bars of a cue, for the menu."""
        if bars != self.scene.selected_bars:
            self.scene.selected_bars = bars
            self._make_dirty(self._lanes["cues"])

    def show_moved(self, frames: Mapping[str, int], bubble: tuple[str, ...] = (), *, is_caught: bool = False) -> None:
        """Show hit points at other frames while they are dragged; {} ends it."""
        before = self._drag_rect()
        if frames.keys() != self._moved.keys():
            self._over.make_dirty()
            self.update(self._lane_area())
        self._moved, self._bubble, self._is_caught = dict(frames), bubble, is_caught
        self.update(before.united(self._drag_rect()))

    def move_markers(self, frames: Mapping[str, int]) -> None:
        """Move hit points for good: they are shown there, and those that have moved are told."""
        moved = {i: f for i, f in frames.items() if i in self._by_id and self._by_id[i].frame != f}
        if moved:
            self.set_markers(tuple(replace(m, frame=moved.get(m.id, m.frame)) for m in self.scene.markers))
            self.markers_moved.emit(moved)
        for marker_id, frame in moved.items():
            self.marker_moved.emit(marker_id, frame)

    def flag_at(self, place: QPointF) -> StripMarker | None:
        """Return the hit point under the pointer: its flag or name in its lane, its line elsewhere."""
        lane = self.lane_at(place.y())
        if lane in ("", "ruler") or place.x() < self._gutter_px:
            return None
        radius, best = FLAG_RADIUS_LINES * self._line_px, None
        for flag in self.flags():
            away = abs(flag.x - place.x())
            if lane == "hits":
                box = self._flag_box(flag)
                is_on = box.contains(place)
                away = max(away - radius, 0.0)
            else:
                is_on = away <= 3.0
            rank = (away, flag.marker.id not in self.scene.selected, -flag.marker.weight)
            if is_on and (best is None or rank < best[0]):
                best = (rank, flag.marker)
        return best[1] if best else None

    def flags(self) -> list[Flag]:
        """Where the visible hit points stand, as they are painted."""
        if self._flags is None:
            self._flags = place_flags(self.scene, self.scene.markers)
        return self._flags

    def lane_at(self, y_px: float) -> str:
        """Return the lane at a height; "" between lanes."""
        return next((lane for lane, rect in self.scene.lanes.items() if rect.top() <= y_px <= rect.bottom()), "")

    def show_axis(self, axis: FrameAxis) -> None:
        """Zoom or scroll as the editor does: emits `range_changed`."""
        self._show(axis)

    def set_hovered(self, marker_id: str) -> None:
        """Light up the hit point under the pointer."""
        if marker_id != self.scene.hovered:
            for changed in (self.scene.hovered, marker_id):
                self.update(self._flag_rect(changed))
            self.scene.hovered = marker_id

    def popup_menu(self, place: QPoint) -> None:
        """Open the menu for what is at a place."""
        menu = build_menu(self, QPointF(place))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(place))

    # painting

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(1200, round(least_height(self._line_px) * 1.25))

    def minimumSizeHint(self) -> QSize:  # noqa: D102
        return QSize(self._gutter_px + 200, least_height(self._line_px))

    def _show(self, axis: FrameAxis, *, is_told: bool = False) -> None:
        if not is_told:
            axis = self._on_pixels(axis)
        self._flags = None
        self.scene.axis = axis
        super()._show(axis, is_told=is_told)

    def _place_layers(self) -> None:
        self.scene.axis, self.scene.gutter_px, self.scene.line_px = self._axis, self._gutter_px, self._line_px
        self.scene.lanes = lane_rects(self.width(), self.height(), self._line_px)
        for lane, rect in self.scene.lanes.items():
            self._lanes[lane].rect = rect
        self._over.rect = self.scene.open_area(self.scene.lanes["hits"])
        self._flags = None

    def _change_flags(self) -> None:
        self._flags = None
        self._over.make_dirty()
        self.update(self._lane_area())
        self._tell_accessibly()

    def _on_picture(self, _path: str) -> None:
        self._pictures_timer.start(_PICTURES_WAIT_MS)

    def _show_pictures(self) -> None:
        self._make_dirty(self._lanes["pictures"])

    def _paint_named(self, painter: QPainter, rect: QRect, lane: str) -> None:
        painter.save()
        if lane == "pictures":
            paint_pictures(painter, rect, self.scene, self._picture_of)
        else:
            {"shots": paint_shots, "subtitles": paint_subtitles, "cues": paint_cues, "wave": paint_wave}[lane](
                painter, rect, self.scene
            )
        painter.restore()
        self._paint_gutter_name(painter, rect, next(title for name, title, *_ in LANES if name == lane))

    def _paint_hits_lane(self, painter: QPainter, rect: QRect) -> None:
        painter.fillRect(rect, ink(self._theme.lane_alternate))
        self._paint_gutter_name(painter, rect, "Hits")

    def _picture_of(self, path: str) -> QPixmap | None:
        return self._pictures.pixmap(path, round(self.scene.lanes["pictures"].height() * self.devicePixelRatioF()))

    def _paint_heads_layer(self, painter: QPainter, rect: QRect) -> None:
        painter.setClipRect(rect)
        paint_heads(painter, self.scene, self._resting_flags())

    def _paint_between(self, painter: QPainter, exposed: QRect) -> None:
        paint_loop(painter, self._lane_area(), self.scene)
        paint_lines(painter, exposed, self.scene, self._resting_flags())

    def _resting_flags(self) -> list[Flag]:
        return [flag for flag in self.flags() if flag.marker.id not in self._moved]

    def _paint_over(self, painter: QPainter, exposed: QRect) -> None:
        self._paint_playhead(painter, exposed)
        if self._moved:
            flags = self._moved_flags()
            paint_flags(painter, self._lane_area(), self.scene, flags)
            if self._bubble:
                x, top = self._bubble_x(flags), self.scene.lanes["hits"].bottom() + 6.0
                paint_bubble(painter, self._theme, self._axis, x, top, self._bubble, is_caught=self._is_caught)
        elif self.scene.hovered:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for flag in self.flags():
                if flag.marker.id == self.scene.hovered:
                    paint_one(painter, self.scene, flag, is_selected=flag.marker.id in self.scene.selected)

    def _moved_flags(self) -> list[Flag]:
        """The dragged hit points where they are held: in the row and with the name they had."""
        held = []
        for flag in self.flags():
            frame = self._moved.get(flag.marker.id)
            if frame is not None:
                held.append(replace(flag, x=self._axis.x_of(frame), marker=replace(flag.marker, frame=frame)))
        return held

    def _bubble_x(self, flags: list[Flag]) -> float:
        held = self.mouse.held_id
        return next((flag.x for flag in flags if flag.marker.id == held), self._axis.left_px)

    def _drag_rect(self) -> QRect:
        """What has to be painted again while hit points are dragged: their columns and the bubble."""
        rect = QRectF()
        if not self._moved:
            return rect.toAlignedRect()
        flags = self._moved_flags()
        for flag in flags:
            box = self._flag_box(flag)
            rect = rect.united(QRectF(box.left(), 0, box.width(), self.height()))
        if self._bubble:
            top = self.scene.lanes["hits"].bottom() + 6.0
            rect = rect.united(bubble_rect(self._theme, self._axis, self._bubble_x(flags), top, self._bubble))
        return rect.toAlignedRect().adjusted(-2, 0, 2, 0)

    def _flag_rect(self, marker_id: str) -> QRect:
        for flag in self.flags() if marker_id else ():
            if flag.marker.id == marker_id:
                return self._flag_box(flag).toAlignedRect()
        return QRect()

    def _flag_box(self, flag: Flag) -> QRectF:
        """Where a flag and its name are, with a little air."""
        reach = FLAG_RADIUS_LINES * self._line_px + 6
        wide = 2 * reach + (flag.name_px + 8 if flag.name_px else 0)
        left = flag.x + reach - wide if flag.is_name_left else flag.x - reach
        return QRectF(left, flag.y - self._line_px * 0.8, wide, self._line_px * 1.6)

    def _tell_accessibly(self) -> None:
        self.setAccessibleDescription(describe(self.scene, self.timecode))

    # events

    def event(self, event: QEvent | None) -> bool:
        """Answer tooltips here; keep Escape from closing a dialog while something is dragged."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = tip_at(self, QPointF(event.pos()))
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if event is not None and is_escape and event.type() == QEvent.Type.ShortcutOverride and self.mouse.is_busy:
            event.accept()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: D102
        if event is not None:
            self.mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:  # noqa: D102
        if event is not None:
            self.mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:  # noqa: D102
        if event is not None:
            self.mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:  # noqa: D102
        if event is not None:
            self.mouse.double_click(event)

    def leaveEvent(self, event: QEvent | None) -> None:  # noqa: D102
        self.set_hovered("")

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: D102
        if event is not None and not handle_key(self, event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent | None) -> None:
        """Alt and Shift suspend snapping the moment they are pressed or let go."""
        if event is not None:
            self.mouse.modifiers_changed(event.modifiers() & ~modifier_of(event.key()))
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:  # noqa: D102
        self.update()
        super().focusOutEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """Open the menu: where the pointer is, or at the selected hit point when it came by key."""
        if event is None:
            return
        place = event.pos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            place = self._place_of_keyboard_menu()
        self.popup_menu(place)

    def _place_of_keyboard_menu(self) -> QPoint:
        for flag in self.flags():
            if flag.marker.id in self.scene.selected:
                return QPointF(flag.x, flag.y).toPoint()
        x = min(max(self._axis.x_of(self._playhead_frame), self._axis.left_px), self._axis.right_px)
        return QPointF(x, self.scene.lanes["shots"].center().y()).toPoint()
