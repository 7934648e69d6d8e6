"""One part, played: every written note becomes one that is sent, heard and let go at a sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from hitpoint.model.music import ControlChange, Instrument, Note, Part, PerformedNote, PerformedPart
from hitpoint.model.tempo import TempoMap
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.performance.articulation import Manner, choose_manner, written_s
from hitpoint.performance.articulation_table import ArticulationTable
from hitpoint.performance.breathing import Breathing
from hitpoint.performance.expression import expression
from hitpoint.performance.phrases import PhraseSpan, phrases_of_line
from hitpoint.performance.swells import HeldSpan, Swells
from hitpoint.performance.timing import (
    Attacks,
    Chance,
    departure_samples,
    earliest_start,
    head_start_samples,
    keep_off_hits,
)
from hitpoint.performance.velocity import lighter_repeats, shape_velocities

_LEGATO_ROLES = frozenset({"melody", "counter", "ground", "pad"})
#: Legato: a note is held this much into the one that follows it within the gap.
_OVERLAP_SAMPLES = 40 * SAMPLE_RATE_HZ // 1000
_LEGATO_GAP_SAMPLES = 20 * SAMPLE_RATE_HZ // 1000
#: A repeated note is let go this much before it is taken again, half as much at least.
_RETAKE_SAMPLES = 30 * SAMPLE_RATE_HZ // 1000
#: The lighter ones of repeated notes are let go by this share of their length earlier.
_LIGHTER_LIFT_SHARE = 0.15
_SHORTEST_NOTE_SAMPLES = SAMPLE_RATE_HZ // 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """What all players of a cue share.

    `hit_samples` are those of kept hard hits, which are exact; `marked_samples` those of all hits, `silence_starts`
    those at which everything stops; all are sorted record samples.
    """

    tempo_map: TempoMap
    articulations: ArticulationTable
    attacks: Attacks
    phrases: tuple[PhraseSpan, ...]
    breathing: Breathing
    hit_samples: Sequence[int]
    marked_samples: Sequence[int]
    silence_starts: Sequence[int]
    humanise: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A note of the page as its player reads it.

    `grid_start` is where the tempo map has it, `start` and `end` (record samples too) where the ensemble's breathing
    puts it; `is_on_hit` also for notes that merely coincide with a hit.
    """

    note: Note
    manner: Manner
    grid_start: int
    start: int
    end: int
    is_on_hit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlayer:
    """The player (or section) of one part."""

    part: Part
    instrument: Instrument
    ensemble: Ensemble
    chance: Chance

    def play(self) -> PerformedPart:
        """Return the part as it is played."""
        ensemble = self.ensemble
        line = [self._read(note) for note in sorted(self.part.notes, key=lambda n: (n.onset_beats, n.pitch_midi))]
        notes = [read.note for read in line]
        velocities = shape_velocities(
            self.part,
            notes,
            [read.manner.velocity(read.note.velocity) for read in line],
            [self.chance.signed("velocity", note.onset_beats, note.pitch_midi) for note in notes],
            phrases=ensemble.phrases,
            follows_level=self.instrument.is_percussive,
            humanise=ensemble.humanise,
        )
        previous: _Read | None = None  # the last note that started before this one
        latest: _Read | None = None
        started: list[PerformedNote] = []
        for now, velocity in zip(line, velocities, strict=True):
            if latest is not None and latest.start < now.start:
                previous = latest
            latest = now
            started.append(self._started(now, previous, velocity))
        durations = self._durations(line, [note.onset_sample for note in started])
        played = [replace(note, duration_samples=held) for note, held in zip(started, durations, strict=True)]
        return PerformedPart(
            part_id=self.part.id,
            instrument_id=self.part.instrument_id,
            stem=self.part.stem,
            notes=tuple(sorted(played, key=lambda note: (note.onset_sample, note.pitch_midi))),
            controls=() if self.instrument.is_percussive else self._expression(line),
        )

    def _read(self, note: Note) -> _Read:
        ensemble, end_beats = self.ensemble, note.onset_beats + note.duration_beats
        grid_start, grid_end = (ensemble.tempo_map.sample_at(beats) for beats in (note.onset_beats, end_beats))
        return _Read(
            note=note,
            manner=choose_manner(
                ensemble.articulations, self.instrument, self.part, note, written_s(grid_start, grid_end)
            ),
            grid_start=grid_start,
            start=grid_start + ensemble.breathing.late_samples(note.onset_beats),
            end=grid_end + ensemble.breathing.late_samples(end_beats),
            is_on_hit=bool(note.hit_id) or grid_start in ensemble.hit_samples,
        )

    def _started(self, now: _Read, previous: _Read | None, velocity: int) -> PerformedNote:
        """Return the note with its start; its duration is the written one."""
        note, role, ensemble = now.note, self.part.role, self.ensemble
        sounding = now.start
        if not now.is_on_hit:
            departure = departure_samples(self.chance, role, note.onset_beats, note.pitch_midi, ensemble.humanise)
            sounding = keep_off_hits(now.start + departure, now.grid_start, ensemble.hit_samples)
        sounding = max(0, sounding)  # nothing can be heard before the timeline starts
        head_start = head_start_samples(
            ensemble.attacks.seconds(now.manner.bank, now.manner.program, note.pitch_midi, velocity),
            role,
            float(ensemble.tempo_map.seconds_per_beat_at(note.onset_beats)),
            is_on_hit=now.is_on_hit,
        )
        bounds = [0, *(silence for silence in ensemble.silence_starts if silence <= now.start)]
        if previous is not None:
            bounds.append(earliest_start(previous.start, min(previous.end, now.start)))
        return PerformedNote(
            onset_sample=min(sounding, max(sounding - head_start, *bounds)),
            sounding_sample=sounding,
            duration_samples=max(1, now.end - now.start),
            pitch_midi=note.pitch_midi,
            velocity=velocity,
            bank=now.manner.bank,
            program=now.manner.program,
            hit_id=note.hit_id,
            written_beats=note.onset_beats,
        )

    def _durations(self, line: Sequence[_Read], onsets: Sequence[int]) -> list[int]:
        """Return for how many samples each note is held, given when each is sent."""
        humanise = min(1.0, self.ensemble.humanise)
        lighter = lighter_repeats([read.note for read in line])
        durations = [0] * len(line)
        next_of_pitch: dict[int, int] = {}  # pitch -> index of the next note on it
        for index in reversed(range(len(line))):
            now = line[index]
            end = now.start + round(now.manner.held_s((now.end - now.start) / SAMPLE_RATE_HZ) * SAMPLE_RATE_HZ)
            runs_on = self._runs_into_the_next(index, line)
            if runs_on:
                end += round(_OVERLAP_SAMPLES * humanise)
            again = next_of_pitch.get(now.note.pitch_midi)
            if again is not None and not self.instrument.is_percussive:
                end = min(end, max(onsets[again] - _RETAKE_SAMPLES, (onsets[index] + onsets[again]) // 2))
            if lighter[index] and (again is not None or not runs_on):
                end -= round(_LIGHTER_LIFT_SHARE * humanise * (end - onsets[index]))
            end = min([end, *(silence for silence in self.ensemble.silence_starts if silence > now.start)])
            durations[index] = max(_SHORTEST_NOTE_SAMPLES, end - onsets[index])
            next_of_pitch[now.note.pitch_midi] = index
        return durations

    def _expression(self, line: Sequence[_Read]) -> tuple[ControlChange, ...]:
        """Return the part's dynamic line with the swells of its phrases and long notes."""
        ranges = phrases_of_line([read.note for read in line], self.ensemble.phrases)
        starts = [line[first].start for first, _ in ranges]
        ends = [max(read.end for read in line[first:stop]) for first, stop in ranges]
        swells = Swells(
            role=self.part.role,
            phrases=[
                (start, min(end, following))
                for start, end, following in zip(starts, ends, [*starts[1:], max(ends)], strict=True)
            ],
            held=list(self._held(line)),
            hit_samples=self.ensemble.marked_samples,
            humanise=min(1.0, self.ensemble.humanise),
        )
        return expression(self.part, self.ensemble.tempo_map, swells)

    def _held(self, line: Sequence[_Read]) -> Iterator[HeldSpan]:
        """Yield the stretches in which no note begins; one that carries a hit lasts as long as its notes do."""
        chords = [list(chord) for _, chord in groupby(line, key=lambda read: read.start)]
        end = 0
        for index, chord in enumerate(chords):
            start = chord[0].start
            end = max(end, *(read.end for read in chord))
            on_hit = [read.end for read in chord if read.is_on_hit or read.grid_start in self.ensemble.marked_samples]
            following = chords[index + 1][0].start if index + 1 < len(chords) else end
            yield HeldSpan(start, max(on_hit) if on_hit else min(end, following), carries_hit=bool(on_hit))

    def _runs_into_the_next(self, index: int, line: Sequence[_Read]) -> bool:
        """Return whether a note is tied by legato to one that starts where it ends (never into a hit)."""
        now = line[index]
        if self.part.role not in _LEGATO_ROLES or self.instrument.is_percussive or now.manner.is_detached:
            return False
        for following in line[index + 1 :]:
            if following.start > now.end + _LEGATO_GAP_SAMPLES:
                return False
            if following.start >= now.end - _LEGATO_GAP_SAMPLES:
                return not following.is_on_hit
        return False
