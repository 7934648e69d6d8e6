"""Painters of the arc: what the scene feels like over what was measured, and the intensity of each cue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QBrush, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from hitpoint.model.time import FrameRate
from hitpoint_panel.views.axis import FrameAxis
from hitpoint_panel.views.intensity_points import Points, handles
from hitpoint_panel.views.theme import DARK, Theme, ink
from hitpoint_panel.views.values import ArcCurves, IntensityLine, LoudnessCurve

#: What is shown of the loudness below its loudest second; below lies the floor.
_LOUDNESS_RANGE_LU = 30.0

#: Half the size of a point to take hold of.
HANDLE_PX = 4.5

#: Name, least value, width of the pen and its dashes: told apart without any colour.
CURVES: tuple[tuple[str, float, float, Qt.PenStyle], ...] = (
    ("valence", -1.0, 1.6, Qt.PenStyle.SolidLine),
    ("arousal", -1.0, 1.6, Qt.PenStyle.DashLine),
    ("tension", 0.0, 2.6, Qt.PenStyle.SolidLine),
)


@dataclass(slots=True, eq=False)
class ArcScene:
    """What the arc shows at this moment; the widget changes it, the painters only read."""

    axis: FrameAxis
    gutter_px: int
    line_px: float
    theme: Theme = DARK
    rate: FrameRate = field(default_factory=lambda: FrameRate(24))
    arc: ArcCurves | None = None
    loudness: LoudnessCurve | None = None
    intensity: tuple[IntensityLine, ...] = ()
    chosen: tuple[str, int] | None = None
    drag: tuple[str, Points] | None = None


def sampled(
    values: NDArray[np.float32], hop_s: float, start_s: float, axis: FrameAxis, rate: FrameRate
) -> NDArray[np.float64]:
    """Return one value for each pixel of the axis; NaN outside of the curve.

    Zoomed out, a pixel is the mean of what lies under it; zoomed in, the curve is straight between its values.
    """
    columns = max(int(np.ceil(axis.width_px)) + 1, 2)
    seconds = (axis.start_frame + np.arange(columns) * axis.frames_per_px) * float(rate.frame_s)
    at = (seconds - start_s) / hop_s
    if not len(values):
        return np.full(columns, np.nan)
    per_column = (at[1] - at[0]) if columns > 1 else 1.0
    if per_column <= 1.0:
        straight: NDArray[np.float64] = np.interp(at, np.arange(len(values)), values, left=np.nan, right=np.nan)
        return straight
    sums = np.concatenate(([0.0], np.cumsum(np.nan_to_num(values, nan=0.0), dtype=np.float64)))
    counts = np.concatenate(([0.0], np.cumsum(np.isfinite(values), dtype=np.float64)))
    ends = np.arange(len(values) + 1)
    low, high = at - per_column / 2, at + per_column / 2
    total = np.interp(high, ends, sums) - np.interp(low, ends, sums)
    count = np.interp(high, ends, counts) - np.interp(low, ends, counts)
    return np.where(count > 0.25 * min(per_column, 1.0), total / np.maximum(count, 1e-9), np.nan)


def _points(polygon: QPolygonF) -> list[QPointF]:
    return [polygon[i] for i in range(len(polygon))]


def _runs(xs: NDArray[np.floating[Any]], ys: NDArray[np.float64]) -> list[QPolygonF]:
    """Return the stretches of a curve that are known."""
    out: list[QPolygonF] = []
    edges = np.flatnonzero(np.diff(np.concatenate(([0], np.isfinite(ys).astype(int), [0]))))
    for start, end in zip(edges[0::2], edges[1::2], strict=True):
        out.append(
            QPolygonF([QPointF(x, y) for x, y in zip(xs[start:end].tolist(), ys[start:end].tolist(), strict=True)])
        )
    return out


def paint_arc(painter: QPainter, rect: QRect, scene: ArcScene) -> None:
    """Valence and arousal around the middle line, tension from the bottom, over the loudness as a grey ground."""
    theme = scene.theme
    painter.fillRect(rect, ink(theme.lane))
    painter.setClipRect(rect.adjusted(scene.gutter_px, 0, 0, 0))
    paint_loudness(painter, rect, scene, 1.0)
    painter.setPen(QPen(ink(theme.rule_strong), 1))
    painter.drawLine(scene.gutter_px, rect.center().y(), rect.right(), rect.center().y())
    if scene.arc is None:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for name, least, width, dashes in CURVES:
        values = sampled(getattr(scene.arc, name), scene.arc.hop_s, 0.0, scene.axis, scene.rate)
        shares = np.clip((values - least) / (1.0 - least), 0.0, 1.0)
        ys = rect.bottom() - 3 - shares * (rect.height() - 6)
        painter.setPen(QPen(ink(getattr(theme, name)), width, dashes, Qt.PenCapStyle.FlatCap))
        for run in _runs(scene.axis.left_px + np.arange(len(ys)), ys):
            painter.drawPolyline(run)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_loudness(painter: QPainter, rect: QRect, scene: ArcScene, alpha: float) -> None:
    """The measured loudness as ground: its loudest second is the top, 30 LU below it the floor."""
    curve = scene.loudness
    if curve is None or not np.isfinite(curve.lufs).any():
        return
    top = float(np.nanmax(curve.lufs))
    known = np.nan_to_num(curve.lufs, nan=top - _LOUDNESS_RANGE_LU, neginf=top - _LOUDNESS_RANGE_LU)
    lufs = sampled(known, curve.hop_s, curve.start_s + curve.hop_s, scene.axis, scene.rate)
    shares = np.clip((lufs - top + _LOUDNESS_RANGE_LU) / _LOUDNESS_RANGE_LU, 0.0, 1.0) * 0.92
    ys = rect.bottom() + 1 - shares * rect.height()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink(scene.theme.loudness, alpha))
    for run in _runs(scene.axis.left_px + np.arange(len(ys)), ys):
        floor = rect.bottom() + 1.0
        shape = QPolygonF([QPointF(run[0].x(), floor), *_points(run), QPointF(run[len(run) - 1].x(), floor)])
        painter.drawPolygon(shape)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def place_of(rect: QRect, scene: ArcScene, line: IntensityLine, share: float, level: float) -> QPointF:
    """Return where a point of a cue's intensity lies."""
    frame = line.start_frame + share * (line.end_frame - line.start_frame)
    return QPointF(scene.axis.x_of(frame), rect.bottom() - 6 - level * (rect.height() - 12))


def share_level_at(rect: QRect, scene: ArcScene, line: IntensityLine, place: QPointF) -> tuple[float, float]:
    """Return the share and the level under a pixel, not yet brought into 0..1."""
    share = (scene.axis.frame_at(place.x()) - line.start_frame) / (line.end_frame - line.start_frame)
    return share, (rect.bottom() - 6 - place.y()) / (rect.height() - 12)


def points_of(scene: ArcScene, line: IntensityLine) -> Points:
    """Return a cue's points as they are shown: dragged, the editor's, or those that follow the plan."""
    return scene.drag[1] if scene.drag is not None and scene.drag[0] == line.cue else handles(line)


def paint_intensity(painter: QPainter, rect: QRect, scene: ArcScene) -> None:
    """Each cue's planned intensity (dashed) and the curve that can be bent; full points are the editor's."""
    theme = scene.theme
    painter.fillRect(rect, ink(theme.lane_alternate))
    painter.setClipRect(rect.adjusted(scene.gutter_px, 0, 0, 0))
    paint_loudness(painter, rect, scene, 0.55)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for line in scene.intensity:
        if line.end_frame <= scene.axis.start_frame or line.start_frame >= scene.axis.end_frame:
            continue
        left, right = scene.axis.x_of(line.start_frame), scene.axis.x_of(line.end_frame)
        painter.setPen(QPen(ink(theme.cue_edge, 0.7), 1))
        for x in (left, right):
            painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
        is_own = bool(line.points) or (scene.drag is not None and scene.drag[0] == line.cue)
        if line.planned:
            planned = QPolygonF([place_of(rect, scene, line, *point) for point in line.planned])
            painter.setPen(QPen(ink(theme.planned, 0.9), 1.3, Qt.PenStyle.DashLine))
            painter.drawPolyline(planned)
        points = points_of(scene, line)
        shown = [(0.0, points[0][1]), *points, (1.0, points[-1][1])]
        path = QPolygonF([place_of(rect, scene, line, *point) for point in shown])
        if is_own:
            ground = QPainterPath()
            ground.addPolygon(QPolygonF([QPointF(left, rect.bottom()), *_points(path), QPointF(right, rect.bottom())]))
            painter.fillPath(ground, QBrush(ink(theme.cue_edge, 0.22)))
        painter.setPen(QPen(ink(theme.intensity, 1.0 if is_own else 0.5), 1.8 if is_own else 1.0))
        painter.drawPolyline(path)
        for index, point in enumerate(points):
            _paint_handle(painter, place_of(rect, scene, line, *point), scene, (line.cue, index), is_own)
        _paint_cue_name(painter, rect, scene, line.cue, left, right)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _paint_handle(painter: QPainter, at: QPointF, scene: ArcScene, which: tuple[str, int], is_own: bool) -> None:
    theme = scene.theme
    if scene.chosen == which:
        painter.setPen(QPen(ink(theme.focus), 2))
        painter.setBrush(ink(theme.selection))
        painter.drawEllipse(at, HANDLE_PX + 3, HANDLE_PX + 3)
    painter.setPen(QPen(ink(theme.intensity, 1.0 if is_own else 0.75), 1.3))
    painter.setBrush(ink(theme.intensity) if is_own else ink(theme.paper))
    painter.drawEllipse(at, HANDLE_PX, HANDLE_PX)


def _paint_cue_name(painter: QPainter, rect: QRect, scene: ArcScene, cue: str, left: float, right: float) -> None:
    font = scene.theme.font(is_small=True, is_bold=True)
    metrics = QFontMetricsF(font)
    left = max(left + 6, scene.gutter_px + 4.0)
    if right - left > metrics.horizontalAdvance(cue) + 6:
        painter.setFont(font)
        painter.setPen(ink(scene.theme.cue_text, 0.9))
        painter.drawText(QPointF(left, rect.top() + 3 + metrics.ascent()), cue)


def paint_legend(painter: QPainter, rect: QRect, scene: ArcScene) -> None:
    """The names of the curves in the gutter, each with a piece of its line."""
    theme = scene.theme
    gutter = QRect(0, rect.top(), scene.gutter_px, rect.height())
    painter.setClipRect(gutter)
    painter.fillRect(gutter, ink(theme.gutter))
    font = theme.font(is_small=True)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    step = min(metrics.height() + 10, rect.height() / 4)
    for row, (name, _, width, dashes) in enumerate((*CURVES, ("loudness", 0.0, 0.0, Qt.PenStyle.NoPen))):
        top = rect.top() + 3 + row * step
        painter.setPen(ink(theme.text if name != "loudness" else theme.muted))
        painter.drawText(QPointF(10, top + metrics.ascent()), name.capitalize())
        under = top + metrics.height() + 1
        if dashes == Qt.PenStyle.NoPen:
            painter.fillRect(QRectF(10, under - 1, scene.gutter_px - 26, 4), ink(theme.loudness))
        else:
            painter.setPen(QPen(ink(getattr(theme, name)), width, dashes, Qt.PenCapStyle.FlatCap))
            painter.drawLine(QPointF(10, under), QPointF(scene.gutter_px - 16, under))
