"""A cue as MusicXML, for players and for notation programs; concert pitch, one staff per part.

partitura writes the notes. What it cannot write soundly is put in here: its tempo marks are cut to whole beats per
minute (112.5 becomes 112) and invisible, and its titles are no valid elements. Ties, voices and note values are
ours too (`hitpoint.delivery.notation`), because its splitting of notes leaves composite tuplets without a value.
A kit is written by its General MIDI keys. Notes before the first bar are left out, in words.
"""

from __future__ import annotations

import math
import warnings as python_warnings
import xml.etree.ElementTree as etree
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from hitpoint.delivery.notation import NoteValue, key_fifths, note_values, spell, voiced
from hitpoint.files import write_beside
from hitpoint.model.music import Composition, Instrument, Part
from hitpoint.model.tempo import TempoMap

#: A tempo mark is written where the tempo changes by more than this share.
_AUDIBLE_CHANGE = 0.002


def write_musicxml(
    path: Path, *, composition: Composition, instruments: dict[str, Instrument], title: str = ""
) -> tuple[str, ...]:
    """Write one cue as MusicXML 3.1 (score-partwise); return sentences about what could not be notated as written.

    Bars, metre changes, key, tempo marks (with exact playback tempo) and rehearsal marks for sections are those of
    the composition. Raises `OutputError` if the file cannot be written.
    """
    import partitura.score as pts
    from partitura import save_musicxml

    lines = _bar_lines(composition)
    told: list[str] = []
    sounding = [part for part in composition.parts if part.notes]
    parts = [_part(f"P{i}", part, composition, instruments, lines, told) for i, part in enumerate(sounding, start=1)]
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")  # about notes whose value cannot be printed; told above
        text = save_musicxml(pts.Score(partlist=parts, id=composition.cue_number))
    root = etree.fromstring(text)
    _add_titles(root, title or f"Cue {composition.cue_number}")
    _add_instruments(root, [instruments[part.instrument_id] for part in sounding])
    _add_directions(root, composition, lines)
    etree.indent(root, space=" ")
    with write_beside(path) as temp_path:
        temp_path.write_bytes(_PROLOG + etree.tostring(root, encoding="utf-8") + b"\n")
    return tuple(told)


_PROLOG = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" '
    b'"http://www.musicxml.org/dtds/partwise.dtd">\n'
)


def _bar_lines(composition: Composition) -> tuple[Fraction, ...]:
    """Return all bar lines, the one that closes the last bar included."""
    ends = [note.onset_beats + note.duration_beats for part in composition.parts for note in part.notes]
    lines = composition.tempo_map.bar_lines(max([composition.end_beats, Fraction(1), *ends]))
    return *lines, lines[-1] + composition.tempo_map.meter_at(lines[-1]).bar_beats


def _part(
    part_id: str,
    part: Part,
    composition: Composition,
    instruments: dict[str, Instrument],
    lines: Sequence[Fraction],
    told: list[str],
) -> Any:
    import partitura.score as pts

    inside = [note for note in part.notes if note.onset_beats >= 0]
    if len(inside) < len(part.notes):
        told.append(f"{part.id}: {len(part.notes) - len(inside)} notes before bar 1 are left out of the MusicXML")
    notes, moved = voiced(inside)
    if moved:
        told.append(f"{part.id}: {moved} onsets cannot be notated exactly and were moved to the nearest 1/48 beat")
    pieces = [(note, note_values(note.start_beats, note.end_beats, lines)) for note in notes]
    rests = _rests([(n.start_beats, n.end_beats) for n in notes if n.voice == 1], lines)
    moments = [v.start_beats for _, values in pieces for v in values] + [v.start_beats for v in rests] + [*lines]
    divisions = math.lcm(*(moment.denominator for moment in moments))
    fifths, mode = key_fifths(composition.key)

    written = pts.Part(part_id, f"{instruments[part.instrument_id].name} ({part.id})", quarter_duration=divisions)
    written.add(pts.KeySignature(fifths, mode), 0)
    for meter in composition.tempo_map.meters:
        if meter.start_beats < lines[-1]:
            written.add(pts.TimeSignature(meter.numerator, meter.denominator), int(meter.start_beats * divisions))
    middle = sorted(note.pitch_midi for note in notes)[len(notes) // 2] if notes else 60
    sign, line = ("F", 4) if middle < 57 else ("G", 2)
    written.add(pts.Clef(staff=1, sign=sign, line=line, octave_change=0), 0)
    for number, (start, end) in enumerate(pairwise(lines), start=1):
        written.add(pts.Measure(number=number, name=str(number)), int(start * divisions), int(end * divisions))
    for value in rests:
        rest = pts.Rest(voice=1, staff=1, symbolic_duration=_symbol(value))
        written.add(
            rest, int(value.start_beats * divisions), int((value.start_beats + value.duration_beats) * divisions)
        )
    for note, values in pieces:
        step, alter, octave = spell(note.pitch_midi, fifths)
        before = None
        for value in values:
            piece = pts.Note(step, octave, alter or None, voice=note.voice, staff=1, symbolic_duration=_symbol(value))
            start, end = value.start_beats * divisions, (value.start_beats + value.duration_beats) * divisions
            written.add(piece, int(start), int(end))
            if before is not None:
                before.tie_next, piece.tie_prev = piece, before
            before = piece
    return written


def _rests(spans: Sequence[tuple[Fraction, Fraction]], lines: Sequence[Fraction]) -> list[NoteValue]:
    """Return the values of the rests that fill a voice from the first bar line to the last."""
    rests: list[NoteValue] = []
    at = lines[0]
    for start, end in sorted(set(spans)):
        if start > at:
            rests += note_values(at, start, lines)
        at = max(at, end)
    if at < lines[-1]:
        rests += note_values(at, lines[-1], lines)
    return rests


def _symbol(value: NoteValue) -> dict[str, Any]:
    if not value.type_name:
        return {}
    symbol: dict[str, Any] = {"type": value.type_name, "dots": value.dots}
    if value.actual != 1:
        symbol |= {"actual_notes": value.actual, "normal_notes": value.normal}
    return symbol


def _add_titles(root: etree.Element, title: str) -> None:
    head = etree.Element("movement-title")
    head.text = title
    identification = etree.Element("identification")
    encoding = etree.SubElement(identification, "encoding")
    etree.SubElement(encoding, "software").text = "Hitpoint"
    root[:0] = [head, identification]


def _add_instruments(root: etree.Element, instruments: Sequence[Instrument]) -> None:
    for index, (entry, instrument) in enumerate(zip(root.iterfind("part-list/score-part"), instruments, strict=False)):
        sound_id = f"{entry.get('id')}-I1"
        sound = etree.SubElement(entry, "score-instrument", id=sound_id)
        etree.SubElement(sound, "instrument-name").text = instrument.name
        midi = etree.SubElement(entry, "midi-instrument", id=sound_id)
        melodic = [channel for channel in range(1, 17) if channel != 10]
        channel = 10 if instrument.bank == 128 else melodic[index % len(melodic)]
        etree.SubElement(midi, "midi-channel").text = str(channel)
        etree.SubElement(midi, "midi-program").text = str(instrument.program + 1)


def _add_directions(root: etree.Element, composition: Composition, lines: Sequence[Fraction]) -> None:
    """Put tempo and rehearsal marks into the first part, at their place in their bars."""
    first = root.find("part")
    if first is None:
        return
    divisions = int(first.findtext(".//divisions") or 1)
    bars = {measure.get("number"): measure for measure in first.iterfind("measure")}
    marks = _tempo_marks(composition.tempo_map, lines[-1])
    marks += [(section.start_beats, _rehearsal(section.label)) for section in composition.sections]
    for beats, direction in sorted(marks, key=lambda mark: mark[0], reverse=True):
        if not 0 <= beats < lines[-1]:
            continue
        bar, _ = composition.tempo_map.bar_beat_at(beats)
        measure = bars.get(str(bar))
        if measure is None:
            continue
        ticks = round((beats - composition.tempo_map.bar_start_beats(bar)) * divisions)
        if ticks:
            offset = etree.Element("offset")
            offset.text = str(ticks)
            direction.insert(1, offset)  # right behind direction-type
        attributes = measure.find("attributes")
        measure.insert(0 if attributes is None else list(measure).index(attributes) + 1, direction)


def _tempo_marks(tempo_map: TempoMap, end: Fraction) -> list[tuple[Fraction, etree.Element]]:
    marks: list[tuple[Fraction, etree.Element]] = []
    heard: float | None = None
    for segment in tempo_map.segments:
        if segment.start_beats >= end:
            break
        bpm, end_bpm = float(60 / segment.spb_start), float(60 / segment.spb_end)
        if heard is None or abs(bpm / heard - 1) > _AUDIBLE_CHANGE:
            marks.append((segment.start_beats, _metronome(bpm)))
        if segment.is_ramp:
            marks.append((segment.start_beats, _words("accel." if end_bpm > bpm else "rit.")))
        heard = end_bpm if not segment.is_ramp else None  # after a ramp the tempo it reached is always written
    return marks


def _metronome(bpm: float) -> etree.Element:
    direction = etree.Element("direction", placement="above")
    mark = etree.SubElement(etree.SubElement(direction, "direction-type"), "metronome")
    etree.SubElement(mark, "beat-unit").text = "quarter"
    etree.SubElement(mark, "per-minute").text = f"{bpm:.2f}".rstrip("0").rstrip(".")
    etree.SubElement(direction, "sound", tempo=f"{bpm:.4f}")
    return direction


def _words(text: str) -> etree.Element:
    direction = etree.Element("direction", placement="above")
    etree.SubElement(etree.SubElement(direction, "direction-type"), "words").text = text
    return direction


def _rehearsal(text: str) -> etree.Element:
    direction = etree.Element("direction", placement="above")
    etree.SubElement(etree.SubElement(direction, "direction-type"), "rehearsal").text = text
    return direction
