"""The steps before a note is written: speech, form, harmony, voices, motif."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.composition.clock import Clock
from hitpoint.composition.context import Speech
from hitpoint.composition.form import _phrase_lengths
from hitpoint.composition.harmony import Slot
from hitpoint.composition.motif import make_motif, named_motif
from hitpoint.composition.pitch import parse_numeral
from hitpoint.composition.style import MotifStyle
from hitpoint.composition.style_reader import read_style
from hitpoint.composition.texture.common import cell_onsets
from hitpoint.composition.voicing import lead_voices
from hitpoint.model.key import Key
from hitpoint.model.tempo import Meter, TempoMap, TempoSegment
from hitpoint.resources import load_instruments, load_palettes


def ramping_map() -> TempoMap:
    first = TempoSegment(
        start_beats=Fraction(0),
        end_beats=Fraction(16),
        start_s=Fraction(10),
        spb_start=Fraction(1, 2),
        spb_end=Fraction(1, 2),
    )
    ramp = TempoSegment(
        start_beats=Fraction(16),
        end_beats=Fraction(24),
        start_s=first.end_s,
        spb_start=Fraction(1, 2),
        spb_end=Fraction(4, 5),
    )
    return TempoMap(segments=(first, ramp), meters=(Meter(start_bar=1, start_beats=Fraction(0), numerator=4),))


def test_the_clock_agrees_with_the_tempo_map() -> None:
    tempo_map = ramping_map()
    clock = Clock.of(tempo_map, Fraction(24))
    for eighth in range(-4, 240):
        beats = Fraction(eighth, 8)
        exact = float(tempo_map.seconds_at(beats))
        assert clock.seconds_at(beats) == pytest.approx(exact, abs=2e-3)
        assert clock.beats_at(clock.seconds_at(beats)) == pytest.approx(float(beats), abs=1e-6)
    assert clock.beats_in(0.25, 4) == Fraction(1, 2)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 20)), max_size=12), st.floats(0, 100), st.floats(0.1, 30))
def test_speech_is_found_where_somebody_speaks(lines: list[tuple[float, float]], start: float, length: float) -> None:
    dialogue = [(begin, begin + duration) for begin, duration in lines]
    speech = Speech.merged(dialogue, 0.0, 100.0)
    for left, right in pairwise(speech.spans):
        assert left[1] < right[0]
    for begin, finish in dialogue:
        if begin < 100.0:
            assert speech.contains((begin + min(finish, 100.0)) / 2)
    share = speech.share(start, start + length)
    assert 0.0 <= share <= 1.0 + 1e-9
    assert (share > 0) == bool(speech.overlapping(start, start + length))


@given(bars=st.integers(1, 200), loudness=st.floats(0, 1), liked=st.sampled_from([(4, 4, 8), (8, 8, 4), (4, 4, 2)]))
def test_phrases_fill_their_section_and_have_musical_lengths(
    bars: int, loudness: float, liked: tuple[int, ...]
) -> None:
    lengths = _phrase_lengths(bars, liked, loudness)
    assert sum(lengths) == bars
    assert all(length in (2, 3, 4, 5, 8, 9) for length in lengths) or bars == 1


def test_sections_start_on_bar_lines_and_at_the_turn(score: Callable) -> None:
    scored = score()
    lines = set(scored.plan.tempo_map.bar_lines())
    starts = {section.start_beats for section in scored.composition.sections}
    assert starts <= lines
    turn = next(p for p in scored.plan.hits if p.hit.kind == "turn")
    assert turn.is_downbeat
    assert turn.beats in starts


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["i", "VI", "iv", "V", "III", "VII", "bII", "V7", "iadd9"]), min_size=2, max_size=30))
def test_chords_are_led_without_parallels_with_the_bass(numerals: list[str]) -> None:
    key = Key(2, "minor")
    numerals = [numerals[0], *(b for a, b in pairwise(numerals) if a != b)]
    slots = [
        Slot(Fraction(4 * n), Fraction(4 * n + 4), parse_numeral(numeral, key), key, None, False)
        for n, numeral in enumerate(numerals)
    ]
    chords = lead_voices(slots, [0.5] * len(slots), rng=np.random.default_rng(3))
    assert [chord.slot for chord in chords] == slots
    for chord in chords:
        assert chord.bass % 12 in chord.slot.shape.pitch_classes
        assert {pitch % 12 for pitch in chord.upper} <= set(chord.slot.shape.pitch_classes)
        assert list(chord.upper) == sorted(set(chord.upper))
    parallels = 0
    for left, right in pairwise(chords):
        same = (left.upper[3] - left.bass) % 12 == (right.upper[3] - right.bass) % 12
        moved = left.bass != right.bass and left.upper[3] != right.upper[3]
        parallels += same and moved and (left.upper[3] - left.bass) % 12 in (0, 7)
    assert parallels == 0


def test_upper_voices_move_little() -> None:
    key = Key(9, "minor")
    names = ["i", "VI", "III", "VII", "iv", "i", "V", "i"] * 4
    slots = [
        Slot(Fraction(4 * n), Fraction(4 * n + 4), parse_numeral(name, key), key, None, False)
        for n, name in enumerate(names)
    ]
    chords = lead_voices(slots, [0.5] * len(slots), rng=np.random.default_rng(0))
    steps = [abs(b - a) for left, right in pairwise(chords) for a, b in zip(left.upper, right.upper, strict=True)]
    assert np.mean(steps) < 2.5
    assert max(steps) <= 9


def test_motifs_have_one_leap_and_a_rhythm() -> None:
    style = read_style(load_palettes()["tense"], load_instruments()).motif
    for seed in range(50):
        motif = make_motif(style, np.random.default_rng(seed))
        moves = [b - a for a, b in pairwise(motif.steps)]
        assert 3 <= len(motif.steps) == len(motif.durations) <= 7
        assert max(abs(move) for move in moves) in style.leaps
        assert moves.count(0) <= 1, "a motif is not a row of repeated notes"
        assert len(set(motif.durations)) > 1


def test_motifs_are_developed_without_losing_their_rhythm_or_shape() -> None:
    motif = named_motif("Mara")
    assert motif == named_motif("  mara ")
    assert motif.inverted().inverted() == motif
    assert motif.stretched(Fraction(2)).length_beats == 2 * motif.length_beats
    assert motif.retrograde().durations == motif.durations
    assert motif.retrograde().steps[0] == 0
    assert motif.head(3).steps == motif.steps[:3]


def test_motif_style_is_data() -> None:
    style = MotifStyle(rhythms=((Fraction(1), Fraction(1, 2), Fraction(5, 2)),), leaps=(6,))
    motif = make_motif(style, np.random.default_rng(0))
    assert motif.durations == style.rhythms[0]
    assert 6 in [abs(b - a) for a, b in pairwise(motif.steps)]


@pytest.mark.parametrize(
    ("bar_beats", "count"), [(Fraction(4), 4), (Fraction(7, 2), 4), (Fraction(1), 1), (Fraction(6), 6)]
)
def test_rhythms_fit_bars_of_any_length(bar_beats: Fraction, count: int) -> None:
    strokes = cell_onsets("0.1.2.3.", Fraction(1, 2), bar_beats)
    assert len(strokes) == count
    assert sum(room for _, room, _ in strokes) == bar_beats
