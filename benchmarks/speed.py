"""How long does a cut take, cold, and how much memory?

    python benchmarks/speed.py              a two-minute 1080p H.264 film and the demo cut, as a user runs them
    python benchmarks/speed.py --hours 2    a long cut without picture, beside one of a quarter of its length

Each run is a fresh process with an empty cache of ours. Memory is the proportional set size of the whole process tree,
sampled ten times a second (Linux). Times are given beside what PyAV alone needs to decode the same picture and scale it
down, measured in the same run, because machines differ.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from random_cuts import make_cut

REPO = Path(__file__).resolve().parents[1]


def film_1080p(path: Path, seconds: int = 120) -> None:
    """Make a 1080p film with grain out of the demo picture (looped), with its sound."""
    source = REPO / "resources" / "demo" / "chase.mp4"
    rng = np.random.default_rng(3)
    grain = rng.integers(0, 9, (1100, 1940), dtype=np.uint8)
    with av.open(str(path), "w") as target:
        picture = target.add_stream("libx264", rate=24, options={"crf": "23", "preset": "veryfast"})
        picture.width, picture.height, picture.pix_fmt = 1920, 1080, "yuv420p"
        sound = target.add_stream("aac", rate=48_000, layout="mono")
        frames = samples = 0
        while frames < seconds * 24:
            with av.open(str(source)) as reader:
                for frame in reader.decode(video=0):
                    if frames == seconds * 24:
                        break
                    large = frame.reformat(1920, 1080, "yuv420p")
                    luma = np.frombuffer(large.planes[0], np.uint8).reshape(1080, large.planes[0].line_size)[:, :1920]
                    y, x = rng.integers(0, 20, 2)
                    planes = [luma + np.minimum(grain[y : y + 1080, x : x + 1920], 255 - luma)]
                    planes += [np.frombuffer(p, np.uint8).reshape(540, p.line_size)[:, :960] for p in large.planes[1:]]
                    packed = np.concatenate([p.reshape(-1, 1920) for p in (np.ascontiguousarray(q) for q in planes)])
                    grainy = av.VideoFrame.from_ndarray(packed, format="yuv420p")
                    grainy.pts, grainy.time_base = frames, Fraction(1, 24)
                    target.mux(picture.encode(grainy))
                    frames += 1
        target.mux(picture.encode())
        noise = (0.01 * rng.standard_normal((1, 48_000))).astype(np.float32)
        for _ in range(seconds):
            block = av.AudioFrame.from_ndarray(noise, format="fltp", layout="mono")
            block.sample_rate, block.pts, block.time_base = 48_000, samples, Fraction(1, 48_000)
            samples += 48_000
            target.mux(sound.encode(block))
        target.mux(sound.encode())


def decode_s(path: Path) -> float:
    """Return the seconds that decoding and scaling down alone take."""
    start = time.perf_counter()
    with av.open(str(path)) as reader:
        reader.streams.video[0].thread_type = "AUTO"
        for frame in reader.decode(video=0):
            frame.reformat(width=320, height=180, format="bgr24").to_ndarray()
    return time.perf_counter() - start


def tree_memory_mb(root: int) -> float:
    """Return the proportional set size of a process and all its descendants, in MB."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[int(entry.parent.name)] = int(fields[1])
    family = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        if not more:
            break
        family |= more
    total_kb = 0
    for pid in family:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total_kb += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total_kb / 1000


def run_cold(arguments: list[str], scratch: Path) -> tuple[float, float, dict[str, object]]:
    """Run `hitpoint` in a fresh process with an empty cache; return wall seconds, peak MB and the report."""
    environment = {**os.environ, "HITPOINT_CACHE": str(Path(tempfile.mkdtemp(dir=scratch)))}
    command = [sys.executable, "-m", "hitpoint.cli", *arguments, "--json"]
    out = scratch / "stdout.json"
    start = time.perf_counter()
    with out.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, env=environment)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, tree_memory_mb(process.pid))
            time.sleep(0.1)
    wall = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {out.read_text()[-400:]}")
    return wall, peak, json.loads(out.read_text())


def show(name: str, wall: float, peak: float, report: dict[str, object], beside: str = "") -> None:
    steps = report["step_s"]
    assert isinstance(steps, dict)
    print(f"{name}: {wall:.1f} s wall, peak memory {peak:.0f} MB{beside}")
    print("   " + ", ".join(f"{step} {seconds:.2f}" for step, seconds in steps.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, help="score a long cut instead")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        if options.hours:
            rng = np.random.default_rng(5)
            figures = []
            for part in (0.25, 1.0):
                duration_s = options.hours * 3600 * part
                cut = make_cut(scratch, 0, rng, duration_s=duration_s, hits=int(duration_s / 15), gap_s=4)
                wall, peak, report = run_cold(["score", str(cut.timeline), "--out", str(scratch / f"o{part}")], scratch)
                show(f"{duration_s / 3600:g} h cut, {len(cut.hit_frames)} hits", wall, peak, report)
                figures.append(wall)
                for path in (scratch / f"o{part}").rglob("*.wav"):
                    path.unlink()
            print(f"four times the length takes {figures[1] / figures[0]:.2f} times as long")
            return
        film = scratch / "film.mp4"
        film_1080p(film)
        reference = decode_s(film)
        for text, extra in (("", []), (" with --video", ["--video"])):
            wall, peak, report = run_cold(["score", str(film), "--out", str(scratch / "out"), *extra], scratch)
            beside = f" (decoding alone: {reference:.1f} s, ratio {wall / reference:.2f})"
            show(f"two minutes of 1080p, cold{text}", wall, peak, report, beside)
        demo = REPO / "resources" / "demo" / "chase.otio"
        wall, peak, report = run_cold(["score", str(demo), "--out", str(scratch / "demo")], scratch)
        show("the demo cut (86 s, an OTIO), cold", wall, peak, report)


if __name__ == "__main__":
    main()
