"""From a loaded timeline to the cut: what is seen, heard, marked and said, in record time."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from hitpoint.model.cut import AudioClip, Cut, Subtitle
from hitpoint.model.errors import CutError
from hitpoint.model.time import (
    FrameRate,
    FrameSpan,
    frames_to_seconds,
    seconds_to_nearest_frame,
)
from hitpoint.timeline.flatten import Flattened, PlacedClip, flatten
from hitpoint.timeline.loaded import LoadedTimeline
from hitpoint.timeline.media_ranges import MediaFinder
from hitpoint.timeline.picture import is_generator, visible_shots
from hitpoint.timeline.previous_score import is_our_audio
from hitpoint.timeline.timeline_markers import editors_markers

#: Ten days: longer is a mistake in the file, and would take weeks to score.
_MAX_DURATION_S = 864_000


def read_cut(loaded: LoadedTimeline, *, subtitles: Path | None = None) -> Cut:
    """Return the cut that a loaded timeline holds.

    Parameters
    ----------
    subtitles : Path | None
        A subtitle file; without one the timeline's own subtitle tracks are taken, where it has any.

    Raises `CutError` if there is nothing on the timeline, `SubtitleError` if the file cannot be read. `warnings` of
    the result are those of loading and of reading.
    """
    rate = loaded.rate
    flat = flatten(loaded.timeline)
    media = _media_finder(loaded)
    sound, has_our_score = _cut_sound(flat.clips, rate, media)
    enabled = [clip for clip in flat.clips if clip.is_enabled and clip.kind == "Video"]
    clip_ends = [clip.end_s for clip in enabled] + [frames_to_seconds(clip.span.end_frame, rate) for clip in sound]
    # a score whose track an editor robbed of its metadata must not make the cut longer
    end_s = max(clip_ends, default=Fraction(0)) if has_our_score or not clip_ends else flat.end_s
    duration_frames = seconds_to_nearest_frame(end_s, rate)
    _check_duration(duration_frames, flat, loaded)
    shots = visible_shots(flat.clips, rate, media)
    if not sound and not loaded.timeline.audio_tracks():
        sound = _sound_of_picture(enabled, rate, _media_finder(loaded))
    markers, marker_warnings = editors_markers(flat.markers, rate=rate, duration_frames=duration_frames)
    lines, subtitle_warnings = _lines(loaded, flat.clips, subtitles, duration_frames)
    return Cut(
        name=loaded.timeline.name or loaded.path.stem,
        rate=rate,
        start_timecode_frame=loaded.start_timecode_frame,
        duration_frames=duration_frames,
        shots=shots,
        audio_clips=tuple(sound),
        markers=markers,
        subtitles=lines,
        source_path=loaded.path,
        warnings=(
            *loaded.warnings,
            *_warnings(flat),
            *media.warnings(),
            *([] if shots else ["there is no picture on the timeline; scored from its sound and markers alone"]),
            *marker_warnings,
            *subtitle_warnings,
        ),
    )


def _media_finder(loaded: LoadedTimeline) -> MediaFinder:
    return MediaFinder(
        folder=loaded.media_folder, frame_s=loaded.rate.frame_s, bundle=loaded.path, bundled=loaded.bundled
    )


def _check_duration(duration_frames: int, flat: Flattened, loaded: LoadedTimeline) -> None:
    name = loaded.path.name
    if duration_frames <= 0:
        reason = "every clip on it is disabled" if flat.clips else "there is no clip on it"
        if flat.backwards_items or flat.empty_items:
            reason = f"its clips have no length (first: {(flat.backwards_items + flat.empty_items)[0]!r})"
        raise CutError(f"{name} has nothing to score: {reason}; give the timeline with its picture")
    if frames_to_seconds(duration_frames, loaded.rate) > _MAX_DURATION_S:
        raise CutError(f"{name} is more than ten days long, which must be a mistake; check its longest clip")


def _cut_sound(clips: Iterable[PlacedClip], rate: FrameRate, media: MediaFinder) -> tuple[list[AudioClip], bool]:
    """Return the enabled clips of the sound tracks without scores that Hitpoint wrote, and whether there were any."""
    found: dict[tuple[object, ...], AudioClip] = {}
    ours: dict[Path, bool] = {}
    for placed in clips:
        if placed.kind != "Audio" or not placed.is_enabled or is_generator(placed.clip):
            continue
        clip = _audio_clip(placed, rate, media)
        if clip is None:
            continue
        path = clip.media.path
        if path is not None and not clip.media.is_missing and path not in ours:
            ours[path] = is_our_audio(path)
        if path is not None and ours.get(path):
            continue
        # the channels of one file lie on a track each; a nested sequence is there for its picture and for its sound
        key = (clip.span.start_frame, clip.span.end_frame, clip.name, path, clip.media.source_start_s)
        found.setdefault(key, clip)
    return list(found.values()), any(ours.values())


def _sound_of_picture(clips: Iterable[PlacedClip], rate: FrameRate, media: MediaFinder) -> list[AudioClip]:
    """Return the sound that is in the picture's own files, for timelines that were exported without sound tracks."""
    found = []
    for placed in clips:
        if not is_generator(placed.clip):
            clip = _audio_clip(placed, rate, media)
            if clip is not None and not clip.media.is_missing:
                found.append(clip)
    return found


def _audio_clip(placed: PlacedClip, rate: FrameRate, media: MediaFinder) -> AudioClip | None:
    start_frame, end_frame = (seconds_to_nearest_frame(moment, rate) for moment in (placed.start_s, placed.end_s))
    source = media.media_range(placed, placed.start_s, placed.end_s)
    if end_frame <= start_frame or source is None:
        return None
    return AudioClip(
        span=FrameSpan(start_frame, end_frame),
        name=placed.clip.name or "sound",
        track_name=placed.track_name,
        media=source,
    )


def _lines(
    loaded: LoadedTimeline, clips: Iterable[PlacedClip], path: Path | None, duration_frames: int
) -> tuple[tuple[Subtitle, ...], tuple[str, ...]]:
    """Return the subtitles of the file, else of the timeline's subtitle tracks, whose clips' names are the text."""
    if path is not None:
        from hitpoint.timeline.subtitles import read_subtitles

        return read_subtitles(
            path,
            start_timecode_s=frames_to_seconds(loaded.start_timecode_frame, loaded.rate),
            duration_s=frames_to_seconds(duration_frames, loaded.rate),
            rate=loaded.rate,
        )
    lines = [
        Subtitle(start_s=clip.start_s, end_s=clip.end_s, text=clip.clip.name.strip())
        for clip in clips
        if clip.kind.casefold() == "subtitle" and clip.is_enabled and clip.clip.name.strip()
    ]
    return tuple(sorted(lines, key=lambda line: (line.start_s, line.end_s))), ()


def _warnings(flat: Flattened) -> list[str]:
    found = []
    for items, what in (
        (flat.empty_items, "without length left out"),
        (flat.backwards_items, "with a negative length left out"),
        (flat.unknown_warps, "with a time warp that is not understood, read at normal speed"),
    ):
        if items:
            found.append(f"{len(items)} item{'s' * (len(items) != 1)} (first: {items[0]!r}) {what}")
    return found
