"""What a scene heading says: "12   INT. MARA'S CAR - NIGHT   12", in English, German, French and Spanish."""

from __future__ import annotations

import re

_INSIDE, _OUTSIDE = r"INT|INTERIOR|INNEN|INTÉRIEUR|INTERIEUR", r"EXT|EXTERIOR|AUSSEN|AUßEN|EXTÉRIEUR|EXTERIEUR|EST"
_SIGN = re.compile(
    rf"^\s*(?:(?P<both>(?:{_INSIDE})\.?\s*/\s*(?:{_OUTSIDE})|(?:{_OUTSIDE})\.?\s*/\s*(?:{_INSIDE})|I\s*/\s*E|E\s*/\s*I)"
    rf"|(?P<inside>{_INSIDE})|(?P<outside>{_OUTSIDE}))\b\.?[\s:,–—-]*",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"^\s*\d+[A-Z]{0,2}[.)]?\s+|\s+\d+[A-Z]{0,2}\.?\s*$|\s*#[^#]*#\s*$|\s*\*+\s*$")
_JOINT = re.compile(r"\s+[-–—]+\s+|\s*[-–—]{2,}\s*|\s*/\s+|,\s+|\.\s+(?=[A-ZÄÖÜ]{3,}\b)")
_TIMES = {
    "day": "day|morning|noon|midday|afternoon|daytime|tag|morgen|mittag|nachmittag|jour|matin|midi|día|mañana|tarde",
    "night": "night|midnight|evening|nacht|abend|mitternacht|nuit|soir|minuit|noche",
    "dawn": "dawn|sunrise|daybreak|morgendämmerung|sonnenaufgang|aube|amanecer|alba",
    "dusk": "dusk|sunset|twilight|magic hour|dämmerung|abenddämmerung|sonnenuntergang|crépuscule|anochecer|atardecer",
    "continuous": "continuous|cont(?:'d|inued)?|same(?: time)?|anschliessend|continu|continuo",
    "later": "(?:(?:moments|minutes|hours|days|years|weeks|a moment|a minute|a day|a week|a year) )?later|später"
    "|plus tard|más tarde",
}
_TIME = {name: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for name, words in _TIMES.items()}


def without_numbers(heading: str) -> str:
    """Return a heading without scene numbers on either side and revision marks."""
    previous = None
    while previous != heading:
        previous, heading = heading, _NUMBERS.sub("", heading)
    return heading.strip()


def is_heading(text: str) -> bool:
    """Return whether a line reads as a scene heading."""
    return bool(_SIGN.match(without_numbers(text)))


def interior_in(heading: str) -> str:
    """Return "INT", "EXT", "INT/EXT" or ""."""
    match = _SIGN.match(heading)
    if not match:
        return ""
    return "INT/EXT" if match["both"] else "INT" if match["inside"] else "EXT"


def time_of_day_in(heading: str) -> str:
    """Return "day", "night", "dawn", "dusk", "continuous", "later" or "", from the heading's last parts."""
    parts = _JOINT.split(heading)
    for part in reversed(parts[1:] if len(parts) > 1 else []):
        for name in ("dawn", "dusk", "continuous", "later", "night", "day"):
            if _TIME[name].search(part):
                return name
    return ""


def place_in(heading: str) -> str:
    """Return the place as written: "MARA'S CAR"."""
    bare = _SIGN.sub("", heading).strip()
    parts = [part for part in _JOINT.split(bare) if part.strip()]
    while len(parts) > 1 and any(pattern.search(parts[-1]) for pattern in _TIME.values()):
        parts.pop()
    return " - ".join(part.strip() for part in parts[:2]).strip(" .")
