"""The markers as an EDL, in the form that DaVinci Resolve exports and imports (editors.md §3.4)."""

from __future__ import annotations

from pathlib import Path

from hitpoint.files import write_beside
from hitpoint.model.time import FrameRate, frames_to_timecode
from hitpoint.timeline.write import ScorePlacement


def write_marker_edl(
    placement: ScorePlacement, path: Path, *, rate: FrameRate, start_timecode_frame: int, title: str
) -> None:
    """Write one event per cue and per hit, in record timecode; drop-frame labels where the timeline has them."""
    rows = [(cue.start_frame, f"{cue.number} {cue.title}", "ResolveColorFuchsia", cue.end_frame - cue.start_frame)
            for cue in placement.cues]  # fmt: skip
    rows += [(hit.frame, hit.name, "ResolveColorPurple", 1) for hit in placement.hits]
    lines = [f"TITLE: {title}", f"FCM: {'DROP FRAME' if rate.drop_frame else 'NON-DROP FRAME'}", ""]
    for number, (frame, name, color, duration) in enumerate(sorted(rows), 1):
        start = frames_to_timecode(start_timecode_frame + frame, rate)
        end = frames_to_timecode(start_timecode_frame + frame + 1, rate)
        # a bar in the name would end it early
        lines.append(f"{number:03d}  001      V     C        {start} {end} {start} {end}")
        lines.append(f" |C:{color} |M:{name.replace('|', '/')} |D:{duration}")
        lines.append("")
    with write_beside(path) as unfinished:
        unfinished.write_text("\n".join(lines), encoding="utf-8")
