"""The scripts as they are shipped, filled in."""

from pathlib import Path

import pytest

from hitpoint.installation.resolve_scripts import filled_in_scripts

REAL = Path(__file__).resolve().parents[2] / "plugin" / "resolve"


def test_the_shipped_scripts_are_filled_in_whole(tmp_path: Path) -> None:
    if not REAL.is_dir():
        pytest.skip("this checkout has no launchers for Resolve")
    scripts = filled_in_scripts(REAL, python=tmp_path / "Größe 1" / "python", mailbox=tmp_path / "mailbox")
    assert {"Hitpoint.py", "Hitpoint (free 21.1 and later).lua", "Hitpoint check.lua"} <= set(scripts)
    for name, content in scripts.items():
        text = content.decode("utf-8")
        slots = [line for line in text.splitlines() if "_BASE64 = " in line or "VERSION = " in line]
        assert not any("@HITPOINT" in line for line in slots), name
        if name.endswith(".py"):
            compile(text, name, "exec")
