"""The markers as an EDL, in the form that DaVinci Resolve exports and imports (editors.md §3.4).

One one-frame event per marker in record timecode, and under it a line: the note, then `|C:` colour, `|M:` name and
`|D:` duration in frames. A note that begins with a digit would look like another event, and a bar would end it early.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hitpoint.files import write_beside
from hitpoint.model.time import FrameRate, frames_to_timecode
from hitpoint.timeline.previous_score import SIGN
from hitpoint.timeline.write_back.write import ScorePlacement


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class MarkerRow:
    """One marker: `frame` is a record frame, `color` one of Resolve's sixteen names."""

    frame: int
    color: str
    name: str
    note: str
    duration_frames: int


def write_marker_edl(
    placement: ScorePlacement, path: Path, *, rate: FrameRate, start_timecode_frame: int, title: str
) -> None:
    """Write one event per cue and per hit; drop-frame labels where the timeline has them."""
    rows = [
        MarkerRow(
            frame=cue.start_frame,
            color="Fuchsia",
            name=cue.name,
            note=cue.note,
            duration_frames=cue.end_frame - cue.start_frame,
        )
        for cue in placement.cues
    ]
    rows += [
        MarkerRow(frame=hit.frame, color="Purple", name=hit.name, note=hit.note, duration_frames=1)
        for hit in placement.hits
    ]
    write_marker_rows(rows, path, rate=rate, start_timecode_frame=start_timecode_frame, title=title)


def write_marker_rows(
    rows: Iterable[MarkerRow], path: Path, *, rate: FrameRate, start_timecode_frame: int, title: str
) -> None:
    """Write one event per row, in the order of their frames."""
    lines = [f"TITLE: {_plain(title)}", f"FCM: {'DROP FRAME' if rate.drop_frame else 'NON-DROP FRAME'}", ""]
    for number, row in enumerate(sorted(rows), 1):
        start = frames_to_timecode(start_timecode_frame + row.frame, rate)
        end = frames_to_timecode(start_timecode_frame + row.frame + 1, rate)
        lines.append(f"{number:03d}  001      V     C        {start} {end} {start} {end}  ")
        name, color = _plain(row.name), f"ResolveColor{row.color}"
        lines.append(f"{SIGN}{_plain(row.note)} |C:{color} |M:{name} |D:{row.duration_frames}")
        lines.append("")
    with write_beside(path) as unfinished:
        unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _plain(text: str) -> str:
    """Return a text on one line without the bars that separate the fields."""
    return " ".join(text.replace("|", "/").split())
