from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hitpoint.generation import Generated, SoundRequest, load_generator
from hitpoint.model.errors import MissingWeightsError, SettingError


def test_a_sketch_must_be_as_long_as_its_window() -> None:
    with pytest.raises(ValueError, match=r"the sketch is of shape \(10, 2\), not \(20, 2\)"):
        SoundRequest(prompt="", length_samples=20, seed=1, sketch=np.zeros((10, 2), np.float32))


def test_what_went_before_is_shorter_than_the_window() -> None:
    with pytest.raises(ValueError, match="must be stereo and shorter than the window"):
        SoundRequest(prompt="", length_samples=20, seed=1, before=np.zeros((20, 2), np.float32))


@pytest.mark.parametrize("freedom", [-0.1, 1.1, float("nan")])
def test_freedom_has_limits(freedom: float) -> None:
    with pytest.raises(ValueError, match=r"must lie in 0\.\.1"):
        SoundRequest(prompt="", length_samples=20, seed=1, freedom=freedom)


def test_audio_that_is_not_finite_is_not_handed_on() -> None:
    with pytest.raises(ValueError, match="not finite"):
        Generated(audio=np.full((4, 2), np.nan, np.float32))


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"holds neither model_config\.json"):
        load_generator(str(tmp_path), device="cpu")


def test_weights_that_were_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITPOINT_MODELS", str(tmp_path))
    with pytest.raises(MissingWeightsError, match=r"hitpoint models fetch stable-audio-open-1\.0"):
        load_generator("stable-audio-open-1.0", device="cpu")
