"""Which subtitle file belongs to an export: by its name, else the only one that belongs to no other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from hitpoint_panel.hosts.otio_file.difference import base_name
from hitpoint_panel.hosts.otio_file.watch import EXPORT_SUFFIXES, SUBTITLE_SUFFIXES, Export

#: "cut.en", "cut_subtitles", "cut - Subtitle 1": what editors put behind the timeline's name.
_TAIL = re.compile(
    r"[\s_.-]+(?:[a-z]{2,3}(?:-[A-Za-z]{2,4})?|subtitles?(?: ?\d+)?|captions?|subs|cc|sdh|forced)$", re.I
)


def subtitles_for(export: Path, found: Sequence[Export]) -> Export | None:
    """Return the subtitle file of an export; None where there is none, or no telling which.

    `found` is everything in the folder, oldest first. The nearest name wins, then the newest. A file that bears the
    name of another export is that one's.
    """
    files = [item for item in found if item.path.suffix.lower() in SUBTITLE_SUFFIXES]
    others = [item.path for item in found if item.path.suffix.lower() in EXPORT_SUFFIXES and item.path != export]
    ranked = [(_kinship(item.path.stem, export.stem), number, item) for number, item in enumerate(files)]
    named = [entry for entry in ranked if entry[0]]
    if named:
        return max(named, key=lambda entry: entry[:2])[2]
    free = [item for item in files if not any(_kinship(item.path.stem, other.stem) for other in others)]
    return free[-1] if free else None


def _kinship(subtitle_stem: str, export_stem: str) -> int:
    """Return how near two names are: 3 the same, 2 but for a language, 1 but for the version, 0 strangers."""
    subtitle, export = subtitle_stem.casefold(), export_stem.casefold()
    bare = _TAIL.sub("", subtitle)
    if subtitle == export:
        return 3
    if bare == export:
        return 2
    return int(base_name(bare) == base_name(export))
