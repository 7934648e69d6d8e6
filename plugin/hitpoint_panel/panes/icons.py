"""The transport's signs, drawn: they are sharp at every scale and need no font that has them."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPen, QPixmap, QPolygonF

from hitpoint_panel.theme import THEME


class _Sign(QIconEngine):
    """Draws a sign in a square of 16 units."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def clone(self) -> QIconEngine:
        return _Sign(self._name)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        image = QPixmap(size)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self.paint(painter, image.rect(), mode, state)
        painter.end()
        return image

    def paint(self, painter: QPainter | None, rect: object, mode: QIcon.Mode, state: QIcon.State) -> None:
        if painter is None:
            return
        area = QRectF(rect)  # type: ignore[call-overload]
        side = min(area.width(), area.height())
        color = QColor(THEME.text_off if mode == QIcon.Mode.Disabled else THEME.text)
        painter.save()
        painter.translate(area.center().x() - side / 2, area.center().y() - side / 2)
        painter.scale(side / 16, side / 16)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        for shape in _SHAPES[self._name]:
            if isinstance(shape, QRectF):
                painter.drawRect(shape)
            else:
                painter.drawPolygon(shape)
        if self._name == "loop":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(color, 1.6))
            painter.drawArc(QRectF(2.5, 4, 11, 9), 60 * 16, 300 * 16)
        painter.restore()


def _polygon(*points: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points])


_SHAPES: dict[str, list[QRectF | QPolygonF]] = {
    "play": [_polygon((3.5, 2), (13.5, 8), (3.5, 14))],
    "pause": [QRectF(3.5, 2.5, 3, 11), QRectF(9.5, 2.5, 3, 11)],
    "start": [QRectF(2.5, 3, 2, 10), _polygon((13, 3), (5.5, 8), (13, 13))],
    "end": [QRectF(11.5, 3, 2, 10), _polygon((3, 3), (10.5, 8), (3, 13))],
    "back": [_polygon((9, 3), (3, 8), (9, 13)), QRectF(10.5, 3, 2, 10)],
    "forward": [_polygon((7, 3), (13, 8), (7, 13)), QRectF(3.5, 3, 2, 10)],
    "loop": [_polygon((8.5, 1.2), (13.2, 3.6), (9.2, 7))],
}


def sign(name: str) -> QIcon:
    """Return one of the signs play, pause, start, end, back, forward, loop."""
    return QIcon(_Sign(name))
