"""The launchers for DaVinci Resolve: which there are, where Resolve looks for them, and filled in for this machine.

Facts: editors.md §1.2 (the vendor's README, corrected by what people measured). Only the user's own folders are used.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path

from hitpoint import __version__
from hitpoint.installation.places import Places
from hitpoint.model.errors import MissingToolError

#: Source file -> name in the Scripts folder; Resolve's menu shows it without the suffix. Any other script that lies in
#: the source folder keeps its name.
MENU_NAMES = {
    "hitpoint_panel.py": "Hitpoint.py",
    "hitpoint_panel.lua": "Hitpoint (free 21.1 and later).lua",
    "hitpoint_canary.lua": "Hitpoint check.lua",
    "hitpoint_canary.py": "Hitpoint check (Python).py",
}
#: What opens the panel from within Resolve.
PANEL_ARGUMENTS = ("-m", "hitpoint_panel", "--stdio-host")
_SUFFIXES = (".py", ".lua")

_UTILITY = Path("Fusion", "Scripts", "Utility")
_VENDOR = Path("Blackmagic Design", "DaVinci Resolve")
_APP_STORE = Path("Library", "Containers", "com.blackmagic-design.DaVinciResolveLite")
_CHECKOUT = Path(__file__).resolve().parents[3] / "plugin" / "resolve"

#: In a script, `NAME_BASE64 = ""` is filled in as well as the placeholder "@HITPOINT_NAME_BASE64@".
_EMPTY_SLOT = r'(?m)^(\s*(?:local\s+)?{name}_BASE64\s*=\s*)(["\'])\2'


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvePlace:
    """Where one build of Resolve looks for the user's scripts, and what says that it is installed (None: nothing)."""

    build: str
    folder: Path
    evidence: Path | None


def resolve_places(places: Places) -> tuple[ResolvePlace, ...]:
    """Return where scripts go, the usual build first."""
    if places.system == "windows":
        support = places.roaming / _VENDOR / "Support"
        return (_place("Resolve", support, (places.program_files / _VENDOR / "Resolve.exe", support)),)
    if places.system == "macos":
        support = places.home / "Library" / "Application Support" / _VENDOR
        app = places.root / "Applications" / "DaVinci Resolve" / "DaVinci Resolve.app"
        container = places.home / _APP_STORE
        inside = container / "Data" / "Library" / "Application Support"
        # reports disagree about which of the two the App Store build reads, so it gets both
        return (
            _place("Resolve", support, (app, support)),
            _place("Resolve (App Store)", inside, (container,)),
            _place("Resolve (App Store)", inside / _VENDOR, (container,)),
        )
    support = places.home / ".local" / "share" / "DaVinciResolve"
    programs = (places.root / "opt" / "resolve", places.root / "home" / "resolve")
    return (_place("Resolve", support, (*programs, support)),)


def source_folder() -> Path:
    """Return the folder that holds the scripts as they are shipped: of the checkout, or inside the installed panel.

    Raises `MissingToolError` where there is none.
    """
    import importlib.util

    if _CHECKOUT.is_dir():
        return _CHECKOUT
    found = importlib.util.find_spec("hitpoint_panel")
    for folder in () if found is None else found.submodule_search_locations or ():
        if (Path(folder) / "_resolve").is_dir():
            return Path(folder) / "_resolve"
    raise MissingToolError("the scripts for DaVinci Resolve are not in this installation; install Hitpoint again")


def filled_in_scripts(source: Path, *, python: Path, mailbox: Path) -> dict[str, bytes]:
    """Return the content of each script by its name in the Scripts folder.

    Parameters
    ----------
    python : Path
        The interpreter of Hitpoint's environment; baked in as base64, so that blanks and letters do not matter.
    mailbox : Path
        The folder through which the Lua launcher talks to the panel.
    """
    values = {
        "PYTHON": str(python),
        "ARGUMENTS": json.dumps(list(PANEL_ARGUMENTS)),
        "MAILBOX": str(mailbox),
    }
    scripts = {}
    for path in sorted(source.iterdir()):
        if path.suffix not in _SUFFIXES or path.name.startswith((".", "_")):
            continue
        text = path.read_text(encoding="utf-8")
        for name, value in values.items():
            coded = base64.b64encode(value.encode("utf-8")).decode("ascii")
            text = text.replace(f"@HITPOINT_{name}_BASE64@", coded)
            text = re.sub(_EMPTY_SLOT.format(name=name), rf"\g<1>\g<2>{coded}\g<2>", text)
        text = text.replace("@HITPOINT_VERSION@", __version__)
        scripts[MENU_NAMES.get(path.name, path.name)] = text.encode("utf-8")
    return scripts


def baked_python(script: Path) -> Path | None:
    """Return the interpreter that an installed launcher starts; None where it cannot be told."""
    try:
        text = script.read_text(encoding="utf-8")
        found = re.search(r'(?m)^\s*(?:local\s+)?PYTHON_BASE64\s*=\s*["\']([A-Za-z0-9+/=]+)["\']', text)
        return Path(base64.b64decode(found[1], validate=True).decode("utf-8")) if found else None
    except (OSError, ValueError):
        return None


def _place(build: str, support: Path, evidence: tuple[Path, ...]) -> ResolvePlace:
    found = next((path for path in evidence if path.exists()), None)
    return ResolvePlace(build=build, folder=support / _UTILITY, evidence=found)
