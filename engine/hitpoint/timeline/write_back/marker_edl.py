"""The markers as an EDL, in the form that DaVinci Resolve exports and imports (editors.md §3.4).

One one-frame event per marker in record timecode, and under it a line: the note, then `|C:` colour, `|M:` name and
`|D:` duration in frames. A note that begins with a digit would look like another event, and a bar would end it early.
"""

from __future__ import annotations

from pathlib import Path

from hitpoint.files import write_beside
from hitpoint.model.time import FrameRate, frames_to_timecode
from hitpoint.timeline.previous_score import SIGN
from hitpoint.timeline.write_back.write import ScorePlacement


def write_marker_edl(
    placement: ScorePlacement, path: Path, *, rate: FrameRate, start_timecode_frame: int, title: str
) -> None:
    """Write one event per cue and per hit; drop-frame labels where the timeline has them."""
    rows = [
        (cue.start_frame, "ResolveColorFuchsia", cue.name, cue.note, cue.end_frame - cue.start_frame)
        for cue in placement.cues
    ]
    rows += [(hit.frame, "ResolveColorPurple", hit.name, hit.note, 1) for hit in placement.hits]
    lines = [f"TITLE: {_plain(title)}", f"FCM: {'DROP FRAME' if rate.drop_frame else 'NON-DROP FRAME'}", ""]
    for number, (frame, color, name, note, frames) in enumerate(sorted(rows), 1):
        start = frames_to_timecode(start_timecode_frame + frame, rate)
        end = frames_to_timecode(start_timecode_frame + frame + 1, rate)
        lines.append(f"{number:03d}  001      V     C        {start} {end} {start} {end}  ")
        lines.append(f"{SIGN}{_plain(note)} |C:{color} |M:{_plain(name)} |D:{frames}")
        lines.append("")
    with write_beside(path) as unfinished:
        unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _plain(text: str) -> str:
    """Return a text on one line without the bars that separate the fields."""
    return " ".join(text.replace("|", "/").split())
