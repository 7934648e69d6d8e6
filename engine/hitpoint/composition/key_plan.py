"""The keys of a project's cues, planned together: related from cue to cue, clear of music that is in the scene already.

Neighbouring cues keep a key, step up, or move by a third (music.md §5); beside a song or a temp track a key is chosen
that shares most of its notes. Where an editor asked for a key, it is his.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hitpoint.composition.pitch import Key, parse_key
from hitpoint.model.music import Palette
from hitpoint.model.spotting import Cue
from hitpoint.model.time import FrameRate, frames_to_seconds

#: What a move of the tonic costs, by semitones up: whole tones and thirds are planned moves, a semitone or a tritone is
#: an accident.
_MOVES = (0.2, 1.5, 0.0, 0.0, 0.0, 0.2, 2.0, 0.2, 0.1, 0.1, 0.3, 1.5)
#: The same after a pause of this long, in which keys are forgotten.
_FORGOTTEN_S, _FORGOTTEN_SHARE = 120.0, 0.25
#: What music in the scene costs, by steps in the circle of fifths between the two keys' notes; it counts up to this
#: far from the cue.
_CLASHES = (0.0, 0.0, 0.6, 1.6, 2.4, 3.0, 3.0)
_NEAR_S = 8.0
#: A palette's later keys are liked less: per place.
_LATER_KEY = 0.15
_SHARED_SCALE = {"major": 0, "minor": 3, "dorian": 10, "phrygian": 8, "lydian": 7, "mixolydian": 5}

#: (start, end) record seconds and the key heard there.
HeardKey = tuple[float, float, str]


def plan_cue_keys(
    cues: Sequence[Cue], *, palettes: Mapping[str, Palette], heard: Sequence[HeardKey], rate: FrameRate
) -> tuple[Cue, ...]:
    """Return the cues with keys that go together; only keys that nobody asked for are changed.

    `heard` are stretches of music in the cut's own sound; those without a clear key ("") are passed over.
    """
    if not cues:
        return ()
    options = [_options(cue, palettes) for cue in cues]
    costs = [[_alone(cue, place, key, heard, rate) for place, key in enumerate(keys)] for cue, keys in zip(
        cues, options, strict=True
    )]  # fmt: skip
    best: list[list[tuple[float, int]]] = [[(cost, -1) for cost in costs[0]]]
    for index in range(1, len(cues)):
        pause_s = float(frames_to_seconds(cues[index].span.start_frame - cues[index - 1].span.end_frame, rate))
        share = _FORGOTTEN_SHARE if pause_s > _FORGOTTEN_S else 1.0
        row = []
        for key, cost in zip(options[index], costs[index], strict=True):
            ways = [
                before + share * _move(earlier, key)
                for (before, _), earlier in zip(best[-1], options[index - 1], strict=True)
            ]
            origin = min(range(len(ways)), key=ways.__getitem__)
            row.append((ways[origin] + cost, origin))
        best.append(row)
    place = min(range(len(best[-1])), key=lambda at: best[-1][at][0])
    chosen = []
    for index in range(len(cues) - 1, -1, -1):
        chosen.append(options[index][place])
        place = best[index][place][1]
    return tuple(
        cue if cue.brief.key == key else replace(cue, brief=replace(cue.brief, key=key))
        for cue, key in zip(cues, reversed(chosen), strict=True)
    )


def _options(cue: Cue, palettes: Mapping[str, Palette]) -> list[str]:
    own = parse_key(cue.brief.key)
    if not cue.brief.is_key_open or own is None:
        return [cue.brief.key]
    others = [tonic for tonic in palettes[cue.brief.palette_id].tonics if tonic != cue.brief.key]
    same_mode = [tonic for tonic in others if (key := parse_key(tonic)) is not None and key.is_minor == own.is_minor]
    return [cue.brief.key, *same_mode]


def _alone(cue: Cue, place: int, key: str, heard: Sequence[HeardKey], rate: FrameRate) -> float:
    start_s = float(frames_to_seconds(cue.span.start_frame, rate))
    end_s = float(frames_to_seconds(cue.span.end_frame, rate))
    own = parse_key(key)
    cost = _LATER_KEY * place
    for begin, finish, name in heard:
        other = parse_key(name) if name else None
        if own is not None and other is not None and begin < end_s + _NEAR_S and finish > start_s - _NEAR_S:
            cost += _CLASHES[_fifths_apart(own, other)]
    return cost


def _move(before: str, after: str) -> float:
    first, second = parse_key(before), parse_key(after)
    if first is None or second is None:
        return 0.0
    return _MOVES[(second.tonic - first.tonic) % 12]


def _fifths_apart(first: Key, second: Key) -> int:
    """Return the steps in the circle of fifths between the notes of two keys, 0 (the same notes) .. 6."""
    places = [((key.tonic + _SHARED_SCALE[key.mode]) * 7) % 12 for key in (first, second)]
    apart = (places[0] - places[1]) % 12
    return min(apart, 12 - apart)
