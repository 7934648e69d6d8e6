"""The built-in writer: palette, tempo and key as `write_brief` finds them; function, mood and a line from the arc."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.errors import SettingError
from hitpoint.model.spotting import Brief
from hitpoint.resources import load_toml, resources_folder
from hitpoint.spotting.brief import write_brief
from hitpoint.spotting.brief_writer.request import BriefRequest

#: A cue shorter than this comments on one moment.
_STING_S = 8.0
#: A title is at an edge of the cut, this close to it, without much speech, and not the whole film.
_EDGE_S, _TITLE_SPEECH, _TITLE_SHARE = 1.0, 0.15, 0.6
#: From this share of speech on the music lies under a conversation.
_UNDER_SPEECH = 0.35
_CHASE_AROUSAL, _CHASE_TENSION = 0.3, 0.4
_SUSPENSE_TENSION = 0.5
#: Music over pictures: hardly a word, and a cut at least this often.
_MONTAGE_SPEECH, _MONTAGE_SHOT_S = 0.1, 4.0
#: How far the last third must differ from the first to be told.
_TELLING_CHANGE = 0.2
#: Intensity: the arc's arousal and tension, smoothed over this long, drawn with no more points than this.
_TENSION_SHARE, _SMOOTH_S = 0.35, 3.0
_MOST_POINTS, _POINT_ERROR = 9, 0.03

Curve = NDArray[np.float64]


class BuiltinWriter:
    """Needs nothing and says nothing; the same request gives the same brief."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """None: the built-in writer has no surprises."""
        return ()

    def write(self, request: BriefRequest) -> Brief:
        """Return the brief that the scene, the editor's directions and the user's words ask for."""
        plain = write_brief(
            style=request.style,
            brief_text=request.brief_text,
            opening=request.opening,
            arc=request.arc,
            start_s=request.start_s,
            end_s=request.end_s,
            palettes=request.palettes,
            number=request.number,
            reaches_its_goal=request.reaches_its_goal,
        )
        return replace(
            plain,
            function=function_of(request),
            mood=mood_sentence(request),
            intensity=intensity_points(request),
            notes=" ".join(text for text in (plain.notes, request.setting and f"Seen: {request.setting}.") if text),
        )


def function_of(request: BriefRequest) -> str:
    """Return what the cue is for, one of `CUE_FUNCTIONS`, from its length, place, speech, cuts and the arc."""
    arousal, tension = _mean(request, "arousal"), _mean(request, "tension")
    speech = request.speech_share
    is_part = request.duration_s < _TITLE_SHARE * request.cut_duration_s
    if request.duration_s < _STING_S:
        return "sting"
    if is_part and speech < _TITLE_SPEECH and request.start_s < _EDGE_S:
        return "main title"
    if is_part and speech < _TITLE_SPEECH and request.cut_duration_s - request.end_s < _EDGE_S:
        return "end title"
    if speech > _UNDER_SPEECH:
        return "underscore"
    if arousal > _CHASE_AROUSAL and tension > _CHASE_TENSION:
        return "chase"
    if tension > _SUSPENSE_TENSION:
        return "suspense"
    if speech < _MONTAGE_SPEECH and request.cuts and request.duration_s / request.cuts < _MONTAGE_SHOT_S:
        return "montage"
    return "underscore"


def mood_sentence(request: BriefRequest) -> str:
    """Return the scene's feeling in words, and where it goes: "dark and tense, more and more agitated"."""
    moods, movement = _words()
    felt = tuple(_mean(request, curve) for curve in ("valence", "arousal", "tension"))
    sentence = min(moods, key=lambda row: math.dist(row[0], felt))[1]
    change = {curve: _third(request, curve, 2) - _third(request, curve, 0) for curve in ("valence", "arousal")}
    curve = max(change, key=lambda name: abs(change[name]))
    if abs(change[curve]) < _TELLING_CHANGE:
        return sentence
    name = {"arousal": ("falls", "rises"), "valence": ("darkens", "brightens")}[curve][change[curve] > 0]
    return f"{sentence}, {movement[name]}"


def intensity_points(request: BriefRequest) -> tuple[tuple[float, float], ...]:
    """Return the arc over the cue as few points (share 0..1, level 0..1), both to a hundredth.

    Points are added where the line through those so far is farthest from the curve.
    """
    rows = max(3, math.ceil(request.duration_s / request.arc.hop_s) + 1)
    seconds = np.linspace(request.start_s, request.end_s, rows)
    hops_s = np.arange(len(request.arc.arousal)) * request.arc.hop_s
    arousal = (np.interp(seconds, hops_s, request.arc.arousal) + 1.0) / 2.0
    tension = np.interp(seconds, hops_s, request.arc.tension)
    curve = _smoothed((1.0 - _TENSION_SHARE) * arousal + _TENSION_SHARE * tension, request.arc.hop_s)
    shares = np.linspace(0.0, 1.0, rows)
    chosen = [0, rows - 1]
    while len(chosen) < _MOST_POINTS:
        error = np.abs(np.interp(shares, shares[chosen], curve[chosen]) - curve)
        if error.max() < _POINT_ERROR:
            break
        chosen = sorted({*chosen, int(error.argmax())})
    points = {round(float(shares[row]), 2): round(float(np.clip(curve[row], 0.0, 1.0)), 2) for row in chosen}
    return tuple(sorted(points.items()))


def _smoothed(curve: Curve, hop_s: float) -> Curve:
    """Return the mean over `_SMOOTH_S` around each row, ends held."""
    reach = min(round(_SMOOTH_S / hop_s / 2), len(curve) - 1)
    if reach == 0:
        return curve
    kernel = np.ones(2 * reach + 1) / (2 * reach + 1)
    return np.convolve(np.pad(curve, reach, mode="edge"), kernel, mode="valid")


def _mean(request: BriefRequest, curve: str) -> float:
    return _over(request, curve, request.start_s, request.end_s)


def _third(request: BriefRequest, curve: str, which: int) -> float:
    third_s = request.duration_s / 3
    return _over(request, curve, request.start_s + which * third_s, request.start_s + (which + 1) * third_s)


def _over(request: BriefRequest, curve: str, start_s: float, end_s: float) -> float:
    """Return the mean of a curve of the arc between two record seconds."""
    hop_s, values = request.arc.hop_s, getattr(request.arc, curve)
    first = min(int(start_s / hop_s), len(values) - 1)
    return float(np.mean(values[first : max(first + 1, math.ceil(end_s / hop_s))]))


@cache
def _words() -> tuple[tuple[tuple[tuple[float, float, float], str], ...], dict[str, str]]:
    """Return the moods as (valence, arousal, tension) and words, and the words of movement."""
    path = resources_folder() / "spotting_words.toml"
    table: dict[str, Any] = load_toml(path)
    try:
        moods = []
        for row in table["mood"]:
            valence, arousal, tension = (float(value) for value in row["at"])
            moods.append(((valence, arousal, tension), str(row["words"])))
        return tuple(moods), {name: str(table["movement"][name]) for name in ("rises", "falls", "brightens", "darkens")}
    except (KeyError, TypeError, ValueError) as error:
        raise SettingError(f"{path}: a line is missing or has the wrong form ({error}); reinstall Hitpoint") from error
