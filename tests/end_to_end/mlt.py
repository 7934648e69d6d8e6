"""Renders the sound of an OTIO timeline with MLT's `melt`: a second opinion on where our clips play.

Knows nothing of Hitpoint. Traps, found by trying MLT 7.12: without `mix` transitions only the top track is heard; `in`
counts from the first frame of the file, whatever its timecode. Two inaccuracies of MLT's own are kept out of the
measurement by handing it a copy of each WAV: a trimmed file of more than 16 bits plays up to 14 ms late (whole packets,
MLT issue 1156), and a trim of under 12 frames is skipped to instead of sought, some ms off at 29.97.
"""

import subprocess
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import soundfile

LEAD_IN_FRAMES = 100  # a whole number of 48 kHz samples at every rate

#: melt 7.12 waits for itself for ever in one of some thirty runs, when it should end.
TRIES, SECONDS_PER_TRY = 4, 30


def render_audio(otio_path: Path, out_wav: Path, rate: Fraction) -> None:
    """Write what the enabled audio tracks of a timeline play, from record frame 0, at 48 kHz in 24 bits."""
    project = out_wav.with_suffix(".mlt")
    _project(otio_path, rate, out_wav.parent).write(project, encoding="utf-8", xml_declaration=True)
    consumer = f"avformat:{out_wav}"
    command = ["melt", str(project), "-consumer", consumer, "acodec=pcm_s24le", "vn=1", "ar=48000", "real_time=-1"]
    for attempt in range(TRIES):
        try:
            done = subprocess.run(
                [*command, "terminate_on_pause=1"], capture_output=True, text=True, timeout=SECONDS_PER_TRY
            )
        except subprocess.TimeoutExpired:
            if attempt == TRIES - 1:
                raise
            continue
        if done.returncode or not out_wav.exists():
            raise RuntimeError(f"melt failed on {otio_path}: {done.stderr[-2000:]}")
        return


def _project(otio_path: Path, rate: Fraction, scratch: Path) -> ET.ElementTree:
    timeline = otio.adapters.read_from_file(str(otio_path))
    root = ET.Element("mlt")
    ET.SubElement(
        root,
        "profile",
        {
            "description": "test", "width": "64", "height": "36", "progressive": "1",
            "sample_aspect_num": "1", "sample_aspect_den": "1", "display_aspect_num": "16", "display_aspect_den": "9",
            "frame_rate_num": str(rate.numerator), "frame_rate_den": str(rate.denominator), "colorspace": "709",
        },
    )  # fmt: skip
    last_frame = _frames(timeline.tracks.duration(), rate) - 1
    _producer(root, "black", "black", "color", last_frame)
    tracks = [track for track in timeline.audio_tracks() if track.enabled]
    playlists = [_playlist(root, index, track, otio_path.parent, rate, scratch) for index, track in enumerate(tracks)]
    tractor = ET.SubElement(root, "tractor", {"id": "timeline", "in": "0", "out": str(last_frame)})
    multitrack = ET.SubElement(tractor, "multitrack")
    for name in ("black", *playlists):
        ET.SubElement(multitrack, "track", {"producer": name})
    for number in range(1, len(playlists) + 1):
        transition = ET.SubElement(tractor, "transition")
        settings = {"mlt_service": "mix", "a_track": "0", "b_track": str(number), "always_active": "1", "sum": "1"}
        _properties(transition, settings)
    return ET.ElementTree(root)


def _playlist(
    root: ET.Element, index: int, track: otio.schema.Track, folder: Path, rate: Fraction, scratch: Path
) -> str:
    """Add one track: its media first, then clips and gaps in order."""
    entries: list[tuple[str, dict[str, str]]] = []
    for number, item in enumerate(track):
        length = _frames(item.duration(), rate)
        if isinstance(item, otio.schema.Transition) or length <= 0:
            continue
        if not isinstance(item, otio.schema.Clip) or not item.enabled:
            entries.append(("blank", {"length": str(length)}))
            continue
        if item.effects and any(isinstance(effect, otio.schema.TimeEffect) for effect in item.effects):
            raise NotImplementedError(f"{item.name}: time warps")
        media = folder / otio.url_utils.filepath_from_url(item.media_reference.target_url)
        lead_in_frames = LEAD_IN_FRAMES if media.suffix.lower() == ".wav" else 0
        if lead_in_frames:
            media = _copy(media, scratch, int(lead_in_frames / rate * 48_000))
        first = lead_in_frames + _frames(item.trimmed_range().start_time - item.available_range().start_time, rate)
        name = f"media{index}_{number}"
        _producer(root, name, str(media), "avformat", first + length - 1)
        entries.append(("entry", {"producer": name, "in": str(first), "out": str(first + length - 1)}))
    playlist = ET.SubElement(root, "playlist", {"id": f"track{index}"})
    for kind, attributes in entries:
        ET.SubElement(playlist, kind, attributes)
    return f"track{index}"


def _copy(media: Path, scratch: Path, lead_in: int) -> Path:
    """Return a 16-bit copy of a WAV with some silence in front, which MLT trims exactly."""
    copy = scratch / f"copy of {media.parent.name} {media.name}"
    if copy.exists():
        return copy
    with soundfile.SoundFile(media) as source:
        channels = source.channels
        with soundfile.SoundFile(copy, "w", source.samplerate, channels, "PCM_16") as target:
            target.write(np.zeros((lead_in, channels)))
            for block in source.blocks(1 << 18):
                target.write(block)
    return copy


def _producer(root: ET.Element, name: str, resource: str, service: str, last_frame: int) -> None:
    producer = ET.SubElement(root, "producer", {"id": name, "in": "0", "out": str(last_frame)})
    _properties(producer, {"resource": resource, "mlt_service": service, "length": str(last_frame + 1)})


def _properties(element: ET.Element, values: dict[str, str]) -> None:
    for key, value in values.items():
        ET.SubElement(element, "property", {"name": key}).text = value


def _frames(moment: otio.opentime.RationalTime, rate: Fraction) -> int:
    """Return a moment in whole frames; a fraction of a frame is an error of whoever wrote the timeline."""
    frames = moment.value * float(rate) / moment.rate
    if abs(frames - round(frames)) > 1e-3:
        raise ValueError(f"{moment} is {frames} frames at {rate}")
    return round(frames)
