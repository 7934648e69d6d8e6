"""A solved tempo map after something moved: what still fits stays as it is, the rest is solved between bar lines.

A map fits a hit that it meets: exactly, on an eighth, strong ones on a downbeat. So nothing has to be remembered of how
a map came about, and a hit that is gone, or one that was added on a beat, changes nothing at all. Around what it does
not meet a window of whole bars is opened:

* Where it is a hit of before that moved a little, the beats stay: the stretches before and after it are played a little
  faster or slower, over so many bars that it does not show (`_stretches`).
* Else the bars in the window are solved again, from the tempo before it to the tempo after it (`_solve`).

Of all windows the cheapest is taken, by the solver's own prices and a small one per bar that cannot stay.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise

import numpy as np

from hitpoint.model.revision import Window
from hitpoint.model.spotting import Cue
from hitpoint.model.tempo import TempoMap
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import FrameRate, frames_to_seconds
from hitpoint.tempo.anchors import Anchor, find_anchors, tempo_range_bpm
from hitpoint.tempo.counts import Costs, Search, choose_counts
from hitpoint.tempo.curve import WRITTEN_STEP
from hitpoint.tempo.hits import cuts_on_beat, describe_met, plan_hit
from hitpoint.tempo.moments import read_moments
from hitpoint.tempo.moved_beats import MovedBeats
from hitpoint.tempo.pieces import crowded, drawn, stretched
from hitpoint.tempo.splice import Piece, bar_eighths, exchange, moved, reaching, slice_map

#: Price of a bar that cannot stay, in the unit of `counts.Costs` (about a bar of odd length).
_BAR_PRICE = 0.15
#: Price of counting bars again: their music has to be written anew, where the editor only moved a marker.
_ANEW_PRICE = 12.0
#: A stretch is played at most this much faster or slower (natural log): from here on the bars are counted again.
_MOST_STRETCH = 0.045
#: How many bars before and after a moment are tried, until the next moment that is met.
_BARS_TRIED = (1, 2, 3, 4, 6, 8, 12, 16)
#: So many moments that are met already may be solved again, on either side, before the whole cue is.
_MOST_REOPENED = 3
_MOST_WINDOWS = 24


@dataclass(frozen=True, slots=True)
class _Offer:
    """A window of beats [start, end) that may be made: at this price at the least, and what making it adds to that.

    `make` returns (what is added, the piece), None where it turns out that the window does not do.
    """

    least_price: float
    start: Fraction
    end: Fraction | None
    keeps_beats: bool
    make: Callable[[], tuple[float, Piece] | None]


@dataclass(frozen=True, slots=True)
class KeptTempo:
    """A plan, and the windows of beats in which its map is not the old one; () where it is the same map."""

    plan: TempoPlan
    windows: tuple[Window, ...]


def keep_tempo(
    cue: Cue,
    *,
    before: Cue,
    plan: TempoPlan,
    rate: FrameRate,
    cut_frames: tuple[int, ...] = (),
    costs: Costs | None = None,
    locked: Sequence[tuple[Fraction, Fraction]] = (),
) -> KeptTempo | None:
    """Return the plan of a changed cue that keeps what it can of the plan of the cue before.

    What it says of hits is what `solve_tempo` promises. Outside the windows, beats and times are equal as fractions
    (plus one shift of beats and one of seconds for all that follows a window). None where the cue has to be solved
    anew: another tempo was asked for, or no window does.

    `locked` are beats [start, end) of the plan that keep their tempo where any other window does, and their beats
    where none does.
    """
    if (cue.brief.tempo_bpm, cue.brief.tempo_range_bpm) != (before.brief.tempo_bpm, before.brief.tempo_range_bpm):
        return None
    start_shift_s = frames_to_seconds(cue.span.start_frame - before.span.start_frame, rate)
    tempo_map = plan.tempo_map
    if start_shift_s:
        segments = moved(tempo_map.segments, beats=Fraction(0), seconds=start_shift_s)
        tempo_map = TempoMap(segments=segments, meters=tempo_map.meters)
    end_s = frames_to_seconds(cue.span.end_frame, rate)
    keeper = _Keeper(cue, before, plan, reaching(tempo_map, end_s), rate, costs or Costs(), locked)
    if not (keeper.follow_the_cut() and keeper.mend()):
        return None
    return KeptTempo(keeper.planned(cut_frames), keeper.windows)


class _Keeper:
    """The map on its way from one cue to the next."""

    def __init__(
        self,
        cue: Cue,
        before: Cue,
        plan: TempoPlan,
        tempo_map: TempoMap,
        rate: FrameRate,
        costs: Costs,
        locked: Sequence[tuple[Fraction, Fraction]],
    ) -> None:
        self._locked = locked
        self._cue, self._before, self._plan, self._rate, self._costs = cue, before, plan, rate, costs
        self._map = tempo_map
        self._sections = plan.section_beats
        self._anchors = find_anchors(cue, rate)
        self._moments = read_moments(cue, rate=rate, cut_frames=())
        self._shift_frames = cue.span.start_frame - before.span.start_frame
        self._softened = {(hit.hit.id, hit.hit.frame + self._shift_frames) for hit in plan.hits if hit.was_softened}
        self._old_anchors = {a.frame + self._shift_frames: a for a in find_anchors(before, rate)}
        self._old_beats = {hit.hit.id: hit.beats for hit in plan.hits if hit.hit.is_hard and not hit.was_softened}
        self._moved = MovedBeats()

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows of beats in which the map is not the old one."""
        return self._moved.windows

    def follow_the_cut(self) -> bool:
        """Open or close the map where the cut became longer or shorter inside the cue; False where that fails."""
        grown = (self._cue.span.duration_frames) - self._before.span.duration_frames
        frames_before = {hit.id: hit.frame for hit in self._before.hits}
        deltas = [(hit, hit.frame - frames_before[hit.id]) for hit in self._cue.hits if hit.id in frames_before]
        later = 0
        while later < len(deltas) and deltas[-1 - later][1] == self._shift_frames + grown:
            later += 1
        if grown == 0 or later == 0 or (later == 1 and deltas[-1][0].frame >= self._cue.span.end_frame):
            return True  # nothing that was hit moved along: only the end did
        first_later = deltas[-later][0]
        earlier = [hit.frame for hit, delta in deltas[:-later] if delta == self._shift_frames]
        old_first = frames_before[first_later.id] + self._shift_frames
        end = self._bar_line_before(frames_to_seconds(old_first, self._rate))
        start_s = frames_to_seconds(max(earlier, default=self._cue.span.start_frame), self._rate)
        start = self._bar_line_after(start_s)
        shift_s = frames_to_seconds(grown, self._rate)
        while start >= end and start > 0:
            start = self._bar_line_before(self._map.seconds_at(start), strictly=True)
        if start >= end:
            return False
        piece = self._solve(start, end, shift_s)
        if piece is None:
            return False
        self._take(piece[1], keeps_beats=False)
        return True

    def mend(self) -> bool:
        """Open windows around all that the map does not meet; False where one cannot be closed."""
        for _ in range(_MOST_WINDOWS):
            unmet = next((anchor for anchor in self._anchors[1:] if not self._is_met(anchor)), None)
            if unmet is None:
                self._map = reaching(self._map, frames_to_seconds(self._cue.span.end_frame, self._rate))
                return True
            offers = list(self._offers(unmet))
            free = [offer for offer in offers if not self._is_locked(offer)]
            found = _cheapest(free) or _cheapest([offer for offer in offers if offer.keeps_beats])
            if found is None:
                return False
            self._take(found[1], keeps_beats=found[0].keeps_beats)
        return False

    def planned(self, cut_frames: Sequence[int]) -> TempoPlan:
        """Return the plan of the map as it is now."""
        cue, rate = self._cue, self._rate
        met = [(anchor, self._beats_of(anchor)) for anchor in self._anchors]
        exact = [(anchor, beats) for anchor, beats in met if beats is not None]
        described = describe_met([anchor for anchor, _ in exact], [beats for _, beats in exact])
        hits = tuple(plan_hit(hit, cue=cue, tempo_map=self._map, met=described, rate=rate) for hit in cue.hits)
        end_s = frames_to_seconds(cue.span.end_frame, rate)
        played = [segment for segment in self._map.segments if segment.start_s < end_s]
        steps = [
            100.0 * (math.exp(abs(math.log(right.spb_start / left.spb_end))) - 1.0)
            for left, right in pairwise(played)
            if right.start_beats not in self._sections
        ] or [0.0]
        odd = sum(
            eighths != 8
            for eighths, line in zip(bar_eighths(self._map), self._map.bar_lines(), strict=True)
            if self._map.seconds_at(line) < end_s
        )
        cost = replace(
            self._plan.cost,
            max_step_percent=round(max(steps), 3),
            p90_step_percent=round(float(np.percentile(steps, 90)), 3),
            ramps=sum(segment.is_ramp for segment in played),
            odd_bars=odd,
            new_sections=len(self._sections),
            cuts_on_beat=cuts_on_beat(self._map, cue=cue, cut_frames=cut_frames, rate=rate),
        )
        return TempoPlan(tempo_map=self._map, hits=hits, cost=cost, section_beats=self._sections)

    def _seconds(self, anchor: Anchor) -> Fraction:
        return frames_to_seconds(anchor.frame, self._rate)

    def _beats_of(self, anchor: Anchor) -> Fraction | None:
        """Return the eighth on which the map meets an anchor exactly; None where it does not."""
        seconds = self._seconds(anchor)
        beats = Fraction(round(self._map.beats_at(seconds) * 2), 2)
        return beats if self._map.seconds_at(beats) == seconds else None

    def _is_met(self, anchor: Anchor) -> bool:
        """Return whether the map does for an anchor what the solver promises."""
        beats = self._beats_of(anchor)
        known = self._old_anchors.get(anchor.frame)
        asks_anew = known is None or (known.target_bpm, known.is_marked) != (anchor.target_bpm, anchor.is_marked)
        if asks_anew and anchor.label == "a tempo mark":
            return False
        if known is not None and known.target_bpm != anchor.target_bpm:
            return False
        if beats is None:
            ids = {hit.id for hit in self._cue.hits if hit.frame == anchor.frame}
            return anchor.is_crowded and any((hit_id, anchor.frame) in self._softened for hit_id in ids)
        return not anchor.is_strong or anchor.is_crowded or self._map.is_downbeat(beats)

    def _bar_line_before(self, seconds: Fraction, *, strictly: bool = False) -> Fraction:
        beats = self._map.beats_at(seconds)
        lines = [
            line
            for line in self._map.bar_lines()
            if self._map.seconds_at(line) < seconds or (not strictly and self._map.seconds_at(line) == seconds)
        ]
        return max(lines, default=Fraction(0)) if beats > 0 else Fraction(0)

    def _bar_line_after(self, seconds: Fraction) -> Fraction:
        return min(line for line in self._map.bar_lines() if self._map.seconds_at(line) >= seconds)

    def _offers(self, unmet: Anchor) -> Iterable[_Offer]:
        """Yield all windows that may do."""
        moment_s = self._seconds(unmet)
        met = [self._seconds(a) for a in self._anchors if self._is_met(a) and self._beats_of(a) is not None]
        earlier = max((s for s in met if s < moment_s), default=self._map.start_s)
        later = min((s for s in met if s > moment_s), default=None)
        lines = [(line, self._map.seconds_at(line)) for line in self._map.bar_lines()]
        starts = [line for line, at in lines if earlier <= at < moment_s]
        ends = [line for line, at in lines if at > moment_s and (later is None or at <= later)]
        yield from self._stretches(unmet, moment_s, starts, ends)
        for start, end in self._windows_to_solve(lines, met, moment_s, starts, ends):
            least = _ANEW_PRICE + _BAR_PRICE * self._bars(start, end)
            yield _Offer(least, start, end, False, partial(self._solve, start, end, Fraction(0)))

    def _is_locked(self, offer: _Offer) -> bool:
        """Return whether a window reaches into bars that are locked."""
        for old_start, old_end in self._locked:
            start, end = self._moved.now(old_start), self._moved.now(old_end)
            if start is None or end is None:
                return True
            if offer.start < end and (offer.end is None or offer.end > start):
                return True
        return False

    def _bars(self, start: Fraction, end: Fraction | None) -> int:
        last = self._map.end_beats if end is None else end
        return sum(start <= line < last for line in self._map.bar_lines())

    def _windows_to_solve(
        self,
        lines: Sequence[tuple[Fraction, Fraction]],
        met: Sequence[Fraction],
        moment_s: Fraction,
        starts: Sequence[Fraction],
        ends: Sequence[Fraction],
    ) -> Iterable[tuple[Fraction, Fraction | None]]:
        """Yield windows of rising width: some bars, up to the neighbours that are met, beyond some of them."""
        seen: set[tuple[Fraction, Fraction | None]] = set()
        pairs: list[tuple[Fraction, Fraction | None]] = []
        for bars in (4, 8):
            if len(starts) >= bars and len(ends) >= bars:
                pairs.append((starts[-bars], ends[bars - 1]))
        at = {seconds: line for line, seconds in lines}
        down = sorted(s for s in met if s in at)
        left = [at[s] for s in down if s < moment_s][::-1] or [Fraction(0)]
        right: list[Fraction | None] = [at[s] for s in down if s > moment_s]
        if not right:
            pairs += [
                (starts[-min(len(starts), bars)], ends[min(len(ends), bars) - 1]) for bars in (2,) if starts and ends
            ]
        right.append(None)
        for reach in range(_MOST_REOPENED):
            pairs.append((left[min(reach, len(left) - 1)], right[min(reach, len(right) - 1)]))
        for pair in pairs:
            if pair not in seen:
                seen.add(pair)
                yield pair

    def _stretches(
        self, unmet: Anchor, moment_s: Fraction, starts: Sequence[Fraction], ends: Sequence[Fraction]
    ) -> Iterable[_Offer]:
        """Yield the ways in which the beats stay, where the anchor is a hit of before that moved."""
        ids = {hit.id for hit in self._cue.hits if hit.frame == unmet.frame}
        was = {self._moved.now(self._old_beats[hit_id]) for hit_id in ids if hit_id in self._old_beats} - {None}
        if len(was) != 1:
            return
        beats = was.pop()
        assert beats is not None
        if unmet.is_strong and not unmet.is_crowded and not self._map.is_downbeat(beats):
            return
        was_s = self._map.seconds_at(beats)
        taken = {self._seconds(a) for a in self._anchors if a.frame != unmet.frame}
        between = [s for s in taken if min(was_s, moment_s) <= s <= max(was_s, moment_s)]
        starts = [line for line in starts if line < beats]
        ends = [line for line in ends if line > beats]
        if between or not starts:
            return
        for bars_before in _tried(len(starts)):
            start = starts[-bars_before]
            start_s = self._map.seconds_at(start)
            first = (moment_s - start_s) / (was_s - start_s)
            if abs(math.log(first)) > _MOST_STRETCH:
                continue
            for bars_after in _tried(len(ends)):
                end = ends[bars_after - 1]
                end_s = self._map.seconds_at(end)
                second = (end_s - moment_s) / (end_s - was_s)
                if second <= 0 or abs(math.log(second)) > _MOST_STRETCH:
                    continue
                price = sum(self._step_price(abs(math.log(k))) for k in (first, second, first / second))
                price += _BAR_PRICE * (bars_before + bars_after)
                yield _Offer(price, start, end, True, partial(self._stretch, start, beats, end, first, second))
            if not ends or unmet.frame >= self._cue.span.end_frame:  # what follows the last moment moves along
                price = self._step_price(abs(math.log(first))) * 2 + _BAR_PRICE * bars_before
                yield _Offer(price, start, None, True, partial(self._stretch, start, beats, None, first, Fraction(1)))

    def _stretch(
        self, start: Fraction, middle: Fraction, end: Fraction | None, first: Fraction, second: Fraction
    ) -> tuple[float, Piece] | None:
        """Return (0, bars with the same beats): it costs what its offer says. None where it jumps."""
        piece = stretched(self._map, self._sections, start=start, middle=middle, end=end, first=first, second=second)
        return None if self._jumps(piece) else (0.0, piece)

    def _jumps(self, piece: Piece) -> bool:
        """Return whether a piece has a step that should be written as a ramp or a new section, and is not."""
        end = self._map.end_beats if piece.old_end is None else piece.old_end
        spbs = [] if piece.old_start == 0 else [self._map.segments[0].spb_start]
        if piece.old_start > 0:
            spbs[0] = slice_map(self._map, piece.old_start - Fraction(1, 2), piece.old_start)[-1].spb_end
        ends = [*spbs, *(segment.spb_end for segment in piece.segments)]
        starts = [segment.spb_start for segment in piece.segments[0 if spbs else 1 :]]
        borders = [segment.start_beats for segment in piece.segments[0 if spbs else 1 :]]
        if end < self._map.end_beats:
            starts.append(self._map.seconds_per_beat_at(end))
            borders.append(end)
        return any(
            max(left / right, right / left) - 1 > WRITTEN_STEP and border not in self._sections
            for left, right, border in zip(ends, starts, borders, strict=False)
        )

    def _step_price(self, ratio: float) -> float:
        return self._costs.change * ratio**2 + self._costs.felt * max(0.0, ratio - self._costs.felt_from) ** 2

    def _solve(self, start: Fraction, end: Fraction | None, shift_s: Fraction) -> tuple[float, Piece] | None:
        """Return (price, bars between two bar lines solved again), what follows `shift_s` later; None if it jumps."""
        start_s = self._map.seconds_at(start)
        end_s = None if end is None else self._map.seconds_at(end) + shift_s
        if end_s is not None and end_s - start_s < Fraction(1, 2):
            return None
        inside = [
            a for a in self._anchors if start_s < self._seconds(a) and (end_s is None or self._seconds(a) < end_s)
        ]
        entering = self._spb_before(start)
        leaving = None if end is None else self._map.seconds_per_beat_at(end)
        first = next((a for a in self._anchors if self._seconds(a) == start_s), None)
        middle = entering if entering is not None else self._map.seconds_per_beat_at(start)
        opening = self._border(start_s, 60.0 / float(middle), first)
        closing = [] if end_s is None else [self._border(end_s, 60.0 / float(leaving or middle), None)]
        inner = [self._target(anchor, opening) for anchor in inside]
        anchors = crowded([opening, *inner, *closing], firm_last=bool(closing))
        if len(anchors) < 2:
            return None
        search = Search(
            tempo_range_bpm=tempo_range_bpm(self._cue),
            entering_bpm=None if entering is None else 60.0 / float(entering),
            leaving_bpm=None if leaving is None else 60.0 / float(leaving),
        )
        choice = choose_counts(anchors, moments=self._moments, search=search, costs=self._costs)
        if not math.isfinite(choice.cost) or len(choice.met) < 2:
            return None
        piece = drawn(
            self._map, self._sections, anchors=anchors, choice=choice, start=start, end=end, entering=entering
        )
        if leaving is not None and end not in self._sections:
            last = piece.segments[-1].spb_end
            if max(last / leaving, leaving / last) - 1 > WRITTEN_STEP:
                return None  # what stands after the window cannot answer with a ramp
        return choice.cost, piece

    def _spb_before(self, start: Fraction) -> Fraction | None:
        """Return the tempo just before a beat, None at the start of the cue and of a new section."""
        if start == 0 or start in self._sections:
            return None
        return slice_map(self._map, start - 1, start)[-1].spb_end

    def _border(self, at_s: Fraction, bpm: float, known: Anchor | None) -> Anchor:
        """Return an anchor for a bar line that stands."""
        return Anchor(
            frame=-1,
            cue_s=at_s - frames_to_seconds(self._cue.span.start_frame, self._rate),
            is_strong=True,
            weight=1.0,
            label="a bar that stands",
            target_bpm=known.target_bpm if known is not None and known.is_marked else bpm,
            is_marked=known is not None and known.is_marked,
            is_border=known is not None and known.is_border,
        )

    @staticmethod
    def _target(anchor: Anchor, opening: Anchor) -> Anchor:
        """Return an anchor that asks for the tempo around the window, unless the editor named one there."""
        return anchor if anchor.is_marked else replace(anchor, target_bpm=opening.target_bpm)

    def _take(self, piece: Piece, *, keeps_beats: bool) -> None:
        """Put a piece into the map, and remember the window."""
        grown = Fraction(0) if piece.old_end is None else piece.end_beats - piece.old_end
        self._moved.take(piece.old_start, piece.old_end, grown, keeps_beats=keeps_beats)
        start, stop = piece.old_start, self._map.end_beats if piece.old_end is None else piece.old_end
        self._sections = (
            *(beats for beats in self._sections if beats < start),
            *piece.section_beats,
            *(beats + grown for beats in self._sections if beats >= stop),
        )
        self._map = exchange(self._map, piece)


def _cheapest(offers: Iterable[_Offer]) -> tuple[_Offer, Piece] | None:
    """Return the cheapest offer that does, and its piece; what cannot be cheaper any more is not made."""
    best: tuple[float, _Offer, Piece] | None = None
    for offer in sorted(offers, key=lambda offer: offer.least_price):
        if best is not None and offer.least_price >= best[0]:
            break
        made = offer.make()
        if made is not None and (best is None or offer.least_price + made[0] < best[0]):
            best = offer.least_price + made[0], offer, made[1]
    return None if best is None else best[1:]


def _tried(bars: int) -> list[int]:
    """Return how many of some bars are tried."""
    return [count for count in _BARS_TRIED if count < bars] + ([bars] if bars else [])
