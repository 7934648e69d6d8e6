"""A MusicGen model from its folder: which kind it is, and its parts on the device, each in its number format."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitpoint.accelerator import Device
from hitpoint.accelerator.device import import_torch
from hitpoint.accelerator.libraries import first_line, quiet_transformers
from hitpoint.model.errors import MissingWeightsError, SettingError

#: Kinds by the model_type in config.json: whether the kind hears a melody, and the class that loads it.
_CLASSES = {
    "musicgen": (False, "MusicgenForConditionalGeneration"),
    "musicgen_melody": (True, "MusicgenMelodyForConditionalGeneration"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What config.json says of a model.

    Attributes
    ----------
    class_name : str
        Of transformers.
    hears_melody : bool
        Whether a sketch's melody can be given to it.
    sample_rate_hz, frame_rate_hz : int
        Of its audio, and how many times a second its codec has a set of codes.
    channels : int
        1 or 2.
    codebooks : int
        Codes of all channels at one moment.
    """

    class_name: str
    hears_melody: bool
    sample_rate_hz: int
    frame_rate_hz: int
    channels: int
    codebooks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A model on its device: text and codec in float32, the large decoder in the device's own number format."""

    model: Any
    tokenizer: Any
    chroma: Any
    kind: Kind


def read_kind(folder: Path) -> Kind:
    """Return which MusicGen a folder holds, without loading it.

    Raises
    ------
    SettingError
        Another model, or a config.json that cannot be read.
    MissingWeightsError
        There is no config.json.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise MissingWeightsError(f"{folder} holds no config.json; give the folder that MusicGen was published in")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        model_type = config.get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise SettingError(f"{path} cannot be read as a model's configuration ({error}); fetch it again") from error
    if model_type not in _CLASSES:
        raise SettingError(
            f"{path} is of a model of type {model_type!r}, not of MusicGen; "
            f"of transformers' models these make music here: {', '.join(sorted(_CLASSES))}"
        )
    hears_melody, class_name = _CLASSES[model_type]
    with quiet_transformers() as transformers:
        try:
            full = transformers.AutoConfig.from_pretrained(str(folder), local_files_only=True)
            codec, decoder = full.audio_encoder, full.decoder
            kind = Kind(
                class_name=class_name,
                hears_melody=hears_melody,
                sample_rate_hz=int(codec.sampling_rate),
                frame_rate_hz=int(codec.frame_rate),
                channels=int(decoder.audio_channels),
                codebooks=int(decoder.num_codebooks),
            )
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise SettingError(f"{path} is not a whole MusicGen configuration ({first_line(error)})") from error
    if codec.sampling_rate % codec.frame_rate or codec.chunk_length_s is not None or codec.normalize:
        raise SettingError(f"{path} has a codec that cuts or levels its audio; MusicGen's own EnCodec does neither")
    return kind


def load(folder: Path, kind: Kind, device: Device) -> Loaded:
    """Return the model from local files; nothing is fetched, whatever is missing.

    Raises
    ------
    MissingWeightsError
        Files are missing or cannot be read.
    """
    torch = import_torch()
    with quiet_transformers() as transformers:
        try:
            model = getattr(transformers, kind.class_name).from_pretrained(
                str(folder), local_files_only=True, dtype=torch.float32
            )
            tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            chroma = None
            if kind.hears_melody:
                chroma = transformers.AutoFeatureExtractor.from_pretrained(str(folder), local_files_only=True)
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise MissingWeightsError(
                f"the model in {folder} cannot be loaded ({first_line(error)}); fetch its files again"
            ) from error
    model = model.eval().requires_grad_(False)
    # text and codec are small, and noise of half precision in them is heard: only the decoder is halved
    model.decoder.to(getattr(torch, device.number_format))
    return Loaded(model=model.to(device.torch_name), tokenizer=tokenizer, chroma=chroma, kind=kind)
