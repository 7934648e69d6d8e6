"""The scripts as they are shipped, filled in."""

from pathlib import Path

import pytest

from hitpoint.installation.resolve_scripts import MENU_NAMES, filled_in_scripts

REAL = Path(__file__).resolve().parents[2] / "plugin" / "resolve"


def test_the_shipped_scripts_are_filled_in_whole(tmp_path: Path) -> None:
    if not REAL.is_dir():
        pytest.skip("this checkout has no launchers for Resolve")
    scripts = filled_in_scripts(REAL, python=tmp_path / "Größe 1" / "python", mailbox=tmp_path / "mailbox")
    shipped = {path.name for path in REAL.iterdir() if path.suffix in (".py", ".lua")}
    assert {"hitpoint_panel.py", "hitpoint_panel.lua"} <= shipped
    assert set(scripts) == {MENU_NAMES.get(name, name) for name in shipped}
    for name, content in scripts.items():
        text = content.decode("utf-8")
        slots = [line for line in text.splitlines() if "_BASE64 = " in line or "VERSION = " in line]
        assert not any("@HITPOINT" in line for line in slots), name
        if name.endswith(".py"):
            compile(text, name, "exec")
