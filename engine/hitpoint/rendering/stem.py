"""Renders one layer of a stem into a file, block by block.

Runs in a worker process: imports stay light (no librosa, no scipy).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hitpoint.model.errors import OutputError
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.rendering.soundfont import Preset, read_soundfont, subset_bytes
from hitpoint.rendering.synth import Line, LineSynth, load_font

#: Blocks start at multiples of this record sample, whatever range is asked for.
BLOCK_SAMPLES = SAMPLE_RATE_HZ
_TYPICAL_RELEASE_SAMPLES = 2 * SAMPLE_RATE_HZ
_BYTES_PER_SAMPLE = 8  # stereo float32


@dataclass(frozen=True, slots=True, kw_only=True)
class StemJob:
    """What a worker needs to render the lines of one stem that sit at one depth (0 front .. 1 back)."""

    stem: str
    depth: float
    soundfont: Path
    lines: tuple[Line, ...]
    path: Path
    start_sample: int
    length_samples: int

    @property
    def name(self) -> str:
        """What tells it from the other jobs."""
        return self.path.stem

    @property
    def cost(self) -> int:
        """Samples of sounding notes, releases included: what the rendering time is about proportional to."""
        return sum(note.duration_samples + _TYPICAL_RELEASE_SAMPLES for line in self.lines for note in line.notes)


def _used_keys(lines: tuple[Line, ...]) -> dict[Preset, set[int]]:
    """Return the MIDI keys that lines play, by preset."""
    keys: dict[Preset, set[int]] = {}
    for line in lines:
        for note in line.notes:
            keys.setdefault((note.bank, note.program), set()).add(note.pitch_midi)
    return keys


def render_stem(job: StemJob, report: Callable[[float], None]) -> None:
    """Write the lines as raw interleaved stereo float32 (little-endian), beside its place and then renamed.

    Only blocks that sound are written; the rest of the file is a hole. Memory does not grow with the length.
    `report` gets 0..1 at every block that sounds.
    """
    soundfont = read_soundfont(job.soundfont)
    font = load_font(subset_bytes(soundfont, _used_keys(job.lines)))
    waiting = sorted(job.lines, key=lambda line: line.first_sample, reverse=True)
    active: list[LineSynth] = []
    scratch = np.empty((BLOCK_SAMPLES, 2), dtype="<f4")
    mix = np.empty_like(scratch)
    unfinished = job.path.with_suffix(".part")
    end_sample = job.start_sample + job.length_samples
    try:
        with unfinished.open("wb") as file:
            file.truncate(job.length_samples * _BYTES_PER_SAMPLE)
            block_start = job.start_sample
            while block_start < end_sample and (active or waiting):
                if not active and waiting[-1].first_sample > block_start:
                    block_start = max(block_start, waiting[-1].first_sample // BLOCK_SAMPLES * BLOCK_SAMPLES)
                block_end = min(end_sample, (block_start // BLOCK_SAMPLES + 1) * BLOCK_SAMPLES)
                while waiting and waiting[-1].first_sample < block_end:
                    active.append(LineSynth(waiting.pop(), font))
                length = block_end - block_start
                mix[:length] = 0.0
                is_silent = True
                for synth in active:
                    audio = synth.render(block_start, length, scratch)
                    if audio is not None:
                        mix[:length] += audio
                        is_silent = False
                if not is_silent:
                    file.seek((block_start - job.start_sample) * _BYTES_PER_SAMPLE)
                    file.write(mix[:length].data)
                active = [synth for synth in active if not synth.is_finished]
                block_start = block_end
                report((block_start - job.start_sample) / job.length_samples)
        os.replace(unfinished, job.path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise OutputError(
            f"cannot write {job.path} ({error.strerror or error}); free some space or choose another folder"
        ) from error
