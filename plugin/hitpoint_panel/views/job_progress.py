"""What is being done, how far it is, how long it will take, and a way to stop it."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from hitpoint_panel.views.style import style_sheet
from hitpoint_panel.views.theme import DARK, Theme

#: The bar counts in thousandths.
_STEPS = 1000


def time_left(seconds_left: float | None) -> str:
    """Return how long it will take, no more exact than one can know: "about 2 min left"."""
    if seconds_left is None or seconds_left < 0:
        return ""
    if seconds_left < 2:
        return "a moment left"
    if seconds_left < 55:
        step = 1 if seconds_left < 10 else 5
        return f"about {max(round(seconds_left / step) * step, 1)} s left"
    if seconds_left < 3600:
        return f"about {max(round(seconds_left / 60), 1)} min left"
    return f"about {seconds_left / 3600:.1f} h left"


class JobProgress(QWidget):
    """A bar, a sentence, the time left and Cancel; `cancelled` once per job, then the button waits for the next job."""

    cancelled = pyqtSignal()

    def __init__(self, parent: QWidget | None = None, *, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self._sentence = QLabel()
        self._sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._left = QLabel()
        self._left.setStyleSheet(f"color: {theme.muted}")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self._button = QPushButton("Cancel")
        self._button.setToolTip("Stops within a second; what was there before stays")
        self._button.clicked.connect(self._cancel)
        line = QHBoxLayout()
        line.addWidget(self._sentence, 1)
        line.addWidget(self._left)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addLayout(line)
        words.addWidget(self._bar)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(8, 6, 8, 6)
        whole.setSpacing(12)
        whole.addLayout(words, 1)
        whole.addWidget(self._button)
        self.setStyleSheet(style_sheet(theme))
        self.setAccessibleName("Work in progress")
        self.set_idle()

    def set_progress(self, share: float | None, sentence: str, seconds_left: float | None = None) -> None:
        """Show how far a job is: `share` 0..1, or None while that is not known yet."""
        self._bar.setRange(0, 0 if share is None else _STEPS)
        if share is not None:
            self._bar.setValue(round(min(max(share, 0.0), 1.0) * _STEPS))
        self._sentence.setText(sentence)
        self._sentence.setToolTip(sentence)
        self._left.setText(time_left(seconds_left))
        if not self._is_running:
            self._is_running = True
            self._button.setEnabled(True)
            self._button.setText("Cancel")
        percent = "" if share is None else f"{round(share * 100)} %, "
        self.setAccessibleDescription(f"{percent}{sentence} {self._left.text()}".strip())

    def set_idle(self, sentence: str = "") -> None:
        """Show that nothing is being done; `sentence` may say how it ended."""
        self._is_running = False
        self._bar.setRange(0, _STEPS)
        self._bar.setValue(0)
        self._sentence.setText(sentence)
        self._sentence.setToolTip(sentence)
        self._left.clear()
        self._button.setText("Cancel")
        self._button.setEnabled(False)
        self.setAccessibleDescription(sentence or "Nothing is being done.")

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Escape cancels."""
        if event is not None and event.key() == Qt.Key.Key_Escape and self._button.isEnabled():
            self._cancel()
        else:
            super().keyPressEvent(event)

    def _cancel(self) -> None:
        self._button.setEnabled(False)
        self._button.setText("Stopping…")
        self.cancelled.emit()
