"""The sound of a reference track: 48 kHz stereo, whatever the file holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hitpoint.media.open_media import opened, sound_stream
from hitpoint.model.errors import MediaError
from hitpoint.model.time import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from av.container import InputContainer

#: A reference is listened to for so long at most: a temp cue, not a film.
LONGEST_S = 360.0
_SHORTEST_S = 5.0


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    with ExitStack() as stack:
        try:
            container = stack.enter_context(opened(path))
        except MediaError as error:
            raise MediaError(
                f"{path.name} is no sound that can be read; give a WAV, MP3 or film as --reference"
            ) from error
        yield container


def read_sound(path: Path) -> NDArray[np.float32]:
    """Return float32 [shape=(n, 2)] at 48 kHz, `LONGEST_S` at most.

    Raises `MediaError` for a file that is none, has no sound, or less than five seconds of it.
    """
    import av

    if not path.is_file():
        raise MediaError(f"there is no reference track at {path}; check --reference")
    blocks: list[NDArray[np.float32]] = []
    wanted, count = round(LONGEST_S * SAMPLE_RATE_HZ), 0
    with _opened(path) as container:
        stream = sound_stream(container)
        if stream is None:
            raise MediaError(f"{path.name} has no sound; give a track or a film with music as --reference")
        resampler = av.AudioResampler(format="flt", layout="stereo", rate=SAMPLE_RATE_HZ)
        try:
            for frame in container.decode(stream):
                for block in resampler.resample(frame):
                    blocks.append(block.to_ndarray().reshape(-1, 2).astype(np.float32))
                    count += len(blocks[-1])
                if count >= wanted:
                    break
        except (av.FFmpegError, ValueError):
            pass  # what was decoded counts; too little of it is told below
    audio = np.concatenate(blocks)[:wanted] if blocks else np.zeros((0, 2), np.float32)
    if len(audio) < _SHORTEST_S * SAMPLE_RATE_HZ or not np.abs(audio).max() > 1e-4:
        raise MediaError(f"{path.name} holds less than {_SHORTEST_S:g} s of sound; give a longer reference track")
    return np.nan_to_num(audio)
