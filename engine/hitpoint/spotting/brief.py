"""The brief of a cue: palette, tempo, key, shape, from what was asked for, marked, and felt."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from hitpoint.means import means_for
from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.music import Palette
from hitpoint.model.spotting import Brief, Direction
from hitpoint.model.story import EmotionArc
from hitpoint.story.marker_table import normalise
from hitpoint.story.mood import known_word, mood_of, mood_words, words_of
from hitpoint.story.shape import brief_shape
from hitpoint.story.words import key_in, tempo_in, theme_in

#: Mode (`Means`) from which a scene asks for one of a palette's keys of that mode, and from which on for one that the
#: palette does not list: the relative of its own.
_CLEAR_MODE, _SURE_MODE = 0.2, 0.5
#: The paces of strong feelings (`Means`) reach the ends of a palette's tempo range.
_TEMPO_REACH = 1.3
_FIFTHS = tuple(f"{name}{sign}" for sign in ("♭", "", "♯") for name in "FCGDAEB")


def check_style(style: str | None, palettes: Mapping[str, Palette]) -> None:
    """Raise `SettingError` with the nearest name for a style that does not exist."""
    if style is not None and style not in palettes:
        raise SettingError(f"no style {style!r}; {did_you_mean(style, palettes)}")


def write_brief(
    *,
    style: str | None,
    brief_text: str,
    opening: Sequence[Direction],
    arc: EmotionArc,
    start_s: float,
    end_s: float,
    palettes: Mapping[str, Palette],
    number: str,
    reaches_its_goal: bool,
) -> Brief:
    """Return the brief of one cue.

    `opening` are the directions in force at its first frame, the latest of each kind. What a marker says counts
    before the brief's text, and that before the arc. `reaches_its_goal`: the brief "builds to" something inside the
    cue; the arc has that climax, and the shape is left to it. The key follows the cue's `number`, so that an inserted
    cue changes no other's.
    """
    said = {direction.kind: direction.value for direction in opening}
    words = said.get("mood", ""), brief_text
    hops = slice(int(start_s / arc.hop_s), max(int(start_s / arc.hop_s) + 1, math.ceil(end_s / arc.hop_s)))
    valence, arousal, tension = (float(np.mean(curve[hops])) for curve in (arc.valence, arc.arousal, arc.tension))
    means = means_for(valence, arousal, tension)
    palette = palettes[style] if style else _palette_for(words, valence, arousal, palettes)
    low, high = palette.tempo_range_bpm
    tempo_bpm = low + (high - low) * min(max(0.5 + _TEMPO_REACH * (means.pace - 0.5), 0.0), 1.0)
    asked = said.get("tempo", "") or tempo_in(normalise(brief_text))
    if asked.endswith("bpm"):
        tempo_bpm = float(asked.split()[0])
        low, high = min(low, tempo_bpm * 0.94), max(high, tempo_bpm * 1.06)
    elif asked:
        tempo_bpm = max(low, tempo_bpm * 0.88) if asked == "slower" else min(high, tempo_bpm * 1.12)
    return Brief(
        palette_id=palette.id,
        tempo_range_bpm=(low, high),
        tempo_bpm=round(tempo_bpm, 2),
        key=said.get("key") or key_in(brief_text) or _tonic(palette, number, means.mode),
        words=tuple(dict.fromkeys(mood_words(" ".join(words)))),
        shape="" if reaches_its_goal else brief_shape(brief_text),
        theme=said.get("theme", "") or theme_in(brief_text),
        text=brief_text,
        is_key_open=not (said.get("key") or key_in(brief_text)),
    )


def _tonic(palette: Palette, number: str, mode: float) -> str:
    """Return a key of the palette in the mode that the scene asks for, -1 (minor) .. 1 (major)."""
    wanted = "major" if mode > _CLEAR_MODE else "minor" if mode < -_CLEAR_MODE else ""
    tonics = [tonic for tonic in palette.tonics if tonic.endswith(wanted)]
    if not tonics and abs(mode) > _SURE_MODE:
        tonics = [relative_key(tonic) for tonic in palette.tonics]
    tonics = tonics or list(palette.tonics)
    return tonics[_place(number) % len(tonics)]


def relative_key(key: str) -> str:
    """Return the key with the same notes in the other mode, "B minor" for "D major"; the key itself where none has."""
    tonic, _, mode = key.partition(" ")
    steps = {"minor": -3, "major": 3}.get(mode)
    if steps is None or tonic not in _FIFTHS or not 0 <= (place := _FIFTHS.index(tonic) + steps) < len(_FIFTHS):
        return key
    return f"{_FIFTHS[place]} {'major' if mode == 'minor' else 'minor'}"


def is_understood(brief_text: str, palettes: Mapping[str, Palette]) -> bool:
    """Return whether a brief says anything that changes the music."""
    of_palettes = {word for palette in palettes.values() for word in _words_of_palette(palette)}
    return bool(
        _asked_words(brief_text) & of_palettes
        or mood_of(brief_text)
        or brief_shape(brief_text)
        or key_in(brief_text)
        or tempo_in(normalise(brief_text))
        or theme_in(brief_text)
    )


def _palette_for(texts: Sequence[str], valence: float, arousal: float, palettes: Mapping[str, Palette]) -> Palette:
    """Return the palette whose own words are asked for most, else the nearest in valence and arousal.

    `texts` are the marker's words and the brief's: the first that says anything counts before the second.
    """
    mood = next((mood for text in texts if (mood := mood_of(text))), None)
    if mood:
        valence, arousal = mood.valence, 0.5 * (mood.arousal + arousal)

    def rating(palette: Palette) -> tuple[float, ...]:
        distance = math.hypot(palette.valence - valence, palette.arousal - arousal)
        return (*(len(_asked_words(text) & _words_of_palette(palette)) for text in texts), -distance)

    return max((palettes[name] for name in sorted(palettes)), key=rating)


def _asked_words(text: str) -> set[str]:
    """Return the words of a text as the lexicon writes them, without those that are negated."""
    return set(mood_words(text)) | {word for word in words_of(text) if not known_word(word)}


def _words_of_palette(palette: Palette) -> set[str]:
    return {known_word(word) or word for word in (*palette.words, *palette.id.split("-"))}


def _place(number: str) -> int:
    """Return 0 for 1m1, 1 for 1m2 and for 1m1a, and so on."""
    digits = re.search(r"\d+(?=[a-z]*$)", number)
    return (int(digits[0]) - 1 if digits else 0) + len(number) - len(number.rstrip("abcdefghijklmnopqrstuvwxyz"))
