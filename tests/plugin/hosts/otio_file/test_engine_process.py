"""The engine as a process of its own, in earnest."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hitpoint.model.errors import CutError, HitpointError
from hitpoint_panel.hosts.otio_file import OtioFileHost, engine_process
from hitpoint_panel.hosts.otio_file.engine_process import ask_engine


def test_a_host_asks_a_real_engine(folder: Path, export: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")  # whatever the system's encoding is
    export(folder / "Straße 日本.otio", name="Straße 日本", markers=((12, "HIT Tür"),))
    cut = OtioFileHost(folder).read(folder)
    assert cut.name == "Straße 日本"
    change = OtioFileHost(folder / "Straße 日本.otio").poll()
    assert change is None  # first look: not settled yet


def test_an_error_comes_through_as_what_it_is(tmp_path: Path) -> None:
    broken = tmp_path / "broken.otio"
    broken.write_text("{")
    with pytest.raises(CutError, match=r"broken\.otio breaks off or is damaged at line 1"):
        ask_engine({"do": "describe", "path": str(broken)})


def test_an_engine_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crash = tmp_path / "crash.py"
    crash.write_text("import os, sys\nprint('about to go', file=sys.stderr, flush=True)\nos._exit(9)\n")
    run = subprocess.run
    monkeypatch.setattr(
        engine_process.subprocess, "run", lambda command, **options: run([sys.executable, str(crash)], **options)
    )
    with pytest.raises(HitpointError, match=r"the engine broke on x\.otio \(exit 9: about to go\)"):
        ask_engine({"do": "describe", "path": "x.otio"})


def test_an_engine_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hang = tmp_path / "hang.py"
    hang.write_text("import time\ntime.sleep(600)\n")
    run = subprocess.run
    monkeypatch.setitem(engine_process.TIMEOUT_S, "describe", 0.5)
    monkeypatch.setattr(
        engine_process.subprocess, "run", lambda command, **options: run([sys.executable, str(hang)], **options)
    )
    with pytest.raises(HitpointError, match=r"x\.otio took the engine longer than 0 s"):
        ask_engine({"do": "describe", "path": "x.otio"})
