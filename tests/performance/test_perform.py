from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hitpoint.model.music import AttackTable
from hitpoint.model.spotting import HitKind
from hitpoint.model.time import SAMPLE_RATE_HZ, FrameRate, frames_to_samples
from hitpoint.performance import TAIL_S, load_articulations, needed_sounds

SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000


def notes_of(performance):
    return [note for part in performance.parts for note in part.notes]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    start_frame=st.integers(0, 50_000),
    frames_per_beat=st.integers(6, 60),
    rate=st.sampled_from([FrameRate(24), FrameRate(24_000, 1001), FrameRate(30_000, 1001), FrameRate(25)]),
    beats=st.lists(st.integers(1, 31), min_size=1, max_size=6, unique=True),
    instrument=st.sampled_from(["strings", "timpani"]),
    seed=st.integers(0, 2**32),
)
def test_every_hit_is_meant_to_sound_on_the_sample_of_its_frame(
    stage, note, part, play, start_frame, frames_per_beat, rate, beats, instrument, seed
):
    scene = stage(start_frame, frames_per_beat, rate)
    line = [note(Fraction(b, 2), Fraction(1, 2)) for b in range(62) if Fraction(b, 2) not in beats]
    line += [note(beat, hit_id=f"hit{beat}") for beat in beats]
    played = play(
        scene, part(*line, instrument=instrument), hits=[(b, HitKind.ACCENT) for b in sorted(beats)], seed=seed
    )
    wanted = {f"hit{b}": frames_to_samples(start_frame + b * frames_per_beat, rate) for b in beats}
    found = {n.hit_id: n.sounding_sample for n in notes_of(played) if n.hit_id}
    assert found == wanted
    for n in notes_of(played):
        assert 0 <= n.onset_sample <= n.sounding_sample
        assert n.duration_samples > 0


def test_without_humanising_everything_sounds_as_written_and_starts_its_attack_earlier(stage, note, part, play):
    scene = stage(240, 24)
    line = [note(beat, pitch=60 + beat) for beat in range(8)]
    played = play(scene, part(*line), humanise=0.0)
    for beat, n in enumerate(notes_of(played)):
        assert n.sounding_sample == scene.tempo_map.sample_at(Fraction(beat))
        assert n.sounding_sample - n.onset_sample == round(0.03 * SAMPLE_RATE_HZ)


def test_players_spread_but_by_no_more_than_twelve_ms_and_not_all_alike(stage, note, part, play):
    scene = stage(240, 24)
    parts = [part(*(note(beat, pitch=60 + beat) for beat in range(31)), name=f"p{i}") for i in range(8)]
    played = play(scene, *parts)
    departures = [
        [n.sounding_sample - scene.tempo_map.sample_at(Fraction(beat)) for beat, n in enumerate(p.notes)]
        for p in played.parts
    ]
    assert np.abs(departures).max() <= 12 * SAMPLES_PER_MS
    assert 1.5 * SAMPLES_PER_MS < np.std(departures) < 8 * SAMPLES_PER_MS
    assert len({tuple(row) for row in departures}) == 8


def test_the_breath_before_a_hit_stays_clean_and_what_coincides_with_it_is_exact(stage, note, part, play):
    scene = stage(240, 24)
    hit = scene.tempo_map.sample_at(Fraction(8))
    # written exactly 120 ms before the hit, and on it without naming it
    parts = [
        part(note(8 - Fraction(12, 100), Fraction(1, 16)), note(8, pitch=64), name=f"p{i}", instrument="timpani")
        for i in range(40)
    ]
    for before, on in (p.notes for p in play(scene, *parts, hits=[(8, HitKind.ACCENT)]).parts):
        assert before.sounding_sample <= hit - 120 * SAMPLES_PER_MS
        assert on.sounding_sample == hit


def test_a_changed_bar_changes_no_other(stage, note, part, play):
    scene = stage(240, 24)
    line = [note(beat, pitch=60 + beat % 12) for beat in range(16)]
    changed = [*line[:8], note(8, pitch=50), note(Fraction(17, 2), Fraction(1, 2), pitch=52), *line[9:]]
    before, after = play(scene, part(*line)), play(scene, part(*changed))
    middle = scene.tempo_map.sample_at(Fraction(11))
    early = scene.tempo_map.sample_at(Fraction(6))
    for keep in (lambda n: n.sounding_sample < early, lambda n: n.sounding_sample > middle):
        kept = [n for n in notes_of(before) if keep(n)]
        assert kept
        assert kept == [n for n in notes_of(after) if keep(n)]


def test_the_same_seed_plays_the_same_and_another_does_not(stage, note, part, play):
    scene = stage(240, 24)
    line = part(*(note(beat) for beat in range(16)))
    assert play(scene, line) == play(scene, line)
    assert play(scene, line, seed=2) != play(scene, line)


def test_moving_the_cue_by_frames_moves_every_note_by_them(stage, note, part, play):
    line = part(*(note(beat, pitch=60 + beat) for beat in range(16)))
    here, there = (notes_of(play(stage(frame, 24), line)) for frame in (240, 340))
    shift = frames_to_samples(100, FrameRate(24))
    assert [n.onset_sample + shift for n in here] == [n.onset_sample for n in there]


@pytest.mark.parametrize(
    ("role", "on_hit", "frames_per_beat", "longest_s"),
    [("pad", False, 48, 0.25), ("melody", False, 6, 0.125), ("pad", True, 48, 0.12)],
)
def test_head_starts_are_bounded(stage, note, part, play, role, on_hit, frames_per_beat, longest_s):
    scene = stage(240, frames_per_beat)
    more = {"hit_id": "hit8"} if on_hit else {}
    slow = note(8, 4, **more)
    (played,) = notes_of(play(scene, part(slow, role=role, instrument="slow-strings"), humanise=0.0))
    assert played.program == 49
    assert played.sounding_sample - played.onset_sample == round(longest_s * SAMPLE_RATE_HZ)


def test_a_note_leaves_the_one_before_it_half_its_time(stage, note, part, play):
    table = AttackTable(soundfont="t", attack_s={(0, 48, 60, 80): 0.2})
    scene = stage(240, 24)  # a second a beat
    quick = [note(Fraction(i, 8), Fraction(1, 8), pitch=60 + i % 5) for i in range(16)]
    played = notes_of(play(scene, part(*quick), humanise=0.0, table=table))
    assert played[0].sounding_sample - played[0].onset_sample == round(0.2 * SAMPLE_RATE_HZ)
    for n in played[1:]:
        assert n.sounding_sample - n.onset_sample == SAMPLE_RATE_HZ // 16
    held = [note(0, 16, pitch=48), note(8, 8, pitch=55)]  # a pedal does not hold up what joins it
    joined = notes_of(play(scene, part(*held), humanise=0.0, table=table))[1]
    assert joined.sounding_sample - joined.onset_sample == round(0.2 * SAMPLE_RATE_HZ)


def test_nothing_starts_before_the_timeline_does(stage, note, part, play):
    played = play(
        stage(0, 24), part(note(0, hit_id="hit0"), note(Fraction(1, 50), pitch=64)), hits=[(0, HitKind.START)]
    )
    assert min(n.onset_sample for n in notes_of(played)) == 0
    assert played.start_sample == 0


def test_a_silence_stops_everything_until_the_next_note_is_sent(stage, note, part, play):
    scene = stage(240, 24)
    line = part(note(0, 12, pitch=50), note(0, 4, pitch=60), note(11, 4, pitch=62), role="pad")
    played = play(scene, line, hits=[(8, HitKind.SILENCE)])
    stop = scene.tempo_map.sample_at(Fraction(8))
    last = max(notes_of(played), key=lambda n: n.onset_sample)
    assert played.silences == ((stop, last.onset_sample),)
    for n in notes_of(played):
        assert n is last or n.onset_sample + n.duration_samples <= stop
    (final,) = play(scene, part(note(0, 12)), hits=[(8, HitKind.SILENCE)]).silences
    assert final == (stop, stop + round(TAIL_S * SAMPLE_RATE_HZ))


def test_a_silence_that_the_music_does_not_observe_gates_nothing(stage, note, part, play):
    played = play(stage(240, 24), part(note(8)), hits=[(8, HitKind.SILENCE)], humanise=0.0)
    assert played.silences == ()


def test_the_frame_has_margin_and_tail(stage, note, part, play):
    played = play(stage(240, 24), part(note(2), note(5)))
    first, last = notes_of(played)
    assert 0 < first.onset_sample - played.start_sample <= SAMPLE_RATE_HZ // 50
    end = played.start_sample + played.length_samples
    assert end - (last.onset_sample + last.duration_samples) == round(TAIL_S * SAMPLE_RATE_HZ)
    assert (played.fade_in_samples, played.fade_out_samples, played.fade_out_end_sample) == (0, 0, 0)


def test_sneak_entries_and_fade_exits(stage, note, part, play):
    scene = stage(240, 24)
    played = play(scene, part(note(0, 32)), entry="sneak", exit="fade")
    assert 0 < played.fade_in_samples <= 2 * SAMPLE_RATE_HZ
    assert played.fade_out_end_sample == frames_to_samples(240 + 32 * 24, scene.rate)
    assert 0 < played.fade_out_samples <= 8 * SAMPLE_RATE_HZ


def test_a_cue_without_notes_is_only_a_tail(stage, part, play):
    played = play(stage(240, 24), part())
    assert played.parts == ()
    assert played.length_samples > 0


def test_needed_sounds_are_those_that_are_played(stage, note, part, play, instruments):
    scene = stage(240, 24)
    parts = [
        part(note(0, 8), note(8, 1, pitch=67, articulation="pizzicato"), role="pad", instrument="strings"),
        part(*(note(Fraction(i, 2), Fraction(1, 2), velocity=60) for i in range(16)), role="melody"),
        part(note(0), role="impact", instrument="timpani"),
    ]
    needed = needed_sounds(scene.composition(*parts), instruments, load_articulations())
    played = {(n.bank, n.program, n.pitch_midi, n.velocity) for n in notes_of(play(scene, *parts))}
    assert {n[:3] for n in needed} == {n[:3] for n in played} == {(0, 49, 60), (0, 45, 67), (0, 48, 60), (0, 47, 60)}
    for *sound, velocity in played:
        reached = [n[3] for n in needed if list(n[:3]) == sound]
        assert min(reached) <= velocity <= max(reached)


def test_a_cut_closes_everything_on_the_last_frame(stage, note, part, play):
    scene = stage(240, 24)
    played = play(scene, part(note(0, 32)), exit="cut")
    assert played.fade_out_end_sample == frames_to_samples(240 + 32 * 24, scene.rate)
    assert 0 < played.fade_out_samples <= SAMPLE_RATE_HZ // 50
    assert played.silences == ()
