"""Reads a palette's tables (resources/palettes/*.toml) into a `Style`.

Every wrong line is a `SettingError` that names the file, the table and the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from hitpoint.composition.grammar import language_named
from hitpoint.composition.idioms import load_idioms
from hitpoint.composition.style import (
    FIGURES,
    GESTURES,
    HIT_TONES,
    ROLES,
    SECTION_LABELS,
    FormStyle,
    HarmonyStyle,
    HitRow,
    IntensityStyle,
    Layer,
    Mood,
    MotifStyle,
    PreparationRow,
    Style,
)
from hitpoint.composition.table_reader import TableReader
from hitpoint.model.errors import did_you_mean
from hitpoint.model.key import parse_key
from hitpoint.model.music import Instrument, Palette
from hitpoint.model.spotting import HitKind

#: Semitones that a register spans so that every pitch class has a place in it.
OCTAVE_SPAN = 11


def read_style(palette: Palette, instruments: Mapping[str, Instrument]) -> Style:
    """Return a palette's tables, checked against the instruments; `SettingError` names the wrong line."""
    reader = TableReader(f"palettes/{palette.id}.toml", palette.tables)
    reader.rows.pop("mix", None)  # the mixer's table
    intensity, form, motif = reader.table("intensity"), reader.table("form"), reader.table("motif")
    key = parse_key(palette.tonics[0]) if palette.tonics else None
    if key is None:
        raise reader.fail("tonics", 'must start with a key such as "D minor"')
    layers = tuple(_layer(row, instruments) for row in reader.tables("layers"))
    hits = tuple(_hit(row, instruments) for row in reader.tables("hits"))
    if not layers:
        raise reader.fail("[[layers]]", "are missing; a palette needs at least one")
    for kind in (HitKind.ACCENT, HitKind.TURN, HitKind.PEAK, HitKind.START, HitKind.OUT):
        if not any(kind.value in row.kinds for row in hits):
            raise reader.fail("[[hits]]", f"have no row for kind {kind.value!r}")
    parts = [f"{layer.id} {name}" for layer in layers for name in layer.instruments]
    for part in parts:
        if parts.count(part) > 1:
            raise reader.fail("[[layers]]", f"name the part {part!r} twice; give one of the layers another id")
    style = Style(
        palette_id=palette.id,
        intensity=IntensityStyle(
            floor=intensity.number("floor", 0, 0.5),
            ceiling=intensity.number("ceiling", 0.5, 1),
            tension_share=intensity.number("tension_share", 0, 1),
            preparation_bars=intensity.number("preparation_bars", 0, 8),
            lift=intensity.number("lift", 0, 1),
            release=intensity.number("release", 0, 1),
        ),
        form=FormStyle(
            phrase_bars=form.integers("phrase_bars", 1, 16),
            melody_rests=int(form.number("melody_rests", 1, 16)),
            head_only=form.flag("head_only"),
        ),
        harmony=_harmony(reader.table("harmony")),
        motif=_motif(motif),
        layers=layers,
        hits=hits,
        preparations=tuple(_preparation(row, instruments) for row in reader.tables("preparations")),
        moods=_moods(reader.rows.pop("moods", {}), reader.where),
        idioms=_likes(reader.rows.pop("idioms", {}), reader.where),
        home_key=key,
    )
    if not style.form.phrase_bars:
        raise form.fail("phrase_bars", "must not be empty")
    for table in (intensity, form, motif, reader):
        table.finish()
    return style


def _harmony(reader: TableReader) -> HarmonyStyle:
    lengths = reader.texts("bars_per_chord")
    try:
        calm, moving, agitated = (Fraction(length) for length in lengths)
    except (ValueError, ZeroDivisionError) as error:
        raise reader.fail("bars_per_chord", f'= {lengths!r} must be three texts such as "2", "1", "1/2"') from error
    harmony = HarmonyStyle(
        minor=language_named(str(reader.rows.pop("minor", "")), reader, "minor", is_minor=True),
        major=language_named(str(reader.rows.pop("major", "")), reader, "major", is_minor=False),
        bars_per_chord=(calm, moving, agitated),
        pedal_tension=reader.number("pedal_tension", 0, 2),
        turn_shifts=reader.integers("turn_shifts", -11, 11, (0,)),
    )
    reader.finish()
    return harmony


def _motif(reader: TableReader) -> MotifStyle:
    rhythms = []
    for text in reader.texts("rhythms"):
        try:
            rhythm = tuple(Fraction(part) for part in text.split())
        except (ValueError, ZeroDivisionError) as error:
            raise reader.fail("rhythms", f'has {text!r}, which is not a row of beats such as "3/2 1/2 2"') from error
        if not 3 <= len(rhythm) <= 7 or min(rhythm) <= 0:
            raise reader.fail("rhythms", f"has {text!r}; a motif has 3 to 7 notes, each longer than 0")
        rhythms.append(rhythm)
    leaps = reader.integers("leaps", 2, 7)
    if not rhythms or not leaps:
        raise reader.fail("rhythms and leaps", "must not be empty")
    return MotifStyle(tuple(rhythms), leaps)


def _instrument(reader: TableReader, name: str, instruments: Mapping[str, Instrument]) -> str:
    if name not in instruments:
        raise reader.fail("instrument", f"{name!r} is not in instruments.toml; {did_you_mean(name, instruments)}")
    return name


def _register(reader: TableReader, names: tuple[str, ...], instruments: Mapping[str, Instrument]) -> tuple[int, int]:
    low, high = (int(value) for value in reader.pair("register", 0, 127))
    for name in names:
        instrument = instruments[name]
        if instrument.low_midi > low or instrument.high_midi < high:
            span = f"{instrument.low_midi}..{instrument.high_midi}"
            raise reader.fail("register", f"{low}..{high} lies outside the range of {name} ({span})")
    return low, high


def _keys(reader: TableReader, name: str, instruments: Mapping[str, Instrument]) -> tuple[int, ...]:
    instrument = instruments[name]
    return reader.integers("keys", instrument.low_midi, instrument.high_midi, ())


def _layer(reader: TableReader, instruments: Mapping[str, Instrument]) -> Layer:
    names = reader.texts("instruments")
    if not names:
        raise reader.fail("instruments", "must not be empty")
    for name in names:
        _instrument(reader, name, instruments)
    figure = reader.word("figure", FIGURES)
    cells = tuple(reader.texts(line, ()) for line in ("calm", "moving", "driving"))
    if figure in ("ostinato", "pattern", "chords") and not all(cells):
        raise reader.fail("calm, moving and driving", f"must each have a rhythm for the figure {figure!r}")
    allowed = ".oxX" if figure in ("pattern", "chords") else ".0123456789n"
    for cell in (cell for group in cells for cell in group):
        if not cell or set(cell) - set(allowed):
            raise reader.fail("calm, moving, driving", f"have {cell!r}; a rhythm is written with {allowed}")
    shift = int(reader.number("double_shift", -24, 24, 0))
    # A theme is handed around: each player sings it where this register and its own comfort meet.
    register = _register(reader, () if figure == "theme" else names[:1], instruments)
    identifier = str(reader.rows.pop("id", names[0]))
    layer = Layer(
        id=identifier,
        role=reader.word("role", ROLES),
        figure=figure,
        instruments=names,
        register=register,
        active=reader.pair("active", 0, 2, (0.0, 2.0)),
        velocity=reader.pair("velocity", 1, 127),
        double_from=reader.number("double_from", 0, 2, 0.6),
        double_shift=shift,
        voices=reader.integers("voices", 0, 3, (0, 1, 2, 3)),
        cells=cells,
        grid=reader.fraction("grid", "1/2"),
        articulation=str(reader.rows.pop("articulation", "")),
        sections=reader.words("sections", SECTION_LABELS, SECTION_LABELS),
        length=reader.number("length", 0.1, 1.0, 0.9),
    )
    if figure != "pattern":
        _check_width(reader, register)
    for name in names if figure == "theme" else names[1:]:
        _check_player(reader, instruments[name], layer)
    reader.finish()
    return layer


def _check_width(reader: TableReader, register: tuple[int, int]) -> None:
    if register[1] - register[0] < OCTAVE_SPAN:
        raise reader.fail("register", f"{register[0]}..{register[1]} must span at least {OCTAVE_SPAN} semitones")


def _check_player(reader: TableReader, instrument: Instrument, layer: Layer) -> None:
    """Refuse instruments that cannot sing the theme, or cannot double every pitch of the layer in some octave."""
    if layer.figure == "theme":
        is_able = instrument.comfort_high_midi - instrument.comfort_low_midi >= OCTAVE_SPAN
    else:
        low, high = (pitch + layer.double_shift for pitch in layer.register)
        is_wide = instrument.high_midi - instrument.low_midi >= OCTAVE_SPAN
        is_able = is_wide or instrument.low_midi <= low <= high <= instrument.high_midi
    if not is_able:
        raise reader.fail("instruments", f"have {instrument.id!r}, which is too narrow to play this layer")


def _hit(reader: TableReader, instruments: Mapping[str, Instrument]) -> HitRow:
    name = _instrument(reader, str(reader.rows.pop("instrument", "")), instruments)
    keys = _keys(reader, name, instruments)
    row = HitRow(
        kinds=reader.words("kinds", tuple(kind.value for kind in HitKind)),
        instrument=name,
        tones=reader.words("tones", HIT_TONES, ()),
        keys=keys,
        register=(0, 127) if keys else _register(reader, (name,), instruments),
        velocity=reader.pair("velocity", 1, 127),
        duration_s=reader.number("duration_s", 0.05, 20),
        force=reader.pair("force", 0, 1, (0.0, 1.0)),
    )
    if bool(row.keys) == bool(row.tones):
        raise reader.fail("keys or tones", "must be given, and only one of them")
    if not keys:
        _check_width(reader, row.register)
    reader.finish()
    return row


def _preparation(reader: TableReader, instruments: Mapping[str, Instrument]) -> PreparationRow:
    name = _instrument(reader, str(reader.rows.pop("instrument", "")), instruments)
    keys = _keys(reader, name, instruments)
    row = PreparationRow(
        gesture=reader.word("gesture", GESTURES),
        instrument=name,
        keys=keys,
        register=(0, 127) if keys else _register(reader, (name,), instruments),
        velocity=reader.pair("velocity", 1, 127),
        beats=reader.fraction("beats"),
        kinds=reader.words("kinds", tuple(kind.value for kind in HitKind)),
        force=reader.pair("force", 0, 1, (0.0, 1.0)),
    )
    if not keys:
        _check_width(reader, row.register)
    elif row.gesture not in ("roll", "quicken"):
        raise reader.fail("keys", f"are for rolls and quickening strokes only; a {row.gesture} needs a register")
    reader.finish()
    return row


def _likes(table: object, where: str) -> dict[str, float]:
    """Return how much a palette likes which idiom; 1 for those that it does not name."""
    reader = TableReader(f"{where} [idioms]", table)
    known = load_idioms()
    for name in reader.rows:
        if name not in known:
            raise reader.fail(name, f"is no idiom; {did_you_mean(name, known)}")
    return {name: reader.number(name, 0, 10) for name in list(reader.rows)}


def _moods(table: object, where: str) -> dict[str, Mood]:
    moods: dict[str, Mood] = {}
    reader = TableReader(f"{where} [moods]", table)
    for word in list(reader.rows):
        row = reader.table(word)
        moods[word] = Mood(row.number("tension", -1, 1, 0.0), row.word("mode", ("", "major", "minor"), ""))
        row.finish()
    return moods
