"""Writes the score back: the same timeline, nothing lost, plus tracks and markers of ours.

For OTIO files the tracks are added to the original JSON document itself, so that whatever else it holds (unknown
schemas, newer schema versions, float spellings) stays as it is. Everything of ours carries metadata["hitpoint"], by
which an earlier score is found and replaced.

Ranges of ours are in frames at the timeline's rate: the WAVs start on a frame that is a whole number of samples
(`wav_head_frame`), so frames are sample-exact at every rate, and every reader can place them.
"""

from __future__ import annotations

import copy
import json
import os
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitpoint.files import write_beside
from hitpoint.model.audio import AudioFile
from hitpoint.model.time import (
    FrameRate,
    samples_to_seconds,
    seconds_to_containing_frame,
    seconds_to_nearest_frame,
    whole_sample_period_frames,
)
from hitpoint.timeline.resolve_profile import resolve_audio_clip, resolve_audio_track, shape_for_resolve

if TYPE_CHECKING:
    from hitpoint.timeline.load import LoadedTimeline

#: The key under which everything of ours is marked.
OURS = "hitpoint"
#: Colours that editors' own markers rarely have (OTIO's names; Resolve shows them as Fuchsia and Purple).
CUE_COLOR, HIT_COLOR = "MAGENTA", "PURPLE"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CuePlacement:
    """Where a cue's audio lies on the track, in record frames; `end_frame` includes the tail."""

    number: str
    title: str
    start_frame: int
    end_frame: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HitPlacement:
    """A marker for a hit point; `metadata` is written under metadata["hitpoint"]."""

    frame: int
    name: str
    note: str
    kind: str
    weight: float
    cue_number: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePlacement:
    """Everything that is added to the timeline; all audio files start at the same record sample."""

    mix: AudioFile
    stems: dict[str, AudioFile]
    cues: tuple[CuePlacement, ...]
    hits: tuple[HitPlacement, ...]
    metadata: dict[str, Any] = field(default_factory=dict)


def wav_head_frame(first_record_sample: int, rate: FrameRate, start_timecode_frame: int) -> int:
    """Return the record frame at which a WAV should start to hold a sample: exact in frames and in samples.

    At 29.97 every fifth timecode frame is a whole number of samples. The result may be negative: silence before the
    timeline, which the clip trims away.
    """
    period = whole_sample_period_frames(rate)
    frame = start_timecode_frame + seconds_to_containing_frame(samples_to_seconds(first_record_sample), rate)
    return frame // period * period - start_timecode_frame


def write_scored_timeline(
    loaded: LoadedTimeline,
    placement: ScorePlacement,
    path: Path,
    *,
    final_path: Path | None = None,
    profile: str = "generic",
    stems_only: bool = False,
) -> None:
    """Write the timeline with the score.

    Parameters
    ----------
    path : Path
        The file to write.
    final_path : Path | None
        Where the file will lie in the end, if it is moved after writing: relative references are relative to that.
    profile : str
        "generic", or "resolve" for the shape that DaVinci Resolve's importer insists on (editors.md §3.3).
    stems_only : bool
        Enable the stem tracks and disable the mix, instead of the other way round.
    """
    target = (final_path or path).resolve()
    document = _document(loaded)
    _remove_ours(document)
    _keep_media_online(document, loaded.path, target)
    if profile == "resolve":
        shape_for_resolve(document, loaded)
    document["tracks"].setdefault("children", []).extend(
        _tracks(loaded, placement, target, is_resolve=profile == "resolve", stems_only=stems_only, document=document)
    )
    document["tracks"]["markers"] = [*(document["tracks"].get("markers") or []), *_markers(loaded, placement)]
    with write_beside(path) as unfinished:
        unfinished.write_text(json.dumps(document, indent=4, ensure_ascii=False), encoding="utf-8")


def _document(loaded: LoadedTimeline) -> Json:
    if loaded.document is not None and str(loaded.document.get("OTIO_SCHEMA", "")).startswith("Timeline."):
        return copy.deepcopy(loaded.document)
    document: Json = json.loads(loaded.timeline.to_json_string())
    return document


def _remove_ours(document: Json) -> None:
    """Take out the tracks and markers of an earlier score."""
    stack = document["tracks"]
    for key in ("children", "markers"):
        if stack.get(key):
            stack[key] = [item for item in stack[key] if OURS not in (item.get("metadata") or {})]


def _keep_media_online(document: Json, source: Path, target: Path) -> None:
    """Make relative references of the input resolve from the scored file's folder too.

    Only a reference that points to a file beside the input and to nothing beside the output is changed, to the
    absolute path; what it said before is kept in its metadata.
    """
    if source.resolve().parent == target.parent:
        return
    for reference in _media_references(document):
        key = "target_url" if "target_url" in reference else "target_url_base"
        url = reference.get(key)
        if not url or "://" in url or os.path.isabs(url) or ":\\" in url:
            continue
        relative = urllib.parse.unquote(url)
        beside_input = source.resolve().parent / relative
        if beside_input.exists() and not (target.parent / relative).exists():
            reference[key] = str(beside_input)
            reference.setdefault("metadata", {}).setdefault(OURS, {})[f"original_{key}"] = url


def _media_references(node: Any) -> Iterator[Json]:
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            schema = str(item.get("OTIO_SCHEMA", ""))
            if schema.startswith(("ExternalReference.", "ImageSequenceReference.")):
                yield item
            stack.extend(value for value in item.values() if isinstance(value, dict | list))
        elif isinstance(item, list):
            stack.extend(item)


def _tracks(
    loaded: LoadedTimeline,
    placement: ScorePlacement,
    target: Path,
    *,
    is_resolve: bool,
    stems_only: bool,
    document: Json,
) -> list[Json]:
    """Return the mix track and one track per stem."""
    files = [("Score", placement.mix, not stems_only)]
    files += [(f"Score {stem}", file, stems_only) for stem, file in placement.stems.items()]
    audio_tracks = sum(child.get("kind") == "Audio" for child in document["tracks"].get("children", []))
    tracks = []
    for index, (label, file, is_enabled) in enumerate(files):
        children: list[Json] = []
        at_frame = 0
        for cue in placement.cues:
            if cue.start_frame > at_frame:
                children.append(_gap(cue.start_frame - at_frame, loaded.rate))
            clip = _clip(loaded, cue, label, file, target, is_resolve=is_resolve)
            children.append(resolve_audio_clip(clip) if is_resolve else clip)
            at_frame = cue.end_frame
        track: Json = {
            "OTIO_SCHEMA": "Track.1",
            "metadata": {OURS: {"label": label, **placement.metadata}},
            "name": label,
            "source_range": None,
            "effects": [],
            "markers": [],
            "enabled": is_enabled,
            "children": children,
            "kind": "Audio",
        }
        tracks.append(resolve_audio_track(track, audio_tracks + index + 1) if is_resolve else track)
    return tracks


def _clip(
    loaded: LoadedTimeline, cue: CuePlacement, label: str, file: AudioFile, target: Path, *, is_resolve: bool
) -> Json:
    rate, start = loaded.rate, loaded.start_timecode_frame
    head_frame = seconds_to_nearest_frame(samples_to_seconds(file.start_sample), rate)
    length_frames = seconds_to_nearest_frame(samples_to_seconds(file.length_samples), rate)
    return {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": {OURS: {"cue": cue.number, "title": cue.title, "label": label, "note": cue.note}},
        "name": f"{cue.number} {cue.title}" if label == "Score" else f"{cue.number} {label.removeprefix('Score ')}",
        # the media's own time is its record timecode, as its BWF time reference says
        "source_range": _range(start + cue.start_frame, cue.end_frame - cue.start_frame, rate),
        "effects": [],
        "markers": [],
        "enabled": True,
        "media_references": {
            "DEFAULT_MEDIA": {
                "OTIO_SCHEMA": "ExternalReference.1",
                "metadata": {},
                "name": file.path.name,
                "available_range": _range(start + head_frame, length_frames, rate),
                "available_image_bounds": None,
                "target_url": _url(file.path, target, is_resolve=is_resolve),
            }
        },
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _url(media: Path, target: Path, *, is_resolve: bool) -> str:
    """Return how the media is named: Resolve wants a bare absolute path; elsewhere the pair of folder and timeline
    should survive being moved together, so it is relative, percent-encoded as URLs are.
    """
    if is_resolve:
        return str(media)
    try:
        return urllib.parse.quote(media.relative_to(target.parent).as_posix())
    except ValueError:
        return media.as_uri()


def _markers(loaded: LoadedTimeline, placement: ScorePlacement) -> list[Json]:
    rate = loaded.rate
    markers = [
        _marker(
            f"{cue.number} {cue.title}",
            cue.note,
            CUE_COLOR,
            _range(cue.start_frame, cue.end_frame - cue.start_frame, rate),
            {"cue": cue.number, "kind": "cue"},
        )
        for cue in placement.cues
    ]
    markers += [
        _marker(
            hit.name,
            hit.note,
            HIT_COLOR,
            _range(hit.frame, 1, rate),
            {"cue": hit.cue_number, "kind": hit.kind, "weight": hit.weight, **hit.metadata},
        )
        for hit in placement.hits
    ]
    return markers


def _marker(name: str, comment: str, color: str, marked_range: Json, ours: Json) -> Json:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {OURS: ours},
        "name": name,
        "color": color,
        "marked_range": marked_range,
        "comment": comment,
    }


def _gap(frames: int, rate: FrameRate) -> Json:
    return {
        "OTIO_SCHEMA": "Gap.1",
        "metadata": {},
        "name": "",
        "source_range": _range(0, frames, rate),
        "effects": [],
        "markers": [],
        "enabled": True,
    }


def _range(start_frame: int, frames: int, rate: FrameRate) -> Json:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "duration": _rational(frames, rate),
        "start_time": _rational(start_frame, rate),
    }


def _rational(frames: int, rate: FrameRate) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate.fps), "value": float(frames)}
