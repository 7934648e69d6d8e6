"""What is taken from a reference track into the briefs: only what nobody asked for otherwise, and all of it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hitpoint.model.music import Palette
from hitpoint.model.spotting import Brief, Cue
from hitpoint.model.time import FrameRate
from hitpoint.reference.originality import Reference
from hitpoint.story.marker_table import normalise
from hitpoint.story.words import key_in, tempo_in

#: The palette's tempo range is left by this much at most.
_TEMPO_REACH = 0.15
#: The reference's dynamics are taken for a cue of nearly its length: it was laid there.
_SAME_LENGTH = 0.2


def steer(
    cues: tuple[Cue, ...], reference: Reference, *, palettes: Mapping[str, Palette], rate: FrameRate
) -> tuple[tuple[Cue, ...], tuple[str, ...]]:
    """Return the cues with tempo, key and dynamics of the reference, and a sentence for each thing taken or not."""
    told = [f"from {reference.name}: style {cues[0].brief.palette_id!r} (nearest is {reference.palette_id!r})"]
    tempo_bpm = reference.style.tempo_bpm
    steered = []
    for cue in cues:
        brief, seconds = cue.brief, float(cue.span.duration_frames * rate.frame_s)
        said = {direction.kind for direction in cue.directions}
        if tempo_bpm and not tempo_in(normalise(brief.text)) and "tempo" not in said:
            brief = _with_tempo(brief, tempo_bpm, palettes[brief.palette_id])
            told.append(f"{cue.number}: tempo {brief.tempo_bpm:g} bpm (heard: {tempo_bpm:g})")
        if reference.style.key and brief.is_key_open and not key_in(brief.text) and "key" not in said:
            brief = replace(brief, key=reference.style.key, is_key_open=False)
            told.append(f"{cue.number}: key {brief.key}")
        is_as_long = abs(seconds - reference.style.duration_s) <= _SAME_LENGTH * reference.style.duration_s
        if is_as_long and not brief.intensity and not brief.shape:
            brief = replace(brief, intensity=reference.style.dynamics)
            told.append(f"{cue.number}: its dynamics")
        steered.append(replace(cue, brief=brief))
    if not tempo_bpm:
        told.append(f"no clear pulse was heard in {reference.name}; the tempo is the scene's own")
    return tuple(steered), tuple(dict.fromkeys(told))


def _with_tempo(brief: Brief, heard_bpm: float, palette: Palette) -> Brief:
    """Return the brief at the heard tempo, or half or twice of it, whichever suits the palette best."""
    low, high = palette.tempo_range_bpm
    middle = (low * high) ** 0.5
    octaves = [heard_bpm * factor for factor in (0.5, 1.0, 2.0)]
    tempo_bpm = min(octaves, key=lambda bpm: max(bpm / middle, middle / bpm))
    tempo_bpm = round(min(max(tempo_bpm, low * (1 - _TEMPO_REACH)), high * (1 + _TEMPO_REACH)), 2)
    return replace(
        brief, tempo_bpm=tempo_bpm, tempo_range_bpm=(min(low, tempo_bpm * 0.94), max(high, tempo_bpm * 1.06))
    )
