"""The figures that are compared over an audition: what each is called, how it is read, what it should be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureKind:
    """A column of the summary.

    Attributes
    ----------
    path : str
        Where it lies in a take's figures, "/" between levels.
    at_least, at_most : float or None
        The target of the median; None where there is none.
    form : str
        Format specification of the number.
    """

    path: str
    title: str
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    form: str = ".2f"
    meaning: str = ""

    @property
    def target(self) -> str:
        """Return the target in words, "" for none."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}{self.unit}"
        return f"≤ {self.at_most:g}{self.unit}" if self.at_most is not None else ""

    def is_met(self, value: float | None) -> bool | None:
        """Return whether a value meets the target; None where there is no target or no value."""
        if value is None or not self.target:
            return None
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0.0)

    def text(self, value: float | None) -> str:
        """Return a value as it is read."""
        return "–" if value is None else f"{value:{self.form}}{self.unit}"


#: The targets of the first six are the project's; the others follow music.md §§3, 5 and 6.
FIGURES = (
    FigureKind(path="loudness_r", title="loudness", at_least=0.85, meaning="planned intensity against loudness, r"),
    FigureKind(path="density_r", title="density", at_least=0.7, meaning="planned intensity against attacks played, r"),
    FigureKind(path="heard_density_r", title="density heard", meaning="the same against onsets detected in the mix, r"),
    FigureKind(path="centroid_r", title="brightness", at_least=0.5, meaning="planned intensity against centroid, r"),
    FigureKind(path="hit_statistics/median_ms", title="hit error", unit=" ms", form=".1f", at_most=5.0,
               meaning="median distance of a hit from where it is heard"),
    FigureKind(path="hit_statistics/within_half_frame", title="hits in ½ frame", at_least=1.0,
               meaning="share of hits heard within half a frame"),
    FigureKind(path="speech_room_db", title="room for speech", unit=" dB", form="+.1f", at_least=0.0,
               meaning="300 Hz–3.4 kHz in the gaps over that under speech, before ducking"),
    FigureKind(path="dynamics_lu", title="dynamics", unit=" LU", form=".1f", meaning="10th to 95th percentile, 3 s"),
    FigureKind(path="planned_dynamics_lu", title="planned", unit=" LU", form=".1f", meaning="the same of the plan"),
    FigureKind(path="plan_error_lu", title="off the plan", unit=" LU", form=".1f",
               meaning="mean distance of loudness from the plan, 24 dB from 0 to 1, best offset"),
    FigureKind(path="melody_share", title="melody", meaning="share of the time without speech in which a tune sounds"),
    FigureKind(path="longest_line_notes", title="longest line", form=".0f",
               meaning="most notes of a melody without a rest over a beat"),
    FigureKind(path="silent_share", title="silence", at_most=0.0, form=".3f", meaning="share that is silent unasked"),
    FigureKind(path="hole_share", title="holes", at_most=0.0, form=".3f", meaning="share in which nobody plays"),
    FigureKind(path="crowded_share", title="crowded", at_most=0.05, form=".3f",
               meaning="share with over three voices within an octave below C4"),
    FigureKind(path="written/longest_literal_run", title="literal run", form=".0f", at_most=2,
               meaning="most bars in a row that a moving part repeats"),
    FigureKind(path="written/most_literal_blocks", title="literal pairs", form=".0f",
               meaning="how often a moving part plays the same two bars"),
    FigureKind(path="written/step_share", title="steps", meaning="moves of the melody by a whole tone at most"),
    FigureKind(path="written/chord_tone_share", title="chord tones", meaning="melody on strong beats"),
    FigureKind(path="written/parallels_per_100_chords", title="parallels", form=".1f", meaning="per 100 chords"),
    FigureKind(path="written/range_faults", title="range faults", form=".0f", at_most=0, meaning="notes out of range"),
)  # fmt: skip


def value_of(figures: Mapping[str, Any], kind: FigureKind) -> float | None:
    """Return a take's value, None where it has none."""
    value: Any = figures
    for step in kind.path.split("/"):
        value = value.get(step) if isinstance(value, Mapping) else None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def medians(takes: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """Return the median of each figure over the takes that have it, by path."""
    result: dict[str, float | None] = {}
    for kind in FIGURES:
        values = [value for take in takes if (value := value_of(take["figures"], kind)) is not None]
        result[kind.path] = round(median(values), 4) if values else None
    return result


def median_lines(takes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line per figure: median, worst, target, and whether it is met."""
    lines = [f"{'':18}{'median':>10}{'worst':>10}   target"]
    for kind, value in zip(FIGURES, medians(takes).values(), strict=True):
        values = [v for take in takes if (v := value_of(take["figures"], kind)) is not None]
        is_met = kind.is_met(value)
        verdict = "" if is_met is None else ("met" if is_met else "MISSED")
        worst = None
        if values and kind.target:
            worst = min(values) if kind.at_least is not None else max(values)
        lines.append(
            f"{kind.title:18}{kind.text(value):>10}{kind.text(worst):>10}   {kind.target:10} {verdict}".rstrip()
        )
    return lines
