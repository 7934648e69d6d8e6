"""What to export, where to, and for whom."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

WHAT = (
    ("otio", "The cut &with its score (OTIO)", True),
    ("stems", "&Stems and mix (broadcast WAV)", True),
    ("midi", "The &notes (MIDI)", False),
    ("cue_sheet", "C&ue sheet", False),
    ("mp4", "&Video with its score (MP4)", False),
    ("report", "&Report of every hit (JSON)", False),
)
SOUNDS = (
    ("sampled", "as it is heard here"),
    ("hybrid", "with a generated layer under it"),
    ("generated", "generated, where it follows the score"),
)
PROFILES = (("generic", "any editor"), ("resolve", "DaVinci Resolve"))


class ExportDialog(QDialog):
    """Tells `export_pressed(folder, what, profile, sound, model)`; the window stays usable while the engine exports."""

    export_pressed = pyqtSignal(str, list, str, str, str)

    def __init__(
        self,
        folder: Path,
        *,
        what: list[str],
        profile: str,
        sound: str = "sampled",
        model: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export the score")
        column = QVBoxLayout(self)
        self.boxes: dict[str, QCheckBox] = {}
        for name, title, is_usual in WHAT:
            box = QCheckBox(title)
            box.setChecked(name in what if what else is_usual)
            box.toggled.connect(self._check)
            self.boxes[name] = box
            column.addWidget(box)
        form = QFormLayout()
        row = QHBoxLayout()
        self.folder = QLineEdit(str(folder))
        self.folder.textChanged.connect(self._check)
        choose = QPushButton("&Choose …")
        choose.clicked.connect(self._choose)
        row.addWidget(self.folder, 1)
        row.addWidget(choose)
        label = QLabel("&Folder")
        label.setBuddy(self.folder)
        form.addRow(label, row)
        self.profile = QComboBox()
        for name, text in PROFILES:
            self.profile.addItem(text, name)
        self.profile.setCurrentIndex(max(0, self.profile.findData(profile)))
        form.addRow("F&or", self.profile)
        self.sound = QComboBox()
        for name, text in SOUNDS:
            self.sound.addItem(text, name)
        self.sound.setCurrentIndex(max(0, self.sound.findData(sound)))
        self.sound.currentIndexChanged.connect(self._check)
        form.addRow("Soun&d", self.sound)
        self.model = QLineEdit(model)
        self.model.setPlaceholderText("stable-audio-open-1.0, or the folder of a model")
        self.model.setToolTip(
            "A neural model on this machine: `hitpoint models` lists them, and what their licences ask"
        )
        self.model.textChanged.connect(self._check)
        form.addRow("Mod&el", self.model)
        column.addLayout(form)
        self.said = QLabel("Nothing of yours is overwritten.")
        self.said.setProperty("role", "dim")
        self.said.setWordWrap(True)
        column.addWidget(self.said)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = QPushButton("&Export")
        self.go.setProperty("primary", True)
        self.go.setDefault(True)
        self.buttons.addButton(self.go, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        self.setMinimumWidth(440)
        self._check()

    def _what(self) -> list[str]:
        return [name for name, box in self.boxes.items() if box.isChecked()]

    def _check(self) -> None:
        is_generated = self.sound.currentData() != "sampled"
        self.model.setEnabled(is_generated)
        has_model = not is_generated or bool(self.model.text().strip())
        self.go.setEnabled(bool(self._what()) and bool(self.folder.text().strip()) and has_model)

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Export into", self.folder.text())
        if folder:
            self.folder.setText(folder)

    def _accept(self) -> None:
        self.export_pressed.emit(
            self.folder.text().strip(),
            self._what(),
            str(self.profile.currentData()),
            str(self.sound.currentData()),
            self.model.text().strip(),
        )
        self.accept()
