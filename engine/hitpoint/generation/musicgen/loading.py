"""A MusicGen model from its folder: which kind it is, and its parts on the device, each in its number format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from hitpoint.accelerator import Device
from hitpoint.accelerator.device import import_torch
from hitpoint.model.errors import MissingToolError, MissingWeightsError, SettingError

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
    with _quiet() as transformers:
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
            raise SettingError(f"{path} is not a whole MusicGen configuration ({_first_line(error)})") from error
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
    # building a model draws random weights before it reads the real ones: not from the program's own generator
    with _quiet() as transformers, torch.random.fork_rng(devices=[]):
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
                f"the model in {folder} cannot be loaded ({_first_line(error)}); fetch its files again"
            ) from error
    model = model.eval().requires_grad_(False)
    # text and codec are small, and noise of half precision in them is heard: only the decoder is halved
    model.decoder.to(getattr(torch, device.number_format))
    return Loaded(model=model.to(device.torch_name), tokenizer=tokenizer, chroma=chroma, kind=kind)


@contextmanager
def _quiet() -> Iterator[Any]:
    """Give transformers with its messages and bars off, and put them back: a server's log and stdout are not its."""
    try:
        transformers: Any = import_module("transformers")
        logging: Any = import_module("transformers.utils.logging")
    except ImportError as error:
        raise MissingToolError(
            f"MusicGen needs the transformers library, which cannot be imported ({error}); "
            "run: python3 installer/run.py install --neural"
        ) from error
    level, had_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield transformers
    finally:
        logging.set_verbosity(level)
        if had_bars:
            logging.enable_progress_bar()


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:160] if text else type(error).__name__
