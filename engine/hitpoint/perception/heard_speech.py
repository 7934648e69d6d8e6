"""When somebody speaks in the cut's own sound, for cuts that come without subtitles."""

from __future__ import annotations

import numpy as np

from hitpoint.model.features import SoundFeatures

#: Silero's mean over half a second. On speech it lies near 0.9, on music and effects below 0.1.
_SPEAKS = 0.35
#: Pauses that are shorter belong to what is said.
_PAUSE_HOPS = 1


def find_speech(sound: SoundFeatures) -> tuple[tuple[float, float], ...]:
    """Return the (start, end) record seconds of speech, to half a second, sorted."""
    speaks = np.nan_to_num(sound.speech) >= _SPEAKS
    edges = np.flatnonzero(np.diff(np.concatenate(([0], speaks.astype(np.int8), [0]))))
    spans: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if spans and start - spans[-1][1] <= _PAUSE_HOPS:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple((start * sound.hop_s, end * sound.hop_s) for start, end in spans)
