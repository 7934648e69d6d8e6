"""Keys, tempi, themes and moods in an editor's words."""

from __future__ import annotations

import re

from hitpoint.story.mood import mood_words

_KEY = re.compile(
    r"\b(?P<tonic>[A-Ha-h])(?P<accidental>\s?(?:#|♯|♭|b(?![\w])|-?\s?(?:sharp|flat|is|es)\b)|[#♯♭b])?[\s-]*"
    r"(?P<mode>major|minor|maj\b|min\b|dur|moll|dorian|phrygian|lydian|mixolydian|aeolian)",
    re.IGNORECASE,
)
_SHORT_MINOR = re.compile(r"(?<![\w])(?P<tonic>[A-G])(?P<accidental>[#♯♭b]?)m(?![\w])")
_TEMPO = re.compile(
    r"(?:(?<![\w.])(\d{2,3}(?:\.\d+)?)\s*bpm\b|\btempo\s*[:=]?\s*(\d{2,3}(?:\.\d+)?)\b|♩\s*=\s*(\d{2,3}))"
)
_SLOWER = re.compile(r"\b(slower|slow down|ritardando|rit\.?|broader)(?!\w)")
_FASTER = re.compile(r"\b(faster|speed up|accelerando|accel\.?|pick up)(?!\w)")
_THEME = re.compile(r"\b(?:theme|motif|leitmotif|thema|thème)\s*[:=]\s*([^,;\n!]+)", re.IGNORECASE)

_MODES = {"maj": "major", "dur": "major", "min": "minor", "moll": "minor", "aeolian": "minor"}


def key_in(text: str) -> str:
    """Return a key such as "D minor" or "E♭ major" found in a text; "" where there is none."""
    match = _KEY.search(text)
    if match:
        mode = match["mode"].casefold()
        mode = _MODES.get(mode, mode)
        tonic, accidental = match["tonic"].upper(), (match["accidental"] or "").strip().casefold().lstrip("- ")
        if tonic == "H":  # German: H is B, B is B flat; only H is unmistakable
            tonic = "B"
        sign = {"#": "♯", "♯": "♯", "sharp": "♯", "is": "♯", "♭": "♭", "b": "♭", "flat": "♭", "es": "♭"}.get(
            accidental, ""
        )
        return f"{tonic}{sign} {mode}"
    short = _SHORT_MINOR.search(text)
    if short:
        sign = {"#": "♯", "♯": "♯", "b": "♭", "♭": "♭"}.get(short["accidental"], "")
        return f"{short['tonic']}{sign} minor"
    return ""


def tempo_in(text: str) -> str:
    """Return "120 bpm", "slower" or "faster" found in a lower-case text; "" where there is none.

    Numbers outside 30..280 bpm are no tempo.
    """
    match = _TEMPO.search(text)
    if match:
        bpm = float(next(group for group in match.groups() if group))
        return f"{bpm:g} bpm" if 30 <= bpm <= 280 else ""
    return "slower" if _SLOWER.search(text) else "faster" if _FASTER.search(text) else ""


def theme_in(text: str) -> str:
    """Return the name after "theme:"; "" where there is none."""
    match = _THEME.search(text)
    return match[1].strip() if match else ""


def mood_words_in(text: str) -> list[str]:
    """Return the mood words of a text, as the lexicon writes them."""
    return mood_words(text)
