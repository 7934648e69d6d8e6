"""Media references: which file one means, how to write one, and how those of the input stay online.

What readers make of a `target_url` (OpenTimelineIO issue 1985 and the readers' sources): Resolve takes a bare absolute
path, or a bare one relative to the OTIO file, and refuses `file://`; Premiere writes `file://`; Kdenlive and OTIO's
own tools take all three, and decode percent signs in each. So a path is written bare, as it is, unless that would mean
another file to those who decode (%, #, ?) or look like a scheme (a Windows drive); only then it is percent-encoded.
"""

from __future__ import annotations

import os
import re
import urllib.parse
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from hitpoint.files import write_beside
from hitpoint.model.errors import CutError
from hitpoint.model.progress import SILENT, Progress

Json = dict[str, Any]

#: The key under which an object of the input keeps what it said before we had to change it.
ORIGINAL = "hitpoint_original"

_COPY_BYTES = 1 << 24
_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")
_AMBIGUOUS = re.compile(r"[%#?]")


def is_relative(url: str) -> bool:
    """Return whether a reference is a path relative to the timeline's folder."""
    return "://" not in url and not url.startswith(("/", "\\", "file:")) and not _DRIVE.match(url)


def timeline_folder(source: Path) -> Path:
    """Return the folder that a timeline's relative references start from: an .otiod is one itself."""
    return source.resolve() if source.is_dir() else source.resolve().parent


def find_media(url: str, folder: Path) -> Path | None:
    """Return the existing file or folder that a reference in a timeline in `folder` means; None where there is none.

    Relative and bare paths are tried as they are, then percent-decoded: writers do both.
    """
    bare = bare_path(url)
    for text in dict.fromkeys((bare, urllib.parse.unquote(bare))):
        path = folder / text
        try:
            if path.exists():
                return path
        except (OSError, ValueError):  # too long, or a NUL: no path at all
            continue
    return None


def bare_path(url: str) -> str:
    """Return a `file:` URL as a plain path; anything else as it is."""
    if not url.startswith("file:"):
        return url
    parts = urllib.parse.urlsplit(url)
    path = urllib.parse.unquote(parts.path)
    if re.match(r"^/[A-Za-z]:", path):
        return path[1:]
    return path if parts.netloc in ("", "localhost") else f"//{parts.netloc}{path}"


def media_url(media: Path, folder: Path, *, is_resolve: bool) -> str:
    """Return how a timeline in `folder` names a media file: bare and absolute for Resolve, else relative if inside."""
    if is_resolve:
        return str(media)
    if media.is_relative_to(folder):
        text = media.relative_to(folder).as_posix()
        return urllib.parse.quote(text) if _AMBIGUOUS.search(text) else text
    return media.as_uri() if _AMBIGUOUS.search(str(media)) or media.drive else str(media)


def keep_media_online(
    document: Json, source: Path, folder: Path, staging: Path, *, is_resolve: bool, progress: Progress = SILENT
) -> None:
    """Make the input's relative references resolve from the scored file's folder too.

    A relative reference is relative to the timeline's own folder, so it would go offline when the scored timeline is
    written elsewhere. Where the media is there, the reference becomes an absolute path, and what it said is kept under
    `ORIGINAL`. Where it is missing nothing is changed: it may be there where the file goes next. Media inside an
    .otioz is copied out, beside the scored timeline, since nobody can refer into a zip.

    Parameters
    ----------
    source : Path
        The file (or .otiod folder) that was read.
    folder, staging : Path
        Where the scored timeline will lie, and where it is written now.
    """
    base = timeline_folder(source)
    if zipfile.is_zipfile(source):
        _unpack_media(document, source, folder, staging, is_resolve=is_resolve, progress=progress)
        return
    for reference, key in _relative_references(document):
        media = find_media(reference[key] or ".", base)
        if media is None or (base == folder and not is_resolve):
            continue
        absolute = Path(os.path.normpath(media))
        url = media_url(absolute, folder, is_resolve=is_resolve)
        is_folder = key == "target_url_base"
        change(reference, key, url + "/" if is_folder and not url.endswith("/") else url)


def change(item: Json, key: str, value: Any) -> None:
    """Change one field of an object of the input, and keep what it said in its metadata."""
    if item.get("metadata") is None:
        item["metadata"] = {}
    item["metadata"].setdefault(ORIGINAL, {}).setdefault(key, item.get(key))
    item[key] = value


def _unpack_media(
    document: Json, source: Path, folder: Path, staging: Path, *, is_resolve: bool, progress: Progress
) -> None:
    unpacked = f"{source.stem} media"
    with zipfile.ZipFile(source) as bundle:
        members = {member.filename: member for member in bundle.infolist() if not member.is_dir()}
        for reference, key in _relative_references(document):
            asked = reference[key].replace("\\", "/").removeprefix("./")
            for name in _members_of(asked, members, is_folder=key == "target_url_base"):
                target = staging / unpacked / PurePosixPath(name).name
                if not target.exists():
                    target.parent.mkdir(exist_ok=True)
                    _copy_out(bundle, members[name], target, progress)
                final = folder / unpacked / target.name
                is_folder = key == "target_url_base"
                url = media_url(final.parent if is_folder else final, folder, is_resolve=is_resolve)
                change(reference, key, url + "/" if is_folder else url)


def _members_of(asked: str, members: dict[str, zipfile.ZipInfo], *, is_folder: bool) -> list[str]:
    """Return the files of a bundle that a reference means."""
    for text in (asked, urllib.parse.unquote(asked)):
        if is_folder:
            found = [name for name in members if name.startswith(text.rstrip("/") + "/")]
        else:
            found = [text] if text in members else []
        if found:
            return found
    return []


def _copy_out(bundle: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, progress: Progress) -> None:
    try:
        with write_beside(target) as unfinished, bundle.open(member) as stream, unfinished.open("wb") as copy:
            copied = 0
            while block := stream.read(_COPY_BYTES):
                copy.write(block)
                copied += len(block)
                progress.update(copied / max(1, member.file_size), f"copying {target.name} out of the bundle")
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise CutError(f"{bundle.filename}: {member.filename} in it is damaged ({error}); export it again") from error


def _relative_references(document: Json) -> Iterator[tuple[Json, str]]:
    """Yield every media reference of the input that holds a relative path, and the key it holds it under."""
    for reference in media_references(document["tracks"]):
        schema = str(reference.get("OTIO_SCHEMA", ""))
        key = "target_url_base" if schema.startswith("ImageSequenceReference.") else "target_url"
        url = reference.get(key)
        # an empty base means the timeline's own folder; an empty URL means nothing
        if isinstance(url, str) and is_relative(url) and (url or key == "target_url_base"):
            yield reference, key


def media_references(item: Json) -> Iterator[Json]:
    """Yield every media reference below a composition, nested ones and alternatives included."""
    pending = [item]
    while pending:
        node = pending.pop()
        yield from (ref for ref in (node.get("media_references") or {}).values() if ref)
        if node.get("media_reference"):
            yield node["media_reference"]
        pending += [child for child in node.get("children") or () if isinstance(child, dict)]
