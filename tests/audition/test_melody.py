"""Whether there is a tune, on a line written by hand."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from hitpoint.audition.melody import melody_figures
from hitpoint.model.music import Composition, Note, Part


def part(role: str, *notes: tuple[float, float]) -> Part:
    made = tuple(
        Note(onset_beats=Fraction(start), duration_beats=Fraction(end - start), pitch_midi=60, velocity=80)
        for start, end in notes
    )
    return Part(id=role, role=role, instrument_id="oboe", stem="winds", notes=made)


def test_a_line_ends_where_it_rests_for_more_than_a_beat(planned: Callable[..., Composition]) -> None:
    empty = planned([0.5] * 40)  # 20 s at 60 bpm from record second 1 on
    melody = part("melody", (0, 1), (1, 2), (3, 4), (5.5, 6), (6, 8), (8, 8.5), (8.5, 10))
    sung = replace(empty, parts=(melody, part("pad", (0, 20))))
    found = melody_figures(sung, 1.0, 21.0, ())
    assert found.longest_line_notes == 4
    assert found.melody_share == pytest.approx(7.5 / 20)
    spoken = melody_figures(sung, 1.0, 21.0, [(1.0, 4.0), (11.0, 21.0)])
    assert spoken.melody_share == pytest.approx(5.5 / 7)


def test_nobody_sings(planned: Callable[..., Composition]) -> None:
    found = melody_figures(replace(planned([0.5] * 40), parts=(part("pad", (0, 20)),)), 1.0, 21.0, ())
    assert (found.melody_share, found.longest_line_notes) == (0.0, 0)
