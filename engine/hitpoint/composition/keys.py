"""The key plan of a cue: home, what the editor says, and where strong turns move it (music.md §5)."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from hitpoint.composition.form import Form
from hitpoint.composition.moments import Moment
from hitpoint.composition.style import HarmonyStyle, Mood
from hitpoint.model.key import Key, parse_key
from hitpoint.model.spotting import Direction, HitKind


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """The key from each of some beats on, and the editor's mood there."""

    starts: tuple[Fraction, ...]
    keys: tuple[Key, ...]
    tension_shifts: tuple[float, ...]

    def at(self, beats: Fraction) -> tuple[Key, float]:
        """Return the key and what the mood adds to the tension."""
        index = max(0, bisect.bisect_right(self.starts, beats) - 1)
        return self.keys[index], self.tension_shifts[index]


def plan_keys(
    home: Key,
    *,
    style: HarmonyStyle,
    moods: dict[str, Mood],
    form: Form,
    moments: Sequence[Moment],
    directions: Sequence[tuple[Fraction, Direction]],
    rng: np.random.Generator,
) -> KeyPlan:
    """Return the keys of a cue.

    `directions` come with the bar line on which they take effect; an editor's key stays until the next one; without
    one, strong turns move the key by the palette's `turn_shifts`.
    """

    def coloured(tonic: int, is_minor: bool) -> Key:
        return Key(tonic, (style.minor if is_minor else style.major).scale)

    key, shift, is_fixed = coloured(home.tonic, home.is_minor), 0.0, False
    events: list[tuple[Fraction, int, Direction | Moment]] = [(beats, 1, word) for beats, word in directions]
    line = set(form.starts)
    events += [(m.beats, 0, m) for m in moments if m.kind is HitKind.TURN and m.is_strong and m.beats in line]
    starts, keys, shifts = [Fraction(0)], [key], [0.0]
    for beats, _, event in sorted(events, key=lambda e: (e[0], e[1])):
        if isinstance(event, Moment):
            if not is_fixed and style.turn_shifts:
                key = key.moved(int(rng.choice(style.turn_shifts)))
        elif event.kind == "key":
            asked = parse_key(event.value)
            if asked is not None:
                key, is_fixed = coloured(asked.tonic, asked.is_minor), True
        elif event.kind == "mood":
            mood = next((moods[word] for word in event.value.lower().replace(",", " ").split() if word in moods), None)
            if mood is not None:
                shift = mood.tension
                if mood.mode:
                    to_minor = mood.mode == "minor"
                    key = coloured(_relative_tonic(key, to_minor), to_minor)
        else:
            continue
        starts.append(beats)
        keys.append(key)
        shifts.append(shift)
    return KeyPlan(tuple(starts), tuple(keys), tuple(shifts))


def _relative_tonic(key: Key, to_minor: bool) -> int:
    """Return the tonic of the relative key: it shares the scale, so the change is of light, not of place."""
    if key.is_minor == to_minor:
        return key.tonic
    return (key.tonic + (9 if to_minor else 3)) % 12
