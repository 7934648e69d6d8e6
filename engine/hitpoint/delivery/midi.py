"""The score as a type-1 Standard MIDI File that opens in a DAW in sync with the picture.

Track 0 holds tempo, metre, key, the SMPTE offset of tick 0 and the markers; each part is a track of its own.
Notes are the written ones (no humanising, no attack compensation): a DAW's own instruments have other attacks.

Channels. A part keeps one channel; channel 10 is for drum kits. After 15 parts the next MIDI port begins (meta
event 0x21), which DAWs that import by track ignore without harm. Kits have no dynamic line: their CC11 would be
shared by every part on channel 10, so it is folded into their velocities.

What the mix did to a bus (sneak-ins, fades, silences, ducking) is channel volume, CC7, on every part of it; kits that
share channel 10 all get the curve of the first of them, so that they never pull one fader two ways.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hitpoint.delivery.midi_tempo import TICKS_PER_BEAT, CueSpan, SmfTempo, Timeline, build_timeline
from hitpoint.delivery.midi_volume import CC_VOLUME, volume_events
from hitpoint.files import write_beside
from hitpoint.model.audio import LevelCurve
from hitpoint.model.music import Composition, DynamicPoint, Instrument, Note, Part
from hitpoint.model.spotting import Cue
from hitpoint.model.tempo_plan import PlannedHit, TempoPlan
from hitpoint.model.time import FrameRate, frames_to_seconds, frames_to_timecode

if TYPE_CHECKING:
    import mido

_EXPRESSION = 11
_BANK_MSB = 0
_PAN = 10
_DRUM_BANK = 128
_DRUM_CHANNEL = 9
_MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != _DRUM_CHANNEL)

#: Dynamic lines are written as steps of an eighth of a beat: 60 ms at 120 bpm, below what one hears as steps.
_DYNAMIC_STEP_BEATS = Fraction(1, 8)

# Order of events on one tick: names first, notes end before others begin, controllers before the notes they shape.
_ORDER_META, _ORDER_NOTE_OFF, _ORDER_CONTROL, _ORDER_NOTE_ON = range(4)


@dataclass(slots=True)
class _Track:
    """Events of one track as (tick, order, running number, message)."""

    events: list[tuple[int, int, int, Any]] = field(default_factory=list)

    def add(self, tick: int, order: int, message: Any) -> None:
        self.events.append((tick, order, len(self.events), message))

    def finished(self, end_tick: int) -> mido.MidiTrack:
        import mido

        track = mido.MidiTrack()
        now = 0
        for tick, _, _, message in sorted(self.events, key=lambda event: event[:3]):
            track.append(message.copy(time=tick - now))
            now = tick
        track.append(mido.MetaMessage("end_of_track", time=max(0, end_tick - now)))
        return track


def write_midi(
    path: Path,
    *,
    cues: Sequence[Cue],
    plans: Sequence[TempoPlan],
    compositions: Sequence[Composition],
    instruments: dict[str, Instrument],
    rate: FrameRate,
    start_timecode_frame: int,
    automation: Sequence[LevelCurve] = (),
) -> None:
    """Write all cues of a cut into one type-1 SMF; tick 0 is the first cue's first bar.

    Parameters
    ----------
    path : Path
        Target; replaced only when the new file is complete.
    cues, plans, compositions : sequences, equally long
        One of each per cue, in any order; the file has them in record order. The gap between two cues becomes
        whole bars at a tempo of its own, so that every cue is at its record time. Notes that start before the
        first bar get whole bars of lead-in, and tick 0 moves before the first bar by as much.
    rate, start_timecode_frame
        For the SMPTE offset, which is exact to 1/100 frame.
    automation : sequence of LevelCurve
        What the mix did to each stem; one without a curve stays at 0 dB.

    Raises
    ------
    ValueError
        No cue, or sequences of different length.
    OutputError
        The file cannot be written.

    Notes
    -----
    By the file's own tempo events every hit is within 0.1 ms of its record time, and every other beat within
    50 µs (`hitpoint.delivery.midi_tempo`).
    """
    import mido

    if not cues or not len(cues) == len(plans) == len(compositions):
        raise ValueError("write_midi needs one plan and one composition for each of at least one cue")
    scored = sorted(zip(cues, plans, compositions, strict=True), key=lambda row: row[1].tempo_map.start_s)
    timeline = _timeline(scored)
    midi = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")
    conductor = _conductor(scored, timeline, rate, start_timecode_frame)
    merged = _merged_parts(scored)
    curves = {curve.stem: curve for curve in automation}
    volumes: dict[tuple[int, int], tuple[tuple[int, int], ...]] = {}
    parts = []
    for part, place in zip(merged, _channels(merged, instruments), strict=True):
        if place not in volumes:
            volumes[place] = volume_events(curves.get(part.stem, LevelCurve(stem=part.stem)), timeline)
        parts.append(_part_track(part, timeline, instruments[part.instrument_id], place, volumes[place]))
    end_tick = max((tick for track in (conductor, *parts) for tick, *_ in track.events), default=0)
    midi.tracks.extend(track.finished(end_tick) for track in (conductor, *parts))
    with write_beside(path) as temp_path:
        midi.save(str(temp_path))


_ScoredCue = tuple[Cue, TempoPlan, Composition]


@dataclass(slots=True)
class _MergedPart:
    """One line across all cues: same part id, same instrument."""

    part_id: str
    instrument_id: str
    by_cue: list[tuple[int, Part]]

    @property
    def stem(self) -> str:
        """Bus of the line; every cue has it on the same one."""
        return self.by_cue[0][1].stem


def _timeline(scored: Sequence[_ScoredCue]) -> Timeline:
    ends, anchors = [], []
    for _, plan, composition in scored:
        hits = [planned.beats for planned in plan.hits if planned.planned_error_s == 0]
        ends.append(max([composition.end_beats, *hits]))
        anchors.append(hits)
    first_notes = [note.onset_beats for part in scored[0][2].parts for note in part.notes]
    bar_beats = scored[0][1].tempo_map.meters[0].bar_beats
    lead_in_bars = max(0, math.ceil(-min(first_notes, default=Fraction(0)) / bar_beats))
    return build_timeline(
        [plan.tempo_map for _, plan, _ in scored],
        end_beats=ends,
        anchor_beats=anchors,
        lead_in_beats=lead_in_bars * bar_beats,
    )


def _conductor(scored: Sequence[_ScoredCue], timeline: Timeline, rate: FrameRate, start_timecode_frame: int) -> _Track:
    import mido

    track = _Track()
    name = ", ".join(cue.number for cue, _, _ in scored)
    track.add(0, _ORDER_META, mido.MetaMessage("track_name", name=f"Hitpoint {name}"))
    track.add(0, _ORDER_META, _smpte_offset(timeline.tempo.start_s, rate, start_timecode_frame))
    for tick, us_per_beat in timeline.tempo.events:
        track.add(tick, _ORDER_META, mido.MetaMessage("set_tempo", tempo=us_per_beat))
    for tick, numerator, denominator in timeline.meters:
        meta = mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator)
        track.add(tick, _ORDER_META, meta)
    for (cue, plan, composition), span in zip(scored, timeline.spans, strict=True):
        key = _key_signature(composition.key)
        if key is not None:
            track.add(span.start_tick, _ORDER_META, key)
        for tick, text in _markers(cue, plan, composition, span, timeline.tempo, rate):
            track.add(tick, _ORDER_META, mido.MetaMessage("marker", text=text))
    return track


def _markers(
    cue: Cue, plan: TempoPlan, composition: Composition, span: CueSpan, tempo: SmfTempo, rate: FrameRate
) -> Iterable[tuple[int, str]]:
    yield span.tick_at(Fraction(0), tempo), f"{cue.number} {cue.title}".strip()
    for section in composition.sections:
        yield span.tick_at(section.start_beats, tempo), f"{cue.number} {section.label}"
    for planned in plan.hits:
        wanted_s = frames_to_seconds(planned.hit.frame, rate)
        is_exact = plan.tempo_map.seconds_at(planned.beats) == wanted_s
        # A softened hit is marked where the picture has it, not where the music lands.
        tick = span.tick_at(planned.beats, tempo) if is_exact else tempo.tick_at(wanted_s)
        yield tick, _hit_text(planned, is_exact)


def _hit_text(planned: PlannedHit, is_exact: bool) -> str:
    label = planned.hit.label or planned.hit.id
    beat = f"{float(planned.beat):g}"
    text = f"HIT {label} ({planned.hit.kind.value}, bar {planned.bar} beat {beat}"
    return text + (")" if is_exact else f", music {float(planned.planned_error_s) * 1000:+.0f} ms)")


def _smpte_offset(start_s: Fraction, rate: FrameRate, start_timecode_frame: int) -> mido.MetaMessage:
    """Return the SMPTE offset of tick 0. SMF knows 24, 25, 29.97 drop and 30: faster rates count half frames."""
    import mido

    hundredths = round(start_s * rate.fps * 100) + start_timecode_frame * 100
    frame, sub_frames = divmod(hundredths, 100)
    label = frames_to_timecode(frame, rate).replace(";", ":")
    hours, minutes, seconds, frames = (int(number) for number in label.split(":"))
    base = rate.timecode_base
    if base > 30:
        sub_frames = (frames % 2) * 50 + sub_frames // 2
        frames, base = frames // 2, base // 2
    return mido.MetaMessage(
        "smpte_offset",
        frame_rate=29.97 if rate.drop_frame else base if base in (24, 25, 30) else 30,
        hours=hours,
        minutes=minutes,
        seconds=seconds,
        frames=frames,
        sub_frames=sub_frames,
    )


def _key_signature(key: str) -> mido.MetaMessage | None:
    """Return "D minor" or "E♭ major" as a key signature; None for modes that SMF cannot name."""
    import mido

    tonic, _, mode = key.replace("♭", "b").replace("♯", "#").partition(" ")
    if mode not in ("major", "minor"):
        return None
    try:
        return mido.MetaMessage("key_signature", key=tonic + ("m" if mode == "minor" else ""))
    except ValueError:  # G♯ major and the like: more than seven accidentals
        return None


def _merged_parts(scored: Sequence[_ScoredCue]) -> list[_MergedPart]:
    merged: dict[tuple[str, str], _MergedPart] = {}
    for index, (_, _, composition) in enumerate(scored):
        for part in composition.parts:
            key = (part.id, part.instrument_id)
            merged.setdefault(key, _MergedPart(*key, [])).by_cue.append((index, part))
    return list(merged.values())


def _channels(parts: Sequence[_MergedPart], instruments: dict[str, Instrument]) -> list[tuple[int, int]]:
    """Return (port, channel) per part: kits of one program share channel 10, a second kit takes the next port's."""
    melodic = 0
    kits: list[int] = []
    places: list[tuple[int, int]] = []
    for part in parts:
        instrument = instruments[part.instrument_id]
        if instrument.bank == _DRUM_BANK:
            if instrument.program not in kits:
                kits.append(instrument.program)
            places.append((kits.index(instrument.program), _DRUM_CHANNEL))
        else:
            places.append((melodic // len(_MELODIC_CHANNELS), _MELODIC_CHANNELS[melodic % len(_MELODIC_CHANNELS)]))
            melodic += 1
    return places


def _part_track(
    part: _MergedPart,
    timeline: Timeline,
    instrument: Instrument,
    place: tuple[int, int],
    volume: Sequence[tuple[int, int]],
) -> _Track:
    import mido

    port, channel = place
    track = _Track()
    track.add(0, _ORDER_META, mido.MetaMessage("track_name", name=f"{instrument.name} ({part.part_id})"))
    track.add(0, _ORDER_META, mido.MetaMessage("midi_port", port=port))
    is_kit = channel == _DRUM_CHANNEL
    if not is_kit:
        pan = 64 + round(63 * instrument.seat)
        track.add(0, _ORDER_CONTROL, mido.Message("control_change", channel=channel, control=_PAN, value=pan))
    for tick, value in volume:
        message = mido.Message("control_change", channel=channel, control=CC_VOLUME, value=value)
        track.add(tick, _ORDER_CONTROL, message)
    played: list[tuple[int, int, Note, int]] = []
    for cue_index, written in part.by_cue:
        span = timeline.spans[cue_index]
        for note in written.notes:
            start = span.tick_at(note.onset_beats, timeline.tempo)
            end = max(start + 1, span.tick_at(note.onset_beats + note.duration_beats, timeline.tempo))
            level = _level_at(written.dynamics, note.onset_beats) if is_kit else 1.0
            played.append((start, end, note, min(127, max(1, round(note.velocity * level)))))
        if not is_kit:
            for beats, value in _dynamic_steps(written.dynamics):
                message = mido.Message("control_change", channel=channel, control=_EXPRESSION, value=value)
                track.add(span.tick_at(beats, timeline.tempo), _ORDER_CONTROL, message)
    _add_notes(track, _without_collisions(played), instrument, channel)
    return track


def _add_notes(
    track: _Track, played: Sequence[tuple[int, int, Note, int]], instrument: Instrument, channel: int
) -> None:
    import mido

    plain = (instrument.bank, instrument.program)
    presets = {plain, *instrument.articulations.values()}
    needs_bank = any(bank not in (0, _DRUM_BANK) for bank, _ in presets)
    current: tuple[int, int] | None = None
    for start, end, note, velocity in played:
        preset = instrument.articulations.get(note.articulation, plain)
        if preset != current:
            tick = start if current is not None else 0
            # Written beside the note it is for, so that two articulations on one tick keep their order.
            if needs_bank and preset[0] != _DRUM_BANK:
                bank = mido.Message("control_change", channel=channel, control=_BANK_MSB, value=preset[0])
                track.add(tick, _ORDER_NOTE_ON, bank)
            track.add(tick, _ORDER_NOTE_ON, mido.Message("program_change", channel=channel, program=preset[1]))
            current = preset
        on = mido.Message("note_on", channel=channel, note=note.pitch_midi, velocity=velocity)
        track.add(start, _ORDER_NOTE_ON, on)
        track.add(end, _ORDER_NOTE_OFF, mido.Message("note_off", channel=channel, note=note.pitch_midi, velocity=0))


def _without_collisions(played: list[tuple[int, int, Note, int]]) -> list[tuple[int, int, Note, int]]:
    """Return the notes by onset; one that would still sound when its pitch is struck again ends there."""
    ordered = sorted(played, key=lambda row: (row[0], -row[3]))
    by_pitch: dict[int, list[tuple[int, int, Note, int]]] = {}
    for row in ordered:
        line = by_pitch.setdefault(row[2].pitch_midi, [])
        if not line or line[-1][0] != row[0]:  # the louder of two on one tick is kept
            line.append(row)
    kept = []
    for line in by_pitch.values():
        next_starts = [row[0] for row in line[1:]] + [line[-1][1]]
        kept += [(row[0], min(row[1], stop), row[2], row[3]) for row, stop in zip(line, next_starts, strict=True)]
    return sorted(kept, key=lambda row: (row[0], row[2].pitch_midi))


def _level_at(dynamics: Sequence[DynamicPoint], beats: Fraction) -> float:
    """Return the level 0..1 of a dynamic line at a beat, held at the ends; 1 without a line."""
    if not dynamics:
        return 1.0
    if beats <= dynamics[0].beats:
        return dynamics[0].level
    after = bisect.bisect_right(dynamics, beats, key=lambda point: point.beats)
    if after == len(dynamics):
        return dynamics[-1].level
    left, right = dynamics[after - 1], dynamics[after]
    share = float((beats - left.beats) / (right.beats - left.beats))
    return left.level + (right.level - left.level) * share


def _dynamic_steps(dynamics: Sequence[DynamicPoint]) -> Iterable[tuple[Fraction, int]]:
    """Yield (beats, CC11 value) of a dynamic line, only where the value changes."""
    last: int | None = None
    for left, right in pairwise([*dynamics, None]):
        assert left is not None
        beats = left.beats
        stop = left.beats if right is None else right.beats
        while True:
            share = float((beats - left.beats) / (stop - left.beats)) if stop > left.beats else 0.0
            level = left.level if right is None else left.level + (right.level - left.level) * share
            value = min(127, max(0, round(127 * level)))
            if value != last:
                yield beats, value
                last = value
            beats += _DYNAMIC_STEP_BEATS
            if beats >= stop:
                break
