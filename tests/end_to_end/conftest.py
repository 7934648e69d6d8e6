"""The second opinion: MLT."""

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def render_audio() -> Callable[..., None]:
    """`mlt.render_audio(otio_path, out_wav, rate)`; skips where there is no melt. Mark such tests `melt`."""
    if shutil.which("melt") is None:
        pytest.skip("no melt (MLT) on this machine; Debian: apt-get install melt")
    spec = importlib.util.spec_from_file_location("mlt", Path(__file__).with_name("mlt.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.render_audio
