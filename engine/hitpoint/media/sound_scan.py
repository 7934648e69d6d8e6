"""The sound of a file as numbers: one channel at 16 kHz, stretch by stretch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hitpoint.media.open_media import opened, sound_stream
from hitpoint.model.progress import Progress

if TYPE_CHECKING:
    from av.container import InputContainer

#: Enough for speech, onsets and harmony.
SCAN_RATE_HZ = 16_000
#: Seeking lands on a packet before the moment; this much is decoded to be sure that it does.
_RUN_UP_S = 0.5
_PROGRESS_EVERY_S = 2.0


def stretches_of_sound(
    path: Path, stretches_s: Sequence[tuple[Fraction, Fraction]], progress: Progress
) -> Iterator[tuple[Fraction, NDArray[np.float32]]]:
    """Yield (start in source seconds, samples [shape=(n,), -1..1, 16 kHz]) of each stretch, as far as it decodes.

    Source seconds count from the file's first frame of picture, where it has one. Yields nothing where there is no
    sound. Raises `MediaError` for what cannot be opened.
    """
    total_s = sum(float(end_s - start_s) for start_s, end_s in stretches_s) or 1.0
    done_s = 0.0
    for start_s, end_s in stretches_s:
        length_s = float(end_s - start_s)
        with opened(path) as container:
            part = progress.part(done_s / total_s, (done_s + length_s) / total_s)
            yield start_s, _decoded(container, start_s, end_s, part)
        done_s += length_s


def sound_length_s(path: Path) -> Fraction:
    """Return how much sound the header promises, 0 where there is none."""
    with opened(path) as container:
        stream = sound_stream(container)
        if stream is None:
            return Fraction(0)
        if stream.duration is not None and stream.time_base is not None:
            return Fraction(stream.duration * stream.time_base)
        return Fraction(container.duration or 0, 1_000_000)


def _decoded(container: InputContainer, start_s: Fraction, end_s: Fraction, progress: Progress) -> NDArray[np.float32]:
    import av

    stream = sound_stream(container)
    if stream is None or stream.time_base is None:
        return np.zeros(0, np.float32)
    origin_s = _origin_s(container)
    wanted = round(float(end_s - start_s) * SCAN_RATE_HZ)
    samples = np.zeros(wanted, np.float32)
    filled = 0
    if start_s > 0:
        seek_s = max(Fraction(0), start_s + origin_s - Fraction(_RUN_UP_S))
        container.seek(int(seek_s / stream.time_base), stream=stream, backward=True)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SCAN_RATE_HZ)
    said = 0.0
    at: int | None = None
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            frames = packet.decode()
        except av.InvalidDataError:
            continue
        except (av.FFmpegError, ValueError):
            break
        for frame in frames:
            for block in resampler.resample(frame):
                if at is None:
                    pts_s = Fraction(frame.pts or 0) * (frame.time_base or stream.time_base)
                    at = round(float(pts_s - origin_s - start_s) * SCAN_RATE_HZ)
                values = block.to_ndarray().ravel()
                first, last = max(0, at), min(wanted, at + len(values))
                if last > first:
                    samples[first:last] = values[first - at : last - at]
                    filled = last
                at += len(values)
        if at is not None and at >= wanted:
            break
        if at is not None and at / SCAN_RATE_HZ - said >= _PROGRESS_EVERY_S:
            said = at / SCAN_RATE_HZ
            progress.update(at / wanted, "listening to the cut")
    return samples[:filled]


def _origin_s(container: InputContainer) -> Fraction:
    """Return where in the container's time the file's source second 0 is: its first picture, or its first sound."""
    streams = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
    for stream in (*streams, *container.streams.audio):
        if stream.start_time is not None and stream.time_base is not None:
            return Fraction(stream.start_time * stream.time_base)
    return Fraction(0)
