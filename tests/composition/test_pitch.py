import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitpoint.composition.pitch import fold_into, melodic_scale, parse_numeral
from hitpoint.model.key import SCALES, Key, parse_key

KEYS = [
    ("D minor", 2, "minor"),
    ("d minor", 2, "minor"),
    ("F# major", 6, "major"),
    ("B♭ major", 10, "major"),
    ("Bb", 10, "major"),
    ("e moll", 4, "minor"),
    ("C sharp minor", 1, "minor"),
    ("Am", 9, "minor"),
    ("G dorian", 7, "dorian"),
]
assert KEYS


@pytest.mark.parametrize(("text", "tonic", "mode"), KEYS)
def test_keys_are_read_as_musicians_write_them(text: str, tonic: int, mode: str) -> None:
    assert parse_key(text) == Key(tonic, mode)


@pytest.mark.parametrize("text", ["", "H minor", "D happy", "tense", "120 bpm"])
def test_what_is_no_key_is_none(text: str) -> None:
    assert parse_key(text) is None


NUMERALS = [
    ("i", "D minor", "Dm", {2, 5, 9}),
    ("VI", "D minor", "B♭", {10, 2, 5}),
    ("bII", "D minor", "E♭", {3, 7, 10}),
    ("V7", "C minor", "G7", {7, 11, 2, 5}),
    ("bVI", "D major", "B♭", {10, 2, 5}),
    ("#ivdim7", "A minor", "D♯dim7", {3, 6, 9, 0}),
    ("Isus4", "C major", "Csus4", {0, 5, 7}),
    ("i5", "E minor", "E5", {4, 11}),
    ("iadd9", "C minor", "Cmadd9", {0, 3, 7, 2}),
]
assert NUMERALS


@pytest.mark.parametrize(("numeral", "key", "symbol", "pitch_classes"), NUMERALS)
def test_numerals_name_chords(numeral: str, key: str, symbol: str, pitch_classes: set[int]) -> None:
    parsed = parse_key(key)
    assert parsed is not None
    shape = parse_numeral(numeral, parsed)
    assert shape.symbol == symbol
    assert set(shape.pitch_classes) == pitch_classes
    assert shape.pitch_classes[0] == shape.root


@pytest.mark.parametrize("numeral", ["H", "VIII", "Vwow", "", "5"])
def test_wrong_numerals_say_so(numeral: str) -> None:
    with pytest.raises(ValueError, match=r"not a chord|unknown colour"):
        parse_numeral(numeral, Key(0, "minor"))


def test_a_key_spells_with_its_own_accidentals() -> None:
    assert str(Key(3, "minor")) == "E♭ minor"
    assert Key(4, "major").name_of(3) == "D♯"
    assert Key(0, "minor").name_of(3) == "E♭"


@given(
    tonic=st.integers(0, 11), mode=st.sampled_from(sorted(SCALES)), numeral=st.sampled_from([n for n, *_ in NUMERALS])
)
def test_every_chord_tone_can_be_sung(tonic: int, mode: str, numeral: str) -> None:
    key = Key(tonic, mode)
    shape = parse_numeral(numeral, key)
    assert set(shape.pitch_classes) <= set(melodic_scale(key, shape))


@given(pitch=st.integers(0, 127), low=st.integers(20, 80), width=st.integers(11, 40))
def test_folding_keeps_the_pitch_class_and_the_range(pitch: int, low: int, width: int) -> None:
    folded = fold_into(pitch, low, low + width)
    assert low <= folded <= low + width
    assert (folded - pitch) % 12 == 0
