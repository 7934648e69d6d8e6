"""The menus of the window, and the table of its transport keys."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, Qt, pyqtSlot
from PyQt6.QtGui import QAction

from hitpoint_panel.actions import STANDARD, Actions, Entry
from hitpoint_panel.keys import KeyTable

if TYPE_CHECKING:
    from hitpoint_panel.window import Window

_LINE = Entry()


class _Titled(QObject):
    """Says on an action what it would undo. A child of the action: gone with it, and so no longer connected.

    An undo stack tells of its text once more while it is destroyed; a lambda would be called then, after the action.
    """

    def __init__(self, action: QAction, word: str) -> None:
        super().__init__(action)
        self._action, self._word = action, word

    @pyqtSlot(str)
    def show(self, text: str) -> None:
        """Show the word and the name of the step."""
        self._action.setText(f"{self._word} {text}".rstrip())


def build_menus(window: Window) -> Actions:
    """Fill the menu bar; return its actions by name."""
    actions = Actions(window)
    transport, stack, workflow = window.transport, window.document.undo_stack, window.workflow
    file_menu = actions.add_menu(
        "&File",
        (
            Entry(name="open", label="&Open …", act=window.choose_cut, key=STANDARD.Open),
            Entry(name="subtitles", label="&Subtitles …", act=window.choose_subtitles),
            Entry(name="script", label="S&creenplay …", act=window.choose_script),
            _LINE,
            Entry(name="export", label="&Export …", act=window.show_export, key="Ctrl+E"),
            _LINE,
            Entry(name="quit", label="&Quit", act=lambda: _close(window), key=STANDARD.Quit),
        ),
    )
    window.recent_menu = file_menu.addMenu("Open &recent")  # type: ignore[attr-defined]
    actions.add_menu(
        "&Edit",
        (
            Entry(name="undo", label="&Undo", act=stack.undo, key=STANDARD.Undo),
            Entry(name="redo", label="&Redo", act=stack.redo, key="Ctrl+Shift+Z"),
            _LINE,
            Entry(name="add_hit", label="&Add hit point at playhead", act=window.add_hit, hint="M"),
            Entry(name="more", label="&More tense here", act=lambda: window.emphasise(0.35), key="Ctrl+Up"),
            Entry(name="less", label="&Less tense here", act=lambda: window.emphasise(-0.35), key="Ctrl+Down"),
        ),
    )
    actions.add_menu(
        "&Score",
        (
            Entry(name="compose", label="&Write the score", act=window.compose, key="Ctrl+Return"),
            Entry(name="take", label="&Another take", act=window.another_take, key="Ctrl+T"),
            Entry(name="compare", label="&Compare A and B", act=window.toggle_compare, hint="B"),
            Entry(name="cancel", label="&Stop writing", act=workflow.cancel, key="Ctrl+."),
            _LINE,
            Entry(name="writes_as_edited", label="Write &as I edit", is_checkable=True),
        ),
    )
    actions["writes_as_edited"].toggled.connect(window.set_writes_as_edited)
    actions.add_menu(
        "&Play",
        (
            Entry(name="play", label="&Play or pause", act=transport.toggle, hint="Space"),
            Entry(name="faster", label="&Forwards, faster", act=lambda: transport.shuttle(1), hint="L"),
            Entry(name="pause", label="P&ause", act=transport.pause, hint="K"),
            Entry(name="backwards", label="&Backwards, faster", act=lambda: transport.shuttle(-1), hint="J"),
            _LINE,
            Entry(name="loop", label="&Loop from hit to hit", act=window.toggle_loop, hint="/"),
            _LINE,
            Entry(name="next_hit", label="&Next hit point", act=lambda: window.go_to_hit(1), hint="Page Down"),
            Entry(name="hit_before", label="Hit point &before", act=lambda: window.go_to_hit(-1), hint="Page Up"),
            Entry(name="next_cut", label="Next &cut", act=lambda: window.go_to_cut(1), key="Ctrl+Right"),
            Entry(name="cut_before", label="C&ut before", act=lambda: window.go_to_cut(-1), key="Ctrl+Left"),
        ),
    )
    parts = window.parts
    panes = (
        ("Hit points", parts.middle, 0), ("Ideas", parts.middle, 1),
        ("Brief", parts.right, 0), ("Takes", parts.right, 1), ("Mix", parts.right, 2),
    )  # fmt: skip

    def go(place: int) -> None:
        _, tabs, index = panes[place]
        tabs.setCurrentIndex(index)
        page = tabs.currentWidget()
        if page is not None:
            (page.nextInFocusChain() or page).setFocus(Qt.FocusReason.ShortcutFocusReason)

    entries = [
        Entry(name=f"pane_{place}", label=f"&{place + 1} {name}", act=partial(go, place), key=f"Alt+{place + 1}")
        for place, (name, _, _) in enumerate(panes)
    ]
    reason = Qt.FocusReason.ShortcutFocusReason
    entries.append(Entry(name="strip", label="&Timeline", act=lambda: parts.strip.setFocus(reason), key="Alt+0"))
    actions.add_menu("&View", tuple(entries))
    stack.canUndoChanged.connect(actions["undo"].setEnabled)
    stack.canRedoChanged.connect(actions["redo"].setEnabled)
    stack.undoTextChanged.connect(_Titled(actions["undo"], "&Undo").show)
    stack.redoTextChanged.connect(_Titled(actions["redo"], "&Redo").show)
    actions.enable(("undo", "redo"), False)
    fill_recent(window)
    return actions


def fill_recent(window: Window) -> None:
    """List the cuts that were open."""
    menu = window.recent_menu  # type: ignore[attr-defined]
    menu.clear()
    for number, path in enumerate(window.settings.recent_cuts(), 1):
        action = QAction(f"&{number % 10} {path.name}  ({path.parent})", menu)
        action.triggered.connect(lambda _, chosen=Path(path): window.open_cut(chosen))
        menu.addAction(action)
    menu.setEnabled(not menu.isEmpty())


def transport_keys(window: Window) -> KeyTable:
    """Return what the keys of the transport do."""
    transport, key = window.transport, Qt.Key
    none, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    return {
        (key.Key_Space, none): transport.toggle,
        (key.Key_L, none): lambda: transport.shuttle(1),
        (key.Key_K, none): transport.pause,
        (key.Key_J, none): lambda: transport.shuttle(-1),
        (key.Key_Left, none): lambda: transport.step(-1),
        (key.Key_Right, none): lambda: transport.step(1),
        (key.Key_Left, shift): lambda: transport.step(-10),
        (key.Key_Right, shift): lambda: transport.step(10),
        (key.Key_Home, none): lambda: transport.seek(0),
        (key.Key_End, none): lambda: transport.seek(transport.duration_frames - 1),
        (key.Key_M, none): window.add_hit,
        (key.Key_B, none): window.toggle_compare,
        (key.Key_Slash, none): window.toggle_loop,
        (key.Key_PageDown, none): lambda: window.go_to_hit(1),
        (key.Key_PageUp, none): lambda: window.go_to_hit(-1),
    }


def _close(window: Window) -> None:
    window.close()
