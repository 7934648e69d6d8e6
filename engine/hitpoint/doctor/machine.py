"""The engine and the machine it runs on: Python, packages, data, SoundFont, folders, disk."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from pathlib import Path

from hitpoint import __version__
from hitpoint.doctor.finding import Finding
from hitpoint.model.errors import HitpointError
from hitpoint.resources import cache_folder, load_instruments, load_palettes, resources_folder, user_config_folder

#: package -> what it does for the user; without any of them the core does not work.
_CORE = {
    "opentimelineio": "reads and writes timelines",
    "av": "reads picture and sound, writes the MP4",
    "tinysoundfont": "plays the sampled instruments",
    "pedalboard": "reads finished WAVs when they are measured",
    "librosa": "a second opinion on the hits, in the benchmarks",
    "scenedetect": "finds the shots of a plain video",
    "pysubs2": "reads subtitles",
    "mido": "writes the MIDI file",
    "partitura": "writes the MusicXML file",
    "matplotlib": "draws the score over the cut (--plot)",
    "otio-aaf-adapter": "reads AAF (Avid)",
    "otio-fcp-adapter": "reads Final Cut 7 and Premiere XML",
}


def examine_machine() -> tuple[Finding, ...]:
    """Look at what every run of the engine needs."""
    return (
        _python(),
        *_packages(),
        _resources(),
        find_sound(),
        _cores(),
        *(_folder(name, folder()) for name, folder in (("cache", cache_folder), ("own tables", user_config_folder))),
        _disk(),
        _melt(),
    )


def _python() -> Finding:
    where = f"{platform.python_version()} in {sys.prefix}"
    if sys.version_info < (3, 11):  # noqa: UP036 - the package may be run by hand with an older Python
        return Finding("Python", "missing", where, "Hitpoint does not run", "install Python 3.11 or later")
    return Finding("Python", "ok", f"{where}, Hitpoint {__version__}")


def _packages() -> list[Finding]:
    absent = []
    for name, purpose in _CORE.items():
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            absent.append(
                Finding(name, "missing", "not installed", f"nothing {purpose}", "python3 installer/run.py doctor")
            )
    present = len(_CORE) - len(absent)
    return [Finding("packages", "ok" if not absent else "missing", f"{present} of {len(_CORE)} core packages"), *absent]


def _resources() -> Finding:
    try:
        found = f"{len(load_palettes())} styles, {len(load_instruments())} instruments in {resources_folder()}"
    except HitpointError as error:
        return Finding("resources", "missing", str(error), "no music can be written", "reinstall Hitpoint")
    return Finding("resources", "ok", found)


def find_sound() -> Finding:
    """Say which SoundFont plays."""
    from hitpoint.rendering import find_soundfont

    try:
        path = find_soundfont(None)
    except HitpointError as error:
        return Finding("SoundFont", "missing", "none", "no sound can be rendered", str(error))
    size_mb = path.stat().st_size / 1e6
    if size_mb < 20:
        return Finding(
            "SoundFont",
            "warn",
            f"{path} ({size_mb:.0f} MB)",
            "a small one: it sounds like it",
            "Debian, Ubuntu: apt install fluid-soundfont-gm; elsewhere --soundfont FILE",
        )
    return Finding("SoundFont", "ok", f"{path} ({size_mb:.0f} MB)")


def _cores() -> Finding:
    return Finding("processors", "ok", f"{os.cpu_count()}: stems are rendered side by side")


def _folder(name: str, folder: Path) -> Finding:
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    if os.access(existing, os.W_OK):
        return Finding(f"{name} folder", "ok", str(folder))
    return Finding(
        f"{name} folder",
        "warn",
        f"{folder} cannot be written",
        "attack tables are measured again each time"
        if name == "cache"
        else "own markers.toml and palettes are not read",
        f"set HITPOINT_{'CACHE' if name == 'cache' else 'CONFIG'} to a folder of yours",
    )


def _disk() -> Finding:
    free_gb = shutil.disk_usage(Path.cwd()).free / 1e9
    # 8 stems and the mix: 9 × 17 MB a minute as 24-bit files, and 9 × 23 MB while working.
    minutes = free_gb * 1000 / (9 * 40)
    state = "ok" if minutes > 30 else "warn"
    return Finding(
        "disk",
        state,
        f"{free_gb:.0f} GB free here",
        "" if state == "ok" else f"room for about {minutes:.0f} min of score",
    )


def _melt() -> Finding:
    found = shutil.which("melt")
    if found:
        return Finding("melt", "ok", found)
    return Finding(
        "melt", "warn", "not found", "only one of our own tests needs it", "Debian, Ubuntu: apt install melt"
    )
