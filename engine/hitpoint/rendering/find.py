"""Where the SoundFont is."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from hitpoint.model.errors import MissingToolError, SoundFontError
from hitpoint.rendering.soundfont import read_soundfont

#: The user's own choice, after --soundfont.
ENVIRONMENT_VARIABLE = "HITPOINT_SOUNDFONT"

# Best first, by measurement (docs/rendering.md): FluidR3 is plain PCM, so cutting a palette out of it takes 0.1 s
# and 80 MB per worker, where MuseScore General has to be decoded (1.5 s and 210 MB for its strings).
_FILE_NAMES = (
    "FluidR3_GM.sf2",
    "FluidR3_GM2-2.sf2",
    "MuseScore_General_Full.sf3",
    "MuseScore_General.sf3",
    "MuseScore_General.sf2",
    "MS Basic.sf3",
    "GeneralUser-GS.sf2",
    "default-GM.sf2",
    "default-GM.sf3",
    "default.sf2",
)


def find_soundfont(explicit: Path | None = None) -> Path:
    """Return the SoundFont to play: `explicit` (--soundfont), HITPOINT_SOUNDFONT, or the best one installed.

    Raises
    ------
    SoundFontError
        The chosen file is missing, is not a SoundFont, or is cut short. (A font that was found and is damaged is
        an error too: playing another one instead would change the music without a word.)
    MissingToolError
        Nothing is installed; the sentence says what to install.
    """
    environment = os.environ.get(ENVIRONMENT_VARIABLE)
    if explicit is not None:
        chosen = explicit.expanduser()
    elif environment:
        chosen = Path(environment).expanduser()
    else:
        chosen = next(_installed(), None) or _missing()
    if not chosen.is_file():
        raise SoundFontError(f"there is no SoundFont at {chosen}; check --soundfont and {ENVIRONMENT_VARIABLE}")
    read_soundfont(chosen)
    return chosen


def soundfont_folders() -> tuple[Path, ...]:
    """Return the folders in which SoundFonts are looked for on this system, ours first."""
    import platformdirs

    own = (platformdirs.user_data_path("hitpoint", appauthor=False) / "soundfonts",)
    if sys.platform == "darwin":
        home = Path.home()
        programs = tuple(
            Path(root) / f"MuseScore {version}.app/Contents/Resources/sound"
            for root in ("/Applications", home / "Applications")
            for version in (4, 3)
        )
        return (*own, home / "Library/Audio/Sounds/Banks", Path("/Library/Audio/Sounds/Banks"), *programs)
    if sys.platform == "win32":
        roots = {os.environ.get(name, "") for name in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)")} - {""}
        programs = tuple(Path(root) / f"MuseScore {version}/sound" for root in sorted(roots) for version in (4, 3))
        return (*own, Path("C:/soundfonts"), *programs)
    names = ("sounds/sf2", "sounds/sf3", "soundfonts")  # Debian and Ubuntu (both), Fedora and Arch
    shares = (Path.home() / ".local/share", Path("/usr/local/share"), Path("/usr/share"))
    return (*own, *(share / name for share in shares for name in names))


def _installed() -> Iterator[Path]:
    folders = soundfont_folders()
    for name in _FILE_NAMES:
        yield from (folder / name for folder in folders if (folder / name).is_file())
    yield from sorted(soundfont_folders()[0].glob("*.sf[23]"))
    wheel = importlib.util.find_spec("pretty_midi")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        last_resort = Path(folder) / "TimGM6mb.sf2"  # 6 MB, thin, but General MIDI
        if last_resort.is_file():
            yield last_resort


def _missing() -> Path:
    own = soundfont_folders()[0]
    advice = {
        "linux": "install one (Debian, Ubuntu: apt install fluid-soundfont-gm; Fedora: dnf install fluid-soundfont-gm; "
        "Arch: pacman -S soundfont-fluid)",
        "darwin": "install MuseScore, which brings one,",
        "win32": "install MuseScore, which brings one,",
    }.get(sys.platform, "install one")
    raise MissingToolError(f"no General MIDI SoundFont was found; {advice} or put an .sf2 file into {own}")
