"""What is being done, how far it is, how long it takes, and a way to stop it: one line that is always in its place."""

from __future__ import annotations

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

_PATIENCE_MS = 250  # what is shorter flashes no bar


def time_left(seconds: object) -> str:
    """Return how long it takes yet as people say it; "" where it is not known."""
    if not isinstance(seconds, int | float) or seconds < 0:
        return ""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s left"
    minutes = round(seconds / 60)
    return f"about {minutes} min left" if minutes < 90 else f"about {minutes // 60} h {minutes % 60} min left"


class ProgressLine(QWidget):
    """Shows progress while something runs, and a sentence of rest otherwise."""

    cancelled = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 10, 3)
        row.setSpacing(10)
        self.sentence = QLabel("")
        self.sentence.setProperty("role", "dim")
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setFixedWidth(180)
        self.bar.setAccessibleName("Progress")
        self.left = QLabel("")
        self.left.setProperty("role", "dim")
        self.cancel = QPushButton("&Cancel")
        self.cancel.clicked.connect(self.cancelled)
        self.saved = QLabel("")
        self.saved.setProperty("role", "dim")
        for widget in (self.sentence, self.bar, self.left, self.cancel):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.saved)
        self._rest = ""
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(lambda: self._show_bar(True))
        self._show_bar(False)
        self.setFixedHeight(max(self.cancel.sizeHint().height() + 6, 34))

    def progress(self, share: float, sentence: str, seconds_left: object) -> None:
        """Show how far something is (0..1)."""
        self.sentence.setText(sentence[:1].upper() + sentence[1:])
        self.bar.setRange(0, 1000 if share > 0 else 0)  # no share yet: it moves to and fro
        self.bar.setValue(round(share * 1000))
        self.left.setText(time_left(seconds_left))
        if self.bar.isHidden() and not self._patience.isActive():
            self._patience.start(_PATIENCE_MS)

    def rest(self, sentence: str | None = None) -> None:
        """Show that nothing runs."""
        if sentence is not None:
            self._rest = sentence
        self._patience.stop()
        self._show_bar(False)
        self.sentence.setText(self._rest)
        self.left.setText("")

    def show_saved(self, sentence: str) -> None:
        """Show what became of the editor's work."""
        self.saved.setText(sentence)

    def _show_bar(self, is_running: bool) -> None:
        self.bar.setVisible(is_running)
        self.left.setVisible(is_running)
        self.cancel.setVisible(is_running)
