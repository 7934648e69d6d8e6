"""What a model is told about a window of a cue: English, made of the brief, the palette, the plan and the notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from hitpoint.generation.table import GenerationTable, PaletteWords
from hitpoint.model.key import parse_key
from hitpoint.model.music import Composition, Instrument, Palette
from hitpoint.model.spotting import Cue
from hitpoint.model.time import SAMPLE_RATE_HZ, samples_to_seconds

#: Instruments that are named: the ones that play most. Text encoders take few words.
_MOST_INSTRUMENTS = 4
#: A tempo that changes by less is one tempo.
_STEADY = 0.04
#: The planned intensity rises or falls by so much from the first third of a window to its last to be called so.
_MOVES = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt, what is not wanted, and the tempo and key that it names."""

    text: str
    negative: str
    tempo_bpm: float
    key: str


def prompt_of(
    cue: Cue,
    composition: Composition,
    *,
    start_sample: int,
    end_sample: int,
    palette: Palette,
    instruments: Mapping[str, Instrument],
    table: GenerationTable,
) -> Prompt:
    """Return the prompt of record samples [start, end) of a cue."""
    tempo_map = composition.tempo_map
    first = max(Fraction(0), tempo_map.beats_at(samples_to_seconds(start_sample)))
    last = min(max(composition.end_beats, first), tempo_map.beats_at(samples_to_seconds(end_sample)))
    words = table.palettes.get(palette.id) or PaletteWords(style=palette.name, textures=palette.words[:3])
    bpm, tempo = _tempo(composition, first, last)
    key = _key(composition, first, last)
    unwanted = set(cue.brief.avoid)
    players = [
        instruments[name].name.lower()
        for name in _players(composition, first, last)
        if name in instruments and not unwanted & {name, instruments[name].stem}
    ]
    parts = [
        words.style,
        table.functions.get(cue.brief.function, ""),
        cue.brief.mood,
        *players[:_MOST_INSTRUMENTS],
        *(texture for texture in words.textures if not any(name in texture for name in unwanted)),
        *_intensity(composition, start_sample, end_sample, table),
        tempo,
        key,
        *table.always,
    ]
    avoided = [instruments[name].name.lower() if name in instruments else name for name in cue.brief.avoid]
    return Prompt(
        text=", ".join(dict.fromkeys(part.strip().rstrip(".") for part in parts if part.strip())),
        negative=", ".join(dict.fromkeys([*table.negative, *avoided])),
        tempo_bpm=bpm,
        key=key,
    )


def _tempo(composition: Composition, first: Fraction, last: Fraction) -> tuple[float, str]:
    """Return the mean tempo between two beats, and words for it."""
    tempo_map = composition.tempo_map
    seconds = float(tempo_map.seconds_at(last) - tempo_map.seconds_at(first))
    begins = tempo_map.tempo_bpm_at(first)
    ends = tempo_map.tempo_bpm_at(max(first, last - Fraction(1, 64)))  # what comes after it is no part of it
    bpm = 60 * float(last - first) / seconds if seconds > 0 else begins
    if abs(ends / begins - 1) <= _STEADY:
        return bpm, f"{bpm:.0f} BPM"
    verb = "accelerating" if ends > begins else "slowing down"
    return bpm, f"{bpm:.0f} BPM, {verb} from {begins:.0f} to {ends:.0f} BPM"


def _key(composition: Composition, first: Fraction, last: Fraction) -> str:
    """Return the key that most of the time between two beats is in: phrases may leave the cue's own."""
    beats: dict[str, float] = defaultdict(float)
    for phrase in composition.phrases:
        name = phrase.harmony.split(",")[0].strip()
        shared = min(phrase.end_beats, last) - max(phrase.start_beats, first)
        if shared > 0 and parse_key(name) is not None:
            beats[name] += float(shared)
    named = max(beats, key=lambda name: beats[name]) if beats else composition.key
    return named.replace("♭", " flat").replace("♯", " sharp")  # tokenizers know words


def _players(composition: Composition, first: Fraction, last: Fraction) -> list[str]:
    """Return the instruments that sound between two beats, those that sound longest first."""
    beats: dict[str, float] = defaultdict(float)
    for part in composition.parts:
        for note in part.notes:
            shared = min(note.onset_beats + note.duration_beats, last) - max(note.onset_beats, first)
            if shared > 0:
                beats[part.instrument_id] += float(shared)
    return sorted(beats, key=lambda name: (-beats[name], name))


def _intensity(composition: Composition, start_sample: int, end_sample: int, table: GenerationTable) -> list[str]:
    """Return words for how full a window is planned, and whether it grows."""
    begin_s = float(composition.tempo_map.start_s)
    first, last = (
        int((sample / SAMPLE_RATE_HZ - begin_s) / composition.intensity_hop_s) for sample in (start_sample, end_sample)
    )
    planned = np.asarray(composition.intensity[max(0, first) : max(1, last)], dtype=np.float64)
    if not len(planned):
        return []
    third = max(1, len(planned) // 3)
    change = float(planned[-third:].mean() - planned[:third].mean())
    words = [table.intensity_words(float(planned.mean()))]
    if abs(change) >= _MOVES:
        words.append(table.rising if change > 0 else table.falling)
    return words
