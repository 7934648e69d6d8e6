"""What the strip says in words: tooltips, and what a screen reader is told."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF

from hitpoint_panel.views.strip_keys import KEYS_HELP
from hitpoint_panel.views.strip_scene import StripScene
from hitpoint_panel.views.theme import VERDICT_WORDS
from hitpoint_panel.views.values import StripMarker

if TYPE_CHECKING:
    from hitpoint_panel.views.timeline_strip import TimelineStrip


def error_words(error_ms: float | None) -> str:
    """Return an error in words: "12 ms late"; "" where there is none."""
    if error_ms is None:
        return ""
    if abs(error_ms) < 0.5:
        return "exact"
    return f"{abs(error_ms):.0f} ms {'late' if error_ms > 0 else 'early'}"


def marker_words(marker: StripMarker, timecode: str) -> str:
    """Return a hit point in one line."""
    said = [marker.name or marker.kind or "direction", timecode]
    if marker.kind:
        said += [marker.kind, f"weight {marker.weight:.2f}"]
    said += [VERDICT_WORDS[marker.verdict], error_words(marker.error_ms)]
    if marker.is_ours:
        said.append("proposed by Hitpoint")
    return ", ".join(word for word in said if word)


def describe(scene: StripScene, timecode: Callable[[float], str]) -> str:
    """Return what a screen reader is told about the strip."""
    if scene.cut is None:
        return "No cut is open."
    cut = scene.cut.cut
    chosen = [marker_words(m, timecode(m.frame)) for m in scene.markers if m.id in scene.selected]
    selected = f"Selected: {'; '.join(chosen[:3])}" + (f" and {len(chosen) - 3} more" if len(chosen) > 3 else "")
    return (
        f"{cut.name}, {len(cut.shots)} shots, {len(scene.markers)} hit points. "
        f"{selected if chosen else 'Nothing selected'}. {KEYS_HELP}."
    )


def tip_at(strip: TimelineStrip, place: QPointF) -> str:
    """Return the tooltip for a place on the strip, as rich text; "" for none."""
    scene = strip.scene
    if scene.cut is None or place.x() < scene.gutter_px:
        return ""
    frame = strip.axis.frame_at(place.x())
    marker = strip.flag_at(place)
    lines: list[str] = []
    if marker is not None:
        lines = [marker.name or marker.kind or "direction", f"{strip.timecode(marker.frame)} · frame {marker.frame}"]
        lines.append(f"{marker.kind}, weight {marker.weight:.2f}" if marker.kind else "direction")
        answer = ", ".join(w for w in (VERDICT_WORDS[marker.verdict], error_words(marker.error_ms)) if w)
        lines.append(answer + (" · proposed by Hitpoint" if marker.is_ours else ""))
    elif strip.lane_at(place.y()) in ("pictures", "shots"):
        shot = scene.cut.shot_at(frame)
        if shot is not None:
            start_frame, end_frame, name = scene.cut.cut.shots[shot]
            lines = [
                name,
                f"{strip.timecode(start_frame)} – {strip.timecode(end_frame)}, {end_frame - start_frame} frames",
            ]
    elif strip.lane_at(place.y()) == "subtitles":
        lines = [scene.cut.subtitle_at(frame)]
    elif strip.lane_at(place.y()) in ("cues", "wave") and scene.version is not None:
        cue = scene.version.cue_at(frame)
        if cue is not None:
            bar = scene.version.bar_at(cue, frame)
            is_locked = bar is not None and any(
                number == cue.number and first <= bar <= last
                for number, first, last in scene.version.version.locked_bars
            )
            lines = [f"{cue.number}  {cue.title}".strip(), f"bar {bar}" if bar else "", "locked" if is_locked else ""]
    said = [html.escape(line) for line in lines if line]
    return "" if not said else "<b>" + said[0] + "</b>" + "".join("<br>" + line for line in said[1:])
