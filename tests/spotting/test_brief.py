"""What the scene's feeling makes of the brief: palette, tempo, key."""

from __future__ import annotations

import numpy as np
import pytest

from hitpoint.model.spotting import Brief
from hitpoint.model.story import EmotionArc
from hitpoint.resources import load_palettes
from hitpoint.spotting.brief import relative_key, write_brief

PALETTES = load_palettes()
HAPPY, SCARY, SAD, PEACEFUL = (0.6, 0.6, 0.3), (-0.6, 0.6, 0.65), (-0.6, -0.6, 0.3), (0.6, -0.6, 0.1)


def brief_of(feeling: tuple[float, float, float], style: str | None = None, number: str = "1m1") -> Brief:
    valence, arousal, tension = (np.full(60, level, np.float32) for level in feeling)
    return write_brief(
        style=style,
        brief_text="",
        opening=(),
        arc=EmotionArc(hop_s=0.5, valence=valence, arousal=arousal, tension=tension),
        start_s=0.0,
        end_s=25.0,
        palettes=PALETTES,
        number=number,
        reaches_its_goal=False,
    )


@pytest.mark.parametrize("style", [None, *PALETTES])
def test_every_style_tells_a_dark_scene_from_a_bright_one_by_its_key(style: str | None) -> None:
    assert [brief_of(feeling, style).key.split()[1] for feeling in (HAPPY, SCARY, SAD, PEACEFUL)] == [
        "major", "minor", "minor", "major",
    ]  # fmt: skip


@pytest.mark.parametrize("style", PALETTES)
def test_the_tempo_follows_arousal_first_and_valence_too(style: str) -> None:
    happy, scary, sad, peaceful = (brief_of(feeling, style).tempo_bpm for feeling in (HAPPY, SCARY, SAD, PEACEFUL))
    low, high = PALETTES[style].tempo_range_bpm
    assert low < sad < peaceful < scary < happy < high
    assert scary - peaceful > 0.3 * (high - low)


def test_a_plain_scene_keeps_the_keys_and_the_middle_of_its_style() -> None:
    for name, palette in PALETTES.items():
        brief = brief_of((0.0, 0.0, 0.3), name)
        assert brief.key == palette.tonics[0]
        assert brief.tempo_bpm == pytest.approx(sum(palette.tempo_range_bpm) / 2)
    slightly_dark = brief_of((-0.2, 0.0, 0.3), "heroic")
    assert slightly_dark.key in PALETTES["heroic"].tonics  # a doubt does not overrule the style


def test_tension_alone_asks_for_minor() -> None:
    assert brief_of((0.0, 0.0, 0.3), "minimal-piano", "1m3").key == "F major"
    assert brief_of((0.0, 0.0, 0.9), "minimal-piano", "1m3").key == "A minor"


def test_a_key_of_the_other_mode_is_the_relative_one() -> None:
    assert [brief_of(SAD, "heroic", number).key for number in ("1m1", "1m2", "1m3", "1m4")] == [
        relative_key(tonic) for tonic in PALETTES["heroic"].tonics
    ]
    names = ("D major", "B♭ major", "C minor", "F♯ minor", "A minor", "D dorian", "")
    assert [relative_key(name) for name in names] == [
        "B minor", "G minor", "E♭ major", "A major", "C major", "D dorian", "",
    ]  # fmt: skip
