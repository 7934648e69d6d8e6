"""The entry in the system's menu of programs: a .desktop file, a small .app, a .cmd in the Start menu."""

from __future__ import annotations

import plistlib
import shlex
import struct
from dataclasses import dataclass
from pathlib import Path

from hitpoint import __version__
from hitpoint.installation.places import Places

#: What the entry starts.
ARGUMENTS = ("-m", "hitpoint.cli", "panel")
_COMMENT = "Scores a film editor's cut, every hit on its frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFile:
    """A file of the entry; `is_program` asks for the permission to run it."""

    path: Path
    content: bytes
    is_program: bool = False


def desktop_entry(places: Places, *, python: Path, icons: Path) -> tuple[EntryFile, ...]:
    """Return the files of the entry.

    Parameters
    ----------
    python : Path
        The interpreter of Hitpoint's environment.
    icons : Path
        The folder that holds hitpoint.svg and hitpoint.png (256 × 256).
    """
    if places.system == "macos":
        return _mac_app(places, python, icons)
    if places.system == "windows":
        return (EntryFile(path=places.programs / "Hitpoint.cmd", content=_start_menu_command(python)),)
    scalable = places.icons / "scalable" / "apps" / "hitpoint.svg"
    fixed = places.icons / "256x256" / "apps" / "hitpoint.png"
    return (
        EntryFile(path=places.programs / "hitpoint.desktop", content=_desktop_file(python)),
        EntryFile(path=scalable, content=(icons / "hitpoint.svg").read_bytes()),
        EntryFile(path=fixed, content=(icons / "hitpoint.png").read_bytes()),
    )


def _desktop_file(python: Path) -> bytes:
    lines = [
        "[Desktop Entry]",
        "Type=Application",
        "Version=1.5",
        "Name=Hitpoint",
        "GenericName=Film scoring",
        f"Comment={_COMMENT}",
        f"Exec={' '.join([_exec_quoted(str(python)), *ARGUMENTS])}",
        "Icon=hitpoint",
        "Terminal=false",
        "Categories=AudioVideo;Audio;Video;",
        "Keywords=score;music;film;Resolve;OTIO;",
        "StartupNotify=true",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _exec_quoted(text: str) -> str:
    """Return an argument as the Exec key wants it (Desktop Entry Specification): quoted, then escaped as a string."""
    for character in '\\"`$':
        text = text.replace(character, f"\\{character}")
    return '"' + text.replace("\\", "\\\\").replace("%", "%%") + '"'


def _mac_app(places: Places, python: Path, icons: Path) -> tuple[EntryFile, ...]:
    contents = places.programs / "Hitpoint.app" / "Contents"
    info = {
        "CFBundleName": "Hitpoint",
        "CFBundleDisplayName": "Hitpoint",
        "CFBundleIdentifier": "io.github.hitpoint.panel",
        "CFBundleExecutable": "hitpoint",
        "CFBundleIconFile": "hitpoint",
        "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": __version__,
        "NSHighResolutionCapable": True,
    }
    command = " ".join(shlex.quote(part) for part in (str(python), *ARGUMENTS))
    return (
        EntryFile(path=contents / "Info.plist", content=plistlib.dumps(info)),
        EntryFile(
            path=contents / "MacOS" / "hitpoint",
            content=f'#!/bin/sh\nexec {command} "$@"\n'.encode(),
            is_program=True,
        ),
        EntryFile(path=contents / "Resources" / "hitpoint.icns", content=_icns((icons / "hitpoint.png").read_bytes())),
    )


def _icns(png: bytes) -> bytes:
    """Return a PNG of 256 × 256 as an Apple icon: one entry of type ic08, sizes big-endian with their headers."""
    return b"icns" + struct.pack(">I", len(png) + 16) + b"ic08" + struct.pack(">I", len(png) + 8) + png


def _start_menu_command(python: Path) -> bytes:
    # pythonw has no console window; in a batch file a percent sign is written twice
    windowless = python.with_name("pythonw.exe") if python.name.lower() == "python.exe" else python
    start = f'start "" "{windowless}" {" ".join(ARGUMENTS)}'.replace("%", "%%")
    return f"@echo off\r\nchcp 65001 >nul\r\n{start}\r\n".encode()
