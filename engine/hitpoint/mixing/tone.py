"""What each bus sounds like and how the room treats near and far seats: resources/mixing.toml, read and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.music import BUS_NAMES, GENERATED_STEM
from hitpoint.resources import load_toml, resources_folder, user_config_folder

#: What a line may say, lowest and highest.
_LIMITS = {
    "depth": (0.0, 1.0),
    "low_cut_hz": (10.0, 300.0),
    "low_shelf_hz": (20.0, 1000.0),
    "low_shelf_db": (-12.0, 9.0),
    "high_shelf_hz": (1000.0, 16_000.0),
    "high_shelf_db": (-12.0, 6.0),
    "gain_db": (-6.0, 6.0),
    "duck_share": (0.0, 1.0),
    "hall_db": (-60.0, 6.0),
    "air_shelf_hz": (1000.0, 16_000.0),
    "air_at_back_db": (-12.0, 0.0),
    "pre_delay_front_s": (0.001, 0.06),
    "pre_delay_back_s": (0.001, 0.06),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BusTone:
    """The tone of one bus.

    Attributes
    ----------
    depth : float, 0 (front) .. 1 (back)
        Where the bus sits if its renderer does not know (`StemFile.depth`).
    low_cut_hz : float
        Second-order Butterworth high-pass.
    low_shelf_hz, low_shelf_db, high_shelf_hz, high_shelf_db : float
        Shelves; at their frequency they have half of their dB.
    gain_db : float
        Over all of the bus.
    duck_share : float, 0..1
        Share of `MixSettings.duck_db` that this bus takes.
    hall_db : float
        Over the hall that the seat gets: far under 0 for what brings a hall of its own.
    """

    depth: float
    low_cut_hz: float
    low_shelf_hz: float
    low_shelf_db: float
    high_shelf_hz: float
    high_shelf_db: float
    gain_db: float
    duck_share: float
    hall_db: float = 0.0

    def __post_init__(self) -> None:
        _check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTone:
    """What depth does to a sound.

    Attributes
    ----------
    air_shelf_hz, air_at_back_db : float
        High shelf of a seat at depth 1; in front there is none.
    pre_delay_front_s, pre_delay_back_s : float
        From the dry sound to the first reflection, at depth 0 and at depth 1.
    """

    air_shelf_hz: float
    air_at_back_db: float
    pre_delay_front_s: float
    pre_delay_back_s: float

    def __post_init__(self) -> None:
        _check_limits(self)
        if self.pre_delay_front_s < self.pre_delay_back_s:
            raise SettingError(
                f"pre_delay_front_s = {self.pre_delay_front_s:g} must not be shorter than pre_delay_back_s = "
                f"{self.pre_delay_back_s:g}: the walls answer a near player later"
            )

    def air_db(self, depth: float) -> float:
        """Return the high shelf of a seat at a depth 0..1, in dB (<= 0)."""
        return self.air_at_back_db * depth

    def pre_delay_s(self, depth: float) -> float:
        """Return how long after the dry sound of a seat at a depth 0..1 the hall answers."""
        return self.pre_delay_front_s + (self.pre_delay_back_s - self.pre_delay_front_s) * depth


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTable:
    """resources/mixing.toml; `buses` has every one of `BUS_NAMES`."""

    room: RoomTone
    buses: Mapping[str, BusTone]


def load_desk_table(path: Path | None = None) -> DeskTable:
    """Return the desk: `path`, or the user's own (mixing.toml in the configuration folder), or ours.

    Raises `SettingError` in one sentence that names file, table and line.
    """
    own = user_config_folder() / "mixing.toml"
    path = path or (own if own.is_file() else resources_folder() / "mixing.toml")
    table = load_toml(path)
    for name in table:
        if name not in ("room", "buses"):
            raise SettingError(f"{path}: there is no table [{name}]; {did_you_mean(name, ('room', 'buses'))}")
    buses = table.get("buses", {})
    if not isinstance(buses, dict):
        raise SettingError(f"{path}: buses must be tables, such as [buses.strings]")
    for name in buses:
        if name not in BUS_NAMES:
            raise SettingError(f"{path}: [buses.{name}] is no stem; {did_you_mean(name, BUS_NAMES)}")
    if GENERATED_STEM not in buses:  # tables of users are older than it
        ours = load_toml(resources_folder() / "mixing.toml")["buses"]
        buses = {**buses, GENERATED_STEM: ours[GENERATED_STEM]}
    return DeskTable(
        room=_read(RoomTone, table.get("room"), f"{path}: [room]"),
        buses={name: _read(BusTone, buses.get(name), f"{path}: [buses.{name}]") for name in BUS_NAMES},
    )


_Tone = TypeVar("_Tone", BusTone, RoomTone)


def _read(kind: type[_Tone], row: Any, where: str) -> _Tone:
    if not isinstance(row, dict):
        raise SettingError(f"{where} is missing; copy it from Hitpoint's own mixing.toml")
    names = [item.name for item in fields(kind)]
    optional = {item.name for item in fields(kind) if item.default is not MISSING}
    for name in row:
        if name not in names:
            raise SettingError(f"{where} has an unknown line {name!r}; {did_you_mean(name, names)}")
    for name in names:
        if name not in row and name not in optional:
            raise SettingError(f"{where} lacks the line {name!r}")
    try:
        return kind(**row)
    except SettingError as error:
        raise SettingError(f"{where} {error}") from error


def _check_limits(tone: BusTone | RoomTone) -> None:
    for item in fields(tone):
        value = getattr(tone, item.name)
        low, high = _LIMITS[item.name]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or not low <= value <= high:
            raise SettingError(f"{item.name} = {value!r} must be a number in {low:g}..{high:g}")
