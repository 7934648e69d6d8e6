"""From a cut to a score by every model that Hitpoint plays, small and with random weights, loaded the real way.

What such a model makes is noise: it is made, listened to, refused with the figure, and the sampled score stands.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from hitpoint.pipeline import ScoreSettings, score

pytestmark = pytest.mark.soundfont
pytest.importorskip("torch")
pytest.importorskip("k_diffusion")

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import neural_musicgen  # noqa: E402
import stable_audio_models  # noqa: E402

FPS, FRAMES = 25, 150


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds with a hit."""
    timeline = otio.schema.Timeline("short")
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, FPS), otio.opentime.RationalTime(FRAMES, FPS))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    track.append(otio.schema.Clip("shot", otio.schema.MissingReference(), span))
    timeline.tracks.append(track)
    for frame, name in {0: "MUSIC IN", 90: "HIT !!"}.items():
        at = otio.opentime.TimeRange(otio.opentime.RationalTime(frame, FPS), otio.opentime.RationalTime(1, FPS))
        timeline.tracks.markers.append(otio.schema.Marker(name, at, "GREEN"))
    path = tmp_path_factory.mktemp("cut") / "short.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return path


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def stable_audio(folder: Path) -> Path:
    config = stable_audio_models.save_model(folder / "stable", "tiny", objective="rf_denoiser", inpaints=True)
    config["sample_size"] = 13 * 44100 // 256 * 256  # one window is enough for the cue
    (folder / "stable" / "model_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder / "stable"


def musicgen(folder: Path) -> Path:
    from hitpoint.accelerator import choose_device

    (folder / "musicgen").mkdir()
    neural_musicgen.save_random(folder / "musicgen", "tiny", choose_device("cpu"))
    return folder / "musicgen"


@pytest.mark.parametrize("made", [stable_audio, musicgen], ids=["stable-audio", "musicgen"])
def test_a_random_model_is_heard_refused_and_told(
    made: Any, cut: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITPOINT_CACHE", str(tmp_path / "cache"))
    model = made(tmp_path)
    report = score(
        ScoreSettings(
            cut_path=cut, out_folder=tmp_path / "out", style="tense", looks=False, processes=2,
            sound="hybrid", model=str(model), candidates=1, device="cpu",
        )
    )  # fmt: skip
    (cue,) = report["generated"]["cues"]
    assert not cue["is_generated"]
    assert "the sampled score is kept" in cue["reason"] or "the sketch is kept" in cue["reason"]
    assert any(character.isdigit() for character in cue["reason"]), cue["reason"]
    assert "BPM" in cue["windows"][0]["prompt"]
    assert any(cue["reason"] in warning for warning in report["warnings"])
    assert "generated" not in report["loudness"]["stems"]
    assert report["loudness"]["integrated_lufs"] == pytest.approx(-23, abs=0.5)
    kept = list((tmp_path / "cache" / "generated").rglob("*"))
    assert kept, "what a model made is kept, though it was refused: it would be made again for nothing"
