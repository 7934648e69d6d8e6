"""The takes: every version that was written, with stars, to be kept, compared and gone back to."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hitpoint_panel.state.takes import Take

_COLUMNS = ("", "Take", "Rating", "Hits", "Written")
_MARK, _NAME, _STARS, _HITS, _WRITTEN = range(5)


class _Table(QTableWidget):
    """Digits rate the take under the cursor, Return goes back to it, B compares with it."""

    rated = pyqtSignal(int)
    chosen = pyqtSignal()
    compared = pyqtSignal()
    kept = pyqtSignal()

    clicked_x_px = 0.0

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None:
            self.clicked_x_px = event.position().x()
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
            return
        key = event.key()
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_5 and event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        ):
            self.rated.emit(key - Qt.Key.Key_0)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit()
        elif key == Qt.Key.Key_B:
            self.compared.emit()
        elif key == Qt.Key.Key_K:
            self.kept.emit()
        else:
            super().keyPressEvent(event)


class TakesPane(QWidget):
    """Tells what the editor wants with a take, by its version id."""

    use_pressed = pyqtSignal(str)
    compare_pressed = pyqtSignal(str)  # "" compares with nothing
    rated = pyqtSignal(str, int)
    kept = pyqtSignal(str, bool)
    named = pyqtSignal(str, str)
    another_pressed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._takes: tuple[Take, ...] = ()
        self._compared = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        self.table = _Table(0, len(_COLUMNS))
        self.table.setHorizontalHeaderLabels(_COLUMNS)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setAccessibleName("Takes")
        self.table.setProperty("has_letters", True)
        self.table.setToolTip("Return goes back to a take, 0 to 5 rate it, B compares with it, K keeps it, F2 names it")
        if (rows := self.table.verticalHeader()) is not None:
            rows.hide()
        if (header := self.table.horizontalHeader()) is not None:
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
            header.setHighlightSections(False)
        column.addWidget(self.table, 1)
        row = QHBoxLayout()
        self.another = QPushButton("&Another take")
        self.another.setToolTip("The same brief and hits, other music (Ctrl+T)")
        self.use = QPushButton("&Go back to it")
        self.compare = QPushButton("Compare &it")
        self.compare.setCheckable(True)
        self.keep = QPushButton("&Keep")
        self.keep.setCheckable(True)
        for button in (self.another, self.use, self.compare, self.keep):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self.another.clicked.connect(self.another_pressed)
        self.use.clicked.connect(lambda: self._tell(self.use_pressed))
        self.compare.clicked.connect(lambda: self._toggle_compare())
        self.keep.clicked.connect(lambda: self._toggle_keep())
        self.table.chosen.connect(lambda: self._tell(self.use_pressed))
        self.table.compared.connect(self._toggle_compare)
        self.table.kept.connect(self._toggle_keep)
        self.table.rated.connect(self._rate)
        self.table.cellDoubleClicked.connect(self._on_double_click)
        self.table.cellClicked.connect(self._on_click)
        self.table.itemChanged.connect(self._on_named)
        self.table.itemSelectionChanged.connect(self._show_buttons)
        self._show_buttons()

    @property
    def selected(self) -> Take | None:
        """The take under the cursor."""
        row = self.table.currentRow()
        return self._takes[row] if 0 <= row < len(self._takes) else None

    def set_takes(self, takes: Sequence[Take], *, current_id: str, compared_id: str) -> None:
        """Show takes, newest first."""
        chosen = self.selected.version_id if self.selected else current_id
        self._takes, self._compared = tuple(takes), compared_id
        with QSignalBlocker(self.table):
            self.table.setRowCount(len(self._takes))
            for row, take in enumerate(self._takes):
                mark = "A" if take.version_id == current_id else "B" if take.version_id == compared_id else ""
                name = take.label or f"Take {take.version_id.removeprefix('v')}"
                if take.is_kept:
                    name += "  · kept"
                stars = "★" * take.stars + "☆" * (5 - take.stars)
                cells = (mark, name, stars, take.hits, take.created[:16].replace("T", " "))
                for place, text in enumerate(cells):
                    self._set_cell(row, place, text, is_editable=place == _NAME)
            rows = [row for row, take in enumerate(self._takes) if take.version_id == chosen]
            if rows:
                self.table.setCurrentCell(rows[0], max(0, self.table.currentColumn()))
        self._show_buttons()

    def _set_cell(self, row: int, column: int, text: str, *, is_editable: bool) -> None:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.table.setItem(row, column, item)
        item.setText(text)
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if is_editable else flags)
        if column == _MARK:
            item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)

    def _show_buttons(self) -> None:
        take = self.selected
        for button in (self.use, self.compare, self.keep):
            button.setEnabled(take is not None)
        self.keep.setChecked(take is not None and take.is_kept)
        self.compare.setChecked(take is not None and take.version_id == self._compared)

    def _tell(self, signal: object) -> None:
        if self.selected is not None:
            signal.emit(self.selected.version_id)  # type: ignore[attr-defined]

    def _toggle_compare(self) -> None:
        if (take := self.selected) is not None:
            self.compare_pressed.emit("" if take.version_id == self._compared else take.version_id)

    def _toggle_keep(self) -> None:
        if (take := self.selected) is not None:
            self.kept.emit(take.version_id, not take.is_kept)

    def _rate(self, stars: int) -> None:
        if (take := self.selected) is not None:
            self.rated.emit(take.version_id, stars)

    def _on_click(self, row: int, column: int) -> None:
        """A click on the stars gives as many; on the last one given, takes it away."""
        if column != _STARS or not 0 <= row < len(self._takes):
            return
        if (model := self.table.model()) is None:
            return
        area = self.table.visualRect(model.index(row, column))
        width = self.table.fontMetrics().horizontalAdvance("★")
        stars = max(1, min(5, int((self.table.clicked_x_px - area.left() - 4) / max(1, width)) + 1))
        self._rate(stars - 1 if stars == self._takes[row].stars else stars)

    def _on_double_click(self, row: int, column: int) -> None:
        if column not in (_NAME, _STARS):
            self._tell(self.use_pressed)

    def _on_named(self, item: QTableWidgetItem) -> None:
        row = item.row()
        if item.column() == _NAME and 0 <= row < len(self._takes):
            name = item.text().split("  · ")[0].strip()
            self.named.emit(self._takes[row].version_id, name)
