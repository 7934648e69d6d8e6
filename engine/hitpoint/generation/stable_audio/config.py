"""What a model's model_config.json says, checked before anything heavy is loaded."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from hitpoint.model.errors import MissingWeightsError, SettingError, did_you_mean
from hitpoint.model.time import SAMPLE_RATE_HZ

Objective = Literal["v", "rectified_flow", "rf_denoiser"]
#: How the network is made faster: its steps recorded and replayed (CUDA), translated (torch.compile), or not.
Speedup = Literal["graph", "compile", "none"]

CONFIG_NAME = "model_config.json"
#: What says how long the music is; the library gives both to every Stable Audio model that lists them.
_NUMBER_IDS = ("seconds_start", "seconds_total")
#: What only models of the type diffusion_cond_inpaint were trained with. Where a model does not list them, the library
#: takes a mask and ignores it without a word (read in inference/generation.py, stable-audio-tools 0.0.19).
INPAINT_IDS = ("inpaint_mask", "inpaint_masked_input")


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingSettings:
    """How a model is sampled.

    Attributes
    ----------
    steps : int
        From noise; from a sketch fewer.
    guidance : float
        How much the prompt counts; 1 for models that were distilled without guidance.
    sigma_min, sigma_max : float
        Least and most noise over latents of unit size; only for models that predict v.
    """

    steps: int
    guidance: float
    sigma_min: float = 0.3
    sigma_max: float = 500.0

    def __post_init__(self) -> None:
        if self.steps < 1 or self.guidance < 1 or not 0 < self.sigma_min < self.sigma_max:
            raise SettingError(f"{self} cannot be sampled: at least 1 step, guidance 1, 0 < sigma_min < sigma_max")


#: By objective: what the makers' model cards and the library's own page use.
_SETTINGS: dict[Objective, SamplingSettings] = {
    "v": SamplingSettings(steps=100, guidance=7.0),
    "rectified_flow": SamplingSettings(steps=50, guidance=7.0),
    "rf_denoiser": SamplingSettings(steps=8, guidance=1.0),
}
_OPTIONS = ("steps", "guidance", "sigma_min", "sigma_max")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFacts:
    """A text encoder that a model wants: its id among the conditioners, its published name, and what is made of it."""

    id: str
    encoder: str
    most_tokens: int
    is_projected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What Hitpoint has to know of a model.

    Attributes
    ----------
    config : mapping
        For the library: as published, without the text encoders, which it would fetch by name.
    objective : str
        What its network predicts.
    sample_rate_hz, channels : int
        Of its sound.
    samples_per_latent : int
        Of its own rate; 2048 for Stable Audio Open.
    latents : int
        Length of its window, which is always made whole.
    latent_channels : int
    cond_dim : int
        Width of its conditions.
    texts : tuple of TextFacts
    numbers : tuple of str
        Those of seconds_start and seconds_total that it wants.
    takes_masks, can_continue : bool
        Whether its network has inputs for what is to be kept; whether it was trained with them.
    has_local_codec : bool
        Whether its autoencoder looks no further than some latents, so that sound may be decoded in pieces.
    settings : SamplingSettings
    """

    config: Mapping[str, Any]
    objective: Objective
    sample_rate_hz: int
    channels: int
    samples_per_latent: int
    latents: int
    latent_channels: int
    cond_dim: int
    texts: tuple[TextFacts, ...]
    numbers: tuple[str, ...]
    takes_masks: bool
    can_continue: bool
    has_local_codec: bool
    settings: SamplingSettings

    @property
    def longest_samples(self) -> int:
        """The longest window at 48 kHz."""
        return math.floor(self.latents * self.samples_per_latent * SAMPLE_RATE_HZ / self.sample_rate_hz)


def read_facts(folder: Path, options: Mapping[str, Any]) -> ModelFacts:
    """Return what a folder's model_config.json says; `options` are those of its card (steps, guidance, sigma_…).

    Raises
    ------
    MissingWeightsError
        There is no such file.
    SettingError
        It is damaged, or of a model that stable-audio-tools or Hitpoint cannot play.
    """
    path = folder / CONFIG_NAME
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise MissingWeightsError(
            f"{path} is not there; fetch the model again, or give the folder that it is in"
        ) from error
    except (OSError, ValueError) as error:
        raise SettingError(f"{path} cannot be read ({error}); fetch the model again") from error
    try:
        return _facts_of(config, path, options)
    except (KeyError, TypeError, AttributeError) as error:
        raise SettingError(
            f"{path} lacks what every Stable Audio model has ({error}); fetch the model again"
        ) from error


def _facts_of(config: dict[str, Any], path: Path, options: Mapping[str, Any]) -> ModelFacts:
    def refuse(what: str, found: str, known: tuple[str, ...]) -> None:
        if found not in known:
            raise SettingError(
                f"{path}: {what} {found!r} cannot be played through stable-audio-tools (known: {', '.join(known)}); "
                "choose another model"
            )

    model = config["model"]
    refuse("a model_type of", str(config.get("model_type")), ("diffusion_cond", "diffusion_cond_inpaint"))
    diffusion, codec = model["diffusion"], model.get("pretransform") or {"type": "none"}
    refuse("a network of type", str(diffusion.get("type")), ("dit",))
    refuse("a codec of type", str(codec.get("type")), ("autoencoder",))
    objective = diffusion.get("diffusion_objective", "v")
    refuse("the objective", str(objective), get_args(Objective))
    wanted = diffusion.get("input_concat_ids", [])
    for name in wanted:
        refuse("an input", str(name), INPAINT_IDS)
    conditioning = model["conditioning"]
    texts, numbers = [], []
    for part in conditioning["configs"]:
        refuse("a condition of type", str(part["type"]), ("t5", "number", "int"))
        own = part.get("config", {})
        if part["type"] == "t5":
            encoder = str(own.get("t5_model_name", "t5-base"))
            most, is_projected = int(own.get("max_length", 128)), bool(own.get("project_out", False))
            texts.append(TextFacts(id=part["id"], encoder=encoder, most_tokens=most, is_projected=is_projected))
        else:
            refuse("a condition", str(part["id"]), _NUMBER_IDS)
            numbers.append(str(part["id"]))
    ours = copy.deepcopy(config)
    ours["model"]["conditioning"]["configs"] = [part for part in conditioning["configs"] if part["type"] != "t5"]
    autoencoder = codec["config"]
    ratio = int(autoencoder["downsampling_ratio"])
    takes_masks = bool(wanted)
    return ModelFacts(
        config=ours,
        objective=cast(Objective, objective),
        sample_rate_hz=int(config["sample_rate"]),
        channels=int(autoencoder["io_channels"]),
        samples_per_latent=ratio,
        latents=int(config["sample_size"]) // ratio,
        latent_channels=int(model["io_channels"]),
        cond_dim=int(conditioning["cond_dim"]),
        texts=tuple(texts),
        numbers=tuple(numbers),
        takes_masks=takes_masks,
        can_continue=config["model_type"] == "diffusion_cond_inpaint" and set(INPAINT_IDS) <= set(wanted),
        has_local_codec=autoencoder["encoder"]["type"] == autoencoder["decoder"]["type"] == "oobleck",
        settings=_settings_of(cast(Objective, objective), options),
    )


def _settings_of(objective: Objective, options: Mapping[str, Any]) -> SamplingSettings:
    given = {name: options[name] for name in _OPTIONS if name in options}
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SettingError(f"the option {name} of a model must be a number, not {value!r}")
    return replace(_SETTINGS[objective], **given)


def speedup_of(options: Mapping[str, Any]) -> Speedup | None:
    """Return how a card's options want the network to be made faster; None leaves it to the device."""
    asked = options.get("speedup")
    if asked is not None and asked not in get_args(Speedup):
        raise SettingError(f"the option speedup of a model is {asked!r}; {did_you_mean(str(asked), get_args(Speedup))}")
    return cast("Speedup | None", asked)
