"""What is known about a cut, as the search for places of music wants it."""

from __future__ import annotations

import numpy as np

from hitpoint.model.cut import Cut
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import frames_to_seconds
from hitpoint.perception import Perception
from hitpoint.spotting.music_places import STEP_S, Curve, Scenery, at_steps, whole_steps
from hitpoint.story.read_story import Story

#: Music in the cut's sound is a song of the scene if it is as loud as dialogue; softer, it may be a room's hum.
_SONG_DB = -35.0
#: A temp track lies under nearly everything; a song does not.
_TEMP_SHARE = 0.8


def scenery_of(cut: Cut, arc: EmotionArc, story: Story) -> Scenery:
    """Return the scenery of a cut: speech from its subtitles, or from its sound where it has none.

    Whether it is outdoors says the screenplay; where it does not, what eyes recognised.
    """
    duration_s = float(cut.duration_s)
    n = whole_steps(duration_s)
    perception = story.perception
    cuts_s = (
        perception.picture.cuts_s
        if perception is not None
        else np.array([float(frames_to_seconds(frame, cut.rate)) for frame in cut.cut_frames])
    )
    exterior = np.full(n, np.nan)
    changes = []
    if story.placement is not None:
        before = None
        for placed in story.placement.scenes:
            rows = slice(int(placed.start_s / STEP_S), int(np.ceil(placed.end_s / STEP_S)))
            if placed.scene.interior:
                exterior[rows] = {"EXT": 1.0, "INT": 0.0}.get(placed.scene.interior, 0.5)
            if before is not None:
                weight = 1.0 if before.place != placed.scene.place else 0.4
                changes.append((placed.start_s, weight * max(0.4, placed.confidence), placed.scene.place.lower()))
            before = placed.scene
    return Scenery(
        duration_s=duration_s,
        valence=at_steps(arc.valence, arc.hop_s, duration_s),
        arousal=at_steps(arc.arousal, arc.hop_s, duration_s),
        speech=_speech(cut, perception, n),
        source_music=_songs(perception, n, duration_s),
        exterior=_recognised(exterior, perception),
        cuts_s=np.asarray(cuts_s, np.float64),
        changes=tuple(changes),
        line_ends_s=np.unique([float(line.end_s) for line in cut.subtitles]),
    )


def _recognised(exterior: Curve, perception: Perception | None) -> Curve:
    """Return how surely it is outdoors, with what the screenplay leaves open taken from the picture."""
    sight = perception.sight if perception is not None else None
    if sight is None or not sight.known.any():
        return exterior
    seen = at_steps(np.where(sight.known, sight.exterior, 0.5), sight.hop_s, len(exterior) * STEP_S)
    return np.where(np.isnan(exterior), seen, exterior)


def _speech(cut: Cut, perception: Perception | None, n: int) -> Curve:
    speech = np.zeros(n)
    for line in cut.subtitles:
        first, last = int(float(line.start_s) / STEP_S), int(np.ceil(float(line.end_s) / STEP_S))
        speech[max(0, first) : last] = 1.0
    if not cut.subtitles:
        if perception is None or not perception.sound.known.any():
            return np.full(n, np.nan)
        return at_steps(np.nan_to_num(perception.sound.speech), perception.sound.hop_s, n * STEP_S)
    return speech


def _songs(perception: Perception | None, n: int, duration_s: float) -> Curve:
    """Return where music of the scene plays. Music under nearly all of the cut is a temp track, which ours replaces."""
    songs = np.zeros(n)
    if perception is None:
        return songs
    heard = perception.heard_music
    if sum(music.end_s - music.start_s for music in heard) > _TEMP_SHARE * duration_s:
        return songs
    for music in heard:
        if music.loudness_db >= _SONG_DB:
            songs[int(music.start_s / STEP_S) : int(np.ceil(music.end_s / STEP_S))] = 1.0
    return songs
