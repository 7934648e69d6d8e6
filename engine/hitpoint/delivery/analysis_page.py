"""What was understood about a cut, as one HTML page that needs nothing else."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from hitpoint.files import write_beside
from hitpoint.model.time import FrameRate, frames_to_timecode, timecode_to_frames

_STYLE = """
body{background:#14171b;color:#e9e6df;font:15px/1.5 system-ui,sans-serif}
body{margin:2rem auto;max-width:1200px;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.1rem;margin-top:2rem;color:#f2b134}img{width:100%;border-radius:6px}
table{border-collapse:collapse;width:100%}th{color:#969ca6;text-align:left;font-weight:normal}
td,th{padding:.25rem .7rem .25rem 0;border-bottom:1px solid #30353d;vertical-align:top}
td.t{font-variant-numeric:tabular-nums;white-space:nowrap;color:#969ca6}.w{color:#f5cf57}
"""


def write_analysis_page(analysis: Mapping[str, Any], picture: Path, path: Path) -> None:
    """Write the page: the plot (`picture`, PNG, is put into it), cues with briefs and hits, beats, lines, warnings."""
    cut = analysis["cut"]
    numerator, denominator = (int(number) for number in cut["rate"].split("/"))
    rate = FrameRate(numerator, denominator, cut["drop_frame"])
    first = timecode_to_frames(cut["start_timecode"], rate)

    def timecode(record_s: float) -> str:
        return frames_to_timecode(first + round(record_s * float(rate.fps)), rate)

    image = base64.b64encode(picture.read_bytes()).decode("ascii")
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'>",
        f"<title>{escape(cut['name'])}</title><style>{_STYLE}</style>",
        f"<h1>{escape(cut['name'])}</h1><img alt='the cut over time' src='data:image/png;base64,{image}'>",
    ]
    if analysis["warnings"]:
        parts.append("<h2>Warnings</h2>" + "".join(f"<p class='w'>{escape(text)}</p>" for text in analysis["warnings"]))
    parts.append("<h2>Cues</h2>" + _table(("cue", "in", "out", "what", "why"), (_cue_row(c) for c in analysis["cues"])))
    hits = [hit for cue in analysis["cues"] for hit in cue["hits"]]
    rows = ((hit["timecode"], hit["kind"], f"{hit['weight']:.2f}", hit["label"]) for hit in hits)
    parts.append("<h2>Hit points</h2>" + _table(("at", "kind", "weight", "why"), rows))
    beats = (
        (timecode(beat["time_s"]), beat["kind"], f"{beat['weight']:.2f}", "; ".join(beat["evidence"]))
        for beat in analysis["beats"]
    )
    parts.append("<h2>Story</h2>" + _table(("at", "beat", "weight", "evidence"), beats))
    recognised = analysis["recognised"]
    if recognised is not None:
        seen = (
            (
                timecode(shot["start_s"]),
                shot["name"],
                shot["told"],
                ", ".join(shot["contains"]),
                f"{shot['valence']:+.2f}",
                f"{shot['arousal']:+.2f}",
                f"{shot['confidence']:.2f}",
            )
            for shot in recognised["shots"]
        )
        heads = ("at", "shot", "what", "with", "valence", "arousal", "confidence")
        parts.append(f"<h2>Recognised by {escape(recognised['model'])}</h2>" + _table(heads, seen))
    lines = (
        (
            timecode(line["start_s"]),
            f"{line['speaker']}: {line['text']}" if line["speaker"] else line["text"],
            f"{line['valence']:+.2f}",
            f"{line['arousal']:+.2f}",
            ", ".join([*line["emotions"], *line["tells"]]),
        )
        for line in analysis["lines"]
    )
    genres = ", ".join(f"{genre} {share:.0%}" for genre, share in list(analysis["genres"].items())[:4])
    if genres:
        parts.append(f"<p>The words are those of {escape(genres)}.</p>")
    parts.append("<h2>Words</h2>" + _table(("at", "line", "valence", "arousal", "feelings"), lines))
    screenplay = analysis["screenplay"]
    if screenplay is not None:
        parts.append(
            f"<h2>Screenplay</h2><p>{screenplay['agreement']:.0%} of the words agree. Scenes that are not in the cut: "
            f"{escape(', '.join(screenplay['missing_scenes'])) or 'none'}.</p>"
        )
    with write_beside(path) as unfinished:
        unfinished.write_text("\n".join(parts), encoding="utf-8")


def _cue_row(cue: Mapping[str, Any]) -> tuple[str, ...]:
    what = f"{cue['function']}; {cue['mood']}; {cue['style']}, {cue['key']}, {cue['tempo_bpm']:g} bpm"
    return f"{cue['number']} {cue['title']}", cue["in_timecode"], cue["out_timecode"], what, cue["notes"]


def _table(heads: Sequence[str], rows: Any) -> str:
    body = "".join(
        "<tr>"
        + "".join(f"<td{' class=t' if number == 0 else ''}>{escape(cell)}</td>" for number, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{body}</table>"
