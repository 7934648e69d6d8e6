"""The project file NAME.hitpoint.toml: what must survive a recut. The user's own lines and comments in it are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitpoint.files import write_beside
from hitpoint.model.errors import InputError
from hitpoint.spotting.numbers import KnownCue


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFile:
    """What the last scoring used, and the cue numbers ever given; `cues` that are gone keep their number reserved."""

    seed: int | None = None
    style: str | None = None
    brief_text: str = ""
    cues: tuple[KnownCue, ...] = ()


def read_project_file(path: Path) -> ProjectFile:
    """Return the project, or an empty one where there is none; `InputError` for a file that is damaged."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document: dict[str, Any] = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
    except FileNotFoundError:
        return ProjectFile()
    except (TOMLKitError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"cannot read the project file {path} ({error}); mend it or move it away") from error
    try:
        last = document.get("last", {})
        cues = tuple(
            KnownCue(
                number=str(row["number"]),
                title=str(row.get("title", "")),
                identity=tuple(str(item) for item in row.get("covers", [])),
            )
            for row in document.get("cue", [])
        )
        seed = last.get("seed")
        return ProjectFile(
            seed=None if seed is None else int(seed),
            style=last.get("style") or None,
            brief_text=str(last.get("brief", "")),
            cues=cues,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"the project file {path} has a line of the wrong form ({error}); mend it") from error


def write_project_file(path: Path, project: ProjectFile, *, previous: Path | None = None) -> None:
    """Write a project; with `previous`, its comments and unknown lines are carried over."""
    import tomlkit

    if previous is not None and previous.is_file():
        document = tomlkit.parse(previous.read_text(encoding="utf-8"))
    else:
        document = tomlkit.document()
        document.add(
            tomlkit.comment("Hitpoint's memory of this project: cue numbers stay the same when the cut changes.")
        )
    last = document.setdefault("last", tomlkit.table())
    last["seed"] = project.seed if project.seed is not None else 1
    last["style"] = project.style or ""
    last["brief"] = project.brief_text
    rows = tomlkit.aot()
    for cue in project.cues:
        row = tomlkit.table()
        row["number"] = cue.number
        row["title"] = cue.title
        row["covers"] = list(cue.identity)
        rows.append(row)
    document["cue"] = rows
    with write_beside(path) as unfinished:
        unfinished.write_text(tomlkit.dumps(document), encoding="utf-8")
