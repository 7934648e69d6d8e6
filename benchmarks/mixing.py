"""Print how fast eight stems are mixed, how little the chain does to them, and how each bus and seat sounds.

`python benchmarks/mixing.py`; `--minutes N` mixes N minutes instead of two. The stems are decaying noise bursts and
tones, as dense as a busy score; tone, depth and the arc are measured on the audio of mixes made for them.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from hitpoint.measure import intensity_correlation
from hitpoint.mixing import MixSettings, mix_stems
from hitpoint.mixing.hall import hall_response
from hitpoint.model.audio import MixResult, StemFile
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


#: No room and no limiter, so that the tone is alone.
DRY = MixSettings(loudness="underscore", dialogue_lufs=-40.0, hall_send_db=-60.0)
BANDS_HZ = ((8, 16), (30, 60), (60, 120), (120, 250), (800, 1200), (3500, 5000), (8000, 12_000), (14_000, 19_000))


def mix_of(folder: Path, name: str, wave: np.ndarray, settings: MixSettings, **more: object) -> MixResult:
    """Mix one stem; `depth` is 0 (front) unless given."""
    path = folder / f"{name}.f32"
    wave.astype("<f4").tofile(path)
    stem = StemFile(stem=name, path=path, start_sample=0, length_samples=len(wave), depth=float(more.pop("depth", 0.0)))
    return mix_stems((stem,), settings=settings, performances=(), work_folder=folder / "mixed", **more)


def band_gains_db(folder: Path, name: str, wave: np.ndarray, settings: MixSettings, depth: float) -> list[float]:
    """Return what a bus does to noise, in each of `BANDS_HZ`, against the noise itself."""
    result = mix_of(folder, name, wave, settings, depth=depth)
    heard = np.fromfile(result.mix.path, "<f4").reshape(-1, 2) * 10 ** (-result.gain_db / 20)
    hertz = np.fft.rfftfreq(len(wave), 1 / SAMPLE_RATE_HZ)
    before, after = (np.abs(np.fft.rfft(signal[:, 0])) ** 2 for signal in (wave, heard))
    bands = [(hertz >= low) & (hertz < high) for low, high in BANDS_HZ]
    return [float(10 * np.log10(after[band].sum() / before[band].sum())) for band in bands]


def print_tones(folder: Path) -> None:
    wave = 0.1 * np.random.default_rng(1).standard_normal((20 * SAMPLE_RATE_HZ, 2))
    print("tone of the buses at depth 0, dB on noise:", " ".join(f"{a}-{b} Hz" for a, b in BANDS_HZ))
    for name in STEM_NAMES:
        print(f"  {name:10s}", " ".join(f"{gain:+6.1f}" for gain in band_gains_db(folder, name, wave, DRY, 0.0)))
    room = DRY.desk.room
    with_hall = MixSettings(loudness="underscore", dialogue_lufs=-40.0)
    print("depth: 14-19 kHz against 0.8-1.2 kHz (brass), dry and with hall; gap before the first reflection")
    nearest: tuple[float, float] | None = None
    for depth in (0.0, 0.25, 0.5, 0.75, 1.0):
        gains = [band_gains_db(folder, "brass", wave, settings, depth) for settings in (DRY, with_hall)]
        dry_db, wet_db = (gain[-1] - gain[4] for gain in gains)
        nearest = nearest or (dry_db, wet_db)
        gap_ms = 1000 * np.argmax(np.abs(hall_response(depth, room).early).max(axis=(0, 1)) > 0) / SAMPLE_RATE_HZ
        print(f"  {depth:.2f}  {dry_db - nearest[0]:+.1f} dB  {wet_db - nearest[1]:+.1f} dB  {gap_ms:.1f} ms")


def print_clicks(folder: Path) -> None:
    clicks = np.zeros((4 * SAMPLE_RATE_HZ, 2))
    clicks[2 * SAMPLE_RATE_HZ + 17] = 0.5
    worst, softest_db = 0, 0.0
    settings = MixSettings(loudness="underscore", dialogue_lufs=-40.0)
    for name in STEM_NAMES:
        for depth in (0.0, 0.5, 1.0):
            result = mix_of(folder, name, clicks, settings, depth=depth)
            heard = np.abs(np.fromfile(result.mix.path, "<f4")[::2])
            worst = max(worst, abs(int(heard.argmax()) - 2 * SAMPLE_RATE_HZ - 17))
            softest_db = min(softest_db, 20 * float(np.log10(heard.max() * 10 ** (-result.gain_db / 20) / 0.5)))
    print(f"clicks through 8 buses at 3 depths: off by {worst} samples at most; peak {softest_db:+.1f} dB at least")


def print_arc(folder: Path) -> None:
    """Mix music that swells by 17 dB as planned, with and without somebody speaking under its climax."""
    clock = np.arange(80 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    intensity = np.interp(np.arange(160) / 2, [0, 25, 40, 70, 80], [0.15, 0.6, 0.25, 1.0, 0.2])
    level = 10 ** (np.interp(clock, np.arange(160) / 2, 20 * intensity - 40) / 20)
    notes = np.random.default_rng(11).standard_normal(len(clock)) * np.exp(-3 * (clock % 0.5)) * level
    wave = notes[:, None] * np.array([0.8, 0.6])
    print(f"an arc of {20 * (intensity[138] - intensity[3]):.1f} dB")
    for loudness in ("ebu", "online"):
        for speech in ((), ((60 * SAMPLE_RATE_HZ, 70 * SAMPLE_RATE_HZ),)):
            result = mix_of(folder, "strings", wave, MixSettings(loudness=loudness), speech=speech)
            short_lufs = result.short_term_lufs
            print(
                f"  {loudness:7s}{'speech at the climax' if speech else 'nobody speaks':21s} correlation "
                f"{intensity_correlation(intensity, 0.5, 0.0, short_lufs, 0.0):.3f}, climax minus start "
                f"{short_lufs[705] - short_lufs[30]:.1f} LU, limiter {result.limiter_max_reduction_db:.1f} dB, "
                f"duck {min([gain_db for _, gain_db in result.automation[0].points], default=0.0):.1f} dB"
            )


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
    with tempfile.TemporaryDirectory() as folder:
        print_tones(Path(folder))
        print_clicks(Path(folder))
        print_arc(Path(folder))


if __name__ == "__main__":
    main()
