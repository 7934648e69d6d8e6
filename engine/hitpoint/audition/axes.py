"""What both pictures of a take share: one time axis over the audio, on which the page lays its cursor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitpoint.audition.record import Recording
from hitpoint.delivery.plot import FAINT, INK, MUTED, PANEL, PAPER
from hitpoint.files import write_beside
from hitpoint.model.spotting import HitKind
from hitpoint.model.time import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Where the time axis begins and ends in the width of every picture; the page's cursor and seeking rely on it.
LEFT, RIGHT = 0.045, 0.992
DPI = 100
HIT_COLORS = {
    HitKind.ACCENT: "#ffd166", HitKind.PEAK: "#ff6b62", HitKind.TURN: "#7bd3b5", HitKind.SILENCE: "#9db4ff",
    HitKind.START: "#c9c9c9", HitKind.OUT: "#c9c9c9",
}  # fmt: skip
SPOKEN = "#4f87c9"


def audio_span_s(recording: Recording) -> tuple[float, float]:
    """Return the scene seconds at which the mix starts and ends."""
    lead_s, file = float(recording.take.scene.lead_s), recording.mix.mix
    start_s = file.start_sample / SAMPLE_RATE_HZ - lead_s
    return start_s, start_s + file.length_samples / SAMPLE_RATE_HZ


def new_figure(height_inches: float) -> Figure:
    """Return an empty dark figure, 1600 pixels wide."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(16.0, height_inches), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    return figure


def lanes_of(figure: Figure, heights: dict[str, float], span_s: tuple[float, float]) -> dict[str, Axes]:
    """Return lanes from top to bottom over the same seconds."""
    grid = figure.add_gridspec(
        len(heights),
        1,
        height_ratios=list(heights.values()),
        left=LEFT,
        right=RIGHT,
        top=0.99,
        bottom=0.04,
        hspace=0.04,
    )
    lanes: dict[str, Axes] = {}
    for row, name in enumerate(heights):
        axes = figure.add_subplot(grid[row, 0], facecolor=PANEL)
        axes.set_xlim(*span_s)
        axes.tick_params(colors=MUTED, labelsize=8, length=0, labelbottom=row == len(heights) - 1)
        for spine in axes.spines.values():
            spine.set_visible(False)
        lanes[name] = axes
    return lanes


def draw_time(axes: Axes, recording: Recording, *, is_faint: bool = False) -> None:
    """Draw what every lane shows: bar lines, lines of dialogue, hits."""
    lead_s, tempo_map = float(recording.take.scene.lead_s), recording.composition.tempo_map
    for start_s, end_s in recording.take.scene.dialogue_s:
        axes.axvspan(start_s, end_s, color=SPOKEN, alpha=0.08 if is_faint else 0.17, linewidth=0, zorder=0.2)
    for beats in tempo_map.bar_lines(recording.composition.end_beats):
        at_s = float(tempo_map.seconds_at(beats)) - lead_s
        axes.axvline(at_s, color="#ffffff" if is_faint else FAINT, alpha=0.12 if is_faint else 1, lw=0.7, zorder=0.5)
    for planned in recording.plan.hits:
        at_s = float(tempo_map.seconds_at(planned.beats)) - lead_s
        width = 0.6 + planned.hit.weight
        axes.axvline(at_s, color=HIT_COLORS[planned.hit.kind], lw=width, alpha=0.75, zorder=4)


def name_lane(axes: Axes, name: str) -> None:
    """Write a lane's name beside it, upright."""
    axes.set_ylabel(name, color=MUTED, fontsize=8, labelpad=2)


def save(figure: Any, path: Path) -> None:
    """Write the picture as PNG, whole or not at all."""
    with write_beside(path) as unfinished:
        figure.savefig(unfinished, format="png", facecolor=PAPER, dpi=DPI)


__all__ = ["INK", "MUTED", "PANEL", "PAPER", "audio_span_s", "draw_time", "lanes_of", "name_lane", "new_figure", "save"]
