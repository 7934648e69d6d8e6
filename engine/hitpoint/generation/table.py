"""resources/generation.toml, read and checked: words for prompts, and levels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.resources import load_toml, resources_folder, user_config_folder

_TABLES = ("levels", "sketch", "prompt")
_MOST_DB = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PaletteWords:
    """What a palette is called in a prompt: its style, and textures."""

    style: str
    textures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationTable:
    """What resources/generation.toml says.

    Attributes
    ----------
    hybrid_db, generated_db : float
        Loudness of the generated layer over that of the sampled score of its cue: under the samples, and instead.
    freedom : float, 0..1
        As in `SoundRequest`.
    always, negative : tuple of str
        In every prompt, and in every negative prompt.
    intensity : tuple of (limit, words)
        The first whose limit is not below a planned intensity 0..1; the last limit is 1.
    rising, falling : str
    functions : mapping of what a cue is for to words
    palettes : mapping of palette id to PaletteWords
    """

    hybrid_db: float
    generated_db: float
    freedom: float
    always: tuple[str, ...]
    negative: tuple[str, ...]
    intensity: tuple[tuple[float, str], ...]
    rising: str
    falling: str
    functions: Mapping[str, str] = field(default_factory=dict)
    palettes: Mapping[str, PaletteWords] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("hybrid_db", "generated_db"):
            value = getattr(self, name)
            if not (math.isfinite(value) and abs(value) <= _MOST_DB):
                raise SettingError(f"levels.{name} = {value!r} must be a number in -{_MOST_DB:g}..{_MOST_DB:g}")
        if not 0.0 <= self.freedom <= 1.0:
            raise SettingError(f"sketch.freedom = {self.freedom!r} must lie in 0..1")
        limits = [limit for limit, _ in self.intensity]
        if not limits or limits != sorted(limits) or limits[-1] < 1.0:
            raise SettingError(f"prompt.intensity: the limits {limits} must rise up to 1")

    def intensity_words(self, intensity: float) -> str:
        """Return what music of an intensity 0..1 is called."""
        return next((words for limit, words in self.intensity if intensity <= limit), self.intensity[-1][1])


def load_generation_table(path: Path | None = None) -> GenerationTable:
    """Return the table: `path`, or the user's own (generation.toml in the configuration folder), or ours.

    Raises `SettingError` in one sentence that names the file and what is wrong in it.
    """
    own = user_config_folder() / "generation.toml"
    path = path or (own if own.is_file() else resources_folder() / "generation.toml")
    table = load_toml(path)
    for name in table:
        if name not in _TABLES:
            raise SettingError(f"{path}: there is no table [{name}]; {did_you_mean(name, _TABLES)}")
    try:
        return _read(table)
    except SettingError as error:
        raise SettingError(f"{path}: {error}") from error
    except KeyError as error:
        raise SettingError(f"{path} lacks the line {error}; copy it from Hitpoint's own generation.toml") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise SettingError(f"{path}: a line has the wrong form ({error})") from error


def _read(table: Mapping[str, Any]) -> GenerationTable:
    levels, prompt = table["levels"], table["prompt"]
    return GenerationTable(
        hybrid_db=float(levels["hybrid_db"]),
        generated_db=float(levels["generated_db"]),
        freedom=float(table["sketch"]["freedom"]),
        always=_words(prompt["always"]),
        negative=_words(prompt["negative"]),
        intensity=tuple((float(limit), str(words)) for limit, words in prompt["intensity"]),
        rising=str(prompt["rising"]),
        falling=str(prompt["falling"]),
        functions={str(name): str(words) for name, words in prompt.get("functions", {}).items()},
        palettes={
            str(name): PaletteWords(style=str(row["style"]), textures=_words(row.get("textures", ())))
            for name, row in prompt.get("palettes", {}).items()
        },
    )


def _words(row: Any) -> tuple[str, ...]:
    if isinstance(row, str):
        raise TypeError(f"{row!r} must be a list of words")
    return tuple(str(word) for word in row)
