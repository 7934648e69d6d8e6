"""How long does a plain video take to be read, and how much memory, beside what decoding it alone takes?

    python benchmarks/read_video.py FILM              a two-minute 1080p film is made of FILM (looped, scaled), once
    python benchmarks/read_video.py --as-is FILM …    the files as they are

FFmpeg's own figures and ours are taken in turn in the same run, each in a fresh process, because machines differ and
their neighbours come and go. Ours is `load_video` alone, imports included. Memory is the process's greatest resident
set size. Cuts are printed so that a change of speed that changes what is found can be seen.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_READ = """
import resource, sys, time
from pathlib import Path
calls, start = [], time.perf_counter()
from hitpoint.model.progress import Progress
from hitpoint.timeline.formats.video import load_video
loaded = load_video(Path(sys.argv[1]), progress=Progress(lambda fraction, sentence: calls.append(time.perf_counter())))
end = time.perf_counter()
moments = [start, *calls, end]
silence_s = max(after - before for before, after in zip(moments, moments[1:]))
shots = loaded.timeline.tracks[0]
memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
first = int(shots[0].source_range.start_time.value)
cuts = [int(shot.source_range.start_time.value) - first for shot in shots]
print(f"{end - start:.2f} {memory_mb:.0f} {silence_s:.2f}", cuts)
"""


def long_film(source: Path, target: Path, seconds: int = 120) -> None:
    """Loop a film until it is two minutes long, at 1080p, H.264 medium, with sound."""
    part = target.with_suffix(".part.mp4")
    command = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-stream_loop", "-1", "-i", str(source)]
    command += ["-t", str(seconds), "-vf", "scale=1920:1080,setsar=1", "-c:v", "libx264", "-preset", "medium"]
    subprocess.run([*command, "-pix_fmt", "yuv420p", "-c:a", "aac", str(part)], check=True)
    part.replace(target)


def ffmpeg_s(path: Path, *filters: str) -> tuple[float, float]:
    """Return the wall and processor seconds that FFmpeg takes to decode a film's picture."""
    before, start = os.times(), time.perf_counter()
    command = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-i", str(path), "-map", "0:v:0", *filters]
    subprocess.run([*command, "-f", "null", "-"], check=True)
    after = os.times()
    wall_s = time.perf_counter() - start
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return wall_s, cpu_s


def read(path: Path) -> tuple[float, float, float, str]:
    """Return seconds, megabytes, the longest silence of the progress in seconds, and the cuts."""
    with tempfile.TemporaryDirectory() as store:  # so that nothing is remembered
        environment = {**os.environ, "HITPOINT_CACHE": store}
        done = subprocess.run([sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, env=environment)
    found = re.match(r"([\d.]+) ([\d.]+) ([\d.]+) (.*)", done.stdout)
    if found is None:
        raise SystemExit(f"{path} could not be read:\n{done.stderr[-400:]}")
    return float(found[1]), float(found[2]), float(found[3]), found[4]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", nargs="+", type=Path)
    parser.add_argument("--as-is", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "video")
    options = parser.parse_args()
    for film in options.films:
        path = film
        if not options.as_is:
            options.folder.mkdir(parents=True, exist_ok=True)
            path = options.folder / f"{film.stem}_1080p_120s.mp4"
            if not path.exists():
                long_film(film, path)
        print(f"{path.name}, {path.stat().st_size / 1e6:.0f} MB, {os.cpu_count()} cores")
        for run in range(options.runs):
            decode_s, decode_cpu_s = ffmpeg_s(path)
            scale_s, scale_cpu_s = ffmpeg_s(path, "-vf", "scale=192:-2:flags=fast_bilinear")
            read_s, memory_mb, silence_s, cuts = read(path)
            print(
                f"  run {run + 1}: ffmpeg decodes {decode_s:.2f} s (cpu {decode_cpu_s:.1f}), "
                f"and scales {scale_s:.2f} s (cpu {scale_cpu_s:.1f}); "
                f"read in {read_s:.2f} s, {memory_mb:.0f} MB, silent {silence_s:.2f} s at most"
            )
        print(f"  {cuts.count(',') + 1} shots: {cuts}")


if __name__ == "__main__":
    main()
