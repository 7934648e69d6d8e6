"""Palettes are data that others write: every wrong line has to be named."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from hitpoint.composition.style_reader import read_style
from hitpoint.model.errors import SettingError
from hitpoint.model.music import STEM_NAMES
from hitpoint.resources import load_instruments, load_palettes

PALETTES = sorted(load_palettes())
assert PALETTES


def broken(path: str, value: Any) -> Any:
    """The tense palette with one line replaced (None removes it); digits in the path are list indices."""
    palette = load_palettes()["tense"]
    tables = copy.deepcopy(palette.tables)
    *way, last = path.split("/")
    place: Any = tables
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return replace(palette, tables=tables)


@pytest.mark.parametrize("palette_id", PALETTES)
def test_our_palettes_are_right(palette_id: str) -> None:
    style = read_style(load_palettes()[palette_id], load_instruments())
    assert {"ground", "pad", "pulse", "melody"} <= {layer.role for layer in style.layers}
    assert style.preparations


WRONG = [
    ("intensity/floor", 2.0, r"palettes/tense.toml \[intensity\]: floor = 2.0 must be a number from 0 to 0.5"),
    ("intensity", None, r"\[intensity\] is missing"),
    ("harmony/minor", "tens-minor", r"\[harmony\]: minor = 'tens-minor' is not in harmony.toml"),
    ("harmony/minor", "tense-major", r"minor = 'tense-major' is not a minor language"),
    ("harmony/bars_per_chord", ["2", "1"], r"bars_per_chord .* three texts"),
    ("motif/rhythms", ["1 2"], r"a motif has 3 to 7 notes"),
    ("motif/leaps", [], r"must not be empty"),
    ("layers/0/instruments", ["cellos"], r"\[\[layers\]\] 1: instrument 'cellos' is not in .* did you mean 'celli'"),
    ("layers/0/role", "lead", r"role = 'lead' is not known"),
    ("layers/0/register", [10, 40], r"lies outside the range of celli"),
    ("layers/0/register", [40, 44], r"must span at least 11 semitones"),
    ("layers/1/calm", ["0..x"], r"a rhythm is written with .0123456789n"),
    ("layers/1/grid", "0", r"grid = '0' must be greater than 0"),
    ("layers/0/colour", "blue", r"colour is a line that nobody reads"),
    ("hits/0/kinds", ["boom"], r"\[\[hits\]\] 1: kinds has 'boom'"),
    ("hits/1/keys", [99], r"keys = \[99\] must be a list of whole numbers from 35 to 36"),
    ("hits", [], r"have no row for kind 'accent'"),
    ("preparations/0/gesture", "wiggle", r"gesture = 'wiggle' is not known"),
    ("preparations/2/register", [60, 66], r"register 60..66 must span at least 11"),
    ("preparations/1/gesture", "run", r"keys are for rolls and quickening"),
    ("layers/0/instruments", ["celli", "snare"], r"'snare', which is too narrow"),
    ("layers/6/instruments", ["bass-drum"], r"'bass-drum', which is too narrow"),
    ("layers/1/id", "ground", r"name the part 'ground celli' twice"),
    ("form/head_only", "yes", r"head_only = 'yes' must be true or false"),
    ("moods/tense", {"tension": 3}, r"\[moods\] \[tense\]: tension"),
]
assert WRONG


@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_wrong_lines_are_named(path: str, value: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        read_style(broken(path, value), load_instruments())


def test_the_orchestra_is_complete_and_sane() -> None:
    instruments = load_instruments()
    assert {i.stem for i in instruments.values()} == set(STEM_NAMES) - {"hits"}
    for instrument in instruments.values():
        assert 0 <= instrument.low_midi <= instrument.comfort_low_midi
        assert instrument.comfort_low_midi <= instrument.comfort_high_midi <= instrument.high_midi <= 127
        assert -1.0 <= instrument.seat <= 1.0
        assert 0.0 <= instrument.depth <= 1.0
        assert instrument.bank in (0, 128)
    assert instruments["violins"].seat < 0 < instruments["celli"].seat
    assert instruments["horns"].seat < 0 < instruments["trumpets"].seat
    assert instruments["timpani"].depth > instruments["violins"].depth
