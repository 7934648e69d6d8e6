"""One style sheet for the views that Qt draws itself (tables, lists, buttons, bars), from the theme."""

from __future__ import annotations

from hitpoint_panel.views.theme import Theme


def style_sheet(theme: Theme) -> str:
    """Return the style sheet of the theme; the window may wear it as a whole."""
    return f"""
QWidget {{ background: {theme.paper}; color: {theme.text}; selection-background-color: {theme.selection}; }}
QTableView, QListView {{ background: {theme.lane}; alternate-background-color: {theme.lane_alternate};
    gridline-color: {theme.rule}; border: 1px solid {theme.rule}; outline: 0; }}
QTableView:focus, QListView:focus {{ border: 1px solid {theme.focus}; }}
QTableView::item {{ padding: 2px 6px; border: 0; }}
QListView::item {{ padding: 6px; }}
QTableView::item:selected, QListView::item:selected {{ background: {theme.selection}; }}
QTableView::item:focus {{ border: 1px solid {theme.focus}; }}
QHeaderView::section {{ background: {theme.gutter}; color: {theme.muted}; border: 0;
    border-right: 1px solid {theme.rule}; border-bottom: 1px solid {theme.rule}; padding: 4px 6px; }}
QTableCornerButton::section {{ background: {theme.gutter}; border: 0; }}
QPushButton, QToolButton {{ background: {theme.button}; border: 1px solid {theme.rule_strong}; border-radius: 4px;
    padding: 4px 12px; }}
QPushButton:hover, QToolButton:hover {{ background: {theme.rule_strong}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {theme.focus}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {theme.selection}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {theme.rule_strong}; border-color: {theme.rule}; }}
QProgressBar {{ background: {theme.lane_alternate}; border: 1px solid {theme.rule}; border-radius: 3px;
    max-height: 8px; }}
QProgressBar::chunk {{ background: {theme.wave}; border-radius: 2px; }}
QLineEdit, QComboBox, QDoubleSpinBox, QSpinBox {{ background: {theme.lane_alternate};
    border: 1px solid {theme.rule_strong}; border-radius: 3px; padding: 1px 4px; }}
QLineEdit:focus, QComboBox:focus, QDoubleSpinBox:focus, QSpinBox:focus {{ border: 1px solid {theme.focus}; }}
QComboBox QAbstractItemView {{ background: {theme.bubble}; border: 1px solid {theme.rule_strong}; }}
QMenu {{ background: {theme.bubble}; border: 1px solid {theme.rule_strong}; padding: 4px; }}
QMenu::item {{ padding: 4px 24px 4px 20px; border-radius: 3px; }}
QMenu::item:selected {{ background: {theme.selection}; }}
QMenu::separator {{ height: 1px; background: {theme.rule_strong}; margin: 4px 8px; }}
QToolTip {{ background: {theme.bubble}; color: {theme.text}; border: 1px solid {theme.rule_strong}; padding: 4px; }}
QScrollBar:vertical {{ background: {theme.paper}; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: {theme.paper}; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {theme.rule_strong}; border-radius: 4px; margin: 2px; min-height: 24px;
    min-width: 24px; }}
QScrollBar::handle:hover {{ background: {theme.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
