import numpy as np
import pytest

from hitpoint.model.music import ControlChange
from hitpoint.rendering.soundfont import ALL_KEYS, read_soundfont, subset_bytes
from hitpoint.rendering.synth import Line, LineSynth, load_font

SLOW = (0, 48)


@pytest.fixture(scope="module")
def font(tiny_font):
    whole = read_soundfont(tiny_font)
    return load_font(subset_bytes(whole, dict.fromkeys(whole.presets, ALL_KEYS)))


def rendered(font, notes, *, length=48_000, start=0, controls=(), pan=0.0, gain_db=0.0, block=None):
    synth = LineSynth(Line(tuple(notes), tuple(controls), pan, gain_db), font)
    audio = np.zeros((length, 2), dtype=np.float32)
    block = block or length
    scratch = np.empty((block, 2), dtype=np.float32)
    for first in range(0, length, block):
        count = min(block, length - first)
        piece = synth.render(start + first, count, scratch)
        if piece is not None:
            audio[first : first + count] = piece
    return audio


def cc11(sample, value):
    return ControlChange(sample=sample, controller=11, value=value)


@pytest.mark.parametrize("shift", [1, 37, 64, 1001])
def test_a_note_starts_on_its_exact_sample(font, note, shift):
    at_zero, later = rendered(font, [note(0)]), rendered(font, [note(shift)])
    assert not later[:shift].any()
    np.testing.assert_array_equal(later[shift:], at_zero[:-shift])


def test_notes_ahead_of_the_range_start_at_its_first_sample(font, note):
    np.testing.assert_array_equal(rendered(font, [note(900)], start=1000)[:2000], rendered(font, [note(0)])[:2000])


@pytest.mark.parametrize("velocity", [32, 64, 127])
def test_velocity_is_a_square_law(font, note, velocity):
    peak = np.abs(rendered(font, [note(0, velocity=velocity)])).max()
    full = np.abs(rendered(font, [note(0, velocity=127)])).max()
    assert peak / full == pytest.approx((velocity / 127) ** 2, rel=0.02)


def test_gain_and_seat(font, note):
    plain = rendered(font, [note(0)])
    assert np.abs(rendered(font, [note(0)], gain_db=-6.0)).max() == pytest.approx(np.abs(plain).max() * 0.501, rel=0.01)
    left, right = np.abs(rendered(font, [note(0)], pan=-0.6)).max(axis=0)
    assert left > 1.9 * right
    assert np.hypot(left, right) == pytest.approx(np.hypot(*np.abs(plain).max(axis=0)), rel=0.01)


def test_a_repeated_note_stops_before_it_starts_again(font, note):
    repeated = rendered(font, [note(0, 9600), note(4800, 4800)])
    separate = rendered(font, [note(0, 4800), note(4800, 4800)])
    np.testing.assert_array_equal(repeated, separate)


def test_two_equal_notes_at_once_are_one_and_end(font, note):
    notes = [note(0, 2400, velocity=90), note(0, 4800, velocity=70), note(0, 1200, velocity=80)]
    np.testing.assert_array_equal(rendered(font, notes), rendered(font, [note(0, 4800, velocity=90)]))
    assert not rendered(font, notes, length=96_000)[-4800:].any()


def test_a_hundred_notes_and_velocities_sound_at_once(font, note):
    notes = [note(0, 48_000, pitch=20 + i, velocity=20 + i) for i in range(100)]
    together = rendered(font, notes, length=9600).astype(np.float64)
    alone = sum(rendered(font, [n], length=9600).astype(np.float64) for n in notes)
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_presets_can_change_from_note_to_note(font, note):
    both = rendered(font, [note(0, 48_000), note(4800, 9600, preset=SLOW)])
    assert np.abs(both - rendered(font, [note(0, 48_000)])).max() > 0.1


def test_expression_is_a_square_law_without_clicks(font, note):
    held = [note(0, 48_000)]
    controls = [cc11(0, 127), cc11(24_000, 32), cc11(30_000, 33)]
    plain, shaped = rendered(font, held), rendered(font, held, controls=controls)
    loud = np.abs(plain[:, 0]) > 0.2
    gain = (shaped[:, 0] / np.where(loud, plain[:, 0], 1.0))[loud]
    places = np.flatnonzero(loud)
    np.testing.assert_allclose(gain[places < 24_000 - 960], 1.0, atol=1e-5)
    np.testing.assert_allclose(gain[(places > 24_048) & (places < 29_000)], (32 / 127) ** 2, rtol=1e-3)
    assert np.abs(np.diff(gain)).max() < 0.02


def test_volume_and_expression_multiply_and_other_controllers_do_nothing(font, note):
    plain = rendered(font, [note(0)])
    volume = ControlChange(sample=0, controller=7, value=64)
    modulation = ControlChange(sample=0, controller=1, value=99)
    shaped = rendered(font, [note(0)], controls=[volume, cc11(0, 64), modulation])
    np.testing.assert_allclose(shaped, plain * (64 / 127) ** 4, atol=1e-6)


def test_a_line_is_finished_when_its_last_release_is_over(font, note):
    synth = LineSynth(Line((note(0, 4800),), (), 0.0, 0.0), font)
    scratch = np.empty((48_000, 2), dtype=np.float32)
    assert synth.render(0, 48_000, scratch) is not None
    assert not synth.is_finished
    assert synth.render(48_000, 48_000, scratch) is None
    assert synth.is_finished


def test_lines_do_not_influence_each_other(font, note):
    alone = rendered(font, [note(0, 20_000, preset=SLOW)])
    other = LineSynth(Line((note(100, 20_000, preset=SLOW, pitch=64),), (), 0.0, 0.0), font)
    other.render(0, 4800, np.empty((4800, 2), dtype=np.float32))
    np.testing.assert_array_equal(rendered(font, [note(0, 20_000, preset=SLOW)]), alone)
