"""The hit points as a table: each with its answer and signed error; name, kind, weight and place can be changed."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QSortFilterProxyModel, Qt, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent, QFontMetricsF, QKeyEvent, QResizeEvent
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QToolTip, QWidget

from hitpoint.model.time import FrameRate
from hitpoint_panel.views.hit_delegates import ColorDelegate, KindDelegate, WeightDelegate
from hitpoint_panel.views.hit_model import FIELDS, SORT_ROLE, HitModel
from hitpoint_panel.views.style import style_sheet
from hitpoint_panel.views.theme import DARK, Theme
from hitpoint_panel.views.values import HitRow

#: Widths of the columns in digits of the table's type.
_WIDTHS = {"frame": 13, "name": 26, "kind": 12, "weight": 8, "verdict": 11, "error_ms": 9, "error_frames": 8, "bar": 6}

#: A name gives way as far as this, in digits, so that the error is in sight without scrolling.
_NAME_LEAST = 11


class HitTable(QTableView):
    """`hit_changed` is (marker id, field, value), field of name, kind, weight and frame; `set_rows` answers it.

    Typed timecodes need `set_timebase`. `refused` says in a sentence why something typed was not taken.
    """

    hit_changed = pyqtSignal(str, str, object)
    hit_selected = pyqtSignal(str)
    hits_deleted = pyqtSignal(list)
    refused = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None, *, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self.hit_model = HitModel(self, theme=theme)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.hit_model)
        self._sorted.setSortRole(SORT_ROLE)
        self._is_told = False
        self._is_fitting = self._is_name_chosen = False
        self.setModel(self._sorted)
        self.hit_model.change_asked.connect(self.hit_changed)
        self.hit_model.refused.connect(self._refuse)
        self.setItemDelegate(ColorDelegate(self))
        self.setItemDelegateForColumn(FIELDS.index("kind"), KindDelegate(self))
        self.setItemDelegateForColumn(FIELDS.index("weight"), WeightDelegate(self, theme=theme))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)  # Tab leaves the table; arrows and F2 do what is needed inside
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.setStyleSheet(style_sheet(theme))
        self._size_columns(theme)
        self.setAccessibleName("Hit points")
        self._tell_accessibly()

    def set_timebase(self, rate: FrameRate, start_timecode_frame: int, duration_frames: int | None = None) -> None:
        """Say what typed timecodes mean: the cut's rate, the label of its first frame, its length."""
        self.hit_model.set_timebase(rate, start_timecode_frame, duration_frames)

    def set_rows(self, rows: tuple[HitRow, ...]) -> None:
        """Show these hit points; what was selected stays so. Emits nothing."""
        chosen, current = self.selected_ids, self._id_of(self.currentIndex())
        self._is_told = True
        self.hit_model.set_rows(rows)
        self._is_told = False
        self.set_selection(chosen, current=current)
        self._tell_accessibly()

    def set_selection(self, ids: Iterable[str], *, current: str = "") -> None:
        """Select hit points (as the strip has them) and bring the first into sight; emits nothing."""
        wanted = list(ids)
        if wanted == self.selected_ids:
            return
        selection, first = QItemSelection(), QModelIndex()
        for i, row in enumerate(self.hit_model.rows):
            if row.marker_id in wanted:
                left, right = (
                    self._sorted.mapFromSource(self.hit_model.index(i, c))
                    for c in (0, self.hit_model.columnCount() - 1)
                )
                selection.select(left, right)
                if not first.isValid() or row.marker_id == current:
                    first = left
        chooser = self.selectionModel()
        assert chooser is not None
        self._is_told = True
        if first.isValid():
            chooser.setCurrentIndex(
                first.siblingAtColumn(max(self.currentIndex().column(), 0)), QItemSelectionModel.SelectionFlag.NoUpdate
            )
        chooser.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._is_told = False
        if first.isValid():
            self.scrollTo(first)

    @property
    def selected_ids(self) -> list[str]:
        """The selected hit points, from top to bottom."""
        chooser = self.selectionModel()
        rows = sorted(chooser.selectedRows(), key=lambda index: index.row()) if chooser else []
        return [self._id_of(index) for index in rows]

    def index_of(self, marker_id: str, field: str) -> QModelIndex:
        """Return the cell of a hit point as it is sorted at this moment."""
        for i, row in enumerate(self.hit_model.rows):
            if row.marker_id == marker_id:
                return self._sorted.mapFromSource(self.hit_model.index(i, FIELDS.index(field)))
        return QModelIndex()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Delete removes, Return edits (as F2 does)."""
        if event is None:
            return
        is_free = self.state() != QAbstractItemView.State.EditingState
        if is_free and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.selected_ids:
            self.hits_deleted.emit(self.selected_ids)
        elif is_free and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.edit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Tell the hit point that the editor came to."""
        super().selectionChanged(selected, deselected)
        if not self._is_told and (ids := self.selected_ids):
            current = self._id_of(self.currentIndex())
            self.hit_selected.emit(current if current in ids else ids[0])

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """Offer what can be done with the selected rows."""
        ids = self.selected_ids
        if event is None or not ids:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        index = self.currentIndex()
        if index.flags() & Qt.ItemFlag.ItemIsEditable:
            menu.addAction("Edit", lambda: self.edit(index))
        menu.addAction(
            "Delete" if len(ids) == 1 else f"Delete {len(ids)} hit points", lambda: self.hits_deleted.emit(ids)
        )
        menu.popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Give the names what room there is beside the answer and its error."""
        super().resizeEvent(event)
        self._fit_names()

    def _fit_names(self) -> None:
        header, viewport = self.horizontalHeader(), self.viewport()
        if self._is_name_chosen or header is None or viewport is None:
            return
        others = sum(self.columnWidth(column) for column, field in enumerate(FIELDS[:-1]) if field != "name")
        needed = others - sum(self.columnWidth(FIELDS.index(field)) for field in ("error_frames", "bar"))
        room = viewport.width() - others - self._digit_px * 12  # a few words of the reason as well
        if room < _NAME_LEAST * 1.5 * self._digit_px:
            room = viewport.width() - needed
        most = _WIDTHS["name"] * self._digit_px
        self._is_fitting = True
        self.setColumnWidth(FIELDS.index("name"), round(min(max(room, _NAME_LEAST * self._digit_px), most)))
        self._is_fitting = False

    def _on_section_resized(self, column: int, _before: int, _now: int) -> None:
        """Leave the names alone once somebody has chosen their width."""
        if column == FIELDS.index("name") and not self._is_fitting:
            self._is_name_chosen = True

    def _id_of(self, index: QModelIndex) -> str:
        source = self._sorted.mapToSource(index)
        return self.hit_model.rows[source.row()].marker_id if source.isValid() else ""

    def _refuse(self, sentence: str) -> None:
        self.refused.emit(sentence)
        place = self.visualRect(self.currentIndex()).bottomLeft() + QPoint(8, 4)
        viewport = self.viewport()
        if viewport is not None:
            QToolTip.showText(viewport.mapToGlobal(place), sentence, self)

    def _size_columns(self, theme: Theme) -> None:
        metrics = QFontMetricsF(theme.font())
        self._digit_px = metrics.horizontalAdvance("0")
        for column, field in enumerate(FIELDS[:-1]):
            self.setColumnWidth(column, round(_WIDTHS[field] * self._digit_px))
        header, side = self.horizontalHeader(), self.verticalHeader()
        assert header is not None
        assert side is not None
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.sectionResized.connect(self._on_section_resized)
        side.hide()
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        side.setDefaultSectionSize(round(metrics.height() * 1.7))

    def _tell_accessibly(self) -> None:
        counts = [sum(row.verdict == verdict for row in self.hit_model.rows) for verdict in ("hit", "near", "refused")]
        self.setAccessibleDescription(
            f"{len(self.hit_model.rows)} rows: {counts[0]} hit, {counts[1]} near, {counts[2]} refused. "
            "F2 edits, Delete removes."
        )
