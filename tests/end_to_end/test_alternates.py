"""Endings and alternates, as an editor gets them: heard on the finished files."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import opentimelineio as otio
import pytest
import soundfile

from hitpoint.alternates import ALTERNATES, make
from hitpoint.alternates.choose import FULL_LENGTH
from hitpoint.delivery.wav import read_bwf_info
from hitpoint.model.errors import Cancelled
from hitpoint.model.progress import Progress
from hitpoint.pipeline import ScoreSettings, score

pytestmark = pytest.mark.soundfont

RATE_HZ = 48_000
FPS = 25
SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))
MARKERS = {
    0: "MUSIC IN",
    100: "HIT",
    212: "HIT !!",
    300: "TURN",
    380: "HIT",
    500: "MUSIC OUT cut dead",
}


def make_cut(path: Path, markers: dict[int, str] = MARKERS, frames: int = 600) -> Path:
    """A cut without media, with markers of an editor."""

    def rational(value: int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(value, FPS)

    timeline = otio.schema.Timeline(path.stem, global_start_time=rational(3600 * FPS))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for start in range(0, frames, 100):
        span = otio.opentime.TimeRange(rational(start), rational(100))
        track.append(otio.schema.Clip(f"shot {start}", otio.schema.MissingReference(), span))
    timeline.tracks.append(track)
    for frame, name in markers.items():
        span = otio.opentime.TimeRange(rational(frame), rational(1))
        timeline.tracks.markers.append(otio.schema.Marker(name, span, "GREEN"))
    otio.adapters.write_to_file(timeline, str(path))
    return path


def settings(folder: Path, *, alternates: tuple[str, ...] = ("all",)) -> ScoreSettings:
    cut = folder / "cut.otio"
    return ScoreSettings(
        cut_path=cut if cut.exists() else make_cut(cut),
        out_folder=folder / "out",
        style="tense",
        alternates=alternates,
        looks=False,
        processes=2,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("alternates")


@pytest.fixture(scope="module")
def report(folder: Path) -> dict:
    (folder / "out" / "ALT").mkdir(parents=True)
    (folder / "out" / "ALT" / "mine.wav").write_text("mine")
    score(settings(folder))
    return json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))


def sound(path: Path) -> np.ndarray:
    samples, rate_hz = soundfile.read(path, dtype="float64")
    assert rate_hz == RATE_HZ
    return samples


def peak_dbfs(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.abs(samples).max() + 1e-12))


def rms_dbfs(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(samples**2) + 1e-24))


def test_everything_is_told_and_there(folder: Path, report: dict) -> None:
    jsonschema.validate(report, SCHEMA)
    assert [row["name"] for row in report["alternates"]] == list(ALTERNATES)
    there = {path.name for path in (folder / "out" / "ALT").iterdir()}
    shorts = {f"cut.{name}.{kind}" for name in ("30s", "15s") for kind in ("wav", "mid")}
    assert there == {f"cut.{name}.wav" for name in ALTERNATES} | shorts | {"mine.wav"}
    assert (folder / "out" / "ALT" / "mine.wav").read_text() == "mine"
    for path in report["files"].values():
        assert (folder / "out" / path).is_file(), path
    assert not list((folder / "out").glob(".hitpoint-*"))


def test_the_long_ones_lie_on_the_samples_of_the_mix(folder: Path, report: dict) -> None:
    mix = read_bwf_info(folder / "out" / "audio" / "cut_mix.wav")
    for row in report["alternates"][:3]:
        info = read_bwf_info(folder / "out" / row["path"])
        assert info.time_reference_samples == mix.time_reference_samples
        assert info.length_samples == mix.length_samples
        assert row["gain_db"] == report["loudness"]["gain_db"]
        assert row["integrated_lufs"] < report["loudness"]["integrated_lufs"] + 0.5
        assert row["left_out"]
        assert row["heard"] >= row["hits"] - 1
    no_melody, no_percussion, lighter = report["alternates"][:3]
    assert all(text.startswith("melody") for text in no_melody["left_out"])
    assert "hits" in no_melody["reused_stems"]
    assert "brass" in no_percussion["reused_stems"]
    assert lighter["integrated_lufs"] < report["loudness"]["integrated_lufs"] - 3


def test_without_the_percussion_the_mix_is_the_sum_of_the_other_stems(folder: Path, report: dict) -> None:
    """What is not left out sounds as in the mix: up to the hits, whose drums are gone too, the files add up."""
    assert report["loudness"]["limiter_max_reduction_db"] == 0
    row = report["alternates"][1]
    audio = folder / "out" / "audio"
    partly = {"hits", *row["rendered_stems"]}
    whole = sum(sound(audio / f"cut_{stem}.wav") for stem in row["reused_stems"] if stem not in partly)
    rest = sound(folder / "out" / row["path"]) - whole
    hits = sound(audio / "cut_hits.wav")
    for at in range(0, len(rest), RATE_HZ // 2):
        window = slice(at, at + RATE_HZ // 2)  # what is left are hits, struck harder by fewer: nothing where none rings
        assert rms_dbfs(rest[window]) < max(-60.0, rms_dbfs(hits[window]) + 6.0), at / RATE_HZ


def test_files_used_again_give_the_bytes_of_files_made_anew(
    folder: Path, report: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = make.unchanged_layers
    monkeypatch.setattr(make, "unchanged_layers", lambda *a: dict.fromkeys(real(*a), False))
    make_cut(tmp_path / "cut.otio")
    anew = score(settings(tmp_path, alternates=FULL_LENGTH))
    assert not anew["alternates"][0]["reused_stems"]
    for row in report["alternates"][: len(FULL_LENGTH)]:
        again, once = (base / "out" / row["path"] for base in (tmp_path, folder))
        assert again.read_bytes() == once.read_bytes(), row["name"]


@pytest.mark.parametrize("seconds", [30, 15])
def test_the_short_ones_end_as_music_does(folder: Path, report: dict, seconds: int) -> None:
    row = next(row for row in report["alternates"] if row["name"] == f"{seconds}s")
    samples = sound(folder / "out" / row["path"])
    assert len(samples) == seconds * RATE_HZ == row["length_s"] * RATE_HZ
    assert peak_dbfs(samples[-RATE_HZ // 20 :]) < -50
    before_closing = samples[-RATE_HZ * 35 // 100 : -RATE_HZ * 30 // 100]
    assert peak_dbfs(before_closing) < -50, "it has rung out before it is closed"
    assert row["integrated_lufs"] == pytest.approx(-23, abs=0.2)
    assert row["heard"] == row["hits"] == 3
    assert row["worst_error_ms"] < 10
    assert [stretch["label"] for stretch in row["made_from"]] == ["opening", "climax", "ending"]
    levels = [rms_dbfs(samples[at : at + RATE_HZ // 2]) for at in range(0, len(samples) - RATE_HZ, RATE_HZ // 2)]
    music = levels[: int(2 * (seconds - 7))]
    assert min(music) > -60, "no hole in it"


def test_a_cut_is_dead(folder: Path, report: dict) -> None:
    (cue,) = report["cues"]
    assert cue["exit"] == "cut"
    (out,) = (hit for hit in report["hits"] if hit["kind"] == "out")
    assert (out["frame"], out["planned_error_ms"]) == (500, 0)
    for path in ("audio/cut_mix.wav", "ALT/cut.no-melody.wav", "ALT/cut.lighter.wav"):
        samples = sound(folder / "out" / path)
        start = read_bwf_info(folder / "out" / path).time_reference_samples - 3600 * RATE_HZ
        end = 500 * RATE_HZ // FPS - start
        flight = rms_dbfs(samples[end - RATE_HZ * 3 // 10 : end - RATE_HZ // 50])
        before = rms_dbfs(samples[end - 3 * RATE_HZ : end - RATE_HZ * 3 // 10])
        assert flight > before - 6, "in full flight"
        assert flight > -55, "still music, however light"
        assert peak_dbfs(samples[end + RATE_HZ // 20 :]) < -60
        assert peak_dbfs(samples[end + 1 :]) < -60, "on the frame itself"


def test_stopping_in_an_alternate_leaves_the_old_score_alone(tmp_path: Path) -> None:
    make_cut(tmp_path / "cut.otio")
    (tmp_path / "out" / "ALT").mkdir(parents=True)
    (tmp_path / "out" / "ALT" / "cut.lighter.wav").write_text("the old one")
    seen: list[str] = []
    progress = Progress(lambda _, sentence: seen.append(sentence), lambda: "making the alternate lighter" in seen)
    with pytest.raises(Cancelled):
        score(settings(tmp_path, alternates=("lighter",)), progress=progress)
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["ALT", "cut.lighter.wav"]
    assert (tmp_path / "out" / "ALT" / "cut.lighter.wav").read_text() == "the old one"
