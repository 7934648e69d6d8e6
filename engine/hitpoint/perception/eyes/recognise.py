"""What a cut shows, recognised: pictures of every shot, asked what they are, over record time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hitpoint.media import FeatureStore
from hitpoint.model.cut import Cut
from hitpoint.model.errors import DeviceMemoryError, MediaError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.perception.eyes.answers import Answer, ClassVectors, answer, class_vectors
from hitpoint.perception.eyes.look import Looked, look_closely
from hitpoint.perception.eyes.moments import Stretch, stretches_of
from hitpoint.perception.eyes.questions import Questions, load_questions
from hitpoint.perception.eyes.registry import Eyes
from hitpoint.perception.eyes.values import SIGHT_ROWS, SeenShot, Sight
from hitpoint.perception.record_time import RecordRows, hops_of_cut

#: The share of the progress that reading the questions gets, the first time.
_READING = 0.15


def recognise(
    cut: Cut,
    cuts_s: Sequence[float],
    *,
    eyes: Eyes,
    store: FeatureStore | None = None,
    questions: Questions | None = None,
    progress: Progress = SILENT,
) -> tuple[Sight | None, tuple[str, ...]]:
    """Return what eyes recognise in a cut, and sentences about what they could not.

    `cuts_s` are the record seconds of all cuts that are seen, those inside clips too. The model is not loaded where
    all was seen before. Where the device's memory is too small even for one picture at a time the cut is left
    unrecognised, which is told. Raises `Cancelled` between two batches.
    """
    store, questions = store or FeatureStore(), questions or load_questions()
    warnings: list[str] = []
    stretches = stretches_of(cut, cuts_s)
    try:
        classes = class_vectors(eyes, questions, store, progress.part(0.0, _READING))
        sources, total = _look(stretches, eyes, store, warnings, progress.part(_READING, 1.0))
    except DeviceMemoryError as error:
        return None, (*_once(warnings), f"the picture was not recognised, the arc does without: {error}")
    return _sight(cut, stretches, sources, classes, questions, eyes.name, total), _once(warnings)


def _look(
    stretches: Sequence[Stretch], eyes: Eyes, store: FeatureStore, warnings: list[str], progress: Progress
) -> tuple[dict[Path, Looked], int]:
    """Return the vectors of all sources, and how many pictures were wanted."""
    wanted: dict[Path, set[int]] = defaultdict(set)
    for stretch in stretches:
        wanted[stretch.path].update(moment.source_ms for moment in stretch.moments)
    total = sum(map(len, wanted.values()))
    sources, done = {}, 0
    for path, moments_ms in wanted.items():
        part = progress.part(done / total, (done + len(moments_ms)) / total)
        try:
            sources[path] = look_closely(
                path, sorted(moments_ms), eyes=eyes, store=store, warn=warnings.append, progress=part
            )
        except (MediaError, OSError) as error:
            warnings.append(f"the picture of {path.name} was not recognised: {error}")
        done += len(moments_ms)
    return sources, total


def _sight(
    cut: Cut,
    stretches: Sequence[Stretch],
    sources: dict[Path, Looked],
    classes: ClassVectors,
    questions: Questions,
    model: str,
    total: int,
) -> Sight:
    rows = {name: RecordRows(hops_of_cut(cut)) for name in SIGHT_ROWS}
    shots = []
    for stretch in stretches:
        looked = sources.get(stretch.path)
        seen = [(m, looked.vector(m.source_ms)) for m in stretch.moments] if looked is not None else []
        there = [(moment, vector) for moment, vector in seen if vector is not None]
        if not there:
            continue
        together = answer(np.stack([vector for _, vector in there]), classes, questions)
        for moment, vector in there:
            alone = answer(vector[None], classes, questions)
            values = {**alone.meaning, "confidence": together.confidence}
            for name, target in rows.items():
                hop, share = target.overlaps(moment.start_s, moment.end_s)
                target.add(hop, share, np.full(len(hop), values.get(name, 0.0)))
        shots.append(_seen_shot(stretch, together, len(there)))
    curves: dict[str, Any] = {name: target.means() for name, target in rows.items()}
    return Sight(
        model=model,
        known=rows["valence"].known(),
        shots=tuple(shots),
        frames_seen=total,
        frames_embedded=sum(looked.embedded for looked in sources.values()),
        frames_kept=total - sum(looked.fresh for looked in sources.values()),
        **curves,
    )


def _seen_shot(stretch: Stretch, together: Answer, frames: int) -> SeenShot:
    return SeenShot(
        start_s=stretch.start_s,
        end_s=stretch.end_s,
        shot_index=stretch.shot.index,
        name=stretch.shot.name,
        frames=frames,
        choices=together.choices,
        contains=together.contains,
        aesthetics=together.aesthetics,
        valence=together.meaning["valence"],
        arousal=together.meaning["arousal"],
        tension=together.meaning["tension"],
        agreement=together.agreement,
        confidence=together.confidence,
    )


def _once(sentences: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentences))
