"""Where the screenplay lies in record time: its dialogue where it is spoken, its action in the silences between."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hitpoint.model.cut import Subtitle
from hitpoint.story.alignment import FoundLine, align_dialogue, said_words
from hitpoint.story.mood import words_of
from hitpoint.story.screenplay import Scene, Screenplay, ScriptLine

#: With less agreement the script is another film's. Scripts of other films come to 0.02 to 0.11, Elephants Dream's own
#: with a third of its lines changed to 0.8 (benchmarks/alignment.py).
LEAST_AGREEMENT = 0.2
#: Where nothing bounds them, lines last as long as on the page: about 180 words, a minute of film.
_WORDS_PER_S = 3.0
#: Every line of action takes this many words' time beside its own.
_LINE_WORDS = 2
#: Where a film begins or ends with action, it fills the time up to the dialogue if that is not longer than this many
#: times what it takes to read.
_FILLS_TIMES = 4.0
#: Lines next to missing ones are there if they are read in no more than this many times the silence.
_ROOM_TIMES = 2.5
#: Silences shorter than this are breaths, in which nothing is shown.
_SHORTEST_SILENCE_S = 0.3
#: A scene starts on a cut that is this near.
_SNAP_S = 4.0
_CONFIDENCE_BETWEEN, _CONFIDENCE_BESIDE = 0.8, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLine:
    """A script line with the record seconds it covers (none, for a heading between two lines that touch).

    `confidence` 0..1: the share of words found, for dialogue; how well it is enclosed, for action. `is_moved`: the line
    is spoken at another place than the script says.
    """

    line: ScriptLine
    start_s: float
    end_s: float
    confidence: float = 1.0
    is_moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedScene:
    """A scene of the screenplay with the record seconds it covers; `confidence` 0..1 is the share of lines found."""

    scene: Scene
    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What of a script is in the cut.

    Attributes
    ----------
    lines : in order of record time
    scenes : in order of record time
    missing : the dialogue that no subtitle speaks
    missing_scenes : scenes that have dialogue, none of which is spoken
    agreement : float, 0..1
        How much of the script's dialogue, or of the subtitles, was matched; below `LEAST_AGREEMENT` nothing is placed.
    """

    lines: tuple[PlacedLine, ...]
    missing: tuple[ScriptLine, ...]
    scenes: tuple[PlacedScene, ...] = ()
    missing_scenes: tuple[Scene, ...] = ()
    agreement: float = 0.0


def place_screenplay(
    screenplay: Screenplay, subtitles: Sequence[Subtitle], *, duration_s: float, cuts_s: Sequence[float] = ()
) -> Placement:
    """Place a script on a cut of `duration_s` seconds by its dialogue; `cuts_s` are cuts that scenes may start on.

    Dialogue that is not found gets no time. Action lines lie in the silences between the lines of dialogue on either
    side of them, in order, as long as their words ask for; those that have no found dialogue beside them, and those of
    scenes that are not in the cut, get no time either. Without subtitles, or with those of another film, nothing is
    placed.
    """
    lines = screenplay.lines
    alignment = align_dialogue(lines, subtitles)
    if alignment.agreement < LEAST_AGREEMENT:
        missing = tuple(line for line in lines if _is_said(line))
        return Placement(lines=(), missing=missing, missing_scenes=screenplay.scenes, agreement=alignment.agreement)
    gone = _missing_scenes(screenplay, alignment.found)
    is_gone = {index for scene in gone for index in range(scene.first_line, scene.last_line + 1)}
    silences = _silences(subtitles, duration_s)
    placed: dict[int, PlacedLine] = {
        index: PlacedLine(
            line=lines[index],
            start_s=found.start_s,
            end_s=found.end_s,
            confidence=found.confidence,
            is_moved=found.is_moved,
        )
        for index, found in alignment.found.items()
    }
    anchors = [index for index in sorted(alignment.found) if not alignment.found[index].is_moved]
    for before, after in pairwise([-1, *anchors, len(lines)]):
        start_s = alignment.found[before].end_s if before >= 0 else None
        end_s = alignment.found[after].start_s if after < len(lines) else None
        between = [
            index for index in range(before + 1, after) if index not in is_gone and lines[index].kind != "dialogue"
        ]
        near = _beside_dialogue(lines, between, before, after, is_gone)
        is_sure = len(near) == len(between)
        placed |= _place_between(lines, near, start_s, end_s, duration_s, silences, is_sure=is_sure)
    ordered = sorted(placed, key=lambda index: (placed[index].start_s, index))
    missing = tuple(line for index, line in enumerate(lines) if _is_said(line) and index not in alignment.found)
    return Placement(
        lines=tuple(placed[index] for index in ordered),
        missing=missing,
        scenes=_scenes(screenplay, placed, gone, cuts_s, duration_s),
        missing_scenes=gone,
        agreement=alignment.agreement,
    )


def _is_said(line: ScriptLine) -> bool:
    """Return whether a line is dialogue; "(howling wind)" is not, wherever it stands."""
    return line.kind == "dialogue" and bool(said_words(line.text))


def _missing_scenes(screenplay: Screenplay, found: Mapping[int, FoundLine]) -> tuple[Scene, ...]:
    """Return the scenes that have dialogue, none of which is in the cut."""
    gone = []
    for scene in screenplay.scenes:
        spoken = [i for i in range(scene.first_line, scene.last_line + 1) if _is_said(screenplay.lines[i])]
        if spoken and not any(index in found for index in spoken):
            gone.append(scene)
    return tuple(gone)


def _beside_dialogue(
    lines: Sequence[ScriptLine], between: Sequence[int], before: int, after: int, is_gone: set[int]
) -> list[int]:
    """Return those lines that reach a found line of dialogue (or an end of the script) without a missing one between.

    Where dialogue is missing on both sides, nobody knows whether what is described there is in the cut.
    """
    silent = [index for index in range(before + 1, after) if _is_said(lines[index]) or index in is_gone]
    if not silent:
        return list(between)
    first, last = silent[0], silent[-1]
    return [index for index in between if (index < first and before >= 0) or (index > last and after < len(lines))]


def _silences(subtitles: Sequence[Subtitle], duration_s: float) -> list[tuple[float, float]]:
    """Return the stretches of the cut in which nobody speaks."""
    silences: list[tuple[float, float]] = []
    end_s = 0.0
    for line in sorted(subtitles, key=lambda line: line.start_s):
        if float(line.start_s) - end_s >= _SHORTEST_SILENCE_S:
            silences.append((end_s, float(line.start_s)))
        end_s = max(end_s, float(line.end_s))
    if duration_s - end_s >= _SHORTEST_SILENCE_S:
        silences.append((end_s, duration_s))
    return silences


def _place_between(
    lines: Sequence[ScriptLine],
    indices: Sequence[int],
    start_s: float | None,
    end_s: float | None,
    duration_s: float,
    silences: Sequence[tuple[float, float]],
    *,
    is_sure: bool,
) -> dict[int, PlacedLine]:
    """Share the silence between two record seconds (None: the cut's ends) among lines, by their words.

    Where some of what the script has there is missing (not `is_sure`), lines that there is no room for are missing too.
    """
    if not indices:
        return {}
    weights = [_weight(lines[index]) for index in indices]
    asked_s = sum(weights) / _WORDS_PER_S
    confidence = _CONFIDENCE_BETWEEN
    if start_s is None or end_s is None:
        confidence = _CONFIDENCE_BESIDE
        fills_s = _FILLS_TIMES * max(asked_s, 1.0)
        if start_s is None and end_s is None:
            return {}
        if start_s is None:
            assert end_s is not None
            start_s = 0.0 if end_s <= fills_s else end_s - asked_s
        elif end_s is None:
            end_s = duration_s if duration_s - start_s <= fills_s else min(duration_s, start_s + asked_s)
    assert end_s is not None
    free = _inside(silences, start_s, max(start_s, end_s)) or [(start_s, max(start_s, end_s))]
    total_s = sum(end - start for start, end in free)
    if not is_sure:
        confidence = _CONFIDENCE_BESIDE
        if asked_s > _ROOM_TIMES * total_s + 1.0:
            return {}
    placed = {}
    done = 0.0
    whole = sum(weights) or 1.0
    for index, weight in zip(indices, weights, strict=True):
        first_s, last_s = (_along(free, total_s * share / whole) for share in (done, done + weight))
        if weight == 0.0:
            last_s = first_s
        placed[index] = PlacedLine(
            line=lines[index], start_s=first_s, end_s=max(first_s, last_s), confidence=confidence
        )
        done += weight
    return placed


def _inside(silences: Sequence[tuple[float, float]], start_s: float, end_s: float) -> list[tuple[float, float]]:
    first = max(0, bisect.bisect_right(silences, (start_s, float("inf"))) - 1)
    found = []
    for silence in silences[first:]:
        if silence[0] >= end_s:
            break
        start, end = max(start_s, silence[0]), min(end_s, silence[1])
        if end > start:
            found.append((start, end))
    return found


def _along(free: Sequence[tuple[float, float]], passed_s: float) -> float:
    """Return the record second after so much of the free time."""
    for start_s, end_s in free:
        if passed_s < end_s - start_s:
            return start_s + passed_s
        passed_s -= end_s - start_s
    return free[-1][1]


def _weight(line: ScriptLine) -> float:
    return len(words_of(line.text)) + _LINE_WORDS if line.kind == "action" else 0.0


def _scenes(
    screenplay: Screenplay,
    placed: Mapping[int, PlacedLine],
    gone: Sequence[Scene],
    cuts_s: Sequence[float],
    duration_s: float,
) -> tuple[PlacedScene, ...]:
    """Return the scenes of which something is in the cut; each starts on a cut near it and ends with the next."""
    present = []
    missing = {scene.index for scene in gone}
    for scene in screenplay.scenes:
        if scene.index in missing:
            continue
        own = range(scene.first_line, scene.last_line + 1)
        inside = [placed[index] for index in own if index in placed and not placed[index].is_moved]
        if inside:
            wanted = sum(screenplay.lines[index].kind in ("action", "dialogue") for index in own)
            share = sum(line.line.kind in ("action", "dialogue") for line in inside) / max(1, wanted)
            first = min(inside, key=lambda line: line.start_s)
            present.append((first.start_s, max(line.end_s for line in inside), scene, min(1.0, share)))
    present.sort(key=lambda row: row[0])
    starts_s = []
    for number, (start_s, _, scene, _) in enumerate(present):
        low_s = present[number - 1][1] if number else 0.0
        spoken = [
            placed[index].start_s
            for index in range(scene.first_line, scene.last_line + 1)
            if index in placed and placed[index].line.kind == "dialogue" and not placed[index].is_moved
        ]
        high_s = min(spoken, default=start_s)
        near = [cut_s for cut_s in cuts_s if low_s - 0.5 <= cut_s <= max(high_s, start_s) + 0.5]
        nearest_s = min(near, key=lambda cut_s: abs(cut_s - start_s), default=start_s)
        starts_s.append(nearest_s if abs(nearest_s - start_s) <= _SNAP_S else start_s)
    ends_s = [*starts_s[1:], duration_s][: len(present)]
    return tuple(
        PlacedScene(scene=scene, start_s=start_s, end_s=max(start_s, next_s), confidence=round(share, 3))
        for (_, _, scene, share), start_s, next_s in zip(present, starts_s, ends_s, strict=True)
    )
