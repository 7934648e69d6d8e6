"""The scored MP4: the cut's picture, its own sound, and the score under it.

Where the cut is one plain H.264 file from start to end, its picture is copied packet by packet; otherwise every
record frame is decoded from its shot's media and encoded again. Sound is always encoded to AAC; the encoder's
priming is hidden by the file's edit list, so that sample 0 of what a player hears is sample 0 of the cut.
Dissolves and effects are not rendered: the picture shows the straight cuts.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hitpoint.delivery.video_picture import CutPicture, picture_size, readable_path
from hitpoint.delivery.video_sound import CutSound
from hitpoint.files import write_beside
from hitpoint.model.audio import AudioFile
from hitpoint.model.cut import Cut
from hitpoint.model.errors import OutputError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import SAMPLE_RATE_HZ, FrameRate, frames_to_samples, frames_to_seconds

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream

_AAC_BIT_RATE = 256_000

#: x264: visually clean for a screening copy, at a speed that two cores can bear.
_X264_OPTIONS = {"crf": "20", "preset": "veryfast"}

#: A shot counts as the plain continuation of its file when its source is this near to its record time.
_PLAIN_SLACK_S = Fraction(1, 1000)


def write_video(path: Path, *, cut: Cut, mix: AudioFile, progress: Progress = SILENT) -> tuple[str, ...]:
    """Write the cut as MP4 (H.264, AAC 48 kHz stereo) with the score under its own sound.

    Parameters
    ----------
    path : Path
        Target; replaced only when the new file is complete.
    mix : AudioFile
        The finished mix; it is placed at its `start_sample` and summed at unity gain.

    Returns
    -------
    tuple of str
        Sentences about what is black, silent or clipped.

    Raises
    ------
    OutputError
        The file cannot be written or the encoder is missing.
    Cancelled
        Asked to stop; no file is left behind.
    """
    import av

    sound = CutSound(cut, mix)
    picture = CutPicture(cut, picture_size(cut))
    source = plain_source(cut)
    with write_beside(path) as temp_path:
        try:
            with av.open(str(temp_path), "w", format="mp4", options={"movflags": "+faststart"}) as output:
                if source is not None:
                    copied = _copy_picture(output, source, cut, sound, progress)
                    if copied < cut.duration_frames:
                        picture.warnings.append(f"{source} ends early, after {copied} of {cut.duration_frames} frames")
                else:
                    _encode_picture(output, picture, cut, sound, progress)
        except av.FFmpegError as error:
            if isinstance(error, OSError):
                raise  # a full disk and the like: said in one sentence by write_beside
            raise OutputError(f"{path} cannot be written: {error}; check the disk and try again") from error
    warnings = [*picture.warnings, *sound.warnings]
    if sound.clipped_samples:
        warnings.append(
            f"the cut's sound and the score together are too loud for the MP4: "
            f"{sound.clipped_samples / SAMPLE_RATE_HZ:.2f} s were clipped; the WAV files are not touched by this"
        )
    if source is None and any(shot.transition_in_frames for shot in cut.shots):
        warnings.append("dissolves are shown as straight cuts in the MP4")
    return tuple(warnings)


def plain_source(cut: Cut) -> Path | None:
    """Return the H.264 file that the cut shows unchanged from its first frame to its last, or None."""
    import av

    paths = {readable_path(shot.media) for shot in cut.shots}
    path = paths.pop() if len(paths) == 1 else None
    if path is None:
        return None
    record_frame = 0
    for shot in cut.shots:
        media = shot.media
        starts_s = frames_to_seconds(shot.span.start_frame, cut.rate)
        is_plain = media is not None and media.speed == 1 and abs(media.source_start_s - starts_s) <= _PLAIN_SLACK_S
        if not is_plain or shot.span.start_frame != record_frame:
            return None
        record_frame = shot.span.end_frame
    if record_frame != cut.duration_frames:
        return None
    try:
        with av.open(str(path)) as container:
            return path if _can_be_copied(container, cut.rate, cut.duration_frames) else None
    except (av.FFmpegError, OSError, IndexError):
        return None


def _can_be_copied(container: InputContainer, rate: FrameRate, duration_frames: int) -> bool:
    stream = container.streams.video[0]
    if stream.codec_context.name != "h264" or stream.codec_context.pix_fmt not in ("yuv420p", "yuvj420p"):
        return False
    if "mp4" not in container.format.name and "matroska" not in container.format.name:
        return False
    if stream.start_time not in (None, 0) or stream.average_rate is None:
        return False
    if FrameRate.snap(stream.average_rate).fps != rate.fps:
        return False
    frames = stream.frames or sum(packet.size > 0 for packet in container.demux(stream))
    return frames == duration_frames


class _SoundTrack:
    """The AAC track of the output, encoded just as far as the picture has come."""

    def __init__(self, output: OutputContainer, sound: CutSound) -> None:
        self._output = output
        self._stream: AudioStream = output.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="stereo")
        self._stream.bit_rate = _AAC_BIT_RATE
        self._blocks: Iterator[np.ndarray] = sound.blocks()
        self._sample = 0

    def write_until(self, record_sample: int) -> None:
        """Encode all sound before a record sample (whole blocks, so possibly some more)."""
        import av

        while self._sample < record_sample:
            block = next(self._blocks, None)
            if block is None:
                return
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
            frame.sample_rate = SAMPLE_RATE_HZ
            frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
            frame.pts = self._sample
            self._output.mux(self._stream.encode(frame))
            self._sample += len(block)

    def finish(self, total_samples: int) -> None:
        """Encode the rest and flush the encoder."""
        self.write_until(total_samples)
        self._output.mux(self._stream.encode(None))


def _encode_picture(
    output: OutputContainer, picture: CutPicture, cut: Cut, sound: CutSound, progress: Progress
) -> None:
    from av.codec.context import ThreadType

    stream: VideoStream = output.add_stream("libx264", rate=cut.rate.fps, options=dict(_X264_OPTIONS))
    stream.width, stream.height = picture.size
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = cut.rate.frame_s
    stream.codec_context.thread_type = ThreadType.AUTO
    track = _SoundTrack(output, sound)
    every = cut.rate.timecode_base
    for index, frame in enumerate(picture.frames()):
        if index % every == 0:
            progress.update(index / cut.duration_frames, "writing the MP4")
            track.write_until(frames_to_samples(index + every, cut.rate))
        frame.pts = index
        frame.time_base = cut.rate.frame_s
        frame.pict_type = 0  # the source's own key frames must not become ours
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))
    track.finish(frames_to_samples(cut.duration_frames, cut.rate))


def _copy_picture(output: OutputContainer, source: Path, cut: Cut, sound: CutSound, progress: Progress) -> int:
    """Copy the source's picture and return how many frames it had."""
    import av

    copied = 0
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        copy = output.add_stream_from_template(stream)
        track = _SoundTrack(output, sound)
        every = cut.rate.timecode_base
        for packet in container.demux(stream):
            if packet.dts is None:  # the empty packet that ends the file
                continue
            if copied % every == 0:
                progress.update(copied / cut.duration_frames, "writing the MP4 (the picture is copied)")
                track.write_until(frames_to_samples(copied + every, cut.rate))
            packet.stream = copy
            output.mux(packet)
            copied += 1
    track.finish(frames_to_samples(cut.duration_frames, cut.rate))
    return copied
