"""From vectors to answers: how likely each class is, what it means, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hitpoint.media import FeatureStore
from hitpoint.model.progress import SILENT, Progress
from hitpoint.perception.eyes.questions import AESTHETICS, CHOICES, CONTAINS, NEUTRAL, Questions
from hitpoint.perception.eyes.registry import Eyes

Rows = NDArray[np.float64]

_VERSION = "eyes' questions 1"
#: So many are read between two looks at whether to stop.
_SENTENCES = 16


@dataclass(frozen=True, slots=True)
class ClassVectors:
    """What the classes look like to a model: a unit vector of each, by group [shape=(classes, d)]; and its scale."""

    groups: Mapping[str, Rows]
    scale: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the pictures of one stretch say together.

    Attributes
    ----------
    choices, contains : by group and class, 0..1
    aesthetics : float, 0..1
    valence, arousal, tension, exterior, night, closeness : float
    agreement, confidence : float, 0..1
    """

    choices: Mapping[str, Mapping[str, float]]
    contains: Mapping[str, float]
    aesthetics: float
    meaning: Mapping[str, float]
    agreement: float
    confidence: float


def class_vectors(eyes: Eyes, questions: Questions, store: FeatureStore, progress: Progress = SILENT) -> ClassVectors:
    """Return the vectors of all classes, from the store where the same model was asked the same before.

    Of a class's wordings the unit vectors are averaged, as for CLIP's own zero-shot figures (Radford and others,
    "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021, section 3.1.4).
    """
    key = f"{_VERSION} {questions.key} {eyes.key}"
    kept = store.load(key)
    if kept is None:
        prompts, parts = questions.prompts, []
        for start in range(0, len(prompts), _SENTENCES):
            progress.update(start / len(prompts), "recognising the picture")
            parts.append(eyes.sentences(prompts[start : start + _SENTENCES]))
        kept = {"prompts": np.concatenate(parts), "scale": np.array(eyes.scale())}
        store.save(key, kept)
    vectors, start = kept["prompts"].astype(np.float64), 0
    groups = {}
    for name, choices in questions.groups.items():
        rows = []
        for choice in choices:
            mean = vectors[start : start + len(choice.prompts)].mean(axis=0)
            rows.append(mean / max(float(np.linalg.norm(mean)), 1e-12))
            start += len(choice.prompts)
        groups[name] = np.stack(rows)
    return ClassVectors(groups, float(kept["scale"]))


def answer(vectors: NDArray[np.floating], classes: ClassVectors, questions: Questions) -> Answer:
    """Return what the pictures of a stretch [shape=(n, d), n >= 1, unit length] say together.

    Probabilities are means over the pictures. The feeling's confidence is a product of three: how sure the pictures
    are (1 less the mean entropy of their emotions, over the greatest possible), how many agree on the likeliest
    emotion (Laplace's rule of succession, so that one picture alone never says as much as three that agree), and how
    likely it is that there is an emotion at all (1 less the probability of "neutral").
    """
    logits = {name: classes.scale * (vectors @ rows.T) for name, rows in classes.groups.items()}
    chosen = {name: _softmax(logits[name]) for name in CHOICES}
    means = {name: rows.mean(axis=0) for name, rows in chosen.items()}
    meaning: dict[str, float] = {}
    for name in CHOICES:
        for curve in dict.fromkeys(key for choice in questions.groups[name] for key in choice.meaning):
            values = np.array([choice.meaning.get(curve, 0.0) for choice in questions.groups[name]])
            meaning[curve] = float(np.clip(means[name] @ values, -1.0, 1.0))
    emotions = chosen["emotion"]
    names = [choice.name for choice in questions.groups["emotion"]]
    entropy = -np.sum(emotions * np.log(np.maximum(emotions, 1e-12)), axis=1) / np.log(len(names))
    agreeing = int(np.sum(emotions.argmax(axis=1) == means["emotion"].argmax()))
    agreement = (agreeing + 1) / (len(vectors) + 2)
    felt = 1.0 - float(means["emotion"][names.index(NEUTRAL)])
    # each thing against "nothing in particular": a softmax of two
    there = 1.0 / (1.0 + np.exp(np.clip(logits[CONTAINS][:, :1] - logits[CONTAINS][:, 1:], -60.0, 60.0)))
    things = questions.groups[CONTAINS][1:]
    return Answer(
        choices={
            name: {choice.name: float(p) for choice, p in zip(questions.groups[name], means[name], strict=True)}
            for name in CHOICES
        },
        contains={choice.name: float(p) for choice, p in zip(things, there.max(axis=0), strict=True)},
        aesthetics=float(_softmax(logits[AESTHETICS])[:, 0].mean()),
        meaning=meaning,
        agreement=agreement,
        confidence=float(np.clip((1.0 - entropy.mean()) * agreement * felt, 0.0, 1.0)),
    )


def _softmax(logits: Rows) -> Rows:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
