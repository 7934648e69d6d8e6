"""How the panel looks: one set of colours for a dark editing suite, a palette and a small style sheet made of them.

The surroundings stay neutral grey, so that they do not tint the picture; colour is kept for what means something: the
verdicts, the three curves of the arc, the focus, the playhead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PyQt6.QtGui import QPalette
    from PyQt6.QtWidgets import QApplication


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colours as #rrggbb. Text on `window`, `base` and `raised` has a contrast of at least 7:1, dimmed of 4.5:1."""

    window: str = "#17191c"
    base: str = "#121417"  # lists, fields, the strip
    raised: str = "#24282d"  # buttons, headers
    hover: str = "#2e3339"
    line: str = "#363c43"
    text: str = "#dfe2e6"
    text_dim: str = "#98a0aa"
    text_off: str = "#5d646d"
    accent: str = "#6cb6ff"  # focus, selection, the primary button
    accent_deep: str = "#2a4466"
    hit: str = "#2fc4a0"
    near: str = "#f0c94a"
    refused: str = "#f4734a"
    direction: str = "#b79be8"
    valence: str = "#6fb3ea"
    arousal: str = "#f2b75c"
    tension: str = "#ee7d6b"
    loudness: str = "#4a525b"
    playhead: str = "#f4f5f7"
    subtitle: str = "#3b4652"
    cue: str = "#35506e"
    waveform: str = "#7f9cc4"

    def verdict(self, verdict: str | None) -> str:
        """Return the colour of a marker's answer; dimmed text where there is none yet."""
        colors = {"hit": self.hit, "near": self.near, "refused": self.refused, "direction": self.direction}
        return colors.get(verdict or "", self.text_dim)


THEME = Theme()


def palette(theme: Theme = THEME) -> QPalette:
    """Return the Qt palette of a theme."""
    from PyQt6.QtGui import QColor, QPalette

    result = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.base,
        QPalette.ColorRole.AlternateBase: theme.window,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.text_dim,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.BrightText: theme.playhead,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.Highlight: theme.accent_deep,
        QPalette.ColorRole.HighlightedText: theme.playhead,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.LinkVisited: theme.accent,
        QPalette.ColorRole.Light: theme.hover,
        QPalette.ColorRole.Midlight: theme.raised,
        QPalette.ColorRole.Mid: theme.line,
        QPalette.ColorRole.Dark: theme.base,
        QPalette.ColorRole.Shadow: "#000000",
        QPalette.ColorRole.Accent: theme.accent,
    }
    for role, color in roles.items():
        result.setColor(role, QColor(color))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.text_off))
    return result


def style_sheet(theme: Theme = THEME) -> str:
    """Return the style sheet: flat, quiet, and with a focus that is seen from across the room."""
    return f"""
* {{ outline: none; }}
QToolTip {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.line}; padding: 4px; }}
QMainWindow::separator {{ background: {theme.window}; width: 5px; height: 5px; }}
QSplitter::handle {{ background: {theme.window}; }}
QSplitter::handle:hover {{ background: {theme.accent_deep}; }}
QMenuBar {{ background: {theme.window}; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {theme.hover}; }}
QMenu {{ background: {theme.raised}; border: 1px solid {theme.line}; padding: 4px; }}
QMenu::item {{ padding: 5px 26px 5px 22px; border-radius: 3px; }}
QMenu::item:selected {{ background: {theme.accent_deep}; }}
QMenu::item:disabled {{ color: {theme.text_off}; }}
QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 6px; }}
QPushButton, QToolButton {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 5px;
  padding: 5px 12px; }}
QToolButton {{ padding: 5px 8px; }}
QPushButton:hover, QToolButton:hover {{ background: {theme.hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {theme.base}; }}
QPushButton:checked, QToolButton:checked {{ background: {theme.accent_deep}; border-color: {theme.accent}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {theme.accent}; padding: 4px 11px; }}
QToolButton:focus {{ padding: 4px 7px; }}
QPushButton:disabled, QToolButton:disabled {{ color: {theme.text_off}; background: {theme.window}; }}
QPushButton[primary="true"] {{ background: {theme.accent}; color: #0c1526; border-color: {theme.accent};
  font-weight: 600; }}
QPushButton[primary="true"]:hover {{ background: #8cc6ff; }}
QPushButton[primary="true"]:focus {{ border: 2px solid {theme.playhead}; }}
QPushButton[primary="true"]:disabled {{ background: {theme.raised}; color: {theme.text_off};
  border-color: {theme.line}; }}
QToolButton[flat="true"] {{ background: transparent; border: 1px solid transparent; padding: 5px 4px; }}
QToolButton[flat="true"]:hover {{ background: {theme.hover}; }}
QToolButton[flat="true"]:checked {{ background: {theme.accent_deep}; }}
QToolButton[flat="true"]:focus {{ border: 2px solid {theme.accent}; padding: 4px 3px; }}
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {{ background: {theme.base};
  border: 1px solid {theme.line}; border-radius: 4px; padding: 4px 6px;
  selection-background-color: {theme.accent_deep}; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
  border: 2px solid {theme.accent}; padding: 3px 5px; }}
QComboBox QAbstractItemView {{ background: {theme.raised}; border: 1px solid {theme.line};
  selection-background-color: {theme.accent_deep}; }}
QAbstractItemView {{ background: {theme.base}; border: 1px solid {theme.line}; border-radius: 4px;
  alternate-background-color: #14171a; gridline-color: {theme.raised}; }}
QAbstractItemView:focus {{ border: 2px solid {theme.accent}; }}
QAbstractItemView {{ selection-color: {theme.playhead}; }}
QAbstractItemView::item:selected {{ background: {theme.accent_deep}; }}
QHeaderView::section {{ background: {theme.window}; color: {theme.text_dim}; border: none;
  border-bottom: 1px solid {theme.line}; padding: 4px 7px; }}
QTableCornerButton::section {{ background: {theme.window}; border: none; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {theme.line}; }}
QTabBar::tab {{ background: transparent; color: {theme.text_dim}; padding: 6px 12px; border: none;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:hover {{ color: {theme.text}; }}
QTabBar::tab:selected {{ color: {theme.text}; border-bottom: 2px solid {theme.accent}; }}
QTabBar::tab:focus {{ color: {theme.playhead}; background: {theme.hover}; }}
QProgressBar {{ background: {theme.base}; border: 1px solid {theme.line}; border-radius: 3px; height: 6px; }}
QProgressBar::chunk {{ background: {theme.accent}; border-radius: 2px; }}
QSlider::groove:horizontal {{ background: {theme.line}; height: 4px; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {theme.accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {theme.text}; width: 14px; height: 14px; margin: -5px 0;
  border-radius: 7px; border: 1px solid {theme.base}; }}
QSlider::handle:horizontal:focus {{ background: {theme.accent}; border: 2px solid {theme.playhead}; }}
QCheckBox, QRadioButton {{ spacing: 7px; padding: 2px; border: 1px solid transparent; border-radius: 4px; }}
QCheckBox:focus, QRadioButton:focus {{ border: 1px solid {theme.accent}; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {theme.text_dim}; border-radius: 3px;
  background: {theme.base}; }}
QCheckBox::indicator:checked {{ background: {theme.accent}; border-color: {theme.accent}; }}
QCheckBox::indicator:disabled {{ border-color: {theme.text_off}; }}
QScrollArea {{ border: none; background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 11px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 0; }}
QScrollBar::handle {{ background: {theme.line}; border-radius: 4px; margin: 2px; min-height: 24px; min-width: 24px; }}
QScrollBar::handle:hover {{ background: {theme.text_off}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QStatusBar {{ background: {theme.window}; color: {theme.text_dim}; }}
QStatusBar::item {{ border: none; }}
QLabel[role="dim"] {{ color: {theme.text_dim}; }}
QLabel[role="heading"] {{ color: {theme.text}; font-weight: 600; }}
QLabel[role="timecode"] {{ color: {theme.playhead}; }}
"""


def apply_theme(application: QApplication, theme: Theme = THEME) -> None:
    """Give an application the theme; Fusion is the one style that obeys a palette on every system."""
    application.setStyle("Fusion")
    application.setPalette(palette(theme))
    application.setStyleSheet(style_sheet(theme))
