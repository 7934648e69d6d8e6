"""What the music should be like: of the whole cut, or of one cue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PyQt6.QtCore import QSignalBlocker, Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from hitpoint.model.edits import Edits
from hitpoint_panel.state import operations

_TYPING_PAUSE_MS = 700
_TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_EMPHASIS = 0.35


#: What the whole cut's brief is looked up by: no cue has such a number, so nothing of it is edited.
_NO_CUE = "the whole cut"


class BriefPane(QScrollArea):
    """Shows the edits' brief; tells changes as (cue number or "", field, value). Text is told when typing pauses."""

    changed = pyqtSignal(str, str, object)
    emphasis_pressed = pyqtSignal(float)
    intensity_reset = pyqtSignal(str)
    take_pressed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edits = Edits()
        self._cues: dict[str, Mapping[str, Any]] = {}
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self.setWidget(inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(10, 8, 10, 8)
        self.scope = QComboBox()
        self.scope.setAccessibleName("Brief of")
        self.has_music = QCheckBox("M&usic plays here")
        self.style_box = QComboBox()
        self.tempo = _tempo_box("Tempo in beats per minute")
        self.slowest, self.fastest = _tempo_box("Slowest tempo"), _tempo_box("Fastest tempo")
        self.key = QComboBox()
        self.key.addItem("as the scene asks", None)
        for mode in ("minor", "major"):
            for tonic in _TONICS:
                self.key.addItem(f"{tonic} {mode}", f"{tonic} {mode}")
        self.instruments, self.avoid, self.theme = QLineEdit(), QLineEdit(), QLineEdit()
        self.instruments.setPlaceholderText("solo-cello, horns, strings …")
        self.avoid.setPlaceholderText("brass, drum-kit …")
        self.theme.setPlaceholderText("the project's main one")
        self.text = QPlainTextEdit()
        self.text.setPlaceholderText("tense, builds to the bridge; no drums before the shot …")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(54)
        self.text.setMaximumHeight(110)
        self.told = QLabel("")
        self.told.setWordWrap(True)
        self.told.setProperty("role", "dim")
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow("&Brief of", self.scope)
        form.addRow("", self.has_music)
        form.addRow("&In words", self.text)
        form.addRow("St&yle", self.style_box)
        form.addRow("&Tempo", self.tempo)
        span = QHBoxLayout()
        span.addWidget(self.slowest)
        span.addWidget(QLabel("to"))
        span.addWidget(self.fastest)
        span.addStretch(1)
        form.addRow("Tempo ran&ge", span)
        form.addRow("&Key", self.key)
        form.addRow("I&nstruments", self.instruments)
        form.addRow("&Avoid", self.avoid)
        form.addRow("T&heme", self.theme)
        column.addLayout(form)
        row = QHBoxLayout()
        self.more = QPushButton("More tense here")
        self.less = QPushButton("Less")
        self.less.setAccessibleName("Less tense here")
        self.reset = QPushButton("Let the scene shape it")
        self.reset.setToolTip("Forget the intensity curve that was bent by hand")
        tip = "In the loop, or in the shot under the playhead"
        self.more.setToolTip(f"{tip} (Ctrl+Up)")
        self.less.setToolTip(f"{tip} (Ctrl+Down)")
        for button in (self.more, self.less, self.reset):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.told)
        column.addStretch(1)
        self._form = form
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.timeout.connect(self._tell_text)
        self._text_scope = ""
        self._connect()
        self._show()

    def _connect(self) -> None:
        self.scope.currentIndexChanged.connect(self._on_scope)
        self.has_music.clicked.connect(lambda checked: self._tell("has_music", bool(checked)))
        self.style_box.activated.connect(lambda _: self._tell("style", self.style_box.currentData()))
        self.key.activated.connect(lambda _: self._tell("key", self.key.currentData()))
        self.tempo.valueChanged.connect(lambda value: self._tell("tempo_bpm", value or None))
        for box in (self.slowest, self.fastest):
            box.editingFinished.connect(self._tell_range)
        for name, line in (("instruments", self.instruments), ("avoid", self.avoid)):
            line.editingFinished.connect(lambda n=name, field=line: self._tell(n, _names(field.text())))
        self.theme.editingFinished.connect(lambda: self._tell("theme", self.theme.text().strip() or None))
        self.text.textChanged.connect(lambda: self._typing.start(_TYPING_PAUSE_MS))
        self.more.clicked.connect(lambda: self.emphasis_pressed.emit(_EMPHASIS))
        self.less.clicked.connect(lambda: self.emphasis_pressed.emit(-_EMPHASIS))
        self.reset.clicked.connect(lambda: self.intensity_reset.emit(self.cue))

    @property
    def cue(self) -> str:
        """The cue whose brief is shown; "" is the whole cut."""
        return str(self.scope.currentData() or "")

    def set_styles(self, styles: Sequence[Mapping[str, Any]]) -> None:
        """Offer these palettes."""
        with QSignalBlocker(self.style_box):
            self.style_box.clear()
            self.style_box.addItem("as the scene asks", None)
            for style in styles:
                self.style_box.addItem(str(style.get("name") or style["id"]), style["id"])
                about = style.get("description")
                self.style_box.setItemData(self.style_box.count() - 1, about, Qt.ItemDataRole.ToolTipRole)
        self._show()

    def set_cues(self, cues: Sequence[Mapping[str, Any]]) -> None:
        """Offer these cues (as in a look: number, title, brief)."""
        self._tell_text_now()
        chosen = self.cue
        self._cues = {cue["number"]: cue for cue in cues}
        with QSignalBlocker(self.scope):
            self.scope.clear()
            self.scope.addItem("the whole cut", "")
            for number, cue in self._cues.items():
                self.scope.addItem(f"{number}  {cue.get('title') or ''}".strip(), number)
            self.scope.setCurrentIndex(max(0, self.scope.findData(chosen)))
        self._show()

    def show_cue(self, number: str) -> None:
        """Turn to the brief of a cue."""
        index = self.scope.findData(number)
        if index >= 0:
            self.scope.setCurrentIndex(index)

    def set_edits(self, edits: Edits) -> None:
        """Show what was changed so far; what is being typed stays."""
        self._edits = edits
        self._show()

    def _on_scope(self) -> None:
        self._tell_text_now()
        self._show()

    def _show(self) -> None:
        number = self.cue
        edit = operations.cue_edit(self._edits, number or _NO_CUE)
        brief = (self._cues.get(number) or {}).get("brief") or {}
        boxes: list[Any] = [self.has_music, self.style_box, self.tempo, self.slowest, self.fastest, self.key]
        blockers = [QSignalBlocker(widget) for widget in (*boxes, self.text)]
        self.has_music.setChecked(edit.has_music)
        style = edit.style if number else self._edits.style
        self.style_box.setCurrentIndex(max(0, self.style_box.findData(style)))
        if number and self.style_box.count():
            self.style_box.setItemText(0, _as_asked(brief.get("palette_id")))
        elif self.style_box.count():
            self.style_box.setItemText(0, "as each scene asks")
        self.tempo.setValue(edit.tempo_bpm or 0.0)
        asked = brief.get("tempo_bpm")
        self.tempo.setSpecialValueText(_as_asked(f"{asked:.0f}" if isinstance(asked, int | float) else None))
        slowest, fastest = edit.tempo_range_bpm or (0.0, 0.0)
        self.slowest.setValue(slowest)
        self.fastest.setValue(fastest)
        if edit.key and self.key.findData(edit.key) < 0:
            self.key.addItem(edit.key, edit.key)
        self.key.setCurrentIndex(max(0, self.key.findData(edit.key)))
        self.key.setItemText(0, _as_asked(brief.get("key")))
        for line, names in ((self.instruments, edit.instruments), (self.avoid, edit.avoid)):
            _set_text(line, ", ".join(names or ()))
        _set_text(self.theme, edit.theme or "")
        text = (edit.text or "") if number else self._edits.brief_text
        is_typing = self._typing.isActive() and self._text_scope == number
        if not is_typing and self.text.toPlainText() != text:
            self.text.setPlainText(text)
        self._text_scope = number
        del blockers
        for field in (self.has_music, self.tempo, self.slowest, self.key, self.instruments, self.avoid, self.theme):
            self._set_row_visible(field, bool(number))
        self.reset.setVisible(bool(number) and bool(edit.intensity))
        said = [str(brief.get(name)) for name in ("mood", "notes") if brief.get(name)]
        self.told.setText("The scene: " + "; ".join(said) if said else "")
        for widget in boxes[1:]:
            widget.setEnabled(edit.has_music)

    def _set_row_visible(self, field: QWidget, is_visible: bool) -> None:
        target: Any = field
        for row in range(self._form.rowCount()):
            item = self._form.itemAt(row, QFormLayout.ItemRole.FieldRole)
            if item is not None and (layout := item.layout()) is not None and layout.indexOf(field) >= 0:
                target = layout
        self._form.setRowVisible(target, is_visible)

    def _tell(self, field: str, value: Any) -> None:
        edit = operations.cue_edit(self._edits, self.cue) if self.cue else None
        now = getattr(edit, field) if edit is not None else getattr(self._edits, field, None)
        if value != now:
            self.changed.emit(self.cue, field, value)

    def _tell_range(self) -> None:
        slowest, fastest = self.slowest.value(), self.fastest.value()
        if bool(slowest) != bool(fastest):
            return  # half of a range says nothing yet
        self._tell("tempo_range_bpm", (min(slowest, fastest), max(slowest, fastest)) if slowest else None)

    def _tell_text_now(self) -> None:
        if self._typing.isActive():
            self._typing.stop()
            self._tell_text()

    def _tell_text(self) -> None:
        text, number = self.text.toPlainText().strip(), self._text_scope
        if number:
            if text != (operations.cue_edit(self._edits, number).text or ""):
                self.changed.emit(number, "text", text or None)
        elif text != self._edits.brief_text:
            self.changed.emit("", "brief_text", text)

    def finish_typing(self) -> None:
        """Tell what is being typed now, without waiting for a pause."""
        self._tell_text_now()


def _tempo_box(name: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setDecimals(0)
    box.setRange(0.0, 260.0)
    box.setSpecialValueText("as asked")
    box.setSuffix(" bpm")
    box.setKeyboardTracking(False)
    box.setAccessibleName(name)
    return box


def _names(text: str) -> tuple[str, ...] | None:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    return names or None


def _as_asked(value: object) -> str:
    return f"as the scene asks ({value})" if value else "as the scene asks"


def _set_text(line: QLineEdit, text: str) -> None:
    """Show a text, unless another is being typed."""
    if not line.isModified() or _names(line.text()) == _names(text):
        line.setText(text)
