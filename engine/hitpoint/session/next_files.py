"""The WAVs of the next version, each made from that of the version before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hitpoint.session.changes import Copy
from hitpoint.session.sound import NewSound
from hitpoint.session.take import Sound, Take
from hitpoint.session.wave_file import write_next


def write_next_file(new: NewSound, parent: Take, name: str, *, folder: Path, before_folder: Path) -> None:
    """Write a version's WAV of the mix or of a stem (`name`)."""
    sound, before = new.sound, parent.sound
    old = before_folder / f"{name}.wav"
    patches = [
        (region.start_sample - sound.start_sample, region.mix if name == "mix" else region.stems[name])
        for region in new.regions
        if name == "mix" or name in region.stems
    ]
    write_next(
        folder / f"{name}.wav",
        sound.length_samples,
        before=old if old.is_file() else None,
        copies=_file_copies(new.copies, before, sound),
        patches=patches,
    )


def span_of(sound: Sound) -> tuple[int, int]:
    """Return (start, length) of a sound in record samples."""
    return sound.start_sample, sound.length_samples


def same_span(span: tuple[int, int], before: Sound) -> tuple[int, int]:
    """Return the range of the version before where it has room for this one: then its files need no moving."""
    start, length = span
    if start >= before.start_sample and start + length <= before.start_sample + before.length_samples:
        return span_of(before)
    first = min(start, before.start_sample)
    return first, max(start + length, before.start_sample + before.length_samples) - first


def _file_copies(copies: Sequence[Copy], before: Sound, sound: Sound) -> list[tuple[int, int, int]]:
    """Return what of the old files stands where in the new ones: (first sample, count, first sample before)."""
    rows = []
    for copy in copies:
        first = max(copy.start, sound.start_sample, before.start_sample + copy.shift)
        last = min(
            copy.end,
            sound.start_sample + sound.length_samples,
            before.start_sample + before.length_samples + copy.shift,
        )
        if first < last:
            rows.append((first - sound.start_sample, last - first, first - copy.shift - before.start_sample))
    return rows
