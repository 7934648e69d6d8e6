"""Finds the data in resources/ (palettes, instruments, marker words, the demo) and the user's own tables."""

from __future__ import annotations

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from hitpoint.model.errors import SettingError
from hitpoint.model.music import STEM_NAMES, Instrument, Palette

_PACKAGED = Path(__file__).parent / "_resources"  # in a wheel
_CHECKOUT = Path(__file__).resolve().parents[2] / "resources"  # in a checkout


def resources_folder() -> Path:
    """Return the folder that holds Hitpoint's data; HITPOINT_RESOURCES overrides it."""
    override = os.environ.get("HITPOINT_RESOURCES")
    if override:
        return Path(override)
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def user_config_folder() -> Path:
    """Return the folder for the user's own tables (markers.toml, palettes/): HITPOINT_CONFIG or the system's place."""
    import platformdirs

    override = os.environ.get("HITPOINT_CONFIG")
    return Path(override) if override else platformdirs.user_config_path("hitpoint", appauthor=False)


def cache_folder() -> Path:
    """Return the folder for what can be made again (attack tables, SoundFont subsets); HITPOINT_CACHE overrides it."""
    import platformdirs

    override = os.environ.get("HITPOINT_CACHE")
    folder = Path(override) if override else platformdirs.user_cache_path("hitpoint", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def load_toml(path: Path) -> dict[str, Any]:
    """Read one table; a syntax error or a wrong encoding is a `SettingError` that names file and place."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingError(f"{path} is missing; reinstall Hitpoint or give another table") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path} is not a valid TOML table: {error}; mend or remove it") from error


@cache
def load_instruments() -> dict[str, Instrument]:
    """Return all instruments of resources/instruments.toml by id, checked."""
    path = resources_folder() / "instruments.toml"
    instruments: dict[str, Instrument] = {}
    for instrument_id, row in load_toml(path).items():
        articulations = {name: (int(p[0]), int(p[1])) for name, p in row.pop("articulations", {}).items()}
        try:
            instrument = Instrument(id=instrument_id, articulations=articulations, **row)
        except TypeError as error:
            raise SettingError(f"{path}: [{instrument_id}] has a missing or unknown line ({error})") from error
        if instrument.stem not in STEM_NAMES:
            raise SettingError(
                f"{path}: [{instrument_id}] stem {instrument.stem!r} is not one of {', '.join(STEM_NAMES)}"
            )
        instruments[instrument_id] = instrument
    return instruments


@cache
def load_palettes() -> dict[str, Palette]:
    """Return all palettes by id: ours from resources/palettes, and the user's own, which may replace ours."""
    palettes: dict[str, Palette] = {}
    for folder in (resources_folder() / "palettes", user_config_folder() / "palettes"):
        for path in sorted(folder.glob("*.toml")):
            row = load_toml(path)
            try:
                low, high = row.pop("tempo_range_bpm")
                palettes[path.stem] = Palette(
                    id=path.stem,
                    name=str(row.pop("name")),
                    description=str(row.pop("description")),
                    words=tuple(str(word) for word in row.pop("words")),
                    tempo_range_bpm=(float(low), float(high)),
                    tonics=tuple(str(tonic) for tonic in row.pop("tonics")),
                    valence=float(row.pop("valence")),
                    arousal=float(row.pop("arousal")),
                    tables=row,
                )
            except (KeyError, TypeError, ValueError) as error:
                raise SettingError(f"{path}: a line is missing or has the wrong form ({error})") from error
    if not palettes:
        raise SettingError(f"no palettes in {resources_folder() / 'palettes'}; reinstall Hitpoint")
    return palettes
