"""Painters of the music: cues with their bar lines, and the waveform. Each paints one lane of the strip."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QBrush, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from hitpoint_panel.views.axis import FrameAxis
from hitpoint_panel.views.strip_scene import StripScene, VersionIndex
from hitpoint_panel.views.theme import ink
from hitpoint_panel.views.values import StripCue

#: Bar lines nearer to one another are thinned out: every 2nd, 4th, 8th … bar.
_BAR_LEAST_PX = 11.0

#: Numbers of bars stand at least this far apart.
_BAR_NUMBER_LEAST_PX = 34.0


def paint_cues(painter: QPainter, rect: QRect, scene: StripScene) -> None:
    """Cues as blocks: number and title above, bars below; locked bars are hatched and carry a lock."""
    painter.fillRect(rect, ink(scene.theme.lane))
    if scene.version is None:
        return
    painter.setClipRect(rect.adjusted(scene.gutter_px, 0, 0, 0))
    for cue in scene.version.version.cues:
        if cue.end_frame > scene.axis.start_frame and cue.start_frame < scene.axis.end_frame:
            _paint_cue(painter, rect, scene, scene.version, cue)


def _paint_cue(painter: QPainter, rect: QRect, scene: StripScene, version: VersionIndex, cue: StripCue) -> None:
    axis, theme = scene.axis, scene.theme
    left = max(axis.x_of(cue.start_frame), scene.gutter_px - 6.0)
    right = min(axis.x_of(cue.end_frame), rect.right() + 6.0)
    block = QRectF(left + 0.5, rect.top() + 1.5, max(right - left - 1, 1.0), rect.height() - 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink(theme.cue_edge), 1))
    painter.setBrush(ink(theme.cue))
    painter.drawRoundedRect(block, 3, 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    ruled = QRectF(block.left(), block.top() + block.height() * 0.52, block.width(), block.height() * 0.48)
    if scene.selected_bars is not None and scene.selected_bars[0] == cue.number:
        _paint_bars(painter, scene, version, cue, scene.selected_bars[1:], ruled, QBrush(ink(theme.focus, 0.45)))
    for number, first_bar, last_bar in version.version.locked_bars:
        if number == cue.number:
            hatch = QBrush(ink(theme.locked, 0.55), Qt.BrushStyle.BDiagPattern)
            span = _paint_bars(painter, scene, version, cue, (first_bar, last_bar), ruled, hatch)
            painter.fillRect(QRectF(span.left(), ruled.top(), span.width(), 1.5), ink(theme.locked))
            _paint_lock(painter, span, scene)
    step = bar_step(cue, axis, _BAR_LEAST_PX)
    seen = [(bar, round(x) + 0.5) for bar, x in visible_bars(cue, axis, step) if left <= x <= right]
    painter.setPen(ink(theme.cue_edge, 0.8))
    lines = [QLineF(x, ruled.top() + 1, x, ruled.bottom()) for _, x in seen]
    painter.drawLines(lines)  # type: ignore[call-overload]  # PyQt takes lists, its stubs do not know
    small = theme.fixed_font(is_small=True)
    small.setPointSizeF(max(small.pointSizeF() * 0.85, 1.0))
    painter.setFont(small)
    metrics = QFontMetricsF(small)
    apart = bar_step(cue, axis, _BAR_NUMBER_LEAST_PX)
    painter.setPen(ink(theme.cue_text, 0.8))
    for bar, x in seen:
        if (bar - 1) % apart == 0 and x + 4 + metrics.horizontalAdvance(str(bar)) < right:
            painter.drawText(QPointF(x + 3, ruled.bottom() - metrics.descent() + 0.5), str(bar))
    font = theme.font(is_small=True, is_bold=True)
    metrics = QFontMetricsF(font)
    shown_left = max(block.left() + 6, scene.gutter_px + 4.0)
    room = block.right() - shown_left - 4
    if room > metrics.horizontalAdvance("0m0"):
        painter.setFont(font)
        painter.setPen(ink(theme.cue_text))
        title = metrics.elidedText(f"{cue.number}  {cue.title}".strip(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(shown_left, block.top() + 1.5 + metrics.ascent()), title)


def visible_bars(cue: StripCue, axis: FrameAxis, step: int) -> list[tuple[int, float]]:
    """Return (bar, counted from 1; pixel of its line) of every `step`th bar that is in sight."""
    first = bisect_left(cue.bars, axis.start_frame)
    last = bisect_left(cue.bars, axis.end_frame)
    return [(i + 1, axis.x_of(cue.bars[i])) for i in range(-(-first // step) * step, last, step)]


def bar_step(cue: StripCue, axis: FrameAxis, least_px: float) -> int:
    """Return every how manieth bar is shown, so that they stay `least_px` apart: 1, 2, 4, 8 …"""
    if len(cue.bars) < 2:
        return 1
    bar_px = (cue.bars[-1] - cue.bars[0]) / (len(cue.bars) - 1) / axis.frames_per_px
    step = 1
    while bar_px * step < least_px and step < len(cue.bars):
        step *= 2
    return step


def _paint_bars(
    painter: QPainter,
    scene: StripScene,
    version: VersionIndex,
    cue: StripCue,
    bars: tuple[int, int],
    ruled: QRectF,
    brush: QBrush,
) -> QRectF:
    start, end = (scene.axis.x_of(frame) for frame in version.bar_span(cue, *bars))
    start, end = max(start, ruled.left()), min(end, ruled.right())
    span = QRectF(start, ruled.top(), max(end - start, 0.0), ruled.height())
    painter.fillRect(span, brush)
    return span


def _paint_lock(painter: QPainter, span: QRectF, scene: StripScene) -> None:
    """A small padlock at the right end of locked bars."""
    size = min(span.height() * 0.62, 10.0)
    if span.width() < size * 2.2:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    body = QRectF(span.right() - size - 3, span.center().y() - size * 0.1, size, size * 0.62)
    painter.setPen(QPen(ink(scene.theme.locked), 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    shackle = QRectF(body.center().x() - size * 0.28, body.top() - size * 0.42, size * 0.56, size * 0.8)
    painter.drawArc(shackle, 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink(scene.theme.locked))
    painter.drawRoundedRect(body, 1.5, 1.5)
    painter.restore()


def paint_wave(painter: QPainter, rect: QRect, scene: StripScene) -> None:
    """The peaks of the mix, mirrored, with the bar lines faintly behind them."""
    theme, axis = scene.theme, scene.axis
    painter.fillRect(rect, ink(theme.lane_alternate))
    area = scene.open_area(rect)
    painter.setClipRect(area)
    if scene.version is not None and scene.cut is not None:
        painter.setPen(ink(theme.rule))
        lines = [
            QLineF(x, rect.top(), x, rect.bottom())
            for cue in scene.version.version.cues
            if cue.end_frame > axis.start_frame and cue.start_frame < axis.end_frame
            for _, x in visible_bars(cue, axis, bar_step(cue, axis, _BAR_LEAST_PX * 2))
        ]
        painter.drawLines(lines)  # type: ignore[call-overload]  # PyQt takes lists, its stubs do not know
        device = painter.device()
        ratio = 1.0 if device is None else device.devicePixelRatioF()
        image = wave_image(scene, scene.version, area, ratio)
        painter.drawImage(area.topLeft(), image)
    painter.setPen(ink(theme.rule_strong, 0.7))
    middle = rect.center().y()
    painter.drawLine(area.left(), middle, area.right(), middle)


def wave_image(scene: StripScene, version: VersionIndex, area: QRect, ratio: float) -> QImage:
    """Return the waveform under an area (logical pixels) of the strip as an image, smooth at its edge.

    Made of whole arrays, one column a device pixel.
    """
    assert scene.cut is not None
    wide, tall = max(round(area.width() * ratio), 1), max(round(area.height() * ratio), 1)
    waveform, axis = version.version, scene.axis
    frames_per_column = axis.frames_per_px / ratio
    frame_s = float(scene.cut.cut.rate.frame_s)
    first_frame = axis.frame_at(area.left())
    first_hop = (first_frame * frame_s - waveform.start_s) / waveform.hop_s
    peaks = version.pyramid.columns(first_hop, frames_per_column * frame_s / waveform.hop_s, wide)
    # a square root lifts what is soft, so that an underscore can be seen beside its hits
    half = np.sqrt(peaks) * np.float32(tall / 2 - ratio)
    away = np.abs(np.arange(tall, dtype=np.float32) + 0.5 - tall / 2)
    inner, outer = ink(scene.theme.wave_rms), ink(scene.theme.wave)
    depth = away / (tall / 2)
    # row by row one colour, lighter towards the middle; 0xAARRGGBB
    row_color = np.full(tall, 0xFF000000, dtype=np.uint32)
    for shift, of_inner, of_outer in (
        (16, inner.red(), outer.red()),
        (8, inner.green(), outer.green()),
        (0, inner.blue(), outer.blue()),
    ):
        row_color |= (of_inner + (of_outer - of_inner) * depth).astype(np.uint32) << np.uint32(shift)
    pixels = np.where(away[:, None] + 0.5 <= half[None, :], row_color[:, None], np.uint32(0))
    _smooth_edge(pixels, half, away, row_color)
    kind = QImage.Format.Format_ARGB32_Premultiplied
    image: QImage = QImage(pixels.data, wide, tall, wide * 4, kind).copy()  # type: ignore[call-overload]
    image.setDevicePixelRatio(ratio)
    return image


def _smooth_edge(
    pixels: NDArray[np.uint32], half: NDArray[np.float32], away: NDArray[np.float32], row_color: NDArray[np.uint32]
) -> None:
    """Paint the pixels that the wave covers in part: one at each end of a column, as strong as it is covered."""
    tall = len(away)
    columns = np.flatnonzero(half > 0.3)
    filled = np.floor(half[columns] + (tall % 2) / 2).astype(np.int64) - (tall % 2)
    for rows in (tall // 2 - 1 - filled, (tall + 1) // 2 + filled):
        is_in = (rows >= 0) & (rows < tall)
        at, where = rows[is_in], columns[is_in]
        cover = np.clip(half[where] - away[at] + 0.5, 0.0, 1.0)
        color, out = row_color[at], np.zeros(len(at), dtype=np.uint32)
        for shift in (24, 16, 8, 0):  # premultiplied: the colours shrink with the alpha
            channel = (color >> np.uint32(shift)) & np.uint32(0xFF)
            out |= (channel * cover).astype(np.uint32) << np.uint32(shift)
        pixels[at, where] = out


def paint_loop(painter: QPainter, rect: QRect, scene: StripScene) -> None:
    """A veil over what lies outside of the loop."""
    if scene.loop is None:
        return
    start, end = (scene.axis.x_of(frame) for frame in scene.loop)
    veil = ink(scene.theme.paper, 0.45)
    left, right = float(scene.gutter_px), float(rect.right() + 1)
    painter.fillRect(QRectF(left, rect.top(), max(min(start, right) - left, 0), rect.height()), veil)
    painter.fillRect(QRectF(max(end, left), rect.top(), max(right - max(end, left), 0), rect.height()), veil)
    painter.setPen(QPen(ink(scene.theme.loop, 0.8), 1))
    for x in (start, end):
        if left <= x <= right:
            painter.drawPolyline(QPolygonF([QPointF(x, rect.top()), QPointF(x, rect.bottom())]))
