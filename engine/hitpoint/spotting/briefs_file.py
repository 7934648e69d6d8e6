"""The briefs file NAME.briefs.toml: what each cue should be like, for people to read and to edit (docs/briefs.md).

`write_briefs` writes it, `read_briefs` (briefs_reader) reads it back strictly, `apply_briefs` (briefs_apply) lays it
over a spotting.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from hitpoint.files import write_beside
from hitpoint.model.cut import Cut
from hitpoint.model.errors import OutputError
from hitpoint.model.spotting import BRIEF_SHAPES, CUE_FUNCTIONS, Cue, HitPoint
from hitpoint.model.time import frames_to_seconds
from hitpoint.spotting.briefs_apply import apply_briefs
from hitpoint.spotting.briefs_reader import read_briefs
from hitpoint.spotting.briefs_values import BriefsFile, CueEntry, FileHit, IntensityPoint, is_proposed

__all__ = [
    "BriefsFile",
    "CueEntry",
    "FileHit",
    "IntensityPoint",
    "apply_briefs",
    "read_briefs",
    "write_briefs",
]

_HEAD = (
    "What the music of each cue should be like. Change what you like and score again.",
    "A line that you delete is filled in as the scene asks; a cue that is missing here is scored as the scene asks.",
    "Moments are timecodes of the cut, or seconds from its start (\"12.5 s\"). In your own [[cue]], number, in and out",
    "are enough. Styles: `hitpoint styles`. Markers are moved in the editor, and win over what is written here.",
    "function: " + ", ".join(CUE_FUNCTIONS),
    "shape: " + ", ".join(BRIEF_SHAPES) + ", or nothing: as the scene goes",
    "intensity: [moment or share of the cue, 0 softest .. 1 fullest], or [] to follow the scene",
)  # fmt: skip


def write_briefs(path: Path, cues: Sequence[Cue], *, cut: Cut, overwrite: bool = False) -> None:
    """Write the briefs of all cues beside `path`, then in its place.

    Raises `OutputError` where the file exists and `overwrite` is False (somebody may have edited it), and where it
    cannot be written.
    """
    import tomlkit

    if not overwrite and path.exists():
        raise OutputError(f"{path} exists and may hold your edits; give --force to write it anew, or move it away")
    document = tomlkit.document()
    for line in _HEAD:
        document.add(tomlkit.comment(line))
    about = tomlkit.table()
    about.add("name", _clean(cut.name))
    about.add("rate", str(cut.rate))
    ends = tomlkit.item(cut.timecode(cut.duration_frames))
    about.add("ends", ends.comment("the length for which this was written"))
    document.add("cut", about)
    rows = tomlkit.aot()
    for cue in cues:
        rows.append(_cue_table(cue, cut))
    document.add("cue", rows)
    with write_beside(path) as unfinished:
        unfinished.write_text(tomlkit.dumps(document), encoding="utf-8")


def _cue_table(cue: Cue, cut: Cut) -> Any:
    import tomlkit

    brief, table = cue.brief, tomlkit.table()
    table.add("number", cue.number)
    table.add("title", _clean(cue.title))
    table.add("music", tomlkit.item(True).comment("false leaves this cue out"))
    table.add("in", _moment(cut, cue.span.start_frame))
    table.add("out", _moment(cut, cue.span.end_frame))
    table.add("style", brief.palette_id)
    table.add("function", brief.function)
    table.add("mood", _clean(brief.mood))
    table.add("tempo_bpm", _short(brief.tempo_bpm))
    table.add("tempo_range_bpm", [_short(bpm) for bpm in brief.tempo_range_bpm])
    table.add("key", brief.key)
    table.add("instruments", list(brief.instruments))
    table.add("avoid", [_clean(word) for word in brief.avoid])
    table.add("shape", brief.shape)
    table.add("theme", _clean(brief.theme))
    points = tomlkit.array()
    points.extend([_percent(share), level] for share, level in brief.intensity)
    table.add("intensity", points.multiline(True))
    table.add("notes", _clean(brief.notes))
    marked = [hit for hit in cue.hits if not is_proposed(hit)]
    if marked:
        table.add(tomlkit.comment("hits that follow from your markers, in and out:"))
    for hit in marked:
        table.add(tomlkit.comment(f"  {cut.timecode(hit.frame)} {hit.kind.value} {hit.weight:g} {_quoted(hit.label)}"))
    hits = tomlkit.aot()
    for hit in cue.hits:
        if is_proposed(hit):
            hits.append(_hit_table(hit, cut))
    if len(hits):
        table.add("hit", hits)
    return table


def _hit_table(hit: HitPoint, cut: Cut) -> Any:
    import tomlkit

    table = tomlkit.table()
    table.add("at", _moment(cut, hit.frame))
    table.add("kind", hit.kind.value)
    table.add("weight", hit.weight)
    table.add("reason", _clean(hit.label))
    table.add("use", True)
    return table


def _moment(cut: Cut, frame: int) -> Any:
    """Return a timecode with the seconds behind it."""
    import tomlkit

    item = tomlkit.item(cut.timecode(frame))
    return item.comment(f"{float(frames_to_seconds(frame, cut.rate)):.3f} s")


def _percent(share: float) -> str:
    """Return a share in per cent, exactly: what is read back is the same number."""
    return f"{(Decimal(repr(share)) * 100).normalize():f}%"


def _short(number: float) -> float:
    """Return 84 for 84.0: the same number in fewer letters."""
    return int(number) if number == int(number) else number


def _clean(text: str) -> str:
    """Return a text that a file can hold: half characters of broken names become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _quoted(text: str) -> str:
    """Return a text for a comment: on one line, without control characters."""
    return json.dumps(_clean(text), ensure_ascii=False).replace("\x7f", "")
