"""What the strip and the arc have in common: the range in sight, zoom and scroll, the playhead."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from PyQt6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import (
    QFontMetricsF,
    QHideEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QWidget

from hitpoint.model.time import FrameRate, frames_to_timecode
from hitpoint_panel.views.axis import FrameAxis
from hitpoint_panel.views.theme import DARK, Theme, ink

#: Frames in sight change by this factor for one notch of a mouse wheel (120 eighths of a degree).
_ZOOM_PER_NOTCH = 1.25

#: Half the width of the playhead's head, and of what is painted again around its line.
_PLAYHEAD_REACH_PX = 8

#: Room at both ends of the axis, so that a flag on the first or the last frame can be seen whole.
_MARGIN_PX = 9.0


#: A move that is so close to whole pixels is one.
_WHOLE_PX = 1e-4


def _is_scrolled(before: FrameAxis, after: FrameAxis) -> bool:
    """Return whether two axes differ in nothing but where they begin."""
    spans = before.end_frame - before.start_frame, after.end_frame - after.start_frame
    is_same = math.isclose(*spans, rel_tol=1e-9) and before.duration_frames == after.duration_frames
    return is_same and (before.left_px, before.width_px) == (after.left_px, after.width_px)


class Layer:
    """One stretch of a view that is painted into a pixmap and kept until it is dirty.

    `paint` gets a painter in the widget's own coordinates and what to paint: all of the layer, or a part of it. A
    transparent layer lies over others. Where `scroll_reach` is given, a scrolled layer is moved, and only what came in
    is painted: `scroll_reach(before, after)` says up to which pixel, from the left, it has to be painted besides,
    because what stands there is written differently at the edge.
    """

    def __init__(
        self,
        paint: Callable[[QPainter, QRect], None],
        *,
        is_transparent: bool = False,
        scroll_reach: Callable[[FrameAxis, FrameAxis], float] | None = None,
    ) -> None:
        self._paint = paint
        self.is_transparent = is_transparent
        self._scroll_reach = scroll_reach
        self._pixmap: QPixmap | None = None
        self._is_dirty = True
        self._stale: list[QRect] = []
        self.rect = QRect()

    def make_dirty(self) -> None:
        """Have it painted again when it is next seen."""
        self._is_dirty = True

    def forget(self) -> None:
        """Give its memory back until it is seen again."""
        self._pixmap = None

    def scroll(self, by_px: int, before: FrameAxis, after: FrameAxis, *, left_px: int) -> None:
        """Move what lies right of `left_px` by whole pixels (positive is to the right), or have all painted again."""
        if self._scroll_reach is None or self._pixmap is None or self._is_dirty:
            self.make_dirty()
            return
        ratio = self._pixmap.devicePixelRatio()
        area = QRect(left_px, self.rect.top(), self.rect.right() + 1 - left_px, self.rect.height())
        inner = area.translated(-self.rect.topLeft())
        self._pixmap.scroll(
            round(by_px * ratio),
            0,
            QRect(
                round(inner.left() * ratio),
                0,
                self._pixmap.width() - round(inner.left() * ratio),
                self._pixmap.height(),
            ),
        )
        came_in = QRect(area)
        if by_px > 0:
            came_in.setWidth(by_px)
        else:
            came_in.setLeft(area.right() + 1 + by_px)
        reach = max(math.ceil(self._scroll_reach(before, after)), left_px)
        at_edge = QRect(area.left(), area.top(), min(reach - left_px, area.width()), area.height())
        waiting = [old.translated(by_px, 0).intersected(area) for old in self._stale]
        self._stale = [part for part in (*waiting, came_in, at_edge) if not part.isEmpty()]
        if len(self._stale) > 8:
            self.make_dirty()

    def draw(self, painter: QPainter, exposed: QRect, ratio: float) -> None:
        """Draw what of the layer lies in `exposed`; `ratio` are device pixels to a logical one."""
        if self.rect.isEmpty() or not self.rect.intersects(exposed):
            return
        size = self.rect.size() * ratio
        if self._pixmap is None or self._pixmap.size() != size or self._pixmap.devicePixelRatio() != ratio:
            self._pixmap = QPixmap(size)
            self._pixmap.setDevicePixelRatio(ratio)
            self._is_dirty = True
        if self._is_dirty and self.is_transparent:  # the others paint all of their ground themselves
            self._pixmap.fill(Qt.GlobalColor.transparent)
        stale = [self.rect] if self._is_dirty else self._stale
        self._is_dirty, self._stale = False, []
        if stale:
            inner = QPainter(self._pixmap)
            inner.translate(QPointF(-self.rect.topLeft()))
            for part in stale:
                inner.save()
                self._paint(inner, part)
                inner.restore()
            inner.end()
        painter.drawPixmap(self.rect.topLeft(), self._pixmap)


class RangedView(QWidget):
    """A view over a range of record frames, with a gutter at its left for the names of its lanes.

    Wheel: zoom at the pointer; Shift and wheel, or a trackpad sideways: scroll. Views under one another are aligned,
    as their gutters are equally wide.
    """

    range_changed = pyqtSignal(float, float)
    playhead_dragged = pyqtSignal(float)

    def __init__(self, parent: QWidget | None = None, *, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self._theme = theme
        self._layers: list[Layer] = []
        self._playhead_frame = 0.0
        self._rate = FrameRate(24)
        self._start_timecode_frame = 0
        self._measure()
        self._axis = FrameAxis(
            start_frame=0.0, end_frame=240.0, left_px=self._gutter_px + _MARGIN_PX, width_px=100.0, duration_frames=240
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # what is in sight

    @property
    def axis(self) -> FrameAxis:
        """Frames over pixels, as they are shown at this moment."""
        return self._axis

    def set_visible_range(self, start_frame: float, end_frame: float) -> None:
        """Show these record frames; what reaches beyond the cut is brought back into it. Emits nothing."""
        self._show(self._axis.with_range(start_frame, end_frame), is_told=True)

    def set_playhead(self, frame: float) -> None:
        """Put the playhead on a record frame; a part of a frame is fine."""
        if frame == self._playhead_frame:
            return
        before, self._playhead_frame = self._playhead_rect(), frame
        self.update(before)
        self.update(self._playhead_rect())

    @property
    def playhead_frame(self) -> float:
        """Record frame of the playhead."""
        return self._playhead_frame

    def timecode(self, frame: float) -> str:
        """Return the editor's label of a record frame."""
        return frames_to_timecode(int(frame) + self._start_timecode_frame, self._rate)

    def _set_timebase(self, rate: FrameRate, start_timecode_frame: int, duration_frames: int) -> None:
        """Take over another cut's time; its whole length is shown if it is not as long as the one before."""
        is_new = duration_frames != self._axis.duration_frames
        self._rate, self._start_timecode_frame = rate, start_timecode_frame
        fresh = FrameAxis(
            start_frame=self._axis.start_frame,
            end_frame=self._axis.end_frame,
            left_px=self._axis.left_px,
            width_px=self._axis.width_px,
            duration_frames=duration_frames,
        )
        self._show(fresh.with_range(*((0, duration_frames) if is_new else (fresh.start_frame, fresh.end_frame))))

    def _show(self, axis: FrameAxis, *, is_told: bool = False) -> None:
        """Take a new axis; unless it came from outside (`is_told`), tell the others."""
        if not is_told:
            axis = self._on_pixels(axis)
        if axis == self._axis:
            return
        is_moved = (axis.start_frame, axis.end_frame) != (self._axis.start_frame, self._axis.end_frame)
        before, self._axis = self._axis, axis
        scrolled_px = self._scrolled_px(before, axis)
        if scrolled_px is None:
            self._make_dirty()
        else:
            for layer in self._layers:
                layer.scroll(scrolled_px, before, axis, left_px=self._gutter_px)
            self.update()
        if is_moved and not is_told:
            self.range_changed.emit(axis.start_frame, axis.end_frame)

    def _on_pixels(self, axis: FrameAxis) -> FrameAxis:
        """Return the axis scrolled by whole pixels where it is only scrolled, so that what is painted can be moved."""
        per_px = self._axis.frames_per_px
        if not _is_scrolled(self._axis, axis):
            return axis
        moved_px = round((axis.start_frame - self._axis.start_frame) / per_px)
        start = self._axis.start_frame + moved_px * per_px
        is_inside = axis.start_frame > 0 and axis.end_frame < axis.duration_frames and start >= 0
        if not moved_px or not is_inside or start + (axis.end_frame - axis.start_frame) > axis.duration_frames:
            return axis
        return replace(axis, start_frame=start, end_frame=start + (axis.end_frame - axis.start_frame))

    def _scrolled_px(self, before: FrameAxis, after: FrameAxis) -> int | None:
        """Return by how many whole pixels the picture moves to the right; None where it has to be painted anew."""
        is_exact = self.devicePixelRatioF().is_integer()  # at 1.5, every other move would be between two pixels
        if not is_exact or not _is_scrolled(before, after):
            return None
        moved_px = (before.start_frame - after.start_frame) / before.frames_per_px
        whole_px = round(moved_px)
        is_whole = abs(moved_px - whole_px) < _WHOLE_PX
        return whole_px if is_whole and abs(whole_px) < after.width_px * 0.7 else None

    def _make_dirty(self, *layers: Layer) -> None:
        """Have layers painted again, all of them where none is named."""
        for layer in layers or self._layers:
            layer.make_dirty()
            self.update(layer.rect)
        if not layers:
            self.update()

    # geometry

    def _measure(self) -> None:
        """Measure the fonts; heights and the gutter follow them, so that larger type needs no setting of ours."""
        self._line_px = QFontMetricsF(self._theme.font(is_small=True)).height()
        self._gutter_px = round(QFontMetricsF(self._theme.font(is_small=True)).horizontalAdvance("Intensity") + 26.0)

    def _place_layers(self) -> None:
        """Give each layer its place; views lay out their lanes here."""

    def _playhead_rect(self) -> QRect:
        x = self._axis.x_of(self._playhead_frame)
        return QRectF(x - _PLAYHEAD_REACH_PX, 0, 2 * _PLAYHEAD_REACH_PX, self.height()).toAlignedRect()

    def _lane_area(self) -> QRect:
        """Everything right of the gutter."""
        return QRect(self._gutter_px, 0, max(self.width() - self._gutter_px, 1), self.height())

    # events

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: D102
        self._relayout()

    def changeEvent(self, event: QEvent | None) -> None:  # noqa: D102
        if event is not None and event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self._relayout()
        super().changeEvent(event)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Give the layers' memory back."""
        for layer in self._layers:
            layer.forget()

    def _relayout(self) -> None:
        self._measure()
        self._axis = FrameAxis(
            start_frame=self._axis.start_frame,
            end_frame=self._axis.end_frame,
            left_px=self._gutter_px + _MARGIN_PX,
            width_px=max(self.width() - self._gutter_px - 2 * _MARGIN_PX, 10.0),
            duration_frames=self._axis.duration_frames,
        )
        self._place_layers()
        self._make_dirty()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Zoom at the pointer, or scroll with Shift or sideways."""
        if event is None:
            return
        angle, pixels = event.angleDelta(), event.pixelDelta()
        is_sideways = abs(angle.x()) > abs(angle.y())
        if is_sideways or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            turned = angle.x() if is_sideways else angle.y()
            moved_px = (
                float(pixels.x() or pixels.y()) if not pixels.isNull() else turned / 120 * self._axis.width_px / 8
            )
            self._show(self._axis.scrolled(-moved_px * self._axis.frames_per_px))
        else:
            self._show(self._axis.zoomed(_ZOOM_PER_NOTCH ** (-angle.y() / 120), event.position().x()))
        event.accept()

    def event(self, event: QEvent | None) -> bool:
        """Zoom by pinching a trackpad, too."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._show(self._axis.zoomed(1.0 / max(1.0 + event.value(), 0.1), event.position().x()))
            return True
        return super().event(event)

    def zoom_by_key(self, key: int) -> bool:
        """Zoom around the playhead (or the middle) with + and -, show all with 0; return whether it was such a key."""
        if key == Qt.Key.Key_0:
            self._show(self._axis.with_range(0, self._axis.duration_frames))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            x = self._axis.x_of(self._playhead_frame)
            if not self._axis.left_px <= x <= self._axis.right_px:
                x = self._axis.left_px + self._axis.width_px / 2
            self._show(self._axis.zoomed(_ZOOM_PER_NOTCH if key == Qt.Key.Key_Minus else 1 / _ZOOM_PER_NOTCH, x))
        else:
            return False
        return True

    def bring_into_sight(self, frame: float) -> None:
        """Scroll if a frame lies outside of what is visible, or right at its edge."""
        margin = (self._axis.end_frame - self._axis.start_frame) * 0.04
        if frame < self._axis.start_frame + margin:
            self._show(self._axis.scrolled(frame - self._axis.start_frame - 4 * margin))
        elif frame > self._axis.end_frame - margin:
            self._show(self._axis.scrolled(frame - self._axis.end_frame + 4 * margin))

    # painting

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the layers, then what moves, within what has to be painted again."""
        if event is None:
            return
        painter = QPainter(self)
        exposed = event.rect()
        painter.fillRect(exposed, ink(self._theme.paper))
        ratio = self.devicePixelRatioF()
        for layer in self._layers:
            if not layer.is_transparent:
                layer.draw(painter, exposed, ratio)
        painter.save()
        painter.setClipRect(self._lane_area())
        self._paint_between(painter, exposed)
        painter.restore()
        for layer in self._layers:
            if layer.is_transparent:
                layer.draw(painter, exposed, ratio)
        painter.save()
        painter.setClipRect(self._lane_area())
        self._paint_over(painter, exposed)
        painter.restore()
        if self.hasFocus():
            painter.setPen(QPen(ink(self._theme.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_between(self, painter: QPainter, exposed: QRect) -> None:
        """Draw what lies over the lanes and is quicker drawn than kept; views do that here."""

    def _paint_over(self, painter: QPainter, exposed: QRect) -> None:
        """Draw what moves by itself; the playhead here, more in a view."""
        self._paint_playhead(painter, exposed)

    def _paint_playhead(self, painter: QPainter, exposed: QRect) -> None:
        if not self._playhead_rect().intersects(exposed):
            return
        x = self._axis.x_of(self._playhead_frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(ink(self._theme.playhead, 0.85), 1.2))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink(self._theme.playhead))
        painter.drawPolygon(QPolygonF([QPointF(x - 5.5, 0), QPointF(x + 5.5, 0), QPointF(x, 8)]))

    def _paint_gutter_name(self, painter: QPainter, rect: QRect, name: str) -> None:
        """Write a lane's name into the gutter."""
        gutter = QRect(0, rect.top(), self._gutter_px, rect.height())
        if rect.left() >= self._gutter_px:
            return
        painter.fillRect(gutter, ink(self._theme.gutter))
        painter.setFont(self._theme.font(is_small=True))
        painter.setPen(ink(self._theme.muted))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(gutter.adjusted(10, 0, -4, 0), flags, name)
