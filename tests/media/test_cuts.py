"""Cuts in films that others made, against a careful reference: every cut that one sees, frame by frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hitpoint.media import FeatureStore, scan_film
from hitpoint.media.shot_detection import ShotDetector
from hitpoint.model.time import FrameRate

#: First frames of shots, looked up on contact sheets.
CUTS = {
    "tears_of_steel_battle_70s.webm": {
        52, 122, 158, 221, 309, 715, 788, 872, 901, 987, 1127, 1157, 1203, 1234, 1246, 1284, 1345, 1378, 1430, 1472,
        1525, 1571, 1618, 1650, 1689,
    },
    "bbb_opening_60s.mp4": {285, 378, 553, 1145, 1346},
    "popeye_sinbad_T00-1_64s.mkv": {74, 331, 530, 738, 848, 1071, 1336},
    "popeye_sinbad_T01-2_63s.mkv": {567, 661, 994},
}  # fmt: skip


@pytest.mark.fixtures
@pytest.mark.slow
def test_cuts_of_real_films(fixtures: Path, tmp_path: Path) -> None:
    right = missed = false = 0
    for name, cuts in CUTS.items():
        found = set(scan_film(fixtures / "video" / name, store=FeatureStore(tmp_path)).cuts)
        right, missed, false = right + len(found & cuts), missed + len(cuts - found), false + len(found - cuts)
    assert 2 * right / (2 * right + missed + false) >= 0.95


def pictures(shots: list[int], *, seed: int = 0, drift: int = 0) -> list[np.ndarray]:
    """Textured shots of so many frames each, which may drift."""
    rng = np.random.default_rng(seed)
    frames = []
    for length in shots:
        base = rng.integers(20, 235, (9, 16, 3)).repeat(12, axis=0).repeat(12, axis=1).astype(np.uint8)
        frames += [np.roll(base, number * drift, axis=1) for number in range(length)]
    return frames


def found(frames: list[np.ndarray]) -> list[int]:
    detector = ShotDetector(FrameRate(24))
    for index, frame in enumerate(frames):
        detector.feed(index, frame)
    return detector.cuts()


@pytest.mark.parametrize("drift", [0, 2, 5])
def test_cuts_on_their_frames(drift: int) -> None:
    assert found(pictures([40, 30, 50], drift=drift)) == [40, 70]


def test_a_flash_is_no_cut() -> None:
    frames = pictures([60], drift=1)
    for index in (25, 26):
        frames[index] = np.minimum(255, frames[index].astype(int) + 170).astype(np.uint8)
    assert found(frames) == []


def test_something_that_passes_before_the_camera_is_no_cut() -> None:
    frames = pictures([80])
    for index in range(30, 36):
        frames[index] = np.full_like(frames[index], 12)
    assert found(frames) == []


def test_a_fade_is_no_cut() -> None:
    frames = [(frame * min(1.0, index / 30)).astype(np.uint8) for index, frame in enumerate(pictures([80], drift=1))]
    assert found(frames) == []


def test_a_whip_pan_is_no_cut() -> None:
    frames = pictures([30])
    frames += [np.roll(frames[-1], 9 * step, axis=1) for step in range(1, 12)]
    assert found([*frames, *[frames[-1]] * 20]) == []
