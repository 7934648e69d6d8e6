"""The beats of the story: where it turns, rises and breaks, who enters, what is revealed; each with its evidence.

A small graph: every rise leads to the climax, that to the fall; what threatens leads to the next turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hitpoint.model.cut import Cut
from hitpoint.model.spotting import HitKind
from hitpoint.model.story import EmotionArc, StoryBeat
from hitpoint.model.time import frames_to_seconds
from hitpoint.perception import Perception
from hitpoint.perception.eyes import SeenShot
from hitpoint.story.fusion import DIMENSIONS
from hitpoint.story.marker_table import MarkerTable
from hitpoint.story.markers import read_marker
from hitpoint.story.placement import Placement
from hitpoint.story.signals import Curve
from hitpoint.story.told import ToldLine

if TYPE_CHECKING:
    from hitpoint.story.arc import ArcEvidence

#: A turn: the means of this long before and after differ by this much.
_TURN_WINDOW_S, _TURN_LEAST, _TURNS_APART_S = 8.0, 0.22, 12.0
#: Before and after a climax the story rises and falls, as far as it does, at most so long.
_SLOPE_S = 120.0
#: So little before the end nothing falls any more.
_SHORTEST_S = 4.0
_QUOTE_LETTERS = 42
#: A close-up after this long without one is a look.
_LOOK_SHARE, _LOOK_AFTER_S = 0.38, 20.0
#: Beats of one kind at about the same time are one.
_SAME_S = 3.0
#: How modalities and dimensions are called in evidence.
_SPOKEN = {
    "cutting": "the cutting", "picture": "the picture", "sound": "the sound", "words": "the words",
    "eyes": "what is shown",
}  # fmt: skip
_RISES = {
    "valence": ("brightens", "darkens"),
    "arousal": ("quickens", "calms down"),
    "tension": ("tightens", "relaxes"),
}
#: Narrative cues and the beats that they are.
_BEAT_OF_CUE = {
    "threat": "threat", "death": "death", "reunion": "reunion", "reveal": "reveal", "discovery": "reveal",
    "farewell": "farewell", "victory": "victory", "love": "love", "arrival": "entrance",
}  # fmt: skip


def find_beats(
    cut: Cut,
    arc: EmotionArc,
    *,
    evidence: ArcEvidence,
    lines: Sequence[ToldLine],
    placement: Placement | None,
    perception: Perception | None,
    marker_table: MarkerTable,
) -> tuple[StoryBeat, ...]:
    """Return the beats of a cut, by time."""
    beats = [
        *_openings(cut, placement),
        *_turns(cut, arc, evidence, perception),
        *_climax(cut, arc, marker_table),
        *_told(lines),
        *_entrances(lines),
        *_looks(perception),
    ]
    duration_s = float(cut.duration_s)
    inside = [replace(beat, time_s=min(max(0.0, beat.time_s), duration_s)) for beat in beats]
    merged: list[StoryBeat] = []
    for beat in sorted(inside, key=lambda beat: (beat.time_s, beat.kind)):
        before = next((b for b in reversed(merged) if b.kind == beat.kind), None)
        if before is not None and beat.time_s - before.time_s < _SAME_S:
            together = tuple(dict.fromkeys((*before.evidence, *beat.evidence)))
            merged[merged.index(before)] = replace(
                before, weight=max(before.weight, beat.weight), evidence=together[:4]
            )
        else:
            merged.append(beat)
    return _linked(merged)


def _openings(cut: Cut, placement: Placement | None) -> list[StoryBeat]:
    """Return where scenes begin."""
    beats = [StoryBeat(kind="establishing", time_s=0.0, weight=0.5, evidence=("the cut begins",))]
    for scene in placement.scenes if placement is not None else ():
        if scene.start_s > _SAME_S:
            told = (f"scene {scene.scene.heading!r}",)
            beats.append(
                StoryBeat(kind="establishing", time_s=scene.start_s, weight=0.3 + 0.3 * scene.confidence, evidence=told)
            )
    return beats


def _turns(cut: Cut, arc: EmotionArc, evidence: ArcEvidence, perception: Perception | None) -> list[StoryBeat]:
    """Return where the feeling of what follows differs most from that of what was before."""
    from scipy.ndimage import maximum_filter1d

    window = max(2, int(_TURN_WINDOW_S / arc.hop_s))
    curves = {"valence": arc.valence, "arousal": arc.arousal, "tension": arc.tension * 1.5}
    if len(arc.valence) < 2 * window:
        return []
    steps = {name: _step(curve.astype(np.float64), window) for name, curve in curves.items()}
    size = np.sqrt(np.sum([step**2 for step in steps.values()], axis=0))
    is_highest = size == maximum_filter1d(size, 2 * int(_TURNS_APART_S / arc.hop_s / 2) + 1)
    peaks = np.flatnonzero(is_highest & (size >= _TURN_LEAST))
    beats = []
    for peak in peaks.tolist():
        dimension = max(steps, key=lambda name: abs(steps[name][peak]))
        is_up = bool(steps[dimension][peak] > 0)
        told = _who(evidence, DIMENSIONS.index(dimension), peak, window, is_up) or _wish(cut, peak * arc.hop_s)
        if told == _SPOKEN["eyes"] and perception is not None:
            told += _which_shot(perception, peak, window, arc.hop_s)
        weight = min(1.0, 0.3 + float(size[peak]))
        beats.append(
            StoryBeat(
                kind="turn",
                time_s=peak * arc.hop_s,
                weight=round(weight, 3),
                evidence=(f"{told} {_RISES[dimension][0 if is_up else 1]}",),
            )
        )
    return beats


def _step(curve: Curve, window: int) -> Curve:
    """Return the mean of the window after each hop less that of the window before."""
    sums = np.concatenate(([0.0], np.cumsum(np.pad(curve, window, mode="edge"))))
    middle = np.arange(len(curve)) + window
    return np.asarray((sums[middle + window] - 2 * sums[middle] + sums[middle - window]) / window)


def _who(evidence: ArcEvidence, dimension: int, hop: int, window: int, is_up: bool) -> str:
    """Return which modality changed most in that direction there; "" where the editor's wish did."""
    before, after = slice(max(0, hop - window), hop + 1), slice(hop, hop + window)
    sign = 1 if is_up else -1
    changes = {
        _SPOKEN[name]: sign * float((share[dimension] * evidence.opinions.estimates[name][dimension])[after].mean())
        - sign * float((share[dimension] * evidence.opinions.estimates[name][dimension])[before].mean())
        for name, share in evidence.opinions.shares.items()
    }
    editor = evidence.editor[dimension]
    changes[""] = sign * float(editor[after].mean() - editor[before].mean())
    return max(changes, key=lambda name: changes[name])


def _which_shot(perception: Perception, hop: int, window: int, hop_s: float) -> str:
    """Return which shot is felt most strongly in the window after a turn, and how it feels; "" where none is."""
    sight, start_s, end_s = perception.sight, hop * hop_s, (hop + window) * hop_s
    shots = [] if sight is None else [shot for shot in sight.shots if shot.start_s < end_s and shot.end_s > start_s]
    if not shots:
        return ""

    def felt(shot: SeenShot) -> float:
        length_s = min(shot.end_s, end_s) - max(shot.start_s, start_s)
        return length_s * shot.confidence * max(abs(shot.valence), abs(shot.arousal), abs(shot.tension))

    shot = max(shots, key=felt)
    return f" ({shot.name}: {shot.likeliest('emotion')[0]})"


def _wish(cut: Cut, moment_s: float) -> str:
    """Return the marker that changed the arc there, or the brief."""
    near = [(abs(float(frames_to_seconds(m.frame, cut.rate)) - moment_s), m.name or m.note) for m in cut.markers]
    distance_s, name = min(near, default=(np.inf, ""))
    return f"marker {name!r}:" if name and distance_s <= _TURN_WINDOW_S else "as the brief wishes, it"


def _climax(cut: Cut, arc: EmotionArc, marker_table: MarkerTable) -> list[StoryBeat]:
    """Return the top of the story, with the rise to it and the fall after it."""
    from scipy.ndimage import gaussian_filter1d

    height = gaussian_filter1d(0.6 * arc.arousal.astype(np.float64) + 0.8 * arc.tension, 2.0 / arc.hop_s)
    if float(height.max() - height.min()) < 0.12:
        return []
    late = 0.85 + 0.15 * np.linspace(0, 1, len(height)) ** 0.5  # of two equal tops the later one
    top = int(np.argmax((height - height.min()) * late))
    top_s, told = top * arc.hop_s, [f"arousal {arc.arousal[top]:+.2f} and tension {arc.tension[top]:.2f} are highest"]
    near = [
        (abs(float(frames_to_seconds(marker.frame, cut.rate)) - top_s), marker)
        for marker in cut.markers
        if read_marker(marker, marker_table).kind not in (HitKind.SILENCE, HitKind.OUT)
    ]
    distance_s, marker = min(near, key=lambda pair: pair[0], default=(np.inf, None))
    if marker is not None and distance_s <= _SAME_S:
        top_s = float(frames_to_seconds(marker.frame, cut.rate))
        told.append(f"marker {marker.name or marker.note or marker.color!r}")
    reach = int(_SLOPE_S / arc.hop_s)
    beats = [StoryBeat(kind="climax", time_s=top_s, weight=1.0, evidence=tuple(told))]
    before = height[max(0, top - reach) : top + 1]
    start = max(0, top - reach) + int(np.argmin(before))
    if (top - start) * arc.hop_s >= _SHORTEST_S:
        told_rise = f"it rises for {(top - start) * arc.hop_s:.0f} s"
        beats.append(StoryBeat(kind="rising", time_s=start * arc.hop_s, weight=0.5, evidence=(told_rise,)))
    after = height[top : top + reach]
    if (len(after) - 1) * arc.hop_s >= _SHORTEST_S and float(after[0] - after.min()) > 0.1:
        beats.append(
            StoryBeat(kind="falling", time_s=top_s + arc.hop_s, weight=0.4, evidence=("after the climax it lets go",))
        )
    return beats


def _told(lines: Sequence[ToldLine]) -> list[StoryBeat]:
    """Return what the words tell outright."""
    return [
        StoryBeat(
            kind=_BEAT_OF_CUE[cue.kind],
            time_s=line.start_s,
            weight=round(min(1.0, cue.weight * (0.6 + 0.4 * line.confidence)), 3),
            evidence=(_quoted(line.text),),
        )
        for line in lines
        for cue in line.cues
        if cue.kind in _BEAT_OF_CUE
    ]


def _entrances(lines: Sequence[ToldLine]) -> list[StoryBeat]:
    """Return where each speaker is heard first."""
    beats, known = [], set()
    for line in lines:
        if line.speaker and line.speaker not in known:
            known.add(line.speaker)
            told = (f"{line.speaker} speaks for the first time: {_quoted(line.text)}",)
            beats.append(StoryBeat(kind="entrance", time_s=line.start_s, weight=0.35, evidence=told))
    return beats


def _looks(perception: Perception | None) -> list[StoryBeat]:
    """Return close-ups of a face after long without one."""
    if perception is None:
        return []
    picture = perception.picture
    close = np.flatnonzero(np.nan_to_num(picture.face_share) > _LOOK_SHARE)
    beats = []
    last_s = -_LOOK_AFTER_S
    for hop in close.tolist():
        moment_s = hop * picture.hop_s
        if moment_s - last_s >= _LOOK_AFTER_S:
            beats.append(StoryBeat(kind="look", time_s=moment_s, weight=0.3, evidence=("a close-up of a face",)))
        last_s = moment_s
    return beats


def _linked(beats: Sequence[StoryBeat]) -> tuple[StoryBeat, ...]:
    """Return the beats with what each leads to."""
    places = {beat.kind: place for place, beat in enumerate(beats) if beat.kind in ("climax", "falling")}
    linked = []
    for place, beat in enumerate(beats):
        leads: tuple[int, ...] = ()
        if beat.kind == "climax" and "falling" in places:
            leads = (places["falling"],)
        elif beat.kind == "rising" and "climax" in places:
            leads = (places["climax"],)
        elif beat.kind in ("threat", "reveal", "death", "entrance", "establishing", "turn", "love", "farewell"):
            wanted = ("turn", "rising", "climax")
            leads = tuple(n for n in range(place + 1, len(beats)) if beats[n].kind in wanted)[:1]
        linked.append(replace(beat, leads_to=leads))
    return tuple(linked)


def _quoted(text: str) -> str:
    flat = " ".join(text.split())
    return f"\u2018{flat if len(flat) <= _QUOTE_LETTERS else flat[: _QUOTE_LETTERS - 1] + '…'}\u2019"
