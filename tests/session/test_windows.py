"""Which bars are written again because music moved against words: those under the words, where it moved far."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from hitpoint.model.revision import Window
from hitpoint.model.tempo import Meter, TempoMap, TempoSegment
from hitpoint.session.windows import changed_by_speech


def _map(*, middle_s: Fraction) -> TempoMap:
    """Return eight bars of 4/4 in 16 s, with the fifth bar line at a moment: 8 s would be even."""
    halves = ((0, 16, Fraction(0), middle_s / 16), (16, 32, middle_s, (16 - middle_s) / 16))
    segments = tuple(
        TempoSegment(start_beats=Fraction(start), end_beats=Fraction(end), start_s=start_s, spb_start=spb, spb_end=spb)
        for start, end, start_s, spb in halves
    )
    return TempoMap(segments=segments, meters=(Meter(start_bar=1, start_beats=Fraction(0), numerator=4),))


def _changed(middle_s: Fraction, *speech_s: tuple[float, float]) -> list[tuple[Fraction, Fraction]]:
    before: Any = SimpleNamespace(plan=SimpleNamespace(tempo_map=_map(middle_s=Fraction(8))))
    plan: Any = SimpleNamespace(tempo_map=_map(middle_s=middle_s))
    whole = Fraction(0), Fraction(32)
    window = Window(old_start=whole[0], old_end=whole[1], start=whole[0], end=whole[1], keeps_beats=True)
    return [(row.start, row.end) for row in changed_by_speech(before, plan, [window], speech_s)]


def test_bars_under_words_are_written_again_where_the_music_moved_far() -> None:
    # five frames at 24: the music moves by 0.21 s at 8 s, by half of that at 4 s and at 12 s
    assert _changed(Fraction(8) + Fraction(5, 24), (7.5, 8.5)) == [(12, 20)]


def test_words_where_the_music_hardly_moved_change_nothing() -> None:
    assert _changed(Fraction(8) + Fraction(5, 24), (0.5, 4.0), (12.5, 15.0)) == []


def test_long_words_around_the_place_count_as_a_whole() -> None:
    assert _changed(Fraction(8) + Fraction(5, 24), (1.0, 15.0)) == [(0, 32)]


def test_a_small_move_changes_nothing_under_words() -> None:
    assert _changed(Fraction(8) + Fraction(3, 24), (7.5, 8.5)) == []
