"""Reads what people wrote, for benchmarks/human_music.py: scores as `Texture`, parsed once and kept in the cache."""

from __future__ import annotations

import csv
import functools
import json
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

from human_works import Work

from hitpoint.files import write_beside
from hitpoint.measure.texture import Texture, TextureNote, Voice, excerpt, highest_line
from hitpoint.model.errors import SettingError
from hitpoint.resources import cache_folder, load_instruments

WORKERS = 2
#: Raise this when the reader changes, so that what was kept is read again.
READER_VERSION = 1
#: Kept scores are on a grid of 480 to the quarter note: exact for triplets, quintuplets and 128ths.
TICKS = 480

#: Their tempo is a notation program's guess at a word (two minutes for a movement of six): no seconds are told of them.
WRONG_TEMPO = frozenset({"Brahms_Op.90_3"})

#: An excerpt is as long as a film cue: about a minute, where the tempo is known.
EXCERPT_S = 60.0
EXCERPT_BARS = (16, 32)
UNTIMED_BARS = 24
SHORTEST_BARS = 10
EXCERPTS_PER_WORK = 8

#: Words in a part's name, and whose range of resources/instruments.toml it must keep; longest first.
INSTRUMENTS = {
    "english horn": "english-horn",
    "bass clarinet": "",
    "violoncello": "celli",
    "contrabass": "basses",
    "sarrusophone": "",
    "harpsichord": "",
    "trombone": "trombones",
    "clarinet": "clarinet",
    "bassoon": "bassoon",
    "piccolo": "piccolo",
    "celesta": "celesta",
    "timpani": "timpani",
    "trumpet": "trumpets",
    "violone": "basses",
    "violin": "violins",
    "flute": "flute",
    "piano": "piano",
    "viola": "violas",
    "cello": "celli",
    "oboe": "oboe",
    "harp": "harp",
    "horn": "horns",
    "tuba": "tuba",
}
#: Velocities of dynamic marks, as notation programs play them.
MARKS = {"pppp": 10, "ppp": 16, "pp": 33, "p": 49, "mp": 64, "mf": 80, "f": 96, "ff": 112, "fff": 126, "ffff": 127}


def read_works(works: Sequence[Work]) -> Iterator[tuple[Work, Texture]]:
    """Yield every work as a texture, from the cache where it was read before; a chorale with obbligato parts is left.

    A work that cannot be read is named on stderr and left out.
    """
    with ProcessPoolExecutor(WORKERS) as pool:
        missing = [work for work in works if not _kept_at(work).is_file()]
        if missing:
            print(f"reading {len(missing)} scores once, some minutes", file=sys.stderr)
        for work, error in zip(missing, pool.map(_read_and_keep, missing), strict=True):
            if error:
                print(f"{work.name} left out: {error}", file=sys.stderr)
    for work in works:
        if _kept_at(work).is_file():
            texture = _from_json(json.loads(_kept_at(work).read_text(encoding="utf-8")))
            if work.group != "chorale" or len(texture.voices) == 4:
                yield work, texture


def excerpts(texture: Texture) -> list[Texture]:
    """Return excerpts as long as a film cue, evenly spread over a work."""
    bars = UNTIMED_BARS
    if texture.duration_s:
        low, high = EXCERPT_BARS
        bars = min(high, max(low, round(EXCERPT_S * texture.bars / texture.duration_s)))
    bars = min(bars, texture.bars)
    count = min(EXCERPTS_PER_WORK, max(1, texture.bars // bars))
    spread = [round(n * (texture.bars - bars) / max(1, count - 1)) for n in range(count)]
    cuts = [excerpt(texture, first, bars) for first in spread] if bars >= SHORTEST_BARS else []
    return [cut for cut in cuts if cut.voices]


def _kept_at(work: Work) -> Path:
    name = work.name.replace("/", "-")
    return cache_folder() / "human_music" / f"{name}-{work.path.stat().st_size}-{READER_VERSION}.json"


def _read_and_keep(work: Work) -> str:
    """Parse a work and keep it; return what went wrong, or nothing."""
    try:
        kept = json.dumps(_to_json(read_work(work)))
    except Exception as error:  # music21 raises what it likes; one odd file must not end the benchmark
        return f"{type(error).__name__}: {error}"
    _kept_at(work).parent.mkdir(parents=True, exist_ok=True)
    with write_beside(_kept_at(work)) as path:
        path.write_text(kept, encoding="utf-8")
    return ""


def read_work(work: Work) -> Texture:
    """Parse a score with music21; repeats are not played out, grace notes and chord symbols left out."""
    from music21 import chord, converter, dynamics, note, stream

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of dashes without end, of bars too full by a grace note
        score = converter.parse(work.path, forceSource=True, storePickle=False)
    if not isinstance(score, stream.Score):
        raise SettingError(f"{work.path.name} holds no single score")
    score.toSoundingPitch(inPlace=True)
    parts = list(score.parts)
    starts = {_beats(bar.offset) for bar in parts[0].getElementsByClass(stream.Measure)}
    lines = sorted({*starts, _beats(max(part.highestTime for part in parts))})
    voices, shared_marks = [], {}
    for part in parts:
        marks: dict[Fraction, int] = {}
        found: list[tuple[Fraction, Any]] = []
        for bar in part.getElementsByClass(stream.Measure):
            for held in (bar, *bar.voices):
                start = _beats(bar.offset) + (_beats(held.offset) if held is not bar else 0)
                for mark in held.getElementsByClass(dynamics.Dynamic):
                    if mark.value in MARKS:
                        marks[start + _beats(mark.offset)] = MARKS[mark.value]
                found += [(start + _beats(each.offset), each) for each in held.notes]
        if work.group == "keyboard":  # the lower hand also takes the marks of the upper one
            shared_marks.update(marks)
            marks = shared_marks
        sounding = [(at, each) for at, each in found if each.duration.quarterLength > 0]
        pitched = [(at, each) for at, each in sounding if type(each) in (note.Note, chord.Chord)]
        drums = [(at, each) for at, each in sounding if type(each) in (note.Unpitched,)]
        low, high = _range(part.partName or "")
        written = _joined(pitched)
        voices.append(
            Voice(
                name=part.partName or "",
                notes=_marked(written or [(at, _beats(each.duration.quarterLength), 60) for at, each in drums], marks),
                is_pitched=bool(written) or not drums,
                low_midi=low,
                high_midi=high,
            )
        )
    lines_s = () if work.name in WRONG_TEMPO else _seconds(score, lines)
    inside = tuple(_inside(voice, lines) for voice in voices)
    melody = _annotated_melody(inside, work.annotations) if work.annotations else (highest_line(inside[0].notes),)
    return Texture(voices=inside, bar_lines_beats=tuple(lines), bar_lines_s=lines_s, melody=melody)


def _beats(quarters: float | Fraction) -> Fraction:
    return Fraction(round(Fraction(quarters) * TICKS), TICKS)


def _joined(pitched: Sequence[tuple[Fraction, Any]]) -> list[tuple[Fraction, Fraction, int]]:
    """Return (onset, duration, pitch) with tied notes as one; the same pitch twice at one onset counts once."""
    notes: dict[tuple[Fraction, int], Fraction] = {}
    open_ties: dict[int, Fraction] = {}
    for at, each in sorted(pitched, key=lambda item: item[0]):
        duration = _beats(each.duration.quarterLength)
        if duration == 0:
            continue
        for single in each.notes if each.isChord else (each,):
            pitch = int(single.pitch.midi)
            kind = single.tie.type if single.tie is not None else ""
            onset = open_ties.get(pitch) if kind in ("continue", "stop") else None
            if onset is None or onset + notes[onset, pitch] != at:
                onset = at
            notes[onset, pitch] = max(notes.get((onset, pitch), Fraction(0)), at + duration - onset)
            if kind in ("start", "continue"):
                open_ties[pitch] = onset
    return [(onset, duration, pitch) for (onset, pitch), duration in sorted(notes.items())]


def _marked(
    written: Sequence[tuple[Fraction, Fraction, int]], marks: Mapping[Fraction, int]
) -> tuple[TextureNote, ...]:
    """Return notes at the velocity of the last dynamic mark before them, None before the first."""
    turns = sorted(marks.items())
    notes, following, velocity = [], 0, None
    for onset, duration, pitch in sorted(written):
        while following < len(turns) and turns[following][0] <= onset:
            velocity = turns[following][1]
            following += 1
        notes.append(TextureNote(onset, duration, pitch, velocity))
    return tuple(notes)


def _range(part_name: str) -> tuple[int, int]:
    known = load_instruments()
    for words, instrument_id in INSTRUMENTS.items():
        if words in part_name.lower():
            if not instrument_id:
                break
            return known[instrument_id].low_midi, known[instrument_id].high_midi
    return 0, 127


def _seconds(score: Any, lines: Sequence[Fraction]) -> tuple[float, ...]:
    """Return the bar lines in seconds by the score's tempo marks and words; empty where it has none."""
    from music21 import tempo

    if not score.recurse().getElementsByClass(tempo.TempoIndication).first():
        return ()
    spans = [(float(start), float(end), float(mark.getQuarterBPM())) for start, end, mark in _tempi(score)]
    return tuple(
        sum(60.0 / bpm * max(0.0, min(end, float(line)) - start) for start, end, bpm in spans) for line in lines
    )


def _tempi(score: Any) -> list[tuple[Any, Any, Any]]:
    spans = [span for span in score.metronomeMarkBoundaries() if span[1] > span[0]]
    return [(start, end, mark) for start, end, mark in spans if mark.getQuarterBPM()]


def _inside(voice: Voice, lines: Sequence[Fraction]) -> Voice:
    notes = tuple(each for each in voice.notes if lines[0] <= each.onset_beats < lines[-1])
    return Voice(
        name=voice.name,
        notes=notes,
        is_pitched=voice.is_pitched,
        low_midi=voice.low_midi,
        high_midi=voice.high_midi,
    )


def _annotated_melody(voices: Sequence[Voice], path: Path) -> tuple[tuple[TextureNote, ...], ...]:
    """Return the main voice (Hauptstimme) as marked: from each mark to the next, the part that it names."""
    with path.open(encoding="utf-8", newline="") as stream:
        turns = [(Fraction(row["qstamp"]), int(row["part_num"])) for row in csv.DictReader(stream)]
    ends = [start for start, _ in turns[1:]] + [Fraction(10**9)]
    melody: list[tuple[TextureNote, ...]] = []
    singer = None
    for (start, part), end in zip(turns, ends, strict=True):
        near = Fraction(1, TICKS)
        own = [note for note in voices[part].notes if start - near <= note.onset_beats < end - near]
        line = highest_line(own)
        if part == singer and melody:
            melody[-1] = highest_line((*melody[-1], *line))
        elif line:
            melody.append(line)
        singer = part
    return tuple(melody)


def _to_json(texture: Texture) -> dict[str, Any]:
    def ticks(notes: Sequence[TextureNote]) -> list[list[int | None]]:
        return [[int(n.onset_beats * TICKS), int(n.duration_beats * TICKS), n.pitch_midi, n.velocity] for n in notes]

    return {
        "voices": [[v.name, v.is_pitched, v.low_midi, v.high_midi, ticks(v.notes)] for v in texture.voices],
        "bar_lines": [int(line * TICKS) for line in texture.bar_lines_beats],
        "bar_lines_s": [round(seconds, 4) for seconds in texture.bar_lines_s],
        "melody": [ticks(line) for line in texture.melody],
    }


def _from_json(kept: Mapping[str, Any]) -> Texture:
    beats = functools.cache(lambda ticks: Fraction(ticks, TICKS))

    def notes(rows: Sequence[Sequence[Any]]) -> tuple[TextureNote, ...]:
        return tuple(TextureNote(beats(on), beats(length), pitch, velocity) for on, length, pitch, velocity in rows)

    return Texture(
        voices=tuple(
            Voice(name=name, is_pitched=is_pitched, low_midi=low, high_midi=high, notes=notes(rows))
            for name, is_pitched, low, high, rows in kept["voices"]
        ),
        bar_lines_beats=tuple(beats(ticks) for ticks in kept["bar_lines"]),
        bar_lines_s=tuple(kept["bar_lines_s"]),
        melody=tuple(notes(line) for line in kept["melody"]),
    )
