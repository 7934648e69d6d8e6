from fractions import Fraction

import pytest

from hitpoint.model.errors import SettingError
from hitpoint.performance.articulation import choose_manner
from hitpoint.performance.articulation_table import ROLES, load_articulations
from hitpoint.resources import load_instruments, load_palettes

PLAIN, SLOW, PIZZICATO, TREMOLO = (0, 48), (0, 49), (0, 45), (0, 44)


@pytest.fixture
def manner(note, part):
    def call(instrument_id, role, length_s, *, articulation="", on_hit=False):
        written = note(0, articulation=articulation, hit_id="h" if on_hit else "")
        instrument = load_instruments()[instrument_id]
        return choose_manner(load_articulations(), instrument, part(written, role=role), written, length_s)

    return call


@pytest.mark.parametrize(
    ("instrument", "articulation", "role", "length_s", "on_hit", "preset"),
    [
        ("violins", "", "melody", 2.0, False, PLAIN),
        ("violins", "", "melody", 3.0, False, SLOW),
        ("violins", "", "pad", 4.0, False, SLOW),
        ("violins", "", "pad", 0.5, False, PLAIN),
        ("violins", "", "pad", 4.0, True, PLAIN),
        ("violins", "slow", "pad", 4.0, True, PLAIN),
        ("violins", "long", "pad", 4.0, True, PLAIN),
        ("violins", "pizzicato", "pad", 4.0, False, PIZZICATO),
        ("violins", "pizzicato", "impact", 1.0, True, PIZZICATO),
        ("violins", "long", "melody", 0.5, False, SLOW),
        ("violins", "short", "pad", 4.0, False, PLAIN),
        ("violins", "", "riser", 1.0, False, TREMOLO),
        ("violins", "", "riser", 0.2, False, PLAIN),
        ("violins", "", "colour", 0.2, False, PIZZICATO),
        ("slow-strings", "", "pad", 4.0, False, SLOW),
        ("slow-strings", "", "pad", 0.5, False, PLAIN),
        ("slow-strings", "", "pad", 4.0, True, PLAIN),
        ("solo-violin", "", "melody", 3.0, False, (8, 40)),
        ("solo-violin", "", "melody", 3.0, True, (0, 40)),
        ("solo-cello", "", "melody", 3.0, False, (0, 42)),
        ("piano", "", "pad", 4.0, False, (0, 0)),
    ],
)
def test_the_preset_follows_articulation_role_and_length(
    manner, instrument, articulation, role, length_s, on_hit, preset
):
    chosen = manner(instrument, role, length_s, articulation=articulation, on_hit=on_hit)
    assert (chosen.bank, chosen.program) == preset


@pytest.mark.parametrize(("articulation", "share"), [("", 1.0), ("short", 0.7), ("staccato", 0.5), ("tremolo", 1.0)])
def test_short_notes_are_held_for_a_share(manner, articulation, share):
    chosen = manner("violins", "melody", 1.0, articulation=articulation)
    assert chosen.held_s(1.0) == pytest.approx(share)
    assert chosen.held_s(0.05) == pytest.approx(0.05)
    assert chosen.is_detached == (share < 1.0)


def test_a_short_pulse_is_held_short_and_struck_harder_a_long_one_is_plain(manner):
    short, longer, drum = (
        manner("violas", "pulse", 0.12),
        manner("violas", "pulse", 0.5),
        manner("timpani", "pulse", 0.1),
    )
    assert short.held_s(0.12) == pytest.approx(0.084)
    assert 84 < short.velocity(80) < 90
    assert (longer.held_s(0.5), longer.velocity(80)) == (0.5, 80)
    assert (drum.held_s(0.1), drum.velocity(80)) == (0.1, 80)


def test_a_change_of_preset_is_not_one_of_level(manner):
    # Slow Strings are 2.5 dB louder than Strings; velocity is 40 dB per decade
    assert manner("violins", "pad", 3.0).velocity(80) == pytest.approx(80 * 10 ** (-2.5 / 40))
    assert manner("slow-strings", "pad", 0.5).velocity(80) == pytest.approx(80 * 10 ** (2.5 / 40))
    assert manner("slow-strings", "pad", 3.0).velocity(80) == 80


def test_our_instruments_and_palettes_name_only_articulations_of_the_table():
    known = load_articulations().articulations
    named = {name for instrument in load_instruments().values() for name in instrument.articulations}
    for palette in load_palettes().values():
        layers = [row for rows in palette.tables.values() if isinstance(rows, list) for row in rows]
        named |= {row["articulation"] for row in layers if "articulation" in row}
    assert named
    assert named <= set(known)


def test_no_rule_of_ours_asks_for_a_slow_sound_on_a_hit(manner):
    slow = {preset for i in load_instruments().values() for name, preset in i.articulations.items() if name == "slow"}
    assert slow
    for role in ROLES:
        for tenths in range(1, 60):
            chosen = manner("violins", role, float(Fraction(tenths, 10)), on_hit=True)
            assert (chosen.bank, chosen.program) not in slow


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[articulation.short]\nheld = 1.5", r"\[articulation.short\]: held = 1.5 must be a number from 0.1 to 1"),
        ("[articulation.short]\nhold = 0.5", "hold is a line that nobody reads"),
        ('[articulation.short]\nstand_ins = ["spicato"]', "stand_ins has 'spicato', which is not an articulation"),
        ("articulation = 3", r"articulation must be written as \[articulation.NAME\] tables"),
        ('[articulation.short]\n[[rule]]\narticulation = "shor"', r"rule\]\] 1: articulation = 'shor' is not known"),
        ('[articulation.short]\n[[rule]]\nroles = ["bass"]\narticulation = "short"', "roles has 'bass'"),
        (
            '[articulation.short]\n[[rule]]\nfrom_s = 2\nbelow_s = 1\narticulation = "short"',
            "must be greater than from_s",
        ),
        (
            '[articulation.slow]\nis_slow = true\n[[rule]]\ncarries_hit = true\narticulation = "slow"',
            "'slow' is a slow one and cannot carry a hit",
        ),
        ("[[preset]]\nbank = 0\nprogram = 200\nlevel_db = 0", "program = 200 must be a number from 0 to 127"),
        ("[rules]", "rules is a line that nobody reads"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, text, problem):
    path = tmp_path / "articulations.toml"
    path.write_text(text)
    with pytest.raises(SettingError, match=problem):
        load_articulations(path)
