"""Writes the score back: the same timeline, nothing lost, plus tracks and markers of ours.

For OTIO files the tracks are added to the original JSON document itself, so that whatever else it holds (unknown
schemas, newer schema versions, spellings of numbers) stays as it is; other formats are written as OTIO read them.

All ranges of ours are in whole frames at the timeline's rate, spelled as the timeline spells it. Not in samples,
because OTIO adds times at the higher of two rates and some readers take the project's rate from the sum (Kdenlive
does), so that one clip at 48000 would make a project of 48,000 frames a second. Frames are sample-exact
nevertheless: the WAVs start on a frame that is a whole number of samples (`wav_head_frame`).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitpoint.files import write_beside
from hitpoint.model.audio import AudioFile
from hitpoint.model.errors import CutError, SettingError, did_you_mean
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import (
    FrameRate,
    frames_to_samples,
    round_half_up,
    samples_to_seconds,
    seconds_to_containing_frame,
    seconds_to_nearest_frame,
    timecode_to_frames,
    whole_sample_period_frames,
)
from hitpoint.timeline.media_links import keep_media_online, media_url, timeline_folder
from hitpoint.timeline.previous_score import remove_previous_score
from hitpoint.timeline.write_back import score_objects as objects
from hitpoint.timeline.write_back.resolve_profile import resolve_clip, resolve_marker, resolve_track, shape_for_resolve

if TYPE_CHECKING:
    from hitpoint.timeline.loaded import LoadedTimeline

#: Colours that editors' own markers rarely have (OTIO's names; Resolve shows them as Fuchsia and Purple).
CUE_COLOR, HIT_COLOR = "MAGENTA", "PURPLE"
PROFILES = ("generic", "resolve")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CuePlacement:
    """Where a cue's audio lies on the track, in record frames; `end_frame` includes the tail."""

    number: str
    title: str
    start_frame: int
    end_frame: int
    note: str = ""

    @property
    def name(self) -> str:
        """What the cue's marker and clip are called."""
        return f"{self.number} {self.title}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class HitPlacement:
    """A marker for a hit point; `metadata` (plain JSON values) is written under metadata["hitpoint"]."""

    frame: int
    name: str
    note: str
    kind: str
    weight: float
    cue_number: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePlacement:
    """Everything that is added to the timeline.

    All audio files share one start and one length; the cues are sorted and do not overlap. `metadata` (version, seed)
    is written on each of our tracks.
    """

    mix: AudioFile
    stems: dict[str, AudioFile]
    cues: tuple[CuePlacement, ...]
    hits: tuple[HitPlacement, ...]
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, stem in self.stems.items():
            if (stem.start_sample, stem.length_samples) != (self.mix.start_sample, self.mix.length_samples):
                raise ValueError(f"stem {name!r} does not start and end with the mix")
        for cue in self.cues:
            if cue.end_frame <= cue.start_frame:
                raise ValueError(f"cue {cue.number} has no frames")
        for cue, following in pairwise(self.cues):
            if following.start_frame < cue.end_frame:
                raise ValueError(f"cue {following.number} starts before {cue.number} has ended")


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
    progress: Progress = SILENT,
) -> None:
    """Write the timeline with the score, in the place of any earlier score.

    Parameters
    ----------
    path : Path
        The file to write. Media inside an .otioz is unpacked into a folder beside it.
    final_path : Path | None
        Where the file will lie in the end, if it is moved after writing: relative references are relative to that.
    profile : str
        "generic", or "resolve" for the shape that DaVinci Resolve's importer insists on.
    stems_only : bool
        Enable the stem tracks and disable the mix, instead of the other way round.
    """
    if profile not in PROFILES:
        raise SettingError(f"there is no profile {profile!r}: {did_you_mean(profile, PROFILES)}")
    is_resolve = profile == "resolve"
    folder = (final_path or path).resolve().parent
    files = (placement.mix, *placement.stems.values())
    document = _document(loaded)
    remove_previous_score(
        document, folder=timeline_folder(loaded.path), file_names=frozenset(file.path.name for file in files)
    )
    keep_media_online(document, loaded.path, folder, path.parent, is_resolve=is_resolve, progress=progress)
    if is_resolve:
        shape_for_resolve(document, loaded.rate, loaded.start_timecode_frame)
    stack = document["tracks"]
    writer = _ScoreWriter(
        rate=loaded.rate,
        rate_fps=_spelled_rate(document, loaded.rate),
        start_timecode_frame=loaded.start_timecode_frame,
        stack_start_frame=_stack_start_frame(stack, loaded.rate),
        folder=folder,
        is_resolve=is_resolve,
    )
    labels = ["Score", *(f"Score {stem}" for stem in placement.stems)]
    enabled = [not stems_only, *([stems_only] * len(placement.stems))]
    tracks = [
        writer.track(label, file, placement, is_enabled=is_enabled)
        for label, file, is_enabled in zip(labels, files, enabled, strict=True)
    ]
    if is_resolve:
        taken = sum(child.get("kind") == "Audio" for child in stack.get("children") or ())
        tracks = [resolve_track(track, taken + number) for number, track in enumerate(tracks, 1)]
    stack["children"] = [*(stack.get("children") or ()), *tracks]
    stack["markers"] = [*(stack.get("markers") or ()), *writer.markers(placement)]
    with write_beside(path) as unfinished:
        # escaped to ASCII, so that a tool which opens it in the system's own encoding reads the same
        unfinished.write_text(json.dumps(document, indent=4), encoding="ascii")


def _document(loaded: LoadedTimeline) -> Json:
    """Return a copy of the input as JSON: the original where it is a timeline itself."""
    document = copy.deepcopy(loaded.document)
    if document is None or not str(document.get("OTIO_SCHEMA", "")).startswith("Timeline."):
        document = json.loads(loaded.timeline.to_json_string())
    if not isinstance(document.get("tracks"), dict):
        raise CutError(f"{loaded.path} has no tracks; export the timeline again")
    return document


def _spelled_rate(document: Json, rate: FrameRate) -> float:
    """Return the rate as the timeline itself writes it (23.976, 23.976024627685547), so that frames add up exactly."""
    tracks = document["tracks"].get("children") or ()
    items = (item for track in tracks for item in track.get("children") or ())
    ranges = (item.get("source_range") for item in items)
    moments = [*(found["duration"] for found in ranges if found), document.get("global_start_time")]
    for moment in moments:
        if moment and moment["rate"] > 0 and FrameRate.snap(moment["rate"]).fps == rate.fps:
            return float(moment["rate"])
    return float(rate.fps)


def _stack_start_frame(stack: Json, rate: FrameRate) -> int:
    """Return the stack's own frame at record frame 0; not 0 where the whole timeline is trimmed."""
    if not stack.get("source_range"):
        return 0
    start = stack["source_range"]["start_time"]
    return round_half_up(Fraction(start["value"]) * rate.fps / FrameRate.snap(start["rate"]).fps)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ScoreWriter:
    """Builds our tracks and markers for one timeline."""

    rate: FrameRate
    rate_fps: float
    start_timecode_frame: int
    stack_start_frame: int
    folder: Path
    is_resolve: bool

    def track(self, label: str, file: AudioFile, placement: ScorePlacement, *, is_enabled: bool) -> Json:
        """Return one track with a clip per cue and gaps between them."""
        head_frame = seconds_to_nearest_frame(samples_to_seconds(file.start_sample), self.rate)
        if frames_to_samples(head_frame, self.rate) != file.start_sample:
            raise ValueError(f"{file.path.name} does not start on a frame; see wav_head_frame")
        length_frames = seconds_to_containing_frame(samples_to_seconds(file.length_samples), self.rate)
        # what starts before midnight is labelled as the end of the day, as in the file's time reference
        day_frames = timecode_to_frames(f"23:59:59:{self.rate.timecode_base - 1:02d}", self.rate) + 1
        head_timecode_frame = (self.start_timecode_frame + head_frame) % day_frames
        url = media_url(file.path, self.folder, is_resolve=self.is_resolve)
        available = objects.time_range(head_timecode_frame, length_frames, self.rate_fps)
        children: list[Json] = []
        at_frame = -self.stack_start_frame
        for cue in placement.cues:
            # nothing sounds before the timeline, and nothing is asked of the file that it does not hold
            start_frame = max(cue.start_frame, head_frame, at_frame, 0)
            end_frame = min(cue.end_frame, head_frame + length_frames)
            if end_frame <= start_frame:
                continue
            if start_frame > at_frame:
                children.append(objects.gap(start_frame - at_frame, self.rate_fps))
            source_start = head_timecode_frame + start_frame - head_frame
            clip = objects.clip(
                cue.name if label == "Score" else f"{cue.number} {label.removeprefix('Score ')}",
                objects.time_range(source_start, end_frame - start_frame, self.rate_fps),
                objects.media_reference(file.path.name, url, copy.deepcopy(available)),
                ours={"cue": cue.number, "title": cue.title, "label": label, "note": cue.note},
            )
            children.append(resolve_clip(clip) if self.is_resolve else clip)
            at_frame = end_frame
        return objects.track(label, children, is_enabled=is_enabled, ours=placement.metadata)

    def markers(self, placement: ScorePlacement) -> list[Json]:
        """Return a marker per cue, then one per hit, in the stack's own time."""
        markers = [*self._cue_markers(placement), *self._hit_markers(placement)]
        return [resolve_marker(marker) for marker in markers] if self.is_resolve else markers

    def _cue_markers(self, placement: ScorePlacement) -> Iterator[Json]:
        for cue in placement.cues:
            start_frame = max(cue.start_frame, 0)
            span = self._span(start_frame, cue.end_frame - start_frame)
            yield objects.marker(cue.name, cue.note, CUE_COLOR, span, ours={"cue": cue.number, "kind": "cue"})

    def _hit_markers(self, placement: ScorePlacement) -> Iterator[Json]:
        for hit in placement.hits:
            ours = {"cue": hit.cue_number, "kind": hit.kind, "weight": hit.weight, **hit.metadata}
            yield objects.marker(hit.name, hit.note, HIT_COLOR, self._span(hit.frame, 1), ours=ours)

    def _span(self, start_frame: int, frames: int) -> Json:
        return objects.time_range(self.stack_start_frame + start_frame, frames, self.rate_fps)
