"""What one marker means: a moment to hit, a direction, the start or end of a cue, or nothing for the music."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hitpoint.model.cut import Marker
from hitpoint.model.spotting import HitKind
from hitpoint.spotting.marker_table import MarkerTable, normalise
from hitpoint.spotting.words import key_in, mood_words_in, tempo_in, theme_in

_WEIGHT = re.compile(r"(?<![\w.])(?:weight\s*)?(0\.\d+|1\.0)(?![\w.])")
_TOLERANCE = re.compile(
    r"(?:±|\+/-|\+-|tolerance\s*)\s*(\d+)\s*(?:f|fr|frames?)?\b|\bsoft\s+(\d+)\s*(?:f|fr|frames?)\b"
)
_NUMBERED_CUE = re.compile(r"\b\d{1,3}m\d{1,3}[a-z]?\s+(in|start|out|end)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerMeaning:
    """How a marker is understood.

    Attributes
    ----------
    role : str
        "hit", "direction", "music_in", "music_out" or "ignore".
    kind, weight, is_hard, tolerance_frames
        As in `HitPoint`; for the roles "hit", "music_in" and "music_out".
    directions : tuple of (kind, value)
        As in `Direction`; a hit may carry some too.
    entry, exit : str
        "" or as in `Cue`.
    reason : str
        Why it was ignored.
    """

    role: str
    kind: HitKind = HitKind.ACCENT
    weight: float = 0.5
    is_hard: bool = True
    tolerance_frames: int = 0
    directions: tuple[tuple[str, str], ...] = ()
    entry: str = ""
    exit: str = ""
    reason: str = ""


def read_marker(marker: Marker, table: MarkerTable) -> MarkerMeaning:
    """Return what a marker means by its words (name and note), then its colour."""
    raw = f"{marker.name} {marker.note}"
    text = normalise(raw)
    if table.finds("ignore", text):
        return MarkerMeaning(role="ignore", reason=f"its words ({marker.name!r}) say that it is not for the music")
    directions = _directions(raw, text)
    numbered = _NUMBERED_CUE.search(text)
    if table.finds("music_out", text) or (numbered and numbered[1] in ("out", "end")):
        return MarkerMeaning(
            role="music_out", kind=HitKind.OUT, weight=0.9, directions=directions, exit=_exit(text, table)
        )
    if table.finds("music_in", text) or numbered:
        entry = "sneak" if table.finds("sneak", text) else ("downbeat" if table.finds("accent", text) else "")
        return MarkerMeaning(role="music_in", kind=HitKind.START, weight=0.7, directions=directions, entry=entry)
    kind = _kind(text, table)
    color = table.colors.get(marker.color.upper())
    if kind is None and _is_direction_only(text, directions, table):
        return MarkerMeaning(role="direction", directions=directions)
    is_soft = table.finds("soft", text)
    tolerance = _tolerance_frames(text)
    if tolerance is None:
        tolerance = int(table.weights["soft_tolerance_frames"]) if is_soft else 0
    return MarkerMeaning(
        role="hit",
        kind=kind or (color.kind if color else HitKind.ACCENT),
        weight=_hit_weight(text, kind, color.weight if color else None, table),
        is_hard=not is_soft and tolerance == 0,
        tolerance_frames=tolerance,
        directions=directions,
    )


def _kind(text: str, table: MarkerTable) -> HitKind | None:
    order = (
        ("out", HitKind.OUT),
        ("silence", HitKind.SILENCE),
        ("turn", HitKind.TURN),
        ("peak", HitKind.PEAK),
        ("accent", HitKind.ACCENT),
        ("soft", HitKind.ACCENT),
    )
    return next((kind for name, kind in order if table.finds(name, text)), None)


def _exit(text: str, table: MarkerTable) -> str:
    names = (("button", "button"), ("ring_out", "ring-out"), ("fade", "fade"))
    return next((exit_ for name, exit_ in names if table.finds(name, text)), "")


def _directions(raw: str, text: str) -> tuple[tuple[str, str], ...]:
    found = [("theme", theme_in(raw)), ("key", key_in(raw)), ("tempo", tempo_in(text))]
    without_theme = text if not found[0][1] else text.split("theme")[0]
    found.append(("mood", " ".join(mood_words_in(without_theme))))
    return tuple((kind, value) for kind, value in found if value)


def _is_direction_only(text: str, directions: tuple[tuple[str, str], ...], table: MarkerTable) -> bool:
    """Return whether everything the marker says is a direction: "tense from here", not "the tense man falls"."""
    if not directions:
        return False
    if any(kind in ("theme", "key", "tempo") for kind, _ in directions):
        return True
    moods = set(mood_words_in(text))
    rest = [word for word in re.findall(r"[^\W\d_]+", text) if not mood_words_in(word) and word not in table.filler]
    return bool(moods) and not rest


def _tolerance_frames(text: str) -> int | None:
    match = _TOLERANCE.search(text)
    return int(match[1] or match[2]) if match else None


def _hit_weight(text: str, kind: HitKind | None, color_weight: float | None, table: MarkerTable) -> float:
    written = _WEIGHT.search(text)
    if written:
        return min(1.0, float(written[1]))
    names = {HitKind.TURN: "turn", HitKind.PEAK: "peak", HitKind.SILENCE: "silence", HitKind.ACCENT: "accent"}
    weight = table.weights["plain"] if kind is None else table.weights.get(names.get(kind, ""), 0.9)
    if color_weight is not None:
        weight = max(weight, color_weight)
    if table.finds("soft", text):
        weight = table.weights["weak"]
    if table.finds("strong", text):
        weight = max(weight, table.weights["strong"])
    elif table.finds("weak", text):
        weight = table.weights["weak"]
    return min(1.0, weight + table.weights["exclamation"] * text.count("!"))
