"""What a model made, kept by what it was asked for: scoring again asks only for windows whose request is another.

Only for the very same request. A take that was made for another timing could often be aligned to the new one, but then
the score would depend on what was made before, and the same cut, settings and seed would not give the same bytes.
"""

from __future__ import annotations

import hashlib

import numpy as np

from hitpoint.generation.values import Generated, SoundRequest
from hitpoint.media.store import FeatureStore
from hitpoint.resources import cache_folder

#: About three hours of windows.
MAX_KEPT_BYTES = 4 * 1024**3
#: To be raised when what is asked for means something else.
_VERSION = "1"


class KeptWindows:
    """Windows of one model on disk; what cannot be read or written is done without."""

    def __init__(self, model: str, *, max_bytes: int = MAX_KEPT_BYTES) -> None:
        self._model = model
        # audio is hardly smaller when packed, and it takes time
        self._store = FeatureStore(cache_folder() / "generated", max_bytes=max_bytes, is_packed=False)

    def load(self, request: SoundRequest) -> Generated | None:
        """Return what was made for a request before."""
        found = self._store.load(self._key(request))
        if found is None or found["audio"].shape != (request.length_samples, 2):
            return None
        sentences = tuple(str(sentence) for sentence in found["sentences"])
        return Generated(audio=found["audio"].astype(np.float32, copy=False), sentences=sentences)

    def save(self, request: SoundRequest, made: Generated) -> None:
        """Keep what was made for a request."""
        sentences = np.array(made.sentences, dtype=np.str_)
        self._store.save(self._key(request), {"audio": made.audio, "sentences": sentences})

    def _key(self, request: SoundRequest) -> str:
        digest = hashlib.sha256()
        asked = (
            _VERSION, self._model, request.prompt, request.negative_prompt, request.length_samples, request.seed,
            request.freedom, request.sketch is not None, request.before is not None and len(request.before),
        )  # fmt: skip
        digest.update(repr(asked).encode())
        for audio in (request.sketch, request.before):
            if audio is not None:
                digest.update(np.ascontiguousarray(audio, dtype="<f4").data)
        return digest.hexdigest()
