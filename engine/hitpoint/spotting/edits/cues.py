"""Cues as the editor wants them: other briefs, cues left out. What he asks for is checked, obeyed and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hitpoint.model.cut import Cut
from hitpoint.model.edits import CueEdit, Edits
from hitpoint.model.errors import SettingError
from hitpoint.model.key import parse_key
from hitpoint.model.spotting import Brief, Cue, Spotting
from hitpoint.model.story import EmotionArc
from hitpoint.spotting.brief import is_understood
from hitpoint.spotting.brief_writer.builtin import BuiltinWriter
from hitpoint.spotting.brief_writer.scene import brief_requests
from hitpoint.spotting.briefs_apply import apply_briefs
from hitpoint.spotting.briefs_reader import read_cue_entry
from hitpoint.spotting.briefs_values import BriefsFile, CueEntry, IntensityPoint
from hitpoint.spotting.edits.emphasis import Emphasis, emphasis_of, emphasise_intensity
from hitpoint.spotting.spot import SpottingSettings

#: Who asks, in sentences such as "the panel leaves 1m2 out".
_SOURCE = Path("the panel")
#: Fields of a `CueEdit` that a briefs file has as lines of the same name.
_LINES = ("style", "tempo_bpm", "tempo_range_bpm", "key", "instruments", "avoid", "theme")


def edit_cues(
    spotting: Spotting, edits: Edits, *, cut: Cut, arc: EmotionArc, settings: SpottingSettings
) -> tuple[Spotting, tuple[Emphasis, ...]]:
    """Return the spotting as the edits want it, and what of the arc they raise and lower (`emphasise_arc`).

    The arguments after `edits` are those that `spot` was given. Raises `SettingError` that names cue and field for a
    style, key, tempo or instrument that does not exist, and where all cues are left out. An edit of a cue that is not
    there (any more) is told.
    """
    known = {cue.number: cue for cue in spotting.cues}
    wanted = {edit.number: edit for edit in edits.cues}
    warnings = [
        f"{number}, which was changed in the panel, is no longer a cue of the cut: its changes are left out"
        for number in wanted
        if number not in known
    ]
    wanted = {number: edit for number, edit in wanted.items() if number in known}
    if not wanted:
        return replace(spotting, warnings=(*spotting.warnings, *warnings)), ()
    if not any(wanted[number].has_music for number in wanted) and len(wanted) == len(known):
        raise SettingError("the panel leaves every cue out, so there is nothing to score; let one have music")
    spotting = _with_texts(spotting, wanted, cut=cut, arc=arc, settings=settings, warnings=warnings)
    entries = {}
    for number in known:
        edit = wanted.get(number)
        entries[number] = _entry(edit, cut, settings, warnings) if edit else CueEntry(number=number)
        if edit and not edit.has_music:
            start = cut.timecode(known[number].span.start_frame)
            warnings.append(f"{number} ({start}) is left out, as the panel asks")
    briefs = BriefsFile(path=_SOURCE, entries=entries, warnings=())
    before = {cue.number: cue.brief for cue in spotting.cues}
    laid = apply_briefs(spotting, briefs, cut=cut, arc=arc, settings=settings)
    cues: list[Cue] = []
    emphases: list[Emphasis] = []
    for cue in laid.cues:
        edit = wanted.get(cue.number)
        if edit is not None:
            cue = replace(cue, brief=_settled(cue.brief, before[cue.number], edit, warnings))
            raised, outside = emphasis_of(edit.emphasis, cue.span, rate=cut.rate)
            warnings += [
                f"{cue.number}: the emphasis from {cut.timecode(start)} to {cut.timecode(end)} lies outside the cue"
                for start, end, _ in outside
            ]
            cue = emphasise_intensity(cue, raised, rate=cut.rate)
            emphases += raised
        cues.append(cue)
    return replace(laid, cues=tuple(cues), warnings=(*laid.warnings, *warnings)), tuple(emphases)


def _entry(edit: CueEdit, cut: Cut, settings: SpottingSettings, warnings: list[str]) -> CueEntry:
    """Return a cue's edits as a briefs file would state them, checked as strictly."""
    if not edit.has_music:
        return CueEntry(number=edit.number, has_music=False)
    row: dict[str, Any] = {"number": edit.number}
    for line in _LINES:
        value = getattr(edit, line)
        if value is not None:
            row[line] = list(value) if isinstance(value, tuple) else value
    entry, told = read_cue_entry(row, source=_SOURCE, cut=cut, palettes=settings.palettes)
    warnings += told
    if not edit.intensity:
        return entry
    return replace(entry, intensity=tuple(IntensityPoint(share=share, level=level) for share, level in edit.intensity))


def _with_texts(
    spotting: Spotting,
    wanted: dict[str, CueEdit],
    *,
    cut: Cut,
    arc: EmotionArc,
    settings: SpottingSettings,
    warnings: list[str],
) -> Spotting:
    """Return the spotting with the briefs of those cues written anew that have words of their own."""
    cues: Sequence[Cue] = spotting.cues
    for text in dict.fromkeys(edit.text for edit in wanted.values() if edit.text is not None and edit.has_music):
        asked = {number for number, edit in wanted.items() if edit.text == text and edit.has_music}
        requests = brief_requests(spotting, cut=cut, arc=arc, settings=replace(settings, brief_text=text))
        cues = [
            replace(cue, brief=_written(BuiltinWriter().write(request), cue.brief)) if cue.number in asked else cue
            for cue, request in zip(cues, requests, strict=True)
        ]
        if text.strip() and not is_understood(text, settings.palettes):
            warnings.append(
                f"{', '.join(sorted(asked))}: no word of {text!r} is known; try moods (tense, sad), a key, a tempo, "
                "or a shape (builds, fades, steady)"
            )
    return replace(spotting, cues=tuple(cues))


def _written(brief: Brief, before: Brief) -> Brief:
    """Return a new brief that follows the arc, in the key that was planned where nothing speaks against it."""
    keys = parse_key(brief.key), parse_key(before.key)
    is_alike = keys[0] is not None and keys[1] is not None and keys[0].is_minor == keys[1].is_minor
    keeps_key = brief.is_key_open and is_alike and brief.palette_id == before.palette_id
    return replace(brief, key=before.key if keeps_key else brief.key, intensity=before.intensity, notes=before.notes)


def _settled(brief: Brief, before: Brief, edit: CueEdit, warnings: list[str]) -> Brief:
    """Return a brief in which what was asked for goes together."""
    if not edit.intensity:  # another style brings a drawn line with it; the arc is finer
        brief = replace(brief, intensity=before.intensity)
    if edit.tempo_range_bpm is None:
        return brief
    low, high = edit.tempo_range_bpm
    if edit.tempo_bpm is None:
        return replace(brief, tempo_bpm=min(max(brief.tempo_bpm, low), high))
    if not low <= edit.tempo_bpm <= high:
        warnings.append(
            f"{edit.number}: {edit.tempo_bpm:g} bpm lies outside of {low:g} to {high:g}, asked for as well: the range "
            "was widened"
        )
    return brief
