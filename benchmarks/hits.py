"""Do the hits land? Scores random cuts end to end and listens to the finished mix.

    python benchmarks/hits.py [--cuts 30] [--seed 1] [--json FILE]

For each cut (30-60 s, 3-8 hard markers, seven frame rates, every style in turn, half of them with dialogue) it runs
the whole pipeline, opens the finished 24-bit mix and looks for onsets over the whole file with a detector that knows
nothing of the plan. The error of a hit is the distance to the strongest onset within half a frame or 60 ms, whichever
is more; a hit without one counts as missed. A second opinion comes from librosa's onset strength on the same file.
Also printed: the correlation of planned intensity with measured short-term loudness.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from random_cuts import make_cut

from hitpoint.delivery.wav import read_bwf_info
from hitpoint.measure.onsets import detect_onsets
from hitpoint.model.time import FrameRate, timecode_to_frames
from hitpoint.pipeline import ScoreSettings, score
from hitpoint.resources import load_palettes


def librosa_onsets(mono: np.ndarray, rate_hz: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (seconds, strengths) of peaks in librosa's onset strength at 1 ms hop."""
    import librosa
    from scipy.signal import find_peaks

    strength = librosa.onset.onset_strength(y=mono, sr=rate_hz, hop_length=48, n_fft=1024, n_mels=80, center=True)
    peaks, _ = find_peaks(strength, height=np.percentile(strength, 90))
    return peaks * 48 / rate_hz, strength[peaks]


def errors_ms(wanted_s: np.ndarray, onsets_s: np.ndarray, strengths: np.ndarray, window_s: float) -> list[float | None]:
    """Return heard minus wanted in ms for each hit: the strongest onset inside the window, None where there is none."""
    result: list[float | None] = []
    for moment in wanted_s:
        near = np.flatnonzero(np.abs(onsets_s - moment) <= window_s)
        result.append(None if near.size == 0 else float(onsets_s[near[np.argmax(strengths[near])]] - moment) * 1000)
    return result


def describe(name: str, errors: list[float | None], half_frames_ms: list[float]) -> dict[str, float]:
    """Print and return the figures of one detector."""
    heard = np.array([e for e in errors if e is not None])
    within = np.mean([e is not None and abs(e) <= h for e, h in zip(errors, half_frames_ms, strict=True)])
    figures = {
        "hits": len(errors),
        "missed": sum(e is None for e in errors),
        "median_abs_ms": float(np.median(np.abs(heard))),
        "p95_abs_ms": float(np.percentile(np.abs(heard), 95)),
        "worst_late_ms": float(heard.max()),
        "worst_early_ms": float(-heard.min()),
        "share_within_half_frame": float(within),
        "signed_median_ms": float(np.median(heard)),
    }
    print(
        f"{name}: {figures['hits']} hits, {figures['missed']} not heard; |error| median "
        f"{figures['median_abs_ms']:.2f} ms, 95 % {figures['p95_abs_ms']:.2f} ms; "
        f"latest {figures['worst_late_ms']:.2f}, earliest {figures['worst_early_ms']:.2f} ms; "
        f"within half a frame {within:.1%}"
    )
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    styles = list(load_palettes())
    ours: list[float | None] = []
    second: list[float | None] = []
    reported: list[float | None] = []
    half_frames: list[float] = []
    correlations: list[float] = []
    softened = 0
    with tempfile.TemporaryDirectory() as scratch:
        for index in range(options.cuts):
            folder = Path(scratch)
            cut = make_cut(folder, index, rng, duration_s=rng.uniform(30, 60), hits=int(rng.integers(3, 9)), gap_s=1.5)
            style = styles[index % len(styles)]
            settings = ScoreSettings(
                cut_path=cut.timeline,
                out_folder=folder / f"out{index}",
                style=style,
                subtitles_path=cut.subtitles if index % 2 else None,
                seed=index,
            )
            report = score(settings)
            mix_path = folder / f"out{index}" / report["files"]["mix"]
            exact_rate = FrameRate.snap(cut.rate)
            samples, rate_hz = soundfile.read(mix_path, dtype="float32")
            start_frame = timecode_to_frames(report["cut"]["start_timecode"], exact_rate)
            midnight_s = read_bwf_info(mix_path).time_reference_samples / rate_hz
            head_s = midnight_s - float(start_frame * exact_rate.frame_s)
            hard = [
                h for h in report["hits"] if h["kind"] == "accent" and h["is_hard"] and h["frame"] in cut.hit_frames
            ]
            kept = [h for h in hard if not h["was_softened"]]
            softened += len(cut.hit_frames) - len(kept)
            wanted = np.array([float(h["frame"] * exact_rate.frame_s) for h in kept]) - head_s
            window_s = max(0.06, 0.5 / cut.rate)
            mono = samples.mean(axis=1)
            onsets = detect_onsets(mono, rate_hz)
            found = errors_ms(wanted, onsets.samples / rate_hz, onsets.strengths, window_s)
            ours += found
            second += errors_ms(wanted, *librosa_onsets(mono, rate_hz), window_s)
            reported += [h["measured_error_ms"] for h in kept]
            half_frames += [500.0 / cut.rate] * len(kept)
            correlations += [cue["loudness_correlation"] for cue in report["cues"]]
            if options.verbose:
                text = " ".join("  --  " if e is None else f"{e:+6.1f}" for e in found)
                print(f"{index:3d} {style:16} {cut.rate:7.3f} fps  r {correlations[-1]:.2f}  {text}", flush=True)
            for path in (folder / f"out{index}").rglob("*.wav"):
                path.unlink()
    figures = {
        "blind": describe("blind detector", ours, half_frames),
        "librosa": describe("librosa", second, half_frames),
        "reported": describe("as the report says", reported, half_frames),
        "softened": softened,
        "intensity_correlation_median": float(np.median(correlations)),
        "intensity_correlation_lowest": float(np.min(correlations)),
    }
    print(f"hard markers that the solver had to soften: {softened}")
    print(
        f"planned intensity against loudness: r = {np.median(correlations):.2f} in the median, "
        f"{np.min(correlations):.2f} lowest"
    )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
