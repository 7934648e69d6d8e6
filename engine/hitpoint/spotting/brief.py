"""The brief of a cue: palette, tempo, key, shape, from what was asked for, marked, and felt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.music import Palette
from hitpoint.model.spotting import Brief, Direction
from hitpoint.model.story import EmotionArc
from hitpoint.spotting.words import key_in, mood_words_in, tempo_in, theme_in
from hitpoint.story.arc import brief_shape
from hitpoint.story.mood import mood_of, words_of


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
    cue_index: int,
) -> Brief:
    """Return the brief of one cue.

    `opening` are the directions in force at its first frame, the latest of each kind. What a marker says counts
    before the brief's text, and that before the arc.
    """
    check_style(style, palettes)
    said = {direction.kind: direction.value for direction in opening}
    text = f"{said.get('mood', '')} {brief_text}".strip()
    hops = slice(int(start_s / arc.hop_s), max(int(start_s / arc.hop_s) + 1, math.ceil(end_s / arc.hop_s)))
    valence, arousal = float(np.mean(arc.valence[hops])), float(np.mean(arc.arousal[hops]))
    palette = palettes[style] if style else _palette_for(text, valence, arousal, palettes)
    low, high = palette.tempo_range_bpm
    tempo_bpm = low + (high - low) * (0.5 + 0.5 * arousal)
    asked = tempo_in(said.get("tempo", "")) or tempo_in(brief_text.casefold())
    if asked.endswith("bpm"):
        tempo_bpm = float(asked.split()[0])
        low, high = min(low, tempo_bpm * 0.94), max(high, tempo_bpm * 1.06)
    elif asked:
        tempo_bpm = max(low, tempo_bpm * 0.88) if asked == "slower" else min(high, tempo_bpm * 1.12)
    return Brief(
        palette_id=palette.id,
        tempo_range_bpm=(low, high),
        tempo_bpm=round(tempo_bpm, 2),
        key=said.get("key") or key_in(brief_text) or palette.tonics[cue_index % len(palette.tonics)],
        words=tuple(dict.fromkeys(mood_words_in(text))),
        shape=brief_shape(brief_text),
        theme=said.get("theme", "") or theme_in(brief_text),
        text=brief_text,
    )


def _palette_for(text: str, valence: float, arousal: float, palettes: Mapping[str, Palette]) -> Palette:
    """Return the palette whose own words are asked for most, else the nearest in valence and arousal."""
    words = set(words_of(text))
    mood = mood_of(text)
    if mood:
        valence, arousal = mood.valence, 0.5 * (mood.arousal + arousal)

    def rating(palette: Palette) -> tuple[int, float]:
        distance = math.hypot(palette.valence - valence, palette.arousal - arousal)
        return len(words & set(palette.words)), -distance

    return max((palettes[name] for name in sorted(palettes)), key=rating)
