"""Valence, arousal and dominance of a sentence, by a small model trained on EmoBank (resources/affect/MODEL_CARD.md).

Word vectors, pooled by attention, maximum and minimum, with each word's own affect and hashed word pairs, through one
hidden layer: NumPy only.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.perception.words.tokens import spoken_text, words_in
from hitpoint.resources import resources_folder

#: Entry points of this group are classes without arguments that fulfil `TextAffect`.
ENTRY_POINT_GROUP = "hitpoint.text_affect"
DEFAULT_MODEL = "embedded"

#: As the model was trained: longer texts are read in pieces.
_LONGEST_WORDS = 80
_BATCH = 256
#: A text of which fewer words are known is another language's, and says nothing to this model.
_KNOWN_LEAST, _KNOWN_ENOUGH = 0.45, 0.8
#: So few words may be a name or a call ("Woohoo!"), which no vocabulary holds: what punctuation says counts in part.
_CALL_WORDS, _CALL_SHARE = 2, 0.5
#: Words from which a line says all that it can.
_FULL_LENGTH = 8.0


class TextAffect(Protocol):
    """What reads the affect of texts."""

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return valence, arousal and dominance, shape (n, 3), -1..1."""
        ...


@dataclass(frozen=True, slots=True)
class _Tables:
    ids: dict[str, int]
    arrays: dict[str, NDArray[Any]]


class EmbeddedAffect:
    """The model that comes with Hitpoint."""

    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return valence, arousal and dominance, shape (n, 3), -1..1; 0 where no word is known."""
        center, scale = _tables().arrays["calibration"]
        raw, known = _answers(texts)
        return np.asarray(np.clip((raw - center) * scale, -1, 1) * known[:, None], np.float32)


def affect_model(name: str = DEFAULT_MODEL) -> TextAffect:
    """Return a model by name: "embedded", "neural", or one that an installed package declares.

    Raises `SettingError` for an unknown name, or a model whose libraries are not installed.
    """
    if name == DEFAULT_MODEL:
        return EmbeddedAffect()
    if name == "neural":
        from hitpoint.perception.words.neural import NeuralAffect

        return NeuralAffect()
    from importlib.metadata import entry_points

    others = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    if name not in others:
        raise SettingError(f"no affect model {name!r}; {did_you_mean(name, (DEFAULT_MODEL, 'neural', *others))}")
    model: TextAffect = others[name].load()()
    return model


def read_affect(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return valence, arousal and dominance of each text, shape (n, 3), -1..1; 0, 0, 0 where there are no words.

    The spread is calibrated: over EmoBank's sentences the standard deviation is 0.3, a strong sentence lies near 0.6.
    """
    return EmbeddedAffect().read(texts)


def emobank_ratings(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the same as EmoBank rates it, shape (n, 3), 1..5 with 3 neutral, drawn to the mean as regressions are."""
    mean, std = _tables().arrays["emobank"]
    return np.asarray(_answers(texts)[0] * std + mean, np.float32)


def affect_confidence(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return how much the model can say about each text, 0..1: by the share of known words and by length."""
    tables = _tables()
    sureness = np.zeros(len(texts), np.float32)
    for place, text in enumerate(texts):
        words = [word for word in words_in(spoken_text(text)) if word not in "!?"]
        if words:
            known = sum(word in tables.ids for word in words)
            length = min(1.0, 0.35 + 0.65 * known / _FULL_LENGTH)
            sureness[place] = _known_share(known / len(words)) * length * bool(known)
    return sureness


def model_answers(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the model's answers before calibration, shape (n, 3): ratings in standard deviations."""
    return _answers(texts)[0]


def _known_share(share: float) -> float:
    return float(np.clip((share - _KNOWN_LEAST) / (_KNOWN_ENOUGH - _KNOWN_LEAST), 0, 1))


@cache
def _tables() -> _Tables:
    path = resources_folder() / "affect" / "core.npz"
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError) as error:
        raise SettingError(f"{path} is missing or damaged ({error}); reinstall Hitpoint") from error
    words = bytes(arrays.pop("words")).decode().split("\n")
    for name in [name for name in arrays if f"{name}_scale" in arrays]:
        arrays[name] = arrays[name].astype(np.float32) * arrays.pop(f"{name}_scale")
    return _Tables({word: index + 1 for index, word in enumerate([*words, "!", "?"])}, arrays)


def _answers(texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return raw answers, shape (n, 3), and how far each text is of a known language, shape (n,), 0..1."""
    ids = _tables().ids
    pieces: list[tuple[int, list[str]]] = []
    known = np.zeros(len(texts), np.float32)
    for place, text in enumerate(texts):
        words = words_in(spoken_text(text))
        spoken = [word for word in words if word not in "!?"]
        if spoken:
            known[place] = _known_share(sum(word in ids for word in spoken) / len(spoken))
            if len(spoken) <= _CALL_WORDS:
                known[place] = max(known[place], _CALL_SHARE)
        if words:
            pieces += [(place, words[at : at + _LONGEST_WORDS]) for at in range(0, len(words), _LONGEST_WORDS)]
    sums, counts = np.zeros((len(texts), 3)), np.zeros(len(texts))
    pieces.sort(key=lambda piece: len(piece[1]))  # of like lengths, so that little is padded
    for start in range(0, len(pieces), _BATCH):
        batch = pieces[start : start + _BATCH]
        weights = np.array([len(words) for _, words in batch])
        places = np.array([place for place, _ in batch])
        np.add.at(sums, places, _forward([words for _, words in batch]) * weights[:, None])
        np.add.at(counts, places, weights)
    return np.asarray(sums / np.maximum(counts, 1)[:, None], np.float32), known


def _forward(batch: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """Return the network's answers to lists of words, shape (n, 3)."""
    tables = _tables()
    arrays = tables.arrays
    longest = max(len(words) for words in batch)
    ids = np.zeros((len(batch), longest), np.int64)
    there = np.zeros((len(batch), longest), bool)
    pair_sums = np.zeros((len(batch), 3), np.float32)
    pairs = arrays["pairs"]
    for place, words in enumerate(batch):
        ids[place, : len(words)] = [tables.ids.get(word, 0) for word in words]
        there[place, : len(words)] = True
        hashed = [zlib.crc32(f"{a} {b}".encode()) % len(pairs) for a, b in itertools.pairwise(words)]
        if hashed:
            pair_sums[place] = pairs[hashed].sum(axis=0) / (len(hashed) + 1) ** 0.5
    scores = np.where(there, arrays["weights"][ids][..., 0], -30.0)
    share = np.exp(scores - scores.max(axis=1, keepdims=True))
    share = (share / share.sum(axis=1, keepdims=True))[..., None]
    vectors, own, mask = arrays["vectors"][ids], arrays["lexicon"][ids], there[..., None]
    pooled = np.concatenate(
        (
            3 * (share * vectors).sum(axis=1),
            np.maximum(np.where(mask, vectors, -9.0).max(axis=1), -3.0),
            (share * own).sum(axis=1),
            np.clip(np.where(mask, own, -9.0).max(axis=1), -5, 5),
            np.clip(np.where(mask, own, 9.0).min(axis=1), -5, 5),
        ),
        axis=1,
    )
    hidden = np.maximum(pooled @ arrays["hidden"].T + arrays["hidden_bias"], 0.0)
    return np.asarray(hidden @ arrays["out"].T + arrays["out_bias"] + pair_sums, np.float32)
