"""The versions of a session on disk: a folder each, whole or not there.

    v3/version.json   the answer, as docs/service.md has it
    v3/take.bin       the music (our own values, pickled; read back by a reader that knows no other classes)
    v3/mix.wav, v3/STEM.wav
    v3/dry/           the dry sound that is new in this version; later versions may point at it

A version counts once version.json is there, which is written last.
"""

from __future__ import annotations

import io
import json
import pickle
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from hitpoint.files import output_error, write_beside
from hitpoint.model.errors import InputError
from hitpoint.session.take import Take

_FOLDER = re.compile(r"^v(\d+)$")
_FORMAT = 2
#: What a take is made of; anything else in its file is refused.
_MODULES = ("hitpoint.model.", "hitpoint.session.take", "hitpoint.session.tape", "hitpoint.mixing.mix")
_OTHERS = {
    ("fractions", "Fraction"),
    ("builtins", "frozenset"),
    ("builtins", "set"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.multiarray", "scalar"),
    ("pathlib", "PosixPath"),
    ("pathlib", "WindowsPath"),
    ("copyreg", "_reconstructor"),
    ("builtins", "object"),
}


class Store:
    """The folder of a session."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise output_error(folder, error) from error
        for path in self._folders():
            if not (path / "version.json").is_file():  # interrupted: nobody knows of it
                shutil.rmtree(path, ignore_errors=True)

    def versions(self) -> list[str]:
        """Return the ids of all versions, newest first."""
        return [path.name for path in sorted(self._folders(), key=_number, reverse=True)]

    def begin(self) -> str:
        """Return the id of the next version; its folder is there and empty."""
        last = max((_number(path) for path in self._folders()), default=0)
        counter = self.folder / "last"
        with suppress(OSError, ValueError):
            last = max(last, int(counter.read_text(encoding="utf-8")))
        version_id = f"v{last + 1}"  # of a version that was removed, too: names are never used twice
        try:
            (self.folder / version_id).mkdir()
            counter.write_text(str(last + 1), encoding="utf-8")
        except OSError as error:
            raise output_error(self.folder, error) from error
        return version_id

    def drop(self, version_id: str) -> None:
        """Remove a version that was not finished."""
        shutil.rmtree(self.folder / version_id, ignore_errors=True)

    def save(self, take: Take, answer: dict[str, Any]) -> None:
        """Write take and answer of a version whose sound is there."""
        folder = self.folder / take.version_id
        with write_beside(folder / "take.bin") as part:
            part.write_bytes(pickle.dumps((_FORMAT, take), protocol=pickle.HIGHEST_PROTOCOL))
        with write_beside(folder / "version.json") as part:
            part.write_text(json.dumps(answer, ensure_ascii=False, allow_nan=False), encoding="utf-8")

    def answer(self, version_id: str) -> dict[str, Any]:
        """Return the answer of a version; `InputError` where there is no such one."""
        try:
            answer: dict[str, Any] = json.loads(self._file(version_id, "version.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"there is no version {version_id!r} in this session; ask for its versions") from error
        return answer

    def take(self, version_id: str) -> Take:
        """Return the music of a version; `InputError` where it cannot be read."""
        try:
            content = self._file(version_id, "take.bin").read_bytes()
            form, take = _Reader(io.BytesIO(content)).load()
        except (OSError, ValueError, TypeError, EOFError, AttributeError, pickle.UnpicklingError) as error:
            raise InputError(
                f"the music of version {version_id!r} cannot be read ({error}); compose the cut again"
            ) from error
        if form != _FORMAT or not isinstance(take, Take):
            raise InputError(f"version {version_id!r} was made by another Hitpoint; compose the cut again")
        return take

    def prune(self, keep: int) -> None:
        """Remove the oldest versions but `keep`, except those whose sound newer ones still play."""
        ids = self.versions()
        if len(ids) <= keep:
            return
        needed: set[str] = set(ids[:keep])
        for version_id in ids[:keep]:
            with suppress(InputError):
                for tape in self.take(version_id).sound.layers.values():
                    needed |= {file.split("/", 1)[0] for file in tape.files}
        for version_id in ids[keep:]:
            folder = self.folder / version_id
            if version_id not in needed:
                shutil.rmtree(folder, ignore_errors=True)
                continue
            for path in folder.glob("*.wav"):  # only its dry sound is still of use
                path.unlink(missing_ok=True)
            (folder / "version.json").unlink(missing_ok=True)
            (folder / "kept").touch()

    def _file(self, version_id: str, name: str) -> Path:
        if not _FOLDER.match(version_id):
            raise OSError(f"{version_id!r} is no version")
        return self.folder / version_id / name

    def _folders(self) -> Iterator[Path]:
        for path in self.folder.iterdir():
            if path.is_dir() and _FOLDER.match(path.name) and not (path / "kept").exists():
                yield path


def _number(path: Path) -> int:
    match = _FOLDER.match(path.name)
    return int(match[1]) if match else 0


class _Reader(pickle.Unpickler):
    """Reads our own values and nothing else: a file that names another class is refused, not run."""

    def find_class(self, module: str, name: str) -> Any:
        is_ours = module.startswith(_MODULES[0]) or module in _MODULES[1:]
        if is_ours or (module, name) in _OTHERS:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"it names {module}.{name}")
