"""The composer, read top to bottom: moments, intensity, form, keys, harmony, voices, motif, textures, hits, finish."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from hitpoint.composition.aftermath import write_aftermaths
from hitpoint.composition.balance import balance
from hitpoint.composition.clock import Clock
from hitpoint.composition.context import ComposeContext, Speech
from hitpoint.composition.dialogue import write_around
from hitpoint.composition.finish import clear_the_way, settle, to_notes, write_ending
from hitpoint.composition.form import plan_form
from hitpoint.composition.gestures import write_preparations
from hitpoint.composition.harmony import plan_harmony
from hitpoint.composition.idiom_choice import choose_idioms
from hitpoint.composition.impacts import breath_beats, write_hits
from hitpoint.composition.intensity import HOP_S, plan_intensity
from hitpoint.composition.kept_harmony import with_kept_chords
from hitpoint.composition.keys import plan_keys
from hitpoint.composition.low_register import clear_lows
from hitpoint.composition.moments import cue_end_beats, find_silences, read_moments
from hitpoint.composition.motif import Motif, make_motif, named_motif, plain_name
from hitpoint.composition.orchestration import active_bars
from hitpoint.composition.outer_voices import mend_parallels
from hitpoint.composition.plan import plan_phrases
from hitpoint.composition.stage import Line, Stage, Tune
from hitpoint.composition.style import MotifStyle, Style
from hitpoint.composition.style_reader import read_style
from hitpoint.composition.texture import write_layer
from hitpoint.composition.voicing import VoicedChord, lead_voices
from hitpoint.composition.wishes import with_wishes
from hitpoint.model.key import parse_key
from hitpoint.model.music import Chord, Composition, HitWriting, Instrument, Palette, Part, Theme
from hitpoint.model.spotting import Cue, Direction
from hitpoint.model.story import EmotionArc
from hitpoint.model.tempo import TempoMap
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import frames_to_seconds

#: Beats of the story from this weight on open a section.
TELLING_BEAT = 0.5
#: Which of the five generators makes the motif, which every take shares.
_MOTIF = 2


def compose(
    cue: Cue,
    plan: TempoPlan,
    arc: EmotionArc,
    *,
    palette: Palette,
    instruments: dict[str, Instrument],
    context: ComposeContext,
    rng: np.random.Generator,
) -> Composition:
    """Return the written cue. The same values and the same seed of `rng` give the same notes.

    Raises `SettingError` where the palette's tables are wrong, or the brief leaves nobody to play.
    """
    style = with_wishes(read_style(palette, instruments), cue.brief, instruments)
    end_beats = cue_end_beats(cue, plan, context.rate)
    clock = Clock.of(plan.tempo_map, end_beats)
    start_s, end_s = clock.seconds_at(0), clock.seconds_at(end_beats)
    speech = Speech.merged(context.dialogue, start_s, end_s)
    moments = choose_idioms(
        read_moments(plan, clock=clock, speech=speech, end_beats=end_beats),
        arc=arc,
        exit_manner=cue.exit,
        likes=style.idioms,
        asked=context.idioms,
        rng=_plan_chance(cue, palette),
    )
    silences = find_silences(moments, plan.tempo_map, clock=clock, end_beats=end_beats)
    feeling = plan_intensity(
        cue,
        arc,
        style=style.intensity,
        clock=clock,
        end_s=end_s,
        moments=moments,
        silences=silences,
        speech=speech,
        bar_s=clock.seconds_at(plan.tempo_map.meters[0].bar_beats) - start_s,
    )
    directions = _directions_on_bars(cue.directions, plan.tempo_map, context, end_beats)
    form = plan_form(
        plan.tempo_map,
        style=style.form,
        feeling=feeling,
        clock=clock,
        moments=moments,
        speech=speech,
        section_beats=[*plan.section_beats, *(beats for beats, _ in directions), *(s.end_beats for s in silences)],
        told_beats=[clock.beats_at(s) for s, weight in context.story_beats if weight >= TELLING_BEAT],
        end_beats=end_beats,
    )
    harmony_rng, voice_rng, motif_rng, texture_rng, hit_rng = (
        np.random.default_rng(int(seed) if not context.take or index == _MOTIF else [int(seed), context.take])
        for index, seed in enumerate(rng.integers(2**62, size=5))
    )
    keys = plan_keys(
        parse_key(cue.brief.key) or style.home_key,
        style=style.harmony,
        moods=dict(style.moods),
        form=form,
        moments=moments,
        directions=directions,
        rng=harmony_rng,
    )
    slots = with_kept_chords(
        plan_harmony(form, style=style.harmony, keys=keys, moments=moments, rng=harmony_rng), context.kept_chords
    )
    levels = [feeling.at(feeling.intensity, clock.seconds_at(slot.start_beats)) for slot in slots]
    themes = _themes(cue.brief.theme, directions, context, style.motif, motif_rng)
    stage = Stage(
        style=style,
        instruments=instruments,
        clock=clock,
        feeling=feeling,
        form=form,
        chords=lead_voices(slots, levels, rng=voice_rng),
        moments=moments,
        silences=silences,
        speech=speech,
        themes=themes,
        end_beats=end_beats,
    )
    lines = _write(stage, style, cue, texture_rng, hit_rng, context.stem_takes)
    dynamics = balance(lines, stage)
    parts = tuple(
        Part(
            id=line.id,
            role=line.role,
            instrument_id=line.instrument.id,
            stem=line.stem,
            notes=to_notes(line),
            dynamics=dynamics.get(line.id, ()),
        )
        for line in lines
        if line.drafts
    )
    last = max((note.onset_beats + note.duration_beats for part in parts for note in part.notes), default=end_beats)
    intensity = np.asarray(feeling.intensity, dtype=np.float32)
    intensity.setflags(write=False)
    return Composition(
        cue_number=cue.number,
        tempo_map=plan.tempo_map,
        key=str(keys.keys[0]),
        palette_id=palette.id,
        sections=form.sections,
        chords=tuple(_chord(chord) for chord in stage.chords),
        parts=parts,
        motif=themes[0][1].steps,
        intensity=intensity,
        intensity_hop_s=HOP_S,
        end_beats=last,
        phrases=plan_phrases(stage, lines),
        hit_writings=_hit_writings(stage),
        theme_uses=tuple(sorted((use for line in lines for use in line.uses), key=lambda use: use.start_beats)),
    )


def _write(
    stage: Stage,
    style: Style,
    cue: Cue,
    texture_rng: np.random.Generator,
    hit_rng: np.random.Generator,
    stem_takes: Mapping[str, int],
) -> list[Line]:
    """Return all lines, cleared and settled: textures around the dialogue first, then what carries the hits."""
    bars = active_bars(stage.form, style)
    # A generator of its own per layer: layers do not disturb each other's chance.
    chance = {}
    for layer in style.layers:
        seed = int(texture_rng.integers(2**62))
        take = max((stem_takes.get(stage.instruments[name].stem, 0) for name in layer.instruments), default=0)
        chance[layer.id] = np.random.default_rng([seed, take] if take else seed)
    written: dict[str, list[Line]] = {}
    for layer in sorted(style.layers, key=lambda layer: layer.role != "melody"):  # the others make room for the tune
        written[layer.id] = write_layer(layer, stage, bars[layer.id], chance[layer.id])
        if layer.role == "melody":
            stage = replace(stage, tune=Tune.of([line for own in written.values() for line in own]))
    lines = [line for layer in style.layers for line in written[layer.id]]
    clear_lows(lines)
    lines += write_preparations(stage, hit_rng)
    for line in lines:
        write_around(line, stage)
    lines += write_aftermaths(lines, stage)
    write_ending(lines, stage, cue.exit)
    lines += write_hits(stage, entry=cue.entry, rng=hit_rng)
    breaths = [breath_beats(stage, moment) for moment in stage.moments]
    for line in lines:
        clear_the_way(line, stage, breaths)
        settle(line)
    mend_parallels(lines, stage)
    for line in lines:
        settle(line)
    return lines


def _directions_on_bars(
    directions: Sequence[Direction], tempo_map: TempoMap, context: ComposeContext, end_beats: Fraction
) -> list[tuple[Fraction, Direction]]:
    """Return each direction with the next bar line at or after its frame, in order."""
    placed = []
    for direction in sorted(directions, key=lambda d: d.frame):
        beats = max(Fraction(0), tempo_map.beats_at(frames_to_seconds(direction.frame, context.rate)))
        nearly = Fraction(1, 8)  # a marker a hair after the bar line means that bar line
        bar, _ = tempo_map.bar_beat_at(max(Fraction(0), beats - nearly))
        line = tempo_map.bar_start_beats(bar)
        if line < beats - nearly:
            line = tempo_map.bar_start_beats(bar + 1)
        if line < end_beats:
            placed.append((line, direction))
    return placed


def _themes(
    name: str,
    directions: Sequence[tuple[Fraction, Direction]],
    context: ComposeContext,
    style: MotifStyle,
    rng: np.random.Generator,
) -> tuple[tuple[Fraction, Motif], ...]:
    """Return the motifs of a cue from the beat on which each takes over."""
    own = make_motif(style, rng)

    def called(name: str) -> Motif:
        known = context.themes.get(plain_name(name))
        if known is not None:
            return Motif(known.steps, known.durations, known.name)
        return named_motif(name) if name.strip() else own

    themes = [(Fraction(0), called(name))]
    themes += [(beats, called(word.value)) for beats, word in directions if word.kind == "theme"]
    return tuple(themes)


def project_themes(
    names: Iterable[str],
    known: Mapping[str, Theme],
    *,
    palette: Palette,
    instruments: dict[str, Instrument],
    rng: np.random.Generator,
) -> dict[str, Theme]:
    """Return the themes that a project's cues share: the known ones, those asked for by name, and a main one ("").

    A main theme that is not known is made in the manner of `palette`; a name always gives the same notes.
    """
    themes = dict(known)
    main = make_motif(read_style(palette, instruments).motif, rng)
    themes.setdefault("", Theme(name="", steps=main.steps, durations=main.durations))
    for name in names:
        motif = named_motif(name)
        if motif.name and motif.name not in themes:
            themes[motif.name] = Theme(name=motif.name, steps=motif.steps, durations=motif.durations)
    return themes


def _plan_chance(cue: Cue, palette: Palette) -> np.random.Generator:
    """Return chance that belongs to the plan, not to the take: every seed writes a hit in the same idiom."""
    about = " ".join([palette.id, cue.number, *(hit.id for hit in cue.hits)])
    return np.random.default_rng(zlib.crc32(about.encode()))


def _hit_writings(stage: Stage) -> tuple[HitWriting, ...]:
    """Return how every hit was written, in order."""
    rows = []
    for moment in stage.moments:
        if moment.idiom is not None:
            bar = stage.form.bar_at(moment.beats).length_beats
            for hit_id in moment.hit_ids:
                rows.append(
                    HitWriting(
                        hit_id=hit_id,
                        beats=moment.beats,
                        idiom=moment.idiom.id,
                        approach_beats=bar * Fraction(moment.idiom.approach_bars),
                        aftermath_beats=bar * Fraction(moment.idiom.aftermath_bars),
                    )
                )
    return tuple(rows)


def _chord(chord: VoicedChord) -> Chord:
    slot = chord.slot
    return Chord(
        onset_beats=slot.start_beats,
        duration_beats=slot.end_beats - slot.start_beats,
        root=slot.shape.root,
        pitch_classes=slot.shape.pitch_classes,
        symbol=slot.shape.symbol,
    )
