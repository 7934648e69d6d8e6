"""What people call instruments: ids and names of resources/instruments.toml, stems, and words such as "cello"."""

from __future__ import annotations

from functools import cache

from hitpoint.model.errors import SettingError
from hitpoint.model.music import STEM_NAMES
from hitpoint.resources import load_instruments, load_toml, resources_folder


def instrument_named(text: str) -> str:
    """Return the id of an instrument or the name of a stem that a text means ("Cello": "celli"); "" for none."""
    return _names().get(_plain(text), "")


def instrument_choices() -> tuple[str, ...]:
    """Return all ids of instruments and names of stems."""
    return (*STEM_NAMES, *load_instruments())


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("-", " ").replace("_", " ").split())


@cache
def _names() -> dict[str, str]:
    path = resources_folder() / "spotting_words.toml"
    instruments = load_instruments()
    names = {_plain(alias): str(meant) for alias, meant in load_toml(path).get("instruments", {}).items()}
    names |= {_plain(instrument.name): instrument_id for instrument_id, instrument in instruments.items()}
    names |= {_plain(name): name for name in (*instruments, *STEM_NAMES)}
    unknown = sorted(set(names.values()) - set(instrument_choices()))
    if unknown:
        raise SettingError(f"{path}: [instruments] names {', '.join(unknown)}, which do not exist; mend the table")
    return names
