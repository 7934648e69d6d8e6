"""The rows of the hit table as Qt's model: what stands in each cell, what can be changed, what comes first."""

from __future__ import annotations

import math
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, pyqtSignal

from hitpoint.model.time import FrameRate, frames_to_timecode, timecode_to_frames
from hitpoint_panel.views.theme import DARK, KIND_SIGNS, VERDICT_SIGNS, VERDICT_WORDS, Theme, ink
from hitpoint_panel.views.values import KINDS, HitRow

#: Columns from left to right: field and heading.
COLUMNS = (
    ("frame", "Timecode"),
    ("name", "Name"),
    ("kind", "Kind"),
    ("weight", "Weight"),
    ("verdict", "Answer"),
    ("error_ms", "Error ms"),
    ("error_frames", "Frames"),
    ("bar", "Bar"),
    ("reason", "Why"),
)
FIELDS = tuple(field for field, _ in COLUMNS)

#: What sorting compares.
SORT_ROLE = Qt.ItemDataRole.UserRole + 1

_EDITABLE = frozenset(("frame", "name", "kind", "weight"))
_RIGHT = frozenset(("weight", "error_ms", "error_frames", "bar"))
_TIPS = {
    "frame": "The editor's timecode; type another to move the hit point, or +12 and -12 to move it by frames",
    "weight": "0 to 1; from 0.5 on it belongs on a downbeat",
    "error_ms": "Heard minus wanted; positive is late",
    "error_frames": "Heard minus wanted, in frames; positive is late",
}


def signed(value: float | None, digits: int) -> str:
    """Return a number with its sign, a real minus and no negative zero; "" for None."""
    if value is None or not math.isfinite(value):
        return ""
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0.0:
        return text
    return ("+" if value > 0 else "−") + text


class HitModel(QAbstractTableModel):
    """`change_asked` is (marker id, field, value): the window changes the edits and answers with `set_rows`.

    A change that was typed is shown at once, so that the table does not jump back until the answer is there.
    """

    change_asked = pyqtSignal(str, str, object)
    refused = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None, *, theme: Theme = DARK) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[HitRow, ...] = ()
        self._rate: FrameRate | None = None
        self._start_timecode_frame = 0
        self._duration_frames: int | None = None

    @property
    def rows(self) -> tuple[HitRow, ...]:
        """The rows as they were given."""
        return self._rows

    def set_timebase(self, rate: FrameRate, start_timecode_frame: int, duration_frames: int | None = None) -> None:
        """Say what typed timecodes mean; without it, they cannot be typed."""
        self._rate, self._start_timecode_frame, self._duration_frames = rate, start_timecode_frame, duration_frames

    def set_rows(self, rows: tuple[HitRow, ...]) -> None:
        """Show these rows. With the same markers in the same order only what changed is drawn again."""
        if [r.marker_id for r in rows] != [r.marker_id for r in self._rows]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        before, self._rows = self._rows, rows
        for i, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(i, 0), self.index(i, len(COLUMNS) - 1))

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, D102
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, D102
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Headings, and what they mean."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section][1]
        return _TIPS.get(FIELDS[section]) if role == Qt.ItemDataRole.ToolTipRole else None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:  # noqa: D102
        flags = super().flags(index)
        field = FIELDS[index.column()] if index.isValid() else ""
        if field in _EDITABLE and not (field == "frame" and self._rate is None):
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell says, in text, colour, alignment and for screen readers."""
        if not index.isValid():
            return None
        row, field = self._rows[index.row()], FIELDS[index.column()]
        value = getattr(row, field)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, field)
        if role == Qt.ItemDataRole.EditRole:
            return row.timecode if field == "frame" else value
        if role == SORT_ROLE:
            return _sort_key(field, value)
        if role == Qt.ItemDataRole.ForegroundRole and field in ("verdict", "error_ms", "error_frames"):
            return ink(self._theme.verdict_color(row.verdict))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if field in _RIGHT else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole and field in ("frame", "error_ms", "error_frames"):
            return self._theme.fixed_font()
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.reason or row.name or None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = VERDICT_WORDS[value] if field == "verdict" else self._text(row, field)
            return f"{COLUMNS[index.column()][1]}: {said or 'none'}"
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take what was typed; what makes no sense is refused with a sentence (`refused`) and changes nothing."""
        if not index.isValid() or role != Qt.ItemDataRole.EditRole:
            return False
        row, field = self._rows[index.row()], FIELDS[index.column()]
        try:
            wanted = self._understood(row, field, value)
        except ValueError as error:
            self.refused.emit(str(error))
            return False
        if wanted == getattr(row, field):
            return False
        self.change_asked.emit(row.marker_id, field, wanted)
        return True

    def _understood(self, row: HitRow, field: str, value: Any) -> Any:
        if field == "frame":
            return self._frame_of(row, str(value))
        if field == "weight":
            return round(min(max(float(value), 0.0), 1.0), 3)
        if field == "kind":
            if value not in KINDS:
                raise ValueError(f"there is no kind {value!r}; choose one of {', '.join(KINDS)}")
            return str(value)
        return str(value).strip()

    def _frame_of(self, row: HitRow, text: str) -> int:
        if self._rate is None:
            raise ValueError("no cut is open, so a timecode cannot be placed")
        text = text.strip()
        if text[:1] in ("+", "-", "−") and text[1:].isdigit():
            frame = row.frame + (1 if text[0] == "+" else -1) * int(text[1:])
        else:
            frame = timecode_to_frames(_completed(text, self._rate), self._rate) - self._start_timecode_frame
        last = math.inf if self._duration_frames is None else self._duration_frames - 1
        if not 0 <= frame <= last:
            ends = [self._start_timecode_frame]
            if self._duration_frames is not None:
                ends.append(self._start_timecode_frame + self._duration_frames - 1)
            span = " to ".join(frames_to_timecode(end, self._rate) for end in ends)
            raise ValueError(f"{text} lies outside of the cut; give a timecode from {span}")
        return frame

    def _text(self, row: HitRow, field: str) -> str:
        value = getattr(row, field)
        if field == "frame":
            return row.timecode
        if field == "kind":
            return f"{KIND_SIGNS[value]}  {value or 'direction'}"
        if field == "weight":
            return f"{value:.2f}" if row.kind else ""
        if field == "verdict" and value == "direction":
            return VERDICT_SIGNS[value]  # the kind says the word
        if field == "verdict":
            return f"{VERDICT_SIGNS[value]}  {VERDICT_WORDS[value]}"
        if field == "error_ms":
            return signed(value, 1)
        if field == "error_frames":
            return signed(value, 2)
        return "" if value is None else str(value)


def _completed(text: str, rate: FrameRate) -> str:
    """Return a timecode whose separators were left out, as editors type them: 01001500 is 01:00:15:00."""
    if text.isdigit() and len(text) <= 8:
        digits = text.rjust(8, "0")
        separator = ";" if rate.drop_frame else ":"
        return f"{digits[0:2]}:{digits[2:4]}:{digits[4:6]}{separator}{digits[6:8]}"
    return text


def _sort_key(field: str, value: Any) -> Any:
    if field == "verdict":  # what needs attention first
        return {"refused": 0, "near": 1, None: 2, "hit": 3, "direction": 4}[value]
    if field in ("error_ms", "error_frames"):  # by size, unknown last
        return math.inf if value is None else abs(value)
    if field == "bar":
        return math.inf if value is None else value
    return value.casefold() if isinstance(value, str) else value
