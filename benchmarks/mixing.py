"""Print how fast eight stems are mixed, and how little the chain does to them: `python benchmarks/mixing.py`.

`--minutes N` mixes N minutes instead of two; the stems are decaying noise bursts and tones, as dense as a busy score.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from hitpoint.mixing import MixSettings, mix_stems
from hitpoint.model.audio import StemFile
from hitpoint.model.music import STEM_NAMES
from hitpoint.model.time import SAMPLE_RATE_HZ


def write_stem(path: Path, seconds: int, seed: int) -> None:
    """Write a note every half second: a tone and a noise with a sharp attack and a slow decay."""
    rng = np.random.default_rng(seed)
    note_samples = SAMPLE_RATE_HZ // 2
    clock = np.arange(note_samples) / SAMPLE_RATE_HZ
    with path.open("wb") as file:
        for _ in range(2 * seconds):
            tone = np.sin(2 * np.pi * rng.uniform(60, 900) * clock) + 0.3 * rng.standard_normal(note_samples)
            note = rng.uniform(0.02, 0.2) * tone * np.exp(-clock * 6)
            pan = rng.uniform(0.3, 0.7)
            file.write(np.stack([note * (1 - pan), note * pan], axis=1).astype("<f4").tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--workers", type=int, default=None)
    arguments = parser.parse_args()
    seconds = round(60 * arguments.minutes)
    with tempfile.TemporaryDirectory() as folder:
        stems = []
        for seed, name in enumerate(STEM_NAMES):
            path = Path(folder) / f"{name}.f32"
            write_stem(path, seconds, seed)
            stem = StemFile(stem=name, path=path, start_sample=0, length_samples=seconds * SAMPLE_RATE_HZ)
            stems.append(stem)
        print(f"{len(stems)} stems of {seconds} s")
        for loudness in ("ebu", "online"):
            started_s, started_cpu_s = time.perf_counter(), time.process_time()
            result = mix_stems(
                tuple(stems),
                settings=MixSettings(loudness=loudness),
                performances=(),
                speech=((10 * SAMPLE_RATE_HZ, 20 * SAMPLE_RATE_HZ),),
                work_folder=Path(folder),
                workers=arguments.workers,
            )
            wall_s, cpu_s = time.perf_counter() - started_s, time.process_time() - started_cpu_s
            print(
                f"{loudness:7s} {wall_s:6.2f} s wall, {cpu_s:6.2f} s CPU ({seconds / wall_s:.0f} x real time); "
                f"{result.loudness_lufs:.2f} LUFS, {result.true_peak_dbtp:.2f} dBTP, gain {result.gain_db:+.1f} dB, "
                f"limiter {result.limiter_max_reduction_db:.1f} dB, residual {result.stem_residual_dbfs:.0f} dBFS"
            )
            for warning in result.warnings:
                print(f"        {warning}")
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at most")


if __name__ == "__main__":
    main()
