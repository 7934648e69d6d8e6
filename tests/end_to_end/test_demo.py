"""The demo, as a user runs it: one command, and everything the README promises lies there."""

import csv
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import opentimelineio as otio
import pytest
import soundfile

from hitpoint.resources import resources_folder

pytestmark = [pytest.mark.soundfont, pytest.mark.slow]

STEM_RESIDUAL_DBFS = -90.0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    result = subprocess.run(
        [sys.executable, "-m", "hitpoint.cli", "demo", "--out", str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    assert "1m1" in result.stdout
    return folder


@pytest.fixture(scope="module")
def report(demo: Path) -> dict:
    return json.loads((demo / "report.json").read_text(encoding="utf-8"))


def test_everything_is_there(demo: Path, report: dict) -> None:
    expected = {
        "chase.scored.otio", "chase.mid", "chase.cues.csv", "chase.markers.edl", "chase.mp4", "chase.png",
        "chase.hitpoint.toml", "chase.plan.txt", "chase.themes.toml", "report.json", "audio/chase_mix.wav",
        "audio/chase_click.wav",
    }  # fmt: skip
    there = {path.relative_to(demo).as_posix() for path in demo.rglob("*") if path.is_file()}
    assert expected <= there
    assert not [path for path in there if path.startswith(".") or "partial" in path], "nothing half-written is left"
    for path in report["files"].values():
        assert (demo / path).is_file(), path


def test_the_plan_and_the_themes_can_be_read(demo: Path, report: dict) -> None:
    plan = (demo / "chase.plan.txt").read_text(encoding="utf-8")
    cue = report["cues"][0]
    assert plan.count("\n  bar") == len(cue["phrases"]) >= 8
    assert 'towards the accent "HIT market stall" at 01:00:30:11' in plan
    ledger = (demo / "chase.themes.toml").read_text(encoding="utf-8")
    assert ledger.count("[[theme.mara.use]]") == len(cue["themes"]) >= 5
    assert set(cue["idioms"]) == {hit["id"] for hit in report["hits"]}


def test_every_hard_hit_is_heard_on_its_frame(report: dict) -> None:
    hard = [hit for hit in report["hits"] if hit["is_hard"] and hit["kind"] == "accent"]
    assert len(hard) >= 5
    for hit in hard:
        assert hit["planned_error_ms"] == 0, hit
        assert hit["is_downbeat"], hit
        assert hit["measured_error_ms"] is not None, hit
        assert -5 < hit["measured_error_ms"] < 10, hit
        assert hit["verdict"] == "hit"


def test_every_marker_has_one_answer(report: dict) -> None:
    cut = otio.adapters.read_from_file(str(resources_folder() / "demo" / "chase.otio"))
    assert len(report["markers"]) == len(cut.tracks.markers)
    assert {answer["verdict"] for answer in report["markers"]} <= {"hit", "near", "direction", "refused"}
    assert all(answer["reason"] for answer in report["markers"] if answer["verdict"] == "refused")


def test_stems_sum_to_the_mix_on_the_finished_files(demo: Path) -> None:
    mix, rate_hz = soundfile.read(demo / "audio" / "chase_mix.wav", dtype="float64")
    assert rate_hz == 48_000
    total = 0.0 * mix
    stems = [p for p in (demo / "audio").glob("chase_*.wav") if p.stem not in ("chase_mix", "chase_click")]
    assert len(stems) >= 4
    for path in stems:
        stem, _ = soundfile.read(path, dtype="float64")
        assert stem.shape == mix.shape, path
        total += stem
    assert abs(total - mix).max() < 10 ** (STEM_RESIDUAL_DBFS / 20)


def test_the_input_is_whole_in_the_scored_timeline(demo: Path) -> None:
    before = json.loads((resources_folder() / "demo" / "chase.otio").read_text())
    after = json.loads((demo / "chase.scored.otio").read_text())
    count = len(before["tracks"]["children"])
    for old, new in zip(before["tracks"]["children"], after["tracks"]["children"][:count], strict=True):
        assert [clip["name"] for clip in new["children"]] == [clip["name"] for clip in old["children"]]
        assert [clip["source_range"] for clip in new["children"]] == [clip["source_range"] for clip in old["children"]]
    score = [t for t in after["tracks"]["children"][count:] if t["name"] == "Score"]
    assert len(score) == 1
    assert score[0]["enabled"] is True
    stems = [t for t in after["tracks"]["children"][count:] if t["name"] != "Score"]
    assert stems
    assert not any(t["enabled"] for t in stems)


def test_scored_media_can_be_found_from_the_scored_timeline(demo: Path) -> None:
    from hitpoint.timeline import load_timeline, read_cut

    cut = read_cut(load_timeline(demo / "chase.scored.otio"))
    assert cut.duration_frames == 2060
    assert all(shot.media is not None and not shot.media.is_missing for shot in cut.shots)
    assert not any("Score" in clip.track_name for clip in cut.audio_clips), "our own tracks are not dialogue"
    assert len(cut.markers) == 13, "our own markers are not hit points"


def test_loudness_is_on_target(report: dict) -> None:
    assert report["loudness"]["integrated_lufs"] == pytest.approx(-23.0, abs=0.2)
    assert report["loudness"]["true_peak_dbtp"] <= -1.0
    assert report["loudness"]["limiter_max_reduction_db"] < 6.0
    assert report["loudness"]["stem_residual_dbfs"] is None or report["loudness"]["stem_residual_dbfs"] < -90


def test_cue_sheet_names_the_cue(demo: Path) -> None:
    text = (demo / "chase.cues.csv").read_text(encoding="utf-8-sig")
    assert any("1m1" in row for row in csv.reader(text.splitlines()))


def test_same_seed_same_bytes_and_scoring_again_replaces(demo: Path, tmp_path: Path) -> None:
    from hitpoint.pipeline import ScoreSettings, score

    folder = resources_folder() / "demo"
    common = {
        "subtitles_path": folder / "chase.srt",
        "script_path": folder / "chase.fountain",
        "brief_text": "tense, builds to the bridge",
    }
    score(ScoreSettings(cut_path=demo / "chase.scored.otio", out_folder=tmp_path, **common))
    first, second = demo / "audio" / "chase_mix.wav", tmp_path / "audio" / "chase_mix.wav"
    a, _ = soundfile.read(first, dtype="int32")
    b, _ = soundfile.read(second, dtype="int32")
    assert (a == b).all(), "the scored timeline gives the same score as the cut itself"
    assert (demo / "chase.mid").read_bytes() == (tmp_path / "chase.mid").read_bytes()
    again = json.loads((tmp_path / "chase.scored.otio").read_text())
    once = json.loads((demo / "chase.scored.otio").read_text())
    assert len(again["tracks"]["children"]) == len(once["tracks"]["children"])
    assert len(again["tracks"]["markers"]) == len(once["tracks"]["markers"])


def test_golden_figures(report: dict) -> None:
    """Of the demo, whose cut is fixed; after a change on purpose: python tests/end_to_end/golden.py REPORT.json"""
    spec = importlib.util.spec_from_file_location("golden", Path(__file__).with_name("golden.py"))
    golden = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(golden)
    found, wanted = golden.figures(report), json.loads(golden.GOLDEN.read_text(encoding="utf-8"))
    for name, curve in wanted.pop("arc").items():
        assert found["arc"][name] == pytest.approx(curve, abs=0.02), name
    found.pop("arc")
    assert found == wanted
