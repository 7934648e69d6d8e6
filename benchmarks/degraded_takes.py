"""What a generator might make of a score, with the truth known: the same performance played at another tempo, from
another place, in other sounds, in a hall, with noise, with beats missing. Used by alignment_audio.py and by the tests.

A take at another tempo is *played again* (its notes moved, then rendered), not stretched, so that the stretcher is not
judged by its own inverse.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hitpoint.audition.record import record
from hitpoint.audition.scene import ArcPoint, Scene, SceneHit
from hitpoint.audition.takes import Take
from hitpoint.model.music import Performance, PerformedNote
from hitpoint.model.spotting import HitKind
from hitpoint.model.time import SAMPLE_RATE_HZ, FrameRate
from hitpoint.rendering import find_soundfont, render_stems
from hitpoint.resources import load_instruments, load_palettes

Audio = NDArray[np.float32]
TimeMap = Callable[[NDArray[np.float64]], NDArray[np.float64]]

#: General MIDI: piano, harp, marimba, vibraphone speak at once, whatever the score's own instruments were.
PIANO, HARP, MARIMBA = (0, 0), (0, 46), (0, 12)
_KEYBOARD_ATTACK_S = 0.006


@dataclass(frozen=True)
class Sketch:
    """A score as it is meant: audio from `start_sample` on, its hits (id, record sample), and its performance."""

    name: str
    audio: Audio
    start_sample: int
    hits: tuple[tuple[str, int], ...]
    performance: Performance


def short_scene(seconds: float = 16.0) -> Scene:
    """Return a scene with three accents and a turn."""
    places = (
        (0.22, HitKind.ACCENT, 0.8),
        (0.4, HitKind.TURN, 0.6),
        (0.59, HitKind.ACCENT, 0.9),
        (0.8, HitKind.ACCENT, 0.7),
    )
    return Scene(
        id="short",
        title="short",
        listen_for="hits",
        rate=FrameRate(24),
        duration_s=seconds,
        palettes=("tense",),
        arc=(
            ArcPoint(at_s=0.0, valence=-0.2, arousal=0.2, tension=0.5),
            ArcPoint(at_s=seconds, valence=-0.3, arousal=0.7, tension=0.8),
        ),
        hits=tuple(SceneHit(at_s=round(seconds * at, 2), kind=kind, weight=weight) for at, kind, weight in places),
    )


def make_sketch(palette: str, *, seconds: float = 16.0, seed: int = 1) -> Sketch:
    """Compose and render a short score through the whole mix; hits are those that the mix lets hear."""
    take = Take(scene=short_scene(seconds), palette=load_palettes()[palette])
    with tempfile.TemporaryDirectory() as folder:
        made = record(
            take, instruments=load_instruments(), soundfont=find_soundfont(), seed=seed, work_folder=Path(folder)
        )
        audio = np.fromfile(made.mix.mix.path, dtype="<f4").reshape(-1, 2)
    hits = tuple(
        (planned.hit.id, made.plan.tempo_map.sample_at(planned.beats))
        for planned in made.plan.hits
        if planned.hit.kind is HitKind.ACCENT
    )
    return Sketch(f"{palette}-{seed}", audio, made.mix.mix.start_sample, hits, made.performance)


def play_again(
    sketch: Sketch,
    moved: TimeMap | None = None,
    *,
    preset: tuple[int, int] | None = None,
    keep: Callable[[PerformedNote], bool] = lambda note: True,
) -> Audio:
    """Render the performance dry with its seconds (from the sketch's start) moved by a rising map.

    `preset` plays every pitched note with one sound that speaks at once; `keep` leaves notes out.
    """
    moves: TimeMap = moved or (lambda seconds: seconds)

    def at(sample: int) -> int:
        seconds = np.array([(sample - sketch.start_sample) / SAMPLE_RATE_HZ])
        return round(float(moves(seconds)[0]) * SAMPLE_RATE_HZ)

    def played(note: PerformedNote) -> PerformedNote:
        lead = note.sounding_sample - note.onset_sample
        sound = (note.bank, note.program)
        if preset is not None and note.bank != 128:
            lead, sound = round(_KEYBOARD_ATTACK_S * SAMPLE_RATE_HZ), preset
        sounding = at(note.sounding_sample)
        length = max(2400, at(note.onset_sample + note.duration_samples) - sounding + lead)
        return replace(
            note,
            onset_sample=sounding - lead,
            sounding_sample=sounding,
            duration_samples=length,
            bank=sound[0],
            program=sound[1],
        )

    parts = tuple(
        replace(
            part,
            notes=tuple(sorted((played(n) for n in part.notes if keep(n)), key=lambda note: note.onset_sample)),
            controls=()
            if preset is not None
            else tuple(replace(control, sample=at(control.sample)) for control in part.controls),
        )
        for part in sketch.performance.parts
    )
    last = at(sketch.start_sample + len(sketch.audio))
    with tempfile.TemporaryDirectory() as folder:
        stems = render_stems(
            (replace(sketch.performance, parts=parts),),
            soundfont=find_soundfont(),
            instruments=load_instruments(),
            work_folder=Path(folder),
            start_sample=0,
            length_samples=last,
            processes=1,
        )
        audio = np.sum([np.fromfile(stem.path, dtype="<f4").reshape(-1, 2) for stem in stems], axis=0)
    return np.asarray(audio * (0.5 / max(float(np.abs(audio).max()), 1e-9)), dtype=np.float32)


def in_a_hall(audio: Audio, rng: np.random.Generator, *, seconds: float = 1.8, wet: float = 0.35) -> Audio:
    """Return the audio with a decaying noise as its hall."""
    from scipy.signal import fftconvolve

    clock = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = rng.standard_normal((len(clock), 2)) * (10 ** (-3 * clock / seconds))[:, None]
    tail /= np.sqrt((tail**2).sum(axis=0))
    return np.asarray(audio + wet * fftconvolve(audio, tail, axes=0)[: len(audio)], dtype=np.float32)


def with_noise(audio: Audio, rng: np.random.Generator, *, under_db: float = 20.0) -> Audio:
    """Return the audio with white noise, its level so far under the audio's."""
    level = float(np.sqrt(np.mean(audio**2))) * 10 ** (-under_db / 20)
    return np.asarray(audio + level * rng.standard_normal(audio.shape), dtype=np.float32)


def without(audio: Audio, spans_s: tuple[tuple[float, float], ...]) -> Audio:
    """Return the audio with silence in some spans, faded over 10 ms."""
    gain = np.ones(len(audio))
    fade = np.linspace(1, 0, 480)
    for start_s, end_s in spans_s:
        first, last = round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ)
        gain[first:last] = 0.0
        gain[first - len(fade) : first] = fade[: len(gain[first - len(fade) : first])]
        gain[last : last + len(fade)] = fade[::-1][: len(gain[last : last + len(fade)])]
    return np.asarray(audio * gain[:, None], dtype=np.float32)


def offset(seconds: float) -> TimeMap:
    """Return a map that begins so much later."""
    return lambda time_s: time_s + seconds


def drift(share: float) -> TimeMap:
    """Return a map that is slower by a share: 0.08 lasts 8 % longer."""
    return lambda time_s: time_s * (1 + share)


def rubato(depth_s: float = 0.12, period_s: float = 6.0, later_s: float = 0.3) -> TimeMap:
    """Return a map that wobbles by `depth_s` every `period_s`."""
    return lambda time_s: time_s + later_s + depth_s * np.sin(2 * np.pi * time_s / period_s)
