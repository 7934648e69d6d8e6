"""The cue sheet is read as a spreadsheet would read it."""

import csv
from dataclasses import replace
from fractions import Fraction as F

import pytest

from hitpoint.delivery.cue_sheet import COLUMNS, clock, write_cue_sheet
from hitpoint.model.time import FrameRate


def read(path):
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel needs the mark"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def write(made, path, **overrides):
    values = {"cut": made.cut, "cues": made.cues, "plans": made.plans, "compositions": made.compositions}
    write_cue_sheet(path, **{**values, **overrides})
    return read(path)


def test_one_row_per_cue_and_the_total(scored_24, tmp_path):
    first, second, total = write(scored_24, tmp_path / "x.csv", title="The Bridge")
    assert (first["Sequence"], first["Cue number"], first["Cue title"], first["Usage"]) == ("1", "1m1", "Chase", "BI")
    assert (first["Timecode in"], first["Timecode out"]) == ("01:00:01:12", "01:00:28:08")
    assert (first["Duration (HH:MM:SS)"], first["Duration (HH:MM:SS:FF)"]) == ("00:00:27", "00:00:26:20")
    assert (first["Key"], second["Key"]) == ("D minor", "B♭ major")
    assert second["Tempo (BPM)"] == "82-105"
    assert second["Production title"] == "The Bridge"
    assert total["Cue title"] == "TOTAL MUSIC LENGTH"
    assert total["Duration (HH:MM:SS)"] == clock(F(680 - 36 + 1250 - 800, 24))


def test_every_row_has_every_column_and_people_are_left_to_the_user(scored_24, tmp_path):
    rows = write(scored_24, tmp_path / "x.csv")
    theirs = [name for name in COLUMNS if name.endswith("(fill in)")]
    assert len(theirs) == 12
    for row in rows:
        assert tuple(row) == COLUMNS
        assert None not in row.values()
        assert all(row[name] == "" for name in theirs)


def test_durations_are_real_time_at_23976(scored, tmp_path):
    rate = FrameRate(24000, 1001)
    made = scored(rate)
    hour = replace(made.cues[0], span=type(made.cues[0].span)(0, 86400))
    cut = replace(made.cut, duration_frames=86400)
    rows = write(made, tmp_path / "x.csv", cut=cut, cues=(hour, made.cues[1]))
    assert rows[0]["Duration (HH:MM:SS:FF)"] == "01:00:00:00"
    assert rows[0]["Duration (HH:MM:SS)"] == "01:00:04"


@pytest.mark.parametrize("title", ['=HYPERLINK("x")', "+1", "@me", "-"])
def test_a_title_is_never_a_formula(scored_24, tmp_path, title):
    cues = (replace(scored_24.cues[0], title=title), scored_24.cues[1])
    assert write(scored_24, tmp_path / "x.csv", cues=cues)[0]["Cue title"] == "'" + title


@pytest.mark.parametrize("title", ['a, "b"', "two\nlines", "Brücke; 橋"])
def test_titles_survive(scored_24, tmp_path, title):
    cues = (replace(scored_24.cues[0], title=title), scored_24.cues[1])
    assert write(scored_24, tmp_path / "x.csv", cues=cues)[0]["Cue title"] == title


def test_rows_go_by_record_time(scored_24, tmp_path):
    backwards = {
        "cues": scored_24.cues[::-1],
        "plans": scored_24.plans[::-1],
        "compositions": scored_24.compositions[::-1],
    }
    assert [row["Cue number"] for row in write(scored_24, tmp_path / "x.csv", **backwards)] == ["1m1", "1m2", ""]
