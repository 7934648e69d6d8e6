"""Films whose frames say in black and white which they are."""

from pathlib import Path

import av
import numpy as np
import pytest

FPS, FRAMES, BITS, BLOCK = 24, 240, 9, 16


def write_film(path: Path, *, offset: int) -> None:
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = BITS * BLOCK, 32, "yuv420p"
        stream.bit_rate = 2_000_000
        for number in range(FRAMES):
            bits = [(number + offset) >> bit & 1 for bit in range(BITS)]
            row = np.repeat(np.array(bits, np.uint8) * 255, BLOCK)
            picture = np.repeat(np.tile(row, (32, 1))[:, :, None], 3, axis=2)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(stream.encode(None))


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two films of 240 frames; the first counts from 0, the second from 256."""
    folder = tmp_path_factory.mktemp("films")
    made = (folder / "a.mp4", folder / "b.mp4")
    for number, path in enumerate(made):
        write_film(path, offset=256 * number)
    return made


@pytest.fixture
def number_of():
    """What a picture says: which frame it is."""

    def read(frame) -> int:
        image = frame.toImage()
        return sum((image.pixelColor(BLOCK * bit + BLOCK // 2, 16).value() > 127) << bit for bit in range(BITS))

    return read
