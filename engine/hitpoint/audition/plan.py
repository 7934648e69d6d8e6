"""The plan of a take in words: its phrases, or its sections where the composer planned none."""

from __future__ import annotations

from fractions import Fraction

from hitpoint.audition.record import Recording
from hitpoint.model.music import Chord, Composition, Phrase, Section
from hitpoint.model.spotting import HitKind

_MOST_CHORDS = 12

PlanRow = dict[str, str]


def plan_rows(recording: Recording) -> list[PlanRow]:
    """Return a row per phrase (or section): at, bars, label, harmony, texture, theme, towards."""
    composition, lead_s = recording.composition, float(recording.take.scene.lead_s)
    tempo_map = composition.tempo_map

    def at(beats: Fraction) -> str:
        return clock(float(tempo_map.seconds_at(beats)) - lead_s)

    if composition.phrases:
        return [_phrase_row(phrase, recording, at(phrase.start_beats)) for phrase in composition.phrases]
    return [_section_row(section, recording, at(section.start_beats)) for section in composition.sections]


def clock(seconds: float) -> str:
    """Return scene seconds as m:ss.t."""
    tenths = round(max(0.0, seconds) * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _phrase_row(phrase: Phrase, recording: Recording, at: str) -> PlanRow:
    return {
        "at": at,
        "bars": _bars(phrase.first_bar, phrase.first_bar + phrase.bars - 1),
        "label": phrase.label,
        "harmony": phrase.harmony,
        "texture": "; ".join(f"{role}: {', '.join(players)}" for role, players in phrase.texture),
        "theme": phrase.theme,
        "towards": _towards(phrase.towards_hit_id, recording),
    }


def _section_row(section: Section, recording: Recording, at: str) -> PlanRow:
    composition = recording.composition
    last = composition.tempo_map.bar_beat_at(max(section.start_beats, section.end_beats - Fraction(1, 8)))[0]
    return {
        "at": at,
        "bars": _bars(composition.tempo_map.bar_beat_at(section.start_beats)[0], last),
        "label": section.label,
        "harmony": _harmony(composition, section),
        "texture": _texture(composition, section),
        "theme": "; ".join(
            f"{use.theme} ({use.form}), {use.instrument_id}"
            for use in composition.theme_uses
            if section.start_beats <= use.start_beats < section.end_beats
        ),
        "towards": _towards(_next_strong(section, recording), recording),
    }


def _bars(first: int, last: int) -> str:
    return f"{first}" if last <= first else f"{first}–{last}"


def _harmony(composition: Composition, section: Section) -> str:
    symbols: list[str] = []
    for chord in composition.chords:
        if _overlaps(chord, section) and (not symbols or symbols[-1] != chord.symbol):
            symbols.append(chord.symbol)
    more = len(symbols) - _MOST_CHORDS
    return " ".join(symbols[:_MOST_CHORDS]) + (f" and {more} more" if more > 0 else "")


def _overlaps(chord: Chord, section: Section) -> bool:
    return chord.onset_beats < section.end_beats and chord.onset_beats + chord.duration_beats > section.start_beats


def _texture(composition: Composition, section: Section) -> str:
    players: dict[str, list[str]] = {}
    for part in composition.parts:
        plays = any(section.start_beats <= note.onset_beats < section.end_beats for note in part.notes)
        if plays and part.instrument_id not in players.setdefault(part.role, []):
            players[part.role].append(part.instrument_id)
    return "; ".join(f"{role}: {', '.join(names)}" for role, names in players.items() if names)


def _next_strong(section: Section, recording: Recording) -> str:
    """Return what a section leads to: the first strong hit inside it, or after it."""
    strong = [hit for hit in recording.plan.hits if hit.hit.is_strong and hit.hit.kind is not HitKind.START]
    following = [hit.hit.id for hit in strong if hit.beats >= section.end_beats]
    inside = [hit.hit.id for hit in strong if section.start_beats < hit.beats < section.end_beats]
    return (inside or following or [""])[0]


def _towards(hit_id: str, recording: Recording) -> str:
    for planned in recording.plan.hits:
        if planned.hit.id == hit_id:
            seconds = float(recording.composition.tempo_map.seconds_at(planned.beats) - recording.take.scene.lead_s)
            return f"{planned.hit.label or planned.hit.kind.value} {clock(seconds)}"
    return hit_id
