"""Media as it comes: turned, interlaced, in ten bits, damaged in the middle, without a picture."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hitpoint.media import FeatureStore, listen_to, look_at
from hitpoint.media.thumbnails import pictures_at
from hitpoint.model.errors import MediaError
from hitpoint.model.features import PictureFeatures
from hitpoint.model.progress import Progress

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="FFmpeg's command makes the odd files")

#: A test picture that moves, with a tone.
SOURCE = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=4", "-f", "lavfi", "-i", "sine=440:d=4"]


def made(path: Path, *options: str, source: list[str] = SOURCE) -> Path:
    subprocess.run(["ffmpeg", "-loglevel", "error", "-y", *source, *options, str(path)], check=True)
    return path


def seen(path: Path, tmp_path: Path) -> PictureFeatures:
    return look_at(path, [(Fraction(0), Fraction(4))], store=FeatureStore(tmp_path / "store"))


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return made(tmp_path / "plain.mp4", "-pix_fmt", "yuv420p")


def test_a_turned_picture_is_turned_back(plain: Path, tmp_path: Path) -> None:
    turned = tmp_path / "turned.mp4"
    command = ["ffmpeg", "-loglevel", "error", "-y", "-i", str(plain), "-metadata:s:v", "rotate=90", "-c", "copy"]
    subprocess.run([*command, str(turned)], check=True)
    picture = pictures_at(turned, [1.0], height=160)[0]
    lying = pictures_at(plain, [1.0], height=90)[0]
    assert picture is not None
    assert lying is not None
    if picture.shape == (160, 90, 3):  # newer versions of FFmpeg write the note another way
        assert np.abs(np.rot90(picture, -1).astype(int) - lying).mean() < 12
        assert np.isfinite(seen(turned, tmp_path).motion[1:6]).all()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("interlaced.mpg", ["-flags", "+ilme+ildct", "-c:v", "mpeg2video", "-q:v", "4"]),
        ("ten_bits.mp4", ["-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-x265-params", "log-level=none"]),
        ("webm.webm", ["-c:v", "libvpx", "-b:v", "1M", "-c:a", "libvorbis"]),
        ("intra.mov", ["-c:v", "mjpeg", "-q:v", "4"]),
    ],
)
def test_many_kinds_look_alike(plain: Path, tmp_path: Path, name: str, options: list[str]) -> None:
    one, other = seen(plain, tmp_path), seen(made(tmp_path / name, *options), tmp_path)
    assert other.known[1:7].all()
    assert other.brightness[1:7] == pytest.approx(one.brightness[1:7], abs=0.06)
    assert other.saturation[1:7] == pytest.approx(one.saturation[1:7], abs=0.12)


def test_damaged_in_the_middle(plain: Path, tmp_path: Path) -> None:
    content = bytearray(plain.read_bytes())
    rng = np.random.default_rng(0)
    middle = len(content) // 2
    content[middle : middle + 4000] = rng.integers(0, 255, 4000).astype(np.uint8).tobytes()
    (tmp_path / "damaged.mp4").write_bytes(content)
    features = seen(tmp_path / "damaged.mp4", tmp_path)
    assert features.known[0]
    heard = listen_to(tmp_path / "damaged.mp4", [(Fraction(0), Fraction(4))], store=FeatureStore(tmp_path / "store"))
    assert heard.known[0]


def test_sound_alone(tmp_path: Path) -> None:
    path = made(tmp_path / "sound.m4a", source=SOURCE[4:])
    with pytest.raises(MediaError, match="only sound"):
        seen(path, tmp_path)
    heard = listen_to(path, [(Fraction(0), Fraction(4))], store=FeatureStore(tmp_path / "store"))
    assert heard.known[:8].all()
    assert pictures_at(path, [1.0], height=90) == [None]


def test_picture_alone_is_silent_and_unknown(tmp_path: Path) -> None:
    path = made(tmp_path / "mute.mp4", "-an", "-pix_fmt", "yuv420p")
    heard = listen_to(path, [(Fraction(0), Fraction(4))], store=FeatureStore(tmp_path / "store"))
    assert not heard.known.any()


def test_a_late_part_of_a_long_film_is_sought_not_decoded(tmp_path: Path) -> None:
    """Ten hours at one frame a second: a minute near the end is looked at within a moment."""
    source = ["-f", "lavfi", "-i", "color=c=gray:s=64x36:r=1:d=36000"]
    path = made(tmp_path / "long.mp4", "-c:v", "libx264", "-preset", "ultrafast", "-g", "30", source=source)
    counted: list[float] = []
    progress = Progress(lambda fraction, sentence: counted.append(fraction))
    features = look_at(
        path, [(Fraction(35_000), Fraction(35_060))], store=FeatureStore(tmp_path / "store"), progress=progress
    )
    assert features.known[70_010:70_100].all()
    assert not features.known[:69_000].any()
    assert len(counted) < 20
