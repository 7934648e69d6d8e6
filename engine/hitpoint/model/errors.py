"""Every error that Hitpoint raises on purpose. Imports nothing.

::

    HitpointError                     exit code 1
    ├── InputError (ValueError)       exit code 3: something the user gave cannot be used
    │   ├── CutError                  the timeline
    │   ├── MediaError                picture or sound
    │   ├── SubtitleError
    │   ├── ScriptError               the screenplay
    │   ├── SoundFontError
    │   └── SettingError              an option or a resource table; answers "did you mean"
    ├── OutputError (OSError)         exit code 4: cannot write (full, read-only, no such folder)
    ├── MissingToolError              exit code 5: a program, library or sound set is not installed
    │   └── MissingWeightsError       the files of a neural model
    ├── DeviceMemoryError             exit code 6: a neural model does not fit into the memory of its device
    └── Cancelled                     exit code 130: the user stopped it

The message is one sentence for the user: what, where, what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class HitpointError(Exception):
    """Root of all errors that Hitpoint raises on purpose; `str(error)` is one sentence for the user."""

    exit_code = 1


class InputError(HitpointError, ValueError):
    """Something the user gave cannot be used."""

    exit_code = 3


class CutError(InputError):
    """The timeline cannot be read, is empty, or contradicts itself."""


class MediaError(InputError):
    """A picture or sound file cannot be used."""


class SubtitleError(InputError):
    """The subtitles cannot be read."""


class ScriptError(InputError):
    """The screenplay cannot be read."""


class SoundFontError(InputError):
    """The SoundFont cannot be used."""


class SettingError(InputError):
    """An option, or a line of a resource table, has a value that does not exist."""


class OutputError(HitpointError, OSError):
    """The result cannot be written."""

    exit_code = 4

    def __str__(self) -> str:  # OSError would print its errno form
        return str(self.args[0]) if self.args else "cannot write the result"


class MissingToolError(HitpointError):
    """A program, a library or a sound set is not installed on this machine."""

    exit_code = 5


class MissingWeightsError(MissingToolError):
    """The files of a neural model are not on this machine, or not all of them."""


class DeviceMemoryError(HitpointError):
    """A neural model, or its work, does not fit into the memory of its device."""

    exit_code = 6


class Cancelled(HitpointError):
    """The user stopped the work; nothing half-written is left behind."""

    exit_code = 130


def did_you_mean(given: str, choices: Iterable[str]) -> str:
    """Return a sentence part for an unknown name: the nearest choice, and all of them."""
    known = sorted(choices)
    near = difflib.get_close_matches(given, known, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}Choose one of: {', '.join(known)}"
