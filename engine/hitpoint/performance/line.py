"""One part, played: every written note becomes one that is sent, heard and let go at a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hitpoint.model.music import Instrument, Note, Part, PerformedNote, PerformedPart
from hitpoint.model.tempo import TempoMap
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.performance.articulation import choose_preset, held_s, is_detached
from hitpoint.performance.dynamics import expression, shape_velocities
from hitpoint.performance.timing import (
    Attacks,
    Chance,
    departure_samples,
    earliest_start,
    head_start_samples,
    keep_off_hits,
)

_LEGATO_ROLES = frozenset({"melody", "counter", "ground", "pad"})
#: Legato: a note is held this much into the one that follows it within the gap.
_OVERLAP_SAMPLES = 40 * SAMPLE_RATE_HZ // 1000
_LEGATO_GAP_SAMPLES = 20 * SAMPLE_RATE_HZ // 1000
#: A repeated note is let go this much before it is taken again, half as much at least.
_RETAKE_SAMPLES = 30 * SAMPLE_RATE_HZ // 1000
_SHORTEST_NOTE_SAMPLES = SAMPLE_RATE_HZ // 50


@dataclass(frozen=True, slots=True)
class _Written:
    """A note of the page with its place in record time; `is_on_hit` also for those that merely coincide with one."""

    note: Note
    start: int
    end: int
    is_on_hit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlayer:
    """The player (or section) of one part. `hit_samples` and `silence_starts` are sorted record samples."""

    part: Part
    instrument: Instrument
    tempo_map: TempoMap
    attacks: Attacks
    hit_samples: Sequence[int]
    silence_starts: Sequence[int]
    chance: Chance
    humanise: float

    def play(self) -> PerformedPart:
        """Return the part as it is played."""
        written = [self._written(note) for note in sorted(self.part.notes, key=lambda n: (n.onset_beats, n.pitch_midi))]
        velocities = shape_velocities(
            self.part,
            [w.note for w in written],
            [self.chance.signed("velocity", w.note.onset_beats, w.note.pitch_midi) for w in written],
            follows_level=self.instrument.is_percussive,
            humanise=self.humanise,
        )
        previous: _Written | None = None  # the last note that started before this one
        latest: _Written | None = None
        played: list[PerformedNote] = []
        for now, velocity in zip(written, velocities, strict=True):
            if latest is not None and latest.start < now.start:
                previous = latest
            latest = now
            played.append(self._started(now, previous, velocity))
        durations = self._durations(written, [note.onset_sample for note in played])
        notes = [replace(note, duration_samples=held) for note, held in zip(played, durations, strict=True)]
        return PerformedPart(
            part_id=self.part.id,
            instrument_id=self.part.instrument_id,
            stem=self.part.stem,
            notes=tuple(sorted(notes, key=lambda note: (note.onset_sample, note.pitch_midi))),
            controls=() if self.instrument.is_percussive else expression(self.part, self.tempo_map),
        )

    def _written(self, note: Note) -> _Written:
        start = self.tempo_map.sample_at(note.onset_beats)
        end = self.tempo_map.sample_at(note.onset_beats + note.duration_beats)
        return _Written(note, start, end, bool(note.hit_id) or start in self.hit_samples)

    def _started(self, now: _Written, previous: _Written | None, velocity: int) -> PerformedNote:
        """Return the note with its start; its duration is the written one."""
        note, part = now.note, self.part
        bank, program = choose_preset(self.instrument, part, note, (now.end - now.start) / SAMPLE_RATE_HZ)
        sounding = now.start
        if not now.is_on_hit:
            departure = departure_samples(self.chance, part.role, note.onset_beats, note.pitch_midi, self.humanise)
            sounding = keep_off_hits(now.start + departure, now.start, self.hit_samples)
        sounding = max(0, sounding)  # nothing can be heard before the timeline starts
        head_start = head_start_samples(
            self.attacks.seconds(bank, program, note.pitch_midi, velocity),
            part.role,
            float(self.tempo_map.seconds_per_beat_at(note.onset_beats)),
            is_on_hit=now.is_on_hit,
        )
        bounds = [0, *(silence for silence in self.silence_starts if silence <= now.start)]
        if previous is not None:
            bounds.append(earliest_start(previous.start, min(previous.end, now.start)))
        return PerformedNote(
            onset_sample=min(sounding, max(sounding - head_start, *bounds)),
            sounding_sample=sounding,
            duration_samples=max(1, now.end - now.start),
            pitch_midi=note.pitch_midi,
            velocity=velocity,
            bank=bank,
            program=program,
            hit_id=note.hit_id,
        )

    def _durations(self, written: Sequence[_Written], onsets: Sequence[int]) -> list[int]:
        """Return for how many samples each note is held, given when each is sent."""
        durations = [0] * len(written)
        next_of_pitch: dict[int, int] = {}  # pitch -> index of the next note on it
        for index in reversed(range(len(written))):
            now = written[index]
            end = now.start + round(held_s(now.note, (now.end - now.start) / SAMPLE_RATE_HZ) * SAMPLE_RATE_HZ)
            if self._runs_into_the_next(index, written):
                end += round(_OVERLAP_SAMPLES * min(1.0, self.humanise))
            again = next_of_pitch.get(now.note.pitch_midi)
            if again is not None and not self.instrument.is_percussive:
                end = min(end, max(onsets[again] - _RETAKE_SAMPLES, (onsets[index] + onsets[again]) // 2))
            end = min([end, *(silence for silence in self.silence_starts if silence > now.start)])
            durations[index] = max(_SHORTEST_NOTE_SAMPLES, end - onsets[index])
            next_of_pitch[now.note.pitch_midi] = index
        return durations

    def _runs_into_the_next(self, index: int, written: Sequence[_Written]) -> bool:
        """Return whether a note is tied by legato to one that starts where it ends (never into a hit)."""
        now = written[index]
        if self.part.role not in _LEGATO_ROLES or self.instrument.is_percussive or is_detached(now.note):
            return False
        for following in written[index + 1 :]:
            if following.start > now.end + _LEGATO_GAP_SAMPLES:
                return False
            if following.start >= now.end - _LEGATO_GAP_SAMPLES:
                return not following.is_on_hit
        return False
