"""The waveform pyramid: never less than the loudest hop under a column, never from outside of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitpoint_panel.views.peaks import PeakPyramid


@given(st.integers(0, 3000), st.floats(-200, 3200), st.floats(0.01, 400), st.integers(1, 60), st.integers(0, 999))
def test_columns_hold_the_loudest_hop_under_them(count, first, per_column, columns, seed) -> None:
    peaks = np.random.default_rng(seed).random(count).astype(np.float32)
    found = PeakPyramid(peaks).columns(first, per_column, columns)
    assert found.shape == (columns,)
    reach = max(2 ** int(np.log2(max(per_column, 1))), 1)
    for i, value in enumerate(found):
        low, high = int(np.floor(first + i * per_column)), int(np.ceil(first + (i + 1) * per_column))
        under = peaks[max(low, 0) : max(high, 0)]
        around = peaks[max(low - reach, 0) : max(high + reach, 0)]
        assert value >= under.max(initial=0.0)
        assert value <= around.max(initial=0.0)


def test_silence_and_gaps() -> None:
    assert PeakPyramid(np.zeros(0, np.float32)).columns(0, 2.0, 5).tolist() == [0.0] * 5
    assert PeakPyramid(np.array([np.nan, 1.0], np.float32)).columns(0, 1.0, 2).tolist() == [0.0, 1.0]


def test_the_cost_is_that_of_the_columns() -> None:
    """Two hours take as many steps as two seconds: levels are chosen, not hops walked through."""
    long = PeakPyramid(np.ones(720_000, np.float32))
    touched = []
    for level in range(len(long._levels)):
        long._levels[level] = _Counting(long._levels[level], touched)
    long.columns(0, 720_000 / 1500, 1500)
    assert sum(touched) <= 1500 * 4


class _Counting(np.ndarray):
    def __new__(cls, values, touched):
        made = np.asarray(values).view(cls)
        made.touched = touched
        return made

    def __array_finalize__(self, other):
        self.touched = getattr(other, "touched", None)

    def __getitem__(self, index):
        if self.touched is not None:
            self.touched.append(np.size(index))
        return np.asarray(self)[index]


@pytest.mark.parametrize("hops", [1, 2, 3, 7])
def test_odd_lengths(hops) -> None:
    assert PeakPyramid(np.ones(hops, np.float32)).columns(0, hops, 1).tolist() == [1.0]
