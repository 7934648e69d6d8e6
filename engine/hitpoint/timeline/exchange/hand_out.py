"""A scored timeline, handed out to every editor at once.

From the scored OTIO (of either profile) and its WAVs, wherever the engine left them, to one folder that can be given
away: copies of the WAVs, the OTIO in the generic and in Resolve's shape, both pointing at these copies, and the markers
as EDL. Everything is written into a staging folder; who calls moves it into place.
"""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitpoint.files import output_error, write_beside
from hitpoint.model.errors import CutError, MediaError, OutputError
from hitpoint.model.time import FrameRate
from hitpoint.timeline.load import load_timeline
from hitpoint.timeline.loaded import LoadedTimeline
from hitpoint.timeline.media_links import ORIGINAL, find_media, keep_media_online, media_url, timeline_folder
from hitpoint.timeline.previous_score import OURS, SIGN, is_our_marker
from hitpoint.timeline.write_back.marker_edl import MarkerRow, write_marker_rows
from hitpoint.timeline.write_back.resolve_profile import resolve_clip, resolve_marker, resolve_track, shape_for_resolve
from hitpoint.timeline.write_back.score_objects import seconds_of

Json = dict[str, Any]

AUDIO_FOLDER = "audio"
#: Resolve's names of the colours of our markers (write_back.write: CUE_COLOR, HIT_COLOR).
_RESOLVE_COLORS = {"MAGENTA": "Fuchsia", "PURPLE": "Purple"}
_COPY_BYTES = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOut:
    """What is asked for.

    Attributes
    ----------
    scored_path : Path
        The scored timeline as the engine wrote it.
    name : str
        What every file is called: "Reel 3 r002".
    staging, folder : Path
        Where the files are written now, and where they will lie.
    enabled : mapping of stem ("mix", "strings") to bool
        Which tracks are heard; where one is not given, as the scored timeline has it.
    markers : tuple of MarkerRow, or None
        What the EDL holds; None for the markers of ours in the scored timeline.
    """

    scored_path: Path
    name: str
    staging: Path
    folder: Path
    enabled: Mapping[str, bool]
    markers: tuple[MarkerRow, ...] | None = None


def hand_out(request: HandOut) -> Json:
    """Write the files into `staging`; return {"files": {relative path: sha256}, "tracks": [labels], "markers": n}.

    Raises `CutError` when there is no score on the timeline, `MediaError` when a WAV is missing, `OutputError` when the
    disk is full or cannot be written.
    """
    loaded = load_timeline(request.scored_path)
    if loaded.document is None:
        raise CutError(f"{request.scored_path} is not OTIO; hand out the scored .otio that the export wrote")
    tracks = [track for track in loaded.document["tracks"].get("children") or () if is_our_track(track)]
    if not tracks:
        raise CutError(f"{request.scored_path} has no score of ours on it; export the score again")
    sources = {_label(track): _wav_of(track, loaded) for track in tracks}
    _check_room(request.staging, sources.values())
    files: dict[str, str] = {}
    copies: dict[str, Path] = {}
    for label, source in sources.items():
        relative = f"{AUDIO_FOLDER}/{request.name} {stem_of(label)}.wav"
        files[relative] = _copy(source, request.staging / relative)
        copies[label] = request.folder / relative
    for profile, file_name in (("generic", f"{request.name}.otio"), ("resolve", f"{request.name} for Resolve.otio")):
        document = _document(loaded, request, copies, is_resolve=profile == "resolve")
        with write_beside(request.staging / file_name) as unfinished:
            unfinished.write_text(json.dumps(document, indent=4), encoding="ascii")
        files[file_name] = file_digest(request.staging / file_name)
    rows = request.markers if request.markers is not None else tuple(_rows(loaded))
    edl = request.staging / f"{request.name} markers.edl"
    write_marker_rows(rows, edl, rate=loaded.rate, start_timecode_frame=loaded.start_timecode_frame, title=request.name)
    files[edl.name] = file_digest(edl)
    for extra in sorted(request.staging.rglob("*")):  # media that lay inside an .otioz
        relative = extra.relative_to(request.staging).as_posix()
        if extra.is_file() and relative not in files:
            files[relative] = file_digest(extra)
    return {"files": files, "tracks": list(sources), "markers": len(rows)}


def check(path: Path) -> Json:
    """Read a handed-out timeline back: {"tracks": [labels], "markers": n, "missing": [file names]}."""
    loaded = load_timeline(path)
    document = loaded.document or {}
    tracks = [track for track in document["tracks"].get("children") or () if is_our_track(track)]
    missing = []
    for track in tracks:
        for clip in _clips(track):
            url = _reference(clip).get("target_url") or ""
            if find_media(url, timeline_folder(path)) is None and url not in missing:
                missing.append(url)
    return {"tracks": [_label(track) for track in tracks], "markers": len(list(_rows(loaded))), "missing": missing}


def is_our_track(track: Json) -> bool:
    """Return whether a track carries our metadata."""
    return OURS in (track.get("metadata") or {})


def stem_of(label: str) -> str:
    """Return what a track's file is called: "mix" for "Score", "strings" for "Score strings"."""
    return label.removeprefix("Score").strip() or "mix"


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _label(track: Json) -> str:
    return str(track["metadata"][OURS].get("label") or track.get("name") or "Score")


def _clips(track: Json) -> list[Json]:
    return [item for item in track.get("children") or () if str(item.get("OTIO_SCHEMA", "")).startswith("Clip.")]


def _reference(clip: Json) -> Json:
    references: Json = clip.get("media_references") or {}
    active: Json = references.get(clip.get("active_media_reference_key") or "DEFAULT_MEDIA") or {}
    return active


def _wav_of(track: Json, loaded: LoadedTimeline) -> Path:
    """Return the WAV that one of our tracks plays: the clips' ranges fit this very file and no other of that stem."""
    urls = [_reference(clip).get("target_url") or "" for clip in _clips(track)]
    found = next((path for url in urls if (path := find_media(url, loaded.media_folder))), None)
    if found is None or not found.is_file():
        missing = (urls or ["no file"])[0]
        raise MediaError(f"the WAV of {_label(track)} ({missing}) is not there; export the score again")
    return found


def _check_room(folder: Path, sources: Iterable[Path]) -> None:
    needed = sum(path.stat().st_size for path in sources)
    free = shutil.disk_usage(folder).free
    if free < needed * 1.01 + 1e6:
        raise OutputError(
            f"the score takes {needed / 1e6:.0f} MB, and the disk of {folder.parent} has {free / 1e6:.0f} MB left; "
            "make room, or choose another folder"
        )


def _copy(source: Path, target: Path) -> str:
    """Copy a file and return its SHA-256, from what lies on the disk in the end."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with write_beside(target) as unfinished, source.open("rb") as reading, unfinished.open("wb") as writing:
            shutil.copyfileobj(reading, writing, _COPY_BYTES)
    except OutputError:
        raise
    except OSError as error:
        if error.filename is not None and Path(error.filename) == source:
            raise MediaError(f"{source} cannot be read: {error.strerror or error}; export the score again") from error
        raise output_error(target, error) from error
    return file_digest(target)


def _document(loaded: LoadedTimeline, request: HandOut, copies: Mapping[str, Path], *, is_resolve: bool) -> Json:
    """Return the timeline in one profile, our tracks last and pointing at the copies."""
    document: Json = copy.deepcopy(loaded.document or {})
    stack: Json = document["tracks"]
    ours = [track for track in stack["children"] if is_our_track(track)]
    stack["children"] = [track for track in stack["children"] if not is_our_track(track)]
    keep_media_online(document, loaded.path, request.folder, request.staging, is_resolve=is_resolve)
    if is_resolve:
        shape_for_resolve(document, loaded.rate, loaded.start_timecode_frame)
    else:
        _undo_resolve_shape(stack)
    audio_tracks = sum(track.get("kind") == "Audio" for track in stack["children"])
    for number, track in enumerate(ours, audio_tracks + 1):
        label = _label(track)
        track["enabled"] = request.enabled.get(stem_of(label), track.get("enabled", True))
        url = media_url(copies[label], request.folder, is_resolve=is_resolve)
        for clip in _clips(track):
            _reference(clip)["target_url"] = url
            _reference(clip)["name"] = copies[label].name
            clip["name"] = _clip_name(clip, label)
            if is_resolve:
                resolve_clip(clip)
        track["name"] = label
        stack["children"].append(resolve_track(track, number) if is_resolve else track)
    if is_resolve:
        for marker in stack.get("markers") or ():
            marker.setdefault("metadata", {})
            resolve_marker(marker)
    return document


def _undo_resolve_shape(stack: Json) -> None:
    """Give the user's objects back what the resolve profile had to change on them, as far as it is still as it was set.

    Names of tracks; and ranges of media: one that was made up for Resolve says elsewhere where the file begins.
    """
    counts: dict[str, int] = {}
    for track in stack["children"]:
        kind = str(track.get("kind"))
        counts[kind] = counts.get(kind, 0) + 1
        kept = _kept(track)
        if "name" in kept and track.get("name") == f"{kind} {counts[kind]}":
            track["name"] = kept.pop("name")
    pending = [stack]
    while pending:
        item = pending.pop()
        pending += [child for child in item.get("children") or () if isinstance(child, dict)]
        for reference in (item.get("media_references") or {}).values():
            kept = _kept(reference or {})
            if "available_range" not in kept:
                continue
            original = kept.pop("available_range")
            if original is not None or (reference or {}).get("available_range") == item.get("source_range"):
                reference["available_range"] = original


def _kept(item: Json) -> Json:
    """Return what an object of the user's said before we changed it."""
    kept: Json = (item.get("metadata") or {}).get(ORIGINAL) or {}
    return kept


def _clip_name(clip: Json, label: str) -> str:
    ours = (clip.get("metadata") or {}).get(OURS) or {}
    if label == "Score":
        return f"{ours.get('cue', '')} {ours.get('title', '')}".strip() or str(clip.get("name") or label)
    return f"{ours.get('cue', '')} {stem_of(label)}".strip()


def _rows(loaded: LoadedTimeline) -> Iterator[MarkerRow]:
    """Yield the markers of ours on the scored timeline, in record frames."""
    stack: Json = (loaded.document or {})["tracks"]
    start_s = seconds_of(stack["source_range"]["start_time"]) if stack.get("source_range") else 0
    for marker in stack.get("markers") or ():
        if not is_our_marker(marker.get("metadata"), marker.get("comment")):
            continue
        span, name = marker["marked_range"], str(marker.get("name") or "")
        rate = FrameRate.snap(span["start_time"]["rate"])
        note = str(marker.get("comment") or "").removeprefix(SIGN).removeprefix(name).removeprefix(", ")
        yield MarkerRow(
            frame=round(span["start_time"]["value"] * loaded.rate.fps / rate.fps - start_s * loaded.rate.fps),
            duration_frames=max(1, round(span["duration"]["value"] * loaded.rate.fps / rate.fps)),
            color=_RESOLVE_COLORS.get(str(marker.get("color")), "Fuchsia"),
            name=name,
            note=note,
        )
