"""A scored cut made by hand: two cues, ramps, odd bars, softened and refused hits, kits, triplets."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction as F
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hitpoint.model.audio import HitMeasurement, LevelCurve, MixResult, StemFile
from hitpoint.model.cut import Cut, Marker, Shot, Subtitle
from hitpoint.model.music import Chord, Composition, DynamicPoint, Instrument, Note, Part, Section
from hitpoint.model.spotting import Brief, Cue, HitKind, HitPoint, MarkerAnswer, Verdict
from hitpoint.model.story import EmotionArc
from hitpoint.model.tempo import Meter, TempoMap, TempoSegment
from hitpoint.model.tempo_plan import PlannedHit, TempoCost, TempoPlan
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_seconds

INSTRUMENTS = {
    "violins": Instrument(
        id="violins",
        name="Violins",
        stem="strings",
        bank=0,
        program=48,
        low_midi=55,
        high_midi=100,
        comfort_low_midi=60,
        comfort_high_midi=90,
        articulations={"tremolo": (0, 44), "pizzicato": (0, 45)},
        seat=-0.6,
    ),
    "celli": Instrument(
        id="celli",
        name="Celli",
        stem="strings",
        bank=0,
        program=42,
        low_midi=36,
        high_midi=76,
        comfort_low_midi=40,
        comfort_high_midi=70,
        articulations={},
        seat=0.4,
    ),
    "kit": Instrument(
        id="kit",
        name="Orchestral kit",
        stem="percussion",
        bank=128,
        program=48,
        low_midi=27,
        high_midi=87,
        comfort_low_midi=27,
        comfort_high_midi=87,
        articulations={},
        is_percussive=True,
    ),
}

#: Per cue: (beats, frame at 24 fps, kind, weight, label) of its hits; the tempo map is exact on all of them.
CHASE = (
    (F(0), 36, HitKind.START, 0.8, "engine starts"),
    (F(16), 240, HitKind.ACCENT, 0.9, "tyres scream"),
    (F(27), 372, HitKind.ACCENT, 0.5, "mirror breaks"),
    (F(39), 530, HitKind.TURN, 0.6, "the alley"),
    (F(69, 1) / 2 + 16, 660, HitKind.PEAK, 1.0, "the jump"),
)
BRIDGE = (
    (F(0), 800, HitKind.START, 0.8, "the bridge opens"),
    (F(12), 1010, HitKind.ACCENT, 0.9, "it holds"),
    (F(24), 1190, HitKind.SILENCE, 0.7, "nothing"),
)


#: A sneak-in on the first cue, a gate, and a fade that holds until the second cue: (record sample, dB).
FADES = (
    (36 * 2000 - 480, 0.0),
    (36 * 2000 - 479, -96.0),
    (36 * 2000 + 96_000, 0.0),
    (600_000, 0.0),
    (600_576, -96.0),
    (700_000, -96.0),
    (700_240, 0.0),
    (1_400_000, 0.0),
    (1_500_000, -20.0),
    (1_590_000, -20.0),
    (1_590_240, 0.0),
)


@dataclass(frozen=True)
class Scored:
    """What the pipeline knows when delivery begins."""

    cut: Cut
    cues: tuple[Cue, ...]
    plans: tuple[TempoPlan, ...]
    compositions: tuple[Composition, ...]
    instruments: dict[str, Instrument]
    answers: tuple[MarkerAnswer, ...]
    arc: EmotionArc
    mix: MixResult
    measurements: tuple[HitMeasurement, ...]


def tempo_map(rate: FrameRate, anchors: tuple[tuple[F, int], ...], meters: tuple[Meter, ...]) -> TempoMap:
    """A map through (beats, frame) anchors; every second span is a ramp around its mean."""
    segments = []
    for index, ((beats, frame), (next_beats, next_frame)) in enumerate(pairwise(anchors)):
        start_s, end_s = frames_to_seconds(frame, rate), frames_to_seconds(next_frame, rate)
        mean = (end_s - start_s) / (next_beats - beats)
        bend = mean / 12 if index % 2 else F(0)
        segment = TempoSegment(
            start_beats=beats, end_beats=next_beats, start_s=start_s, spb_start=mean + bend, spb_end=mean - bend
        )
        segments.append(segment)
    return TempoMap(segments=tuple(segments), meters=meters)


def make_cue(number: str, title: str, rate: FrameRate, rows: tuple, meters: tuple[Meter, ...], end_frame: int):
    scale = float(rate.fps) / 24
    at = [(beats, round(frame * scale), kind, weight, label) for beats, frame, kind, weight, label in rows]
    kinds = tuple(
        HitPoint(id=f"{number}-{i}", frame=frame, kind=kind, weight=weight, label=label, marker_id=f"m{number}{i}")
        for i, (_, frame, kind, weight, label) in enumerate(at)
    )
    the_map = tempo_map(rate, tuple((row[0], row[1]) for row in at), meters)
    late = HitPoint(id=f"{number}-soft", frame=at[1][1] + 2, kind=HitKind.ACCENT, weight=0.3, label=f"door {number}")
    planned = [
        PlannedHit(
            hit=hit,
            beats=row[0],
            bar=the_map.bar_beat_at(row[0])[0],
            beat=the_map.bar_beat_at(row[0])[1],
            is_downbeat=the_map.is_downbeat(row[0]),
            planned_error_s=the_map.seconds_at(row[0]) - frames_to_seconds(hit.frame, rate),
        )
        for hit, row in zip(kinds, at, strict=True)
    ]
    planned.append(
        PlannedHit(
            hit=late,
            beats=at[1][0],
            bar=the_map.bar_beat_at(at[1][0])[0],
            beat=the_map.bar_beat_at(at[1][0])[1],
            is_downbeat=True,
            planned_error_s=-frames_to_seconds(2, rate),
            was_softened=True,
            reason="too close to 'tyres scream'",
        )
    )
    cost = TempoCost(
        max_step_percent=6.5,
        p90_step_percent=3.1,
        ramps=2,
        odd_bars=2,
        new_sections=0,
        cuts_on_beat=4,
        total=1.25,
    )
    cue = Cue(
        number=number,
        title=title,
        span=FrameSpan(at[0][1], round(end_frame * scale)),
        hits=tuple(sorted((*kinds, late), key=lambda hit: hit.frame)),
        brief=Brief(palette_id="tense", tempo_range_bpm=(90, 140), tempo_bpm=112, key="D minor", text="tense"),
    )
    plan = TempoPlan(tempo_map=the_map, hits=tuple(planned), cost=cost)
    return cue, plan, make_composition(number, the_map)


def make_composition(number: str, the_map: TempoMap) -> Composition:
    end = the_map.end_beats
    pulse = tuple(
        Note(onset_beats=F(i, 2), duration_beats=F(1, 3), pitch_midi=50 + i % 5, velocity=70 + i % 20)
        for i in range(int(end * 2))
    )
    triplets = tuple(
        Note(
            onset_beats=F(i, 3),
            duration_beats=F(1, 3),
            pitch_midi=74 + i % 7,
            velocity=80,
            articulation="tremolo" if i % 12 == 0 else "",
        )
        for i in range(int(end * 3))
    )
    hits = tuple(
        Note(onset_beats=F(4 * i), duration_beats=F(1), pitch_midi=36, velocity=120) for i in range(int(end / 4))
    )
    swell = (DynamicPoint(beats=F(0), level=0.3), DynamicPoint(beats=end, level=1.0))
    n = 2 * int(the_map.seconds_at(end) - the_map.start_s)
    return Composition(
        cue_number=number,
        tempo_map=the_map,
        key="D minor" if number == "1m1" else "B♭ major",
        palette_id="tense",
        sections=(
            Section(start_beats=F(0), end_beats=F(16), label="build", start_intensity=0.2, end_intensity=0.6),
            Section(start_beats=F(16), end_beats=end, label="climax", start_intensity=0.6, end_intensity=1.0),
        ),
        chords=(Chord(onset_beats=F(0), duration_beats=end, root=2, pitch_classes=(2, 5, 9), symbol="Dm"),),
        parts=(
            Part(id="melody", role="melody", instrument_id="violins", stem="strings", notes=triplets, dynamics=swell),
            Part(id="pulse", role="pulse", instrument_id="celli", stem="strings", notes=pulse, dynamics=swell),
            Part(id="drums", role="percussion", instrument_id="kit", stem="percussion", notes=hits, dynamics=swell),
        ),
        motif=(0, 3, 2),
        intensity=np.linspace(0.2, 1.0, n, dtype=np.float32),
        intensity_hop_s=0.5,
        end_beats=end,
    )


def make_scored(rate: FrameRate) -> Scored:
    odd = (
        Meter(start_bar=1, start_beats=F(0), numerator=4),
        Meter(start_bar=5, start_beats=F(16), numerator=3),
        Meter(start_bar=6, start_beats=F(19), numerator=4),
        Meter(start_bar=11, start_beats=F(39), numerator=7, denominator=8),
        Meter(start_bar=12, start_beats=F(85, 2), numerator=4),
    )
    plain = (Meter(start_bar=1, start_beats=F(0), numerator=4),)
    chase = make_cue("1m1", "Chase", rate, CHASE, odd, 680)
    bridge = make_cue("1m2", "Bridge", rate, BRIDGE, plain, 1250)
    scale = float(rate.fps) / 24
    frames = [0, 36, 100, 150, 240, 300, 372, 440, 530, 590, 660, 760, 800, 930, 1010, 1100, 1190, 1296]
    frames = [round(frame * scale) for frame in frames]
    hits = [hit for cue in (chase[0], bridge[0]) for hit in cue.hits]
    markers = [
        Marker(id=hit.marker_id, frame=hit.frame, duration_frames=1, name=hit.label, note="", color="RED")
        for hit in hits
        if hit.marker_id
    ]
    markers.append(Marker(id="key", frame=3, duration_frames=1, name="d minor", note="", color="BLUE"))
    markers.append(Marker(id="far", frame=frames[-1] - 2, duration_frames=1, name="too late", note="", color=""))
    cut = Cut(
        name="Bridge chase",
        rate=rate,
        start_timecode_frame=3600 * rate.timecode_base,
        duration_frames=frames[-1],
        shots=tuple(
            Shot(index=i, span=FrameSpan(a, b), name=f"shot {i + 1}", media=None)
            for i, (a, b) in enumerate(pairwise(frames))
        ),
        markers=tuple(sorted(markers, key=lambda marker: marker.frame)),
        subtitles=(
            Subtitle(start_s=F(12), end_s=F(14), text="Hold on!", speaker="ANNA"),
            Subtitle(start_s=F(31), end_s=F(69, 2), text='It will not hold — "never".'),
        ),
        warnings=("media of shot 3 is missing",),
    )
    seconds = float(cut.duration_s)
    t = np.arange(0, seconds, 0.5)
    arc = EmotionArc(
        hop_s=0.5,
        valence=(-0.4 + 0.3 * np.sin(t / 9)).astype(np.float32),
        arousal=np.clip(0.1 + 0.6 * np.sin(t / 12), -1, 1).astype(np.float32),
        tension=np.clip(0.5 + 0.4 * np.sin(t / 8), 0, 1).astype(np.float32),
    )
    rng = np.random.default_rng(5)
    rows = [hit for hit in hits if hit.kind is not HitKind.SILENCE]
    measured = tuple(
        HitMeasurement(hit_id=hit.id, wanted_sample=0, heard_sample=0, error_ms=float(rng.normal(0.8, 1.5)))
        for hit in rows
        if not hit.id.endswith("soft")
    )
    raw = StemFile(stem="mix", path=Path("mix.raw"), start_sample=0, length_samples=int(seconds * 48_000))
    n = int(seconds * 10)
    mix = MixResult(
        mix=raw,
        stems=(raw,),
        loudness_lufs=-23.04,
        short_term_lufs=(-float("inf"), *(float(v) for v in -30 + 8 * np.sin(np.arange(n - 1) / 150))),
        true_peak_dbtp=-3.2,
        stem_residual_dbfs=-float("inf"),
        limiter_max_reduction_db=0.4,
        gain_db=-2.5,
        loudness_target="ebu",
        automation=(
            LevelCurve(stem="strings", points=FADES),
            LevelCurve(stem="percussion"),
        ),
    )
    answers = (
        MarkerAnswer(marker_id="key", verdict=Verdict.DIRECTION, reason="key of cue 1m1"),
        MarkerAnswer(marker_id="far", verdict=Verdict.REFUSED, reason="it lies after MUSIC OUT"),
    )
    return Scored(
        cut=cut,
        cues=(chase[0], bridge[0]),
        plans=(chase[1], bridge[1]),
        compositions=(chase[2], bridge[2]),
        instruments=INSTRUMENTS,
        answers=answers,
        arc=arc,
        mix=mix,
        measurements=measured,
    )


@pytest.fixture
def scored() -> Callable[[FrameRate], Scored]:
    """Return the maker of a scored cut at a frame rate."""
    return make_scored


@pytest.fixture(scope="session")
def scored_24() -> Scored:
    return make_scored(FrameRate(24, 1))
