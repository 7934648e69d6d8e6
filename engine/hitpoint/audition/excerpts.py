"""Takes a scene out of a real cut: what `score` would understand of it becomes arc, hits and lines of the scene."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from hitpoint.audition.scene import ArcPoint, Scene, SceneHit
from hitpoint.audition.scenes import Excerpt
from hitpoint.model.errors import InputError
from hitpoint.model.progress import Progress, StepClock
from hitpoint.model.spotting import Cue, HitKind
from hitpoint.model.time import FrameRate
from hitpoint.resources import resources_folder
from hitpoint.spotting import read_project_file
from hitpoint.understanding import CutRequest, Understanding, understand

#: Where the shared folder of real films lies; beside the checkout where it is not set.
FIXTURES_VARIABLE = "HITPOINT_FIXTURES"


def fixtures_folder() -> Path:
    """Return the folder of real cuts that others made; it need not exist."""
    told = os.environ.get(FIXTURES_VARIABLE)
    return Path(told) if told else resources_folder().resolve().parents[1] / "shared" / "fixtures"


def missing_sentence(excerpt: Excerpt) -> str:
    """Return why an excerpt cannot be taken on this machine, or ""."""
    folder = _folder(excerpt)
    absent = [
        name for name in (excerpt.cut, excerpt.subtitles, excerpt.script) if name and not (folder / name).is_file()
    ]
    if not absent:
        return ""
    return f"{excerpt.id} is left out: there is no {absent[0]} in {folder}; set {FIXTURES_VARIABLE} to hear it"


def take_scene(excerpt: Excerpt, *, progress: Progress) -> Scene:
    """Understand the cut and return the stretch of it as a scene.

    Raises `InputError` where nothing is scored in that stretch, and whatever reading the cut raises.
    """
    folder = _folder(excerpt)
    known = understand(
        CutRequest(
            cut_path=folder / excerpt.cut,
            subtitles_path=folder / excerpt.subtitles if excerpt.subtitles else None,
            script_path=folder / excerpt.script if excerpt.script else None,
            brief_text=excerpt.brief,
            places="whole",
            eyes="none",  # a take must not depend on which models a machine has
        ),
        project=read_project_file(folder / "no-project.hitpoint.toml"),
        steps=StepClock(progress).step,
    )
    rate = known.cut.rate
    from_frame, to_frame = round(excerpt.from_s * rate.fps), round(excerpt.to_s * rate.fps)
    to_frame = min(to_frame, known.cut.duration_frames)
    cues = [c for c in known.spotting.cues if c.span.start_frame < to_frame and c.span.end_frame > from_frame]
    if to_frame <= from_frame or not cues:
        raise InputError(f"{excerpt.id}: {excerpt.cut} has no music between {excerpt.from_s:g} and {excerpt.to_s:g} s")
    from_s = float(from_frame * rate.frame_s)
    duration_s = float((to_frame - from_frame) * rate.frame_s)
    first, last = cues[0], cues[-1]
    return Scene(
        id=excerpt.id,
        title=excerpt.title,
        listen_for=excerpt.listen_for,
        rate=FrameRate(rate.numerator, rate.denominator),
        duration_s=duration_s,
        palettes=excerpt.palettes,
        arc=_arc(known, from_s, duration_s),
        hits=tuple(_hits(cues, from_frame, to_frame, rate)),
        dialogue_s=_dialogue(known, from_s, duration_s),
        entry=first.entry if first.span.start_frame >= from_frame else "downbeat",
        exit=last.exit if last.span.end_frame <= to_frame else "ring-out",
        function=excerpt.function,
        brief=excerpt.brief,
    )


def _folder(excerpt: Excerpt) -> Path:
    return resources_folder() if excerpt.folder == "resources" else fixtures_folder()


def _arc(known: Understanding, from_s: float, duration_s: float) -> tuple[ArcPoint, ...]:
    arc = known.story.arc
    return tuple(
        ArcPoint(
            at_s=float(at_s),
            valence=arc.at("valence", from_s + at_s),
            arousal=arc.at("arousal", from_s + at_s),
            tension=arc.at("tension", from_s + at_s),
        )
        for at_s in np.arange(0.0, duration_s, arc.hop_s)
    )


def _hits(cues: list[Cue], from_frame: int, to_frame: int, rate: FrameRate) -> list[SceneHit]:
    return [
        SceneHit(
            at_s=float((hit.frame - from_frame) * rate.frame_s),
            kind=hit.kind,
            weight=hit.weight,
            label=hit.label,
            is_hard=hit.is_hard,
            tolerance_frames=hit.tolerance_frames,
        )
        for cue in cues
        for hit in cue.hits
        if from_frame <= hit.frame < to_frame and hit.kind not in (HitKind.START, HitKind.OUT)
    ]


def _dialogue(known: Understanding, from_s: float, duration_s: float) -> tuple[tuple[float, float], ...]:
    spans = ((max(0.0, start - from_s), min(duration_s, end - from_s)) for start, end in known.speech_s)
    return tuple((start, end) for start, end in spans if end > start)
