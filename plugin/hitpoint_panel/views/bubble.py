"""What something that is dragged says beside the pointer."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QFontMetricsF, QPainter, QPen

from hitpoint_panel.views.axis import FrameAxis
from hitpoint_panel.views.theme import Theme, ink


def bubble_rect(theme: Theme, axis: FrameAxis, x_px: float, top_px: float, lines: tuple[str, ...]) -> QRectF:
    """Return where the bubble of something at `x_px` lies: right of it, or left where there is no room."""
    metrics = QFontMetricsF(theme.fixed_font(is_small=True))
    wide = max(metrics.horizontalAdvance(line) for line in lines) + 16
    tall = metrics.height() * len(lines) + 10
    left = x_px + 14 if x_px + 14 + wide < axis.right_px else x_px - 14 - wide
    return QRectF(left, top_px, wide, tall)


def paint_bubble(
    painter: QPainter,
    theme: Theme,
    axis: FrameAxis,
    x_px: float,
    top_px: float,
    lines: tuple[str, ...],
    *,
    is_caught: bool = False,
) -> None:
    """Paint the lines, the first one brighter; `is_caught` (it has snapped) shows in the edge as well as in words."""
    rect = bubble_rect(theme, axis, x_px, top_px, lines)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink(theme.focus if is_caught else theme.rule_strong), 1.2))
    painter.setBrush(ink(theme.bubble))
    painter.drawRoundedRect(rect, 4, 4)
    font = theme.fixed_font(is_small=True)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    for i, line in enumerate(lines):
        painter.setPen(ink(theme.text if i == 0 else theme.muted))
        painter.drawText(QPointF(rect.left() + 8, rect.top() + 5 + metrics.ascent() + i * metrics.height()), line)
