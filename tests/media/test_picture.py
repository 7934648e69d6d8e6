"""What a film's picture says, hop by hop, and that it is decoded once."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hitpoint.media import FeatureStore, look_at, picture, scan_film
from hitpoint.model.features import PictureFeatures

SIZE = (192, 108)


def film(path: Path, draw: Callable[[int], np.ndarray], frames: int = 96, rate: int = 24) -> Path:
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=rate, options={"crf": "12", "g": "24"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(draw(number).astype(np.uint8), format="rgb24")
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
    return path


def texture(seed: int = 0, width: int = 600) -> np.ndarray:
    import cv2

    rng = np.random.default_rng(seed)
    return cv2.GaussianBlur(rng.integers(0, 255, (300, width, 3)).astype(np.uint8), (0, 0), 4) * 2 % 255


def seen(path: Path, tmp_path: Path) -> PictureFeatures:
    return look_at(path, [(Fraction(0), Fraction(4))], store=FeatureStore(tmp_path / "store"))


def flat(red: int, green: int, blue: int) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), (red, green, blue))


def test_a_still_picture_stands_still(tmp_path: Path) -> None:
    base = texture()[:108, :192]
    features = seen(film(tmp_path / "a.mp4", lambda n: base), tmp_path)
    assert features.known[:8].all()
    assert features.motion[1:7].max() < 0.01
    assert features.change[1:7].max() < 0.004


def test_a_pan_is_measured_in_widths_per_second(tmp_path: Path) -> None:
    base = texture()
    features = seen(film(tmp_path / "a.mp4", lambda n: base[:108, 2 * n : 2 * n + 192]), tmp_path)
    assert np.median(features.pan[1:7]) == pytest.approx(-2 * 24 / 192, rel=0.2)  # the picture goes to the left
    assert abs(np.median(features.tilt[1:7])) < 0.05
    assert np.median(features.motion[1:7]) == pytest.approx(0.25, rel=0.25)


def test_moving_in_grows_the_picture(tmp_path: Path) -> None:
    import cv2

    base = texture()[:108, :192]

    def draw(number: int) -> np.ndarray:
        return cv2.warpAffine(base, cv2.getRotationMatrix2D((96, 54), 0, 1.01**number), SIZE)

    features = seen(film(tmp_path / "a.mp4", draw, frames=60), tmp_path)
    assert np.nanmedian(features.zoom[1:4]) == pytest.approx(24 * np.log(1.01), rel=0.4)


def test_light_and_colour(tmp_path: Path) -> None:
    red = seen(film(tmp_path / "a.mp4", lambda n: flat(200, 30, 20)), tmp_path)
    grey = seen(film(tmp_path / "b.mp4", lambda n: flat(120, 120, 120)), tmp_path)
    assert red.warmth[2] > 0.5 > 0.05 > abs(grey.warmth[2])
    assert red.saturation[2] > 0.7 > 0.1 > grey.saturation[2]
    assert red.hues[2].argmax() == 0
    assert grey.hues[2].sum() < 0.2
    assert grey.brightness[2] == pytest.approx(0.47, abs=0.05)


def test_black_and_flashes(tmp_path: Path) -> None:
    base = texture()[:108, :192] // 3

    def draw(number: int) -> np.ndarray:
        if number < 24:
            return flat(0, 0, 0)
        return np.minimum(255, base + 170) if number in (60, 61) else base

    features = seen(film(tmp_path / "a.mp4", draw), tmp_path)
    assert features.black[:2].min() == 1.0
    assert np.nanmax(features.black[3:]) == 0.0
    assert int(np.nanargmax(features.flash)) == 5
    assert features.flash[5] > 0.3


def test_a_fade_is_no_motion(tmp_path: Path) -> None:
    base = texture()[:108, :192]
    features = seen(film(tmp_path / "a.mp4", lambda n: base * min(1.0, (n + 1) / 80)), tmp_path)
    assert features.motion[:7].max() < 0.06


def test_a_cut_is_no_motion(tmp_path: Path) -> None:
    one, other = texture(1)[:108, :192], texture(2)[:108, :192]
    features = seen(film(tmp_path / "a.mp4", lambda n: one if n < 42 else other), tmp_path)
    assert features.cuts_s.tolist() == [42 / 24]
    assert features.motion[1:7].max() < 0.02


def test_each_stretch_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = texture()
    path = film(tmp_path / "a.mp4", lambda n: base[:108, n : n + 192], frames=240)
    store = FeatureStore(tmp_path / "store")
    looked: list[list[tuple[int, int]]] = []
    look = picture._look

    def counted(path: Path, runs: list[tuple[int, int]], progress: object) -> PictureFeatures:
        looked.append(list(runs))
        return look(path, runs, progress)

    monkeypatch.setattr(picture, "_look", counted)
    first = look_at(path, [(Fraction(1), Fraction(2))], store=store)
    look_at(path, [(Fraction(1), Fraction(2))], store=store)
    assert len(looked) == 1
    both = look_at(path, [(Fraction(1), Fraction(2)), (Fraction(7), Fraction(8))], store=store)
    assert looked[1] == [(13, 17)]
    assert both.pan[2] == first.pan[2]
    assert both.known[14]
    assert not both.known[9]


def test_a_scanned_film_needs_no_second_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = texture()
    path = film(tmp_path / "a.mp4", lambda n: base[:108, n : n + 192])
    store = FeatureStore(tmp_path / "store")
    scan = scan_film(path, store=store)
    monkeypatch.setattr(picture, "_look", lambda *_: pytest.fail("looked again"))
    monkeypatch.setattr(picture, "scan_picture", lambda *_: pytest.fail("scanned again"))
    assert scan_film(path, store=store) == scan
    assert look_at(path, [(Fraction(0), Fraction(3))], store=store).known.all()


def test_parts_say_what_the_whole_says(tmp_path: Path) -> None:
    base = texture()
    path = film(tmp_path / "a.mp4", lambda n: base[n : n + 108, 3 * n % 300 : 3 * n % 300 + 192], frames=150)
    part = look_at(path, [(Fraction(3), Fraction(4))], store=FeatureStore(tmp_path / "one"))
    scan_film(path, store=FeatureStore(tmp_path / "two"))
    whole = look_at(path, [(Fraction(3), Fraction(4))], store=FeatureStore(tmp_path / "two"))
    assert part.brightness[6:8] == pytest.approx(whole.brightness[6:8], abs=0.01)
    assert part.pan[6:8] == pytest.approx(whole.pan[6:8], abs=0.05)
