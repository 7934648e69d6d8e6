"""The score over the cut in one picture: shots, words, hits with their errors, arc, loudness, waveform, tempo.

Reads the report and the mix only, so that it can be drawn again later from the files of a run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hitpoint.delivery.envelope import peaks
from hitpoint.delivery.summary import error_text
from hitpoint.files import write_beside
from hitpoint.model.audio import AudioFile, StemFile
from hitpoint.model.time import FrameRate, frames_to_timecode, timecode_to_frames

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, FAINT = "#e9e6df", "#969ca6", "#30353d"
PAPER, PANEL = "#14171b", "#1a1e24"
_SHOTS = ("#3a4450", "#4a5664")
VALENCE, AROUSAL, TENSION = "#5aa9e6", "#f2b134", "#e4572e"
_PLANNED, _MEASURED, _WAVE = "#f4f1ea", "#7bd3b5", "#7bd3b5"
TEMPO = "#c792ea"
VERDICTS = {"hit": "#63d68b", "near": "#f5cf57", "refused": "#ff6b62"}

#: 1920 x 1080 at 120 dpi.
_SIZE_INCHES, _DPI = (16.0, 9.0), 120

#: Lanes from top to bottom and their heights.
_LANES = {
    "hits": 1.45,
    "shots": 0.42,
    "words": 0.42,
    "music": 0.42,
    "arc": 1.7,
    "loudness": 1.6,
    "wave": 1.5,
    "tempo": 1.15,
}
_STRIPS = ("hits", "shots", "words", "music")
_LABEL_ROWS = 3

#: Loudness shown below the loudest short-term value; what is quieter lies on the floor.
_LOUDNESS_RANGE_LU = 30.0


def plot_score(report: Mapping[str, Any], path: Path, *, waveform: AudioFile | StemFile | None = None) -> None:
    """Draw the report of a run as PNG, 1920 x 1080.

    Parameters
    ----------
    report : dict
        As `build_report` returns it or as report.json holds it.
    path : Path
        Target; replaced only when the new file is complete.
    waveform : AudioFile or StemFile, optional
        The mix; its lane stays empty without.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    lanes = _lanes(figure, float(report["cut"]["duration_s"]))
    _title(figure, report)
    _draw_hits(lanes, report)
    draw_shots(lanes["shots"], report["cut"]["shots"])
    draw_words(lanes["words"], report["cut"]["subtitles"], float(report["cut"]["duration_s"]))
    _draw_music(lanes["music"], report["cues"])
    draw_arc(lanes["arc"], report["arc"])
    draw_loudness(lanes["loudness"], report)
    _draw_wave(lanes["wave"], waveform, float(report["cut"]["duration_s"]))
    _draw_tempo(lanes["tempo"], report["cues"])
    _draw_bars(lanes, report["cues"], float(report["cut"]["duration_s"]))
    timecode_axis(lanes["tempo"], report["cut"])
    with write_beside(path) as temp_path:
        figure.savefig(temp_path, format="png", facecolor=PAPER)


def _lanes(figure: Figure, duration_s: float) -> dict[str, Axes]:
    grid = figure.add_gridspec(
        len(_LANES),
        1,
        height_ratios=list(_LANES.values()),
        left=0.075,
        right=0.985,
        top=0.925,
        bottom=0.055,
        hspace=0.09,
    )
    lanes: dict[str, Axes] = {}
    for row, name in enumerate(_LANES):
        axes = figure.add_subplot(grid[row, 0], facecolor=PAPER if name in _STRIPS else PANEL)
        axes.set_xlim(0, duration_s)
        axes.tick_params(colors=MUTED, labelsize=8, length=0, labelbottom=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        lanes[name] = axes
    for name in _STRIPS:
        lanes[name].set_ylim(0, 1)
        lanes[name].set_yticks([])
    return lanes


def name_lane(axes: Axes, name: str) -> None:
    """Write a lane's name beside it."""
    axes.set_ylabel(name, color=MUTED, fontsize=9, rotation=0, ha="right", va="center", labelpad=8)


def _title(figure: Figure, report: Mapping[str, Any]) -> None:
    figure.text(0.075, 0.957, report["cut"]["name"], color=INK, fontsize=19, fontweight="bold", va="center")
    cues = "   ".join(f"{cue['number']} {cue['title']} ({cue['key']})" for cue in report["cues"][:4])
    more = len(report["cues"]) - 4
    figure.text(
        0.985,
        0.97,
        cues + (f"   and {more} more" if more > 0 else ""),
        color=INK,
        fontsize=10,
        ha="right",
        va="center",
    )
    summary = report["hit_summary"]
    facts = [f"{summary[verdict]} {verdict}" for verdict in VERDICTS if summary[verdict]]
    if summary["measured"]:
        facts.append(f"median error {summary['median_error_ms']:.1f} ms, worst {summary['worst_error_ms']:.1f} ms")
    loudness = report["loudness"]
    if loudness and loudness["integrated_lufs"] is not None:
        facts.append(f"{loudness['integrated_lufs']:.1f} LUFS, {loudness['true_peak_dbtp']:.1f} dBTP")
    figure.text(0.985, 0.943, "  ·  ".join(facts), color=MUTED, fontsize=10, ha="right", va="center")


def _draw_hits(lanes: Mapping[str, Axes], report: Mapping[str, Any]) -> None:
    """Draw a line through all lanes per hit, and labels in as many rows as there is room for."""
    axes, duration_s = lanes["hits"], float(report["cut"]["duration_s"])
    name_lane(axes, "hits")
    free_from_s = [-1.0] * _LABEL_ROWS
    per_character_s = duration_s * 0.0052
    crowd = min(1.0, 24 / max(1, len(report["hits"])))  # many lines must not hide what they cross
    for hit in report["hits"]:
        at, colour = hit["record_s"], VERDICTS[hit["verdict"]]
        for name, lane in lanes.items():
            if name != "hits":
                lane.axvline(
                    at, color=colour, lw=0.9, alpha=(0.55 if hit["verdict"] == "hit" else 0.8) * crowd, zorder=5
                )
        label = hit["label"] or hit["kind"]
        label = label if len(label) <= 22 else label[:21] + "…"
        error = error_text(hit)
        width_s = per_character_s * max(len(label), len(error)) + duration_s * 0.012
        on_right = at + width_s <= duration_s
        left_s = at if on_right else at - width_s
        row = next((row for row in range(_LABEL_ROWS) if free_from_s[row] <= left_s), None)
        top = 0.97 - (row or 0) / _LABEL_ROWS
        axes.plot([at, at], [0, top if row is not None else 0.08], color=colour, lw=0.9, alpha=0.7, zorder=1)
        axes.plot([at], [0.0], marker="v", color=colour, ms=4.5 + 5 * hit["weight"], zorder=6, clip_on=False)
        if row is None:
            continue
        free_from_s[row] = left_s + width_s
        side = "left" if on_right else "right"
        box = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8}
        for words, at_height, ink, size in ((label, top, INK, 9), (error, top - 0.135, colour, 8)):
            axes.annotate(
                words,
                (at, at_height),
                xytext=(5 if on_right else -5, 0),
                textcoords="offset points",
                color=ink,
                fontsize=size,
                ha=side,
                va="top",
                bbox=box,
                zorder=3,
            )


def draw_shots(axes: Axes, shots: Sequence[Mapping[str, Any]]) -> None:
    """Draw the shots as blocks, numbered where there is room."""
    name_lane(axes, "shots")
    duration_s = axes.get_xlim()[1]
    for index, shot in enumerate(shots):
        start_s, width_s = shot["start_s"], shot["end_s"] - shot["start_s"]
        axes.barh(0.5, width_s, left=start_s, height=0.86, color=_SHOTS[index % 2], linewidth=0)
        if width_s > duration_s * 0.016:
            axes.text(start_s + width_s / 2, 0.48, f"{index + 1}", color=INK, fontsize=8, ha="center", va="center")


def draw_words(axes: Axes, subtitles: Sequence[Mapping[str, Any]], duration_s: float) -> None:
    """Draw the dialogue as blocks with its words where there is room."""
    name_lane(axes, "dialogue")
    for line in subtitles:
        width_s = line["end_s"] - line["start_s"]
        axes.barh(0.5, width_s, left=line["start_s"], height=0.8, color="#2f4a63", linewidth=0)
        words = f"{line['speaker']}: {line['text']}" if line["speaker"] else line["text"]
        room = int(width_s / (duration_s * 0.0048))
        if room >= 4:
            words = " ".join(words.split())
            words = words if len(words) <= room else words[: room - 1] + "…"
            middle_s = line["start_s"] + width_s / 2
            axes.text(middle_s, 0.47, words, color=INK, fontsize=7.5, ha="center", va="center", clip_on=True)


def _draw_music(axes: Axes, cues: Sequence[Mapping[str, Any]]) -> None:
    """Draw the cues as bars, their sections as shades: the more intense, the stronger."""
    name_lane(axes, "music")
    duration_s = axes.get_xlim()[1]
    for cue in cues:
        axes.barh(0.5, cue["end_s"] - cue["start_s"], left=cue["start_s"], height=0.86, color="#2b2738", linewidth=0)
        for index, section in enumerate(cue["sections"]):
            end_s = min(section["end_s"], cue["end_s"])
            width_s = end_s - section["start_s"]
            if width_s <= 0:
                continue
            shade = 0.2 + 0.5 * (section["start_intensity"] + section["end_intensity"]) / 2
            axes.barh(0.5, width_s, left=section["start_s"], height=0.86, color=TEMPO, alpha=shade, linewidth=0)
            axes.plot([section["start_s"]] * 2, [0.07, 0.93], color=PAPER, lw=1)
            words = f"{cue['number']}  {section['label']}" if index == 0 else section["label"]
            if width_s > duration_s * 0.0055 * len(words):
                middle_s = section["start_s"] + width_s / 2
                axes.text(middle_s, 0.47, words, color=INK, fontsize=8, ha="center", va="center")


def draw_arc(axes: Axes, arc: Mapping[str, Any] | None) -> None:
    """Draw valence, arousal and tension."""
    name_lane(axes, "arc")
    axes.set_ylim(-1.08, 1.08)
    axes.set_yticks([-1, 0, 1])
    axes.axhline(0, color=FAINT, lw=0.8)
    if arc is None:
        return
    t = np.arange(len(arc["tension"])) * arc["hop_s"]
    axes.fill_between(t, 0, arc["tension"], color=TENSION, alpha=0.28, linewidth=0)
    axes.plot(t, arc["tension"], color=TENSION, lw=1.6, label="tension")
    axes.plot(t, arc["arousal"], color=AROUSAL, lw=1.6, label="arousal")
    axes.plot(t, arc["valence"], color=VALENCE, lw=1.6, label="valence")
    legend(axes)


def draw_loudness(axes: Axes, report: Mapping[str, Any]) -> None:
    """Draw planned intensity over measured short-term loudness, both on 0..1."""
    name_lane(axes, "intensity\nand loudness")
    axes.set_ylim(0, 1.08)
    axes.set_yticks([])
    loudness = report["loudness"]
    values = [np.nan if v is None else v for v in loudness["short_term_lufs"]] if loudness else []
    if np.isfinite(values).any():
        lufs = np.asarray(values, dtype=float)
        top = float(np.nanmax(lufs))
        height = np.clip(np.nan_to_num((lufs - top) / _LOUDNESS_RANGE_LU + 1, nan=0.0), 0, 1)
        # The window looks back 3 s: its middle is what one hears as "here".
        t = loudness["short_term_start_s"] + (np.arange(len(lufs)) + 1) * loudness["short_term_hop_s"] - 1.5
        axes.fill_between(t, 0, height, color=_MEASURED, alpha=0.22, linewidth=0)
        axes.plot(t, height, color=_MEASURED, lw=1.4, label=f"measured loudness (short-term, top {top:.0f} LUFS)")
    for index, cue in enumerate(report["cues"]):
        planned = cue["planned_intensity"]
        t = planned["start_s"] + np.arange(len(planned["values"])) * planned["hop_s"]
        told = "planned intensity" if index == 0 else None
        axes.plot(t, planned["values"], color=_PLANNED, lw=1.4, ls=(0, (4, 2)), label=told)
        if cue["loudness_correlation"] is not None:
            words = f"{cue['number']}  r = {cue['loudness_correlation']:.2f}"
            axes.text(cue["start_s"], 1.03, " " + words, color=MUTED, fontsize=8, va="top")
    legend(axes)


def _draw_wave(axes: Axes, mix: AudioFile | StemFile | None, duration_s: float) -> None:
    name_lane(axes, "mix")
    axes.set_yticks([])
    axes.set_ylim(-1, 1)
    axes.axhline(0, color=FAINT, lw=0.8)
    if mix is None:
        return
    moments_s, low, high, rms = peaks(mix, duration_s=duration_s)
    largest = max(float(np.abs([low, high]).max()), 1e-6)
    axes.set_ylim(-1.05 * largest, 1.05 * largest)
    axes.fill_between(moments_s, low, high, color=_WAVE, alpha=0.45, linewidth=0)
    axes.fill_between(moments_s, -rms, rms, color=_WAVE, alpha=0.9, linewidth=0)


def _draw_tempo(axes: Axes, cues: Sequence[Mapping[str, Any]]) -> None:
    name_lane(axes, "tempo\n(bpm)")
    tempi: list[float] = []
    for cue in cues:
        for segment in cue["tempo"]["segments"]:
            end_s = min(segment["end_s"], cue["end_s"]) if segment is cue["tempo"]["segments"][-1] else segment["end_s"]
            ends = (segment["start_bpm"], segment["end_bpm"])
            axes.plot([segment["start_s"], end_s], ends, color=TEMPO, lw=2.2, solid_capstyle="butt")
            tempi += ends
    low, high = min(tempi, default=60.0), max(tempi, default=120.0)
    room = max(4.0, (high - low) * 0.35)
    axes.set_ylim(low - room, high + room * 2.2)
    axes.set_yticks(sorted({round(low), round(high)}))
    top = high + room * 1.9
    last_s = -np.inf
    for cue in cues:
        for meter in cue["tempo"]["meters"]:
            if meter["start_s"] - last_s > axes.get_xlim()[1] * 0.02:
                axes.text(meter["start_s"], top, f" {meter['meter']}", color=INK, fontsize=8, va="top")
                last_s = meter["start_s"]


def _draw_bars(lanes: Mapping[str, Axes], cues: Sequence[Mapping[str, Any]], duration_s: float) -> None:
    """Draw bar lines through the lower lanes, thinned to what the eye can tell apart, and shade the cues."""
    for cue in cues:
        lines = cue["tempo"]["bar_lines_s"]
        every = max(1, int(np.ceil(len(lines) / max(1.0, (cue["end_s"] - cue["start_s"]) / duration_s * 160))))
        for name in ("arc", "loudness", "wave", "tempo"):
            lanes[name].axvspan(cue["start_s"], cue["end_s"], color="#ffffff", alpha=0.022, linewidth=0, zorder=0)
            lanes[name].vlines(
                lines[::every], 0, 1, transform=lanes[name].get_xaxis_transform(), color=FAINT, lw=0.7, zorder=0.5
            )
        step = every * (4 if every > 1 or len(lines) > 40 else 2 if len(lines) > 16 else 1)
        for index in range(0, len(lines), step):
            lanes["wave"].annotate(
                f"{index + 1}",
                (lines[index], 0),
                xycoords=lanes["wave"].get_xaxis_transform(),
                xytext=(2, 2),
                textcoords="offset points",
                color=MUTED,
                fontsize=7,
            )


def legend(axes: Axes) -> None:
    """Name the curves of a lane that have a name."""
    handles, _ = axes.get_legend_handles_labels()
    if handles:
        axes.legend(loc="lower right", ncols=3, fontsize=8, labelcolor=MUTED, frameon=False, borderaxespad=0.2)


def timecode_axis(axes: Axes, cut: Mapping[str, Any]) -> None:
    """Label the axis with the editor's timecode, on whole seconds of it."""
    numerator, denominator = (int(number) for number in cut["rate"].split("/"))
    rate = FrameRate(numerator, denominator, cut["drop_frame"])
    first = timecode_to_frames(cut["start_timecode"], rate)
    step_s = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900) if cut["duration_s"] / s <= 12), 1800)
    frames = range(0, cut["duration_frames"], step_s * rate.timecode_base)
    axes.set_xticks([float(frame * rate.frame_s) for frame in frames])
    axes.set_xticklabels([frames_to_timecode(first + frame, rate) for frame in frames])
    axes.tick_params(labelbottom=True, colors=MUTED, labelsize=9, pad=5)
