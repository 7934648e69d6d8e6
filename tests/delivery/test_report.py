"""The report against its published schema, and the verdicts."""

import io
import json
import math
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from hitpoint.delivery.report import ReportInputs, build_report, write_report
from hitpoint.delivery.report_hits import judge
from hitpoint.delivery.summary import summary_table
from hitpoint.model.audio import Alternate, AudioFile, HitMeasurement
from hitpoint.model.spotting import HitKind, HitPoint, Verdict
from hitpoint.model.tempo_plan import PlannedHit
from hitpoint.model.time import FrameRate

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))
RATE = FrameRate(24, 1)


def inputs(made, **overrides) -> ReportInputs:
    values = {
        "cut": made.cut,
        "cues": made.cues,
        "plans": made.plans,
        "compositions": made.compositions,
        "alternatives": (made.plans[:1], ()),
        "answers": made.answers,
        "arc": made.arc,
        "mix": made.mix,
        "measurements": made.measurements,
        "loudness_correlation": {"1m1": 0.91, "1m2": math.nan},
        "step_s": {"timeline": 0.1, "rendering": 3.25},
        "warnings": ("media of shot 3 is missing", "no subtitles were found"),
        "soundfont": "MuseScore_General.sf3",
        "seed": 7,
        "settings": {"loudness": "ebu", "style": None, "video": False},
        "folder": Path("/out"),
        "files": {"mix": Path("/out/audio/x_mix.wav")},
    }
    return ReportInputs(**{**values, **overrides})


@pytest.mark.parametrize("rate", [RATE, FrameRate(24000, 1001), FrameRate(30000, 1001, True)], ids=str)
def test_it_follows_its_schema(scored, rate):
    report = build_report(inputs(scored(rate)))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(report, SCHEMA)
    json.dumps(report, allow_nan=False)
    assert report["cut"]["rate"] == f"{rate.numerator}/{rate.denominator}"


def test_alternates_follow_the_schema(scored_24):
    audio = AudioFile(path=Path("/out/ALT/x.lighter.wav"), start_sample=-48_000, length_samples=96_000)
    measured = {"loudness_lufs": -27.0, "true_peak_dbtp": -math.inf, "gain_db": -3.0}
    rows = (
        Alternate(name="lighter", audio=audio, left_out=("melody: Horns",), rendered_stems=("strings",), **measured),
        Alternate(
            name="30s",
            audio=audio,
            midi_path=Path("/out/ALT/x.30s.mid"),
            cue_number="1m1",
            made_from=(("opening", 0.0, 8.0),),
            hits=3,
            heard=2,
            worst_error_ms=0.5,
            **measured,
        ),
    )
    report = build_report(inputs(scored_24, alternates=rows))
    jsonschema.validate(report, SCHEMA)
    full, short = report["alternates"]
    assert (full["path"], full["start_s"], full["length_s"], full["cue"]) == ("ALT/x.lighter.wav", -1.0, 2.0, None)
    assert (short["midi_path"], short["start_s"], short["cue"]) == ("ALT/x.30s.mid", None, "1m1")


def test_it_follows_its_schema_when_nothing_was_rendered(scored_24):
    bare = inputs(scored_24, arc=None, mix=None, measurements=(), alternatives=(), loudness_correlation={})
    report = build_report(bare)
    jsonschema.validate(report, SCHEMA)
    assert report["loudness"] is None
    assert report["hit_summary"]["worst_error_ms"] is None


def test_the_schema_is_strict(scored_24):
    report = build_report(inputs(scored_24))
    report["hits"][0]["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        jsonschema.validate(report, SCHEMA)


def test_silence_and_nan_become_null(scored_24):
    report = build_report(inputs(scored_24))
    assert report["loudness"]["short_term_lufs"][0] is None
    assert report["loudness"]["stem_residual_dbfs"] is None
    assert [cue["loudness_correlation"] for cue in report["cues"]] == [0.91, None]


def test_what_the_mix_did_to_levels_is_told_in_seconds_by_bus(scored_24):
    report = build_report(inputs(scored_24))
    curves = scored_24.mix.automation
    assert list(report["automation"]) == ["strings", "percussion"]
    assert report["automation"]["strings"][2] == [3.5, 0.0]
    assert report["automation"]["strings"][8] == [31.25, -20.0]
    assert len(report["automation"]["strings"]) == len(curves[0].points)
    assert report["automation"]["percussion"] == []
    assert build_report(inputs(scored_24, mix=None))["automation"] == {}


def test_every_marker_has_exactly_one_answer(scored_24):
    report = build_report(inputs(scored_24))
    assert [row["id"] for row in report["markers"]] == [marker.id for marker in scored_24.cut.markers]
    answers = {row["id"]: row for row in report["markers"]}
    assert (answers["key"]["verdict"], answers["far"]["verdict"]) == ("direction", "refused")
    assert answers["m1m11"] | {"hit_id": "1m1-1", "verdict": "hit"} == answers["m1m11"]


def test_a_forgotten_marker_is_refused_in_words(scored_24):
    report = build_report(inputs(scored_24, answers=()))
    assert {row["reason"] for row in report["markers"] if row["hit_id"] is None} == {"no cue plays at this marker"}


def test_the_heaviest_hit_answers_for_a_marker(scored_24):
    cue = scored_24.cues[0]
    light = HitPoint(id="light", frame=cue.span.start_frame, kind=HitKind.TURN, weight=0.1, marker_id="m1m10")
    cues = (replace(cue, hits=(light, *cue.hits)), scored_24.cues[1])
    report = build_report(inputs(scored_24, cues=cues))
    assert next(row["hit_id"] for row in report["markers"] if row["id"] == "m1m10") == "1m1-0"


def planned(frames: F, **values) -> PlannedHit:
    hit = HitPoint(id="h", frame=10, kind=HitKind.ACCENT)
    return PlannedHit(hit=hit, beats=F(0), bar=1, beat=F(1), is_downbeat=True, planned_error_s=frames / 24, **values)


def heard(error_ms: float | None) -> HitMeasurement:
    return HitMeasurement(hit_id="h", wanted_sample=0, heard_sample=None if error_ms is None else 1, error_ms=error_ms)


@pytest.mark.parametrize(
    ("plan", "measured", "verdict", "reason"),
    [
        (planned(F(0)), heard(1.5), Verdict.HIT, ""),
        (planned(F(0)), heard(-20.8), Verdict.HIT, ""),
        (planned(F(0)), heard(25.0), Verdict.NEAR, "heard +25.0 ms"),
        (planned(F(0)), heard(120.0), Verdict.REFUSED, "more than 2 frames"),
        (planned(F(0)), heard(None), Verdict.NEAR, "no onset stands out"),
        (planned(F(0)), None, Verdict.HIT, "not measured"),
        (planned(F(2), was_softened=True, reason="crowded"), None, Verdict.NEAR, "crowded; not measured"),
        (planned(F(2), was_softened=True, reason="crowded"), heard(83.0), Verdict.NEAR, "crowded"),
        (planned(F(9), was_softened=True, reason="crowded"), heard(0.0), Verdict.REFUSED, "crowded"),
        (planned(F(-9)), heard(0.0), Verdict.REFUSED, "the music passes -375 ms away"),
        (None, None, Verdict.REFUSED, "no place"),
    ],
)
def test_verdicts(plan, measured, verdict, reason):
    hit = HitPoint(id="h", frame=10, kind=HitKind.ACCENT)
    given, why = judge(hit, plan, measured, rate=RATE)
    assert given is verdict
    assert reason in why


def test_a_turn_without_an_onset_is_judged_by_the_plan():
    hit = HitPoint(id="h", frame=10, kind=HitKind.TURN)
    assert judge(hit, planned(F(0)), heard(None), rate=RATE)[0] is Verdict.HIT


def test_a_soft_hits_own_tolerance_is_near():
    hit = HitPoint(id="h", frame=10, kind=HitKind.TURN, is_hard=False, tolerance_frames=12)
    assert judge(hit, planned(F(9)), None, rate=RATE)[0] is Verdict.NEAR


def test_written_as_utf8_json(scored_24, tmp_path):
    report = build_report(inputs(scored_24))
    write_report(tmp_path / "report.json", report)
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == report
    assert "B♭ major" in (tmp_path / "report.json").read_text(encoding="utf-8")


def test_the_summary_fits_80_columns_and_tells_errors(scored_24):
    report = build_report(inputs(scored_24))
    report["cues"][0]["title"] = "A [bold]title[/bold] that is much longer than any terminal could ever show in a row"
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(summary_table(report))
    text = console.export_text()
    assert max(len(line) for line in text.splitlines()) <= 80
    for words in ("1m1", "D minor", "tyres scream", "ms", "[bold]", "too late", "! media of shot 3"):
        assert words in text


def test_the_summary_shows_missed_hits_first_when_there_are_many(scored_24):
    report = build_report(inputs(scored_24))
    row = report["hits"][0]
    report["hits"] = [dict(row, label=f"h{i}", verdict="refused" if i == 79 else "hit") for i in range(80)]
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(summary_table(report))
    text = console.export_text()
    assert "h79" in text
    assert "and 56 more" in text


def test_what_was_recognised_follows_the_schema(scored_24):
    from hitpoint.perception.eyes import SeenShot, Sight
    from hitpoint.perception.eyes.values import SIGHT_ROWS

    def shot(index: int, sureness: float) -> SeenShot:
        groups = ("emotion", "setting", "light", "place", "scale", "people")
        return SeenShot(
            start_s=2.0 * index,
            end_s=2.0 * index + 2,
            shot_index=index,
            name=f"shot {index}",
            frames=3,
            choices={group: {"this": sureness, "that": 0.99 - sureness, "least": 0.01} for group in groups},
            contains={"a face": sureness, "a horse": 0.1},
            aesthetics=0.5,
            valence=-0.5,
            arousal=0.25,
            tension=0.1,
            agreement=0.8,
            confidence=0.6,
        )

    rows = {name: [0.5] * 3 for name in SIGHT_ROWS}
    sight = Sight(model="tiny", known=[True] * 3, shots=(shot(0, 0.9), shot(1, 0.4)), **rows)
    report = build_report(inputs(scored_24, sight=sight))
    jsonschema.validate(report, SCHEMA)
    told = report["recognised"]
    assert told["presence"] == {"a face": 0.5}
    assert told["shots"][0]["told"] == "this, this, this, this, this; this"
    assert told["shots"][0]["emotions"] == {"this": 0.9, "that": 0.09}
    assert told["shots"][1]["contains"] == {}
    assert "recognised" not in build_report(inputs(scored_24))
