"""Music made of a few sines, and a generator that follows it as a model would (benchmarks/perturbing.py)."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hitpoint.generation.cue import CueSketch
from hitpoint.generation.prompt import Prompt

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
RATE = 48_000
#: Record sample of the first bar.
START = 96_000
BEAT = RATE // 2
Audio = NDArray[np.float32]


@pytest.fixture(scope="session")
def perturbing() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import perturbing
    finally:
        sys.path.remove(str(BENCHMARKS))
    return perturbing


@pytest.fixture(scope="session")
def contract() -> ModuleType:
    """What every generator of sound must do: `contract.check(generator)`."""
    spec = importlib.util.spec_from_file_location("contract", Path(__file__).with_name("contract.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def played(seconds: float, seed: int = 7) -> Audio:
    """Chords and a tune at 120 bpm, no bar like another, the first beat of every second bar struck hard."""
    rng = np.random.default_rng(seed)
    length = round(seconds * RATE)
    audio = np.zeros((length + RATE, 2))
    chords = [(50, 53, 57), (46, 50, 53), (48, 52, 55), (45, 49, 52), (53, 57, 60), (43, 46, 50), (51, 55, 58)]
    for index, first in enumerate(range(0, length, BEAT // 2)):
        chord = chords[(index // 8) % len(chords)]
        notes = [(int(rng.choice(chord)) + 12 * int(rng.integers(0, 3)), 0.12)] if rng.random() < 0.7 else []
        if index % 8 == 0:
            notes += [(pitch, 0.1) for pitch in chord]
        if index % 16 == 0:
            notes.append((chord[0] - 12, 0.5))
        clock = np.arange(RATE) / RATE
        for pitch, level in notes:
            hertz = 440 * 2 ** ((pitch - 69) / 12)
            wave = sum(np.sin(2 * np.pi * hertz * k * clock) / k for k in (1, 2, 3)) * np.exp(-4 * clock)
            wave[:240] *= np.linspace(0, 1, 240)
            stroke = rng.standard_normal(1200) * np.exp(-np.arange(1200) / 200)
            wave[:1200] += 0.6 * stroke
            audio[first : first + RATE] += (level * wave)[: len(audio) - first, None]
    grows = np.linspace(0.4, 1.0, len(audio))[:, None]
    return np.asarray(0.3 * audio * grows, dtype=np.float32)[:length]


@pytest.fixture(scope="session")
def cue() -> Callable[..., CueSketch]:
    """`cue(seconds, speech=())`: a sketch with a hit on every second bar but the first."""

    def make(seconds: float, **more: Any) -> CueSketch:
        audio = played(seconds)
        beats = tuple(range(START, START + len(audio), BEAT))
        given = {
            "cue_number": "1m1",
            "audio": audio,
            "start_sample": START,
            "hits": tuple((f"h{at}", at) for at in beats[8 : len(beats) - 1 : 8]),
            "downbeats": beats[::4],
            "beats": beats,
            "key": "D minor",
            "intensity": np.linspace(0.4, 1.0, round(seconds * 2)).astype(np.float32),
            "intensity_hop_s": 0.5,
            "speech": (),
            "prompt": lambda first, end: Prompt(text="tense, 120 BPM", negative="", tempo_bpm=120, key="D minor"),
            "seed": lambda candidate, window: 10 * candidate + window,
        }
        return CueSketch(**given | more)

    return make
