"""The step from a composition to a performance, and where a cue's audio starts, ends, fades and stops dead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from hitpoint.model.music import AttackTable, Composition, Instrument, Performance, PerformedNote, PerformedPart
from hitpoint.model.spotting import Cue, HitKind
from hitpoint.model.tempo import TempoMap
from hitpoint.model.tempo_plan import PlannedHit, TempoPlan
from hitpoint.model.time import SAMPLE_RATE_HZ, FrameRate, frames_to_samples
from hitpoint.performance.articulation import choose_manner, written_s
from hitpoint.performance.articulation_table import ArticulationTable
from hitpoint.performance.breathing import plan_breathing
from hitpoint.performance.line import Ensemble, LinePlayer
from hitpoint.performance.phrases import phrase_spans
from hitpoint.performance.timing import Attacks, Chance
from hitpoint.performance.velocity import REACH

#: What follows the last note: its release and the hall.
TAIL_S = 4.0
#: Silence in front of the first note, where the timeline has room for it.
_MARGIN_SAMPLES = SAMPLE_RATE_HZ // 100
#: Sneaking in, and fading out: at most this long, and at most a quarter of the cue.
_SNEAK_IN_S = 2.0
_FADE_OUT_S = 5.0
#: A cut takes everything off, dry sound and hall, within this time, ending on the cue's last frame; shorter clicks.
_CUT_S = 0.012
#: A shorter gap after a silence hit is not a silence; nothing is gated then.
_SHORTEST_SILENCE_SAMPLES = SAMPLE_RATE_HZ // 20


def needed_sounds(
    composition: Composition, instruments: Mapping[str, Instrument], articulations: ArticulationTable
) -> set[tuple[int, int, int, int]]:
    """Return (bank, program, pitch, velocity) of all that may be played: what the attack table needs.

    A player's velocity departs from the page by up to `REACH`, so each sound is named at both ends of that.
    """
    sample_at = composition.tempo_map.sample_at
    sounds = set()
    for part in composition.parts:
        instrument = instruments[part.instrument_id]
        for note in part.notes:
            length_s = written_s(sample_at(note.onset_beats), sample_at(note.onset_beats + note.duration_beats))
            manner = choose_manner(articulations, instrument, part, note, length_s)
            velocity = manner.velocity(note.velocity)
            for reached in (velocity - REACH, velocity, velocity + REACH):
                sounds.add((manner.bank, manner.program, note.pitch_midi, min(127, max(1, round(reached)))))
    return sounds


def perform(
    composition: Composition,
    *,
    cue: Cue,
    plan: TempoPlan,
    instruments: Mapping[str, Instrument],
    articulations: ArticulationTable,
    attack_table: AttackTable,
    rate: FrameRate,
    rng: np.random.Generator,
    humanise: float = 1.0,
) -> Performance:
    """Play a composition: beats become samples, pages become people.

    Parameters
    ----------
    composition : Composition
        Its tempo map is the one that counts.
    plan : TempoPlan
        Where the hits fall; the breath before kept hard hits stays clean.
    articulations : ArticulationTable
        Which sound plays which note, how long it is held and how hard it is struck.
    attack_table : AttackTable
        For `needed_sounds(composition, instruments, articulations)`; sounds that it does not know start on their time.
    rng : numpy.random.Generator
        One number is drawn. What a player does with a note depends on that number and on the note alone, so that a
        changed bar changes no other.
    humanise : float, >= 0
        0 plays exactly when and as loud as is written, each note in its articulation; 1 as people do. Notes that carry
        a hit are always exact.

    Returns
    -------
    Performance
        The `sounding_sample` of a note on a kept hit is the hit's own sample.
    """
    seed = int(rng.integers(1 << 62))
    tempo_map = composition.tempo_map
    silence_starts = silences_of(plan, tempo_map, rate)
    ensemble = Ensemble(
        tempo_map=tempo_map,
        articulations=articulations,
        attacks=Attacks(attack_table),
        phrases=phrase_spans(composition),
        breathing=plan_breathing(
            composition, hit_beats=[planned.beats for planned in plan.hits], seed=seed, humanise=humanise
        ),
        hit_samples=sorted({tempo_map.sample_at(hit.beats) for hit in plan.hits if _is_kept(hit)}),
        marked_samples=sorted({tempo_map.sample_at(hit.beats) for hit in plan.hits}),
        silence_starts=silence_starts,
        humanise=humanise,
    )
    parts = tuple(
        LinePlayer(
            part=part,
            instrument=instruments[part.instrument_id],
            ensemble=ensemble,
            chance=Chance(seed, part.id),
        ).play()
        for part in composition.parts
        if part.notes
    )
    return framed(parts, cue, rate, silence_starts)


def silences_of(plan: TempoPlan, tempo_map: TempoMap, rate: FrameRate) -> list[int]:
    """Return the record samples at which everything stops, sorted."""
    return sorted(
        frames_to_samples(planned.hit.frame, rate) if _is_kept(planned) else tempo_map.sample_at(planned.beats)
        for planned in plan.hits
        if planned.hit.kind is HitKind.SILENCE
    )


def _is_kept(planned: PlannedHit) -> bool:
    return planned.hit.is_hard and not planned.was_softened


def framed(parts: tuple[PerformedPart, ...], cue: Cue, rate: FrameRate, silence_starts: Sequence[int]) -> Performance:
    """Put the parts into their piece of record time: margin, tail, fades and silences."""
    cue_start, cue_end = frames_to_samples(cue.span.start_frame, rate), frames_to_samples(cue.span.end_frame, rate)
    notes = [note for part in parts for note in part.notes]
    first = min((note.onset_sample for note in notes), default=cue_start)
    last = max((note.onset_sample + note.duration_samples for note in notes), default=cue_start)
    start = max(0, first - _MARGIN_SAMPLES)
    end = last + round(TAIL_S * SAMPLE_RATE_HZ)
    quarter = (cue_end - cue_start) // 4
    fades = {"fade": min(round(_FADE_OUT_S * SAMPLE_RATE_HZ), quarter), "cut": round(_CUT_S * SAMPLE_RATE_HZ)}
    fade_out_samples = fades.get(cue.exit, 0)
    return Performance(
        cue_number=cue.number,
        parts=parts,
        start_sample=start,
        length_samples=end - start,
        fade_in_samples=min(round(_SNEAK_IN_S * SAMPLE_RATE_HZ), quarter) if cue.entry == "sneak" else 0,
        fade_out_samples=fade_out_samples,
        fade_out_end_sample=cue_end if fade_out_samples else 0,
        silences=tuple(_silences(notes, silence_starts, end)),
    )


def _silences(notes: Sequence[PerformedNote], starts: Sequence[int], end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans from each silence hit to the first note sent after it, or to the end of the audio."""
    onsets = np.sort(np.array([note.onset_sample for note in notes], dtype=np.int64))
    for start in starts:
        following = int(np.searchsorted(onsets, start))
        until = int(onsets[following]) if following < len(onsets) else end
        if until - start >= _SHORTEST_SILENCE_SAMPLES:
            yield start, until
