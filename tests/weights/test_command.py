"""`hitpoint models`, as a user calls it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hitpoint.cli import main as hitpoint
from hitpoint.weights import find_card, load_cards, state_of

TOKEN = "hf_secretsecret"
CLIP, MODEL = find_card("clip-vit-b-32"), "open_clip_model.safetensors"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))


def test_the_list_names_licence_gate_size_and_place(folder: Path, capsys) -> None:
    assert hitpoint(["models"]) == 0
    told = capsys.readouterr().out
    for card in load_cards().values():
        assert card.id in told
        assert card.title in told
        assert f"{card.licence} ({card.licence_url}): {card.terms}" in told
    assert str(folder) in told
    assert any(
        line.split() == ["stable-audio-open-1.0", "sound", "4.8", "token", "NO", "-"] for line in told.splitlines()
    )


def test_the_list_needs_no_neural_extra(folder: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("huggingface_hub", "torch", "transformers", "filelock"):
        monkeypatch.setitem(sys.modules, name, None)
    assert hitpoint(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["models"]
    assert {row["id"] for row in rows} == set(load_cards())
    assert {row["state"] for row in rows} == {"absent"}
    assert hitpoint(["models", "fetch", "clip-vit-b-32", "--yes"]) == 5
    assert "python3 installer/run.py install --neural" in capsys.readouterr().err


def test_a_model_that_does_not_exist(capsys) -> None:
    assert hitpoint(["models", "fetch", "clip-vit-b32"]) == 3
    assert "did you mean 'clip-vit-b-32'" in capsys.readouterr().err


def test_nothing_is_fetched_where_nobody_can_be_asked(hub, no_terminal: None, capsys) -> None:
    assert hitpoint(["models", "fetch", "clip-vit-b-32"]) == 3
    told = capsys.readouterr().err
    assert "add --yes if you accept it" in told
    assert "MIT, https://" in told
    assert hub.asked == []
    assert state_of(CLIP) == "absent"


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_no_is_an_answer(hub, capsys, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert hitpoint(["models", "fetch", "clip-vit-b-32"]) == 130
    assert "nothing was fetched" in capsys.readouterr().err
    assert hub.asked == []


def test_yes_fetches(hub, folder: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert hitpoint(["models", "fetch", "clip-vit-b-32"]) == 0
    told = capsys.readouterr()
    assert "2 files, 0.00 GB, checked, in" in told.out
    assert f"goes to  {folder / 'clip-vit-b-32'}" in told.err
    assert state_of(CLIP) == "there"
    hub.asked.clear()
    assert hitpoint(["models", "fetch", "clip-vit-b-32"]) == 0
    assert "--again looks for a newer state" in capsys.readouterr().out
    assert hub.asked == []


def test_a_model_brings_what_it_needs(hub, no_terminal: None, tmp_path: Path, capsys) -> None:
    secret = tmp_path / "token"
    secret.write_text(f"{TOKEN}\n")
    assert hitpoint(["models", "fetch", "stable-audio-open-small", "--yes", "--token-from", str(secret)]) == 0
    told = capsys.readouterr()
    assert TOKEN not in told.out + told.err
    assert "under 1 million USD" in told.err
    assert "NOT without conditions" in told.err
    assert state_of(find_card("t5-base")) == "there"
    assert state_of(find_card("stable-audio-open-small")) == "there"
    assert hitpoint(["models", "remove", "t5-base"]) == 0
    assert "stable-audio-open-small cannot be used without it" in capsys.readouterr().out


def test_a_gate_without_a_token_is_said_before_anything_is_asked(hub, no_terminal: None, capsys) -> None:
    assert hitpoint(["models", "fetch", "stable-audio-open-small", "--yes"]) == 5
    assert "is gated; accept the licence" in capsys.readouterr().err
    assert hub.asked == []


def test_a_token_from_standard_input(hub, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TOKEN}\n"))
    assert hitpoint(["models", "fetch", "stable-audio-open-small", "--token-from", "-"]) == 3
    assert "add --yes" in capsys.readouterr().err
    assert hitpoint(["models", "fetch", "stable-audio-open-small", "--token-from", "-", "--yes"]) == 0


@pytest.mark.parametrize("content", ["", "two words", None])
def test_a_token_that_is_none(hub, capsys, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    assert hitpoint(["models", "fetch", "stable-audio-open-small", "--yes", "--token-from", str(path)]) == 3
    assert "--token-from" in capsys.readouterr().err


def test_check_and_mend(hub, folder: Path, no_terminal: None, capsys) -> None:
    assert hitpoint(["models", "check"]) == 0
    assert "no model was fetched" in capsys.readouterr().out
    assert hitpoint(["models", "check", "clip-vit-b-32"]) == 5
    hitpoint(["models", "fetch", "clip-vit-b-32", "--yes"])
    assert hitpoint(["models", "check"]) == 0
    assert "clip-vit-b-32: as it was fetched" in capsys.readouterr().out
    path = folder / "clip-vit-b-32" / MODEL
    spoilt = bytearray(path.read_bytes())
    spoilt[1000] ^= 1
    path.write_bytes(spoilt)
    (folder / "clip-vit-b-32" / "open_clip_config.json").unlink()
    assert hitpoint(["models", "check", "--json"]) == 5
    assert json.loads(capsys.readouterr().out) == {
        "clip-vit-b-32": [
            f"{MODEL} holds something else than what was fetched",
            "open_clip_config.json is gone",
        ]
        if MODEL < "open_clip_config.json"
        else ["open_clip_config.json is gone", f"{MODEL} holds something else than what was fetched"]
    }
    assert hitpoint(["models", "fetch", "clip-vit-b-32", "--yes", "--again"]) == 0
    assert hitpoint(["models", "check", "clip-vit-b-32"]) == 0


def test_remove_leaves_what_is_not_ours(hub, folder: Path, no_terminal: None, capsys) -> None:
    hitpoint(["models", "fetch", "clip-vit-b-32", "--yes"])
    own = folder / "clip-vit-b-32" / "notes.txt"
    own.write_text("mine")
    assert hitpoint(["models", "remove", "clip-vit-b-32"]) == 0
    assert f"{own} was not fetched by Hitpoint, and stays" in capsys.readouterr().out
    assert [path.name for path in (folder / "clip-vit-b-32").iterdir()] == ["notes.txt"]
    assert state_of(CLIP) == "absent"
    assert hitpoint(["models", "remove", "clip-vit-b-32"]) == 5
    assert "nothing of CLIP" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_ends_in_the_middle(hub, folder: Path, no_terminal: None, how: signal.Signals) -> None:
    hub.pace_s = 0.02
    command = [sys.executable, "-m", "hitpoint.cli", "models", "fetch", "clip-vit-b-32", "--yes"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    unfinished = folder / "clip-vit-b-32.partial"
    until = time.monotonic() + 60
    while not any(path.stat().st_size > 20_000 for path in unfinished.glob("*.part")):
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(how)
    _, told = process.communicate(timeout=30)
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert "the same command goes on from there" in told
    had = next(unfinished.glob("*.part")).stat().st_size
    assert 20_000 < had < 300_000
    hub.pace_s = 0
    assert hitpoint(["models", "fetch", "clip-vit-b-32", "--yes"]) == 0
    assert hub.files_asked()[-1] == (MODEL, f"bytes={had}-")
    assert hitpoint(["models", "check", "clip-vit-b-32"]) == 0
