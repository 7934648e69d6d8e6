"""What is known of a Stable Audio model before anything heavy is loaded."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hitpoint.accelerator import Device, Shelf
from hitpoint.generation.stable_audio import StableAudio
from hitpoint.generation.stable_audio.config import read_facts
from hitpoint.generation.stable_audio.sampling import count_steps, flow_times
from hitpoint.model.errors import MissingWeightsError, SettingError
from hitpoint.weights import Weights, load_cards

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from stable_audio_models import model_config

SHELF = Shelf(Device(kind="cpu", name="test CPU", memory_bytes=8 << 30))

Change = Callable[[dict[str, Any]], Any]


def write(folder: Path, change: Change = lambda config: None, **options: Any) -> Path:
    config = model_config("open", **options)
    change(config)
    (folder / "model_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def test_what_stable_audio_open_is(tmp_path: Path) -> None:
    facts = read_facts(write(tmp_path), {})
    assert (facts.objective, facts.sample_rate_hz, facts.channels) == ("v", 44100, 2)
    assert (facts.samples_per_latent, facts.latents, facts.latent_channels) == (2048, 1024, 64)
    assert facts.longest_samples == 2097152 * 48000 // 44100  # 47.55 s
    assert facts.numbers == ("seconds_start", "seconds_total")
    assert [text.encoder for text in facts.texts] == ["t5-base"]
    assert not facts.can_continue
    assert (facts.settings.steps, facts.settings.guidance) == (100, 7.0)
    kept = [part["type"] for part in facts.config["model"]["conditioning"]["configs"]]
    assert kept == ["number", "number"]  # the library never hears of the encoder that it would fetch


def test_a_distilled_model_takes_few_steps_and_no_guidance(tmp_path: Path) -> None:
    facts = read_facts(write(tmp_path, objective="rf_denoiser"), {})
    assert (facts.settings.steps, facts.settings.guidance) == (8, 1.0)
    assert facts.numbers == ("seconds_total",)


def test_a_card_sets_how_a_model_is_sampled(tmp_path: Path) -> None:
    settings = read_facts(write(tmp_path), {"steps": 60, "guidance": 5.5, "longest_s": 47.5}).settings
    assert (settings.steps, settings.guidance, settings.sigma_max) == (60, 5.5, 500.0)
    with pytest.raises(SettingError, match="the option steps of a model must be a number, not 'many'"):
        read_facts(tmp_path, {"steps": "many"})
    with pytest.raises(SettingError, match="at least 1 step"):
        read_facts(tmp_path, {"steps": 0})


def only_the_mask(config: dict[str, Any]) -> None:
    config["model"]["diffusion"]["input_concat_ids"] = ["inpaint_mask"]


@pytest.mark.parametrize(
    ("inpaints", "change", "can"),
    [
        (True, lambda config: None, True),
        (True, only_the_mask, False),
        (True, lambda config: config["model"]["diffusion"].pop("input_concat_ids"), False),
        (True, lambda config: config.update(model_type="diffusion_cond"), False),
        (False, lambda config: None, False),
        (False, lambda config: config.update(model_type="diffusion_cond_inpaint"), False),
    ],
)
def test_only_a_model_that_was_trained_to_goes_on(tmp_path: Path, inpaints: bool, change: Change, can: bool) -> None:
    assert read_facts(write(tmp_path, change, inpaints=inpaints), {}).can_continue is can


def text_is(kind: str) -> Change:
    return lambda config: config["model"]["conditioning"]["configs"][0].update(type=kind)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda config: config.update(model_type="diffusion_uncond"), "a model_type of 'diffusion_uncond' cannot"),
        (lambda config: config.pop("model_type"), "a model_type of 'None' cannot"),
        (text_is("t5gemma"), r"a condition of type 't5gemma' cannot be played .*known: t5, number, int"),
        (text_is("clap_text"), "a condition of type 'clap_text'"),
        (lambda config: config["model"]["conditioning"]["configs"][1].update(id="bpm"), "a condition 'bpm'"),
        (lambda config: config["model"]["diffusion"].update(type="adp_cfg_1d"), "a network of type 'adp_cfg_1d'"),
        (lambda config: config["model"]["diffusion"].update(diffusion_objective="x0"), "the objective 'x0'"),
        (lambda config: config["model"]["diffusion"].update(input_concat_ids=["melody"]), "an input 'melody'"),
        (lambda config: config["model"].pop("pretransform"), "a codec of type 'none'"),
        (lambda config: config["model"].pop("conditioning"), "lacks what every Stable Audio model has"),
        (lambda config: config.pop("sample_rate"), "lacks what every Stable Audio model has"),
    ],
)
def test_what_cannot_be_played_is_refused(tmp_path: Path, change: Change, match: str) -> None:
    with pytest.raises(SettingError, match=match):
        read_facts(write(tmp_path, change), {})


def test_a_damaged_configuration(tmp_path: Path) -> None:
    with pytest.raises(MissingWeightsError, match=r"model_config\.json is not there; fetch the model again"):
        read_facts(tmp_path, {})
    (tmp_path / "model_config.json").write_text('{"model_type":', encoding="utf-8")
    with pytest.raises(SettingError, match="cannot be read"):
        read_facts(tmp_path, {})
    (tmp_path / "model_config.json").write_text("[]", encoding="utf-8")
    with pytest.raises(SettingError, match="lacks what every Stable Audio model has"):
        read_facts(tmp_path, {})


def test_weights_that_are_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingWeightsError, match=r"holds neither model\.safetensors nor model\.ckpt"):
        StableAudio(Weights(name="mine", folder=write(tmp_path)), shelf=SHELF)


def test_a_text_encoder_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITPOINT_MODELS", str(tmp_path / "models"))
    write(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(MissingWeightsError, match="hitpoint models fetch t5-base"):
        StableAudio(Weights(name="mine", folder=tmp_path), shelf=SHELF)
    write(tmp_path, text="google/flan-t5-xl")
    with pytest.raises(
        SettingError, match=r"needs the text encoder google/flan-t5-xl.*put its files into .*flan-t5-xl"
    ):
        StableAudio(Weights(name="mine", folder=tmp_path), shelf=SHELF)


def test_the_facts_of_a_card_are_told(tmp_path: Path) -> None:
    write(tmp_path)
    for name in ("text_encoder", "tokenizer"):
        (tmp_path / name).mkdir()
    (tmp_path / "text_encoder" / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"")
    card = load_cards()["stable-audio-open-1.0"]
    generator = StableAudio(Weights(name=card.id, folder=tmp_path, card=card), shelf=SHELF)
    assert generator.name == "Stable Audio Open 1.0 (main)"
    assert generator.longest_samples == 47.5 * 48000
    assert not generator.can_continue
    assert "1 million USD" in generator.terms


def test_steps_are_fewer_from_a_sketch(tmp_path: Path) -> None:
    settings = read_facts(write(tmp_path), {}).settings
    counts = [count_steps("v", settings, start) for start in (0.0, 0.1, 0.5, 0.7, 0.95, 1.0)]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] == 100
    assert 12 <= counts[2] < 30


@pytest.mark.parametrize("start", [1.0, 0.7, 0.05])
def test_times_of_a_flow_fall_to_nothing(start: float) -> None:
    times = flow_times(start, 9)
    assert times[0] == start
    assert times[-1] == 0.0
    assert len(times) == 10
    assert all(now > then for now, then in itertools.pairwise(times))
