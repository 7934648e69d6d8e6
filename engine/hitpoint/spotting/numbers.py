"""Cue numbers that survive a recut: a known cue keeps its number, an inserted one gets a letter, none is used again.

1m1 is reel 1, music 1; a cue inserted between 1m04 and 1m05 is 1m04a (the film music convention, field.md §4).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hitpoint.model.cut import Cut
from hitpoint.model.time import FrameSpan

#: A cue is recognised when this share of what it covered is in the new one, or the other way round.
_SAME_CUE = 0.4
_NUMBER = re.compile(r"^(\d+)m(\d+)([a-z]*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCue:
    """A cue of an earlier scoring: `identity` names the marker that opened it and the pictures under it."""

    number: str
    title: str
    identity: tuple[str, ...]


def identity_of(cut: Cut, span: FrameSpan, opening_name: str) -> tuple[str, ...]:
    """Return what a cue covers in words that a recut does not change: its marker's name, shots by name and source."""
    names = [f"marker {opening_name}"] if opening_name else []
    for shot in cut.shots:
        if shot.span.start_frame < span.end_frame and shot.span.end_frame > span.start_frame:
            source = f" @{float(shot.media.source_start_s):.2f}" if shot.media else ""
            names.append(f"{shot.name}{source}")
    return tuple(dict.fromkeys(names))


def number_cues(
    identities: Sequence[tuple[str, ...]], known: Sequence[KnownCue], *, reel_number: int
) -> tuple[str, ...]:
    """Return a number for each new cue, in order."""
    kept = _recognise(identities, known)
    used = {cue.number for cue in known}
    last_plain = max((int(m[2]) for cue in known if (m := _NUMBER.match(cue.number))), default=0)
    width = max((len(m[2]) for cue in known if (m := _NUMBER.match(cue.number))), default=1)
    numbers: list[str] = []
    for index, number in enumerate(kept):
        if number is None:
            later = any(other is not None for other in kept[index + 1 :])
            if later:
                base = _plain(numbers[-1]) if numbers else f"{reel_number}m{0:0{width}d}"
                number = next(base + letters for letters in _letters() if base + letters not in used)
            else:
                last_plain += 1
                number = f"{reel_number}m{last_plain:0{width}d}"
            used.add(number)
        numbers.append(number)
    return tuple(numbers)


def _recognise(identities: Sequence[tuple[str, ...]], known: Sequence[KnownCue]) -> list[str | None]:
    """Return for each cue the known number it should keep; the best matches first, each number once."""
    pairs = []
    for index, identity in enumerate(identities):
        mine = set(identity)
        for cue in known:
            theirs = set(cue.identity)
            if mine and theirs:
                share = len(mine & theirs) / min(len(mine), len(theirs))
                if share >= _SAME_CUE:
                    pairs.append((share, -index, cue.number))
    kept: list[str | None] = [None] * len(identities)
    for _, negative_index, number in sorted(pairs, reverse=True):
        if kept[-negative_index] is None and number not in kept:
            kept[-negative_index] = number
    return kept


def _plain(number: str) -> str:
    return number.rstrip("abcdefghijklmnopqrstuvwxyz") if _NUMBER.match(number) else number


def _letters() -> list[str]:
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return [*alphabet, *(a + b for a in alphabet for b in alphabet)]
