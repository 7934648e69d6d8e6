"""Under the picture: the timecode, the buttons of the transport, A/B, and which bar it is."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFontDatabase, QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from hitpoint_panel.panes.icons import sign


class TransportBar(QWidget):
    """Tells what was pressed; shows what it is told."""

    play_pressed = pyqtSignal()
    step_pressed = pyqtSignal(int)
    hit_pressed = pyqtSignal(int)  # -1 to the hit before, 1 to the next
    loop_toggled = pyqtSignal(bool)
    compare_toggled = pyqtSignal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(1)
        self.timecode = QLabel("00:00:00:00")
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF() * 1.35)
        self.timecode.setFont(font)
        self.timecode.setProperty("role", "timecode")
        self.timecode.setAccessibleName("Timecode")
        self.timecode.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.bar_beat = QLabel("")
        self.bar_beat.setProperty("role", "dim")
        self.bar_beat.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar_beat.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar_beat.setToolTip("Cue, bar and tempo under the playhead")
        self.to_hit_before = self._button("start", "To the hit before (Page Up)")
        self.back = self._button("back", "One frame back (Left)")
        self.play = self._button("play", "Play or pause (Space)")
        self.forward = self._button("forward", "One frame on (Right)")
        self.to_next_hit = self._button("end", "To the next hit (Page Down)")
        self.loop = self._button("loop", "Loop from hit to hit (/)")
        self.loop.setCheckable(True)
        self.compare = QToolButton()
        self.compare.setText("A/B")
        self.compare.setCheckable(True)
        self.compare.setEnabled(False)
        self.compare.setToolTip("Hear the take you compare with (B)")
        self.compare.setAccessibleName("Compare A and B")
        row.addWidget(self.timecode)
        row.addSpacing(6)
        for widget in (self.to_hit_before, self.back, self.play, self.forward, self.to_next_hit, self.loop):
            row.addWidget(widget)
        row.addWidget(self.compare)
        # in a narrow window these go first, in this order: each has its key, and the timecode must be read whole
        self._give_way = ((self.to_hit_before, self.to_next_hit), (self.back, self.forward), (self.loop,))
        row.addSpacing(4)
        row.addWidget(self.bar_beat, 1)
        self.play.clicked.connect(self.play_pressed)
        self.back.clicked.connect(lambda: self.step_pressed.emit(-1))
        self.forward.clicked.connect(lambda: self.step_pressed.emit(1))
        self.to_hit_before.clicked.connect(lambda: self.hit_pressed.emit(-1))
        self.to_next_hit.clicked.connect(lambda: self.hit_pressed.emit(1))
        self.loop.clicked.connect(self.loop_toggled)
        self.compare.clicked.connect(self.compare_toggled)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: D102
        super().resizeEvent(event)
        self._give_room()

    def _give_room(self) -> None:
        """Hide buttons until the timecode has the room it needs, and show them again where there is some."""
        row = self.layout()
        assert row is not None
        items = [row.itemAt(index) for index in range(row.count())]
        widths = {
            item.widget(): item.minimumSize().width() or item.sizeHint().width()
            for item in items
            if item is not None and item.widget() is not self.bar_beat
        }
        hints = {widget: widget.sizeHint().width() if widget is not None else width for widget, width in widths.items()}
        lacking = sum(hints.values()) + row.spacing() * row.count() - self.width()
        for buttons in self._give_way:
            for button in buttons:
                button.setVisible(lacking <= 0)
            if lacking > 0:
                lacking -= sum(hints[button] + row.spacing() for button in buttons)

    def show_timecode(self, timecode: str, bar_beat: str) -> None:
        """Show where the playhead is."""
        if timecode != self.timecode.text():
            self.timecode.setText(timecode)
        if bar_beat != self.bar_beat.text():
            self.bar_beat.setText(bar_beat)

    def show_playing(self, rate: float) -> None:
        """Show whether it plays, and how fast."""
        self.play.setIcon(sign("pause" if rate else "play"))
        self.play.setText("" if rate in (0.0, 1.0) else f"{rate:+.0f}×")
        self.play.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonIconOnly if rate in (0.0, 1.0) else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        )

    def show_compare(self, *, is_possible: bool, is_comparing: bool) -> None:
        """Show which of A and B is heard."""
        self.compare.setEnabled(is_possible)
        self.compare.setChecked(is_comparing)
        self.compare.setText("A/B" if not is_possible else "B" if is_comparing else "A")

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(sign(name))
        button.setIconSize(QSize(15, 15))
        button.setToolTip(tip)
        button.setAccessibleName(tip.split(" (")[0])
        button.setProperty("flat", True)
        return button
