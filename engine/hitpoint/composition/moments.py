"""The moments that the music must acknowledge, as the composer sees them.

Planned hits, merged where they coincide, the silences that some of them open, and where the cue ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hitpoint.composition.clock import Clock
from hitpoint.composition.context import Speech
from hitpoint.composition.idioms import Idiom
from hitpoint.model.spotting import STRONG_WEIGHT, Cue, HitKind
from hitpoint.model.tempo import TempoMap
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import FrameRate, frames_to_seconds

#: Which kind speaks where several hits share a beat: later ones win.
_PRECEDENCE = (HitKind.START, HitKind.ACCENT, HitKind.PEAK, HitKind.TURN, HitKind.SILENCE, HitKind.OUT)
#: A silence lasts at least this long, and at most until the second bar line after it.
SHORTEST_SILENCE_S = 1.5


@dataclass(frozen=True, slots=True)
class Moment:
    """One or more hits on the same beat; `seconds` are record seconds, `hit_ids` start with the leading one."""

    beats: Fraction
    seconds: float
    kind: HitKind
    weight: float
    hit_ids: tuple[str, ...]
    in_speech: bool = False
    idiom: Idiom | None = None  # how it is written, once that is chosen

    @property
    def is_strong(self) -> bool:
        """Whether the moment is prepared and released rather than only marked."""
        return self.weight >= STRONG_WEIGHT


@dataclass(frozen=True, slots=True)
class Silence:
    """Beats [start_beats, end_beats) in which nothing sounds."""

    start_beats: Fraction
    end_beats: Fraction


def cue_end_beats(cue: Cue, plan: TempoPlan, rate: FrameRate) -> Fraction:
    """Return the beat of the OUT hit; without one, the last half beat before the cue's last frame ends.

    A cue that is shorter than half a beat ends with its last frame.
    """
    outs = [planned.beats for planned in plan.hits if planned.hit.kind is HitKind.OUT]
    if outs:
        return max(outs)
    end = plan.tempo_map.beats_at(frames_to_seconds(cue.span.end_frame, rate))
    return Fraction(int(end * 2), 2) or end


def read_moments(plan: TempoPlan, *, clock: Clock, speech: Speech, end_beats: Fraction) -> tuple[Moment, ...]:
    """Return the planned hits up to `end_beats`, sorted, merged where they share a beat; softened ones too."""
    by_beat: dict[Fraction, Moment] = {}
    for planned in plan.hits:
        if planned.beats > end_beats or planned.beats < 0:
            continue
        hit = planned.hit
        known = by_beat.get(planned.beats)
        kind, weight = hit.kind, hit.weight
        ids: tuple[str, ...] = (hit.id,)
        if known is not None:
            leads = _PRECEDENCE.index(kind) > _PRECEDENCE.index(known.kind)
            kind = kind if leads else known.kind
            ids = ids + known.hit_ids if leads else known.hit_ids + ids
            weight = max(weight, known.weight)
        seconds = clock.seconds_at(planned.beats)
        by_beat[planned.beats] = Moment(planned.beats, seconds, kind, weight, ids, speech.contains(seconds))
    return tuple(by_beat[beats] for beats in sorted(by_beat))


def find_silences(
    moments: Sequence[Moment], tempo_map: TempoMap, *, clock: Clock, end_beats: Fraction
) -> tuple[Silence, ...]:
    """Return what each SILENCE opens: nothing until the next hit, or the next bar line after `SHORTEST_SILENCE_S`."""
    silences = []
    for index, moment in enumerate(moments):
        if moment.kind is not HitKind.SILENCE:
            continue
        bar, _ = tempo_map.bar_beat_at(moment.beats)
        resume = tempo_map.bar_start_beats(bar + 1)
        while clock.seconds_at(resume) < moment.seconds + SHORTEST_SILENCE_S:
            bar += 1
            resume = tempo_map.bar_start_beats(bar + 1)
        later = tempo_map.bar_start_beats(bar + 2)
        following = moments[index + 1].beats if index + 1 < len(moments) else end_beats
        if following <= later:
            resume = following
        silences.append(Silence(moment.beats, min(resume, end_beats)))
    return tuple(silence for silence in silences if silence.end_beats > silence.start_beats)
