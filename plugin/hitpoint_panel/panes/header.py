"""The line on top: which cut, from where, and the one button that matters."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget


class Header(QWidget):
    """Shows values; its buttons are wired by the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 2, 0)
        self.name = QLabel("Hitpoint")
        self.name.setProperty("role", "heading")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.about = QLabel("")
        self.about.setProperty("role", "dim")
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.read = QPushButton("&Read timeline")
        self.on_duplicate = QCheckBox("on a d&uplicate")
        self.on_duplicate.setToolTip("Duplicate the timeline, and put the score on the duplicate; yours stays as it is")
        self.write = QPushButton("Put &on timeline")
        self.remove = QPushButton("Re&move score")
        self.export = QPushButton("E&xport …")
        self.compose = QPushButton("&Write the score")
        self.compose.setProperty("primary", True)
        row.addWidget(self.name)
        row.addSpacing(8)
        row.addWidget(self.about, 1)
        for button in (self.read, self.remove, self.on_duplicate, self.write, self.export, self.compose):
            row.addWidget(button)
        self.show_host("", frozenset())

    def show_cut(self, name: str, about: str) -> None:
        """Show which cut is open."""
        self.name.setText(name or "Hitpoint")
        self.about.setText(about)
        self.about.setToolTip(about)

    def show_host(self, title: str, abilities: frozenset[str]) -> None:
        """Show what the host can do; what it cannot do is not there."""
        self.read.setVisible("read" in abilities)
        self.write.setVisible("write" in abilities)
        self.on_duplicate.setVisible({"write", "duplicate"} <= abilities)
        self.remove.setVisible("remove" in abilities)
        self.read.setToolTip(f"Read the timeline that is open in {title}" if title else "")
        self.write.setToolTip(f"Put the score on the timeline in {title}" if title else "")
        self.remove.setToolTip("Take everything of ours off the timeline; nothing of yours is touched" if title else "")
