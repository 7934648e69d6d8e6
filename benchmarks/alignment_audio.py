"""Print how well generated audio is pulled onto a score: `python benchmarks/alignment_audio.py [--palettes A,B]`.

Takes with a known truth (degraded_takes.py): played again at another tempo, from another place, in other sounds, in a
hall, with noise, with holes. Per kind of degradation, over all palettes:
1. hits as heard (hitpoint.measure) before and after, in ms: median, 95 %, worst; not heard; replaced by the sketch;
2. the truth: how far from its own moment each pinned hit was taken (another note may be heard on the hit's sample);
3. other pieces, noise, and tempi outside the limits: how many are refused.
Then the stretcher alone beside Rubber Band through pedalboard on strokes at known places, and time per minute of audio.
"""

import argparse
import time

import numpy as np
from degraded_takes import (
    HARP,
    MARIMBA,
    PIANO,
    Sketch,
    drift,
    in_a_hall,
    make_sketch,
    offset,
    play_again,
    rubato,
    with_noise,
    without,
)

from hitpoint.alignment import Aligned, Unaligned, Warp, align, listen
from hitpoint.alignment.stretch import stretch
from hitpoint.measure import detect_onsets
from hitpoint.model.time import SAMPLE_RATE_HZ

CASES = {
    "offset 0.7 s": (offset(0.7), {}, ""),
    "8 % slower": (drift(0.08), {}, ""),
    "8 % faster": (drift(-0.08), {}, ""),
    "rubato 13 %": (rubato(), {}, ""),
    "hall and noise, 4 % slower": (drift(0.04), {}, "hall"),
    "on a harp, 5 % faster": (drift(-0.05), {"preset": HARP}, ""),
    "on a marimba, 7 % slower": (drift(0.07), {"preset": MARIMBA}, ""),
    "on a piano, rubato": (rubato(), {"preset": PIANO}, ""),
    "two holes, 5 % slower": (drift(0.05), {}, "holes"),
}


def degraded(sketch: Sketch, name: str, rng: np.random.Generator) -> np.ndarray:
    moved, options, after = CASES[name]
    take = play_again(sketch, moved, **options)
    if after == "hall":
        return with_noise(in_a_hall(take, rng), rng)
    if after == "holes":
        return without(take, ((4.4, 5.2), (10.0, 11.0)))
    return take


def row(errors: list[float]) -> str:
    if not errors:
        return "     -      -      -"
    size = np.abs(errors)
    return f"{np.median(size):6.1f} {np.percentile(size, 95):6.1f} {size.max():6.1f}"


def takes(sketches: list[Sketch]) -> None:
    rng = np.random.default_rng(3)
    print("hits, |error| in ms: median, 95 %, worst (nh: not heard)")
    print(f"{'':28s} n  {'before':>24s}      {'after':>20s}           {'truth at pins':>20s}")
    everything: list[float] = []
    count = within = 0
    cpu_s = audio_s = 0.0
    for name in CASES:
        before: list[float] = []
        after: list[float] = []
        truth: list[float] = []
        missed = [0, 0]
        hits = replaced = refused = 0
        for sketch in sketches:
            take = degraded(sketch, name, rng)
            began = time.process_time()
            result = align(take, start_sample=sketch.start_sample, hits=sketch.hits, sketch=sketch.audio)
            cpu_s, audio_s = cpu_s + time.process_time() - began, audio_s + len(sketch.audio) / SAMPLE_RATE_HZ
            if isinstance(result, Unaligned):
                refused += 1
                continue
            for hit in result.hits:
                hits += 1
                for index, (found, errors) in enumerate(((hit.before, before), (hit.after, after))):
                    if found.error_ms is None:
                        missed[index] += 1
                    else:
                        errors.append(found.error_ms)
                replaced += hit.how == "replaced"
                if hit.how == "aligned":
                    target = np.array([(hit.wanted_sample - sketch.start_sample) / SAMPLE_RATE_HZ])
                    truth.append(float((result.warp.source_at(target) - CASES[name][0](target))[0]) * 1000)
        everything += after
        count += hits
        within += sum(abs(error) <= 10 for error in after)
        print(
            f"{name:28s} {hits:2d}  {row(before)} nh {missed[0]:2d}   {row(after)} nh {missed[1]:2d}   {row(truth)}"
            f"   replaced {replaced}, refused {refused} of {len(sketches)}",
            flush=True,
        )
    print(f"all: {row(everything)}; within 10 ms: {within} of {count} ({within / max(count, 1):.1%})")
    print(f"time: {60 * cpu_s / audio_s:.1f} s of one core per minute of audio")


def refusals(sketches: list[Sketch]) -> None:
    rng = np.random.default_rng(5)
    told: list[str] = []
    wrong = 0
    for sketch in sketches:
        heard = listen(sketch.audio)
        others = [(f"{other.name}", other.audio) for other in sketches if other is not sketch]
        others.append(("another take", make_sketch(sketch.name.rsplit("-", 1)[0], seconds=21.0, seed=9).audio))
        others.append(("noise", (0.1 * rng.standard_normal(sketch.audio.shape)).astype(np.float32)))
        others.append(("60 % slower", play_again(sketch, drift(0.6))))
        for name, audio in others:
            result = align(
                audio, start_sample=sketch.start_sample, hits=sketch.hits, sketch=sketch.audio, listened=heard
            )
            if isinstance(result, Aligned):
                wrong += 1
                told.append(f"  NOT refused: {name} for {sketch.name}, confidence {result.agreement.confidence:.2f}")
            else:
                told.append(f"  {name} for {sketch.name}: {result.kind}, {result.reason}")
    print(f"what is another piece: {len(told) - wrong} of {len(told)} refused")
    print("\n".join(told))


def stretchers() -> None:
    import pedalboard

    rng = np.random.default_rng(0)
    seconds, every = 12.0, 0.25
    clock = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    mono = 0.02 * np.sin(2 * np.pi * 220 * clock)
    moments = np.arange(1.0, seconds - 1, every)
    for moment in moments:
        first = round(moment * SAMPLE_RATE_HZ)
        mono[first : first + 8000] += 0.3 * rng.standard_normal(8000) * np.exp(-np.arange(8000) / 900)
    audio = np.stack([mono, mono], axis=1).astype(np.float32)
    print("strokes after stretching, from where the map puts them (ms): median, worst; seconds per minute of audio")
    speeds = {
        "speed 1.2": np.full(len(clock), 1.2),
        "speed 0.85": np.full(len(clock), 0.85),
        "wobbling 8 %": 1 + 0.08 * np.sin(2 * np.pi * clock / 7),
    }
    for name, speed in speeds.items():
        landed = np.concatenate([[0.0], np.cumsum(1 / speed)])[:-1] / SAMPLE_RATE_HZ
        length = round(landed[-1] * SAMPLE_RATE_HZ)
        knots = np.arange(0, len(clock), 4800)
        for who in ("ours", "Rubber Band"):
            began = time.process_time()
            if who == "ours":
                made = stretch(audio, Warp(landed[knots], clock[knots]), length_samples=length, onsets_s=moments)
            else:
                made = pedalboard.time_stretch(np.ascontiguousarray(audio.T), SAMPLE_RATE_HZ, speed).T
            took = time.process_time() - began
            heard = detect_onsets(np.ascontiguousarray(made), SAMPLE_RATE_HZ).samples / SAMPLE_RATE_HZ
            wanted = np.interp(moments, clock, landed)
            errors = np.array([heard[np.argmin(np.abs(heard - at))] - at for at in wanted]) * 1000
            print(
                f"  {name:14s} {who:12s} {np.median(errors):+7.2f} {np.abs(errors).max():7.2f}"
                f"   {60 * took / seconds:5.1f} s"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--palettes", default="tense,romantic,heroic,wonder,electronic")
    parser.add_argument("--seconds", type=float, default=16.0)
    options = parser.parse_args()
    sketches = [make_sketch(palette, seconds=options.seconds) for palette in options.palettes.split(",")]
    takes(sketches)
    refusals(sketches)
    stretchers()


if __name__ == "__main__":
    main()
