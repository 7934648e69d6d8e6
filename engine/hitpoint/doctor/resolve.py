"""DaVinci Resolve: are the launchers in place, which entries should its menu show, and why may one be missing?

Which edition is installed is not written anywhere that we could read, so what depends on it is said in words. The facts
are those of editors.md §1.2: who runs Python from the menu, where each system's Resolve looks for a Python.
"""

from __future__ import annotations

import importlib
import os
import platform
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hitpoint.doctor.finding import Finding
from hitpoint.installation.places import Places
from hitpoint.installation.record import digest
from hitpoint.installation.resolve_scripts import (
    MENU_NAMES,
    ResolvePlace,
    baked_python,
    filled_in_scripts,
    resolve_places,
    source_folder,
)
from hitpoint.model.errors import HitpointError

_INSTALL = "python3 installer/run.py install (or: hitpoint install), then restart Resolve"
#: Pythons that people report to work in Resolve's menu; 3.13 and later from 20.3.2 on.
_SAFE_PYTHONS = ((3, 6), (3, 12))
PYTHON_ENTRY, LUA_ENTRY, CHECK_ENTRY = (
    Path(MENU_NAMES[name]).stem for name in ("hitpoint_panel.py", "hitpoint_panel.lua", "hitpoint_canary.lua")
)


def examine_resolve(places: Places | None = None, *, python: Path | None = None) -> tuple[Finding, ...]:
    """Look at every build of Resolve that this user has."""
    places = places or Places.here()
    found = [place for place in resolve_places(places) if place.evidence is not None]
    if not found:
        return (Finding("Resolve", "ok", "not installed (or not where it usually is)"),)
    findings: list[Finding] = []
    for build in dict.fromkeys(place.build for place in found):
        of_build = [place for place in found if place.build == build]
        version = _version(of_build[0].evidence)
        findings.append(Finding(build, "ok", f"{of_build[0].evidence}{f', version {version}' if version else ''}"))
        findings.append(_launchers(of_build, places, python or Path(sys.executable)))
        findings.append(_menu(build, version))
    if any(place.build == "Resolve" for place in found):
        findings.append(_python_of_resolve(places))
    return tuple(findings)


def _launchers(of_build: list[ResolvePlace], places: Places, python: Path) -> Finding:
    """Say whether our scripts are in the folder, of this version, and start an environment that is there."""
    subject = f"{of_build[0].build} scripts"
    cost = "Hitpoint is not in Resolve's menu"
    try:
        wanted = filled_in_scripts(source_folder(), python=python, mailbox=places.mailbox)
    except HitpointError as error:
        return Finding(subject, "warn", str(error), cost, "install Hitpoint again")
    folders = [place.folder for place in of_build]
    if not any(folder.is_dir() for folder in folders):
        return Finding(subject, "warn", f"there is no folder {folders[0]}", cost, _INSTALL)
    paths = {folder / name: content for folder in folders for name, content in wanted.items()}
    absent = [path for path in paths if not path.is_file()]
    if absent:
        names = ", ".join(dict.fromkeys(path.name for path in absent))
        return Finding(subject, "warn", f"{names} not in {absent[0].parent}", cost, _INSTALL)
    for path in paths:
        baked = baked_python(path)
        if baked is not None and not baked.is_file():
            return Finding(
                subject,
                "warn",
                f"{path.name} starts {baked}, which is gone",
                "the entry is in Resolve's menu, and nothing happens",
                _INSTALL,
            )
    old = [path.name for path, content in paths.items() if digest(path.read_bytes()) != digest(content)]
    if old:
        found = f"{', '.join(dict.fromkeys(old))} of another version or environment, or changed, in {folders[0]}"
        return Finding(subject, "warn", found, "Resolve may start another Hitpoint than this one", _INSTALL)
    return Finding(subject, "ok", f"{len(wanted)} in {folders[0]}")


def _menu(build: str, version: str) -> Finding:
    """Say which entries Workspace > Scripts should show, edition by edition."""
    if "App Store" in build:
        return Finding(
            f"{build} menu",
            "warn",
            "the App Store build is locked up: it may not start other programs",
            "reports disagree whether it lists scripts at all",
            "use the file route (export OTIO into a folder that the panel watches), or Resolve from Blackmagic's site",
        )
    before_21_1 = version and _numbers(version) < (21, 1)
    if before_21_1:
        return Finding(f"{build} menu", "ok", f'free and Studio {version}: "{PYTHON_ENTRY}" and "{LUA_ENTRY}"')
    free = f'free from 21.1 on: "{LUA_ENTRY}" alone, since it runs no Python'
    older = "" if version else f'; free up to 21.0: "{PYTHON_ENTRY}"'
    return Finding(
        f"{build} menu",
        "ok",
        f'Workspace > Scripts shows, in Studio: "{PYTHON_ENTRY}"; {free}{older}',
        f'if nothing of Hitpoint is there, not even "{CHECK_ENTRY}", Resolve was not restarted or looks elsewhere; if '
        f'"{PYTHON_ENTRY}" alone is missing in Studio, it finds no Python',
    )


def _python_of_resolve(places: Places) -> Finding:
    """Say whether Resolve itself finds a Python to run the Python launcher with; our environment is another matter."""
    cost = f'"{PYTHON_ENTRY}" is not in the menu, without a word; "{LUA_ENTRY}" is'
    subject = "Python for Resolve"
    if places.system == "linux":
        path = shutil.which("python3", path=places.environment.get("PATH", os.defpath))
        if path is None:
            return Finding(subject, "warn", "no python3 on the PATH", cost, "Debian, Ubuntu: apt install python3")
        return _judged(subject, path, _version_of(path))
    if places.system == "macos":
        home = places.environment.get("PYTHON3HOME") or _launchctl("PYTHON3HOME")
        path = str(Path(home) / "bin" / "python3") if home else str(places.root / "usr" / "local" / "bin" / "python3")
        if not Path(path).exists():
            mend = "install Python from python.org: Homebrew's, pyenv's and conda's are not seen by Resolve"
            return Finding(subject, "warn", f"{path} is not there", cost, mend)
        return _judged(subject, path, _version_of(path))
    found = _windows_pythons(places.environment)
    if not found:
        return Finding(
            subject, "warn", "no Python is registered", cost, "install Python from python.org, for all users"
        )
    if len(found) > 1 and not places.environment.get("FUSION_PYTHON3_HOME"):
        return Finding(
            subject,
            "warn",
            f"several are registered: {', '.join(found)}",
            "Resolve may crash when it loads one",
            "set FUSION_PYTHON3_HOME to the folder of one of them",
        )
    return Finding(subject, "ok", found[0])


def _judged(subject: str, path: str, version: tuple[int, ...]) -> Finding:
    text = ".".join(map(str, version)) or "of unknown version"
    if version and not _SAFE_PYTHONS[0] <= version[:2] <= _SAFE_PYTHONS[1]:
        mend = "if the entry is missing from the menu, install Python 3.10 to 3.12 beside it"
        return Finding(subject, "ok", f"{path}, {text}", "reported to work from Resolve 20.3.2 on only", mend)
    return Finding(subject, "ok", f"{path}, {text}")


def _version(evidence: Path | None) -> str:
    """Return the version of a Mac's application; elsewhere it is not written where we could read it."""
    try:
        with (evidence or Path()).joinpath("Contents", "Info.plist").open("rb") as stream:
            return str(plistlib.load(stream).get("CFBundleShortVersionString") or "")
    except (OSError, ValueError, plistlib.InvalidFileException):
        return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _version_of(python: str) -> tuple[int, ...]:
    try:
        code = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
        done = subprocess.run(
            [python, "-c", code], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return _numbers(done.stdout.strip())


def _launchctl(name: str) -> str:
    """Return what launchd gives to programs that the desktop starts; a terminal's own variables do not reach them."""
    if platform.system() != "Darwin":
        return ""
    done = subprocess.run(["launchctl", "getenv", name], capture_output=True, text=True, timeout=10)
    return done.stdout.strip()


def _windows_pythons(environment: Mapping[str, str]) -> list[str]:
    """Return the Pythons that Resolve may find, each as its folder: the one it is told, else those registered."""
    told = environment.get("FUSION_PYTHON3_HOME")
    if told:
        return [told]
    if os.name != "nt":
        return []
    winreg: Any = importlib.import_module("winreg")  # there on Windows only
    found = []
    for hive in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
        try:
            with winreg.OpenKey(hive, r"Software\Python\PythonCore") as core:
                for number in range(winreg.QueryInfoKey(core)[0]):
                    with winreg.OpenKey(core, rf"{winreg.EnumKey(core, number)}\InstallPath") as place:
                        found.append(str(winreg.QueryValue(place, None)))
        except OSError:
            continue
    return list(dict.fromkeys(found))
