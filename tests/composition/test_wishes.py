"""What a brief wants and avoids is heard in the notes."""

from collections.abc import Callable

import numpy as np
import pytest

from hitpoint.model.errors import SettingError
from hitpoint.resources import load_instruments, load_palettes

PALETTES = sorted(load_palettes())
assert PALETTES


def played(composition: object) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part in composition.parts:  # type: ignore[attr-defined]
        counts[part.instrument_id] = counts.get(part.instrument_id, 0) + len(part.notes)
    return counts


@pytest.mark.parametrize("palette_id", PALETTES)
@pytest.mark.parametrize("section", ["strings", "percussion", "brass"])
def test_an_avoided_section_is_silent(score: Callable, palette_id: str, section: str) -> None:
    instruments = load_instruments()
    composition = score(palette_id, avoid=(section,)).composition
    lines = [part for part in composition.parts if part.role not in ("impact", "riser")]
    assert lines
    assert not [part.instrument_id for part in lines if instruments[part.instrument_id].stem == section]


def test_an_avoided_instrument_is_replaced(score: Callable) -> None:
    for palette_id in PALETTES:
        for name in list(played(score(palette_id).composition))[:2]:
            counts = played(score(palette_id, avoid=(name,)).composition)
            assert name not in counts
            assert sum(counts.values()) > 50


@pytest.mark.parametrize("palette_id", PALETTES)
def test_a_wanted_instrument_plays(score: Callable, palette_id: str) -> None:
    instruments = load_instruments()
    usual = played(score(palette_id).composition)
    singers = [
        i.id
        for i in instruments.values()
        if i.id not in usual and not i.is_percussive and i.comfort_high_midi - i.comfort_low_midi >= 18
    ]
    assert singers
    assert played(score(palette_id, instruments=(singers[0],)).composition).get(singers[0], 0) > 0


def test_avoiding_everybody_is_refused(score: Callable) -> None:
    stems = tuple(sorted({instrument.stem for instrument in load_instruments().values()}))
    with pytest.raises(SettingError, match="nobody is left"):
        score("tense", avoid=stems)


def test_a_drawn_intensity_is_played(score: Callable) -> None:
    hits = ((0, "start", 0.5),)
    rising = score("tense", hits=hits, intensity=((0.0, 0.05), (1.0, 1.0))).composition.intensity
    falling = score("tense", hits=hits, intensity=((0.0, 1.0), (1.0, 0.05))).composition.intensity
    third = len(rising) // 3
    assert np.mean(rising[-2 * third : -third]) > np.mean(rising[third // 2 : third]) + 0.2
    assert np.mean(falling[third // 2 : third]) > np.mean(falling[-2 * third : -third]) + 0.2


def test_nothing_wished_changes_nothing(score: Callable) -> None:
    assert score("tense").composition.parts == score("tense", avoid=("kazoo",)).composition.parts
