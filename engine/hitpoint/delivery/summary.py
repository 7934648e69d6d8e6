"""The report in a few lines for a human: the cues, the hits with their errors, what needs attention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

_VERDICT_STYLES = {"hit": "green", "near": "yellow", "refused": "red"}

#: Of what is in the picture, so much is told.
_MOST_PRESENT = 6
#: So many hits are shown one by one; of more, those that were missed come first.
_MAX_HITS = 24


def summary_table(report: Mapping[str, Any]) -> Group:
    """Return rich renderables that read well at 80 columns: cues, hits (green, yellow, red), loudness, warnings."""
    from rich.console import Group
    from rich.text import Text

    hits = report["hits"]
    lines: list[Any] = [_cues(report["cues"])]
    if hits:
        lines.append(_hits(hits))
    lines.append(Text.from_markup(_hit_line(report["hit_summary"])))
    refused = [m for m in report["markers"] if m["verdict"] == "refused" and m["hit_id"] is None]
    lines += [Text(f"✗ marker {m['name'] or m['id']!r} at {m['timecode']}: {m['reason']}", "red") for m in refused]
    loudness = report["loudness"]
    if loudness:
        lines.append(Text(_loudness_line(loudness)))
    if report["alternates"]:
        lines.append(Text("Alternates: " + ", ".join(row["path"] for row in report["alternates"])))
    lines += [Text(f"! {warning}", "yellow") for warning in report["warnings"]]
    return Group(*lines)


def analysis_table(analysis: Mapping[str, Any]) -> Group:
    """Return rich renderables of an analysis: who was listened to, the story, the cues, warnings."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    arc = analysis["arc"]
    heard = Table(title="The arc", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name in ("", "mean", "least", "most", *arc["shares"]):
        heard.add_column(name, justify="right" if name else "left")
    for dimension in ("valence", "arousal", "tension"):
        values = arc[dimension]
        shares = [f"{sum(share[dimension]) / len(share[dimension]):.0%}" for share in arc["shares"].values()]
        figures = [f"{sum(values) / len(values):+.2f}", f"{min(values):+.2f}", f"{max(values):+.2f}"]
        heard.add_row(dimension, *figures, *shares)
    story = Table(title="Story", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name in ("at", "beat", "evidence"):
        story.add_column(name, overflow="fold")
    heaviest = sorted(analysis["beats"], key=lambda beat: -beat["weight"])[:_MAX_HITS]
    for beat in sorted(heaviest, key=lambda beat: beat["time_s"]):
        story.add_row(f"{beat['time_s']:.1f} s", beat["kind"], "; ".join(beat["evidence"]))
    cues = Table(title="Cues", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for name in ("cue", "in", "out", "style", "mood"):
        cues.add_column(name, overflow="fold")
    for cue in analysis["cues"]:
        cues.add_row(cue["number"], cue["in_timecode"], cue["out_timecode"], cue["style"], cue["mood"])
    warnings = [Text(f"! {warning}", "yellow") for warning in analysis["warnings"]]
    seen = [Text(_recognised_line(analysis["recognised"]))] if analysis["recognised"] is not None else []
    return Group(heard, story, cues, *seen, *warnings)


def _recognised_line(recognised: Mapping[str, Any]) -> str:
    present = ", ".join(f"{name} {share:.0%}" for name, share in list(recognised["presence"].items())[:_MOST_PRESENT])
    return f"{recognised['model']} saw {len(recognised['shots'])} shots; of the time there is {present or 'nothing'}"


def _cues(cues: list[dict[str, Any]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Cues", title_justify="left", title_style="bold", box=None, pad_edge=False, expand=False)
    for name, justify in (("cue", "left"), ("in", "left"), ("out", "left"), ("key", "left"), ("bpm", "right")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("palette", overflow="ellipsis", no_wrap=True, max_width=14)
    table.add_column("title", overflow="fold")
    for cue in cues:
        tempi = [bpm for s in cue["tempo"]["segments"] for bpm in (s["start_bpm"], s["end_bpm"])]
        low, high = round(min(tempi)), round(max(tempi))
        bpm = f"{low}" if low == high else f"{low}-{high}"
        times = (cue["start_timecode"], cue["end_timecode"])
        table.add_row(cue["number"], *times, cue["key"], bpm, Text(cue["palette"]), Text(cue["title"]))
    return table


def _hits(hits: list[dict[str, Any]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="\nHits", title_justify="left", title_style="bold", box=None, pad_edge=False, expand=False)
    for name, justify in (("", "left"), ("at", "left"), ("bar|beat", "right"), ("kind", "left")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("error", justify="right", no_wrap=True)
    table.add_column("hit", overflow="fold", ratio=1)
    shown = hits
    if len(hits) > _MAX_HITS:
        missed = [hit for hit in hits if hit["verdict"] != "hit"][:_MAX_HITS]
        shown = sorted(missed + [h for h in hits if h["verdict"] == "hit"][: _MAX_HITS - len(missed)], key=_frame)
    for hit in shown:
        style = _VERDICT_STYLES[hit["verdict"]]
        bar = "-" if hit["bar"] is None else f"{hit['bar']}|{hit['beat']:g}"
        words = hit["label"] or hit["id"]
        if hit["verdict"] != "hit" and hit["reason"]:
            words += f": {hit['reason']}"
        mark = {"hit": "●", "near": "◐", "refused": "✗"}[hit["verdict"]]
        table.add_row(Text(mark, style), hit["timecode"], bar, hit["kind"], Text(error_text(hit), style), Text(words))
    if len(shown) < len(hits):
        table.add_row("", f"… and {len(hits) - len(shown)} more", "", "", "", "")
    return table


def _frame(hit: dict[str, Any]) -> int:
    return int(hit["frame"])


def error_text(hit: Mapping[str, Any]) -> str:
    """Return a hit's error for people: measured "+1.3 ms", else planned "(0 ms)", else "-"."""
    if hit["measured_error_ms"] is not None:
        return f"{round(hit['measured_error_ms'], 1) + 0.0:+.1f} ms"  # + 0.0: never "-0.0"
    if hit["planned_error_ms"] is not None:
        return f"({hit['planned_error_ms']:+.0f} ms)" if hit["planned_error_ms"] else "(0 ms)"
    return "-"


def _hit_line(summary: Mapping[str, Any]) -> str:
    text = f"[green]{summary['hit']} hit[/], [yellow]{summary['near']} near[/], [red]{summary['refused']} refused[/]"
    if summary["measured"]:
        text += (
            f"; measured on the mix: median {summary['median_error_ms']:.1f} ms, "
            f"95 % {summary['p95_error_ms']:.1f} ms, worst {summary['worst_error_ms']:.1f} ms"
        )
    return text


def _loudness_line(loudness: Mapping[str, Any]) -> str:
    def number(value: float | None, unit: str) -> str:
        return "silent" if value is None else f"{value:.1f} {unit}"

    return (
        f"Mix {number(loudness['integrated_lufs'], 'LUFS')} ({loudness['target']}), "
        f"true peak {number(loudness['true_peak_dbtp'], 'dBTP')}, "
        f"limiter {loudness['limiter_max_reduction_db']:.1f} dB"
    )
