"""Timeline.Export in the shape of a real one (fixtures: resolve_picchu_effects.otio), and its import."""

from fractions import Fraction

import opentimelineio as otio

from . import model


def write_otio(timeline, path, *, with_timeline_markers):
    rate = _rate(timeline)
    made = otio.schema.Timeline(name="", global_start_time=otio.opentime.RationalTime(timeline.start, rate))
    made.metadata["Resolve_OTIO"] = {"Resolve OTIO Meta Version": "1.0"}
    length = timeline.length
    for kind in ("video", "audio"):
        for number, track in enumerate(timeline.tracks[kind], 1):
            made.tracks.append(_track(timeline, track, kind, number, rate, length))
    if with_timeline_markers:
        for frame, marker in timeline.markers.items():  # where Resolve puts them has not been seen; no customData
            made.tracks.markers.append(_marker(marker, frame, rate))
    otio.adapters.write_to_file(made, path)


def _rate(timeline):
    return float(round(timeline.rate, 3))  # 23.976, as Resolve writes it


def _time_range(start, duration, rate):
    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(start, rate), time(duration, rate))


def _marker(marker, frame, rate):
    return otio.schema.Marker(
        name=marker["name"],
        marked_range=_time_range(frame, marker["duration"], rate),
        color=marker["color"].upper(),
        metadata={"Resolve_OTIO": {"Keywords": [], "Note": marker["note"]}},
    )


def _track(timeline, track, kind, number, rate, length):
    # a track that the user renamed exports under its name; the fixture has Resolve's own names only
    metadata = {"Locked": track.is_locked}
    if kind == "audio":
        metadata = {"Audio Type": track.subtype.title(), "Locked": track.is_locked, "SoloOn": False}
    made = otio.schema.Track(name=track.name, kind=kind.title(), metadata={"Resolve_OTIO": metadata})
    made.enabled = track.is_enabled
    at = timeline.start
    for item in track.items:
        if item.kind == "transition":
            half = otio.opentime.RationalTime(item.duration / 2, rate)
            made.append(otio.schema.Transition("Cross Dissolve", "SMPTE_Dissolve", half, half))
            continue
        if item.start > at:
            made.append(otio.schema.Gap(source_range=_time_range(0, item.start - at, rate)))
        made.append(_clip(item, kind, rate))
        at = item.end
    if at < timeline.start + length:
        made.append(otio.schema.Gap(source_range=_time_range(0, timeline.start + length - at, rate)))
    return made


def _clip(item, kind, rate):
    media = item.media
    if media is None:
        reference = otio.schema.GeneratorReference(generator_kind="Rich")
        source = _time_range(0, item.duration, rate)
    else:
        reference = otio.schema.ExternalReference(
            target_url=media.path, available_range=_time_range(media.start_frame, media.frames, media.fps)
        )
        reference.name = media.name
        source = _time_range(media.start_frame * rate / media.fps + item.left, item.duration, rate)
    metadata = {"Channels": [{"Source Channel ID": n, "Source Track ID": 0} for n in (0, 1)]} if kind == "audio" else {}
    clip = otio.schema.Clip(
        name=item.name, media_reference=reference, source_range=source, metadata={"Resolve_OTIO": metadata}
    )
    clip.enabled = item.is_enabled
    for frame, marker in item.markers.items():
        clip.markers.append(_marker(marker, source.start_time.value + frame, rate))
    return clip


def import_otio(path, name, *, is_picky):
    """Return the timeline that a file becomes; None, silently, where it is not in Resolve's shape (ledger 11)."""
    try:
        read = otio.adapters.read_from_file(path)
    except (otio.exceptions.OTIOError, OSError, ValueError):
        return None
    if is_picky and (read.global_start_time is None or "Resolve_OTIO" not in read.metadata):
        return None
    rate = read.global_start_time.rate
    timeline = model.Timeline(name, rate=Fraction(str(rate)), start=int(read.global_start_time.value))
    for track in read.tracks:
        made = model.Track(track.name, "stereo" if track.kind == "Audio" else "")
        at = timeline.start
        for child in track:
            if isinstance(child, otio.schema.Clip):
                if is_picky and child.media_reference.available_range is None:
                    return None
                duration = int(child.source_range.duration.value)
                url = getattr(child.media_reference, "target_url", "")
                media = model.Media(child.name, url, rate, duration)
                made.items.append(model.Item(child.name, at, duration, media))
            at += int(child.duration().value)
        timeline.tracks[track.kind.lower()].append(made)
    return timeline
