"""The project file NAME.hitpoint.toml: what must survive a recut. The user's own lines and comments in it are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitpoint.files import write_beside
from hitpoint.model.errors import InputError
from hitpoint.spotting.numbers import KnownCue

_FIRST_LINE = "Hitpoint's memory of this project: cue numbers stay the same when the cut changes. Titles may be edited."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFile:
    """What the last scoring used, and the cue numbers ever given; `cues` that are gone keep their number reserved."""

    seed: int | None = None
    style: str | None = None
    brief_text: str = ""
    cues: tuple[KnownCue, ...] = ()


def read_project_file(path: Path) -> ProjectFile:
    """Return the project, or an empty one where there is none; `InputError` for a file that is damaged."""
    document = _load(path)
    if document is None:
        return ProjectFile()
    try:
        values = document.unwrap()
        last = values.get("last", {})
        seed = last.get("seed")
        cues = tuple(
            KnownCue(
                number=str(row["number"]),
                title=str(row.get("title", "")),
                identity=tuple(str(item) for item in row.get("covers", [])),
            )
            for row in values.get("cue", [])
        )
        return ProjectFile(
            seed=None if seed is None else int(seed),
            style=str(last["style"]) if last.get("style") else None,
            brief_text=str(last.get("brief", "")),
            cues=cues,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"the project file {path} has a line of the wrong form ({error}); mend it or move it away"
        ) from error


def write_project_file(path: Path, project: ProjectFile, *, previous: Path | None = None) -> None:
    """Write a project beside `path` and then in its place; comments and unknown lines of `previous` are carried over.

    `previous` None is `path` itself. Raises `InputError` where the previous file is damaged, `OutputError` where the
    new one cannot be written.
    """
    import tomlkit

    document = _load(previous or path)
    if document is None:
        document = tomlkit.document()
        document.add(tomlkit.comment(_FIRST_LINE))
    last = document.setdefault("last", tomlkit.table())
    for key, value in (("seed", project.seed), ("style", project.style or ""), ("brief", project.brief_text)):
        if value is not None:
            last[key] = value
    rows = document.setdefault("cue", tomlkit.aot())
    by_number = {str(row.get("number")): row for row in rows}
    for cue in project.cues:
        row = by_number.get(cue.number)
        if row is None:
            row = tomlkit.table()
            row["number"] = cue.number
            rows.append(row)
            row = rows[-1]
        row["title"] = cue.title
        covers = tomlkit.array()
        covers.extend(cue.identity)
        row["covers"] = covers.multiline(True)
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
        raise InputError(f"cannot read the project file {path} ({error}); mend it or move it away") from error
