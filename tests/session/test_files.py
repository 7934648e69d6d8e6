"""Tapes and WAV files: exact copies, and nothing else."""

import io
import pickle
from pathlib import Path

import numpy as np
import pytest

from hitpoint.model.errors import InputError
from hitpoint.session.store import Store
from hitpoint.session.tape import Extent, Tape, joined
from hitpoint.session.wave_file import read_samples, unwrap_to_raw, wrap_raw, write_next


def raw(path: Path, count: int, seed: int) -> np.ndarray:
    samples = np.random.default_rng(seed).standard_normal((count, 2)).astype("<f4")
    samples.tofile(path)
    return samples


def test_a_tape_reads_what_lies_on_it(tmp_path: Path) -> None:
    first, second = raw(tmp_path / "a.f32", 1000, 1), raw(tmp_path / "b.f32", 300, 2)
    tape = Tape((Extent(100, 1000, "a.f32", 0),)).with_extents([Extent(400, 300, "b.f32", 0)])
    found = tape.read(tmp_path, 0, 1200)
    assert not found[:100].any()
    assert (found[100:400] == first[:300]).all()
    assert (found[400:700] == second).all()
    assert (found[700:1100] == first[600:]).all()
    assert not found[1100:].any()
    assert not tape.without(450, 460).read(tmp_path, 450, 10).any()


def test_a_tape_moves(tmp_path: Path) -> None:
    first = raw(tmp_path / "a.f32", 1000, 1)
    moved = joined(Tape((Extent(0, 1000, "a.f32", 0),)).between(200, 500, shift=50))
    assert (moved.read(tmp_path, 250, 300) == first[200:500]).all()
    assert joined([Extent(0, 5, "a", 0), Extent(5, 5, "a", 5)]).extents == (Extent(0, 10, "a", 0),)


def test_other_programs_read_our_wav(tmp_path: Path) -> None:
    samples = np.clip(raw(tmp_path / "a.f32", 5000, 1) / 8, -1, 1).astype("<f4")
    samples.tofile(tmp_path / "a.f32")
    wrap_raw(tmp_path / "a.f32", tmp_path / "a.wav", 5000)
    from pedalboard.io import AudioFile

    with AudioFile(str(tmp_path / "a.wav")) as file:
        assert file.samplerate == 48_000
        assert (samples == file.read(5000).T).all()
    unwrap_to_raw(tmp_path / "a.wav", tmp_path / "b.f32")
    assert (tmp_path / "b.f32").read_bytes() == (tmp_path / "a.f32").read_bytes()


def test_the_next_wav_is_the_one_before_with_a_patch(tmp_path: Path) -> None:
    samples = raw(tmp_path / "a.f32", 5000, 1)
    wrap_raw(tmp_path / "a.f32", tmp_path / "v1.wav", 5000)
    patch = np.ones((10, 2), np.float32)
    before = tmp_path / "v1.wav"
    write_next(tmp_path / "v2.wav", 5000, before=before, copies=[(0, 5000, 0)], patches=[(70, patch)])
    found = read_samples(tmp_path / "v2.wav", 0, 5000)
    assert (found[70:80] == patch).all()
    assert (np.delete(found, np.s_[70:80], 0) == np.delete(samples, np.s_[70:80], 0)).all()
    write_next(tmp_path / "v3.wav", 6000, before=before, copies=[(1000, 4000, 500)], patches=[])
    moved = read_samples(tmp_path / "v3.wav", 0, 6000)
    assert (moved[1000:5000] == samples[500:4500]).all()
    assert not moved[:1000].any()
    assert (read_samples(before, 0, 5000) == samples).all()


def test_an_interrupted_version_is_forgotten(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.begin() == "v1"
    again = Store(tmp_path)
    assert again.versions() == []
    assert again.begin() == "v2"  # names are never used twice


class _Stranger:
    def __reduce__(self) -> tuple[object, ...]:
        return print, ("I was run",)


def test_a_file_that_names_other_classes_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path)
    version_id = store.begin()
    stream = io.BytesIO()
    pickle.dump((1, _Stranger()), stream)
    (tmp_path / version_id / "take.bin").write_bytes(stream.getvalue())
    with pytest.raises(InputError, match=r"names builtins\.print"):
        store.take(version_id)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("version_id", ["v9", "../v1", "v1/../../x", ""])
def test_versions_that_are_not_there(tmp_path: Path, version_id: str) -> None:
    with pytest.raises(InputError, match="version"):
        Store(tmp_path).answer(version_id)
