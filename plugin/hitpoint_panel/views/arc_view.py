"""The arc: valence, arousal and tension over the measured loudness, and each cue's intensity, bent by hand."""

from __future__ import annotations

import html

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRect, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter
from PyQt6.QtWidgets import QMenu, QToolTip, QWidget

from hitpoint.model.time import FrameRate
from hitpoint_panel.views import intensity_points as bend
from hitpoint_panel.views.arc_keys import KEYS_HELP, handle_key
from hitpoint_panel.views.axis import FrameAxis
from hitpoint_panel.views.bubble import paint_bubble
from hitpoint_panel.views.paint_arc import (
    CURVES,
    HANDLE_PX,
    ArcScene,
    paint_arc,
    paint_intensity,
    paint_legend,
    place_of,
    points_of,
    share_level_at,
)
from hitpoint_panel.views.ranged_view import Layer, RangedView
from hitpoint_panel.views.theme import DARK, Theme
from hitpoint_panel.views.values import ArcCurves, IntensityLine, LoudnessCurve, StripCut

_DRAG_PX = 3.0


class ArcView(RangedView):
    """Two lanes on the strip's time axis. `intensity_changed` is (cue number, points); () leaves it to the scene.

    Needs the cut's rate: call `set_cut` (or `set_timebase`) before anything else.
    """

    intensity_changed = pyqtSignal(str, object)

    def __init__(self, parent: QWidget | None = None, *, theme: Theme = DARK) -> None:
        super().__init__(parent, theme=theme)
        self.scene = ArcScene(axis=self._axis, gutter_px=self._gutter_px, line_px=self._line_px, theme=theme)
        self._arc_layer = Layer(self._paint_arc_lane)
        self._intensity_layer = Layer(self._paint_intensity_lane)
        self._layers = [self._arc_layer, self._intensity_layer]
        self._pressed: QPointF | None = None
        self._pressed_axis: FrameAxis | None = None
        self._is_dragged = False
        self._is_playhead = False
        self.setAccessibleName("Arc and intensity")
        self._tell_accessibly()

    # values from outside

    def set_cut(self, cut: StripCut) -> None:
        """Take over the time of a cut."""
        self.set_timebase(cut.rate, cut.start_timecode_frame, cut.duration_frames)

    def set_timebase(self, rate: FrameRate, start_timecode_frame: int, duration_frames: int) -> None:
        """Take over a rate, the label of record frame 0, and a length in frames."""
        self.scene.rate = rate
        self._set_timebase(rate, start_timecode_frame, duration_frames)
        self._make_dirty()

    def set_arc(self, arc: ArcCurves | None) -> None:
        """Show what the scene feels like; None shows nothing."""
        self.scene.arc = arc
        self._make_dirty(self._arc_layer)

    def set_loudness(self, loudness: LoudnessCurve | None) -> None:
        """Show the measured loudness behind; None shows none."""
        self.scene.loudness = loudness
        self._make_dirty()

    def set_intensity(self, lines: tuple[IntensityLine, ...]) -> None:
        """Show the intensity of these cues. What is dragged at this moment stays in the hand if its cue is there."""
        self.scene.intensity = lines
        numbers = {line.cue: line for line in lines}
        if self.scene.drag is not None and self.scene.drag[0] not in numbers:
            self.let_go()
        chosen = self.scene.chosen
        if chosen is not None and (
            chosen[0] not in numbers or chosen[1] >= len(points_of(self.scene, numbers[chosen[0]]))
        ):
            self.scene.chosen = None
        self._make_dirty(self._intensity_layer)
        self._tell_accessibly()

    # what can be held

    @property
    def chosen_point(self) -> tuple[str, int] | None:
        """The point that keys move: cue number and its place among the cue's points."""
        return self.scene.chosen

    def choose_point(self, which: tuple[str, int] | None) -> None:
        """Choose a point for the keys."""
        self.scene.chosen = which
        self._make_dirty(self._intensity_layer)
        self._tell_accessibly()

    def place_of_point(self, cue: str, index: int) -> QPointF:
        """Return where a point of a cue is on the screen."""
        line = self.line(cue)
        assert line is not None
        return place_of(self._intensity_layer.rect, self.scene, line, *points_of(self.scene, line)[index])

    def line(self, cue: str) -> IntensityLine | None:
        """Return what is known of a cue's intensity."""
        return next((line for line in self.scene.intensity if line.cue == cue), None)

    def _point_at(self, place: QPointF) -> tuple[str, int] | None:
        best, found = (HANDLE_PX + 5.0) ** 2, None
        for line in self.scene.intensity:
            for index, point in enumerate(points_of(self.scene, line)):
                away = place_of(self._intensity_layer.rect, self.scene, line, *point) - place
                if (squared := away.x() ** 2 + away.y() ** 2) <= best:
                    best, found = squared, (line.cue, index)
        return found

    def _cue_at(self, place: QPointF) -> IntensityLine | None:
        frame = self._axis.frame_at(place.x())
        return next((line for line in self.scene.intensity if line.start_frame <= frame < line.end_frame), None)

    def change(self, cue: str, points: bend.Points, chosen: int | None) -> None:
        """Show new points at once and tell them; the window answers with `set_intensity`."""
        self.scene.chosen = None if chosen is None else (cue, chosen)
        self.scene.drag = None
        self.scene.intensity = tuple(
            IntensityLine(cue=x.cue, start_frame=x.start_frame, end_frame=x.end_frame, points=points, planned=x.planned)
            if x.cue == cue
            else x
            for x in self.scene.intensity
        )
        self._make_dirty(self._intensity_layer)
        self._tell_accessibly()
        self.intensity_changed.emit(cue, points)

    def let_go(self) -> bool:
        """Put back what is dragged; return whether anything was."""
        was_held = self._pressed is not None
        if self.scene.drag is not None:
            self.scene.drag = None
            self._make_dirty(self._intensity_layer)
        elif was_held and self._is_dragged and self._pressed_axis is not None:
            self._show(self._pressed_axis)
        self._pressed = self._pressed_axis = None
        self._is_dragged = self._is_playhead = False
        self.setCursor(Qt.CursorShape.ArrowCursor)
        return was_held

    # mouse

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Take hold of a point, of the playhead (in the upper lane), or of the view itself."""
        if event is None or event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        place = event.position()
        if place.x() < self._gutter_px or self._pressed is not None:
            return
        self._pressed, self._is_dragged = place, False
        is_left = event.button() == Qt.MouseButton.LeftButton
        self._is_playhead = is_left and self._arc_layer.rect.contains(place.toPoint())
        point = self._point_at(place) if is_left and not self._is_playhead else None
        self._pressed_axis = None
        if self._is_playhead:
            self._drag_playhead(place)
        else:
            self.choose_point(point)
            if point is None:
                self._pressed_axis = self._axis

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag what is held; else show what could be."""
        if event is None:
            return
        place = event.position()
        if self._pressed is None:
            is_point = self._intensity_layer.rect.contains(place.toPoint()) and self._point_at(place) is not None
            self.setCursor(Qt.CursorShape.SizeAllCursor if is_point else Qt.CursorShape.ArrowCursor)
            return
        away = place - self._pressed
        if not self._is_dragged and max(abs(away.x()), abs(away.y())) < _DRAG_PX:
            return
        self._is_dragged = True
        if self._is_playhead:
            self._drag_playhead(place)
        elif self._pressed_axis is not None:
            self._show(self._pressed_axis.scrolled(-away.x() * self._pressed_axis.frames_per_px))
        elif self.scene.chosen is not None:
            cue, index = self.scene.chosen
            line = self.line(cue)
            if line is not None:
                share, level = share_level_at(self._intensity_layer.rect, self.scene, line, place)
                if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:  # straight up and down
                    share = bend.handles(line)[index][0]
                self.scene.drag = (cue, bend.moved(bend.handles(line), index, share, level))
                self._make_dirty(self._intensity_layer)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let go: a bent curve is told."""
        if event is None or self._pressed is None:
            return
        drag, chosen = self.scene.drag, self.scene.chosen
        self._pressed = self._pressed_axis = None
        self._is_dragged = self._is_playhead = False
        if drag is not None and chosen is not None:
            self.change(drag[0], drag[1], chosen[1])

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Add a point to the cue's curve."""
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self.let_go()
        if self._intensity_layer.rect.contains(event.position().toPoint()):
            self._add_at(event.position())

    def _add_at(self, place: QPointF) -> None:
        line = self._cue_at(place)
        if line is not None and self._point_at(place) is None:
            share, level = share_level_at(self._intensity_layer.rect, self.scene, line, place)
            self.change(line.cue, *bend.added(bend.handles(line), share, level))

    def _drag_playhead(self, place: QPointF) -> None:
        frame = min(max(self._axis.frame_at(place.x()), 0.0), float(self._axis.duration_frames))
        self.set_playhead(frame)
        self.playhead_dragged.emit(frame)

    # keys

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Do with keys what the mouse can do to points."""
        if event is not None and not handle_key(self, event):
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """Open the menu of the intensity."""
        if event is None:
            return
        place = QPointF(event.pos())
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.scene.chosen is not None:
            place = self.place_of_point(*self.scene.chosen)
        menu = self.build_menu(place)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(place.toPoint()))

    def build_menu(self, place: QPointF) -> QMenu:
        """Return the menu for a place."""
        menu, line, point = QMenu(self), self._cue_at(place), self._point_at(place)
        if line is not None and point is not None and len(points_of(self.scene, line)) > 0:
            fewer = bend.removed(points_of(self.scene, line), point[1])
            menu.addAction("Delete this point", lambda: self.change(line.cue, fewer, None))
        elif line is not None:
            menu.addAction("Add a point here", lambda: self._add_at(place))
        if line is not None and line.points:
            menu.addAction(f"Leave the intensity of {line.cue} to the scene", lambda: self.change(line.cue, (), None))
        menu.addAction("Show all", lambda: self._show(self._axis.with_range(0, self._axis.duration_frames)))
        return menu

    # painting

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(1200, round(self._line_px * 16))

    def minimumSizeHint(self) -> QSize:  # noqa: D102
        return QSize(self._gutter_px + 200, round(self._line_px * 9))

    def _show(self, axis: FrameAxis, *, is_told: bool = False) -> None:
        self.scene.axis = axis
        super()._show(axis, is_told=is_told)

    def _place_layers(self) -> None:
        self.scene.axis, self.scene.gutter_px, self.scene.line_px = self._axis, self._gutter_px, self._line_px
        upper = round(self.height() * 0.56)
        self._arc_layer.rect = QRect(0, 0, self.width(), upper - 1)
        self._intensity_layer.rect = QRect(0, upper + 1, self.width(), max(self.height() - upper - 1, 1))

    def _paint_arc_lane(self, painter: QPainter, rect: QRect) -> None:
        paint_arc(painter, rect, self.scene)
        paint_legend(painter, rect, self.scene)

    def _paint_intensity_lane(self, painter: QPainter, rect: QRect) -> None:
        painter.save()
        paint_intensity(painter, rect, self.scene)
        painter.restore()
        self._paint_gutter_name(painter, rect, "Intensity")

    def _paint_over(self, painter: QPainter, exposed: QRect) -> None:
        super()._paint_over(painter, exposed)
        if self.scene.drag is None or self.scene.chosen is None:
            return
        line = self.line(self.scene.chosen[0])
        if line is not None:
            share, level = self.scene.drag[1][self.scene.chosen[1]]
            at = place_of(self._intensity_layer.rect, self.scene, line, share, level)
            frame = line.start_frame + share * (line.end_frame - line.start_frame)
            lines = (f"{level:.2f}", f"{line.cue}  {self.timecode(frame)}")
            paint_bubble(painter, self._theme, self._axis, at.x(), self._intensity_layer.rect.top() + 4, lines)

    def _tell_accessibly(self) -> None:
        said = f"Intensity of {len(self.scene.intensity)} cues. "
        if self.scene.chosen is not None and (line := self.line(self.scene.chosen[0])) is not None:
            points = points_of(self.scene, line)
            share, level = points[self.scene.chosen[1]]
            frame = line.start_frame + share * (line.end_frame - line.start_frame)
            place = f"Point {self.scene.chosen[1] + 1} of {len(points)} of {line.cue}"
            said += f"{place}: level {level:.2f} at {self.timecode(frame)}. "
        self.setAccessibleDescription(said + KEYS_HELP + ".")

    def event(self, event: QEvent | None) -> bool:
        """Answer tooltips here: the values under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tip_at(QPointF(event.pos())), self)
            return True
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if (
            event is not None
            and is_escape
            and event.type() == QEvent.Type.ShortcutOverride
            and self._pressed is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def _tip_at(self, place: QPointF) -> str:
        if place.x() < self._gutter_px:
            return "Valence and arousal from −1 to 1 (the line is 0), tension and intensity from 0 to 1"
        frame = self._axis.frame_at(place.x())
        said = [f"<b>{self.timecode(frame)}</b>"]
        second = frame * float(self._rate.frame_s)
        if self.scene.arc is not None:
            for name, *_ in CURVES:
                values = getattr(self.scene.arc, name)
                if len(values):
                    value = np.interp(second / self.scene.arc.hop_s, np.arange(len(values)), values)
                    said.append(f"{name} {value:+.2f}".replace("-", "−"))
        line = self._cue_at(place)
        if line is not None:
            share = (frame - line.start_frame) / (line.end_frame - line.start_frame)
            said.append(
                f"intensity of {html.escape(line.cue)}: {bend.level_at(points_of(self.scene, line), share):.2f}"
            )
        return "<br>".join(said)
