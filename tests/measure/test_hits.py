"""The association can fail: late is late, missing is missing."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hitpoint.measure.hits import evaluate, hit_statistics, measure_hits
from hitpoint.model.audio import HitMeasurement, StemFile
from hitpoint.model.errors import MediaError
from hitpoint.model.time import FrameRate

RATE = 48_000
START = -1000
FILM = FrameRate(24, 1)


def mix_with(folder: Path, hits: dict[int, float], seconds: int = 10, bed: float = 0.01) -> StemFile:
    """Hits (record sample to level) over a held chord."""
    rng = np.random.default_rng(1)
    clock = np.arange(seconds * RATE) / RATE
    audio = bed * sum(np.sin(2 * np.pi * hertz * clock) for hertz in (196, 262, 330))[:, None] * np.ones(2)
    drum = rng.standard_normal(RATE // 4) * np.exp(-np.arange(RATE // 4) / 2400)
    for sample, level in hits.items():
        audio[sample - START :][: len(drum)] += level * drum[: len(audio) - (sample - START), None]
    path = folder / "mix.f32"
    audio.astype("<f4").tofile(path)
    return StemFile(stem="mix", path=path, start_sample=START, length_samples=len(audio))


@pytest.mark.parametrize("late_ms", [-140.0, -30.0, -1.0, 0.0, 5.0, 60.0, 140.0])
def test_the_error_is_what_it_is(late_ms: float, tmp_path: Path) -> None:
    wanted = 3 * RATE
    mix = mix_with(tmp_path, {wanted + round(late_ms * 48): 0.3})
    (measured,) = measure_hits(mix, [("a", wanted)])
    assert measured.error_ms == pytest.approx(late_ms, abs=0.5)
    assert measured.heard_sample == pytest.approx(wanted + late_ms * 48, abs=24)


def test_nothing_there_is_not_heard(tmp_path: Path) -> None:
    mix = mix_with(tmp_path, {2 * RATE: 0.3})
    (measured,) = measure_hits(mix, [("a", 5 * RATE)])
    assert measured == HitMeasurement(hit_id="a", wanted_sample=5 * RATE, heard_sample=None, error_ms=None)


def test_a_faint_tick_on_the_frame_does_not_excuse_a_late_impact(tmp_path: Path) -> None:
    wanted = 3 * RATE
    mix = mix_with(tmp_path, {wanted: 0.004, wanted + 80 * 48: 0.5})
    (measured,) = measure_hits(mix, [("a", wanted)])
    assert measured.error_ms == pytest.approx(80, abs=0.5)


def test_of_equal_onsets_the_nearest_is_the_hit(tmp_path: Path) -> None:
    wanted = 3 * RATE
    mix = mix_with(tmp_path, {wanted - 100 * 48: 0.3, wanted + 2 * 48: 0.3, wanted + 100 * 48: 0.3})
    (measured,) = measure_hits(mix, [("a", wanted)])
    assert measured.error_ms == pytest.approx(2, abs=0.5)


def test_hits_at_the_edges_and_outside(tmp_path: Path) -> None:
    mix = mix_with(tmp_path, {0: 0.3, 9 * RATE + 46_000: 0.3})
    measured = measure_hits(
        mix, [("first", 0), ("last", 9 * RATE + 46_000), ("beyond", 99 * RATE), ("before", -9 * RATE)]
    )
    assert [m.hit_id for m in measured if m.heard_sample is not None] == ["first", "last"]
    assert all(abs(m.error_ms) < 0.6 for m in measured if m.error_ms is not None)


def test_statistics_of_known_errors() -> None:
    def hit(error_ms: float | None) -> HitMeasurement:
        heard = None if error_ms is None else round(error_ms * 48)
        return HitMeasurement(hit_id=str(error_ms), wanted_sample=0, heard_sample=heard, error_ms=error_ms)

    figures = hit_statistics([hit(e) for e in (0.0, 1.0, -2.0, 25.0, None)], FILM)
    assert figures == {
        "hits": 5, "heard": 4, "median_ms": 1.5, "p95_ms": pytest.approx(21.55), "worst_ms": 25.0,
        "worst_early_ms": 2.0, "bias_ms": 0.5, "within_half_frame": 0.6, "within_one_frame": 0.8,
        "within_production_practice": 0.6,
    }  # fmt: skip


def test_statistics_of_nothing() -> None:
    figures = hit_statistics([], FILM)
    assert figures["hits"] == 0
    assert figures["median_ms"] is None
    assert figures["within_half_frame"] is None


def test_evaluate_joins_both(tmp_path: Path) -> None:
    wanted = [RATE * k for k in range(1, 9)]
    measured, figures = evaluate(mix_with(tmp_path, dict.fromkeys(wanted, 0.3)), [(str(w), w) for w in wanted], FILM)
    assert len(measured) == figures["heard"] == 8
    assert figures["within_half_frame"] == 1.0


def test_a_mix_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    mix = mix_with(tmp_path, {0: 0.3})
    mix.path.write_bytes(mix.path.read_bytes()[:-8])
    with pytest.raises(MediaError, match="mix it again"):
        measure_hits(mix, [("a", 0)])


def test_hit_ids_are_unique(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"unique, these are not: \['a'\]"):
        measure_hits(mix_with(tmp_path, {0: 0.3}), [("a", 0), ("a", 1)])


def test_random_moments_are_not_flattered(tmp_path: Path) -> None:
    """In music with an onset every 300 ms a random moment is heard about as far off as chance has it."""
    onsets = {int(sample): 0.3 for sample in np.arange(RATE, 9 * RATE, 0.3 * RATE)}
    rng = np.random.default_rng(4)
    wanted: NDArray[np.int64] = rng.integers(2 * RATE, 8 * RATE, 60)
    figures = hit_statistics(
        measure_hits(mix_with(tmp_path, onsets), [(str(i), int(w)) for i, w in enumerate(wanted)]), FILM
    )
    assert figures["within_half_frame"] is not None
    assert figures["within_half_frame"] < 0.35
