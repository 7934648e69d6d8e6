"""The project beside its cut: NAME.hitpoint-panel.json, never written over something that was not read.

Three things may stand in the way, and each is kept: a file that cannot be read (broken, or of a newer Hitpoint), a file
that somebody else (a second panel) wrote since we read it, and a folder that may not be written to. The first two are
copied aside under a name with the date; for the third the project goes to the user's own state folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from hitpoint.files import remove_abandoned, write_beside
from hitpoint.model.errors import InputError, OutputError
from hitpoint_panel.state.project import Project, project_from_json, project_to_json

_SUFFIX = ".hitpoint-panel.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """Where a project went; `sentence` is "" unless the editor should know something."""

    path: Path
    sentence: str = ""


def project_path(cut_path: Path) -> Path:
    """Return where the project of a cut lies."""
    return cut_path.with_name(cut_path.name.removesuffix(cut_path.suffix) + _SUFFIX)


def state_folder() -> Path:
    """Return our own folder for what cannot lie beside the cut (HITPOINT_STATE_DIR moves it, as for the service)."""
    import platformdirs

    given = os.environ.get("HITPOINT_STATE_DIR")
    return (Path(given).absolute() if given else platformdirs.user_state_path("hitpoint", appauthor=False)) / "panel"


class ProjectFile:
    """The project file of one cut. Not for several threads at once; the autosave has it for its own after `read`."""

    def __init__(self, cut_path: Path) -> None:
        self.beside = project_path(cut_path)
        digest = hashlib.sha256(str(cut_path.resolve()).encode()).hexdigest()[:16]
        self.elsewhere = state_folder() / f"{cut_path.stem[:60]}-{digest}{_SUFFIX}"
        self._known: dict[Path, bytes | None] = {}
        self._unread: dict[Path, bytes] = {}
        self._told: bytes | None = None  # what of somebody else's was told of

    def read(self) -> tuple[Project, str]:
        """Return the project (an empty one if there is none yet) and a sentence, "" if all is well."""
        sentence = ""
        found: list[tuple[float, Path, bytes]] = []
        for path in (self.beside, self.elsewhere):
            remove_abandoned(path)
            try:
                found.append((path.stat().st_mtime, path, path.read_bytes()))
            except FileNotFoundError:
                self._known[path] = None
            except OSError as error:
                sentence = f"{path.name} cannot be opened ({error.strerror}); it is left as it is"
        for _, path, content in sorted(found, key=lambda item: item[0], reverse=True):
            try:
                project = project_from_json(json.loads(content))
            except (InputError, ValueError) as error:
                sentence = f"{path.name} cannot be read: {error}; it is kept aside before anything is saved"
                self._unread[path] = content
                continue  # not known to us: the first write sets it aside
            self._known[path] = content
            return project, sentence
        return Project(), sentence

    def overtaken(self) -> str:
        """Return a sentence if somebody else wrote the file since we read or wrote it; "" if not. Each is told once."""
        present = _content(self.beside)
        if present is None or present in (self._known.get(self.beside), self._unread.get(self.beside), self._told):
            return ""
        self._told = present
        return (
            f"{self.beside.name} was saved by another window; what you change here is saved over it, and that one is "
            "kept beside it"
        )

    def write(self, project: Project) -> Saved:
        """Write the project beside the cut, or where that is impossible into the state folder.

        Raises
        ------
        OutputError
            Neither place takes it (both disks are full, say).
        """
        content = (json.dumps(project_to_json(project), indent=1, ensure_ascii=False) + "\n").encode()
        try:
            return Saved(path=self.beside, sentence=self._write(self.beside, content))
        except OutputError as error:
            try:
                self.elsewhere.parent.mkdir(parents=True, exist_ok=True)
                self._write(self.elsewhere, content)
            except OSError as second:
                raise OutputError(f"what you made cannot be saved: {error}") from second
            return Saved(path=self.elsewhere, sentence=f"{error}; until then it is saved as {self.elsewhere}")

    def _write(self, path: Path, content: bytes) -> str:
        sentence = ""
        present = _content(path)
        if present == content:
            self._known[path] = content
            return ""
        if present is not None and present != self._known.get(path):
            aside = _set_aside(path, present)
            who = "could not be read" if present == self._unread.get(path) else "was written by another panel"
            sentence = f"{path.name} {who}; that one is kept as {aside.name}"
        with write_beside(path) as unfinished:
            unfinished.write_bytes(content)
        self._known[path] = content
        return sentence


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"cannot save to {path}: {error.strerror}; make it readable, or move it away") from error


def _set_aside(path: Path, content: bytes) -> Path:
    """Copy what lies at a path to a name of its own; the same content is set aside once."""
    stem = path.name.removesuffix(".json")
    for old in path.parent.glob(f"{stem}.kept-*.json"):
        if _content(old) == content:
            return old
    stamp = time.strftime("%Y%m%d-%H%M%S")
    number = 1
    while True:
        aside = path.with_name(f"{stem}.kept-{stamp}{'' if number == 1 else f'-{number}'}.json")
        if not aside.exists():
            break
        number += 1
    with write_beside(aside) as unfinished:
        unfinished.write_bytes(content)
    return aside
