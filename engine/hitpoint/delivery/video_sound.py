"""The sound of a cut and its score, summed block by block at 48 kHz."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hitpoint.delivery.video_picture import readable_path
from hitpoint.model.audio import AudioFile
from hitpoint.model.cut import Cut
from hitpoint.model.time import SAMPLE_RATE_HZ, frames_to_samples, round_half_up, seconds_to_samples

#: Decoders of lossy formats need some packets before what they give is right.
_PREROLL_S = Fraction(1, 4)

#: Time stamps further apart than this from the samples decoded so far are a hole in the file, filled with silence.
_HOLE_SAMPLES = SAMPLE_RATE_HZ * 3 // 100

if TYPE_CHECKING:
    from av import AudioFrame, AudioResampler
    from av.container import InputContainer

_Block = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """One stretch of a file to be heard from `start_sample` (record) for `length_samples`."""

    path: Path
    start_sample: int
    length_samples: int
    source_start_s: Fraction
    speed: Fraction = Fraction(1)


@dataclass(slots=True)
class CutSound:
    """Yields the cut's own sound plus the score; what cannot be heard is silent and said once in `warnings`."""

    cut: Cut
    mix: AudioFile
    warnings: list[str] = field(default_factory=list)
    clipped_samples: int = 0

    def blocks(self, block_samples: int = SAMPLE_RATE_HZ) -> Iterator[_Block]:
        """Yield float32 blocks [samples, 2] in -1..1 that cover record sample 0 to the cut's end, without a gap."""
        total = seconds_to_samples(self.cut.duration_s)
        waiting = sorted(self._sources(), key=lambda source: source.start_sample, reverse=True)
        playing: list[_Playing] = []
        for start in range(0, total, block_samples):
            end = min(start + block_samples, total)
            block = np.zeros((end - start, 2), dtype=np.float32)
            while waiting and waiting[-1].start_sample < end:
                playing.append(_Playing(waiting.pop()))
            for voice in playing:
                self._add(voice, block, start)
            playing = [voice for voice in playing if voice.end_sample > end]
            self.clipped_samples += int((np.abs(block) > 1.0).any(axis=1).sum())
            yield np.clip(block, -1.0, 1.0)

    def _add(self, voice: _Playing, block: _Block, start_sample: int) -> None:
        import av

        try:
            voice.add_to(block, start_sample)
        except (av.FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            self._warn(f"{voice.source.path} cannot be heard in the MP4 ({reason})")
            voice.end_sample = start_sample

    def _sources(self) -> Iterator[_Source]:
        # The score may start before the picture does: that part is heard by nobody.
        late_samples = max(0, -self.mix.start_sample)
        yield _Source(
            path=self.mix.path,
            start_sample=self.mix.start_sample + late_samples,
            length_samples=self.mix.length_samples - late_samples,
            source_start_s=Fraction(late_samples, SAMPLE_RATE_HZ),
        )
        missing = 0
        for clip in self.cut.audio_clips:
            path = readable_path(clip.media)
            if path is None:
                missing += 1
            elif clip.media.speed < 0:
                self._warn(f"{clip.name} plays backwards; its sound is left out of the MP4")
            elif clip.media.speed > 0:
                start = frames_to_samples(clip.span.start_frame, self.cut.rate)
                yield _Source(
                    path=path,
                    start_sample=start,
                    length_samples=frames_to_samples(clip.span.end_frame, self.cut.rate) - start,
                    source_start_s=clip.media.source_start_s,
                    speed=clip.media.speed,
                )
        if missing:
            self._warn(f"{missing} clip{'s' * (missing != 1)} of the cut's sound without media: silent in the MP4")

    def _warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)


class _Playing:
    """A source that has begun: decodes just as far as the next block needs."""

    def __init__(self, source: _Source) -> None:
        self.source = source
        self.end_sample = source.start_sample + source.length_samples
        self._decoded = decode_from(source.path, source.source_start_s, source.speed)
        self._left = np.zeros((0, 2), dtype=np.float32)

    def add_to(self, block: _Block, start_sample: int) -> None:
        """Add the source's samples to a block that starts at a record sample."""
        at = max(0, self.source.start_sample - start_sample)
        stop = min(len(block), self.end_sample - start_sample)
        while at < stop:
            if not len(self._left):
                chunk = next(self._decoded, None)
                if chunk is None:  # the file is shorter than the timeline says
                    self.end_sample = start_sample
                    return
                self._left = chunk
            take = min(stop - at, len(self._left))
            block[at : at + take] += self._left[:take]
            self._left = self._left[take:]
            at += take


def decode_from(path: Path, source_start_s: Fraction, speed: Fraction = Fraction(1)) -> Iterator[_Block]:
    """Yield 48 kHz stereo blocks [samples, 2] of a file's first sound, the first sample at `source_start_s`.

    Seconds count from the file's first picture frame, or its first sample if it has no picture. A `speed` other than
    1 changes pitch, as a tape does. Raises ValueError for a file without sound, `av.FFmpegError` for a broken one.
    """
    import av

    with av.open(str(path)) as container:
        if not container.streams.audio:
            raise ValueError("it has no sound")
        stream = container.streams.audio[0]
        time_base = stream.time_base or Fraction(1, SAMPLE_RATE_HZ)
        zero_s = _zero_s(container)
        wanted_s = zero_s + source_start_s
        if source_start_s > _PREROLL_S:
            container.seek(int((wanted_s - _PREROLL_S) / time_base), stream=stream, backward=True)
        resampler = av.AudioResampler(format="flt", layout="stereo", rate=round_half_up(SAMPLE_RATE_HZ / speed))
        reached: int | None = None  # the output sample that comes next, counted from the wanted start
        for frame in container.decode(stream):
            if frame.pts is not None:
                heard_at = round_half_up((frame.pts * time_base - wanted_s) * SAMPLE_RATE_HZ / speed)
                is_first = reached is None
                reached = min(0, heard_at) if reached is None else reached
                if heard_at > reached and (is_first or heard_at - reached > _HOLE_SAMPLES):
                    if heard_at > 0:
                        yield np.zeros((heard_at - max(0, reached), 2), dtype=np.float32)
                    reached = heard_at
            for samples in _stereo(resampler, frame):
                yield samples[max(0, -(reached or 0)) :]
                reached = (reached or 0) + len(samples)
        for samples in _stereo(resampler, None):
            yield samples[max(0, -(reached or 0)) :]
            reached = (reached or 0) + len(samples)


def _stereo(resampler: AudioResampler, frame: AudioFrame | None) -> Iterator[_Block]:
    for resampled in resampler.resample(frame):
        yield resampled.to_ndarray().reshape(-1, 2).astype(np.float32, copy=False)


def _zero_s(container: InputContainer) -> Fraction:
    """Return the time stamp, in seconds, that counts as second 0 of a file: its first picture, else its first sound."""
    pictures = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
    first = pictures[0] if pictures else container.streams.audio[0]
    return (first.start_time or 0) * (first.time_base or Fraction(0))
