"""The piano roll of a take, as it was played: who plays what when, how loud, towards which hit, over which harmony."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hitpoint.audition.axes import (
    HIT_COLORS,
    INK,
    MUTED,
    PAPER,
    audio_span_s,
    draw_time,
    lanes_of,
    name_lane,
    new_figure,
    save,
)
from hitpoint.audition.record import Recording
from hitpoint.model.music import PerformedPart
from hitpoint.model.time import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROLE_COLORS = {
    "ground": "#5b8def", "pad": "#3fb8af", "pulse": "#f2b134", "melody": "#ff5d73", "counter": "#c792ea",
    "percussion": "#a9b2bd", "colour": "#7fe7ff", "riser": "#b7f06d", "impact": "#ffffff",
}  # fmt: skip
_OTHER_ROLE = "#8d99ae"
_HEIGHT_INCHES = 9.2
_LANES = {"hits": 0.72, "form": 0.36, "chords": 0.3, "roll": 6.0, "drums": 1.0}
_LABEL_ROWS = 3
_LOWEST_TOP, _HIGHEST_BOTTOM = 84, 36
_DRUM_BANK, _EXPRESSION = 128, 11
_SHADES = ("#2b2738", "#363049")
#: Width of a character in the small print, as a share of the time axis.
_CHARACTER = 0.0037


def draw_roll(recording: Recording, errors_ms: Mapping[str, float | None], path: Path) -> None:
    """Draw the piano roll as PNG; `errors_ms` says how far off each hit was heard."""
    figure = new_figure(_HEIGHT_INCHES)
    span_s = audio_span_s(recording)
    lanes = lanes_of(figure, _LANES, span_s)
    for name in ("hits", "form", "chords"):
        lanes[name].set_ylim(0, 1)
        lanes[name].set_yticks([])
        lanes[name].set_facecolor(PAPER)
    for name in ("roll", "drums"):
        draw_time(lanes[name], recording)
    _draw_hits(lanes["hits"], recording, errors_ms)
    _draw_form(lanes["form"], lanes["roll"], recording)
    _draw_chords(lanes["chords"], recording)
    _draw_notes(lanes["roll"], lanes["drums"], recording)
    save(figure, path)


def _draw_hits(axes: Axes, recording: Recording, errors_ms: Mapping[str, float | None]) -> None:
    name_lane(axes, "hits")
    lead_s, tempo_map = float(recording.take.scene.lead_s), recording.composition.tempo_map
    idioms = {writing.hit_id: writing.idiom for writing in recording.composition.hit_writings}
    left_s, right_s = axes.get_xlim()
    free_from_s = [left_s - 1] * _LABEL_ROWS
    for planned in recording.plan.hits:
        hit = planned.hit
        at_s = float(tempo_map.seconds_at(planned.beats)) - lead_s
        error = errors_ms.get(hit.id)
        words = f"{hit.kind.value} {hit.label}".strip() if hit.label != hit.kind.value else hit.label
        words += f" {error:+.0f} ms" if error is not None else ""
        words += f" · {idioms[hit.id]}" if hit.id in idioms else ""
        width_s = (right_s - left_s) * (_CHARACTER * len(words) + 0.006)
        starts_s = min(at_s, right_s - width_s)
        row = next((row for row in range(_LABEL_ROWS) if free_from_s[row] <= starts_s), None)
        axes.axvline(at_s, color=HIT_COLORS[hit.kind], lw=0.6 + hit.weight, alpha=0.75)
        if row is not None:
            free_from_s[row] = starts_s + width_s
            height = 0.97 - row / _LABEL_ROWS
            box = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.5}
            axes.annotate(
                words,
                (starts_s, height),
                xytext=(3, 0),
                textcoords="offset points",
                color=INK,
                fontsize=7.5,
                va="top",
                bbox=box,
            )


def _draw_form(axes: Axes, roll: Axes, recording: Recording) -> None:
    """Shade the sections, name them, mark the phrases, and number the bars."""
    name_lane(axes, "form")
    composition, lead_s = recording.composition, float(recording.take.scene.lead_s)
    tempo_map = composition.tempo_map

    def at(beats: Any) -> float:
        return float(tempo_map.seconds_at(beats)) - lead_s

    span_s = axes.get_xlim()[1] - axes.get_xlim()[0]
    for index, section in enumerate(composition.sections):
        start_s, end_s = at(section.start_beats), at(section.end_beats)
        axes.axvspan(start_s, end_s, 0.42, 1, color=_SHADES[index % 2], linewidth=0)
        if index % 2:
            roll.axvspan(start_s, end_s, color="#ffffff", alpha=0.025, linewidth=0, zorder=0.1)
        words = f"{section.label}  {section.start_intensity:.2f}→{section.end_intensity:.2f}"
        if end_s - start_s < span_s * _CHARACTER * len(words):
            words = section.label if end_s - start_s > span_s * _CHARACTER * len(section.label) else ""
        axes.text((start_s + end_s) / 2, 0.7, words, color=INK, fontsize=7.5, ha="center", va="center")
    for phrase in composition.phrases:
        axes.axvline(at(phrase.start_beats), 0.42, 1, color=INK, lw=1.1)
    lines = tempo_map.bar_lines(composition.end_beats)
    every = max(1, round(len(lines) / 60))
    for number, beats in enumerate(lines, 1):
        if (number - 1) % every == 0:
            axes.text(at(beats), 0.17, f"{number}", color=MUTED, fontsize=7, ha="left", va="center")


def _draw_chords(axes: Axes, recording: Recording) -> None:
    """Write the symbols where they fit, each once until it changes; uses of themes under them."""
    name_lane(axes, "chords")
    composition, lead_s = recording.composition, float(recording.take.scene.lead_s)
    span_s = axes.get_xlim()[1] - axes.get_xlim()[0]
    free_from_s, last = -1e9, ""
    for chord in composition.chords:
        at_s = float(composition.tempo_map.seconds_at(chord.onset_beats)) - lead_s
        axes.axvline(at_s, 0.5, 0.62 if chord.symbol == last else 1.0, color=MUTED, lw=0.5)
        if chord.symbol != last and at_s >= free_from_s:
            axes.text(at_s, 0.76, f" {chord.symbol}", color=INK, fontsize=8, va="center")
            free_from_s, last = at_s + span_s * (_CHARACTER * 1.15 * len(chord.symbol) + 0.003), chord.symbol
    free_from_s = -1e9
    for use in composition.theme_uses:
        at_s = float(composition.tempo_map.seconds_at(use.start_beats)) - lead_s
        words = f"▸{use.theme}: {use.form}"
        if at_s >= free_from_s:
            axes.text(at_s, 0.22, words, color=ROLE_COLORS["melody"], fontsize=7, va="center")
            free_from_s = at_s + span_s * _CHARACTER * len(words)


def _draw_notes(roll: Axes, drums: Axes, recording: Recording) -> None:
    """Draw the played notes: colour by role, the stronger the more opaque; drums in a lane of their own."""
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Patch

    name_lane(roll, "")
    name_lane(drums, "drums")
    lead_s = float(recording.take.scene.lead_s)
    roles = {part.id: part.role for part in recording.composition.parts}
    shapes: list[list[tuple[float, float]]] = []
    colors: list[tuple[float, float, float, float]] = []
    rows: dict[tuple[str, int], int] = {}
    strokes: list[tuple[float, int, tuple[float, float, float, float], float]] = []
    pitches, shown = [], []
    for part in recording.performance.parts:
        role = roles.get(part.part_id, "")
        for note, level in zip(part.notes, _levels(part), strict=True):
            start_s = note.sounding_sample / SAMPLE_RATE_HZ - lead_s
            end_s = start_s + note.duration_samples / SAMPLE_RATE_HZ
            color = _rgba(ROLE_COLORS.get(role, _OTHER_ROLE), level)
            if role not in shown:
                shown.append(role)
            if note.bank == _DRUM_BANK:
                row = rows.setdefault((part.instrument_id, note.pitch_midi), len(rows))
                strokes.append((start_s, row, color, 2 + 4 * level))
                continue
            low, high = note.pitch_midi - 0.42, note.pitch_midi + 0.42
            shapes.append([(start_s, low), (end_s, low), (end_s, high), (start_s, high)])
            colors.append(color)
            pitches.append(note.pitch_midi)
    edges = [(*color[:3], min(1.0, color[3] + 0.25)) for color in colors]
    roll.add_collection(PolyCollection(shapes, facecolors=colors, edgecolors=edges, linewidths=0.4, zorder=3))
    bottom = min([_HIGHEST_BOTTOM, *(p - 2 for p in pitches)])
    top = max([_LOWEST_TOP, *(p + 5 for p in pitches)])  # room for the legend
    roll.set_ylim(bottom, top)
    octaves = range(-(-bottom // 12) * 12, top, 12)
    roll.set_yticks(list(octaves), [f"C{octave // 12 - 1}" for octave in octaves])
    for octave in octaves:
        roll.axhline(octave, color="#ffffff", alpha=0.35 if octave == 60 else 0.12, lw=0.7, zorder=0.6)
    for at_s, row, color, size in strokes:
        drums.plot([at_s], [row], marker="|", ms=size + 2, mew=1.6, color=color, zorder=3)
    drums.set_ylim(len(rows) - 0.4, -0.6)
    drums.set_yticks(range(len(rows)), [f"{player[:7]} {key}" for player, key in rows], fontsize=6)
    handles = [Patch(color=ROLE_COLORS.get(role, _OTHER_ROLE), label=role) for role in ROLE_COLORS if role in shown]
    if handles:
        roll.legend(handles=handles, loc="upper right", ncols=9, fontsize=8, labelcolor=INK, frameon=False)


def _levels(part: PerformedPart) -> list[float]:
    """Return how strong each note starts, 0..1: its velocity, and the expression (CC11) at that moment."""
    changes = [(c.sample, c.value) for c in part.controls if c.controller == _EXPRESSION]
    samples = np.array([sample for sample, _ in changes])
    levels = []
    for note in part.notes:
        row = int(np.searchsorted(samples, note.sounding_sample, side="right")) - 1
        expression = changes[max(0, row)][1] / 127 if changes else 1.0
        levels.append(min(1.0, note.velocity / 127 * (0.35 + 0.65 * expression)))
    return levels


def _rgba(color: str, level: float) -> tuple[float, float, float, float]:
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue, 0.12 + 0.83 * level
