"""The MusicXML is read back by partitura and, for the arithmetic of its bars, by hand."""

import warnings
import xml.etree.ElementTree as etree
from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitpoint.delivery.musicxml import write_musicxml
from hitpoint.delivery.notation import key_fifths, note_values, spell, voiced
from hitpoint.model.music import Note


@pytest.fixture
def written(scored_24, tmp_path):
    told = write_musicxml(
        tmp_path / "x.musicxml", composition=scored_24.compositions[0], instruments=scored_24.instruments
    )
    return told, tmp_path / "x.musicxml"


def test_every_note_comes_back(scored_24, written):
    import partitura

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score = partitura.load_musicxml(written[1])
    parts = scored_24.compositions[0].parts
    assert len(score.parts) == len(parts) == 3
    for read, part in zip(score.parts, parts, strict=True):
        divisions = read.quarter_duration_map(0)
        got = sorted(
            (F(int(n.start.t), int(divisions)), n.midi_pitch, F(int(n.duration_tied), int(divisions)))
            for n in read.notes_tied
        )
        assert got == sorted((n.onset_beats, n.pitch_midi, n.duration_beats) for n in part.notes)
    assert written[0] == ()


def test_every_voice_of_every_bar_adds_up(scored_24, written):
    tree = etree.parse(written[1])
    checked = 0
    for part in tree.iterfind("part"):
        divisions, meter = 1, (4, 4)
        for measure in part.iterfind("measure"):
            divisions = int(measure.findtext("attributes/divisions") or divisions)
            time = measure.find("attributes/time")
            if time is not None:
                meter = (int(time.findtext("beats")), int(time.findtext("beat-type")))
            at, furthest = 0, 0
            for element in measure:
                if element.find("chord") is not None:
                    continue
                sign = {"note": 1, "forward": 1, "backup": -1}.get(element.tag, 0)
                at += sign * int(element.findtext("duration") or 0)
                assert at >= 0
                furthest = max(furthest, at)
            assert furthest == divisions * 4 * meter[0] // meter[1]
            checked += 1
    assert checked == 3 * 13


def test_metres_tempi_keys_and_sections(written):
    part = etree.parse(written[1]).find("part")
    metres = {
        m.get("number"): f"{m.findtext('attributes/time/beats')}/{m.findtext('attributes/time/beat-type')}"
        for m in part.iterfind("measure")
        if m.find("attributes/time") is not None
    }
    assert metres == {"1": "4/4", "5": "3/4", "6": "4/4", "11": "7/8", "12": "4/4"}
    tempi = [
        (m.get("number"), float(sound.get("tempo"))) for m in part.iterfind("measure") for sound in m.iter("sound")
    ]
    assert tempi == [("1", 112.9412), ("5", 110.7692), ("8", 109.3671), ("11", 117.5858)]
    assert [e.text for e in part.iter("rehearsal")] == ["build", "climax"]
    assert part.findtext(".//key/fifths") == "-1"


def test_what_cannot_be_notated_is_told(scored_24, tmp_path):
    composition = scored_24.compositions[0]
    odd = Note(onset_beats=F(1, 11), duration_beats=F(1), pitch_midi=70, velocity=80)
    early = Note(onset_beats=F(-1), duration_beats=F(1), pitch_midi=70, velocity=80)
    part = replace(composition.parts[0], notes=(early, odd))
    told = write_musicxml(
        tmp_path / "x.musicxml",
        composition=replace(composition, parts=(part,)),
        instruments=scored_24.instruments,
    )
    assert len(told) == 2
    assert "1 notes before bar 1" in told[0]
    assert "1 onsets cannot be notated exactly" in told[1]


@pytest.mark.parametrize(
    ("key", "fifths"),
    [("C major", 0), ("D minor", -1), ("E♭ major", -3), ("F♯ minor", 3), ("D dorian", 0), ("F lydian", 0), ("?", 0)],
)
def test_key_signatures(key, fifths):
    assert key_fifths(key)[0] == fifths


@pytest.mark.parametrize(
    ("pitch", "fifths", "name"),
    [
        (60, 0, ("C", 0, 4)),
        (61, -1, ("C", 1, 4)),  # the leading note of D minor
        (70, -1, ("B", -1, 4)),
        (59, 7, ("B", 0, 3)),
        (60, 7, ("B", 1, 3)),
        (71, -7, ("C", -1, 5)),
    ],
)
def test_spelling(pitch, fifths, name):
    assert spell(pitch, fifths) == name


@given(pitch=st.integers(0, 127), fifths=st.integers(-7, 7))
def test_every_spelling_sounds_as_written(pitch, fifths):
    step, alter, octave = spell(pitch, fifths)
    assert 12 * (octave + 1) + {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[step] + alter == pitch
    assert abs(alter) <= 2


beats = st.builds(F, st.integers(0, 96), st.sampled_from([1, 2, 3, 4, 6, 8, 12, 16]))


@given(start=beats, length=beats.filter(lambda b: b > 0))
def test_note_values_fill_the_note_and_stay_in_their_bars(start, length):
    lines = [F(4 * bar) for bar in range(60)]
    values = note_values(start, start + length, lines)
    assert values[0].start_beats == start
    for left, right in zip(values, [*values[1:], None], strict=True):
        end = left.start_beats + left.duration_beats
        assert end == (start + length if right is None else right.start_beats)
        assert not any(left.start_beats < line < end for line in lines)


@given(st.lists(st.tuples(beats, beats.filter(lambda b: b > 0), st.integers(40, 80)), max_size=30))
def test_nothing_overlaps_in_a_voice(rows):
    notes = [Note(onset_beats=s, duration_beats=d, pitch_midi=p, velocity=80) for s, d, p in rows]
    placed, _ = voiced(notes)
    spans = sorted({(n.voice, n.start_beats, n.end_beats) for n in placed})
    for (voice, _, end), (next_voice, start, _) in pairwise(spans):
        assert voice != next_voice or end <= start
    assert {(n.start_beats, n.pitch_midi) for n in placed} == {(n.onset_beats, n.pitch_midi) for n in notes}
