"""A cue of eight bars, written by hand: what performance is asked to play."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from hitpoint.model.music import AttackTable, Composition, Instrument, Note, Part, Performance, Phrase
from hitpoint.model.spotting import Brief, Cue, HitKind, HitPoint
from hitpoint.model.tempo import Meter, TempoMap, TempoSegment
from hitpoint.model.tempo_plan import PlannedHit, TempoCost, TempoPlan
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_seconds
from hitpoint.performance import load_articulations, perform

RATE = FrameRate(24)
BEATS = 32
ATTACK_S = {48: 0.03, 49: 0.4, 45: 0.006, 47: 0.004}


@pytest.fixture
def instruments() -> dict[str, Instrument]:
    def made(name: str, program: int, *, percussive: bool = False, **articulations: tuple[int, int]) -> Instrument:
        return Instrument(
            id=name,
            name=name,
            stem="percussion" if percussive else "strings",
            bank=0,
            program=program,
            low_midi=0,
            high_midi=127,
            comfort_low_midi=0,
            comfort_high_midi=127,
            articulations=articulations,
            is_percussive=percussive,
        )

    strings = made("strings", 48, slow=(0, 49), pizzicato=(0, 45))
    return {
        "strings": strings,
        "slow-strings": made("slow-strings", 49),
        "timpani": made("timpani", 47, percussive=True),
        "solo": made("solo", 48),
    }


@pytest.fixture
def attack_table() -> AttackTable:
    return AttackTable(
        soundfont="test", attack_s={(0, program, 60, 80): seconds for program, seconds in ATTACK_S.items()}
    )


class Stage:
    """A cue of `BEATS` quarters from a frame on; hits lie where the tempo map says, on the frames nearest to it."""

    def __init__(self, start_frame: int, frames_per_beat: int, rate: FrameRate = RATE) -> None:
        self.rate = rate
        self.start_frame, self.frames_per_beat = start_frame, frames_per_beat
        seconds_per_beat = frames_to_seconds(frames_per_beat, rate)
        self.tempo_map = TempoMap(
            segments=(
                TempoSegment(
                    start_beats=Fraction(0),
                    end_beats=Fraction(BEATS),
                    start_s=frames_to_seconds(start_frame, rate),
                    spb_start=seconds_per_beat,
                    spb_end=seconds_per_beat,
                ),
            ),
            meters=(Meter(start_bar=1, start_beats=Fraction(0), numerator=4),),
        )

    def cue(self, **more: object) -> Cue:
        brief = Brief(palette_id="p", tempo_range_bpm=(60.0, 120.0), tempo_bpm=90.0, key="D minor")
        span = FrameSpan(self.start_frame, self.start_frame + BEATS * self.frames_per_beat)
        return Cue(number="1m1", title="", span=span, hits=(), brief=brief, **more)  # type: ignore[arg-type]

    def plan(self, *hits: tuple[int, HitKind]) -> TempoPlan:
        planned = tuple(
            PlannedHit(
                hit=HitPoint(id=f"hit{beat}", frame=self.start_frame + beat * self.frames_per_beat, kind=kind),
                beats=Fraction(beat),
                bar=beat // 4 + 1,
                beat=Fraction(beat % 4 + 1),
                is_downbeat=beat % 4 == 0,
            )
            for beat, kind in hits
        )
        cost = TempoCost(
            max_step_percent=0.0,
            p90_step_percent=0.0,
            ramps=0,
            odd_bars=0,
            new_sections=0,
            cuts_on_beat=0,
            total=0.0,
        )
        return TempoPlan(tempo_map=self.tempo_map, hits=planned, cost=cost)

    def composition(self, *parts: Part, intensity: float = 1.0, phrases: tuple[Phrase, ...] = ()) -> Composition:
        """Return a composition that drives (and so does not breathe) unless it is asked to be calm."""
        return Composition(
            cue_number="1m1",
            tempo_map=self.tempo_map,
            key="D minor",
            palette_id="p",
            sections=(),
            chords=(),
            parts=parts,
            motif=(),
            intensity=np.full(200, intensity, dtype=np.float32),
            intensity_hop_s=0.5,
            end_beats=Fraction(BEATS),
            phrases=phrases,
        )


@pytest.fixture
def stage() -> Callable[..., Stage]:
    return Stage


@pytest.fixture
def play(instruments, attack_table) -> Callable[..., Performance]:
    """Return what plays parts on a stage."""

    def call(stage, *parts, hits=(), humanise=1.0, seed=1, table=attack_table, intensity=1.0, phrases=(), **cue):
        return perform(
            stage.composition(*parts, intensity=intensity, phrases=phrases),
            cue=stage.cue(**cue),
            plan=stage.plan(*hits),
            instruments=instruments,
            articulations=load_articulations(),
            attack_table=table,
            rate=stage.rate,
            rng=np.random.default_rng(seed),
            humanise=humanise,
        )

    return call


def phrase(start: float, end: float, **more: str) -> Phrase:
    return Phrase(
        start_beats=Fraction(start),
        end_beats=Fraction(end),
        first_bar=int(start) // 4 + 1,
        bars=int(end - start) // 4,
        label="establish",
        harmony="",
        texture=(),
        **more,
    )


@pytest.fixture(name="phrase")
def _phrase() -> Callable[..., Phrase]:
    return phrase


def note(
    onset: float | Fraction, duration: float | Fraction = 1, pitch: int = 60, velocity: int = 80, **more: str
) -> Note:
    return Note(
        onset_beats=Fraction(onset), duration_beats=Fraction(duration), pitch_midi=pitch, velocity=velocity, **more
    )


@pytest.fixture(name="note")
def _note() -> Callable[..., Note]:
    return note


@pytest.fixture(name="part")
def _part() -> Callable[..., Part]:
    def make(*notes: Note, role: str = "melody", instrument: str = "solo", name: str = "", **more: object) -> Part:
        return Part(
            id=name or f"{role} {instrument}",
            role=role,
            instrument_id=instrument,
            stem="strings",
            notes=notes,
            **more,  # type: ignore[arg-type]
        )

    return make
