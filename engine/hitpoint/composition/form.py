"""Form: bars, phrases and sections, fitted to the tempo map's bar lines and to the hits (music.md §3)."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from hitpoint.composition.clock import Clock
from hitpoint.composition.context import Speech
from hitpoint.composition.intensity import Feeling
from hitpoint.composition.moments import Moment
from hitpoint.composition.style import FormStyle
from hitpoint.means import Means, means_for
from hitpoint.model.music import Section
from hitpoint.model.spotting import HitKind
from hitpoint.model.tempo import TempoMap

#: A section without events is split into stretches of about this many bars.
LONGEST_SECTION_BARS = 16
#: A beat of the story opens a section only this far from other openings.
LEAST_SECTION_BARS = 4
#: Mean intensity changes of this much between four-bar stretches open a section.
SECTION_STEP = 0.22
#: Accents of this weight open a section too.
OPENING_ACCENT = 0.75


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar and what it is like: means over the bar, 0..1; `talk` is the share that is spoken over.

    `in_phrase` counts from 0 within a phrase of `phrase_bars`; `phrase` and `section` are indices.
    """

    index: int
    start_beats: Fraction
    end_beats: Fraction
    start_s: float
    end_s: float
    intensity: float
    arousal: float
    tension: float
    talk: float
    phrase: int
    in_phrase: int
    phrase_bars: int
    section: int
    label: str
    means: Means  # what the feeling of its phrase asks for

    @property
    def length_beats(self) -> Fraction:
        """Length in quarter notes (the last bar may be cut short by the cue's end)."""
        return self.end_beats - self.start_beats

    @property
    def is_phrase_end(self) -> bool:
        """Whether this is the last bar of its phrase."""
        return self.in_phrase == self.phrase_bars - 1


@dataclass(frozen=True, slots=True)
class Form:
    """The whole plan of a cue's bars; `starts` are the beats of the bar lines."""

    bars: tuple[Bar, ...]
    sections: tuple[Section, ...]
    starts: tuple[Fraction, ...]
    _places: tuple[float, ...] = field(init=False, repr=False, compare=False)  # `starts`, quick to compare

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", tuple(float(start) for start in self.starts))

    def bar_at(self, beats: Fraction) -> Bar:
        """Return the bar that a beat lies in; the last one for beats after the end."""
        return self.bars[max(0, bisect.bisect_right(self._places, float(beats)) - 1)]


def plan_form(
    tempo_map: TempoMap,
    *,
    style: FormStyle,
    feeling: Feeling,
    clock: Clock,
    moments: Sequence[Moment],
    speech: Speech,
    section_beats: Sequence[Fraction],
    told_beats: Sequence[float],
    end_beats: Fraction,
) -> Form:
    """Return bars, phrases and sections up to `end_beats`.

    `section_beats` are further places that open a section; `told_beats` are those of the story, which open one where no
    other is near.
    """
    lines = list(tempo_map.bar_lines(end_beats)) or [Fraction(0)]
    edges = [*lines, end_beats]
    means = [_mean(feeling, feeling.intensity, clock.seconds_at(a), clock.seconds_at(b)) for a, b in pairwise(edges)]
    starts = _section_starts(lines, means, moments, section_beats, told_beats)
    labels = _labels(starts, means, lines, moments)
    bars: list[Bar] = []
    sections: list[Section] = []
    phrase = 0
    for number, (first, last) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True)):
        loudness = sum(means[first:last]) / (last - first)
        for length in _phrase_lengths(last - first, style.phrase_bars, loudness):
            wanted = _means(feeling, clock.seconds_at(edges[first]), clock.seconds_at(edges[first + length]))
            for in_phrase in range(length):
                index = first + in_phrase
                begin, finish = edges[index], edges[index + 1]
                begin_s, finish_s = clock.seconds_at(begin), clock.seconds_at(finish)
                bars.append(
                    Bar(
                        index=index,
                        start_beats=begin,
                        end_beats=finish,
                        start_s=begin_s,
                        end_s=finish_s,
                        intensity=means[index],
                        arousal=_mean(feeling, feeling.arousal, begin_s, finish_s),
                        tension=_mean(feeling, feeling.tension, begin_s, finish_s),
                        talk=speech.share(begin_s, finish_s),
                        phrase=phrase,
                        in_phrase=in_phrase,
                        phrase_bars=length,
                        section=number,
                        label=labels[number],
                        means=wanted,
                    )
                )
            first += length
            phrase += 1
        opening, closing = bars[starts[number]], bars[last - 1]
        sections.append(
            Section(
                start_beats=opening.start_beats,
                end_beats=closing.end_beats,
                label=labels[number],
                start_intensity=feeling.at(feeling.intensity, opening.start_s),
                end_intensity=feeling.at(feeling.intensity, closing.end_s),
            )
        )
    return Form(tuple(bars), tuple(sections), tuple(lines))


def _means(feeling: Feeling, start_s: float, end_s: float) -> Means:
    """Return what the mean feeling of a stretch asks of the music."""
    return means_for(
        _mean(feeling, feeling.valence, start_s, end_s),
        2.0 * _mean(feeling, feeling.arousal, start_s, end_s) - 1.0,
        _mean(feeling, feeling.tension, start_s, end_s),
    )


def _mean(feeling: Feeling, curve: tuple[float, ...], start_s: float, end_s: float) -> float:
    """Return the mean of five looks at a curve; enough for something that moves over seconds."""
    return sum(feeling.at(curve, start_s + (end_s - start_s) * x) for x in (0.1, 0.3, 0.5, 0.7, 0.9)) / 5.0


def _section_starts(
    lines: list[Fraction],
    means: list[float],
    moments: Sequence[Moment],
    section_beats: Sequence[Fraction],
    told_beats: Sequence[float],
) -> list[int]:
    """Return the bars that open sections: turns, strong peaks, resumptions, tempo sections, changes of level."""
    bars = len(lines)

    def nearest_bar(beats: Fraction) -> int:
        right = bisect.bisect_left(lines, beats)
        if right >= bars:
            return bars - 1
        return right if right == 0 or lines[right] - beats <= beats - lines[right - 1] else right - 1

    forced = {0, *(nearest_bar(beats) for beats in section_beats)}
    for moment in moments:
        opens = moment.kind in (HitKind.TURN, HitKind.SILENCE)
        opens = opens or (moment.kind is HitKind.PEAK and moment.is_strong)
        if opens or (moment.kind is HitKind.ACCENT and moment.weight >= OPENING_ACCENT):
            forced.add(nearest_bar(moment.beats))
    for told in told_beats:
        bar = nearest_bar(Fraction(max(0.0, told)).limit_denominator(24))
        if 0.0 <= told < lines[-1] and all(abs(bar - other) >= LEAST_SECTION_BARS for other in forced):
            forced.add(bar)
    starts = [0]
    for bar in range(1, bars):
        since = bar - starts[-1]
        before = means[max(0, bar - 4) : bar]
        after = means[bar : bar + 4]
        step = abs(sum(after) / len(after) - sum(before) / len(before))
        has_changed = since >= 4 and since % 2 == 0 and step >= SECTION_STEP and bars - bar > 1
        if bar in forced or since >= LONGEST_SECTION_BARS or has_changed:
            starts.append(bar)
    return starts


def _labels(starts: list[int], means: list[float], lines: list[Fraction], moments: Sequence[Moment]) -> list[str]:
    """Return one label per section from its level, its direction and its place."""
    ends = [*starts[1:], len(means)]
    levels = [sum(means[a:b]) / (b - a) for a, b in zip(starts, ends, strict=True)]
    turns = {bisect.bisect_right(lines, m.beats) - 1 for m in moments if m.kind is HitKind.TURN}
    climax = max(range(len(levels)), key=levels.__getitem__)
    top = levels[climax]
    labels: list[str] = []
    for index, (first, last) in enumerate(zip(starts, ends, strict=True)):
        level, rise = levels[index], means[last - 1] - means[first]
        if index == climax or level >= max(0.7, 0.93 * top):
            label = "climax"
        elif index == 0:
            label = "establish"
        elif index == len(starts) - 1 and level < 0.75 * top:
            label = "tail"
        elif first in turns:
            label = "turn"
        elif labels[-1] in ("climax", "aftermath") and (rise < -0.1 or (level < 0.8 * top and rise < 0.15)):
            label = "aftermath"
        elif level < 0.3 and rise < 0.1:
            label = "establish"
        else:
            label = "build"
        labels.append(label)
    for index in range(len(labels) - 1):  # what still climbs into a climax is its build
        rises = means[ends[index] - 1] - means[starts[index]] > 0.1 and levels[index] < levels[index + 1]
        if labels[index] == labels[index + 1] == "climax" and rises:
            labels[index] = "build"
    return labels


def _phrase_lengths(bars: int, liked: tuple[int, ...], loudness: float) -> list[int]:
    """Return phrase lengths that fill a section: the liked length, then 4 and 2; a single bar left over extends one."""
    wanted = liked[min(len(liked) - 1, int(loudness * len(liked)))]
    lengths = []
    left = bars
    while left > 0:
        length = next((n for n in (wanted, 4, 2) if n <= left), left)
        if left - length == 1:  # no phrase of one bar: extend this one instead
            length += 1
        lengths.append(length)
        left -= length
    return lengths
