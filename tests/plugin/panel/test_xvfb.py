"""The same window on a real X server, where focus, activation and scaling are the system's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="xvfb-run is not installed")
@pytest.mark.parametrize("scale", [pytest.param("1", marks=pytest.mark.endurance), "2"])  # 1 is also offscreen's
def test_keys_and_focus_on_a_real_display(scale):
    display = ["xvfb-run", "-a", "-s", "-screen 0 3840x2160x24"]
    tests = [str(Path(__file__).with_name("test_window.py")), "-k", "keys or tab or space or escape or dropped"]
    told = subprocess.run(
        [*display, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        env={**os.environ, "HITPOINT_TEST_PLATFORM": "xcb", "QT_SCALE_FACTOR": scale},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout
    assert "passed" in told.stdout
