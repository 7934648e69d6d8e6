"""How long does a ten-minute 1080p cut take to be understood, and how long when one marker has moved?

    python benchmarks/analysis.py FILM     FILM is looped, at 1080p, to ten minutes, once

A timeline of 60 clips from the film, with markers, is analysed in a fresh process with an empty store; beside it FFmpeg
decodes and scales the same picture, in the same run. Then one marker is moved, and it is analysed again. Our figure for
the picture and sound alone is the step "looking and listening"; the whole includes imports, story, spotting, JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import opentimelineio as otio
from read_video import ffmpeg_s, long_film

SECONDS, RATE, CLIPS = 600, 24, 60


def ten_minutes(film: Path, folder: Path) -> Path:
    """Return FILM looped to ten minutes of 1080p: two minutes are encoded, and repeated as they are."""
    path = folder / f"{film.stem}_1080p_{SECONDS}s.mp4"
    if path.exists():
        return path
    short = folder / f"{film.stem}_1080p_120s.mp4"
    if not short.exists():
        long_film(film, short)
    part = path.with_suffix(".part.mp4")
    command = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-stream_loop", str(SECONDS // 120 - 1)]
    subprocess.run([*command, "-i", str(short), "-c", "copy", str(part)], check=True)
    part.replace(path)
    return path


def timeline(film: Path, path: Path, *, marker_frame: int) -> None:
    """Write a cut of 60 clips that uses the whole film, in another order, with ten markers."""
    length = SECONDS * RATE // CLIPS
    track, sound = otio.schema.Track("V1", kind="Video"), otio.schema.Track("A1", kind="Audio")
    available = otio.opentime.TimeRange(otio.opentime.RationalTime(0, RATE), otio.opentime.RationalTime(14400, RATE))
    for number in range(CLIPS):
        start = otio.opentime.RationalTime((number * 7 % CLIPS) * length, RATE)
        for target in (track, sound):
            reference = otio.schema.ExternalReference(str(film.resolve()), available)
            span = otio.opentime.TimeRange(start, otio.opentime.RationalTime(length, RATE))
            target.append(otio.schema.Clip(f"c{number}", reference, span))
    cut = otio.schema.Timeline("ten minutes")
    cut.tracks.extend([track, sound])
    for number in range(10):
        at = otio.opentime.RationalTime(1000 + 1300 * number + (marker_frame if number == 4 else 0), RATE)
        span = otio.opentime.TimeRange(at, otio.opentime.RationalTime(1, RATE))
        cut.tracks.markers.append(otio.schema.Marker(f"HIT {number}", span))
    otio.adapters.write_to_file(cut, str(path))


def analysed(path: Path, environment: dict[str, str]) -> tuple[float, float, dict[str, float]]:
    """Return wall and processor seconds, and the steps."""
    before, began = os.times(), time.perf_counter()
    command = [sys.executable, "-m", "hitpoint.cli", "analyse", str(path), "--json"]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    after = os.times()
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - began, cpu_s, json.loads(done.stdout)["step_s"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "video")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    film = ten_minutes(options.film, options.folder)
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "HITPOINT_CACHE": scratch}
        cut = Path(scratch) / "cut.otio"
        timeline(film, cut, marker_frame=0)
        decode_s, decode_cpu_s = ffmpeg_s(film)
        scale_s, scale_cpu_s = ffmpeg_s(film, "-vf", "scale=192:-2:flags=fast_bilinear")
        print(
            f"FFmpeg decodes it in {decode_s:.1f} s (cpu {decode_cpu_s:.0f}), and scales in {scale_s:.1f} s (cpu "
            f"{scale_cpu_s:.0f})"
        )
        cold_s, cold_cpu_s, steps = analysed(cut, environment)
        print(
            f"cold   {cold_s:.1f} s (cpu {cold_cpu_s:.0f}): {cold_s / decode_s:.2f} of decoding, "
            f"{(cold_s - 10) / decode_s:.2f} of it and 10 s; {steps}"
        )
        timeline(film, cut, marker_frame=48)
        again_s, _, steps = analysed(cut, environment)
        print(f"again  {again_s:.1f} s; {steps}")


if __name__ == "__main__":
    main()
