"""Renders a stretch of one layer of a stem again, exactly as it would sound in the whole.

What sounds at the first sample may have begun before; so the synthesiser starts with the first note that still sounds
there. The notes of that run-in that are silent by then are not played, but time is kept for them: the synthesiser's
envelopes move in steps that count from the last event of a line.

Runs in a worker process: imports stay light.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hitpoint.model.errors import OutputError
from hitpoint.model.music import ControlChange
from hitpoint.rendering.rings import Rings
from hitpoint.rendering.soundfont import ALL_KEYS, Preset, file_fingerprint, read_soundfont, subset_bytes
from hitpoint.rendering.stem import BLOCK_SAMPLES
from hitpoint.rendering.synth import Line, LineSynth, load_font


@dataclass(frozen=True, slots=True)
class WindowLine:
    """A line cut to what is needed for a window; `silent` are onsets of notes that are over before it begins.

    `sounding_samples` is for how long its notes sound up to the window's end, all added up.
    """

    line: Line
    silent: frozenset[int]
    sounding_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowJob:
    """What a worker needs: record samples [start, end) of one stem at one depth, into a file of their own."""

    stem: str
    depth: float
    soundfont: Path
    presets: frozenset[Preset]
    lines: tuple[WindowLine, ...]
    path: Path
    start_sample: int
    end_sample: int

    @property
    def name(self) -> str:
        """What tells it from the other jobs."""
        return self.path.stem

    @property
    def cost(self) -> int:
        """What the rendering time is about proportional to."""
        return sum(window_line.sounding_samples for window_line in self.lines)


@dataclass(frozen=True, slots=True)
class FontJob:
    """Fonts that a worker is to have ready."""

    soundfont: Path
    fonts: tuple[frozenset[Preset], ...]


def line_in_window(line: Line, rings: Rings, start_sample: int, end_sample: int) -> WindowLine | None:
    """Return what of a line has to be played for record samples [start, end); None where it is silent there."""

    def dies(index: int) -> int:
        note = line.notes[index]
        ring = rings.samples((note.bank, note.program), note.pitch_midi)
        return note.onset_sample + max(1, note.duration_samples) + ring

    reached = [i for i, note in enumerate(line.notes) if note.onset_sample < end_sample]
    sounding = [i for i in reached if dies(i) > start_sample]
    if not sounding:
        return None
    first = line.notes[sounding[0]].onset_sample
    played = {line.notes[i].onset_sample for i in sounding}
    notes = tuple(
        note
        for note in (line.notes[i] for i in reached)
        if note.onset_sample >= first or note.onset_sample + note.duration_samples >= first
    )
    silent = frozenset(note.onset_sample for note in notes if note.onset_sample not in played)
    return WindowLine(
        replace(line, notes=notes, controls=_controls_in(line.controls, start_sample, end_sample)),
        silent,
        sum(min(dies(i), end_sample) - line.notes[i].onset_sample for i in sounding),
    )


def _controls_in(controls: tuple[ControlChange, ...], start: int, end: int) -> tuple[ControlChange, ...]:
    """Return the changes inside a window, two before it and one after it."""
    first = next((i for i, change in enumerate(controls) if change.sample >= start), len(controls))
    last = next((i for i, change in enumerate(controls) if change.sample >= end), len(controls))
    return controls[max(0, first - 2) : last + 1]


class Fonts:
    """Loaded fonts, kept for the next job: by file and presets."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, frozenset[Preset]], Any] = {}

    def font(self, soundfont: Path, presets: frozenset[Preset]) -> Any:
        """Return a font with all keys of some presets."""
        key = (file_fingerprint(soundfont), presets)
        if key not in self._loaded:
            subset = subset_bytes(read_soundfont(soundfont), dict.fromkeys(presets, ALL_KEYS))
            self._loaded[key] = load_font(subset)
        return self._loaded[key]


def render_window(job: WindowJob, fonts: Fonts, report: Callable[[float], None]) -> None:
    """Write the window as raw interleaved stereo float32 (little-endian)."""
    length = job.end_sample - job.start_sample
    total = np.zeros((length, 2), dtype="<f4")
    scratch = np.empty((BLOCK_SAMPLES, 2), dtype="<f4")
    font = fonts.font(job.soundfont, job.presets)
    for index, window_line in enumerate(job.lines):
        synth = LineSynth(window_line.line, font, silent=window_line.silent)
        onsets = [n.onset_sample for n in window_line.line.notes if n.onset_sample not in window_line.silent]
        block_start = min(onsets) // BLOCK_SAMPLES * BLOCK_SAMPLES
        while block_start < job.end_sample and not synth.is_finished:
            block_end = min(block_start + BLOCK_SAMPLES, job.end_sample)
            audio = synth.render(block_start, block_end - block_start, scratch)
            first = max(0, job.start_sample - block_start)
            if audio is not None and first < len(audio):
                at = block_start + first - job.start_sample
                total[at : at + len(audio) - first] += audio[first:]
            block_start = block_end
        report((index + 1) / len(job.lines))
    try:
        total.tofile(job.path)
    except OSError as error:
        with suppress(OSError):
            job.path.unlink()
        raise OutputError(
            f"cannot write {job.path} ({error.strerror or error}); free some space or choose another folder"
        ) from error
