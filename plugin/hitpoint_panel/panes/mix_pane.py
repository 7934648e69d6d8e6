"""What is heard: the levels of score and production sound; the stems with mute, solo and another take of one."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QFormLayout,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)


class MixPane(QScrollArea):
    """One row a stem. Tells all that is muted and soloed whenever that changes."""

    choice_changed = pyqtSignal(object, object)  # frozenset of muted, frozenset of soloed
    stem_take_pressed = pyqtSignal(str)
    score_level_changed = pyqtSignal(float)  # 0..1
    sound_level_changed = pyqtSignal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self._inside = QWidget()
        self.setWidget(self._inside)
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(10, 8, 10, 8)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        self._empty = QLabel("The stems are here when the score is written.")
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "dim")
        self.score_level = _slider("Level of the score")
        self.sound_level = _slider("Level of the production sound")
        self.score_level.valueChanged.connect(lambda value: self.score_level_changed.emit(value / 100))
        self.sound_level.valueChanged.connect(lambda value: self.sound_level_changed.emit(value / 100))
        levels = QFormLayout()
        levels.addRow("Score", self.score_level)
        levels.addRow("Productio&n sound", self.sound_level)
        self._column.addLayout(levels)
        self._column.addSpacing(8)
        self._column.addLayout(self._grid)
        self._column.addWidget(self._empty)
        self._column.addStretch(1)
        self._names: tuple[str, ...] = ()
        self._mutes: dict[str, QToolButton] = {}
        self._solos: dict[str, QToolButton] = {}

    @property
    def muted(self) -> frozenset[str]:
        """The stems that are muted."""
        return frozenset(name for name, button in self._mutes.items() if button.isChecked())

    @property
    def soloed(self) -> frozenset[str]:
        """The stems that are soloed."""
        return frozenset(name for name, button in self._solos.items() if button.isChecked())

    def set_stems(self, names: Sequence[str], *, muted: frozenset[str], soloed: frozenset[str]) -> None:
        """Show these stems."""
        if tuple(names) != self._names:
            self._rebuild(tuple(names))
        for name in self._names:
            self._mutes[name].setChecked(name in muted)
            self._solos[name].setChecked(name in soloed)

    def _rebuild(self, names: tuple[str, ...]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._names, self._mutes, self._solos = names, {}, {}
        self._empty.setVisible(not names)
        for row, name in enumerate(names):
            self._grid.addWidget(QLabel(name.capitalize()), row, 0)
            for column, (letter, word, into) in enumerate((("M", "Mute", self._mutes), ("S", "Solo", self._solos)), 1):
                button = QToolButton()
                button.setText(letter)
                button.setCheckable(True)
                button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                button.setAccessibleName(f"{word} {name}")
                button.setToolTip(f"{word} {name}")
                button.clicked.connect(lambda: self.choice_changed.emit(self.muted, self.soloed))
                into[name] = button
                self._grid.addWidget(button, row, column)
            take = QPushButton("Another take")
            take.setAccessibleName(f"Another take of {name}")
            take.setToolTip(f"Write other notes for {name}, and leave all else as it is")
            take.clicked.connect(lambda _, stem=name: self.stem_take_pressed.emit(stem))
            self._grid.addWidget(take, row, 3)


def _slider(name: str) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, 100)
    slider.setValue(100)
    slider.setAccessibleName(name)
    return slider
