"""What a model is told: English, of this window's tempo, key, players and fullness."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hitpoint.generation.prompt import Prompt, prompt_of
from hitpoint.generation.table import load_generation_table
from hitpoint.model.errors import SettingError
from hitpoint.model.music import Composition, Note, Part, Phrase
from hitpoint.model.spotting import Brief, Cue
from hitpoint.model.tempo import Meter, TempoMap, TempoSegment
from hitpoint.model.time import FrameSpan
from hitpoint.resources import load_instruments, load_palettes, resources_folder

RATE = 48_000
TEMPO = TempoMap(
    segments=(
        TempoSegment(
            start_beats=Fraction(0),
            end_beats=Fraction(16),
            start_s=Fraction(2),
            spb_start=Fraction(1, 2),
            spb_end=Fraction(1, 2),
        ),
        TempoSegment(
            start_beats=Fraction(16),
            end_beats=Fraction(32),
            start_s=Fraction(10),
            spb_start=Fraction(1, 2),
            spb_end=Fraction(2, 5),
        ),
    ),
    meters=(Meter(start_bar=1, start_beats=Fraction(0), numerator=4),),
)
CUE = Cue(
    number="1m1",
    title="",
    span=FrameSpan(50, 450),
    hits=(),
    brief=Brief(
        palette_id="tense", tempo_range_bpm=(100, 160), tempo_bpm=120, key="D minor", function="chase",
        mood="dark and tense.", avoid=("brass",),
    ),
)  # fmt: skip


def part(instrument: str, first: int, last: int) -> Part:
    notes = tuple(
        Note(onset_beats=Fraction(beat), duration_beats=Fraction(1), pitch_midi=50, velocity=80)
        for beat in range(first, last)
    )
    return Part(id=instrument, role="pad", instrument_id=instrument, stem="strings", notes=notes)


def phrase(first: int, last: int, harmony: str) -> Phrase:
    return Phrase(
        start_beats=Fraction(first), end_beats=Fraction(last), first_bar=first // 4 + 1, bars=4, label="", texture=(),
        harmony=harmony,
    )  # fmt: skip


WRITTEN = Composition(
    cue_number="1m1",
    tempo_map=TEMPO,
    key="D minor",
    palette_id="tense",
    sections=(),
    chords=(),
    parts=(part("celli", 0, 16), part("horns", 0, 16), part("flute", 20, 32)),
    motif=(),
    intensity=np.concatenate([np.full(16, 0.1), np.linspace(0.5, 1.0, 16)]).astype(np.float32),
    intensity_hop_s=0.5,
    end_beats=Fraction(32),
    phrases=(phrase(0, 16, "D minor, pedal on A"), phrase(16, 32, "E♭ minor, i VI")),
)


def prompt(first_s: float, end_s: float, *, cue: Cue = CUE, palette_id: str = "tense") -> Prompt:
    return prompt_of(
        cue,
        WRITTEN,
        start_sample=round(first_s * RATE),
        end_sample=round(end_s * RATE),
        palette=load_palettes()[palette_id],
        instruments=load_instruments(),
        table=load_generation_table(),
    )


def test_a_window_is_told_its_own_tempo_key_players_and_fullness() -> None:
    first, second = prompt(2, 10), prompt(10, 17)
    assert first.tempo_bpm == pytest.approx(120)
    assert "120 BPM" in first.text
    assert "accelerating" not in first.text
    assert (first.key, second.key) == ("D minor", "E flat minor")
    assert "celli" in first.text
    assert "flute" not in first.text
    assert "very soft and sparse" in first.text
    assert second.tempo_bpm > 125
    assert "accelerating from 120 to 149 BPM" in second.text
    assert "E flat minor" in second.text
    assert "flute" in second.text
    assert "building up" in second.text


def test_the_brief_is_obeyed() -> None:
    told = prompt(2, 10)
    for words in ("tense orchestral thriller", "chase scene", "dark and tense", "instrumental", "cinematic film score"):
        assert words in told.text
    assert "brass" not in told.text, "what is to be avoided is not named"
    assert "horns" not in told.text
    assert told.negative.endswith("brass section")
    assert "vocals" in told.negative


def test_what_is_told_is_short_and_says_nothing_twice() -> None:
    words = prompt(2, 17).text.split(", ")
    assert len(words) == len(set(words))
    assert sum(len(part.split()) for part in words) < 60


@pytest.mark.parametrize("palette_id", sorted(load_palettes()))
def test_every_palette_of_ours_has_words(palette_id: str) -> None:
    assert palette_id in load_generation_table().palettes


def test_a_palette_of_the_user_s_own_is_told_by_its_name() -> None:
    table = replace(load_generation_table(), palettes={})
    palette = load_palettes()["wonder"]
    told = prompt_of(
        CUE, WRITTEN, start_sample=2 * RATE, end_sample=10 * RATE, palette=palette, instruments=load_instruments(),
        table=table,
    )  # fmt: skip
    assert told.text.startswith("Wonder")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("hybrid_db = -7.0", "hybrid_db = -70.0", "levels.hybrid_db"),
        ("hybrid_db = -7.0", "", "lacks the line 'hybrid_db'"),
        ("freedom = 0.7", "freedom = 1.7", "sketch.freedom"),
        ("[levels]", "[level]", "did you mean 'levels'"),
        ("[1.0, ", "[0.9, ", "must rise up to 1"),
        ('always = ["cinematic film score", ', 'always = "x" #', "wrong form"),
    ],
)
def test_a_table_of_the_user_s_own_is_checked(old: str, new: str, told: str, tmp_path: Path) -> None:
    text = (resources_folder() / "generation.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "generation.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SettingError, match=told):
        load_generation_table(path)
