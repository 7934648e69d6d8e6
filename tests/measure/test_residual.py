"""The stems against the mix, in raw work files and in 24-bit sound files."""

import math
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from hitpoint.measure.residual import stem_residual_dbfs
from hitpoint.model.audio import AudioFile, StemFile
from hitpoint.model.errors import MediaError

LENGTH = 300_001  # more than one block, and a rest


def raw(folder: Path, name: str, samples: NDArray[np.floating]) -> StemFile:
    samples.astype("<f4").tofile(folder / f"{name}.f32")
    return StemFile(stem=name, path=folder / f"{name}.f32", start_sample=5, length_samples=len(samples))


def wav(folder: Path, name: str, samples: NDArray[np.floating]) -> AudioFile:
    soundfile.write(folder / f"{name}.wav", samples, 48_000, subtype="PCM_24")
    return AudioFile(path=folder / f"{name}.wav", start_sample=5, length_samples=len(samples))


@pytest.fixture
def stems(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    return [0.1 * rng.standard_normal((LENGTH, 2)) for _ in range(3)]


def test_24_bit_stems_sum_to_the_mix_but_for_rounding(stems: list[NDArray[np.float64]], tmp_path: Path) -> None:
    files = [wav(tmp_path, f"s{index}", stem) for index, stem in enumerate(stems)]
    residual = stem_residual_dbfs(wav(tmp_path, "mix", sum(stems)), files)
    assert -145 < residual <= 20 * math.log10(4 / 2**23)  # four files, less than a bit each


def test_equal_to_the_bit_is_minus_infinity(stems: list[NDArray[np.float64]], tmp_path: Path) -> None:
    assert stem_residual_dbfs(raw(tmp_path, "mix", stems[0]), [raw(tmp_path, "s0", stems[0])]) == -math.inf


@pytest.mark.parametrize("kind", [raw, wav])
def test_one_wrong_sample_is_found(kind, stems: list[NDArray[np.float64]], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    mix = sum(stems)
    mix[-1, 1] += 0.01
    files = [kind(tmp_path, f"s{index}", stem) for index, stem in enumerate(stems)]
    assert stem_residual_dbfs(kind(tmp_path, "mix", mix), files) == pytest.approx(-40, abs=0.01)


def test_a_missing_stem_is_found(stems: list[NDArray[np.float64]], tmp_path: Path) -> None:
    files = [raw(tmp_path, f"s{index}", stem) for index, stem in enumerate(stems[:2])]
    assert stem_residual_dbfs(raw(tmp_path, "mix", sum(stems)), files) > -20


def test_files_that_are_short_absent_or_no_audio(stems: list[NDArray[np.float64]], tmp_path: Path) -> None:
    mix = wav(tmp_path, "mix", stems[0])
    short = wav(tmp_path, "short", stems[0][:-10])
    short = AudioFile(path=short.path, start_sample=5, length_samples=LENGTH)
    with pytest.raises(MediaError, match="ends 10 samples too soon"):
        stem_residual_dbfs(mix, [short])
    for name, content in (("absent.wav", None), ("text.wav", b"no sound")):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(MediaError, match=f"{name} cannot be read as audio"):
            stem_residual_dbfs(mix, [AudioFile(path=tmp_path / name, start_sample=5, length_samples=LENGTH)])


def test_ranges_must_be_equal(stems: list[NDArray[np.float64]], tmp_path: Path) -> None:
    mix = raw(tmp_path, "mix", stems[0])
    with pytest.raises(ValueError, match="does not cover the same record samples"):
        stem_residual_dbfs(mix, [raw(tmp_path, "s", stems[0][:-1])])
    with pytest.raises(ValueError, match="at least one stem"):
        stem_residual_dbfs(mix, [])
