"""The scripts that are copied into Resolve's Scripts folder: where they are, what they are called there, filled in."""

from __future__ import annotations

import base64
import importlib.util
import json
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from hitpoint.model.errors import MissingToolError

#: Source file in plugin/resolve/ -> its name in the Scripts folder. Resolve's menu shows the name without the suffix.
MENU_NAMES = {
    "hitpoint_panel.py": "Hitpoint.py",
    "hitpoint_panel.lua": "Hitpoint (free 21.1 and later).lua",
    "hitpoint_canary.lua": "Hitpoint check.lua",
}
LUA_MENU_ENTRY = Path(MENU_NAMES["hitpoint_panel.lua"]).stem

#: The scripts lie beside this package in a checkout, and in it when it is installed from a wheel.
_PACKAGE = Path(__file__).resolve().parents[2]
_FOLDERS = (_PACKAGE.parent / "resolve", _PACKAGE / "_resolve")


def launcher_folder() -> Path:
    """Return the folder that holds the scripts as they are shipped, not filled in."""
    for folder in _FOLDERS:
        if (folder / "hitpoint_panel.py").is_file():
            return folder
    raise MissingToolError("the scripts for DaVinci Resolve are not in this installation; install Hitpoint again")


def filled_in(
    name: str,
    *,
    mailbox: Path,
    python: str = sys.executable,
    arguments: tuple[str, ...] = ("-m", "hitpoint_panel", "--stdio-host"),
    version: str = "",
) -> str:
    """Return a script's text for this machine.

    Parameters
    ----------
    name : str
        One of `MENU_NAMES`.
    python, arguments
        What opens the panel.
    mailbox : Path
        `places.mailbox_folder()`.
    """
    text = (launcher_folder() / name).read_text(encoding="utf-8")
    for placeholder, value in (
        ("@HITPOINT_PYTHON_BASE64@", python),
        ("@HITPOINT_ARGUMENTS_BASE64@", json.dumps(list(arguments))),
        ("@HITPOINT_MAILBOX_BASE64@", str(mailbox)),
    ):
        text = text.replace(placeholder, base64.b64encode(value.encode("utf-8")).decode("ascii"))
    return text.replace("@HITPOINT_VERSION@", version)


@cache
def load_launcher() -> ModuleType:
    """Return the Python launcher as a module, for its `Bridge`."""
    path = launcher_folder() / "hitpoint_panel.py"
    spec = importlib.util.spec_from_file_location("hitpoint_resolve_launcher", path)
    if spec is None or spec.loader is None:
        raise MissingToolError(f"{path} cannot be loaded; install Hitpoint again")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
