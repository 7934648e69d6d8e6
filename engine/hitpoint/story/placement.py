"""Where the screenplay lies in record time: its dialogue where it is spoken, its action in the silences between."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hitpoint.model.cut import Subtitle
from hitpoint.story.alignment import FoundLine, align_dialogue, said_words
from hitpoint.story.mood import words_of
from hitpoint.story.screenplay import Scene, Screenplay, ScriptLine

#: With less agreement the script is another film's. Scripts of other films come to 0 to 0.11, Elephants Dream's own
#: with a fifth of its lines changed to 0.93 (benchmarks/alignment.py).
LEAST_AGREEMENT = 0.2
#: Where nothing bounds them, lines last as long as on the page: about 180 words, a minute of film.
_WORDS_PER_S = 3.0
#: Every line of action takes this many words' time beside its own: what is short to tell is not short to see. Between
#: 2 and 12 the mean error changes by a tenth (benchmarks/alignment.py).
_LINE_WORDS = 6
#: Where a film begins or ends with action, it fills the time up to the dialogue if that is not longer than this many
#: times what it takes to read.
_FILLS_TIMES = 4.0
#: Lines that ask for more than this many times the silence, and some seconds, are not there.
_ROOM_TIMES, _ROOM_S = 4.0, 8.0
#: Where a line is missing, something is said in its place if this share of its words is heard there.
_INSTEAD_SHARE = 0.5
#: A missing line of so few words is one that was not recognised.
_FEW_WORDS = 2
#: Silences shorter than this are breaths, in which nothing is shown.
_SHORTEST_SILENCE_S = 0.3
#: A scene starts on a cut that is this near.
_SNAP_S = 4.0
#: Subtitles begin this little before their cut.
_CUT_SLACK_S = 0.5
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
    subtitles = [line for line in subtitles if line.start_s < duration_s and line.end_s > 0]
    alignment = align_dialogue(lines, subtitles)
    if alignment.agreement < LEAST_AGREEMENT:
        missing = tuple(line for line in lines if _is_said(line))
        return Placement(lines=(), missing=missing, missing_scenes=screenplay.scenes, agreement=alignment.agreement)
    gone = _missing_scenes(screenplay, alignment.found)
    is_gone = {index for scene in gone for index in range(scene.first_line, scene.last_line + 1)}
    placed: dict[int, PlacedLine] = {
        index: PlacedLine(
            line=lines[index],
            start_s=found.start_s,
            end_s=max(found.start_s, min(duration_s, found.end_s)),
            confidence=found.confidence,
            is_moved=found.is_moved,
        )
        for index, found in alignment.found.items()
    }
    room = _Room(
        lines=lines,
        found=alignment.found,
        unexplained_s=alignment.unexplained_s,
        silences=_silences(subtitles, duration_s),
        cuts_s=sorted(cuts_s),
        duration_s=duration_s,
    )
    moved = [scene for scene in screenplay.scenes if _is_moved(scene, alignment.found)]
    elsewhere = is_gone | {index for scene in moved for index in range(scene.first_line, scene.last_line + 1)}
    anchors = [index for index in sorted(alignment.found) if not alignment.found[index].is_moved]
    taken_s = sorted(_span_s(scene, alignment.found) for scene in moved)
    for before, after in pairwise([-1, *anchors, len(lines)]):
        between = [index for index in range(before + 1, after) if index not in elsewhere]
        start_s = alignment.found[before].end_s if before >= 0 else None
        end_s = alignment.found[after].start_s if after < len(lines) else None
        for part, low_s, high_s in _around(lines, between, start_s, end_s, taken_s):
            placed |= _place_between(room, part, low_s, high_s, floor_s=0.0, ceiling_s=duration_s)
    ends_s = [0.0, *sorted(found.end_s for found in alignment.found.values())]
    starts_s = [*sorted(found.start_s for found in alignment.found.values()), duration_s]
    for scene in moved:
        own = [i for i in range(scene.first_line, scene.last_line + 1) if i in alignment.found]
        first_s, last_s = alignment.found[own[0]].start_s, alignment.found[own[-1]].end_s
        floor_s = ends_s[bisect.bisect_right(ends_s, first_s) - 1]
        ceiling_s = starts_s[min(len(starts_s) - 1, bisect.bisect_left(starts_s, last_s))]
        for before, after in pairwise([scene.first_line - 1, *own, scene.last_line + 1]):
            low_s = alignment.found[before].end_s if before in own else None
            high_s = alignment.found[after].start_s if after in own else None
            part = list(range(before + 1, after))
            for index, line in _place_between(room, part, low_s, high_s, floor_s=floor_s, ceiling_s=ceiling_s).items():
                placed[index] = replace(line, is_moved=True)
    ordered = sorted(placed, key=lambda index: (placed[index].start_s, index))
    missing = tuple(line for index, line in enumerate(lines) if _is_said(line) and index not in alignment.found)
    return Placement(
        lines=tuple(placed[index] for index in ordered),
        missing=missing,
        scenes=_scenes(screenplay, placed, gone, moved, room),
        missing_scenes=gone,
        agreement=alignment.agreement,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    """What decides where action lies between lines of dialogue."""

    lines: Sequence[ScriptLine]
    found: Mapping[int, FoundLine]
    unexplained_s: Sequence[float]
    silences: Sequence[tuple[float, float]]
    cuts_s: Sequence[float]
    duration_s: float


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


def _is_moved(scene: Scene, found: Mapping[int, FoundLine]) -> bool:
    """Return whether a scene stands as a whole somewhere else in the cut."""
    own = [found[index] for index in range(scene.first_line, scene.last_line + 1) if index in found]
    return (
        bool(own)
        and all(line.is_moved for line in own)
        and all(before.end_s <= after.start_s + 1.0 for before, after in pairwise(own))
    )


def _span_s(scene: Scene, found: Mapping[int, FoundLine]) -> tuple[float, float]:
    own = [found[index] for index in range(scene.first_line, scene.last_line + 1) if index in found]
    return min(line.start_s for line in own), max(line.end_s for line in own)


def _around(
    lines: Sequence[ScriptLine],
    between: Sequence[int],
    start_s: float | None,
    end_s: float | None,
    taken_s: Sequence[tuple[float, float]],
) -> list[tuple[Sequence[int], float | None, float | None]]:
    """Return lines between two seconds in two parts where scenes from elsewhere lie between: before and after them."""
    low_s, high_s = start_s or 0.0, float("inf") if end_s is None else end_s
    inside = [span for span in taken_s[bisect.bisect_left(taken_s, (low_s, 0.0)) :] if span[1] <= high_s]
    inside = [span for span in inside if span[0] < high_s]
    if not inside or start_s is None or end_s is None:
        return [(between, start_s, end_s)]
    heading = next((place for place, index in enumerate(between) if lines[index].kind == "heading"), None)
    if heading is None:
        return [(between, start_s, end_s)]
    return [(between[:heading], start_s, inside[0][0]), (between[heading:], inside[-1][1], end_s)]


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
    room: _Room,
    between: Sequence[int],
    start_s: float | None,
    end_s: float | None,
    *,
    floor_s: float,
    ceiling_s: float,
) -> dict[int, PlacedLine]:
    """Share the silence between two record seconds among the lines of a script that stand there.

    None is no found line on that side: there may be silence up to `floor_s` or `ceiling_s`. Where dialogue is missing
    among the lines, nobody knows whether what is described beside it is in the cut, unless something else is said
    there instead.
    """
    indices = [index for index in between if room.lines[index].kind != "dialogue"]
    if not indices or (start_s is None and end_s is None):
        return {}
    asked_s = sum(_weight(room.lines[index]) for index in indices) / _WORDS_PER_S
    is_open = start_s is None or end_s is None
    fills_s = _FILLS_TIMES * max(asked_s, 1.0)
    if start_s is None:
        assert end_s is not None
        start_s = floor_s if end_s - floor_s <= fills_s else end_s - asked_s
    elif end_s is None:
        end_s = ceiling_s if ceiling_s - start_s <= fills_s else min(ceiling_s, start_s + asked_s)
    assert end_s is not None
    end_s = max(start_s, end_s)
    missing = sum(
        len(said_words(room.lines[index].text))
        for index in between
        if room.lines[index].kind == "dialogue" and index not in room.found
    )
    if missing > _FEW_WORDS:
        first, after = (bisect.bisect_left(room.unexplained_s, at_s) for at_s in (start_s, end_s))
        if after - first < _INSTEAD_SHARE * missing:
            return {}
    free_s = sum(end - start for start, end in _inside(room.silences, start_s, end_s))
    if asked_s > _ROOM_TIMES * free_s + _ROOM_S:
        return {}
    confidence = _CONFIDENCE_BESIDE if is_open or missing > _FEW_WORDS else _CONFIDENCE_BETWEEN
    return _shared(room, indices, start_s, end_s, confidence)


def _shared(
    room: _Room, indices: Sequence[int], start_s: float, end_s: float, confidence: float
) -> dict[int, PlacedLine]:
    """Share the silence by the words of the lines; a heading goes to a cut near it, and parts what is around it."""
    free = _inside(room.silences, start_s, end_s) or [(start_s, end_s)]
    total_s = sum(end - start for start, end in free)
    weights = [_weight(room.lines[index]) for index in indices]
    whole = sum(weights) or 1.0
    placed: dict[int, PlacedLine] = {}
    done = 0.0
    for place, (index, weight) in enumerate(zip(indices, weights, strict=True)):
        first_s, last_s = (_along(free, total_s * share / whole) for share in (done, done + weight))
        if room.lines[index].kind == "heading":
            if not sum(weights):
                first_s = (start_s + end_s) / 2  # nothing says where between two lines the scene changes
            reach_s = _SNAP_S if sum(weights) else max(_SNAP_S, (end_s - start_s) / 2)
            cut_s = _nearest(room.cuts_s, first_s, start_s - _CUT_SLACK_S, end_s + _CUT_SLACK_S, reach_s=reach_s)
            if cut_s is not None and first_s > 0:
                # Both sides have their share of their own silence.
                border_s = min(max(cut_s, start_s), end_s)
                return (
                    _shared(room, indices[:place], start_s, border_s, confidence)
                    | {index: _placed(room, index, cut_s, cut_s, confidence)}
                    | _shared(room, indices[place + 1 :], border_s, end_s, confidence)
                )
            last_s = first_s
        elif weight == 0.0:
            last_s = first_s
        placed[index] = _placed(room, index, first_s, last_s, confidence)
        done += weight
    return placed


def _placed(room: _Room, index: int, start_s: float, end_s: float, confidence: float) -> PlacedLine:
    return PlacedLine(line=room.lines[index], start_s=start_s, end_s=max(start_s, end_s), confidence=confidence)


def _nearest(
    cuts_s: Sequence[float], wanted_s: float, low_s: float, high_s: float, *, reach_s: float = _SNAP_S
) -> float | None:
    """Return the cut nearest to a second that is no more than `reach_s` away, and within bounds."""
    at = bisect.bisect_left(cuts_s, wanted_s)
    near = [cut_s for cut_s in cuts_s[max(0, at - 1) : at + 1] if low_s <= cut_s <= high_s]
    return min(
        (cut_s for cut_s in near if abs(cut_s - wanted_s) <= reach_s), key=lambda s: abs(s - wanted_s), default=None
    )


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
    moved: Sequence[Scene],
    room: _Room,
) -> tuple[PlacedScene, ...]:
    """Return the scenes of which something is in the cut; each starts on a cut near it and ends with the next."""
    present = []
    missing, elsewhere = {scene.index for scene in gone}, {scene.index for scene in moved}
    for scene in screenplay.scenes:
        if scene.index in missing:
            continue
        own = range(scene.first_line, scene.last_line + 1)
        told = [i for i in own if i in placed and (scene.index in elsewhere or not placed[i].is_moved)]
        if told:
            wanted = sum(screenplay.lines[index].kind in ("action", "dialogue") for index in own)
            share = sum(screenplay.lines[index].kind in ("action", "dialogue") for index in told) / max(1, wanted)
            first_s, last_s = min(placed[i].start_s for i in told), max(placed[i].end_s for i in told)
            spoken_s = min((placed[i].start_s for i in told if room.lines[i].kind == "dialogue"), default=first_s)
            present.append((first_s, last_s, max(first_s, spoken_s), scene, min(1.0, share)))
    present.sort(key=lambda row: row[0])
    starts_s = []
    low_s = 0.0
    for start_s, last_s, spoken_s, _, _ in present:
        cut_s = _nearest(room.cuts_s, start_s, low_s - _CUT_SLACK_S, spoken_s + _CUT_SLACK_S)
        starts_s.append(start_s if cut_s is None or start_s <= 0 else cut_s)
        low_s = last_s
    ends_s = [*starts_s[1:], room.duration_s][: len(present)]
    return tuple(
        PlacedScene(scene=scene, start_s=start_s, end_s=max(start_s, next_s), confidence=round(share, 3))
        for (_, _, _, scene, share), start_s, next_s in zip(present, starts_s, ends_s, strict=True)
    )
