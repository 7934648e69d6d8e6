"""From a cut to a score with generated sound in it: on its frames, beside its samples, out of the voice's way.

The model is one of the tests' own (benchmarks/perturbing.py): it plays the sketch off the grid.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import jsonschema
import numpy as np
import opentimelineio as otio
import pytest
import soundfile

from hitpoint.model.errors import Cancelled, MissingWeightsError
from hitpoint.model.progress import Progress
from hitpoint.pipeline import ScoreSettings, score

pytestmark = pytest.mark.soundfont

REPO = Path(__file__).resolve().parents[2]
FPS, FRAMES, RATE = 25, 300, 48_000
HALF_FRAME_MS = 1000 / FPS / 2
LINE_S = (5.0, 7.0)


@pytest.fixture(scope="module")
def perturbing() -> ModuleType:
    sys.path.insert(0, str(REPO / "benchmarks"))
    try:
        import perturbing
    finally:
        sys.path.remove(str(REPO / "benchmarks"))
    return perturbing


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds with three hits and a line."""
    folder = tmp_path_factory.mktemp("cut")

    def rational(value: int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(value, FPS)

    timeline = otio.schema.Timeline("short")
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for start in range(0, FRAMES, 100):
        span = otio.opentime.TimeRange(rational(start), rational(100))
        track.append(otio.schema.Clip(f"shot {start}", otio.schema.MissingReference(), span))
    timeline.tracks.append(track)
    for frame, name in {0: "MUSIC IN", 100: "HIT !!", 205: "HIT", 250: "HIT !!"}.items():
        span = otio.opentime.TimeRange(rational(frame), rational(1))
        timeline.tracks.markers.append(otio.schema.Marker(name, span, "GREEN"))
    otio.adapters.write_to_file(timeline, str(folder / "short.otio"))
    (folder / "short.srt").write_text("1\n00:00:05,000 --> 00:00:07,000\nDo not open that door.\n", encoding="utf-8")
    return folder / "short.otio"


@contextmanager
def no_notation(jobs: object) -> Iterator[SimpleNamespace]:
    """Write no MusicXML: it takes longer than all the rest, and has its own tests."""
    yield SimpleNamespace(finish=tuple)


Scored = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="module")
def run(cut: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Scored]:
    """`run(generator=None, **settings)`: the folder and the report."""

    def do(generator: object = None, *, progress: Progress | None = None, **more: Any) -> Scored:
        folder = tmp_path_factory.mktemp("out")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("hitpoint.generation.kept.cache_folder", lambda: cache)
            patch.setattr("hitpoint.pipeline.load_generator", lambda model, device: generator)
            patch.setattr("hitpoint.pipeline.notation_process", no_notation)
            settings = ScoreSettings(
                cut_path=cut, subtitles_path=cut.with_suffix(".srt"), out_folder=folder, style="tense", looks=False,
                processes=2, candidates=1, model="test" if generator else None, **more,
            )  # fmt: skip
            report = score(settings, **({} if progress is None else {"progress": progress}))
        return folder, report

    cache = tmp_path_factory.mktemp("cache")
    return do


@pytest.fixture(scope="module")
def model(perturbing: ModuleType) -> Any:
    return perturbing.Perturbing(longest_samples=30 * RATE)


@pytest.fixture(scope="module")
def sampled(run: Callable[..., Scored]) -> Scored:
    return run()


@pytest.fixture(scope="module")
def hybrid(run: Callable[..., Scored], model: Any) -> Scored:
    return run(model, sound="hybrid")


@pytest.fixture(scope="module")
def generated(run: Callable[..., Scored], hybrid: Scored, model: Any) -> Scored:
    calls = model.calls
    made = run(model, sound="generated")
    assert model.calls == calls, "the same windows are not made again"
    return made


def audio(folder: Path, name: str) -> np.ndarray:
    samples, rate = soundfile.read(folder / "audio" / f"short_{name}.wav", dtype="float64")
    assert rate == RATE
    return samples


def stems(report: dict[str, Any]) -> list[str]:
    return report["loudness"]["stems"]


@pytest.mark.parametrize("which", ["hybrid", "generated"])
def test_hits_are_heard_on_their_frames(which: str, request: pytest.FixtureRequest) -> None:
    _, report = request.getfixturevalue(which)
    hard = [hit for hit in report["hits"] if hit["is_hard"] and hit["kind"] == "accent"]
    assert len(hard) == 3
    for hit in hard:
        assert hit["measured_error_ms"] is not None, hit
        assert abs(hit["measured_error_ms"]) <= HALF_FRAME_MS, hit


@pytest.mark.parametrize("which", ["hybrid", "generated"])
def test_stems_sum_to_the_mix_and_lie_on_the_timeline(which: str, request: pytest.FixtureRequest) -> None:
    folder, report = request.getfixturevalue(which)
    assert stems(report)[-1] == "generated"
    total = sum(audio(folder, name) for name in stems(report))
    assert np.abs(audio(folder, "mix") - total).max() < 10 ** (-90 / 20)
    timeline = otio.adapters.read_from_file(str(folder / "short.scored.otio"))
    assert "Score generated" in [track.name for track in timeline.tracks]
    assert np.abs(audio(folder, "generated")).max() > 0.01


def test_the_layer_lies_under_the_samples(hybrid: Scored, sampled: Scored) -> None:
    folder, report = hybrid
    assert stems(report)[:-1] == stems(sampled[1])
    ours = sum(audio(folder, name) for name in stems(report)[:-1])
    under_db = 10 * np.log10((audio(folder, "generated") ** 2).mean() / (ours**2).mean())
    assert -13 < under_db < -2


def test_the_layer_stands_instead_of_the_samples_where_it_follows(generated: Scored, hybrid: Scored) -> None:
    folder, report = generated
    (cue,) = report["generated"]["cues"]
    clock = np.arange(len(audio(folder, "mix"))) / RATE
    own = np.ones(len(clock), dtype=bool)
    for span in cue["replaced"]:
        own &= (clock < span["start_s"] - 0.1) | (clock > span["end_s"] + 2.5)
    inside = own & (clock > 1.0) & (clock < 11.0)
    assert inside.mean() > 0.3
    for name in stems(report)[:-1]:
        before = (audio(hybrid[0], name)[inside] ** 2).mean()
        after = (audio(folder, name)[inside] ** 2).mean()
        assert name == "hits" or after < 0.02 * before, f"{name} is closed"
    assert np.abs(audio(folder, "hits")).max() > 0.01, "accents stay"
    midi = [(made[0] / "short.mid").read_bytes() for made in (generated, hybrid)]
    assert midi[0] == midi[1], "the written music is as loud as it was"


@pytest.mark.parametrize("which", ["hybrid", "generated"])
def test_the_report_tells_all_of_it(which: str, request: pytest.FixtureRequest) -> None:
    _, report = request.getfixturevalue(which)
    schema = json.loads((REPO / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(report)
    made = report["generated"]
    assert (made["mode"], made["model"], made["terms"]) == (which, "perturbing", "for tests only")
    assert "music by perturbing: for tests only" in report["warnings"]
    (cue,) = made["cues"]
    assert cue["is_generated"]
    prompt = cue["windows"][0]["prompt"]
    assert "tense orchestral thriller" in prompt
    assert " BPM" in prompt
    assert cue["agreement"] > 0.32
    assert {hit["how"] for hit in cue["hits"]} <= {"aligned", "replaced", "unheard"}


def test_there_is_room_for_the_voice(hybrid: Scored, generated: Scored) -> None:
    from scipy.signal import butter, sosfilt

    band = butter(4, (300, 3400), "band", fs=RATE, output="sos")
    for folder, report in (hybrid, generated):
        (cue,) = report["generated"]["cues"]
        (line,) = cue["speech_room"]
        assert line["carved_db"] >= 5.8
        power = (sosfilt(band, audio(folder, "generated"), axis=0) ** 2).mean(axis=1)
        clock = np.arange(len(power)) / RATE
        spoken = (clock >= LINE_S[0]) & (clock < LINE_S[1])
        beside = ~spoken & (clock > 1.0) & (clock < 11.5)
        assert 10 * np.log10(power[beside].mean() / power[spoken].mean()) > 6.0


def test_noise_is_refused_and_the_score_is_the_sampled_one(
    run: Callable[..., Scored], sampled: Scored, perturbing: ModuleType
) -> None:
    noise = perturbing.Perturbing(name="noise", longest_samples=30 * RATE, play=perturbing.noise)
    folder, report = run(noise, sound="generated")
    (cue,) = report["generated"]["cues"]
    assert not cue["is_generated"]
    assert any("1m1: " in warning and "the sketch is kept" in warning for warning in report["warnings"])
    for path in (sampled[0] / "audio").glob("*.wav"):
        assert path.read_bytes() == (folder / "audio" / path.name).read_bytes(), path.name
    assert "generated" not in stems(report)
    assert sampled[1]["generated"] is None


def test_same_seed_same_bytes(run: Callable[..., Scored], hybrid: Scored, model: Any) -> None:
    folder, _ = run(model, sound="hybrid")
    for name in ("mix", "generated"):
        ours = (folder / "audio" / f"short_{name}.wav").read_bytes()
        assert ours == (hybrid[0] / "audio" / f"short_{name}.wav").read_bytes()


def test_a_stop_while_generating_leaves_nothing(run: Callable[..., Scored], model: Any, tmp_path: Path) -> None:
    told: list[str] = []
    progress = Progress(lambda share, sentence: told.append(sentence), lambda: bool(told and "generat" in told[-1]))
    with pytest.raises(Cancelled):
        run(model, sound="hybrid", progress=progress)
    assert any("generat" in sentence for sentence in told)


def test_a_model_that_is_not_there_is_told_before_any_work(
    cut: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITPOINT_MODELS", str(tmp_path))
    with pytest.raises(MissingWeightsError, match="hitpoint models fetch musicgen-melody"):
        score(ScoreSettings(cut_path=cut, out_folder=tmp_path / "out", sound="hybrid", model="musicgen-melody"))
    assert not (tmp_path / "out").exists()
