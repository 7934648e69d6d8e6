"""The detector hears clicks and attacks where they are, and does not hear what is not there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hitpoint.measure.onsets import detect_onsets, mel_filters, onset_strength

RATE = 48_000
TOLERANCE_MS = 0.5


def attack(kind: str, rng: np.random.Generator) -> NDArray[np.float64]:
    clock = np.arange(RATE // 2) / RATE
    return {
        "click": (clock == 0) * 1.0,
        "burst": (clock < 0.001) * np.sin(2 * np.pi * 2000 * clock),
        "ping": np.sin(2 * np.pi * 1500 * clock) * np.exp(-clock / 0.02),
        "snare": rng.standard_normal(len(clock)) * np.exp(-clock / 0.05),
        "step": np.sin(2 * np.pi * 700 * clock) + 0.3 * np.sin(2 * np.pi * 2900 * clock),
    }[kind]


@pytest.mark.parametrize("kind", ["click", "burst", "ping", "snare", "step"])
@pytest.mark.parametrize("level", [0.5, 0.005])
def test_an_attack_is_heard_where_it_is(kind: str, level: float, rng: np.random.Generator) -> None:
    audio = 1e-5 * rng.standard_normal((RATE, 2))
    at = 20_011
    audio[at : at + RATE // 2] += level * attack(kind, rng)[: RATE - at, None]
    onsets = detect_onsets(audio.astype(np.float32), RATE)
    strongest = onsets.samples[np.argmax(onsets.strengths)]
    assert abs(strongest - at) * 1000 / RATE <= TOLERANCE_MS


@settings(max_examples=25, deadline=None)
@given(shift=st.integers(0, 4000), gain=st.floats(0.01, 1.0))
def test_shift_and_gain_move_the_answer_by_as_much_and_not_at_all(shift: int, gain: float) -> None:
    rng = np.random.default_rng(3)
    audio = np.zeros((RATE, 2))
    audio[20_000:40_000] = 0.5 * attack("snare", rng)[:20_000, None]
    moved = gain * np.roll(audio, shift, axis=0)
    before = detect_onsets(audio.astype(np.float32), RATE).samples[0]
    after = detect_onsets(moved.astype(np.float32), RATE).samples[0]
    assert abs(after - before - shift) <= 0.00025 * RATE  # one hop of the timing grid


def test_two_attacks_are_two_onsets_in_order(rng: np.random.Generator) -> None:
    audio = np.zeros(RATE)
    for at, level in ((10_000, 0.1), (16_000, 0.5), (30_000, 0.3)):
        audio[at : at + 6000] += level * attack("snare", rng)[:6000]
    onsets = detect_onsets(audio.astype(np.float32), RATE)
    np.testing.assert_allclose(onsets.samples, [10_000, 16_000, 30_000], atol=TOLERANCE_MS * RATE / 1000)


def test_opposite_channels_do_not_cancel(rng: np.random.Generator) -> None:
    audio = np.zeros((RATE, 2), dtype=np.float32)
    audio[20_000:44_000] = 0.3 * attack("ping", rng)[:, None] * np.array([1, -1])
    assert len(detect_onsets(audio, RATE).samples) == 1


@pytest.mark.parametrize("kind", ["silence", "sine", "beating", "slow swell"])
def test_nothing_is_heard_where_nothing_starts(kind: str) -> None:
    clock = np.arange(3 * RATE) / RATE
    tone = np.sin(2 * np.pi * 220 * clock)
    wave = {
        "silence": 0 * tone,
        "sine": tone,
        "beating": tone + np.sin(2 * np.pi * 223 * clock) + 0.5 * np.sin(2 * np.pi * 441 * clock),
        "slow swell": tone * (0.5 - 0.5 * np.cos(2 * np.pi * clock / 3)),
    }[kind]
    onsets = detect_onsets((0.2 * wave).astype(np.float32), RATE)
    inner = onsets.samples[(onsets.samples > 0.1 * RATE) & (onsets.samples < 2.9 * RATE)]  # the cut edges are onsets
    assert not len(inner)


def test_mel_filters_are_librosas() -> None:
    librosa_filters = pytest.importorskip("librosa.filters")
    theirs = librosa_filters.mel(sr=RATE, n_fft=2048, n_mels=40, fmin=60, fmax=16_000, htk=True, norm=None)
    np.testing.assert_allclose(mel_filters(RATE, 2048, 40), theirs, atol=1e-4)


@pytest.mark.parametrize("length", [0, 1, 47, 48, 600])
def test_very_short_audio(length: int) -> None:
    audio = np.ones(length, dtype=np.float32)
    assert len(onset_strength(audio, RATE)) == length // 48 + 1
    assert len(detect_onsets(audio, RATE).samples) <= 1


@pytest.mark.parametrize(
    ("audio", "rate", "message"),
    [
        (np.zeros((10, 3)), RATE, r"neither \(n,\) nor \(n, 2\)"),
        (np.full(10, np.nan), RATE, "not finite"),
        (np.zeros(10), 16_000, "too low"),
    ],
)
def test_what_is_not_audio_is_refused(audio: NDArray[np.float64], rate: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        detect_onsets(audio.astype(np.float32), rate)
