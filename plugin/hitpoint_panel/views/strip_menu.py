"""The strip's context menu: what can be done with what is under the pointer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QMenu

from hitpoint_panel.views.theme import KIND_SIGNS
from hitpoint_panel.views.values import KINDS, StripMarker

if TYPE_CHECKING:
    from hitpoint_panel.views.timeline_strip import TimelineStrip

#: How much "more tense here" asks for, of -1..1.
EMPHASIS = 0.3

#: Weights to choose from, with their names.
WEIGHTS = ((0.25, "Light"), (0.5, "Medium"), (0.75, "Strong"), (1.0, "Strongest"))

#: Without a shot, "here" reaches this far to either side.
_HERE_S = 2


def build_menu(strip: TimelineStrip, place: QPointF) -> QMenu:
    """Return the menu for a place; a hit point under it that was not selected is selected."""
    menu = QMenu(strip)
    if strip.scene.cut is None:
        return menu
    marker = strip.flag_at(place)
    if marker is not None and marker.id not in strip.scene.selected:
        strip.select([marker.id])
    frame = min(max(strip.axis.frame_at(place.x()), 0.0), strip.axis.duration_frames - 1.0)
    if marker is not None:
        _of_markers(menu, strip, marker)
    else:
        _act(menu, "Add a hit point here", partial(strip.marker_added.emit, round(frame)))
    menu.addSeparator()
    _of_bars(menu, strip, frame)
    _of_tension(menu, strip, frame)
    menu.addSeparator()
    _of_loop(menu, strip, frame)
    _act(menu, "Show all", lambda: strip.show_axis(strip.axis.with_range(0, strip.axis.duration_frames)))
    return menu


def _act(menu: QMenu | None, text: str, do: Callable[[], object]) -> QAction:
    assert menu is not None  # Qt always makes one
    action = menu.addAction(text)
    assert action is not None
    action.triggered.connect(lambda _=False: do())
    return action


def _of_markers(menu: QMenu, strip: TimelineStrip, marker: StripMarker) -> None:
    chosen = strip.selected_ids
    many = f" of {len(chosen)} hit points" if len(chosen) > 1 else ""

    def change(field: str, value: object) -> None:
        strip.hits_changed.emit(chosen, field, value)

    kinds = menu.addMenu("Kind" + many)
    group = QActionGroup(menu)
    for kind in KINDS:
        action = _act(kinds, f"{KIND_SIGNS[kind]}  {kind}", partial(change, "kind", kind))
        action.setCheckable(True)
        action.setChecked(kind == marker.kind)
        group.addAction(action)
    weights = menu.addMenu("Weight" + many)
    group = QActionGroup(menu)
    for weight, name in WEIGHTS:
        action = _act(weights, f"{name}  ({weight:.2f})", partial(change, "weight", weight))
        action.setCheckable(True)
        action.setChecked(abs(weight - marker.weight) < 0.01)
        group.addAction(action)
    _act(menu, "Edit…", partial(strip.marker_activated.emit, marker.id))
    _act(menu, "Go there", partial(strip.playhead_dragged.emit, float(marker.frame)))
    _act(menu, f"Delete {len(chosen)} hit points" if many else "Delete", lambda: strip.markers_deleted.emit(chosen))


def _of_bars(menu: QMenu, strip: TimelineStrip, frame: float) -> None:
    """Lock, unlock or write again the marked bars, or the one that is pointed at."""
    version = strip.scene.version
    cue = version.cue_at(frame) if version else None
    bars = strip.scene.selected_bars
    if bars is None and version is not None and cue is not None:
        bar = version.bar_at(cue, frame)
        bars = None if bar is None else (cue.number, bar, bar)
    if bars is None or version is None:
        return
    number, first, last = bars
    named = f"bar {first} of {number}" if first == last else f"bars {first}–{last} of {number}"
    locked = [
        span for span in version.version.locked_bars if span[0] == number and span[1] <= last and span[2] >= first
    ]
    if not any(span[1] <= first and span[2] >= last for span in locked):
        _act(menu, f"Lock {named}", partial(strip.bars_locked.emit, *bars))
    if locked:
        _act(menu, f"Unlock {named}", partial(strip.bars_unlocked.emit, *bars))
    _act(menu, f"Write {named} again", partial(strip.bars_redo_requested.emit, *bars))


def _of_tension(menu: QMenu, strip: TimelineStrip, frame: float) -> None:
    start_frame, end_frame, where = here(strip, frame)
    for amount, word in ((EMPHASIS, "More tense"), (-EMPHASIS, "Calmer")):
        _act(menu, f"{word} here ({where})", partial(strip.emphasis_requested.emit, start_frame, end_frame, amount))


def here(strip: TimelineStrip, frame: float) -> tuple[int, int, str]:
    """Return which frames "here" means, and its name: marked bars, the loop, the shot, or two seconds around."""
    scene = strip.scene
    assert scene.cut is not None
    if scene.selected_bars is not None and scene.version is not None:
        number, first, last = scene.selected_bars
        for cue in scene.version.version.cues:
            if cue.number == number:
                start, end = scene.version.bar_span(cue, first, last)
                if start <= frame < end:
                    return round(start), max(round(end), round(start) + 1), f"bars {first}–{last}"
    if scene.loop is not None and scene.loop[0] <= frame < scene.loop[1]:
        return (*scene.loop, "the loop")
    shot = scene.cut.shot_at(frame)
    if shot is not None:
        start_frame, end_frame, name = scene.cut.cut.shots[shot]
        return start_frame, end_frame, name or f"shot {shot + 1}"
    reach = _HERE_S * scene.cut.cut.rate.timecode_base
    return max(round(frame) - reach, 0), min(round(frame) + reach, scene.cut.cut.duration_frames), "these seconds"


def _of_loop(menu: QMenu, strip: TimelineStrip, frame: float) -> None:
    """Loop between the two hit points around a place."""
    hits = [m.frame for m in strip.scene.markers if m.kind]
    before = max((f for f in hits if f <= frame + 0.5), default=0)
    after = min((f for f in hits if f > before and f > frame), default=strip.axis.duration_frames)
    if after > before:
        _act(menu, "Loop between these hit points", lambda: strip.loop_chosen.emit((before, after)))
    if strip.scene.loop is not None:
        _act(menu, "Loop no more", lambda: strip.loop_chosen.emit(None))
