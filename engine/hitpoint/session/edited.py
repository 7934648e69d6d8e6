"""Edits laid over a cut's markers and over its spotting: the little that a session needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from hitpoint.model.cut import Cut, Marker
from hitpoint.model.edits import CueEdit, Edits, MarkerEdit
from hitpoint.model.errors import InputError
from hitpoint.model.spotting import Brief, Cue, Spotting
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import frames_to_seconds

_POINTS = 41


def edit_markers(cut: Cut, edits: Edits) -> Cut:
    """Return a cut with its markers as the editor wants them; edits of markers that are gone change nothing."""
    by_id = {edit.marker_id: edit for edit in edits.markers}
    known = {marker.id for marker in cut.markers}
    markers = [_edited(marker, by_id.get(marker.id)) for marker in cut.markers if marker.id not in edits.removed] + [
        _added(by_id[marker_id]) for marker_id in sorted(edits.added) if marker_id not in known
    ]
    for marker in markers:
        if marker.frame >= cut.duration_frames:
            raise InputError(
                f"marker {marker.name or marker.id!r} would lie at {cut.timecode(marker.frame)}, after the cut's end; "
                "move it back"
            )
    return replace(cut, markers=tuple(sorted(markers, key=lambda marker: (marker.frame, marker.id))))


def edit_spotting(spotting: Spotting, edits: Edits, *, cut: Cut, arc: EmotionArc) -> Spotting:
    """Return cues and hits as the editor wants them; raises `InputError` where no music is left."""
    kinds = {edit.marker_id: edit for edit in edits.markers}
    wanted = {edit.number: edit for edit in edits.cues}
    cues = []
    for cue in spotting.cues:
        edit = wanted.get(cue.number)
        if edit is not None and not edit.has_music:
            continue
        hits = tuple(
            replace(
                hit,
                kind=kinds[hit.marker_id].kind or hit.kind,
                weight=hit.weight if kinds[hit.marker_id].weight is None else kinds[hit.marker_id].weight or 0.0,
            )
            if hit.marker_id in kinds
            else hit
            for hit in cue.hits
        )
        cues.append(replace(cue, hits=hits, brief=_brief(cue, edit, cut, arc) if edit else cue.brief))
    if not cues:
        raise InputError("no cue is left to have music; give at least one its music back")
    return replace(spotting, cues=tuple(cues))


def _edited(marker: Marker, edit: MarkerEdit | None) -> Marker:
    if edit is None:
        return marker
    given = {
        name: value
        for name in ("frame", "name", "note", "color", "duration_frames")
        if (value := getattr(edit, name)) is not None
    }
    return replace(marker, **given)


def _added(edit: MarkerEdit) -> Marker:
    return Marker(
        id=edit.marker_id,
        frame=edit.frame or 0,
        duration_frames=edit.duration_frames or 1,
        name=edit.name if edit.name is not None else "HIT",
        note=edit.note or "",
        color=edit.color or "",
    )


def _brief(cue: Cue, edit: CueEdit, cut: Cut, arc: EmotionArc) -> Brief:
    brief = cue.brief
    if edit.style is not None:
        brief = replace(brief, palette_id=edit.style)
    if edit.tempo_range_bpm is not None:
        low, high = sorted(edit.tempo_range_bpm)
        brief = replace(brief, tempo_range_bpm=(low, high), tempo_bpm=min(high, max(low, brief.tempo_bpm)))
    if edit.tempo_bpm is not None:
        low, high = brief.tempo_range_bpm
        bpm = edit.tempo_bpm
        brief = replace(brief, tempo_bpm=bpm, tempo_range_bpm=(min(low, bpm), max(high, bpm)))
    if edit.key is not None:
        brief = replace(brief, key=edit.key, is_key_open=False)
    if edit.instruments is not None:
        brief = replace(brief, instruments=edit.instruments, avoid=tuple(set(brief.avoid) - set(edit.instruments)))
    if edit.avoid is not None:
        brief = replace(brief, avoid=edit.avoid, instruments=tuple(set(brief.instruments) - set(edit.avoid)))
    if edit.theme is not None:
        brief = replace(brief, theme=edit.theme)
    if edit.text is not None:
        brief = replace(brief, text=edit.text)
    if edit.intensity or edit.emphasis:
        brief = replace(brief, intensity=_intensity(cue, edit, cut, arc))
    return brief


def _intensity(cue: Cue, edit: CueEdit, cut: Cut, arc: EmotionArc) -> tuple[tuple[float, float], ...]:
    """Return the drawn line, or the arc's, with what is to be more or less added over its frames."""
    shares = np.linspace(0.0, 1.0, _POINTS)
    start, frames = cue.span.start_frame, cue.span.duration_frames
    if edit.intensity:
        levels = np.interp(shares, [share for share, _ in edit.intensity], [level for _, level in edit.intensity])
    else:
        seconds = [float(frames_to_seconds(round(start + share * frames), cut.rate)) for share in shares]
        hops = np.arange(len(arc.arousal)) * arc.hop_s
        levels = (np.interp(seconds, hops, arc.arousal) + 1.0) / 2.0
    for first, last, amount in edit.emphasis:
        inside = (start + shares * frames >= first) & (start + shares * frames < last)
        levels = np.where(inside, levels + 0.5 * amount, levels)
    return tuple((float(share), float(level)) for share, level in zip(shares, np.clip(levels, 0.0, 1.0), strict=True))


def compare_looks(before: Cut, after: Cut, cues_before: tuple[Cue, ...], cues: tuple[Cue, ...]) -> dict[str, Any]:
    """Return the `changes` of a look (docs/service.md) against the look before."""
    old, new = ({marker.id: marker for marker in cut.markers} for cut in (before, after))
    moved = [(old[key], new[key]) for key in new if key in old and old[key].frame != new[key].frame]
    added = [new[key] for key in new if key not in old]
    removed = [old[key] for key in old if key not in new]
    is_recut = [(s.span, s.media) for s in before.shots] != [(s.span, s.media) for s in after.shots]
    sentences = [f"{m.name or m.id} moved by {m.frame - was.frame:+d} frames" for was, m in moved]
    sentences += [f"{m.name or m.id} is new at {after.timecode(m.frame)}" for m in added]
    sentences += [f"{m.name or m.id} is gone from {before.timecode(m.frame)}" for m in removed]
    sentences += ["the picture was cut again"] if is_recut else []
    known = {cue.number: cue for cue in cues_before}
    untouched = [
        cue.number for cue in cues if (was := known.get(cue.number)) is not None and _relative(was) == _relative(cue)
    ]
    return {
        "sentences": sentences,
        "moved_markers": [{"id": m.id, "from_frame": was.frame, "to_frame": m.frame} for was, m in moved],
        "added_markers": [{"id": m.id, "frame": m.frame} for m in added],
        "removed_markers": [{"id": m.id, "frame": m.frame} for m in removed],
        "shots": [],
        "untouched_cues": untouched,
        "touched_cues": [cue.number for cue in cues if cue.number not in untouched],
    }


def _relative(cue: Cue) -> tuple[Any, ...]:
    """Return a cue as it is from its own start on."""
    start = cue.span.start_frame
    hits = tuple((hit.id, hit.frame - start, hit.kind, hit.weight) for hit in cue.hits)
    return cue.span.duration_frames, hits, cue.brief
