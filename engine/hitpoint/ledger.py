"""The theme ledger: the motifs of a project and where each was used, as a TOML file that an editor can read and change.

A ledger named `LEDGER_NAME` beside the cut is shared by all cuts (reels) in that folder; without one, each score keeps
its own among its files.

    [theme.anna]
    steps = [0, 4, 3, 2]              # scale steps from the first note; they take the mode of the place
    durations = ["3/2", "1/2", "1", "1"]   # beats

    [theme.main]                      # what is sung where nobody asks for a name; each seed (take) has its own,
    seed = 1                          # unless keep = true
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from hitpoint.files import write_beside
from hitpoint.model.errors import InputError
from hitpoint.model.music import Theme

LEDGER_NAME = "hitpoint-themes.toml"
#: How the ledger calls the theme that has no name.
MAIN = "main"
_FIRST_LINE = "Hitpoint's themes. Steps and durations may be edited; keep = true holds a main theme through all seeds."
_FEWEST_NOTES, _MOST_NOTES, _WIDEST_STEPS = 2, 12, 21


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedUse:
    """One use of a theme in a cut."""

    theme: str
    cut: str
    cue: str
    timecode: str
    form: str
    instrument: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Themes by name in lower case ("" is the main one); `main_seed` is its seed, None where it is kept for all."""

    themes: Mapping[str, Theme]
    main_seed: int | None = None

    def for_seed(self, seed: int) -> dict[str, Theme]:
        """Return the themes that hold for a seed: another take has another main theme, unless it is kept."""
        is_other = self.main_seed is not None and self.main_seed != seed
        return {name: theme for name, theme in self.themes.items() if name or not is_other}


def read_ledger(path: Path) -> Ledger:
    """Return the ledger, or an empty one where there is none; `InputError` names a damaged line."""
    document = _load(path)
    themes: dict[str, Theme] = {}
    seed: int | None = None
    for name, row in (document.unwrap() if document is not None else {}).get("theme", {}).items():
        theme = _theme(path, str(name), row)
        themes[theme.name] = theme
        if name == MAIN and not row.get("keep", False):
            seed = int(row["seed"]) if isinstance(row.get("seed"), int) else None
    return Ledger(themes=themes, main_seed=seed)


def _theme(path: Path, name: str, row: Any) -> Theme:
    where = f"{path}: theme {name!r}"
    if (
        not isinstance(row, dict)
        or not isinstance(row.get("steps"), list)
        or not isinstance(row.get("durations"), list)
    ):
        raise InputError(f"{where} needs steps and durations, each a list; mend or remove it")
    steps, texts = row["steps"], row["durations"]
    if not all(isinstance(step, int) and abs(step) <= _WIDEST_STEPS for step in steps):
        raise InputError(f"{where}: steps must be whole numbers of scale steps, {_WIDEST_STEPS} at the most")
    try:
        durations = tuple(Fraction(str(text)) for text in texts)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f'{where}: durations must be beats such as "1/2"; {error}') from error
    if not _FEWEST_NOTES <= len(steps) <= _MOST_NOTES or len(steps) != len(durations) or min(durations) <= 0:
        raise InputError(
            f"{where} must have {_FEWEST_NOTES} to {_MOST_NOTES} notes, as many durations as steps, each longer than 0"
        )
    return Theme(name="" if name == MAIN else " ".join(name.lower().split()), steps=tuple(steps), durations=durations)


def write_ledger(
    path: Path, themes: Sequence[Theme], uses: Sequence[LoggedUse], *, cut: str, seed: int, previous: Path | None = None
) -> None:
    """Write themes and the uses of one cut; what the file says of other cuts, and all comments, stay.

    `previous` None is `path` itself. Raises `InputError` where the previous file is damaged.
    """
    import tomlkit

    document = _load(previous or path)
    if document is None:
        document = tomlkit.document()
        document.add(tomlkit.comment(_FIRST_LINE))
    table = document.setdefault("theme", tomlkit.table(is_super_table=True))
    for theme in themes:
        name = theme.name or MAIN
        row = table.setdefault(name, tomlkit.table())
        row["steps"] = list(theme.steps)
        row["durations"] = [str(duration) for duration in theme.durations]
        if name == MAIN and not row.get("keep", False):
            row["seed"] = seed
    for name, row in table.items():
        rows = row.setdefault("use", tomlkit.aot())
        for index in reversed(range(len(rows))):
            if rows[index].get("cut") == cut:
                del rows[index]
        for logged in uses:
            if (logged.theme or MAIN) == name:
                entry = tomlkit.table()
                for field in ("cut", "cue", "timecode", "form", "instrument", "key"):
                    entry[field] = getattr(logged, field)
                rows.append(entry)
        if not len(rows):
            del row["use"]
    with write_beside(path) as unfinished:
        unfinished.write_text(tomlkit.dumps(document), encoding="utf-8")


def _load(path: Path) -> Any:
    """Return the file as an editable document, None where there is none."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (TOMLKitError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"cannot read the themes in {path} ({error}); mend the file or move it away") from error
