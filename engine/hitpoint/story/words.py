"""Keys, tempi and themes in an editor's or a director's words."""

from __future__ import annotations

import re
import unicodedata

#: What a direction may ask for, quarter notes per minute.
TEMPO_RANGE_BPM = (30.0, 280.0)

_MODE = (
    r"(?:major|minor|maj|min|dur|moll|majeur|mineur|mayor|menor|dorian|phrygian|lydian|mixolydian|aeolian|locrian)\b"
)
_KEY = re.compile(
    rf"(?<![\w'’])(?P<tonic>[A-H])(?P<sign>s(?=[\s-]*(?:dur|moll)\b)|\s?[#♯♭]|[\s-]?(?:sharp|flat|is|es)\b|b(?!\w))?"
    rf"[\s-]*(?P<mode>{_MODE})",
    re.IGNORECASE,
)
_SHORT_MINOR = re.compile(r"(?<![\w'’])(?P<tonic>[A-G])(?P<sign>[#♯♭b]?)m(?![\w'’])")
_SOLFEGE = re.compile(
    r"(?<![\w'’])(?P<tonic>do|ut|r[eé]|mi|fa|sol|la|si)(?P<sign>\s+(?:b[eé]mol|di[eè]se|sostenido))?\s+"
    r"(?P<mode>majeur|mineur|mayor|menor)",
    re.IGNORECASE,
)
#: "a major accident" and "Am Anfang" are words: A counts as a key where nothing follows or a key was announced.
_ENDS_HERE = re.compile(r"\s*(?:$|[.,;:!?)/|–—-]|\d|(?:from|here|now|again|bpm|and)\b)", re.IGNORECASE)
_ANNOUNCED = re.compile(r"(?:\b(?:key|key of|tonart)|[:=])\s*$", re.IGNORECASE)
_INTRODUCED = re.compile(r"\b(?:in|to|into)\s+$", re.IGNORECASE)

_TEMPO = re.compile(
    r"(?<![\w.])(?P<before>\d{1,4}(?:\.\d+)?)\s*bpm\b|\btempo\s*[:=]?\s*(?P<after>\d{1,4}(?:\.\d+)?)\b"
    r"|[♩♪]\s*=\s*(?P<note>\d{1,4})"
)
_SLOWER = re.compile(r"(?<!\w)(?:slower|slow down|ritardando|rit\.?|broader|langsamer|plus lent|mas lento)(?!\w)")
_FASTER = re.compile(r"(?<!\w)(?:faster|speed up|accelerando|accel\.?|schneller|plus vite|mas rapido)(?!\w)")
_THEME = re.compile(
    r"\b(?:theme|motif|leitmotif|leitmotiv|thema|th[eè]me|tema)\s*[:=]\s*(?P<name>[^,;.\n!()]+)"
    r"|\b(?P<owner>[^\W\d_]+)['’]s\s+(?:theme|motif)\b",
    re.IGNORECASE,
)

_MODES = {
    "maj": "major", "dur": "major", "majeur": "major", "mayor": "major",
    "min": "minor", "moll": "minor", "mineur": "minor", "menor": "minor", "aeolian": "minor",
}  # fmt: skip
_SIGNS = {
    "#": "♯", "♯": "♯", "sharp": "♯", "is": "♯", "dièse": "♯", "diese": "♯", "sostenido": "♯",
    "♭": "♭", "b": "♭", "flat": "♭", "es": "♭", "s": "♭", "bémol": "♭", "bemol": "♭",
}  # fmt: skip
_SYLLABLES = {"do": "C", "ut": "C", "re": "D", "ré": "D", "mi": "E", "fa": "F", "sol": "G", "la": "A", "si": "B"}


def key_in(text: str) -> str:
    """Return a key such as "D minor" or "E♭ major" found in a text; "" where there is none.

    English ("Eb major", "F#m"), German ("Es-Dur", "h-Moll": there H is B, and B is B flat), French and Spanish
    ("ré mineur", "si bemol mayor"), and the church modes.
    """
    text = unicodedata.normalize("NFC", text)  # NFKC would turn ♯ and superscripts into other signs
    for match in _KEY.finditer(text):
        mode, tonic, sign = match["mode"].casefold(), match["tonic"].upper(), _sign(match["sign"])
        if tonic == "A" and not sign and not _is_key_of_a(text, match):
            continue
        if tonic == "H" and mode not in ("dur", "moll"):
            continue
        if mode in ("dur", "moll") and tonic in "BH":
            tonic, sign = "B", sign or ("♭" if tonic == "B" else "")
        return f"{tonic}{sign} {_MODES.get(mode, mode)}"
    for match in _SHORT_MINOR.finditer(text):
        sign = _sign(match["sign"])
        if match["tonic"] != "A" or sign or _is_key_of_a(text, match):
            return f"{match['tonic']}{sign} minor"
    sung = _SOLFEGE.search(text)
    if sung:
        return f"{_SYLLABLES[sung['tonic'].casefold()]}{_sign(sung['sign'])} {_MODES[sung['mode'].casefold()]}"
    return ""


def tempo_in(text: str) -> str:
    """Return "120 bpm", "slower" or "faster" found in a normalised text; "" where there is none.

    A number outside `TEMPO_RANGE_BPM` is no tempo; `impossible_tempo_in` finds it.
    """
    bpm = _bpm_in(text)
    if bpm is not None:
        return f"{bpm:g} bpm" if TEMPO_RANGE_BPM[0] <= bpm <= TEMPO_RANGE_BPM[1] else ""
    return "slower" if _SLOWER.search(text) else "faster" if _FASTER.search(text) else ""


def impossible_tempo_in(text: str) -> str:
    """Return "500 bpm" where a normalised text asks for a tempo outside `TEMPO_RANGE_BPM`; "" otherwise."""
    bpm = _bpm_in(text)
    return "" if bpm is None or TEMPO_RANGE_BPM[0] <= bpm <= TEMPO_RANGE_BPM[1] else f"{bpm:g} bpm"


def theme_in(text: str) -> str:
    """Return the name after "theme:", or the owner in "Anna's theme"; "" where there is none."""
    match = _THEME.search(text)
    return (match["name"] or match["owner"]).strip() if match else ""


def without_theme(text: str) -> str:
    """Return a text without the words that name a theme."""
    return _THEME.sub(" ", text)


def _bpm_in(text: str) -> float | None:
    match = _TEMPO.search(text)
    return float(match["before"] or match["after"] or match["note"]) if match else None


def _sign(text: str | None) -> str:
    return _SIGNS.get((text or "").strip(" -").casefold(), "")


def _is_key_of_a(text: str, match: re.Match[str]) -> bool:
    if _ENDS_HERE.match(text, match.end()):
        return True
    before = text[: match.start()]
    return bool(_ANNOUNCED.search(before) or (match["tonic"] == "A" and _INTRODUCED.search(before)))
