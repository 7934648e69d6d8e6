"""What was understood about a cut, in one picture: thumbnails, words, beats, arc, who said it, cues and hits.

Reads the analysis only (and thumbnails, and the report of a score where there is one), so that it can be drawn again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.delivery.plot import (
    AROUSAL,
    FAINT,
    INK,
    MUTED,
    PANEL,
    PAPER,
    TEMPO,
    TENSION,
    VALENCE,
    VERDICTS,
    draw_arc,
    draw_loudness,
    draw_shots,
    draw_words,
    legend,
    name_lane,
    timecode_axis,
)
from hitpoint.files import write_beside

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Record second and picture [shape=(h, w, 3), RGB].
Thumbnail = tuple[float, NDArray[np.uint8]]

_SIZE_INCHES, _DPI = (16.0, 10.0), 120
_LANES = {
    "picture": 1.0, "shots": 0.3, "words": 0.36, "beats": 1.25, "arc": 1.7, "valence": 0.62, "arousal": 0.62,
    "tension": 0.62, "seen": 0.8, "heard": 0.8, "music": 0.85, "loudness": 1.2,
}  # fmt: skip
_STRIPS = ("picture", "shots", "words", "beats", "music")
#: Colours of the modalities; what is left white is nobody's.
_MODALITIES = {
    "cutting": "#8d99ae", "picture": "#63b995", "sound": "#e0a458", "words": "#b185db", "eyes": "#5aa9e6",
}  # fmt: skip
_BEATS = {
    "climax": "#e4572e", "turn": "#f2b134", "rising": "#f2b134", "falling": "#5aa9e6", "reveal": "#c792ea",
    "death": "#ff6b62", "threat": "#ff6b62",
}  # fmt: skip
_BEAT_ROWS = 4
_MOTION_TOP, _QUIETEST_DB = 0.8, -55.0
_PLACED_THUMBNAILS = 24


def plot_analysis(
    analysis: Mapping[str, Any],
    path: Path,
    *,
    thumbnails: Sequence[Thumbnail] = (),
    report: Mapping[str, Any] | None = None,
) -> None:
    """Draw an analysis as PNG, 1920 x 1200; `report` is that of a score of the same cut, for its loudness."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    shown = {name: height for name, height in _LANES.items() if name != "loudness" or report is not None}
    grid = figure.add_gridspec(
        len(shown), 1, height_ratios=list(shown.values()), left=0.075, right=0.985, top=0.935, bottom=0.045, hspace=0.1
    )
    duration_s = float(analysis["cut"]["duration_s"])
    lanes: dict[str, Axes] = {}
    for row, name in enumerate(shown):
        axes = figure.add_subplot(grid[row, 0], facecolor=PAPER if name in _STRIPS else PANEL)
        axes.set_xlim(0, duration_s)
        axes.tick_params(colors=MUTED, labelsize=8, length=0, labelbottom=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        if name != "arc":
            axes.set_ylim(0, 1)
            axes.set_yticks([])
        lanes[name] = axes
    _title(figure, analysis)
    _draw_thumbnails(lanes["picture"], thumbnails, duration_s)
    draw_shots(lanes["shots"], analysis["cut"]["shots"])
    draw_words(lanes["words"], analysis["cut"]["subtitles"], duration_s)
    _draw_beats(lanes["beats"], analysis["beats"], duration_s)
    draw_arc(lanes["arc"], analysis["arc"])
    for dimension, color in (("valence", VALENCE), ("arousal", AROUSAL), ("tension", TENSION)):
        _draw_shares(lanes[dimension], analysis["arc"], dimension, color)
    handles, labels = lanes["valence"].get_legend_handles_labels()
    if handles:
        figure.legend(
            handles,
            labels,
            loc="lower right",
            bbox_to_anchor=(0.985, 0.94),
            ncols=4,
            fontsize=8,
            labelcolor=MUTED,
            frameon=False,
        )
    _draw_seen(lanes["seen"], analysis["picture"])
    _draw_heard(lanes["heard"], analysis["sound"])
    _draw_cues(lanes, analysis["cues"], duration_s)
    if report is not None:
        draw_loudness(lanes["loudness"], report)
    timecode_axis(lanes["loudness" if report is not None else "music"], analysis["cut"])
    with write_beside(path) as unfinished:
        figure.savefig(unfinished, format="png", facecolor=PAPER)


def thumbnail_moments(duration_s: float) -> list[float]:
    """Return the record seconds that thumbnails are wanted of."""
    return [(number + 0.5) * duration_s / _PLACED_THUMBNAILS for number in range(_PLACED_THUMBNAILS)]


def _title(figure: Any, analysis: Mapping[str, Any]) -> None:
    figure.text(0.075, 0.965, analysis["cut"]["name"], color=INK, fontsize=19, fontweight="bold", va="center")
    cues = "   ".join(f"{cue['number']} {cue['style']}, {cue['mood']}" for cue in analysis["cues"][:3])
    figure.text(0.985, 0.978, cues, color=INK, fontsize=10, ha="right", va="center")


def _draw_thumbnails(axes: Axes, thumbnails: Sequence[Thumbnail], duration_s: float) -> None:
    name_lane(axes, "picture")
    width_s = duration_s / max(1, len(thumbnails))
    box = axes.get_window_extent()
    ratio = (width_s / duration_s) * box.width / max(1.0, box.height)  # of the room for one
    for moment_s, picture in thumbnails:
        height, width = picture.shape[:2]
        fits = min(1.0, ratio / (width / height))
        own_s = width / height * fits / ratio * width_s
        axes.imshow(
            picture,
            extent=(moment_s - own_s / 2, moment_s + own_s / 2, 0.5 - fits / 2, 0.5 + fits / 2),
            aspect="auto",
            interpolation="bilinear",
        )
    axes.set_xlim(0, duration_s)
    axes.set_ylim(0, 1)


def _draw_beats(axes: Axes, beats: Sequence[Mapping[str, Any]], duration_s: float) -> None:
    """Draw the beats with their evidence, in as many rows as there is room for, the heaviest first."""
    name_lane(axes, "story")
    free: list[list[tuple[float, float]]] = [[] for _ in range(_BEAT_ROWS)]
    for beat in sorted(beats, key=lambda beat: -beat["weight"]):
        color = _BEATS.get(beat["kind"], MUTED)
        axes.plot([beat["time_s"]], [0.0], marker="^", color=color, ms=3 + 5 * beat["weight"], clip_on=False)
        words = beat["kind"] + (f": {beat['evidence'][0]}" if beat["evidence"] else "")
        words = words if len(words) <= 44 else words[:43] + "…"
        width_s = duration_s * (0.0047 * len(words) + 0.008)
        left_s = min(beat["time_s"], duration_s - width_s)
        span = left_s, left_s + width_s
        row = next((r for r, taken in enumerate(free) if all(span[1] <= a or span[0] >= b for a, b in taken)), None)
        if row is not None:
            free[row].append(span)
            top = 0.97 - row / _BEAT_ROWS
            axes.plot([beat["time_s"]] * 2, [0, top], color=color, lw=0.8, alpha=0.7)
            axes.annotate(
                words, (left_s, top), xytext=(4, 0), textcoords="offset points", color=INK, fontsize=8, va="top"
            )


def _draw_shares(axes: Axes, arc: Mapping[str, Any], dimension: str, color: str) -> None:
    """Stack the modalities' shares of one dimension: who was listened to."""
    name_lane(axes, dimension)
    axes.yaxis.label.set_color(color)
    hops_s = np.arange(len(arc[dimension])) * arc["hop_s"]
    names = [name for name in _MODALITIES if name in arc["shares"]]
    if names:
        stack = [arc["shares"][name][dimension] for name in names]
        axes.stackplot(
            hops_s, stack, colors=[_MODALITIES[name] for name in names], labels=names, alpha=0.75, linewidth=0
        )


def _draw_seen(axes: Axes, picture: Mapping[str, Any] | None) -> None:
    name_lane(axes, "seen")
    if picture is None:
        return
    hops_s = np.arange(len(picture["motion"])) * picture["hop_s"]
    motion = np.clip(_numbers(picture["motion"]) / _MOTION_TOP, 0, 1) ** 0.5
    axes.fill_between(hops_s, 0, motion, color=_MODALITIES["picture"], alpha=0.45, linewidth=0, label="motion")
    axes.plot(hops_s, _numbers(picture["brightness"]), color="#f1e9c9", lw=1.1, label="brightness")
    axes.plot(hops_s, np.clip(_numbers(picture["face_share"]), 0, 1), color="#e88fa8", lw=1.1, label="faces")
    legend(axes)


def _draw_heard(axes: Axes, sound: Mapping[str, Any] | None) -> None:
    name_lane(axes, "heard")
    if sound is None:
        return
    hops_s = np.arange(len(sound["speech"])) * sound["hop_s"]
    loudness = np.clip((_numbers(sound["loudness_db"]) - _QUIETEST_DB) / -_QUIETEST_DB, 0, 1)
    axes.fill_between(hops_s, 0, loudness, color=_MODALITIES["sound"], alpha=0.4, linewidth=0, label="loudness")
    axes.plot(hops_s, _numbers(sound["speech"]), color=_MODALITIES["words"], lw=1.1, label="speech")
    axes.plot(hops_s, _numbers(sound["music"]), color=TEMPO, lw=1.0, ls=":", label="music")
    for impact in sound["impacts"]:
        axes.plot([impact["time_s"]] * 2, [0, min(1.0, impact["above_db"] / 15)], color=INK, lw=1.2)
    legend(axes)


def _draw_cues(lanes: Mapping[str, Axes], cues: Sequence[Mapping[str, Any]], duration_s: float) -> None:
    axes = lanes["music"]
    name_lane(axes, "cues\nand hits")
    for cue in cues:
        width_s = cue["end_s"] - cue["start_s"]
        axes.barh(0.3, width_s, left=cue["start_s"], height=0.5, color="#2b2738", linewidth=0)
        words = f"{cue['number']}  {cue['title']}  ({cue['function']})"
        room = int(width_s / (duration_s * 0.0049))
        if room >= 3:
            axes.text(
                cue["start_s"],
                0.3,
                " " + words[: room - 1],
                color=INK,
                fontsize=8,
                ha="left",
                va="center",
                clip_on=True,
            )
        for name in ("arc", "seen", "heard"):
            lanes[name].axvspan(cue["start_s"], cue["end_s"], color="#ffffff", alpha=0.022, linewidth=0, zorder=0)
        for hit in cue["hits"]:
            color = VERDICTS["hit"] if hit["is_marked"] else MUTED
            axes.plot([hit["record_s"]] * 2, [0.55, 1.0], color=color, lw=0.8 + hit["weight"])
            lanes["arc"].axvline(hit["record_s"], color=color, lw=0.7, alpha=0.4)
    axes.axhline(0.0, color=FAINT, lw=0.8)


def _numbers(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], np.float64)
