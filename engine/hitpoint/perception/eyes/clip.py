"""Eyes by open_clip, from a local folder: open_clip_config.json beside the weights. Nothing is fetched.

open_clip fetches on its own where a configuration names a text tower or a tokenizer of transformers by its address;
such folders are refused unless the files lie in them.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.accelerator import Shelf, is_out_of_memory, with_less_memory
from hitpoint.accelerator.device import import_torch
from hitpoint.media.store import fingerprint
from hitpoint.model.errors import MissingToolError, MissingWeightsError, SettingError
from hitpoint.weights import Weights

CONFIG_NAME = "open_clip_config.json"
#: As open_clip itself chooses among several.
_PREFERRED = (
    "open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin",
    "open_clip_pytorch_model.pth", "model.safetensors", "pytorch_model.bin", "pytorch_model.pth", "model.pth",
)  # fmt: skip
_PRECISION = {"float16": "fp16", "bfloat16": "bf16", "float32": "fp32"}
#: Pictures at once: beyond this a card is busy anyway, and a stop would have to wait.
_GPU_BATCH, _CPU_BATCH = 64, 4
#: Changes when pictures are prepared otherwise, so that older vectors are not taken for ours.
_VERSION = "clip 1"


@dataclass(frozen=True, slots=True)
class _Loaded:
    model: Any
    tokenize: Any
    dtype: Any
    mean: Any  # [shape=(1, 3, 1, 1)], on the device
    std: Any


class OpenClipEyes:
    """A CLIP, or one of its relatives that open_clip knows.

    Parameters
    ----------
    weights : Weights
        The folder.
    number_format : str or None
        "float16", "bfloat16", "float32"; None is the device's own.

    Raises
    ------
    SettingError
        The folder holds no model of open_clip's, or one that would have to fetch a part of itself.
    MissingWeightsError
        The configuration is there, the weights are not.
    """

    def __init__(self, weights: Weights, *, shelf: Shelf, number_format: str | None = None) -> None:
        self._weights, self._shelf = weights, shelf
        self._format = number_format or shelf.device.number_format
        self._config_text, self._config = _read_config(weights.folder)
        self._checkpoint = _checkpoint(weights.folder)
        self.batch = _CPU_BATCH if shelf.device.kind == "cpu" else _GPU_BATCH

    @property
    def name(self) -> str:
        """The model's id, or its folder's name."""
        return self._weights.name

    @cached_property
    def key(self) -> str:
        """By the content of its files and the number format: another look at the same film may use what one found."""
        digest = hashlib.sha256(self._config_text.encode()).hexdigest()
        return f"{_VERSION} {digest} {fingerprint(self._checkpoint)} {self._format}"

    @property
    def picture_side(self) -> int:
        """Of the square that the model sees."""
        return max(self._size)

    @property
    def _size(self) -> tuple[int, int]:
        """Height and width of what the model sees."""
        size = self._config["model_cfg"]["vision_cfg"].get("image_size", 224)
        return (int(size), int(size)) if isinstance(size, int) else (int(size[0]), int(size[1]))

    def pictures(self, pictures: Sequence[NDArray[np.uint8]], *, warn: Callable[[str], None]) -> NDArray[np.float32]:
        """Return unit vectors of pictures [shape=(h, w, 3), RGB], shape (n, d).

        What the card has too little memory for is tried again with fewer at once, and stays fewer.
        """
        if not pictures:
            return np.zeros((0, int(self._config["model_cfg"]["embed_dim"])), np.float32)
        mode = str(self._config.get("preprocess_cfg", {}).get("resize_mode", "shortest"))
        fill = int(self._config.get("preprocess_cfg", {}).get("fill_color", 0))
        squares = np.stack([_framed(picture, self._size, mode=mode, fill=fill) for picture in pictures])

        def work(size: int) -> NDArray[np.float32]:
            with self._lent() as loaded:
                parts = [self._embed(loaded, squares[start : start + size]) for start in range(0, len(squares), size)]
            if size < sizes[0]:
                self.batch = size
            return np.concatenate(parts)

        sizes = [max(1, min(self.batch, len(squares)))]
        while sizes[-1] > 1:
            sizes.append(sizes[-1] // 2)
        return with_less_memory(work, sizes, shelf=self._shelf, what="recognising the picture", warn=warn)

    def sentences(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors of sentences, shape (n, d)."""
        torch = import_torch()

        def work(size: int) -> NDArray[np.float32]:
            parts = []
            with self._lent() as loaded, torch.inference_mode():
                for start in range(0, len(sentences), size):
                    tokens = loaded.tokenize(list(sentences[start : start + size])).to(self._shelf.device.torch_name)
                    parts.append(_unit(loaded.model.encode_text(tokens)))
            return np.concatenate(parts)

        sizes = (len(sentences), max(1, len(sentences) // 4), 1)
        return with_less_memory(work, sizes, shelf=self._shelf, what="reading the questions")

    def scale(self) -> float:
        """Return the learned scale of cosines (its exponential; about 100)."""
        with self._lent() as loaded:
            return float(loaded.model.logit_scale.exp().item())

    def _embed(self, loaded: _Loaded, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return unit vectors of pictures as the model sees them [shape=(n, h, w, 3)]; arithmetic is the device's."""
        torch = import_torch()
        with torch.inference_mode():
            given = torch.from_numpy(squares).to(self._shelf.device.torch_name).permute(0, 3, 1, 2)
            normal = (given.to(torch.float32) / 255.0 - loaded.mean) / loaded.std
            return _unit(loaded.model.encode_image(normal.to(loaded.dtype).contiguous()))

    @contextmanager
    def _lent(self) -> Iterator[_Loaded]:
        size = self._weights.card.device_bytes if self._weights.card else self._checkpoint.stat().st_size
        with self._shelf.lend(f"{self.key} {self._weights.folder}", self._load, size_bytes=size) as loaded:
            yield loaded

    def _load(self) -> _Loaded:
        torch = import_torch()
        try:
            import open_clip
        except ImportError as error:
            raise MissingToolError(
                f"eyes need open_clip, which cannot be imported ({error}); run: python3 installer/run.py install "
                "--neural, or use --eyes none"
            ) from error
        address, device = f"local-dir:{self._weights.folder}", self._shelf.device.torch_name
        try:
            with _kept_quiet():
                model = open_clip.create_model(
                    address, precision=_PRECISION[self._format], device=device, require_pretrained=True
                )
                tokenize = open_clip.get_tokenizer(address)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            told = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
            raise SettingError(
                f"{self._weights.folder} cannot be loaded as a model of open_clip ({told}); fetch its files again, or "
                "use --eyes none"
            ) from error
        model.eval().requires_grad_(False)
        prepared = model.visual.preprocess_cfg
        mean, std = (
            torch.tensor(prepared[name], device=device, dtype=torch.float32).view(1, 3, 1, 1)
            for name in ("mean", "std")
        )
        return _Loaded(model, tokenize, getattr(torch, self._format), mean, std)


def _read_config(folder: Path) -> tuple[str, dict[str, Any]]:
    path = folder / CONFIG_NAME
    try:
        text = path.read_text(encoding="utf-8")
        config = json.loads(text)
        vision, words = config["model_cfg"]["vision_cfg"], config["model_cfg"]["text_cfg"]
        int(config["model_cfg"]["embed_dim"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingError(
            f"{folder} holds no {CONFIG_NAME} with a model_cfg ({error}); give the folder of a model of open_clip's"
        ) from error
    if not isinstance(vision, dict) or not isinstance(words, dict):
        raise SettingError(f"{path}: vision_cfg and text_cfg must be tables; fetch the file again")
    if words.get("hf_model_name"):
        raise SettingError(
            f"{folder}: its text tower would be fetched from {words['hf_model_name']}, and nothing is fetched here; "
            "choose a model whose text tower is open_clip's own"
        )
    if words.get("hf_tokenizer_name") and not (folder / "tokenizer.json").is_file():
        raise SettingError(
            f"{folder}: its tokenizer would be fetched from {words['hf_tokenizer_name']}; put tokenizer.json and its "
            "companions into the folder"
        )
    return text, config


def _checkpoint(folder: Path) -> Path:
    found = [path for pattern in ("*.safetensors", "*.bin", "*.pth") for path in sorted(folder.glob(pattern))]
    if not found:
        raise MissingWeightsError(f"{folder} holds a {CONFIG_NAME} and no weights; put the model's .safetensors there")
    return min(found, key=lambda path: _PREFERRED.index(path.name) if path.name in _PREFERRED else len(_PREFERRED))


def _framed(picture: NDArray[np.uint8], size: tuple[int, int], *, mode: str, fill: int) -> NDArray[np.uint8]:
    """Return a picture at the size that a model sees, as its publisher framed what it learned from.

    "shortest" is the middle of it, "squash" all of it out of shape, "longest" all of it with borders.
    """
    import cv2

    height, width = picture.shape[:2]
    if mode == "squash":
        scales = size[0] / height, size[1] / width
    else:
        scale = (max if mode == "shortest" else min)(size[0] / height, size[1] / width)
        scales = scale, scale
    shape = max(1, round(height * scales[0])), max(1, round(width * scales[1]))
    if shape != (height, width):
        how = cv2.INTER_AREA if min(scales) < 1 else cv2.INTER_CUBIC
        picture = np.asarray(cv2.resize(picture, (shape[1], shape[0]), interpolation=how), np.uint8)
    framed = np.full((*size, 3), fill, np.uint8)
    here = tuple(_middle(whole, part) for whole, part in zip(size, shape, strict=True))
    there = tuple(_middle(part, whole) for whole, part in zip(size, shape, strict=True))
    framed[here] = picture[there]
    return framed


def _middle(whole: int, part: int) -> slice:
    """Return the middle of a side, as long as `part` where that fits."""
    start = max(0, whole - part) // 2
    return slice(start, start + min(whole, part))


def _unit(vectors: Any) -> NDArray[np.float32]:
    """Return vectors of length 1 in float32: in half precision their squares may overflow."""
    vectors = vectors.float()
    return np.asarray((vectors / vectors.norm(dim=-1, keepdim=True)).cpu().numpy(), np.float32)


@contextmanager
def _kept_quiet() -> Iterator[None]:
    """Keep what a library prints from standard output, and let it not set up the program's logging on its own."""
    root, nobody = logging.getLogger(), logging.NullHandler()
    root.addHandler(nobody)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        root.removeHandler(nobody)
