"""Hand-made textures whose figures are known without a computer."""

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from hitpoint.measure import texture_bars as bars
from hitpoint.measure import texture_harmony as harmony
from hitpoint.measure import texture_line as line
from hitpoint.measure.texture import Texture, TextureNote, Voice, excerpt, highest_line, slices, strong_beats
from hitpoint.measure.texture_figures import texture_figures

Written = tuple[float | Fraction, float | Fraction, int]


def notes(*written: Written) -> tuple[TextureNote, ...]:
    return tuple(TextureNote(Fraction(onset), Fraction(length), pitch) for onset, length, pitch in written)


def texture(
    *voices: tuple[TextureNote, ...], bar_count: int, bar_beats: int = 4, melody: Sequence[TextureNote] = ()
) -> Texture:
    return Texture(
        voices=tuple(Voice(name=f"v{n}", notes=each) for n, each in enumerate(voices)),
        bar_lines_beats=tuple(Fraction(bar_beats * bar) for bar in range(bar_count + 1)),
        bar_lines_s=tuple(2.0 * bar for bar in range(bar_count + 1)),
        melody=(tuple(melody),) if melody else (),
    )


def quarters(*pitches: int) -> tuple[TextureNote, ...]:
    return notes(*((beat, 1, pitch) for beat, pitch in enumerate(pitches)))


def chords(*pitches: Sequence[int], beats: int = 4) -> tuple[TextureNote, ...]:
    return notes(*((beats * n, beats, pitch) for n, chord in enumerate(pitches) for pitch in chord))


def test_a_note_outside_the_bars_is_refused() -> None:
    with pytest.raises(ValueError, match="lies in no bar"):
        texture(quarters(60, 62, 64, 65, 67), bar_count=1)
    with pytest.raises(ValueError, match="at least one bar"):
        Texture(voices=(), bar_lines_beats=(Fraction(0),))
    with pytest.raises(ValueError, match="bar lines in seconds"):
        Texture(voices=(), bar_lines_beats=(Fraction(0), Fraction(4)), bar_lines_s=(0.0,))


def test_an_excerpt_keeps_what_starts_in_it() -> None:
    whole = texture(quarters(*range(60, 72)), bar_count=3, melody=quarters(*range(60, 72)))
    middle = excerpt(whole, 1, 1)
    assert [note.pitch_midi for note in middle.voices[0].notes] == [64, 65, 66, 67]
    assert middle.melody[0] == middle.voices[0].notes
    assert (middle.bars, middle.duration_s) == (1, 2.0)


def test_the_skyline_is_the_highest_of_each_onset() -> None:
    found = highest_line(notes((0, 4, 60), (0, 4, 72), (1, 1, 64), (2, 1, 67)))
    assert [(note.pitch_midi, note.duration_beats) for note in found] == [(72, 1), (64, 1), (67, 1)]


def test_strong_beats_are_downbeats_and_middles_of_long_bars() -> None:
    assert strong_beats((Fraction(0), Fraction(4), Fraction(7))) == (0, 2, 4)


def test_a_slice_hears_held_notes_and_counts_a_doubling_once() -> None:
    heard = slices(texture(notes((0, 4, 60)), notes((0, 1, 60), (2, 1, 64)), bar_count=1))
    assert [each.sounding_midi for each in heard] == [(60,), (60, 64)]
    assert heard[0].weights[0] == 2.0
    assert (heard[1].weights[0], heard[1].weights[4]) == (2.0, 1.0)


@pytest.mark.parametrize(("pitches", "bits"), [((60,), 0.0), ((60, 66), 1.0), (tuple(range(60, 72)), math.log2(12))])
def test_pitch_class_entropy(pitches: tuple[int, ...], bits: float) -> None:
    played = texture(quarters(*(pitches * 12)[: 4 * 12]), bar_count=12)
    # twelve tones do not fill eight bars evenly: 32 notes over 12 classes
    expected = bits if len(pitches) < 12 else -sum(k / 32 * math.log2(k / 32) for k in [3] * 8 + [2] * 4)
    assert bars.pitch_class_entropy_bits(played) == pytest.approx(expected)


def test_entropy_needs_eight_bars() -> None:
    assert bars.pitch_class_entropy_bits(texture(quarters(60, 62, 64, 65), bar_count=7)) is None


def test_groove_of_two_bars() -> None:
    # onsets on 1 2 3 4, then on 1 and 3: two of 64 positions differ, two of four are shared
    played = texture(notes((0, 1, 60), (1, 1, 60), (2, 1, 60), (3, 1, 60), (4, 2, 60), (6, 2, 60)), bar_count=2)
    assert bars.groove_similarity(played) == pytest.approx(1 - 2 / 64)
    assert bars.rhythm_overlap(played) == pytest.approx(0.5)


def test_literal_repetition_and_similarity() -> None:
    same = quarters(*[60, 62, 64, 65] * 2, *[60, 62, 64, 67])
    drone = notes((0, 12, 48))
    played = texture(same, drone, bar_count=3)
    assert bars.literal_bar_share(texture(same, bar_count=3)) == pytest.approx(1 / 3)
    assert bars.literal_bar_share(played) == 0.0  # the drone's start tells the first bar from the second
    assert bars.literal_voice_bar_share(played) == pytest.approx(1 / 4)
    assert bars.bar_similarity(texture(same, bar_count=3)) == pytest.approx((1 + 3 / 5 + 3 / 5) / 3)


def test_note_values_reach_over_short_rests_only() -> None:
    staccato = notes((0, Fraction(1, 4), 60), (1, Fraction(1, 4), 62), (4, 1, 64))
    assert bars.note_values(staccato) == [1, Fraction(1, 4), 1]
    assert bars.duration_entropy_bits([quarters(60, 62, 64)]) == 0.0
    assert bars.duration_entropy_bits([notes((0, 1, 60), (1, 2, 60))]) == 1.0
    assert bars.note_values(notes((0, Fraction(29, 10), 60))) == [3]
    assert bars.duration_entropy_bits([]) is None


def test_moves_of_a_melody() -> None:
    # repeat, step, fourth up, step down, octave down, step up
    sung = quarters(60, 60, 62, 67, 65, 53, 55, 55)
    played = texture(sung, bar_count=2, melody=sung)
    assert line.melodic_moves(played) == [[0, 2, 5, -2, -12, 2, 0]]
    assert line.repeat_share(played) == pytest.approx(2 / 7)
    assert line.step_share(played) == pytest.approx(3 / 7)
    assert line.leap_share(played) == pytest.approx(1 / 7)
    assert line.leap_recovery(played) == 1.0
    assert line.ambitus_semitones(played) == 14
    assert line.sung_share(played) == 1.0
    assert line.interval_entropy_bits(played) == pytest.approx(-2 * 2 / 7 * math.log2(2 / 7) - 3 / 7 * math.log2(1 / 7))


def test_a_rest_and_a_change_of_singer_are_no_moves() -> None:
    apart = notes((0, 1, 60), (4, 1, 72))
    played = texture(apart, bar_count=2, melody=apart)
    assert line.melodic_moves(played) == []
    assert line.step_share(played) is None
    two = replace(played, melody=(quarters(60, 62), notes((2, 1, 80), (3, 1, 81))))
    assert line.melodic_moves(two) == [[2], [1]]


def test_no_melody_is_no_figure() -> None:
    played = texture(quarters(60), bar_count=1)
    assert line.repeat_share(played) is line.leap_recovery(played) is line.sung_share(played) is None
    assert line.ambitus_semitones(played) is line.interval_entropy_bits(played) is None


@pytest.mark.parametrize(
    ("pitches", "root", "kind"),
    [
        ((60, 64, 67), 0, "major"),
        ((52, 60, 67), 0, "major"),
        ((57, 60, 64), 9, "minor"),
        ((55, 59, 62, 65), 7, "seventh"),
        ((57, 60, 64, 67), 9, "minor seventh"),
        ((59, 62, 65, 69), 11, "half-diminished"),
        ((59, 62, 65, 68), 11, "diminished seventh"),
        ((62, 65, 68, 71), 2, "diminished seventh"),
        ((60, 65, 67), 0, "suspended fourth"),
        ((65, 67, 72), 5, "suspended second"),
        ((48, 55), 0, "fifth"),
    ],
)
def test_chords_are_heard(pitches: tuple[int, ...], root: int, kind: str) -> None:
    weights = [float(sum(pitch % 12 == pitch_class for pitch in pitches)) for pitch_class in range(12)]
    heard = harmony.heard_chord(weights, min(pitches))
    assert (heard.root, heard.kind) == (root, kind)


def test_silence_is_no_chord() -> None:
    with pytest.raises(ValueError, match="silence"):
        harmony.heard_chord([0.0] * 12)


def test_chord_tones_of_the_melody() -> None:
    # over C major: E belongs, F on the second strong beat does not; D between them is not asked
    held = chords((48, 55, 60, 64, 67))
    sung = notes((0, 1, 76), (1, 1, 74), (2, 2, 77))
    played = texture(held, sung, bar_count=1, melody=sung)
    heard = harmony.heard_harmony(played)
    assert harmony.chord_tone_share(played, heard) == 0.5
    assert harmony.chord_fit(heard) == pytest.approx((11 / 12 + 10 / 12) / 2)


@pytest.mark.parametrize(
    ("first", "second", "faults"),
    [
        ((48, 64, 67), (50, 65, 69), 100.0),  # C-G to D-A: fifths
        ((48, 55, 64, 72), (53, 57, 60, 77), 100.0),  # octaves
        ((48, 64, 67), (53, 60, 69), 0.0),  # fifth to third
        ((48, 64, 67), (43, 59, 62, 74), 0.0),  # fifths in contrary motion
        ((48, 64, 67), (48, 60, 65, 69), 0.0),  # the bass stays
    ],
)
def test_parallels_of_outer_voices(first: tuple[int, ...], second: tuple[int, ...], faults: float) -> None:
    heard = harmony.heard_harmony(texture(chords(first, second, beats=2), bar_count=1))
    assert harmony.parallels_per_100_changes(heard) == faults


def test_unison_is_not_parallel_and_a_held_chord_no_change() -> None:
    unison = harmony.heard_harmony(texture(chords((48, 60), (50, 62), beats=2), bar_count=1))
    assert harmony.parallels_per_100_changes(unison) is None
    held = texture(chords((48, 55, 64)), bar_count=1)
    assert harmony.parallels_per_100_changes(harmony.heard_harmony(held)) is None
    assert harmony.chord_changes_per_bar(held, harmony.heard_harmony(held)) == 0.0


def test_spacing() -> None:
    heard = harmony.heard_harmony(
        texture(chords((36, 60, 64, 67), (36, 60, 76), (40, 43, 60), (50, 52, 67), beats=2), bar_count=2)
    )
    assert harmony.wide_gaps_per_100_chords(heard) == pytest.approx(75.0)  # all but the first
    assert harmony.low_intervals_per_100_chords(heard) == pytest.approx(50.0)  # E2-G2, D3-E3
    assert harmony.pitches_at_once(heard) == pytest.approx(13 / 4)


def test_drums_count_in_rhythm_and_density_alone() -> None:
    played = texture(quarters(60, 62, 64, 65), bar_count=1)
    drum = Voice(name="drum", notes=notes((Fraction(1, 2), 1, 35), (1, 1, 35)), is_pitched=False, low_midi=40)
    both = replace(played, voices=(*played.voices, drum))
    alone, drummed = texture_figures(played), texture_figures(both)
    assert (drummed.notes_per_bar, drummed.onsets_per_bar, drummed.notes_per_s) == (6, 5, 3.0)
    assert drummed.span_semitones == alone.span_semitones
    assert drummed.range_faults_per_100_notes == 0.0
    assert drummed.chord_fit == alone.chord_fit


def test_ranges_and_dynamics() -> None:
    voice = Voice(name="flute", notes=(TextureNote(Fraction(0), Fraction(1), 59, 40),), low_midi=60)
    figures = texture_figures(Texture(voices=(voice,), bar_lines_beats=(Fraction(0), Fraction(4))))
    assert figures.range_faults_per_100_notes == 100.0
    assert figures.dynamics_range == 0.0
    assert figures.notes_per_s is None
    assert texture_figures(texture(quarters(60), bar_count=1)).dynamics_range is None


def test_transposing_changes_no_figure_but_low_spacing() -> None:
    sung = quarters(72, 74, 76, 79, 77, 76, 74, 72)
    played = texture(sung, chords((52, 60, 67), (53, 60, 69)), bar_count=2, melody=sung)

    def moved(line_: tuple[TextureNote, ...]) -> tuple[TextureNote, ...]:
        return tuple(replace(note, pitch_midi=note.pitch_midi + 5) for note in line_)

    higher = replace(
        played,
        voices=tuple(replace(voice, notes=moved(voice.notes)) for voice in played.voices),
        melody=tuple(map(moved, played.melody)),
    )
    assert texture_figures(higher) == texture_figures(played)
