"""A short score, and what a generator might have made of it (benchmarks/degraded_takes.py)."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hitpoint.model.errors import MissingToolError
from hitpoint.rendering import find_soundfont

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="session")
def takes() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import degraded_takes
    finally:
        sys.path.remove(str(BENCHMARKS))
    return degraded_takes


@pytest.fixture(scope="session")
def sketch(takes: ModuleType) -> Any:
    try:
        find_soundfont()
    except MissingToolError:
        pytest.skip("no General MIDI SoundFont is installed")
    return takes.make_sketch("tense", seconds=9.0)
