"""How well a take fits the words it was asked for with: a CLAP model's ears, where one is on this machine.

Wu et al. 2023, "Large-Scale Contrastive Language-Audio Pretraining with Feature Fusion and Keyword-to-Caption
Augmentation": audio and text in one space, their cosine says how near they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.accelerator import Shelf, shared_shelf, with_less_memory
from hitpoint.generation.resample import resample
from hitpoint.model.errors import Cancelled, HitpointError, MissingWeightsError, SettingError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.weights import Weights, find_weights

Audio = NDArray[np.float32]

#: Takes are compared with their words where this model was fetched.
EARS_MODEL = "clap-htsat-unfused"
#: So much of a piece's length must be there: less is padded by repeating it, which is another music.
_LEAST_SHARE = 0.25


class TextAudioSimilarity:
    """A CLAP model through transformers, from a local folder; loaded when it is first asked."""

    def __init__(self, weights: Weights, *, shelf: Shelf) -> None:
        self._weights, self._shelf = weights, shelf
        self._size_bytes = weights.device_bytes(shelf.device.number_format)

    def rate(self, audio: Audio, prompt: str, *, progress: Progress = SILENT) -> float:
        """Return the cosine -1..1 of a take with a prompt: the mean over pieces as long as the model hears at once.

        `audio` is float32 [shape=(n, 2)] at 48 kHz. The model's own cutting of long audio is by chance, so that it
        never gets any: the same take gives the same number.

        Raises
        ------
        SettingError
            The folder holds no CLAP model that hears plain pieces.
        DeviceMemoryError, Cancelled
        """
        key = f"{self._weights.name} {self._shelf.device.number_format}"
        with self._shelf.lend(key, self._load, size_bytes=self._size_bytes) as (model, extractor, tokenizer):
            pieces = _pieces(audio, extractor)
            heard: list[NDArray[np.float32]] = []

            def listen(size: int) -> None:
                heard.clear()
                for start in range(0, len(pieces), size):
                    progress.update(start / len(pieces), "comparing the takes with their words")
                    heard.append(_hear(model, extractor, pieces[start : start + size]))

            with_less_memory(listen, (8, 2, 1), shelf=self._shelf, what="comparing takes with their words")
            words = _read(model, tokenizer, prompt)
        return float(np.clip(np.mean(np.concatenate(heard) @ words), -1.0, 1.0))

    def _load(self) -> tuple[Any, Any, Any]:
        import torch
        from transformers import AutoTokenizer, ClapConfig, ClapFeatureExtractor, ClapModel

        folder = self._weights.folder
        try:
            config = ClapConfig.from_pretrained(folder, local_files_only=True)
            if config.audio_config.enable_fusion:
                raise SettingError(
                    f"{folder}: this CLAP model fuses pieces of long audio by chance; use one without fusion "
                    "(clap-htsat-unfused)"
                )
            model = ClapModel.from_pretrained(
                folder,
                local_files_only=True,
                dtype=getattr(torch, self._shelf.device.number_format),
            )
            extractor = ClapFeatureExtractor.from_pretrained(folder, local_files_only=True)
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, KeyError, ValueError) as error:
            if isinstance(error, SettingError):
                raise
            raise SettingError(
                f"{folder} holds no CLAP model ({str(error).splitlines()[0][:120]}); give the folder that one was "
                "published in"
            ) from error
        return model.to(self._shelf.device.torch_name).eval(), extractor, tokenizer


class Ears:
    """Rates takes as long as a model can; what fails is told once, and takes are then rated without it."""

    def __init__(self, similarity: TextAudioSimilarity, *, warn: Callable[[str], None]) -> None:
        self._similarity, self._warn = similarity, warn
        self._has_failed = False

    def __call__(self, audio: Audio, prompt: str) -> float | None:
        """Return the cosine -1..1 of a take with its words, or None. Raises `Cancelled` only."""
        if self._has_failed:
            return None
        try:
            return self._similarity.rate(audio, prompt)
        except Cancelled:
            raise
        except HitpointError as error:
            told = str(error)
        except Exception as error:  # a library's
            told = f"the model that compares takes with their words failed ({type(error).__name__})"
        self._has_failed = True
        self._warn(f"{told}; takes are rated without it")
        return None


def find_ears(*, device: str | None, warn: Callable[[str], None]) -> Ears | None:
    """Return the ears that are on this machine, or None; `device` as for `choose_device`."""
    try:
        weights = find_weights(EARS_MODEL, kind="ears")
    except MissingWeightsError:
        return None
    return Ears(TextAudioSimilarity(weights, shelf=shared_shelf(device)), warn=warn)


def _pieces(audio: Audio, extractor: Any) -> list[NDArray[np.float32]]:
    """Return a take in mono pieces of the length that the model hears, at the rate that it hears."""
    mono = audio.mean(axis=1, dtype=np.float32)
    if extractor.sampling_rate != SAMPLE_RATE_HZ:
        length = round(len(mono) * extractor.sampling_rate / SAMPLE_RATE_HZ)
        mono = resample(mono, SAMPLE_RATE_HZ, extractor.sampling_rate, length)
    size = int(extractor.nb_max_samples)
    pieces = [mono[start : start + size] for start in range(0, len(mono), size)]
    if len(pieces) > 1 and len(pieces[-1]) < _LEAST_SHARE * size:
        pieces.pop()
    return pieces


def _hear(model: Any, extractor: Any, pieces: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return unit vectors [shape=(pieces, d)]."""
    import torch

    # "rand_trunc" never cuts what is no longer than a piece; "fusion" would mark one of them by chance
    features = extractor(pieces, sampling_rate=extractor.sampling_rate, truncation="rand_trunc", return_tensors="pt")
    with torch.inference_mode():
        given = features["input_features"].to(model.device, model.dtype)
        heard = model.get_audio_features(input_features=given).pooler_output
    return np.asarray(heard.float().cpu().numpy(), np.float32)


def _read(model: Any, tokenizer: Any, prompt: str) -> NDArray[np.float32]:
    """Return the prompt's unit vector [shape=(d,)]."""
    import torch

    longest = int(model.config.text_config.max_position_embeddings) - 2
    tokens = tokenizer([prompt], return_tensors="pt", truncation=True, max_length=longest).to(model.device)
    with torch.inference_mode():
        read = model.get_text_features(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
        ).pooler_output
    return np.asarray(read[0].float().cpu().numpy(), np.float32)
