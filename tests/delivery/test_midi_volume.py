"""What the mix did to levels, read back from the MIDI file as a DAW would play it."""

from bisect import bisect_right
from dataclasses import replace
from itertools import pairwise
from math import log10

import mido
import pytest

from hitpoint.delivery.midi import write_midi
from hitpoint.delivery.midi_volume import volume_value
from hitpoint.model.audio import LevelCurve
from hitpoint.model.time import FrameRate, seconds_to_samples

RATE_HZ = 48_000
RATE = FrameRate(24, 1)


def decibels(value):
    """General MIDI level 2: amplitude is the square of the value; 100 is 0 dB here."""
    return 40 * log10(value / 100) if value else -96.0


def written(scored, path, automation, compositions=None):
    write_midi(
        path,
        cues=scored.cues,
        plans=scored.plans,
        compositions=compositions or scored.compositions,
        instruments=scored.instruments,
        rate=RATE,
        start_timecode_frame=scored.cut.start_timecode_frame,
        automation=automation,
    )
    return mido.MidiFile(path, charset="utf-8")


def timed(midi, track, start_s):
    """(record second, message) of a track, by the file's own tempo events."""
    tempi, tick = [], 0
    for message in midi.tracks[0]:
        tick += message.time
        if message.type == "set_tempo":
            clock = 0.0 if not tempi else tempi[-1][2] + (tick - tempi[-1][0]) * tempi[-1][1] / 960e6
            tempi.append((tick, message.tempo, clock))
    tick = 0
    for message in track:
        tick += message.time
        at, tempo, clock = tempi[bisect_right(tempi, tick, key=lambda row: row[0]) - 1]
        yield start_s + clock + (tick - at) * tempo / 960e6, tick, message


def volumes(midi, track, start_s):
    """(record second, tick, value) of CC7."""
    messages = timed(midi, track, start_s)
    return [(second, tick, m.value) for second, tick, m in messages if m.type == "control_change" and m.control == 7]


@pytest.fixture
def played(scored_24, tmp_path):
    """The file, and per track its CC7."""
    midi = written(scored_24, tmp_path / "x.mid", scored_24.mix.automation)
    start_s = float(scored_24.plans[0].tempo_map.start_s)
    return midi, [volumes(midi, track, start_s) for track in midi.tracks[1:]]


def test_the_fader_stands_where_the_mix_had_it(scored_24, played):
    """At any moment of the file, CC7 as a gain is the mix's gain."""
    curve = scored_24.mix.automation[0]
    _, tracks = played
    for steps in tracks[:2]:  # violins and celli are strings
        assert len(steps) > 150
        checked = 0
        for tenth in range(16, 480):  # the music starts at 1.5 s
            second = tenth / 10 + 0.013
            value = steps[bisect_right(steps, second, key=lambda step: step[0]) - 1][2]
            wanted_db = curve.gain_db_at(round(second * RATE_HZ))
            if wanted_db > -30:
                assert decibels(value) == pytest.approx(wanted_db, abs=0.9)
                checked += 1
            elif wanted_db < -85:
                assert value <= 1
        assert checked > 300


def test_every_cue_starts_with_its_volume_and_a_still_bus_has_nothing_else(scored_24, played):
    midi, (violins, _, kit) = played
    bars = {m.text: tick for _, tick, m in timed(midi, midi.tracks[0], 0.0) if m.type == "marker"}
    starts = [bars["1m1 Chase"], bars["1m2 Bridge"]]
    assert [(tick, value) for _, tick, value in kit] == [(start, 100) for start in starts]
    at_start = {tick: value for _, tick, value in violins}
    assert at_start[starts[0]] <= 1  # it sneaks in
    assert at_start[starts[1]] == 100


def test_volume_moves_in_time_and_never_twice_on_a_tick(played):
    _, tracks = played
    for steps in tracks:
        assert all(early[1] < late[1] for early, late in pairwise(steps))
        assert all(0 <= value <= 100 for _, _, value in steps)
    fade_in = [value for second, _, value in tracks[0] if second < 3.6]
    assert fade_in == sorted(fade_in)
    assert len(set(fade_in)) > 80  # one step per value: no zipper


def test_volume_comes_before_the_notes_of_its_tick_and_expression_stays(scored_24, played, tmp_path):
    midi, _ = played
    plain = written(scored_24, tmp_path / "plain.mid", ())
    for track, other in zip(midi.tracks[1:], plain.tracks[1:], strict=True):
        kept = [[(tick, str(m.copy(time=0))) for _, tick, m in timed(file, t, 0.0) if not is_volume(m)]
                for file, t in ((midi, track), (plain, other))]  # fmt: skip
        assert kept[0] == kept[1]
        struck = set()
        for _, tick, message in timed(midi, track, 0.0):
            if message.type == "note_on":
                struck.add(tick)
            elif is_volume(message):
                assert tick not in struck
    assert any(m.type == "control_change" and m.control == 11 for m in midi.tracks[2])


def is_volume(message):
    return message.type == "control_change" and message.control == 7


def test_kits_that_share_a_channel_share_a_fader(scored_24, tmp_path):
    """Two kit parts on different buses both play on channel 10: one curve, on both tracks."""
    first = scored_24.compositions[0]
    boom = replace(first.parts[2], id="boom", stem="hits")
    compositions = (replace(first, parts=(*first.parts, boom)), scored_24.compositions[1])
    duck = ((200_000, 0.0), (220_000, -2.5), (400_000, -2.5), (440_000, 0.0))
    half = tuple((sample, gain_db / 2) for sample, gain_db in duck)
    automation = (LevelCurve(stem="percussion", points=duck), LevelCurve(stem="hits", points=half))
    midi = written(scored_24, tmp_path / "x.mid", automation, compositions)
    kits = [track for track in midi.tracks[1:] if any(getattr(m, "channel", 0) == 9 for m in track)]
    assert len(kits) == 2
    moves = [volumes(midi, track, 0.0) for track in kits]
    assert moves[0] == moves[1]
    assert min(value for _, _, value in moves[0]) == volume_value(-2.5) == 87


def test_a_lead_in_takes_the_volume_of_its_own_time(scored_24, tmp_path):
    """Tick 0 is where the file starts, and what happened before it is not written over its start."""
    start = seconds_to_samples(scored_24.plans[0].tempo_map.start_s)
    before = LevelCurve(stem="strings", points=((0, 0.0), (100, -96.0), (start - 100, -6.0), (start + 100, -6.0), (start + 4800, 0.0)))  # fmt: skip  # noqa: E501
    midi = written(scored_24, tmp_path / "x.mid", (before,))
    steps = volumes(midi, midi.tracks[1], 0.0)
    assert steps[0][1:] == (0, volume_value(-6.0))


@pytest.mark.parametrize(
    ("gain_db", "value"), [(0.0, 100), (-2.5, 87), (-6.0, 71), (-40.0, 10), (-96.0, 0), (9.0, 127)]
)
def test_values(gain_db, value):
    assert volume_value(gain_db) == value
