import json

import pytest

from hitpoint.rendering import attacks
from hitpoint.rendering.attacks import ONSET_LEVEL, measure_attacks

SLOW_ATTACK_S = 0.1  # of the tiny font's preset 0/48


def test_attacks_are_the_envelopes(tiny_font, tmp_path):
    table = measure_attacks(tiny_font, [(0, 0, 60, 100), (0, 48, 60, 100)], cache=tmp_path)
    assert table.at(0, 0, 60, 100) < 0.003
    # the synthesiser moves envelopes every 64 samples, and the tone has to reach its crest
    assert table.at(0, 48, 60, 100) == pytest.approx(ONSET_LEVEL * SLOW_ATTACK_S, abs=0.003)


def test_pitches_and_velocities_are_measured_on_a_grid_but_every_drum_is(tiny_font, tmp_path):
    chromatic = [(0, 0, pitch, velocity) for pitch in range(60, 72) for velocity in range(40, 120)]
    drums = [(128, 0, 36, 100), (128, 0, 41, 100), (128, 0, 42, 100)]
    table = measure_attacks(tiny_font, chromatic + drums, cache=tmp_path)
    melodic = {sound for sound in table.attack_s if sound[0] == 0}
    assert {pitch for _, _, pitch, _ in melodic} == {60, 63, 66, 69, 72}
    assert len(melodic) <= 15
    assert {pitch for bank, _, pitch, _ in table.attack_s if bank == 128} == {36, 41, 42}


def test_what_is_known_is_not_measured_again(tiny_font, tmp_path, monkeypatch):
    sounds = [(0, 48, 60, 100)]
    first = measure_attacks(tiny_font, sounds, cache=tmp_path)
    asked = []
    measure = attacks._measure
    monkeypatch.setattr(attacks, "_measure", lambda font, new: asked.append(new) or measure(font, new))
    assert measure_attacks(tiny_font, sounds, cache=tmp_path) == first
    assert asked == []
    measure_attacks(tiny_font, [*sounds, (0, 0, 60, 100)], cache=tmp_path)
    assert asked == [[(0, 0, 60, 115)]]


@pytest.mark.parametrize("content", ["", "{", '{"version": 0, "attack_s": []}', '{"version": 1, "attack_s": [[1, 2]]}'])
def test_a_damaged_cache_is_made_again(tiny_font, tmp_path, content):
    sounds = [(0, 48, 60, 100)]
    first = measure_attacks(tiny_font, sounds, cache=tmp_path)
    (cache_file,) = tmp_path.iterdir()
    cache_file.write_text(content)
    assert measure_attacks(tiny_font, sounds, cache=tmp_path) == first
    assert json.loads(cache_file.read_text())["version"] == 1


def test_a_cache_that_cannot_be_written_changes_nothing(tiny_font, tmp_path):
    (tmp_path / "cache").write_text("a file stands here")
    table = measure_attacks(tiny_font, [(0, 48, 60, 100)], cache=tmp_path / "cache")
    assert table.at(0, 48, 60, 100) > 0.01


def test_a_key_without_sound_and_a_missing_variation(tiny_font, tmp_path):
    table = measure_attacks(tiny_font, [(128, 0, 90, 100), (8, 48, 60, 100), (0, 48, 60, 100)], cache=tmp_path)
    assert table.at(128, 0, 90, 100) == 0.0
    assert table.at(8, 48, 60, 100) == table.at(0, 48, 60, 100)
