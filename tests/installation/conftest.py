"""Scripts as a launcher has them, and homes with the folders of each system's Resolve."""

from pathlib import Path

import pytest

from hitpoint.installation import resolve_scripts

SCRIPTS = {
    "hitpoint_panel.py": 'PYTHON_BASE64 = "@HITPOINT_PYTHON_BASE64@"\n'
    'ARGUMENTS_BASE64 = "@HITPOINT_ARGUMENTS_BASE64@"\nVERSION = "@HITPOINT_VERSION@"\n',
    "hitpoint_panel.lua": 'local MAILBOX_BASE64 = "@HITPOINT_MAILBOX_BASE64@"\n',
    "hitpoint_canary.lua": 'print("Hitpoint")\n',
    "another.py": 'PYTHON_BASE64 = ""  # filled in by the installer\n',
    "another.lua": "local MAILBOX_BASE64 = ''\n",
    "notes.txt": "no script",
    "_helper.py": "",
}


@pytest.fixture(autouse=True)
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the shipped scripts."""
    folder = tmp_path / "plugin" / "resolve"
    folder.mkdir(parents=True)
    for name, text in SCRIPTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(resolve_scripts, "_CHECKOUT", folder)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "Jörg Müllers Zuhause"
    folder.mkdir()
    return folder
