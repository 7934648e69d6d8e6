"""What the doctor says about the neural engine; torch is not imported in this process."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

from hitpoint.cli import main as hitpoint
from hitpoint.doctor import neural
from hitpoint.weights import find_card
from hitpoint.weights.find import model_folder, unfinished_folder
from hitpoint.weights.manifest import MANIFEST_NAME

TOGETHER = {
    "torch": "2.11.0",
    "torchaudio": "2.11.0",
    "torchvision": "0.26.0",
    "transformers": "5.24.0",
    "open-clip-torch": "3.3.0",
    "sentence-transformers": "6.2.0",
    "stable-audio-tools": "0.0.19",
}


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITPOINT_MODELS", str(tmp_path))


def installed(monkeypatch: pytest.MonkeyPatch, versions: dict[str, str]) -> None:
    def version(name: str) -> str:
        if name not in versions:
            raise importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(importlib.metadata, "version", version)


def by_subject(**options: bool) -> dict[str, neural.Finding]:
    return {finding.subject: finding for finding in neural.examine_neural(**options)}


def test_without_the_extra_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, {})
    (found,) = neural.examine_neural()
    assert (found.state, found.found) == ("ok", "not installed (optional)")
    assert found.mend == "python3 installer/run.py install --neural"


def test_versions_that_belong_together(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, TOGETHER)
    found = by_subject()
    assert found["neural extra"].state == "ok"
    assert "torch 2.11.0, torchaudio 2.11.0, torchvision 0.26.0" in found["neural extra"].found
    assert found["models: sound"].found.startswith("none here (optional)")
    assert "hitpoint doctor --neural" in found["neural device"].mend


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"torch": "2.11.0+cpu"}, "torch is a build for CPUs alone .2.11.0.cpu., torchaudio and torchvision come from"),
        ({"torch": "2.11.0+cu128"}, "these are of different builds: torch 2.11.0.cu128, torchaudio 2.11.0"),
        ({"torchaudio": "2.10.0"}, "torchaudio 2.10.0 was made for another torch than 2.11.0"),
        ({"torchvision": "0.25.0"}, "torchvision 0.25.0 was made for another torch"),
    ],
)
def test_versions_that_do_not(monkeypatch: pytest.MonkeyPatch, change: dict[str, str], match: str) -> None:
    import re

    installed(monkeypatch, TOGETHER | change)
    found = by_subject()["neural extra"]
    assert found.state == "warn"
    assert re.search(match, found.cost)


def test_a_pure_cpu_set_is_fine() -> None:
    versions = {"torch": "2.11.0+cpu", "torchaudio": "2.11.0+cpu", "torchvision": "0.26.0+cpu"}
    assert neural.mismatch(versions) == ""


def test_a_library_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, {name: version for name, version in TOGETHER.items() if name != "transformers"})
    found = by_subject()["neural extra"]
    assert found.state == "warn"
    assert "without transformers" in found.cost


def test_models_by_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, TOGETHER)
    clip = model_folder(find_card("clip-vit-b-32"))
    clip.mkdir()
    (clip / MANIFEST_NAME).write_text("{}")
    unfinished_folder(find_card("musicgen-small")).mkdir()
    found = by_subject()
    assert found["models: eyes"].found.startswith("clip-vit-b-32 in ")
    assert (found["models: sound"].state, found["models: sound"].mend) == (
        "warn",
        "hitpoint models fetch musicgen-small",
    )
    assert found["models: language"].state == "ok"


@pytest.mark.parametrize(
    ("told", "state", "match"),
    [
        ({"device": ["cuda", "NVIDIA X", 80e9, 60e9, "float16"]}, "ok", "NVIDIA X (cuda), 60.0 of 80.0 GB free"),
        ({"device": ["cpu", "x86_64 CPU", 16e9, 8e9, "float32"]}, "ok", "computes in float32"),
        ({"broken": {"torchvision": "OSError: libcudart"}}, "warn", "torchvision cannot be imported (OSError"),
        ({"refused": "torch finds no cuda device on this machine"}, "warn", "finds no cuda device"),
    ],
)
def test_what_an_attempt_means(told: dict[str, object], state: str, match: str) -> None:
    found = neural.judge_probe(told)
    assert found.state == state
    assert match in found.found


def test_a_torch_that_hangs_or_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, TOGETHER)
    monkeypatch.setattr(neural, "_TRY_S", 0.2)
    monkeypatch.setattr(neural, "_PROBE", "import time; time.sleep(30)")
    assert "did not import" in by_subject(tries=True)["neural device"].found
    monkeypatch.setattr(neural, "_TRY_S", 30.0)
    monkeypatch.setattr(neural, "_PROBE", "import os; os._exit(7)")
    assert "ends the process" in by_subject(tries=True)["neural device"].found


@pytest.mark.skipif(neural._version("torch") is None, reason="torch is not installed")
def test_the_device_of_this_machine() -> None:
    found = by_subject(tries=True)["neural device"]
    assert found.state == "ok"
    assert "GB free, computes in float" in found.found


def test_the_doctor_does_not_import_torch() -> None:
    code = (
        "import sys\nfrom hitpoint.doctor.neural import examine_neural\nexamine_neural()\n"
        "assert not {'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_stands_in_the_table(capsys) -> None:
    hitpoint(["doctor", "--json"])
    subjects = [row["subject"] for row in json.loads(capsys.readouterr().out)]
    assert "neural extra" in subjects
