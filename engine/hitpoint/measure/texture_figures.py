"""All figures of a texture in one value, to lay two writers side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hitpoint.measure import texture_bars, texture_harmony, texture_line
from hitpoint.measure.texture import Texture

#: Dynamics and height reach from this to that percentile, so that one stray note does not make a range.
_LOW_PERCENTILE, _HIGH_PERCENTILE = 5, 95


@dataclass(frozen=True, slots=True, kw_only=True)
class TextureFigures:
    """Figures of one texture; None where it has nothing to count. Definitions and sources: the functions so called.

    Attributes
    ----------
    pitch_class_entropy_bits, groove_similarity, rhythm_overlap, literal_bar_share, literal_voice_bar_share, \
    bar_similarity, duration_entropy_bits, melody_duration_entropy_bits
        See `texture_bars`.
    repeat_share, step_share, leap_share, leap_recovery, interval_entropy_bits, ambitus_semitones, sung_share
        See `texture_line`.
    chord_tone_share, chord_fit, chord_changes_per_bar, parallels_per_100_changes, wide_gaps_per_100_chords, \
    low_intervals_per_100_chords, pitches_at_once, range_faults_per_100_notes
        See `texture_harmony`.
    notes_per_s, onsets_per_s, notes_per_bar, onsets_per_bar
        Density: all notes, or different onsets, which do not grow with the number of players.
    span_semitones, dynamics_range
        From the 5th to the 95th percentile of pitches, and of velocities (1..127, where they are known).
    """

    pitch_class_entropy_bits: float | None
    groove_similarity: float | None
    rhythm_overlap: float | None
    literal_bar_share: float | None
    literal_voice_bar_share: float | None
    bar_similarity: float | None
    repeat_share: float | None
    step_share: float | None
    leap_share: float | None
    leap_recovery: float | None
    interval_entropy_bits: float | None
    ambitus_semitones: float | None
    sung_share: float | None
    duration_entropy_bits: float | None
    melody_duration_entropy_bits: float | None
    chord_tone_share: float | None
    chord_fit: float | None
    chord_changes_per_bar: float | None
    parallels_per_100_changes: float | None
    wide_gaps_per_100_chords: float | None
    low_intervals_per_100_chords: float | None
    range_faults_per_100_notes: float | None
    pitches_at_once: float | None
    span_semitones: float | None
    notes_per_s: float | None
    onsets_per_s: float | None
    notes_per_bar: float
    onsets_per_bar: float
    dynamics_range: float | None


def texture_figures(texture: Texture) -> TextureFigures:
    """Return the figures of a texture."""
    harmony = texture_harmony.heard_harmony(texture)
    notes = [note for voice in texture.voices for note in voice.notes]
    onsets = len({note.onset_beats for note in notes})
    seconds = texture.duration_s
    return TextureFigures(
        pitch_class_entropy_bits=texture_bars.pitch_class_entropy_bits(texture),
        groove_similarity=texture_bars.groove_similarity(texture),
        rhythm_overlap=texture_bars.rhythm_overlap(texture),
        literal_bar_share=texture_bars.literal_bar_share(texture),
        literal_voice_bar_share=texture_bars.literal_voice_bar_share(texture),
        bar_similarity=texture_bars.bar_similarity(texture),
        repeat_share=texture_line.repeat_share(texture),
        step_share=texture_line.step_share(texture),
        leap_share=texture_line.leap_share(texture),
        leap_recovery=texture_line.leap_recovery(texture),
        interval_entropy_bits=texture_line.interval_entropy_bits(texture),
        ambitus_semitones=texture_line.ambitus_semitones(texture),
        sung_share=texture_line.sung_share(texture),
        duration_entropy_bits=texture_bars.duration_entropy_bits(v.notes for v in texture.voices if v.is_pitched),
        melody_duration_entropy_bits=texture_bars.duration_entropy_bits(texture.melody),
        chord_tone_share=texture_harmony.chord_tone_share(texture, harmony),
        chord_fit=texture_harmony.chord_fit(harmony),
        chord_changes_per_bar=texture_harmony.chord_changes_per_bar(texture, harmony),
        parallels_per_100_changes=texture_harmony.parallels_per_100_changes(harmony),
        wide_gaps_per_100_chords=texture_harmony.wide_gaps_per_100_chords(harmony),
        low_intervals_per_100_chords=texture_harmony.low_intervals_per_100_chords(harmony),
        range_faults_per_100_notes=texture_harmony.range_faults_per_100_notes(texture),
        pitches_at_once=texture_harmony.pitches_at_once(harmony),
        span_semitones=_spread([note.pitch_midi for note in texture.pitched_notes()]),
        notes_per_s=len(notes) / seconds if seconds else None,
        onsets_per_s=onsets / seconds if seconds else None,
        notes_per_bar=len(notes) / texture.bars,
        onsets_per_bar=onsets / texture.bars,
        dynamics_range=_spread([note.velocity for note in notes if note.velocity is not None]),
    )


def _spread(values: list[int]) -> float | None:
    if not values:
        return None
    low, high = np.percentile(values, (_LOW_PERCENTILE, _HIGH_PERCENTILE))
    return float(high - low)
