"""The picture, as large as there is room, on black; and what is said where there is none."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PyQt6.QtMultimedia import QVideoFrame
from PyQt6.QtWidgets import QSizePolicy, QWidget

from hitpoint_panel.theme import THEME


class PictureView(QWidget):
    """Shows one video frame, an image in its stead, or a line of text. A click plays and pauses."""

    clicked = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame: QVideoFrame | None = None
        self._image: QImage | None = None
        self._text = ""
        self.setMinimumSize(QSize(200, 112))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Picture")

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(560, 315)

    def show_frame(self, frame: QVideoFrame) -> None:
        """Show a frame."""
        self._frame, self._image, self._text = frame, None, ""
        self.update()

    def show_image(self, image: QImage, text: str = "") -> None:
        """Show an image where the media are away."""
        self._frame, self._image, self._text = None, image, text
        self.update()

    def show_text(self, text: str) -> None:
        """Show black, and a line of text."""
        self._frame, self._image, self._text = None, None, text
        self.setAccessibleDescription(text)
        self.update()

    def image(self) -> QImage | None:
        """Return what is shown as an image; None for black."""
        if self._image is None and self._frame is not None:
            self._image = self._frame.toImage()  # only when it is painted, and once
        return self._image

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#000000"))
        image = self.image()
        if image is not None and not image.isNull():
            size = image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(
                (self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height()
            )
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(target, image)
        if self._text:
            painter.setPen(QColor(THEME.text_dim))
            painter.drawText(
                self.rect().adjusted(16, 16, -16, -16),
                int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
                self._text,
            )

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: D102
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()
