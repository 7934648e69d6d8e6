"""What lies in a model's folder: which files, of which size and content, from where, under which licence."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from hitpoint.files import write_beside

#: Lies in a model's folder once all its files are there and checked.
MANIFEST_NAME = "hitpoint-weights.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One file: its path inside the folder, with "/", and what it held when it was fetched."""

    path: str
    size_bytes: int
    sha256: str

    def __post_init__(self) -> None:
        parts = PurePosixPath(self.path).parts
        if not parts or self.path.startswith("/") or ".." in parts:
            raise ValueError(f"{self.path!r} does not lie inside a model's folder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was fetched.

    Attributes
    ----------
    model : str
        Its id.
    repository, commit : str
        Where it came from, and which state of it exactly.
    fetched_on : str
        The day, "2026-11-28".
    licence, licence_url : str
        As they were known on that day.
    """

    model: str
    repository: str
    commit: str
    fetched_on: str
    licence: str
    licence_url: str
    files: tuple[StoredFile, ...]

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(file.size_bytes for file in self.files)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it into a folder; `OutputError` where that fails."""
    with write_beside(folder / MANIFEST_NAME) as path:
        path.write_text(json.dumps(asdict(manifest), indent=1, ensure_ascii=False), encoding="utf-8")


def read_manifest(folder: Path) -> Manifest | None:
    """Return what was written into a folder, or None where nothing (or nothing that can be read) lies there."""
    try:
        told = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
        return Manifest(**{**told, "files": tuple(StoredFile(**row) for row in told["files"])})
    except (OSError, ValueError, LookupError, TypeError):
        return None


def lost_files(folder: Path, manifest: Manifest) -> list[str]:
    """Return the paths of files that are gone or of another size; their content is not read."""
    lost = []
    for file in manifest.files:
        try:
            if (folder / file.path).stat().st_size != file.size_bytes:
                lost.append(file.path)
        except OSError:
            lost.append(file.path)
    return lost
