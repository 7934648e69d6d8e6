"""What was put where: by it an upgrade knows its own files, and `--uninstall` removes exactly those."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from hitpoint.files import write_beside

NAME = "installed.json"


@dataclass(slots=True)
class Record:
    """Files (path -> the SHA-256 it may have: two while it is replaced) and folders that were not there before."""

    path: Path
    files: dict[str, list[str]] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)

    def save(self) -> None:
        """Write it beside and rename; raises `OutputError`."""
        content = {"hitpoint_installation": 1, "files": self.files, "folders": self.folders}
        with write_beside(self.path) as unfinished:
            unfinished.write_text(json.dumps(content, indent=1, ensure_ascii=True), encoding="ascii")

    def is_ours(self, path: Path) -> bool:
        """Return whether a file is still as we put it."""
        return digest(path.read_bytes()) in self.files.get(str(path), ())


def load_record(folder: Path) -> Record:
    """Return the record of a folder; an empty one where there is none, or none that can be read."""
    path = folder / NAME
    try:
        content = json.loads(path.read_text(encoding="ascii"))
        files = {str(name): [str(known) for known in hashes] for name, hashes in content["files"].items()}
        return Record(path, files, [str(name) for name in content["folders"]])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Record(path)


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()
