"""The cue sheet: one row per cue, in the columns that societies and broadcasters ask for (field.md §4).

Who wrote, publishes and performs the music is the user's to say: those columns are empty and their headers say
"fill in". The file is UTF-8 with a byte order mark, because Excel, where most cue sheets are finished, takes a CSV
without one for the system's old code page and garbles every accent; LibreOffice, Numbers and Python's "utf-8-sig"
read it as well.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from hitpoint.files import write_beside
from hitpoint.model.cut import Cut
from hitpoint.model.music import Composition
from hitpoint.model.spotting import Cue
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import frames_to_seconds, frames_to_timecode, round_half_up

_KNOWN = (
    "Sequence",
    "Cue number",
    "Cue title",
    "Usage",
    "Timecode in",
    "Timecode out",
    "In (HH:MM:SS)",
    "Out (HH:MM:SS)",
    "Duration (HH:MM:SS)",
    "Duration (HH:MM:SS:FF)",
    "Key",
    "Tempo (BPM)",
    "Music origin",
    "Production title",
)
_FOR_THE_USER = (
    "Episode title and number",
    "Composer",
    "Composer role (C, A, CA, AR)",
    "Composer PRO",
    "Composer IPI/CAE",
    "Composer share %",
    "Publisher",
    "Publisher PRO",
    "Publisher IPI/CAE",
    "Publisher share %",
    "Performer",
    "ISRC",
)
COLUMNS = (*_KNOWN, *(f"{name} (fill in)" for name in _FOR_THE_USER))


def write_cue_sheet(
    path: Path,
    *,
    cut: Cut,
    cues: Sequence[Cue],
    plans: Sequence[TempoPlan],
    compositions: Sequence[Composition],
    title: str = "",
    origin: str = "Specially commissioned",
) -> None:
    """Write the cue sheet as CSV: a header row, a row per cue in record order, a row with the total music length.

    Parameters
    ----------
    cut : Cut
        Gives rate and start timecode; its name stands in where `title` is empty.
    cues, plans, compositions : sequences, equally long
        Key and tempo are those of the written music.
    title : str
        Production title.
    origin : str
        The BBC's "music origin".

    Notes
    -----
    In and out are the cue's span in the cut, out exclusive as in an EDL; they do not count the ringing tail.
    Durations are real time to the nearest second (at 23.976 a timecode second lasts 1.001 of them), and the total
    is rounded once, so it may differ by a second from the sum of the rows.
    """
    rows = sorted(zip(cues, plans, compositions, strict=True), key=lambda row: row[0].span.start_frame)
    production = title or cut.name
    total_frames = sum(cue.span.duration_frames for cue in cues)
    with write_beside(path) as temp_path, temp_path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        for sequence, (cue, plan, composition) in enumerate(rows, start=1):
            span = cue.span
            writer.writerow(
                {
                    "Sequence": sequence,
                    "Cue number": _cell(cue.number),
                    "Cue title": _cell(cue.title),
                    "Usage": cue.usage,
                    "Timecode in": cut.timecode(span.start_frame),
                    "Timecode out": cut.timecode(span.end_frame),
                    "In (HH:MM:SS)": clock(frames_to_seconds(span.start_frame, cut.rate)),
                    "Out (HH:MM:SS)": clock(frames_to_seconds(span.end_frame, cut.rate)),
                    **_duration(span.duration_frames, cut),
                    "Key": _cell(composition.key),
                    "Tempo (BPM)": tempo_text(plan, composition.end_beats),
                    "Music origin": _cell(origin),
                    "Production title": _cell(production),
                }
            )
        writer.writerow({"Cue title": "TOTAL MUSIC LENGTH", **_duration(total_frames, cut)})


def _duration(frames: int, cut: Cut) -> dict[str, str]:
    return {
        "Duration (HH:MM:SS)": clock(frames_to_seconds(frames, cut.rate)),
        "Duration (HH:MM:SS:FF)": frames_to_timecode(frames, cut.rate),
    }


def clock(seconds: Fraction) -> str:
    """Return HH:MM:SS of real seconds, to the nearest second."""
    minutes, second = divmod(round_half_up(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}"


def tempo_text(plan: TempoPlan, end_beats: Fraction) -> str:
    """Return "96" for a steady cue, "96-112" where its tempo (quarters per minute) moves by a beat or more."""
    spans = [segment for segment in plan.tempo_map.segments if segment.start_beats < end_beats]
    tempi = [float(60 / spb) for s in spans or plan.tempo_map.segments[:1] for spb in (s.spb_start, s.spb_end)]
    low, high = round(min(tempi)), round(max(tempi))
    return f"{low}" if low == high else f"{low}-{high}"


def _cell(text: str) -> str:
    """Return a text that a spreadsheet shows and never runs: a leading = + - @ would make it a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
