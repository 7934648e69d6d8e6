"""Hits as musical idioms (resources/idioms.toml): approach, moment and aftermath, as values."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from hitpoint.composition.style import GESTURES
from hitpoint.composition.table_reader import TableReader
from hitpoint.model.spotting import HitKind
from hitpoint.resources import load_toml, resources_folder

TEXTURES = ("goes on", "thins", "tremolo", "held", "stops")
EXITS = ("button", "ring-out", "fade", "cut")

#: Where the music stays loud after a hit, what drove it is back sooner: from this planned intensity on its absence
#: shrinks, per unit of intensity, down to the least share.
_LOUD, _SOONER, _LEAST_SHARE = 0.5, 1.2, Fraction(2, 5)


@dataclass(frozen=True, slots=True)
class Shape:
    """What can be heard of an idiom: before level, rises, falls or silent; at strikes, soft or drops; after stays …"""

    before: str
    at: str
    after: str


@dataclass(frozen=True, slots=True)
class Idiom:
    """One way of writing a hit; resources/idioms.toml explains every line."""

    id: str
    kinds: tuple[str, ...]
    exits: tuple[str, ...]
    weight: tuple[float, float]
    tension: tuple[float, float]
    room_beats: float
    in_speech: bool
    likes: float
    likes_as_peak: float
    gestures: tuple[str, ...]
    approach_bars: float
    rise: float
    hole_beats: Fraction
    force: float
    ring: float
    texture: str
    aftermath_bars: float
    drop: float
    shape: Shape


def share_of_aftermath(intensity_after: float) -> Fraction:
    """Return how much of an idiom's aftermath is heard where the music stands at an intensity (0..1) by its end."""
    shrunk = 1.0 - _SOONER * max(0.0, intensity_after - _LOUD)
    return max(_LEAST_SHARE, Fraction(shrunk).limit_denominator(16))


@cache
def load_idioms() -> dict[str, Idiom]:
    """Return all idioms by id, checked; `SettingError` names a wrong line."""
    path = resources_folder() / "idioms.toml"
    return {name: _idiom(name, TableReader(f"{path.name} [{name}]", row)) for name, row in load_toml(path).items()}


def _idiom(name: str, reader: TableReader) -> Idiom:
    approach, moment, aftermath = (reader.table(part) for part in ("approach", "moment", "aftermath"))
    shape = reader.table("shape")
    reader.rows.pop("about", None)
    likes = reader.number("likes", 0, 10)
    idiom = Idiom(
        id=name,
        kinds=reader.words("kinds", tuple(kind.value for kind in HitKind)),
        exits=reader.words("exits", EXITS, ()),
        weight=reader.pair("weight", 0, 1),
        tension=reader.pair("tension", 0, 1, (0.0, 1.0)),
        room_beats=reader.number("room_beats", 0, 64, 0.0),
        in_speech=reader.flag("in_speech"),
        likes=likes,
        likes_as_peak=reader.number("likes_as_peak", 0, 10, likes),
        gestures=approach.words("gestures", GESTURES),
        approach_bars=approach.number("bars", 0, 8),
        rise=approach.number("rise", 0, 3),
        hole_beats=Fraction(approach.fraction("hole_beats", "1/1000")).limit_denominator(24),
        force=moment.number("force", 0, 2),
        ring=moment.number("ring", 0.1, 5),
        texture=aftermath.word("texture", TEXTURES),
        aftermath_bars=aftermath.number("bars", 0, 8),
        drop=aftermath.number("drop", 0, 1),
        shape=Shape(
            before=shape.word("before", ("level", "rises", "falls", "silent")),
            at=shape.word("at", ("strikes", "soft", "drops")),
            after=shape.word("after", ("stays", "falls", "silent")),
        ),
    )
    for table in (approach, moment, aftermath, shape, reader):
        table.finish()
    return idiom
