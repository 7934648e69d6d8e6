"""What is on this machine: is it still what was fetched, and away with it."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from hitpoint.files import output_error
from hitpoint.model.errors import MissingWeightsError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.weights.cards import ModelCard
from hitpoint.weights.find import model_folder, unfinished_folder
from hitpoint.weights.manifest import MANIFEST_NAME, read_manifest
from hitpoint.weights.transfer import digest


def check_model(card: ModelCard, *, progress: Progress = SILENT) -> list[str]:
    """Return what is wrong with a model's files, a sentence for each; every byte is read.

    Raises `MissingWeightsError` where the model was never fetched.
    """
    folder = model_folder(card)
    if not (folder / MANIFEST_NAME).is_file():
        raise MissingWeightsError(f"{card.title} is not in {folder}; fetch it with: hitpoint models fetch {card.id}")
    manifest = read_manifest(folder)
    if manifest is None:
        return [f"{MANIFEST_NAME} cannot be read"]
    faults, seen_bytes = [], 0
    for file in manifest.files:
        path = folder / file.path
        start_bytes = seen_bytes

        def told(have_bytes: int, path: str = file.path, start_bytes: int = start_bytes) -> None:
            share = (start_bytes + have_bytes) / max(1, manifest.size_bytes)
            progress.update(share, f"{card.id}: checking {path}")

        try:
            size_bytes = path.stat().st_size
            if size_bytes != file.size_bytes:
                faults.append(f"{file.path} has {size_bytes:,} bytes instead of {file.size_bytes:,}")
            elif digest(path, told=told)[0] != file.sha256:
                faults.append(f"{file.path} holds something else than what was fetched")
        except FileNotFoundError:
            faults.append(f"{file.path} is gone")
        except OSError as error:
            faults.append(f"{file.path} cannot be read ({error.strerror or error})")
        seen_bytes += file.size_bytes
    return faults


def remove_model(card: ModelCard) -> tuple[int, list[Path]]:
    """Remove what a fetch brought, and what an interrupted one left.

    Returns
    -------
    freed_bytes : int
    left : list of Path
        Files in the model's folder that no fetch brought: they stay.

    Raises
    ------
    MissingWeightsError
        Nothing of the model is there.
    OutputError
        Something cannot be removed.
    """
    folder, unfinished = model_folder(card), unfinished_folder(card)
    manifest = read_manifest(folder)
    if not unfinished.is_dir() and not (folder / MANIFEST_NAME).is_file():
        raise MissingWeightsError(f"nothing of {card.title} is in {folder.parent}")
    freed = sum(path.stat().st_size for path in unfinished.rglob("*") if path.is_file()) if unfinished.is_dir() else 0
    try:
        if unfinished.is_dir():
            shutil.rmtree(unfinished)
        # the manifest first: half a model must not look like a whole one
        (folder / MANIFEST_NAME).unlink(missing_ok=True)
        for file in manifest.files if manifest else ():
            path = folder / file.path
            if path.is_file():
                freed += path.stat().st_size
                path.unlink()
    except OSError as error:
        raise output_error(folder, error) from error
    left = []
    if folder.is_dir():
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir():
                with suppress(OSError):
                    path.rmdir()
            else:
                left.append(path)
        with suppress(OSError):
            folder.rmdir()
    with suppress(OSError):
        unfinished.with_name(f".{card.id}.lock").unlink()
    return freed, left[::-1]
