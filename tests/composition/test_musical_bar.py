"""What a listener would miss: hits that are prepared and released, room for speech, an ending, palettes that differ."""

from collections.abc import Callable
from fractions import Fraction
from statistics import mean

import numpy as np
import pytest

from hitpoint.composition.figures import busyness, players_on_hits
from hitpoint.composition.stage import Draft
from hitpoint.composition.style_reader import read_style
from hitpoint.composition.texture.common import RepetitionGuard
from hitpoint.model.key import Key, parse_key
from hitpoint.model.music import Composition
from hitpoint.model.spotting import HitKind
from hitpoint.resources import load_instruments, load_palettes

PALETTES = sorted(load_palettes())
STRUCK_KINDS = [kind for kind in HitKind if kind is not HitKind.SILENCE]
SEEDS = (1, 2, 3, 4)
DRUMS_BANK = 128
assert PALETTES
assert STRUCK_KINDS


def planned_at(composition: Composition, record_s: float) -> float:
    """Return the planned intensity at a record second."""
    rows = np.arange(len(composition.intensity)) * composition.intensity_hop_s + float(composition.tempo_map.start_s)
    return float(np.interp(record_s, rows, composition.intensity))


@pytest.mark.parametrize("palette_id", PALETTES)
def test_more_than_one_player_strikes_every_hit(score: Callable, palette_id: str) -> None:
    for seed in SEEDS:
        scored = score(palette_id, seed=seed, arc_seed=seed)
        players = players_on_hits(scored.composition, scored.plan)
        assert len(players) == len(scored.plan.hits)
        assert min(players.values()) >= 2, players


@pytest.mark.parametrize("palette_id", PALETTES)
@pytest.mark.parametrize("kind", STRUCK_KINDS)
def test_a_palette_has_two_players_for_a_hit_of_any_force(palette_id: str, kind: HitKind) -> None:
    rows = [r for r in read_style(load_palettes()[palette_id], load_instruments()).hits if kind.value in r.kinds]
    hardest = 0.5 if kind is HitKind.START else 1.0  # an entry is never struck harder
    for force in np.linspace(0.0, hardest, 101):
        assert sum(row.force[0] <= force <= row.force[1] for row in rows) >= 2, force


@pytest.mark.parametrize("palette_id", PALETTES)
@pytest.mark.parametrize("kind", ["accent", "peak"])
def test_a_strong_hit_is_prepared_and_released(score: Callable, palette_id: str, kind: str) -> None:
    hits = ((0, "start", 0.5), (40.0, kind, 0.9))
    scored = score(palette_id, hits=hits, shape="steady", arc_seed=-1, idioms={"h1": "riser-and-impact"})
    hit = next(p for p in scored.plan.hits if p.hit.id == "h1")
    at_s = scored.seconds(hit.beats)
    before, arriving, after = (planned_at(scored.composition, at_s + apart_s) for apart_s in (-8.0, 0.0, 20.0))
    assert arriving > before + 0.1
    assert arriving > after + 0.1
    ends = [
        scored.seconds(note.onset_beats)
        for part in scored.composition.parts
        for note in part.notes
        if note.onset_beats < hit.beats
    ]
    assert 0.1 < at_s - max(ends) < 2.5, "there is a breath before the hit, but no hole"
    risers = [note for part in scored.composition.parts if part.role == "riser" for note in part.notes]
    assert any(at_s - 6.0 < scored.seconds(note.onset_beats) < at_s for note in risers)


@pytest.mark.parametrize("palette_id", PALETTES)
def test_what_moves_makes_room_for_speech(score: Callable, palette_id: str) -> None:
    spoken = ((8.0, 13.0), (20.0, 27.0), (35.0, 39.0), (47.0, 56.0))
    for seed in SEEDS[:2]:
        scored = score(palette_id, seed=seed, arc_seed=seed, dialogue=spoken)
        under, between = busyness(scored.composition, spoken)
        assert under < 0.25 * between


def test_the_melody_sings_whole_phrases_in_the_gaps(score: Callable) -> None:
    spoken = ((10.0, 20.0), (34.0, 42.0))
    scored = score("sorrowful", hits=(), dialogue=spoken, duration_s=60.0)
    onsets = [
        scored.seconds(note.onset_beats)
        for part in scored.composition.parts
        if part.role == "melody"
        for note in part.notes
    ]
    assert not [at for at in onsets if any(begin <= at < end for begin, end in spoken)]
    for begin, end in ((20.0, 34.0), (42.0, 60.0)):
        assert sum(begin <= at < end for at in onsets) >= 5


@pytest.mark.parametrize("palette_id", PALETTES)
@pytest.mark.parametrize("out_kind", ["out", ""])
def test_the_music_ends_at_home(score: Callable, palette_id: str, out_kind: str) -> None:
    scored = score(palette_id, hits=((0, "start", 0.5),), out_kind=out_kind, exit_manner="ring-out")
    composition = scored.composition
    home = parse_key(composition.key)
    assert home is not None
    last, before = composition.chords[-1], composition.chords[-2]
    assert last.root == home.tonic
    assert (before.root, before.pitch_classes) != (last.root, last.pitch_classes)
    instruments = load_instruments()
    sounding = [
        note.pitch_midi
        for part in composition.parts
        if instruments[part.instrument_id].bank != DRUMS_BANK
        for note in part.notes
        if note.onset_beats == last.onset_beats
    ]
    assert len(sounding) >= 3
    assert min(sounding) % 12 == home.tonic
    assert {pitch % 12 for pitch in sounding} <= set(last.pitch_classes)


def test_palettes_can_be_told_apart_by_figures(score: Callable) -> None:
    pace, density, orchestra, keys = {}, {}, {}, {}
    for palette_id in PALETTES:
        composed = [score(palette_id, seed=seed, arc_seed=seed).composition for seed in SEEDS]
        pace[palette_id] = mean(c.tempo_map.tempo_bpm_at(c.end_beats / 2) for c in composed)
        length_s = mean(float(c.tempo_map.seconds_at(c.end_beats) - c.tempo_map.start_s) for c in composed)
        density[palette_id] = mean(sum(len(part.notes) for part in c.parts) for c in composed) / length_s
        orchestra[palette_id] = {part.instrument_id for c in composed for part in c.parts}
        keys[palette_id] = parse_key(composed[0].key)
    assert pace["sorrowful"] < 0.75 * pace["tense"]
    assert density["minimal-piano"] < 0.5 * density["heroic"]
    for left in PALETTES:
        for right in PALETTES:
            shared, either = orchestra[left] & orchestra[right], orchestra[left] | orchestra[right]
            assert left == right or len(shared) < 0.65 * len(either), (left, right)
    modes = {key.mode for key in keys.values() if isinstance(key, Key)}
    assert {"major", "minor"} <= modes


@pytest.mark.parametrize("palette_id", PALETTES)
def test_another_seed_sings_another_melody(score: Callable, palette_id: str) -> None:
    def tune(seed: int) -> list[tuple[Fraction, int]]:
        parts = score(palette_id, seed=seed).composition.parts
        return [(note.onset_beats, note.pitch_midi) for part in parts if part.role == "melody" for note in part.notes]

    assert tune(5) != []
    assert tune(5) != tune(6)


@pytest.mark.parametrize("palette_id", PALETTES)
def test_the_counter_line_speaks_where_the_melody_rests(score: Callable, palette_id: str) -> None:
    style = read_style(load_palettes()[palette_id], load_instruments())
    assert "counter" in {layer.role for layer in style.layers}
    heard = [part.role for seed in SEEDS for part in score(palette_id, seed=seed, arc_seed=seed).composition.parts]
    assert heard.count("counter") >= 2


@pytest.mark.parametrize(("notes", "low", "high"), [(1, 36, 36), (3, 36, 36), (4, 48, 72), (1, 48, 72)])
def test_the_guard_lets_no_bar_pass_three_times_running(notes: int, low: int, high: int) -> None:
    guard = RepetitionGuard(np.random.default_rng(0))
    bars = []
    for bar in range(48):
        start = Fraction(4 * bar)
        drafts = [Draft(start + n, Fraction(1), low, 80.0) for n in range(notes)]
        passed = guard.pass_bar(drafts, start, low, high)
        assert all(low <= draft.pitch <= high and draft.duration > 0 for draft in passed)
        assert passed
        assert passed[0].onset == start, "the downbeat stays"
        bars.append([(draft.onset - start, draft.pitch) for draft in passed])
    assert not [n for n in range(2, 48) if bars[n] == bars[n - 1] == bars[n - 2]]
    if notes == 4:  # enough to vary
        blocks = [str(bars[n : n + 2]) for n in range(24)]
        assert max(blocks.count(block) for block in blocks) <= 2
