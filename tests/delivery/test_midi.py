"""What a DAW would read: the file is opened again and its own tempo track integrated."""

from bisect import bisect_right
from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise

import mido
import pytest

from hitpoint.delivery.midi import write_midi
from hitpoint.delivery.midi_tempo import TICKS_PER_BEAT, build_timeline
from hitpoint.model.music import Note, Part
from hitpoint.model.tempo import Meter, TempoMap, TempoSegment
from hitpoint.model.time import FrameRate, frames_to_seconds, frames_to_timecode

RATES = [FrameRate(24, 1), FrameRate(24000, 1001), FrameRate(30000, 1001, True), FrameRate(50, 1)]


class Smf:
    """A reader that trusts nothing but the bytes."""

    def __init__(self, path):
        self.midi = mido.MidiFile(path, charset="utf-8")
        self.conductor = list(self._absolute(self.midi.tracks[0]))
        self.tempi = [(tick, m.tempo) for tick, m in self.conductor if m.type == "set_tempo"]
        self.clock_us = [0]
        for (tick, tempo), (following, _) in pairwise(self.tempi):
            self.clock_us.append(self.clock_us[-1] + F((following - tick) * tempo, self.midi.ticks_per_beat))

    @staticmethod
    def _absolute(track):
        tick = 0
        for message in track:
            tick += message.time
            yield tick, message

    def seconds(self, tick):
        index = bisect_right(self.tempi, tick, key=lambda event: event[0]) - 1
        at, tempo = self.tempi[index]
        return (self.clock_us[index] + F((tick - at) * tempo, self.midi.ticks_per_beat)) / 1_000_000

    def metas(self, kind):
        return [(tick, m) for tick, m in self.conductor if m.type == kind]

    def notes(self, track):
        sounding, notes = {}, []
        for tick, m in self._absolute(track):
            if m.type == "note_on" and m.velocity:
                assert m.note not in sounding, "a pitch was struck while it still sounded"
                sounding[m.note] = (tick, m.velocity)
            elif m.type in ("note_off", "note_on"):
                start, velocity = sounding.pop(m.note)
                notes.append((start, tick, m.note, velocity))
        assert not sounding
        return sorted(notes)


def write(scored, rate, path, **overrides):
    values = {
        "cues": scored.cues,
        "plans": scored.plans,
        "compositions": scored.compositions,
        "instruments": scored.instruments,
        "rate": rate,
        "start_timecode_frame": scored.cut.start_timecode_frame,
    }
    write_midi(path, **{**values, **overrides})
    return Smf(path)


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_every_hit_of_every_cue_is_within_a_tenth_of_a_millisecond(scored, rate, tmp_path):
    made = scored(rate)
    smf = write(made, rate, tmp_path / "x.mid")
    zero_s = made.plans[0].tempo_map.start_s
    markers = {m.text: tick for tick, m in smf.metas("marker")}
    checked = 0
    for cue in made.cues:
        for hit in cue.hits:
            text = next(text for text in markers if text.startswith(f"HIT {hit.label} ("))
            wanted = frames_to_seconds(hit.frame, rate) - zero_s
            slack_s = 1e-4 if "ms)" not in text else 5e-4  # a softened hit lies between ticks
            assert abs(float(smf.seconds(markers[text]) - wanted)) < slack_s, hit.label
            checked += 1
    assert checked == 10  # 5 + 3 hits and two softened ones


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_no_beat_strays_fifty_microseconds(scored, rate, tmp_path):
    made = scored(rate)
    smf = write(made, rate, tmp_path / "x.mid")
    starts = {m.text: tick for tick, m in smf.metas("marker")}
    zero_s = made.plans[0].tempo_map.start_s
    for cue, plan in zip(made.cues, made.plans, strict=True):
        start = starts[f"{cue.number} {cue.title}"]
        for tick in range(0, int(plan.tempo_map.end_beats * TICKS_PER_BEAT), 40):
            wanted = plan.tempo_map.seconds_at(F(tick, TICKS_PER_BEAT)) - zero_s
            assert abs(float(smf.seconds(start + tick) - wanted)) < 50e-6


def test_an_hour_at_an_awkward_tempo_does_not_drift():
    segment = TempoSegment(
        start_beats=F(0), end_beats=F(7000), start_s=F(5), spb_start=F(1001, 1950), spb_end=F(1001, 1950)
    )
    the_map = TempoMap(segments=(segment,), meters=(Meter(start_bar=1, start_beats=F(0), numerator=4),))
    tempo = build_timeline([the_map], end_beats=[F(7000)], anchor_beats=[[]]).tempo
    worst = max(abs(tempo.seconds_at(b * TICKS_PER_BEAT) - the_map.seconds_at(F(b))) for b in range(0, 7000, 7))
    assert worst < F(50, 1_000_000)
    assert {t for _, t in tempo.events} == {513_333, 513_334}, "a steady tempo must look steady in the DAW"


def test_hours_between_two_cues_do_not_drift():
    def steady(start_s):
        segment = TempoSegment(start_beats=F(0), end_beats=F(8), start_s=start_s, spb_start=F(1, 2), spb_end=F(1, 2))
        return TempoMap(segments=(segment,), meters=(Meter(start_bar=1, start_beats=F(0), numerator=4),))

    maps = [steady(F(1)), steady(F(7207123, 1000)), steady(F(7212))]
    timeline = build_timeline(maps, end_beats=[F(8)] * 3, anchor_beats=[[]] * 3)
    for the_map, span in zip(maps, timeline.spans, strict=True):
        assert abs(timeline.tempo.seconds_at(span.start_tick) - the_map.start_s) < F(50, 1_000_000)
    bars = [tick for tick, *_ in timeline.meters]
    assert bars == sorted(bars)


def test_overlapping_cues_keep_their_times(scored_24, tmp_path):
    """The second cue starts while the first still plays: its notes go by their time."""
    rate = FrameRate(24, 1)
    chase, bridge = scored_24.plans
    segment = TempoSegment(start_beats=F(0), end_beats=F(24), start_s=F(25), spb_start=F(2, 3), spb_end=F(2, 3))
    early = replace(bridge, tempo_map=TempoMap(segments=(segment,), meters=bridge.tempo_map.meters), hits=())
    moved = replace(scored_24.compositions[1], tempo_map=early.tempo_map)
    compositions = (scored_24.compositions[0], moved)
    smf = write(scored_24, rate, tmp_path / "x.mid", plans=(chase, early), compositions=compositions)
    zero_s = chase.tempo_map.start_s
    celli = next(t for t in smf.midi.tracks if t.name.startswith("Celli"))
    starts = [float(smf.seconds(note[0]) + zero_s) for note in smf.notes(celli)]
    wanted = [float(chase.tempo_map.seconds_at(n.onset_beats)) for n in compositions[0].parts[1].notes]
    wanted += [float(early.tempo_map.seconds_at(n.onset_beats)) for n in moved.parts[1].notes]
    for moment in wanted:
        assert min(abs(moment - start) for start in starts) < 0.5e-3


def test_notes_are_the_written_ones(scored_24, tmp_path):
    made = scored_24
    smf = write(
        made,
        FrameRate(24, 1),
        tmp_path / "x.mid",
        cues=made.cues[:1],
        plans=made.plans[:1],
        compositions=made.compositions[:1],
    )
    assert smf.midi.type == 1
    assert smf.midi.ticks_per_beat == 960
    names = [track.name for track in smf.midi.tracks]
    assert names == ["Hitpoint 1m1", "Violins (melody)", "Celli (pulse)", "Orchestral kit (drums)"]
    for track, part in zip(smf.midi.tracks[1:3], made.compositions[0].parts[:2], strict=True):
        wanted = sorted(
            (int(n.onset_beats * 960), int((n.onset_beats + n.duration_beats) * 960), n.pitch_midi, n.velocity)
            for n in part.notes
        )
        assert smf.notes(track) == wanted
        assert len(wanted) > 90


def test_programs_kits_and_dynamics(scored_24, tmp_path):
    smf = write(scored_24, FrameRate(24, 1), tmp_path / "x.mid")
    violins, celli, kit = (list(Smf._absolute(track)) for track in smf.midi.tracks[1:])
    assert [m.program for _, m in violins if m.type == "program_change"][:4] == [44, 48, 44, 48]
    assert {m.channel for _, m in kit if not m.is_meta} == {9}
    assert {m.channel for _, m in violins if not m.is_meta} != {m.channel for _, m in celli if not m.is_meta}
    swell = [m.value for _, m in celli if m.type == "control_change" and m.control == 11]
    assert swell[0] == 38
    assert 127 in swell
    assert not [m for _, m in kit if m.type == "control_change" and m.control == 11]
    hits = [velocity for *_, velocity in smf.notes(smf.midi.tracks[3])]
    assert hits[0] == 36, "a kit's dynamic line is in its velocities"
    assert hits[1] > hits[0]


def test_metres_keys_and_smpte_offset(scored, tmp_path):
    rate = FrameRate(30000, 1001, True)
    made = scored(rate)
    smf = write(made, rate, tmp_path / "x.mid")
    metres = [(tick / 960, f"{m.numerator}/{m.denominator}") for tick, m in smf.metas("time_signature")]
    assert metres[:5] == [(0, "4/4"), (16, "3/4"), (19, "4/4"), (39, "7/8"), (42.5, "4/4")]
    assert [m.key for _, m in smf.metas("key_signature")] == ["Dm", "Bb"]
    ((_, offset),) = smf.metas("smpte_offset")
    label = frames_to_timecode(made.cut.start_timecode_frame + made.cues[0].span.start_frame, rate)
    assert f"{offset.hours:02d}:{offset.minutes:02d}:{offset.seconds:02d};{offset.frames:02d}" == label
    assert (offset.frame_rate, offset.sub_frames) == (29.97, 0)


def test_a_pickup_gets_whole_bars_of_lead_in(scored_24, tmp_path):
    written = scored_24.compositions[0]
    pickup = Note(onset_beats=F(-3, 2), duration_beats=F(3, 2), pitch_midi=60, velocity=70)
    part = Part(id="riser", role="riser", instrument_id="celli", stem="strings", notes=(pickup,))
    smf = write(
        scored_24,
        FrameRate(24, 1),
        tmp_path / "x.mid",
        cues=scored_24.cues[:1],
        plans=scored_24.plans[:1],
        compositions=(replace(written, parts=(*written.parts, part)),),
    )
    start = next(tick for tick, m in smf.metas("marker") if m.text == "1m1 Chase")
    assert start == 4 * 960
    assert smf.notes(smf.midi.tracks[-1])[0][:2] == (int(2.5 * 960), 4 * 960)
    ((_, offset),) = smf.metas("smpte_offset")
    spb = scored_24.plans[0].tempo_map.seconds_per_beat_at(F(0))
    frames = (F(36, 24) - 4 * spb) * 24 + 3600 * 24
    told = ((offset.hours * 60 + offset.minutes) * 60 + offset.seconds) * 24 + offset.frames + offset.sub_frames / 100
    assert told == pytest.approx(float(frames), abs=0.006)


def test_more_than_fifteen_parts_go_to_the_next_port(scored_24, tmp_path):
    written = scored_24.compositions[0]
    parts = tuple(replace(written.parts[1], id=f"p{i}") for i in range(20))
    smf = write(
        scored_24,
        FrameRate(24, 1),
        tmp_path / "x.mid",
        cues=scored_24.cues[:1],
        plans=scored_24.plans[:1],
        compositions=(replace(written, parts=parts),),
    )
    places = set()
    for track in smf.midi.tracks[1:]:
        port = next(m.port for m in track if m.type == "midi_port")
        channels = {m.channel for m in track if not m.is_meta}
        assert len(channels) == 1
        assert channels != {9}
        places.add((port, *channels))
    assert len(places) == 20


def test_no_cue_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one cue"):
        write_midi(
            tmp_path / "x.mid",
            cues=(),
            plans=(),
            compositions=(),
            instruments={},
            rate=FrameRate(24, 1),
            start_timecode_frame=0,
        )
