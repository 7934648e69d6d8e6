"""Pictures of one source as vectors: each picture goes through the model once, ever.

Kept by the content of the file and of the model. Pictures that hardly differ share one vector: a shot that stands
still, and the two faces of a conversation that is cut back and forth, are recognised once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hitpoint.media import FeatureStore
from hitpoint.media.stills import stills_at
from hitpoint.media.store import fingerprint
from hitpoint.model.progress import SILENT, Progress
from hitpoint.perception.eyes.registry import Eyes, Picture

T = TypeVar("T")

#: Changes when pictures are chosen or compared otherwise.
_VERSION = "eyes 1"
#: Pictures are compared at this size (width, height), in grey.
_TINY = (32, 18)
#: Mean difference (0..1) up to which two pictures are one, as a share of the picture's own contrast and at most;
#: compression's noise lies below the least.
_SAME_SHARE, _SAME_MOST, _SAME_LEAST = 0.12, 0.012, 0.003
#: So many pictures are decoded ahead, while the model is at work.
_AHEAD = 16


@dataclass(slots=True)
class Looked:
    """The pictures of a source that are known.

    Attributes
    ----------
    rows : dict of source milliseconds to row
        -1 where there is no picture.
    vectors : list of float16 [shape=(d,)], unit length
    tiny : list of uint8 [shape=(18, 32)]
        What each vector was made from, in small.
    fresh, embedded : int
        How many moments were looked at just now, and how many vectors that took.
    """

    rows: dict[int, int] = field(default_factory=dict)
    vectors: list[NDArray[np.float16]] = field(default_factory=list)
    tiny: list[NDArray[np.uint8]] = field(default_factory=list)
    fresh: int = 0
    embedded: int = 0

    def vector(self, source_ms: int) -> NDArray[np.float32] | None:
        """Return the vector of a moment; None where there is no picture."""
        row = self.rows.get(source_ms, -1)
        return None if row < 0 else self.vectors[row].astype(np.float32)


def look_closely(
    path: Path,
    moments_ms: Sequence[int],
    *,
    eyes: Eyes,
    store: FeatureStore,
    warn: Callable[[str], None],
    progress: Progress = SILENT,
) -> Looked:
    """Return the vectors of a file at moments of it, in source milliseconds; what is missing is looked at and kept.

    Where the work breaks off (a stop request between two batches, too little memory), what was done is kept too.
    Raises `MediaError` for what cannot be decoded.
    """
    key = f"{_VERSION} {fingerprint(path)} {eyes.key}"
    looked = _kept(store, key)
    missing = sorted(set(moments_ms) - looked.rows.keys())
    if not missing:
        return looked
    try:
        _look(path, missing, looked, eyes, warn, progress)
    finally:
        if looked.fresh:
            store.save(key, _arrays(looked))
    return looked


def _look(
    path: Path,
    missing: Sequence[int],
    looked: Looked,
    eyes: Eyes,
    warn: Callable[[str], None],
    progress: Progress,
) -> None:
    waiting: list[Picture] = []
    tiny = list(looked.tiny)  # of the waiting ones too
    placed: dict[int, int] = {}  # what becomes known when the waiting ones are embedded

    def embed() -> None:
        if waiting:
            vectors = eyes.pictures(waiting, warn=warn)
            looked.vectors += list(vectors.astype(np.float16))
            looked.embedded += len(waiting)
            waiting.clear()
        looked.tiny[:] = tiny[: len(looked.vectors)]
        looked.rows.update(placed)
        looked.fresh += len(placed)
        placed.clear()

    for count, (moment_ms, picture) in enumerate(_ahead(stills_at(path, missing, shortest_side=eyes.picture_side))):
        progress.update(count / len(missing), "recognising the picture")
        if picture is None:
            placed[moment_ms] = -1
            continue
        small = _tiny(picture)
        row = _same(small, tiny)
        if row is None:
            row = len(tiny)
            tiny.append(small)
            waiting.append(picture)
        placed[moment_ms] = row
        if len(waiting) >= eyes.batch:
            embed()
    progress.update(1.0, "recognising the picture")
    embed()


def _tiny(picture: Picture) -> NDArray[np.uint8]:
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, _TINY, interpolation=cv2.INTER_AREA), np.uint8)


def _same(small: NDArray[np.uint8], others: Sequence[NDArray[np.uint8]]) -> int | None:
    """Return which of the others hardly differs; None where all do. A dark picture's contrast is small, and counts."""
    if not others:
        return None
    differences = np.abs(np.stack(others).astype(np.int16) - small).mean(axis=(1, 2)) / 255
    allowed = min(_SAME_MOST, max(_SAME_LEAST, _SAME_SHARE * float(small.std()) / 255))
    nearest = int(differences.argmin())
    return nearest if differences[nearest] <= allowed else None


def _kept(store: FeatureStore, key: str) -> Looked:
    kept = store.load(key)
    if kept is None:
        return Looked()
    return Looked(
        rows=dict(zip(kept["moments_ms"].tolist(), kept["rows"].tolist(), strict=True)),
        vectors=list(kept["vectors"]),
        tiny=list(kept["tiny"]),
    )


def _arrays(looked: Looked) -> dict[str, NDArray[np.generic]]:
    return {
        "moments_ms": np.array(list(looked.rows), np.int64),
        "rows": np.array(list(looked.rows.values()), np.int32),
        "vectors": np.array(looked.vectors, np.float16),
        "tiny": np.array(looked.tiny, np.uint8),
    }


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield items that are made ahead in a thread of their own."""
    done = object()
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting: deque[Future[T | object]] = deque(pool.submit(next, items, done) for _ in range(_AHEAD))
        try:
            while (item := waiting.popleft().result()) is not done:
                waiting.append(pool.submit(next, items, done))
                yield item  # type: ignore[misc]
        finally:
            pool.shutdown(cancel_futures=True)
