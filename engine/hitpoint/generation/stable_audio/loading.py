"""A model on its device."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hitpoint.accelerator import Device, is_out_of_memory, seeded
from hitpoint.accelerator.device import import_torch
from hitpoint.generation.stable_audio.config import ModelFacts, Speedup
from hitpoint.generation.stable_audio.quiet import quiet
from hitpoint.generation.stable_audio.steps import Network
from hitpoint.generation.stable_audio.text import TextFolders, load_text
from hitpoint.model.errors import MissingToolError, MissingWeightsError, SettingError

_NAMES = ("model.safetensors", "model.ckpt")
#: What the library and torch raise where a configuration and weights do not belong together.
_UNFIT = (RuntimeError, NotImplementedError, AssertionError, TypeError, KeyError, ValueError, ImportError)


@dataclass(slots=True)
class Loaded:
    """A model as it lies on the shelf.

    `model` is the library's; `network` its diffusion transformer, made faster where it can be; `texts` the conditioners
    of text by id.
    """

    model: Any
    network: Network
    texts: dict[str, Any] = field(default_factory=dict)


def find_file(folder: Path) -> Path:
    """Return the file with a model's weights: model.safetensors, model.ckpt, or the only one of its kind."""
    for name in _NAMES:
        if (folder / name).is_file():
            return folder / name
    for pattern in ("*.safetensors", "*.ckpt"):
        found = sorted(folder.glob(pattern))
        if len(found) == 1:
            return found[0]
    raise MissingWeightsError(
        f"{folder} holds neither model.safetensors nor model.ckpt; fetch the model again, or give its folder"
    )


def load_model(
    facts: ModelFacts, file: Path, texts: dict[str, TextFolders], device: Device, *, speedup: Speedup = "none"
) -> Loaded:
    """Return a model on a device, in the device's number format, ready to be asked.

    Raises
    ------
    MissingToolError
        stable-audio-tools is not installed.
    SettingError
        The weights do not fit the configuration, or the library cannot build it.
    """
    torch = import_torch()
    number_format = device.number_format
    with quiet(), seeded(0, device):  # whoever builds a network draws random numbers
        try:
            from stable_audio_tools.models.factory import create_model_from_config
        except ImportError as error:
            raise MissingToolError(
                f"Stable Audio needs stable-audio-tools, which cannot be imported ({error}); "
                "run: python3 installer/run.py install --neural"
            ) from error
        weights = _read(file)
        try:
            model = _build(create_model_from_config, facts)
            conditioners = {
                text.id: load_text(text, texts[text.id], width=facts.cond_dim, number_format=number_format)
                for text in facts.texts
            }
            model.conditioner.conditioners.update(conditioners)
            model.load_state_dict(weights, assign=True)
        except _UNFIT as error:
            if is_out_of_memory(error):
                raise
            told = " ".join(str(error).split())
            raise SettingError(f"{file} cannot be loaded as its model_config.json says: {told[:300]}") from error
    del weights
    _check_complete(model, file)
    model.eval().requires_grad_(False)
    _fold_weight_norm(model.pretransform)
    codec = model.pretransform
    codec.model_half = codec.chunked = codec.iterate_batch = False  # formats and pieces are ours
    dtype = getattr(torch, number_format)
    model.model.to(dtype)
    codec.to(dtype)
    model.conditioner.float()
    model.to(device.torch_name)
    return Loaded(model=model, network=Network(model.model, speedup=speedup), texts=conditioners)


def _build(create: Callable[[dict[str, Any]], Any], facts: ModelFacts) -> Any:
    """Return the library's model; without numbers where it can be built so, for its weights are replaced at once."""
    torch = import_torch()
    try:
        with torch.device("meta"):
            model = create(copy.deepcopy(dict(facts.config)))
        stored = model.state_dict().keys()
        if all(name in stored for name, _ in model.named_buffers()):
            return model
    except (NotImplementedError, RuntimeError):
        pass  # some part looks at its numbers while it is built
    return create(copy.deepcopy(dict(facts.config)))


def _read(file: Path) -> dict[str, Any]:
    """Return a state dict; nothing in a file is ever run."""
    torch = import_torch()
    try:
        if file.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(str(file)))
        kept = torch.load(str(file), map_location="cpu", weights_only=True)
        return dict(kept.get("state_dict", kept))
    except MemoryError:
        raise
    except Exception as error:  # safetensors and pickle have errors of their own
        raise SettingError(f"{file} is damaged or no file of weights ({error}); fetch the model again") from error


def _check_complete(model: Any, file: Path) -> None:
    """Refuse a model of which a part was neither loaded nor made."""
    empty = [name for name, tensor in (*model.named_parameters(), *model.named_buffers()) if tensor.is_meta]
    if empty:
        raise SettingError(f"{file} lacks {empty[0]} and {len(empty) - 1} more; fetch the model again")


def _fold_weight_norm(module: Any) -> None:
    """Multiply out the weights that are kept as direction and size: else each use does it again."""
    from torch.nn.utils import remove_weight_norm

    for part in module.modules():
        if hasattr(part, "weight_g"):
            remove_weight_norm(part)
