import struct
from pathlib import Path

import numpy as np
import pytest

from hitpoint.model.errors import SoundFontError
from hitpoint.rendering.soundfont import (
    ALL_KEYS,
    file_fingerprint,
    read_soundfont,
    subset_bytes,
    substitution_warnings,
)
from hitpoint.rendering.synth import load_font


def played(font_bytes: bytes, preset: tuple[int, int], pitch: int) -> np.ndarray:
    synth = load_font(font_bytes)
    synth.note_on(*preset, pitch, 0.8)
    audio = np.zeros((24_000, 2), dtype=np.float32)
    synth.render(audio)
    return audio


def test_presets_are_read_by_bank_and_program(tiny_font):
    assert read_soundfont(tiny_font).presets == {(0, 0): "0/0", (0, 1): "0/1", (0, 48): "0/48", (128, 0): "128/0"}


@pytest.mark.parametrize(
    ("wanted", "found"), [((0, 48), (0, 48)), ((8, 48), (0, 48)), ((128, 16), (128, 0)), ((128, 0), (128, 0))]
)
def test_a_missing_variation_falls_back_as_general_midi_says(tiny_font, wanted, found):
    assert read_soundfont(tiny_font).nearest_preset(wanted) == found


def test_what_is_played_instead_is_said(tiny_font):
    assert substitution_warnings(tiny_font, [(0, 0), (8, 48), (128, 16), (8, 48)]) == (
        "tiny.sf2 has no preset 8/49; '0/48' (0/49) plays instead",
        "tiny.sf2 has no preset 128/17; '128/0' (128/1) plays instead",
    )


def test_a_missing_program_is_an_error_that_counts_from_one(tiny_font):
    with pytest.raises(SoundFontError, match=r"bank 0, program 74; give a General MIDI SoundFont"):
        read_soundfont(tiny_font).nearest_preset((0, 73))


@pytest.mark.parametrize(
    ("preset", "pitch"), [((0, 0), 60), ((0, 0), 72), ((0, 48), 48), ((128, 0), 36), ((128, 0), 45)]
)
def test_a_subset_sounds_like_the_whole_font(tiny_font, preset, pitch):
    subset = subset_bytes(read_soundfont(tiny_font), {preset: {pitch}})
    whole = played(tiny_font.read_bytes(), preset, pitch)
    assert np.abs(whole).max() > 0.1
    np.testing.assert_allclose(played(subset, preset, pitch), whole, atol=1e-5)
    assert len(subset) < tiny_font.stat().st_size


def test_a_subset_is_itself_a_sound_font_and_always_the_same(tiny_font, tmp_path):
    font = read_soundfont(tiny_font)
    wanted = {(128, 0): {45, 36}, (0, 0): ALL_KEYS}
    small = tmp_path / "small.sf2"
    small.write_bytes(subset_bytes(font, wanted))
    again = read_soundfont(small)
    assert set(again.presets) == set(wanted)
    assert subset_bytes(again, wanted) == small.read_bytes() == subset_bytes(font, dict(reversed(wanted.items())))


def test_keys_that_nobody_plays_leave_their_samples_behind(tiny_font):
    font = read_soundfont(tiny_font)
    kick, both = subset_bytes(font, {(128, 0): {36}}), subset_bytes(font, {(128, 0): {36, 45}})
    assert len(both) - len(kick) > 9000
    assert not played(kick, (128, 0), 45).any()


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a font at all, but long enough to look at" * 9])
def test_what_is_not_a_sound_font_is_refused(tmp_path, content):
    path = tmp_path / "x.sf2"
    path.write_bytes(content)
    with pytest.raises(SoundFontError, match=r"x\.sf2 is (empty, )?not a SoundFont; give an \.sf2 or \.sf3 file"):
        read_soundfont(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.97, 0.999])
def test_a_font_that_was_cut_short_is_refused(tiny_font, tmp_path, share):
    whole = tiny_font.read_bytes()
    path = tmp_path / "short.sf2"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(SoundFontError, match=r"short\.sf2 is cut short: it should be \d+ bytes long"):
        read_soundfont(path)


def test_a_missing_file_is_refused_in_words(tmp_path):
    with pytest.raises(SoundFontError, match=r"cannot read the SoundFont .*nowhere\.sf2: No such file"):
        read_soundfont(tmp_path / "nowhere.sf2")


def test_tables_that_point_outside_are_refused(tiny_font, tmp_path):
    whole = bytearray(tiny_font.read_bytes())
    sample_end = whole.index(b"sine") + 24
    whole[sample_end : sample_end + 4] = struct.pack("<I", 10_000_000)
    path = tmp_path / "wild.sf2"
    path.write_bytes(whole)
    with pytest.raises(SoundFontError, match=r"its tables contradict each other"):
        read_soundfont(path)


def test_random_damage_never_gets_past_the_reader_unnoticed_or_crashes_it(tiny_font, tmp_path, rng):
    """Flip bytes anywhere in the tables: either the reader refuses, or what it lets through can be loaded."""
    whole = tiny_font.read_bytes()
    first = whole.index(b"pdta")
    path = tmp_path / "damaged.sf2"
    refused = 0
    for _ in range(200):
        damaged = bytearray(whole)
        for place in rng.integers(first, len(whole), size=3):
            damaged[place] = int(rng.integers(256))
        path.write_bytes(damaged)
        try:
            font = read_soundfont(path)
            load_font(subset_bytes(font, {preset: {60} for preset in font.presets}))
        except SoundFontError:
            refused += 1
    assert refused > 20


@pytest.mark.fixtures
@pytest.mark.parametrize("name", ["VintageDreamsWaves-v2.sf2", "VintageDreamsWaves-v2.sf3"])
def test_subsets_of_real_fonts_sound_like_the_whole(fixtures: Path, name: str):
    path = fixtures / "music" / "sf" / name
    font = read_soundfont(path)
    presets = [*list(font.presets)[:8], (128, 0)]
    subset = subset_bytes(font, {preset: {45, 60} for preset in presets})
    for preset in presets:
        for pitch in (45, 60):
            whole = played(path.read_bytes(), preset, pitch)
            np.testing.assert_allclose(played(subset, preset, pitch), whole, atol=2e-3)


def test_the_fingerprint_changes_with_the_file(tiny_font, tmp_path):
    copy = tmp_path / "tiny.sf2"
    copy.write_bytes(tiny_font.read_bytes())
    before = file_fingerprint(copy)
    copy.write_bytes(tiny_font.read_bytes() + b"\0")
    assert file_fingerprint(copy) != before
