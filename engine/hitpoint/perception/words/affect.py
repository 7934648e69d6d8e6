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
from hitpoint.perception.words.negation import negated
from hitpoint.perception.words.tokens import spoken_text, whole_words_in, words_in
from hitpoint.resources import load_toml, resources_folder

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
#: A word whose own valence is so far from neutral, in standard deviations of the ratings, turns round when negated.
_STRONG_WORD = 1.0
#: "Not sad" goes this share of "sad" the other way, and counts so much beside what the network says of the whole line
#: (both chosen on EmoBank's dev split). Excitement is left to the network: "I'm not afraid" is no calmer.
_TURNED_SHARE, _TURNED_WEIGHT = 0.4, np.array([0.8, 0.0, 0.8])


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
    sureness = np.zeros(len(texts), np.float32)
    for place, text in enumerate(texts):
        words = whole_words_in(spoken_text(text))
        known = _known_words(words)
        if known:
            sureness[place] = _known_share(known / len(words)) * min(1.0, 0.35 + 0.65 * known / _FULL_LENGTH)
    return sureness


def language_shares(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return how far each text is of the language that the model knows, shape (n,), 0..1; 0 where it has no words."""
    return np.array([_language_share(spoken_text(text)) for text in texts], np.float32)


def model_answers(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the model's answers before calibration, shape (n, 3): ratings in standard deviations."""
    return _answers(texts)[0]


def _known_share(share: float) -> float:
    return min(1.0, max(0.0, (share - _KNOWN_LEAST) / (_KNOWN_ENOUGH - _KNOWN_LEAST)))


def _known_words(words: Sequence[str]) -> int:
    """Return how many words are English ones that the model knows; small words of other languages speak against it."""
    ids, (others, particles) = _tables().ids, _other_languages()
    plain = [word.removesuffix("'s") for word in words]
    known = sum(word in ids and word not in others and word not in particles for word in plain)
    return max(0, known - sum(word in others for word in plain))


def _language_share(spoken: str) -> float:
    words = whole_words_in(spoken)
    if not words:
        return 0.0
    share = _known_share(_known_words(words) / len(words))
    is_call = len(words) <= _CALL_WORDS and all(word.isascii() for word in words)
    return max(share, _CALL_SHARE) if is_call else share


@cache
def _other_languages() -> tuple[frozenset[str], frozenset[str]]:
    path = resources_folder() / "affect" / "other_languages.toml"
    table = load_toml(path)
    try:
        return frozenset(table["others"]), frozenset(table["particles"])
    except (KeyError, TypeError) as error:
        raise SettingError(f"{path} needs the lists others and particles ({error}); reinstall Hitpoint") from error


def _is_strong(word: str) -> bool:
    tables = _tables()
    return bool(abs(tables.arrays["lexicon"][tables.ids.get(word, 0), 0]) >= _STRONG_WORD)


def _turned_round(
    answers: NDArray[np.floating], affirmed: NDArray[np.floating], without: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Return a model's answers to negated texts, shape (n, 3), from those to both forms of `Negated` as well."""
    opposite = without - _TURNED_SHARE * (affirmed - without)
    return np.asarray(answers + _TURNED_WEIGHT * (opposite - answers))


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
    spoken = [spoken_text(text) for text in texts]
    answers = _network([words_in(line) for line in spoken])
    turned = {place: both for place, line in enumerate(spoken) if (both := negated(line, is_strong=_is_strong))}
    if turned:
        places = list(turned)
        affirmed, without = (
            _network(forms) for forms in zip(*((both.affirmed, both.without) for both in turned.values()), strict=True)
        )
        answers[places] = _turned_round(answers[places], affirmed, without)
    return answers, np.array([_language_share(line) for line in spoken], np.float32)


def _network(texts: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """Return the network's answers to lists of words, shape (n, 3); its mean answer where there is no word."""
    pieces = [
        (place, words[at : at + _LONGEST_WORDS])
        for place, words in enumerate(texts)
        for at in range(0, len(words), _LONGEST_WORDS)
    ]
    sums, counts = np.zeros((len(texts), 3)), np.zeros(len(texts))
    pieces.sort(key=lambda piece: len(piece[1]))  # of like lengths, so that little is padded
    for start in range(0, len(pieces), _BATCH):
        batch = pieces[start : start + _BATCH]
        weights = np.array([len(words) for _, words in batch])
        places = np.array([place for place, _ in batch])
        np.add.at(sums, places, _forward([words for _, words in batch]) * weights[:, None])
        np.add.at(counts, places, weights)
    answers = sums / np.maximum(counts, 1)[:, None]
    answers[counts == 0] = _tables().arrays["calibration"][0]
    return np.asarray(answers, np.float32)


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
