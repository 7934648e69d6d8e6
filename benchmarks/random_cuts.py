"""Random cuts for the benchmarks: shots, markers and lines at mixed frame rates, written as OTIO and SRT."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import opentimelineio as otio

RATES = (24.0, 25.0, 24000 / 1001, 30000 / 1001, 30.0, 50.0, 60000 / 1001)
HIT_TEXTS = ("HIT door", "HIT !!", "accent", "impact", "hit 0.9", "stab")


@dataclass(frozen=True)
class RandomCut:
    """Where the files are, and the frames that were marked as hits."""

    timeline: Path
    subtitles: Path
    rate: float
    duration_frames: int
    hit_frames: tuple[int, ...]


def make_cut(
    folder: Path, index: int, rng: np.random.Generator, *, duration_s: float, hits: int, gap_s: float
) -> RandomCut:
    """Write one random cut: shots of 1-6 s, `hits` hard markers at least `gap_s` apart, some lines of dialogue."""
    rate = RATES[index % len(RATES)]
    frames = round(duration_s * rate)

    def rational(value: int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(value, rate)

    timeline = otio.schema.Timeline(f"cut{index:03d}", global_start_time=rational(round(3600 * round(rate))))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    start = 0
    while start < frames:
        length = min(frames - start, round(rng.uniform(1.0, 6.0) * rate))
        span = otio.opentime.TimeRange(rational(start), rational(length))
        track.append(otio.schema.Clip(f"shot {start}", otio.schema.MissingReference(), span))
        start += length
    timeline.tracks.append(track)

    hit_frames: list[int] = []
    gap_frames = gap_s * rate
    for _ in range(10_000):
        frame = int(rng.integers(round(2 * rate), frames - round(2 * rate)))
        if all(abs(frame - other) >= gap_frames for other in hit_frames):
            hit_frames.append(frame)
        if len(hit_frames) == hits:
            break
    for frame in sorted(hit_frames):
        span = otio.opentime.TimeRange(rational(frame), rational(1))
        timeline.tracks.markers.append(otio.schema.Marker(str(rng.choice(HIT_TEXTS)), span, "RED"))
    path = folder / f"cut{index:03d}.otio"
    otio.adapters.write_to_file(timeline, str(path))

    lines, second = [], 3.0
    while second < duration_s - 4:
        length = float(rng.uniform(1.0, 2.5))
        lines.append((second, second + length))
        second += length + float(rng.uniform(2.0, 9.0))

    def stamp(seconds: float) -> str:
        ms = round(seconds * 1000)
        return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"

    blocks = [f"{n}\n{stamp(a)} --> {stamp(b)}\nWe have to leave now.\n" for n, (a, b) in enumerate(lines, 1)]
    subtitles = folder / f"cut{index:03d}.srt"
    subtitles.write_text("\n".join(blocks), encoding="utf-8")
    return RandomCut(path, subtitles, rate, frames, tuple(sorted(hit_frames)))
