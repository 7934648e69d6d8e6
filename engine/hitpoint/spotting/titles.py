"""What the cues are called."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from hitpoint.model.cut import Cut
from hitpoint.model.time import frames_to_seconds
from hitpoint.spotting.numbers import KnownCue
from hitpoint.spotting.spans import CueSpan
from hitpoint.story.placement import Placement

_PLACE_SIGNS = re.compile(r"^(?:INT\.?/EXT\.?|EXT\.?/INT\.?|I/E|INT|EXT|EST)\b[.\s]*", re.IGNORECASE)
#: A cue belongs to a scene that starts this little after it.
_LEAD_S = 3.0


def cue_titles(
    cut: Cut, spans: Sequence[CueSpan], numbers: Sequence[str], known: Sequence[KnownCue], placement: Placement | None
) -> tuple[str, ...]:
    """Return a title per cue.

    The editor's on the marker that opens it, or the one it had before; else the cut's own name for the only cue, and
    for one of several the screenplay's scene in which it starts, the shot on which it starts, the name of the cut.
    """
    told = {cue.number: cue.title for cue in known}
    scenes = [line for line in placement.lines if line.line.kind == "heading"] if placement else []
    starts_s = [scene.start_s for scene in scenes]
    shot_frames = [shot.span.start_frame for shot in cut.shots]
    titles = []
    for cue, number in zip(spans, numbers, strict=True):
        asked = cue.opening[1].title if cue.opening else ""
        start_s = float(frames_to_seconds(cue.span.start_frame, cut.rate))
        scene = bisect_right(starts_s, start_s + _LEAD_S) - 1
        place = _place(scenes[scene].line.text) if scene >= 0 else ""
        at = bisect_right(shot_frames, cue.span.start_frame) - 1
        shot = cut.shots[at].name if at >= 0 and cut.shots[at].span.contains(cue.span.start_frame) else ""
        own = (place, _without_suffix(shot), cut.name) if len(spans) > 1 else (cut.name, place, _without_suffix(shot))
        titles.append(next((title for title in (asked, told.get(number, ""), *own) if title), "untitled"))
    return tuple(titles)


def _without_suffix(name: str) -> str:
    """Return a shot's name without the suffix of its file."""
    return re.sub(r"\.\w{2,5}$", "", name)


def _place(heading: str) -> str:
    """Return "Mara's Car" for "INT. MARA'S CAR - NIGHT"."""
    place = re.split(r"\s[-–—]\s", _PLACE_SIGNS.sub("", heading).strip())[0]
    return " ".join(word.capitalize() if word.isupper() else word for word in place.split())
