"""The cutting room of these tests, and all timelines that others made."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path
from types import ModuleType

import pytest

from hitpoint.model.cut import Cut
from hitpoint.model.errors import HitpointError

_SUFFIXES = {".otio", ".xml", ".fcpxml", ".edl", ".aaf"}


@pytest.fixture(scope="session")
def cutting() -> ModuleType:
    """`cuts.py` beside this file."""
    spec = importlib.util.spec_from_file_location("advice_cuts", Path(__file__).with_name("cuts.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def real_cuts(fixtures: Path) -> list[Cut]:
    """Every timeline of the shared fixtures that is one."""
    from hitpoint.timeline import load_timeline, read_cut

    cuts = []
    for path in sorted((fixtures / "timelines").rglob("*")):
        if path.suffix.lower() not in _SUFFIXES:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                cuts.append(read_cut(load_timeline(path)))
            except HitpointError:
                continue
    assert len(cuts) >= 20
    return cuts
