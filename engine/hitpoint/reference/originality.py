"""Whether a score is a copy of its reference, and whether it is in its style: the two sides of "like the temp".

Too alike is told by the harmony (how much of the shorter piece runs parallel without a break, in any key) and by the
melody (how many passages of what is written are heard in the reference). The thresholds lie between what copies of our
own renders reach and what other takes of the same palette do (`benchmarks/originality.py` prints both sides).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hitpoint.alignment.features import listen
from hitpoint.model.music import Composition
from hitpoint.reference.likeness import harmony_of_audio, harmony_of_scores, parallel_share
from hitpoint.reference.melody import beginning_pitches, heard_share, written_passages
from hitpoint.reference.sound import read_sound
from hitpoint.reference.style import TrackStyle, nearest_palettes, style_distance, style_of

#: From here on a score is a copy: parallel harmony (share of the shorter piece), melody (share of our passages).
COPY_PARALLEL, COPY_MELODY = 0.42, 0.35
#: The same for audio held against audio, which agrees better with itself than notes do with their sound.
COPY_PARALLEL_AUDIO = 0.6
#: A score this near to its reference (spreads within a palette) is in its style.
IN_STYLE_DISTANCE = 2.5
#: How many takes are composed before the nearest miss is handed on with a warning.
MOST_TAKES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A track that the score should be like, listened to.

    `harmony` is [shape=(n, 12)], see `likeness`; `begin` [shape=(m, 49)], see `melody.beginning_pitches`.
    """

    name: str
    style: TrackStyle
    palette_id: str
    harmony: NDArray[np.float32]
    begin: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Originality:
    """How alike a score and its reference are: `parallel` and `melody` are shares 0..1."""

    parallel: float
    melody: float
    is_copy: bool

    @property
    def sentence(self) -> str:
        """For people."""
        shares = f"{self.parallel:.0%} of it runs parallel in harmony, {self.melody:.0%} of its melody is heard there"
        return f"the score is {'too like' if self.is_copy else 'no copy of'} the reference: {shares}"


def listen_to_reference(path: Path) -> Reference:
    """Return what there is to know of a reference track; `MediaError` for what cannot be read."""
    audio = read_sound(path)
    heard = listen(audio)
    style = style_of(audio, heard)
    return Reference(
        name=path.name,
        style=style,
        palette_id=nearest_palettes(style)[0][0],
        harmony=harmony_of_audio(heard.features),
        begin=beginning_pitches(audio),
    )


def originality(compositions: Sequence[Composition], reference: Reference) -> Originality:
    """Return how alike written cues and a reference are."""
    parallel = max((parallel_share(harmony_of_scores([one]), reference.harmony) for one in compositions), default=0.0)
    melody = heard_share(written_passages(compositions), reference.begin)
    return Originality(
        parallel=round(parallel, 3),
        melody=round(melody, 3),
        is_copy=parallel >= COPY_PARALLEL or melody >= COPY_MELODY,
    )


def copied(audio: NDArray[np.float32], reference: Reference) -> str | None:
    """Return why 48 kHz audio, float32 [shape=(n, 2)], is a copy of a reference, or None where it is none.

    For what a model made: it may know more of the reference than the written score does.
    """
    parallel = parallel_share(harmony_of_audio(listen(audio).features), reference.harmony)
    if parallel < COPY_PARALLEL_AUDIO:
        return None
    return (
        f"what was generated is too like {reference.name} ({parallel:.0%} of it runs parallel in harmony); the sampled "
        "score is kept"
    )


def compose_original(
    write: Callable[[int], tuple[Composition, ...]], reference: Reference | None
) -> tuple[tuple[Composition, ...], Originality | None, tuple[str, ...]]:
    """Return cues that are no copy of the reference, how alike they are, and sentences.

    `write(take)` composes; take 0 is what would be written without a reference. Where all of `MOST_TAKES` are too
    alike, the least alike one is returned with a warning.
    """
    if reference is None:
        return write(0), None, ()
    tried: list[tuple[Originality, tuple[Composition, ...]]] = []
    for take in range(MOST_TAKES):
        compositions = write(take)
        alike = originality(compositions, reference)
        tried.append((alike, compositions))
        if not alike.is_copy:
            again = f" (take {take + 1}; the ones before were too like it)" if take else ""
            return compositions, alike, (f"{alike.sentence}{again}",)
    alike, compositions = min(tried, key=lambda pair: max(pair[0].parallel, pair[0].melody))
    warning = f"{alike.sentence}, in the best of {MOST_TAKES} takes; choose another --seed or another --style"
    return compositions, alike, (warning,)


def is_in_style(style: TrackStyle, reference: Reference) -> tuple[bool, float]:
    """Return whether finished music is recognisably in the reference's style, and its distance."""
    distance = style_distance(style, reference.style)
    return distance <= IN_STYLE_DISTANCE, round(distance, 2)
