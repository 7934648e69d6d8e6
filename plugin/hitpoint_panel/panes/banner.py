"""Notices: sentences with their ways out, in the window and never in front of it."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QElapsedTimer, Qt, QTimer
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from hitpoint_panel.notice import Notice
from hitpoint_panel.theme import THEME

_SHOWN_AT_ONCE = 3
_INFO_MS = 12_000
#: An error stands this long whatever else is told, so that it can be read.
_ERROR_MS = 10_000
_SIGNS = {"info": "i", "warning": "!", "error": "!"}


class Banner(QFrame):
    """One notice. Escape, or the cross, puts it away; an info goes by itself after a while."""

    def __init__(self, notice: Notice, put_away: Callable[[Banner], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notice = notice
        self._put_away = put_away
        self._shown = QElapsedTimer()
        self._shown.start()
        color = {"info": THEME.accent, "warning": THEME.near, "error": THEME.refused}[notice.level]
        self.setObjectName("banner")
        self.setStyleSheet(
            f"#banner {{ background: {THEME.raised}; border: 1px solid {THEME.line};"
            f" border-left: 4px solid {color}; border-radius: 4px; }}"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 5, 5)
        sign = QLabel(_SIGNS[notice.level])
        sign.setStyleSheet(f"color: {color}; font-weight: 700;")
        row.addWidget(sign)
        self.sentence = QLabel(notice.sentence)
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(self.sentence, 1)
        self.buttons: list[QPushButton] = []
        for label, act in notice.ways_out:
            button = QPushButton(label)
            button.clicked.connect(lambda _, a=act: self._take(a))
            row.addWidget(button)
            self.buttons.append(button)
        close = QToolButton()
        close.setText("×")
        close.setProperty("flat", True)
        close.setAccessibleName("Put this notice away")
        close.setToolTip("Put this away (Esc)")
        close.clicked.connect(lambda: self._put_away(self))
        row.addWidget(close)
        self.setAccessibleName(notice.sentence)

    @property
    def is_unread(self) -> bool:
        """Whether it is an error that nobody can have read yet."""
        return self.notice.level == "error" and self._shown.elapsed() < _ERROR_MS

    def _take(self, act: Callable[[], None]) -> None:
        self._put_away(self)
        act()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: D102
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self._put_away(self)
            return
        super().keyPressEvent(event)


class BannerStack(QWidget):
    """The newest few notices, newest on top; one of the same topic replaces the older one.

    An error that was shown just now gives way to another error of its topic only.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.hide()

    @property
    def banners(self) -> list[Banner]:
        """The notices that are shown, newest first."""
        widgets = (self._column.itemAt(index) for index in range(self._column.count()))
        return [widget for item in widgets if item is not None and isinstance(widget := item.widget(), Banner)]

    def show_notice(self, notice: Notice) -> None:
        """Show a notice."""
        for banner in self.banners:
            is_overtaken = notice.level == "error" or not banner.is_unread
            if notice.topic and banner.notice.topic == notice.topic and is_overtaken:
                self.put_away(banner)
        banner = Banner(notice, self.put_away, self)
        self._column.insertWidget(0, banner)
        older_first = self.banners[:0:-1]
        surplus = len(self.banners) - _SHOWN_AT_ONCE
        for old in sorted(older_first, key=lambda banner: banner.is_unread)[: max(0, surplus)]:
            self.put_away(old)
        self.show()
        if notice.level == "info" and not notice.ways_out:
            timer = QTimer(banner)
            timer.setSingleShot(True)
            timer.timeout.connect(lambda: self.put_away(banner))
            timer.start(_INFO_MS)

    def put_away(self, banner: Banner) -> None:
        """Take a notice away."""
        if banner not in self.banners:
            return
        if (window := self.window()) is not None and banner.isAncestorOf(window.focusWidget() or window):
            window.setFocus()
        self._column.removeWidget(banner)
        banner.hide()
        banner.deleteLater()
        self.setVisible(bool(self.banners))

    def put_newest_away(self) -> bool:
        """Take the newest notice away (Esc anywhere); return whether there was one."""
        shown = self.banners
        if shown:
            self.put_away(shown[0])
        return bool(shown)
