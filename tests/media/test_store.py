"""What is kept about media files: by content, bounded, never believed when damaged."""

from __future__ import annotations

import os
from multiprocessing import Process
from pathlib import Path

import numpy as np
import pytest

from hitpoint.media.store import FeatureStore, fingerprint


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path)
    store.save("a", {"x": np.arange(5), "y": np.array("text")})
    kept = store.load("a")
    assert kept is not None
    assert kept["x"].tolist() == [0, 1, 2, 3, 4]
    assert str(kept["y"]) == "text"
    assert store.load("b") is None


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_a_damaged_entry_is_thrown_away(tmp_path: Path, damage: str) -> None:
    store = FeatureStore(tmp_path)
    store.save("a", {"x": np.arange(1000)})
    path = next(tmp_path.iterdir())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes({"cut": content[:50], "flip": content, "empty": b"", "text": b"hello"}[damage])
    assert store.load("a") is None
    assert not path.exists()


def test_the_folder_stays_small_and_keeps_what_was_used_last(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, max_bytes=30_000)
    rng = np.random.default_rng(0)
    for number in range(8):
        store.save(str(number), {"x": rng.integers(0, 255, 8_000).astype(np.uint8)})
        for age, path in enumerate(sorted(tmp_path.iterdir(), key=lambda p: p.stat().st_mtime)):
            os.utime(path, (1_000_000 + age, 1_000_000 + age))
        store.load("0")
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 30_000
    assert store.load("0") is not None
    assert store.load("7") is not None
    assert store.load("2") is None


def _write(folder: str, number: int) -> None:
    for turn in range(20):
        FeatureStore(Path(folder)).save(f"same {turn % 3}", {"x": np.full(20_000, number)})


def test_two_processes_at_once(tmp_path: Path) -> None:
    workers = [Process(target=_write, args=(str(tmp_path), number)) for number in (1, 2)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        kept = FeatureStore(tmp_path).load("same 1")
        assert kept is None or len(set(kept["x"].tolist())) == 1
    for turn in range(3):
        assert FeatureStore(tmp_path).load(f"same {turn}") is not None
    assert not [path for path in tmp_path.iterdir() if "partial" in path.name]


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = FeatureStore(tmp_path / "file" / "inside")
    store.save("a", {"x": np.arange(3)})
    assert store.load("a") is None


def test_a_file_that_changed_is_another_one(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(1_000_000))
    before = fingerprint(path)
    assert fingerprint(path) == before
    content = bytearray(path.read_bytes())
    content[500_001] = 1
    path.write_bytes(content)
    assert fingerprint(path) != before
