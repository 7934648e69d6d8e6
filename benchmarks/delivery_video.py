"""How fast the scored MP4 is written, and in how much memory: a copied picture and one that is encoded again.

    python benchmarks/delivery_video.py [SECONDS]

Makes a 1080p H.264 film of moving noise, then writes it with a score (a) whole, so that its picture is copied,
(b) with its first frame trimmed, so that every frame is decoded and encoded again.
"""

import resource
import sys
import tempfile
import time
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from hitpoint.delivery.video import plain_source, write_video
from hitpoint.model.audio import AudioFile
from hitpoint.model.cut import AudioClip, Cut, MediaRange, Shot
from hitpoint.model.time import FrameRate, FrameSpan

RATE = FrameRate(24, 1)


def make_film(path: Path, frames: int) -> None:
    grain = (
        np.random.default_rng(1).integers(60, 200, (1080 // 8, 4096 // 8, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    )
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=24, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for number in range(frames):
            at = number * 4 % (4096 - 1920)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(grain[:, at : at + 1920]), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 24)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory() as folder:
        film, score = Path(folder) / "film.mp4", Path(folder) / "score.wav"
        make_film(film, seconds * 24)
        with wave.open(str(score), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(48_000)
            noise = np.random.default_rng(2).integers(-3000, 3000, 96_000, dtype=np.int16)
            for _ in range(seconds):
                file.writeframes(noise.tobytes())
        mix = AudioFile(path=score, start_sample=0, length_samples=seconds * 48_000)
        for name, first in (("copied", 0), ("encoded again", 1)):
            frames = seconds * 24 - first
            media = MediaRange(
                path=film,
                is_missing=False,
                source_start_s=Fraction(first, 24),
                source_duration_s=Fraction(frames, 24),
            )
            span = FrameSpan(0, frames)
            own = AudioClip(
                span=span,
                name="score again",
                track_name="A1",
                media=MediaRange(
                    path=score, is_missing=False, source_start_s=Fraction(0), source_duration_s=Fraction(seconds)
                ),
            )
            cut = Cut(
                name="film",
                rate=RATE,
                start_timecode_frame=0,
                duration_frames=frames,
                shots=(Shot(index=0, span=span, name="film", media=media),),
                audio_clips=(own,),
            )
            if (plain_source(cut) is not None) != (first == 0):
                raise SystemExit("the benchmark does not measure what it says")
            start = time.perf_counter()
            write_video(Path(folder) / "out.mp4", cut=cut, mix=mix)
            took_s = time.perf_counter() - start
            peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            speed = f"{took_s:6.2f} s for {seconds} s of 1080p ({seconds / took_s:.1f}x)"
            print(f"{name:14s} {speed}, peak {peak_mib:.0f} MiB")


if __name__ == "__main__":
    main()
