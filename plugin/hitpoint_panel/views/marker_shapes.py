"""The shape of each kind of hit, and the sign of each verdict: told apart without any colour."""

from __future__ import annotations

from functools import lru_cache

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QPainter, QPainterPath, QPen

from hitpoint_panel.views.theme import Theme, ink

#: Outlines in a square from -1 to 1, y down.
_POLYGONS = {
    "accent": ((-1.0, -0.85), (1.0, -0.85), (0.0, 1.0)),  # falls onto the moment
    "turn": ((0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)),
    "peak": ((0.0, -1.0), (1.0, 0.85), (-1.0, 0.85)),  # rises to it
    "start": ((-0.8, -1.0), (1.0, 0.0), (-0.8, 1.0)),
    "out": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
    "": ((-1.0, -0.35), (0.1, -0.35), (0.1, -0.95), (1.0, 0.0), (0.1, 0.95), (0.1, 0.35), (-1.0, 0.35)),
}


@lru_cache(maxsize=64)
def kind_path(kind: str, radius_px: float) -> QPainterPath:
    """Return the outline of a kind around the origin; do not change it."""
    path = QPainterPath()
    if kind == "silence":  # a pause sign
        for left in (-0.85, 0.2):
            path.addRect(QRectF(left * radius_px, -0.9 * radius_px, 0.65 * radius_px, 1.8 * radius_px))
        return path
    corners = [QPointF(x * radius_px, y * radius_px) for x, y in _POLYGONS.get(kind, _POLYGONS[""])]
    path.moveTo(corners[0])
    for corner in corners[1:]:
        path.lineTo(corner)
    path.closeSubpath()
    return path


def paint_flag(
    painter: QPainter,
    at: QPointF,
    kind: str,
    verdict: str | None,
    theme: Theme,
    *,
    radius_px: float,
    is_ours: bool = False,
) -> None:
    """Paint a kind's shape, worn as its verdict says.

    hit: full. near: left half full. refused: empty, crossed out. Not scored: empty. What is ours and not the
    editor's is a little smaller.
    """
    color = ink(theme.verdict_color(verdict))
    radius_px = radius_px * (0.82 if is_ours else 1.0)
    path = kind_path(kind, radius_px).translated(at)
    painter.setPen(QPen(color, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    if verdict in ("hit", "direction"):
        painter.setBrush(color)
        painter.drawPath(path)
        return
    painter.setBrush(ink(theme.paper))
    painter.drawPath(path)
    if verdict == "near":
        painter.save()
        painter.setClipRect(
            QRectF(at.x() - 2 * radius_px, at.y() - 2 * radius_px, 2 * radius_px, 4 * radius_px),
            Qt.ClipOperation.IntersectClip,
        )
        painter.fillPath(path, color)
        painter.restore()
    elif verdict == "refused":
        reach = radius_px * 1.15
        painter.setPen(QPen(color, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(at + QPointF(-reach, -reach), at + QPointF(reach, reach))
        painter.drawLine(at + QPointF(-reach, reach), at + QPointF(reach, -reach))
