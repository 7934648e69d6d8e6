"""Editors inside the hit table: a list for the kind, a number for the weight, and a bar behind it to see it."""

from __future__ import annotations

from PyQt6.QtCore import QAbstractItemModel, QModelIndex, QRectF, Qt, QTimer
from PyQt6.QtGui import QPainter, QPalette
from PyQt6.QtWidgets import QComboBox, QDoubleSpinBox, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from hitpoint_panel.views.theme import DARK, KIND_SIGNS, Theme, ink
from hitpoint_panel.views.values import KINDS


class ColorDelegate(QStyledItemDelegate):
    """Keeps the colour of an answer in a selected row."""

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:  # noqa: D102
        super().initStyleOption(option, index)
        color = index.data(Qt.ItemDataRole.ForegroundRole)
        if option is not None and color is not None:
            option.palette.setColor(QPalette.ColorRole.HighlightedText, color)


class KindDelegate(QStyledItemDelegate):
    """Edits a kind in a list that is open at once; choosing is enough."""

    def createEditor(self, parent: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex) -> QWidget:  # noqa: D102
        combo = QComboBox(parent)
        combo.setAccessibleName("Kind")
        for kind in KINDS:
            combo.addItem(f"{KIND_SIGNS[kind]}  {kind}", kind)
        combo.activated.connect(self._done)
        opener = QTimer(combo)  # goes with the list if that is closed before
        opener.setSingleShot(True)
        opener.timeout.connect(combo.showPopup)
        opener.start(0)
        return combo

    def setEditorData(self, editor: QWidget | None, index: QModelIndex) -> None:  # noqa: D102
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(editor.findData(index.data(Qt.ItemDataRole.EditRole)), 0))

    def setModelData(self, editor: QWidget | None, model: QAbstractItemModel | None, index: QModelIndex) -> None:  # noqa: D102
        if isinstance(editor, QComboBox) and model is not None:
            model.setData(index, editor.currentData())

    def _done(self, _index: int) -> None:
        combo = self.sender()
        if isinstance(combo, QComboBox):
            self.commitData.emit(combo)
            self.closeEditor.emit(combo)


class WeightDelegate(QStyledItemDelegate):
    """Edits a weight as a number from 0 to 1, and shows it as a bar as well."""

    def __init__(self, parent: QWidget | None = None, *, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self._theme = theme

    def createEditor(self, parent: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex) -> QWidget:  # noqa: D102
        spin = QDoubleSpinBox(parent)
        spin.setAccessibleName("Weight")
        spin.setRange(0.0, 1.0)
        spin.setSingleStep(0.05)
        spin.setDecimals(2)
        return spin

    def setEditorData(self, editor: QWidget | None, index: QModelIndex) -> None:  # noqa: D102
        if isinstance(editor, QDoubleSpinBox):
            editor.setValue(float(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget | None, model: QAbstractItemModel | None, index: QModelIndex) -> None:  # noqa: D102
        if isinstance(editor, QDoubleSpinBox) and model is not None:
            editor.interpretText()
            model.setData(index, editor.value())

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint the number, and under it how much of 1 it is."""
        super().paint(painter, option, index)
        if painter is None or not index.data(Qt.ItemDataRole.DisplayRole):
            return
        weight = float(index.data(Qt.ItemDataRole.EditRole))
        rect = QRectF(option.rect).adjusted(6, 0, -6, -3)
        painter.fillRect(QRectF(rect.left(), rect.bottom() - 2, rect.width(), 2), ink(self._theme.rule_strong))
        painter.fillRect(QRectF(rect.left(), rect.bottom() - 2, rect.width() * weight, 2), ink(self._theme.wave_rms))
