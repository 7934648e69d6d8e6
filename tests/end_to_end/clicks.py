"""What the tests with MLT share: rates, clicks written as the engine writes a score, and what is heard of them."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import opentimelineio as otio
import soundfile

from hitpoint.delivery.wav import time_reference_samples, write_bwf
from hitpoint.measure import measure_hits
from hitpoint.model.audio import AudioFile, HitMeasurement, StemFile
from hitpoint.model.time import (
    SAMPLE_RATE_HZ,
    FrameRate,
    frames_to_samples,
    timecode_to_frames,
    whole_sample_period_frames,
)
from hitpoint.timeline.write_back.write import CuePlacement, ScorePlacement, wav_head_frame

#: Every kind of rate, and a first timecode.
RATES = {
    "24": (FrameRate(24), "01:00:00:00"),
    "25": (FrameRate(25), "10:00:00:00"),
    "23.976": (FrameRate(24000, 1001), "01:00:00:00"),
    "29.97 NDF": (FrameRate(30000, 1001), "01:00:00:00"),
    "29.97 DF": (FrameRate(30000, 1001, drop_frame=True), "01:00:00;00"),
    "from midnight": (FrameRate(25), "00:00:00:00"),
}
assert RATES
#: MLT's clicks lie no further than this from their frames.
WORST_MS = 1.0


@dataclass(frozen=True)
class Clicks:
    """Clicks by stem, in frames of a cut of so many frames, and the cues they are cut into."""

    length_frames: int
    cues: tuple[tuple[int, int], ...]
    frames: dict[str, tuple[int, ...]]
    silent: tuple[str, ...] = field(default=())

    def wanted_ms(self, name: str, rate: FrameRate) -> list[float]:
        return [float(1_000 * frame * rate.frame_s) for frame in self.frames[name]]

    def write(self, folder: Path, rate: FrameRate, start: int) -> tuple[ScorePlacement, dict[str, AudioFile], int]:
        """Write a file per stem; return where the score lies, the files, and the frame at which they begin."""
        head = wav_head_frame(-1_000, rate, start)
        period = whole_sample_period_frames(rate)
        length = frames_to_samples(-(-(self.length_frames - head) // period) * period, rate)
        start_sample = frames_to_samples(head, rate)
        folder.mkdir(parents=True)
        files = {}
        for stem in (*self.frames, *self.silent):
            samples = np.zeros((length, 2), np.float32)
            samples[[frames_to_samples(frame, rate) - start_sample for frame in self.frames.get(stem, ())]] = 0.5
            files[stem] = write_bwf(
                [samples],
                folder / f"cut_{stem}.wav",
                start_sample=start_sample,
                time_reference_samples=time_reference_samples(start_sample, rate, start),
            )
        cues = tuple(
            CuePlacement(number=f"1m{number}", title="", start_frame=first, end_frame=last)
            for number, (first, last) in enumerate(self.cues, 1)
        )
        stems = {name: file for name, file in files.items() if name != "mix"}
        return ScorePlacement(mix=files["mix"], stems=stems, cues=cues, hits=()), files, head


def write_cut(
    path: Path, rate: FrameRate, timecode: str, *, frames: int, hits: tuple[int, ...] = ()
) -> otio.schema.Timeline:
    """Write a cut of one shot without media, with a red marker on every hit; the file's name is the cut's."""
    rational, span = otio.opentime.RationalTime, otio.opentime.TimeRange
    fps = float(rate.fps)
    timeline = otio.schema.Timeline(path.stem, global_start_time=rational(timecode_to_frames(timecode, rate), fps))
    track = otio.schema.Track("V1", kind="Video")
    whole = span(rational(0, fps), rational(frames, fps))
    track.append(otio.schema.Clip("shot", otio.schema.MissingReference(), whole))
    timeline.tracks.append(track)
    for frame in hits:
        marked = span(rational(frame, fps), rational(1, fps))
        timeline.tracks.markers.append(otio.schema.Marker("HIT !!", marked, "RED"))
    otio.adapters.write_to_file(timeline, str(path))
    return timeline


def heard_ms(path: Path) -> list[float]:
    """The moments of all clicks in a rendered file."""
    samples, rate_hz = soundfile.read(path)
    assert rate_hz == SAMPLE_RATE_HZ
    return [1_000 * sample / rate_hz for sample in np.flatnonzero(abs(samples).max(axis=1) > 0.1)]


def heard_hits(path: Path, hits: tuple[int, ...], rate: FrameRate) -> list[HitMeasurement]:
    """What a detector that knows no plan hears of hits in a rendered file."""
    samples, rate_hz = soundfile.read(path, dtype="float32")
    assert rate_hz == SAMPLE_RATE_HZ
    raw = path.with_suffix(".f32")
    samples.astype("<f4").tofile(raw)
    played = StemFile(stem="mix", path=raw, start_sample=0, length_samples=len(samples))
    return list(measure_hits(played, [(f"hit {frame}", frames_to_samples(frame, rate)) for frame in hits]))
