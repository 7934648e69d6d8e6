"""The takes: versions of the score to go back to, compare, keep and rate."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from hitpoint_panel.views.style import style_sheet
from hitpoint_panel.views.theme import DARK, Theme, ink
from hitpoint_panel.views.values import TakeRow

#: Columns from left to right, their headings and widths in digits (0: the rest).
_COLUMNS = (("is_a", "A", 4), ("is_b", "B", 4), ("label", "Take", 0), ("stars", "Rating", 9), ("is_kept", "Keep", 6),
            ("hits_text", "Hits", 14), ("created", "Made", 14))  # fmt: skip
_FIELDS = tuple(field for field, _, _ in _COLUMNS)
_TIPS = {
    "is_a": "What is heard; Return or a double click",
    "is_b": "What it is compared with; B",
    "stars": "0 to 5, by mouse or number",
    "is_kept": "Kept takes are not cleaned up; K",
}


class _TakesModel(QAbstractTableModel):
    """The rows as Qt's model; nothing in it is edited in place."""

    def __init__(self, parent: QObject | None, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows: tuple[TakeRow, ...] = ()

    def set_rows(self, rows: tuple[TakeRow, ...]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _COLUMNS[section][1]
        return _TIPS.get(_FIELDS[section]) if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, field = self.rows[index.row()], _FIELDS[index.column()]
        value = getattr(row, field)
        if role == Qt.ItemDataRole.DisplayRole:
            if field == "stars":
                return "★" * value + "☆" * (5 - value)
            if isinstance(value, bool):
                return {"is_a": "A", "is_b": "B", "is_kept": "✓"}[field] if value else ""
            return value
        if role == Qt.ItemDataRole.ForegroundRole:
            if field == "stars":
                return ink(self._theme.star)
            return ink(self._theme.muted) if field == "created" else None
        if role == Qt.ItemDataRole.TextAlignmentRole and (field in ("is_a", "is_b", "is_kept")):
            return Qt.AlignmentFlag.AlignCenter
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = {
                "is_a": "is heard" if value else "is not heard",
                "is_b": "compared with" if value else "not compared with",
                "is_kept": "kept" if value else "not kept",
                "stars": f"{value} stars",
            }
            return said.get(field, str(value))
        return _TIPS.get(field) if role == Qt.ItemDataRole.ToolTipRole else None


class TakesView(QTableView):
    """Return (or a double click) chooses what is heard, B what it is compared with, 0 to 5 rate, K keeps.

    `compare_chosen` is the version id of B, or "" to compare no more. The window answers each signal with `set_takes`.
    """

    take_chosen = pyqtSignal(str)
    stars_changed = pyqtSignal(str, int)
    kept_changed = pyqtSignal(str, bool)
    compare_chosen = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None, *, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self._takes = _TakesModel(self, theme)
        self.setModel(self._takes)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setStyleSheet(style_sheet(theme))
        metrics = QFontMetricsF(theme.font())
        header, side = self.horizontalHeader(), self.verticalHeader()
        assert header is not None
        assert side is not None
        for column, (_, _, digits) in enumerate(_COLUMNS):
            if digits:
                self.setColumnWidth(column, round(digits * metrics.horizontalAdvance("0")))
            else:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.setColumnWidth(_FIELDS.index("stars"), round(metrics.horizontalAdvance("★") * 5 + 24))
        side.hide()
        side.setDefaultSectionSize(round(metrics.height() * 1.7))
        self.setAccessibleName("Takes")
        self.setAccessibleDescription("Return listens to a take, B compares with it, 0 to 5 rate it, K keeps it.")

    def set_takes(self, rows: tuple[TakeRow, ...]) -> None:
        """Show these takes; the current row stays with its take."""
        current = self.current_id
        self._takes.set_rows(tuple(rows))
        ids = [row.version_id for row in rows]
        heard = next((row.version_id for row in rows if row.is_a), "")
        for wanted in (current, heard):
            if wanted in ids:
                self.setCurrentIndex(self._takes.index(ids.index(wanted), _FIELDS.index("label")))
                break

    @property
    def current_id(self) -> str:
        """The version that the keys are about; "" for none."""
        row = self._row(self.currentIndex())
        return row.version_id if row else ""

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Rate, keep, choose and compare by key."""
        row = self._row(self.currentIndex())
        if event is None or row is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.take_chosen.emit(row.version_id)
        elif Qt.Key.Key_0 <= event.key() <= Qt.Key.Key_5:
            self.stars_changed.emit(row.version_id, event.key() - Qt.Key.Key_0)
        elif event.key() == Qt.Key.Key_K:
            self.kept_changed.emit(row.version_id, not row.is_kept)
        elif event.key() == Qt.Key.Key_B:
            self.compare_chosen.emit("" if row.is_b else row.version_id)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Act on the cell that was clicked; a click on the star that is the last one takes it away."""
        super().mouseReleaseEvent(event)
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        index = self.indexAt(event.position().toPoint())
        row = self._row(index)
        if row is None:
            return
        field = _FIELDS[index.column()]
        if field == "stars":
            star = self._star_at(index, event.position().toPoint())
            self.stars_changed.emit(row.version_id, star - 1 if star == row.stars else star)
        elif field == "is_kept":
            self.kept_changed.emit(row.version_id, not row.is_kept)
        elif field == "is_a" and not row.is_a:
            self.take_chosen.emit(row.version_id)
        elif field == "is_b":
            self.compare_chosen.emit("" if row.is_b else row.version_id)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Listen to a take by double clicking its name."""
        if event is None:
            return
        index = self.indexAt(event.position().toPoint())
        row = self._row(index)
        if row is not None and _FIELDS[index.column()] not in ("stars", "is_kept", "is_a", "is_b"):
            self.take_chosen.emit(row.version_id)

    def _row(self, index: QModelIndex) -> TakeRow | None:
        return self._takes.rows[index.row()] if index.isValid() else None

    def _star_at(self, index: QModelIndex, place: QPoint) -> int:
        """Return which star a click is on, 1..5."""
        star_px = QFontMetricsF(self.font()).horizontalAdvance("★")
        return min(max(int((place.x() - self.visualRect(index).left() - 8) // star_px) + 1, 1), 5)
