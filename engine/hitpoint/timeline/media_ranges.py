"""Which stretch of which media file a clip shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from hitpoint.model.cut import MediaRange
from hitpoint.timeline.exact import Span
from hitpoint.timeline.flatten import PlacedClip
from hitpoint.timeline.media_links import bare_path, find_media

if TYPE_CHECKING:
    import opentimelineio as otio

_FILE_NAME = re.compile(r"\.\w{2,5}$")


@dataclass(slots=True)
class MediaFinder:
    """Resolves the media of clips against the timeline's folder; remembers what was missing or found elsewhere."""

    folder: Path
    frame_s: Fraction
    bundle: Path | None = None
    bundled: frozenset[str] = frozenset()
    missing: dict[str, int] = field(default_factory=dict)
    unnamed: int = 0
    found_beside: dict[str, str] = field(default_factory=dict)
    _known: dict[str, Path | None] = field(default_factory=dict)

    def media_range(self, placed: PlacedClip, start_s: Fraction, end_s: Fraction) -> MediaRange | None:
        """Return what a placed clip uses between two record times; None for generators (titles, colours)."""
        import opentimelineio as otio

        reference = placed.clip.media_reference
        if isinstance(reference, otio.schema.GeneratorReference):
            return None
        path = self._find(placed.clip, reference)
        available = None if reference is None or reference.available_range is None else reference.available_range
        source_start_s = _into_file_s(placed, start_s, None if available is None else Span.of(available), self.frame_s)
        return MediaRange(
            path=path if path is not None else _path_as_asked(reference, self.folder),
            is_missing=path is None,
            source_start_s=source_start_s,
            source_duration_s=(end_s - start_s) * abs(placed.speed),
            speed=placed.speed,
            available_duration_s=None if available is None else max(Span.of(available).duration_s, Fraction(0)),
        )

    def warnings(self) -> list[str]:
        """Return a sentence each about missing and moved media."""
        found = []
        if self.unnamed:
            found.append(
                f"{self.unnamed} clip{'s name' if self.unnamed != 1 else ' names'} no media file; scored without "
                "looking at it"
            )
        if self.missing:
            count = sum(self.missing.values())
            first = next(iter(self.missing))
            files = "1 file" if len(self.missing) == 1 else f"{len(self.missing)} files"
            found.append(
                f"the media of {count} clip{'s' * (count != 1)} ({files}, first {first}) was not found; scored without "
                "looking at it"
            )
        if self.found_beside:
            asked, path = next(iter(self.found_beside.items()))
            found.append(
                f"{len(self.found_beside)} media file{'s' * (len(self.found_beside) != 1)} not where the timeline says "
                f"({asked}), but beside it ({path}); these were used"
            )
        return found

    def _find(self, clip: otio.schema.Clip, reference: otio.core.MediaReference | None) -> Path | None:
        asked = _asked(clip, reference)
        if not asked:
            self.unnamed += 1
            return None
        if asked not in self._known:
            self._known[asked] = self._look_for(asked)
        path = self._known[asked]
        if path is None:
            self.missing[asked] = self.missing.get(asked, 0) + 1
        return path

    def _look_for(self, asked: str) -> Path | None:
        if self.bundle is not None and asked.replace("\\", "/").removeprefix("./") in self.bundled:
            return self.bundle / asked
        path = find_media(asked, self.folder)
        if path is None:
            name = PureWindowsPath(bare_path(asked)).name  # takes both kinds of slashes
            path = find_media(name, self.folder) if name else None
            if path is not None:
                self.found_beside[asked] = path.name
        return None if path is None else path.resolve()


def _asked(clip: otio.schema.Clip, reference: otio.core.MediaReference | None) -> str:
    """Return the path or URL that a clip asks for; "" where it names none."""
    import opentimelineio as otio

    if isinstance(reference, otio.schema.ExternalReference):
        return str(reference.target_url or "")
    if isinstance(reference, otio.schema.ImageSequenceReference):
        try:
            return str(reference.target_url_for_image_number(0))
        except (IndexError, ValueError, TypeError, ZeroDivisionError):  # no available range to count in
            number = f"{reference.start_frame:0{reference.frame_zero_padding}d}"
            return f"{reference.target_url_base}{reference.name_prefix}{number}{reference.name_suffix}"
    for name in (reference.name if reference is not None else "", clip.name):
        if name and _FILE_NAME.search(name):
            return str(name)
    return ""


def _path_as_asked(reference: otio.core.MediaReference | None, folder: Path) -> Path | None:
    url = getattr(reference, "target_url", None)
    if not url:
        return None
    path = bare_path(url)
    return Path(path) if re.match(r"^[A-Za-z]:|^[\\/]", path) else folder / path


def _into_file_s(placed: PlacedClip, start_s: Fraction, available: Span | None, frame_s: Fraction) -> Fraction:
    """Return the second of the file, from its first frame, that is on screen at a record time."""
    own = placed.clip_span
    file_start_s = Fraction(0) if available is None else available.start_s
    if available is not None and own.end_s <= available.start_s:
        file_start_s = Fraction(0)  # counted from 0, although the media has a timecode
    into_file_s = own.start_s - file_start_s
    if placed.speed < 0:  # from its last frame backwards
        into_file_s += (placed.whole_end_s - start_s) * abs(placed.speed) - frame_s
    else:
        into_file_s += (start_s - placed.whole_start_s) * placed.speed
    return max(into_file_s, Fraction(0))
