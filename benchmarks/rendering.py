"""What rendering costs and how well attacks are known: `python benchmarks/rendering.py [--minutes N] [--soundfont F]`.

Prints, for every SoundFont that is installed: loading whole and cut to a palette, memory per worker, the attack table
and what a blind onset detector says about it, and the time for an orchestral score on all cores.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hitpoint.measure.onsets import detect_onsets
from hitpoint.model.music import ControlChange, Instrument, Performance, PerformedNote, PerformedPart
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.rendering import measure_attacks, read_soundfont, render_stems
from hitpoint.rendering.find import _FILE_NAMES, soundfont_folders
from hitpoint.rendering.soundfont import subset_bytes
from hitpoint.rendering.synth import Line, LineSynth, load_font

# name, stem, (bank, program), lowest pitch of its chord, voices, note length in s; a full orchestra that never rests
ORCHESTRA = [
    ("violins 1", "strings", (0, 48), 72, 1, 1.0), ("violins 2", "strings", (0, 48), 67, 1, 1.0),
    ("violas", "strings", (0, 49), 60, 1, 2.0), ("celli", "strings", (0, 42), 48, 1, 1.0),
    ("basses", "strings", (0, 43), 36, 1, 2.0), ("ostinato", "strings", (0, 45), 60, 1, 0.25),
    ("horns", "brass", (0, 60), 55, 3, 2.0), ("trumpets", "brass", (0, 56), 65, 2, 1.0),
    ("trombones", "brass", (0, 57), 48, 2, 2.0), ("flute", "winds", (0, 73), 76, 1, 0.5),
    ("oboe", "winds", (0, 68), 70, 1, 0.5), ("bassoon", "winds", (0, 70), 48, 1, 0.5),
    ("timpani", "percussion", (0, 47), 45, 1, 1.0), ("taiko", "percussion", (0, 116), 45, 1, 0.25),
    ("kit", "percussion", (128, 48), 36, 1, 0.5), ("piano", "keys-harp", (0, 0), 48, 2, 0.5),
    ("harp", "keys-harp", (0, 46), 60, 1, 0.5), ("choir", "choir", (0, 52), 60, 4, 2.0),
    ("pad", "synth", (0, 89), 48, 3, 4.0), ("impact drum", "hits", (0, 47), 40, 1, 8.0),
    ("impact brass", "hits", (0, 61), 48, 4, 8.0),
]  # fmt: skip

# what may carry a hit, and the pitches it plays
CARRIERS: dict[str, tuple[tuple[int, int], tuple[int, ...]]] = {
    "timpani": ((0, 47), (40, 45, 50)), "taiko": ((0, 116), (40, 48)), "bass drum": ((128, 48), (36,)),
    "snare": ((128, 48), (38,)), "piano": ((0, 0), (36, 48, 60)), "harp": ((0, 46), (48, 60, 72)),
    "glockenspiel": ((0, 9), (84, 91)), "pizzicato": ((0, 45), (55, 64)), "trumpet": ((0, 56), (62, 69)),
    "brass section": ((0, 61), (50, 62)),
}  # fmt: skip


def installed_fonts() -> Iterator[Path]:
    seen = set()
    for name in _FILE_NAMES:
        for folder in soundfont_folders():
            path = folder / name
            if path.is_file() and path.resolve() not in seen:
                seen.add(path.resolve())
                yield path


def in_a_process(code: str, *arguments: str) -> tuple[float, float]:
    """Return (seconds, peak MB) of a Python program that prints its own figures."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    seconds, kilobytes = done.stdout.split()
    return float(seconds), float(kilobytes) / 1024


LOAD_WHOLE = """
import resource, sys, time
from tinysoundfont._tinysoundfont import SoundFont
start = time.perf_counter()
SoundFont(sys.argv[1])
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
LOAD_CUT = """
import resource, sys, time
from pathlib import Path
from hitpoint.rendering.soundfont import read_soundfont, subset_bytes
from hitpoint.rendering.synth import load_font
presets = [tuple(int(n) for n in text.split("/")) for text in sys.argv[2:]]
start = time.perf_counter()
font = read_soundfont(Path(sys.argv[1]))
load_font(subset_bytes(font, {preset: range(36, 97) for preset in presets}))
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
START = """
import resource, time
start = time.perf_counter()
import hitpoint.rendering.worker
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def loading(font: Path) -> None:
    seconds, megabytes = in_a_process(LOAD_WHOLE, str(font))
    print(f"  whole font:            {seconds:6.2f} s  {megabytes:5.0f} MB")
    for stem in dict.fromkeys(row[1] for row in ORCHESTRA):
        presets = sorted({f"{row[2][0]}/{row[2][1]}" for row in ORCHESTRA if row[1] == stem})
        seconds, megabytes = in_a_process(LOAD_CUT, str(font), *presets)
        print(f"  cut to {stem + ':':<14}  {seconds:6.2f} s  {megabytes:5.0f} MB")


def attacks(font: Path) -> None:
    sounds = [
        (bank, program, pitch, velocity)
        for _, _, (bank, program), low, _, _ in ORCHESTRA
        for pitch in range(low - 6, low + 12)
        for velocity in (50, 80, 110)
    ]
    with tempfile.TemporaryDirectory() as cache:
        for when in ("cold", "warm"):
            start = time.perf_counter()
            table = measure_attacks(font, sounds, cache=Path(cache))
            print(f"  attack table, {when}:   {time.perf_counter() - start:6.2f} s  {len(table.attack_s)} sounds")
        carriers = [
            (*preset, pitch, velocity)
            for preset, pitches in CARRIERS.values()
            for pitch in pitches
            for velocity in (70, 110)
        ]
        table = measure_attacks(font, carriers, cache=Path(cache))
    whole = read_soundfont(font)
    keys: dict[tuple[int, int], set[int]] = {}
    for preset, pitches in CARRIERS.values():
        keys.setdefault(preset, set()).update(pitches)
    loaded = load_font(subset_bytes(whole, keys))
    everything: list[float] = []
    for name, (preset, pitches) in CARRIERS.items():
        errors = []
        for pitch in pitches:
            for velocity in (70, 110):
                wanted = SAMPLE_RATE_HZ // 2
                onset = wanted - round(table.at(*preset, pitch, velocity) * SAMPLE_RATE_HZ)
                errors.append(heard_error_ms(loaded, note(onset, 24_000, pitch, velocity, preset), wanted))
        everything += errors
        attack_ms = statistics.median(1000 * table.at(*preset, pitch, 110) for pitch in pitches)
        print(f"    {name:<14} attack {attack_ms:5.1f} ms, heard {np.nanmedian(errors):+5.1f} ms")
    print(
        f"  single notes, blind detector: median {np.nanmedian(everything):+.2f} ms, "
        f"95 % within {np.nanpercentile(np.abs(everything), 95):.1f} ms, "
        f"worst {np.nanmin(everything):+.1f} {np.nanmax(everything):+.1f} ms, not heard {np.isnan(everything).sum()}"
    )


def heard_error_ms(font: object, played: PerformedNote, wanted_sample: int) -> float:
    """Return heard minus wanted; nan where the detector hears nothing."""
    audio = np.zeros((SAMPLE_RATE_HZ, 2), dtype=np.float32)
    LineSynth(Line((played,), (), 0.0, 0.0), font).render(0, len(audio), audio)
    onsets = detect_onsets(audio, SAMPLE_RATE_HZ)
    if not len(onsets.samples):
        return float("nan")
    loudest = onsets.samples[int(np.argmax(onsets.strengths))]
    return float(loudest - wanted_sample) * 1000 / SAMPLE_RATE_HZ


def note(onset: int, duration: int, pitch: int, velocity: int, preset: tuple[int, int]) -> PerformedNote:
    return PerformedNote(
        onset_sample=onset,
        sounding_sample=onset,
        duration_samples=duration,
        pitch_midi=pitch,
        velocity=velocity,
        bank=preset[0],
        program=preset[1],
    )


def orchestral_score(minutes: float) -> tuple[Performance, dict[str, Instrument]]:
    rng = np.random.default_rng(1)
    length = round(minutes * 60 * SAMPLE_RATE_HZ)
    parts, instruments = [], {}
    for name, stem, preset, low, voices, length_s in ORCHESTRA:
        step = round(length_s * SAMPLE_RATE_HZ)
        notes = [
            note(onset, step, low + int(rng.integers(-5, 6)) + 4 * voice, int(rng.integers(50, 115)), preset)
            for onset in range(0, length - step, step)
            for voice in range(voices)
        ]
        controls = tuple(
            ControlChange(sample=sample, controller=11, value=int(80 + 40 * np.sin(sample / 2e5)))
            for sample in range(0, length, 4800)
        )
        parts.append(PerformedPart(part_id=name, instrument_id=name, stem=stem, notes=tuple(notes), controls=controls))
        instruments[name] = Instrument(
            id=name, name=name, stem=stem, bank=preset[0], program=preset[1], low_midi=0, high_midi=127,
            comfort_low_midi=0, comfort_high_midi=127, articulations={},
        )  # fmt: skip
    tail = 4 * SAMPLE_RATE_HZ
    score = Performance(cue_number="1m1", parts=tuple(parts), start_sample=0, length_samples=length + tail)
    return score, instruments


def speed(font: Path, minutes: float) -> None:
    score, instruments = orchestral_score(minutes)
    held_s = sum(n.duration_samples for part in score.parts for n in part.notes) / SAMPLE_RATE_HZ
    print(
        f"  {minutes:g} minutes, {len(score.parts)} lines in 8 stems, {sum(len(p.notes) for p in score.parts)} notes, "
        f"{held_s / (60 * minutes):.0f} sounding at any time"
    )
    for processes in sorted({1, os.cpu_count() or 1}):
        with tempfile.TemporaryDirectory() as folder:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            start = time.perf_counter()
            render_stems(
                (score,),
                soundfont=font,
                instruments=instruments,
                work_folder=Path(folder),
                start_sample=0,
                length_samples=score.length_samples,
                processes=processes,
            )
            wall_s = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(
            f"  {processes} process(es): {wall_s:6.2f} s wall, {cpu_s:6.2f} s CPU, "
            f"{60 * minutes / wall_s:5.0f} x real time; largest worker {after.ru_maxrss / 1024:.0f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="length of the score that is rendered")
    parser.add_argument("--soundfont", type=Path, help="measure this font only")
    parser.add_argument("--only", choices=("loading", "attacks", "speed"), help="one part of the benchmark")
    settings = parser.parse_args()
    if settings.only is None:
        seconds, megabytes = in_a_process(START)
        print(f"worker start (imports): {seconds:.2f} s, {megabytes:.0f} MB")
    for font in [settings.soundfont] if settings.soundfont else installed_fonts():
        if settings.only != "speed":
            print(f"\n{font.name} ({font.stat().st_size / 1e6:.0f} MB)", flush=True)
        if settings.only == "speed":
            speed(font, settings.minutes)
        elif settings.only is None:  # in a process of its own, so that memory is that of its workers alone
            again = [sys.executable, __file__, "--only", "speed", "--soundfont", str(font)]
            subprocess.run([*again, "--minutes", str(settings.minutes)], check=True)
        if settings.only in (None, "loading"):
            loading(font)
        if settings.only in (None, "attacks"):
            attacks(font)


if __name__ == "__main__":
    main()
