"""What a scene heading says: "12   INT. MARA'S CAR - NIGHT   12", in English, German, French and Spanish."""

from __future__ import annotations

import re

_INSIDE = r"INT|INTERIOR|INNEN|INTÉRIEUR|INTERIEUR|INTERNO"
_OUTSIDE = r"EXT|EXTERIOR|AUSSEN|AUßEN|EXTÉRIEUR|EXTERIEUR|ESTERNO|EST"
_SIGN = re.compile(
    rf"(?P<sign>(?P<both>(?:{_INSIDE})\.? ?[/-] ?(?:{_OUTSIDE})|(?:{_OUTSIDE})\.? ?[/-] ?(?:{_INSIDE})|I ?/ ?E|E ?/ ?I)"
    rf"|(?P<inside>{_INSIDE})|(?P<outside>{_OUTSIDE}))(?P<dot>[.:。]|(?![\w'’-]))[ :,–—-]*",
    re.IGNORECASE,
)
_NUMBER_BEFORE = re.compile(r"\d+[A-Z]{0,2}[.)]? +(?=\S)|[A-Z]{1,2}\d+[A-Z]?[.)]? +(?=\S)")
_NUMBER_AFTER = re.compile(r" (?:\d+[A-Z]{0,2}|[A-Z]{1,2}\d+[A-Z]?)[.)]?$|(?: |^)#[^#]{0,20}#$|(?: |\b)\*+$")
_JOINT = re.compile(r" [-–—]+ ?|[-–—]{2,} ?| ?/ |, |\. (?=[A-ZÄÖÜ]{3,}\b)")
_TIMES = {
    "day": "day|morning|noon|midday|afternoon|daytime|tag|morgen|vormittag|mittag|nachmittag|jour|matin|midi|"
    "après-midi|día|dia|mañana|tarde|giorno",
    "night": "night|midnight|evening|nacht|abend|mitternacht|nuit|soir|soirée|minuit|noche|notte|sera",
    "dawn": "dawn|sunrise|daybreak|morgendämmerung|morgengrauen|sonnenaufgang|aube|aurore|amanecer|alba",
    "dusk": "dusk|sunset|twilight|magic hour|dämmerung|abenddämmerung|sonnenuntergang|crépuscule|anochecer|atardecer",
    "continuous": "continuous|cont(?:'d|inued)?|same(?: time)?|anschliessend|anschließend|continu|continuo",
    "later": "(?:(?:moments|minutes|hours|days|years|weeks|a moment|a minute|a day|a week|a year) )?later|später"
    "|plus tard|más tarde",
}
_TIME = {name: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for name, words in _TIMES.items()}
#: "tarde" is an afternoon, "más tarde" is later: the more particular are asked first.
_ASKED = ("later", "continuous", "dawn", "dusk", "night", "day")
_TRANSITION = re.compile(
    r"(?:[A-Z' ]{0,30} )?TO:|FADE (?:IN|OUT|TO)\b.{0,20}|(?:[A-Z]+ )?(?:CUT|DISSOLVE|WIPE|FADE) TO\b.{0,30}|THE END\.?"
    r"|ABBLENDE\.?|AUFBLENDE\.?|FONDU .{0,30}|CORTE A:?"
)
#: No heading is longer.
_LONGEST = 300


def without_numbers(heading: str) -> str:
    """Return a heading with single spaces, without scene numbers on either side and revision marks."""
    heading = " ".join(heading.split())
    if len(heading) > _LONGEST:
        return heading
    previous = None
    while previous != heading:
        previous, heading = heading, _NUMBER_AFTER.sub("", heading).rstrip()
    return _without_number_before(heading)


def _without_number_before(heading: str) -> str:
    match = _NUMBER_BEFORE.match(heading)
    return heading[match.end() :] if match and _SIGN.match(heading, match.end()) else heading


def is_heading(text: str) -> bool:
    """Return whether a line reads as a scene heading: INT. and its like, or capitals that end with a time of day."""
    if len(text) > _LONGEST:
        return False
    heading = without_numbers(text)
    sign = _SIGN.match(heading)
    if sign:
        # "Interior designers work here." is none.
        rest = heading[sign.end() :]
        return bool(rest) and (sign["dot"] != "" or sign["both"] is not None or sign["sign"].isupper())
    return heading.isupper() and len(_JOINT.split(heading)) > 1 and time_of_day_in(heading) != "" and "." not in heading


def is_transition(text: str) -> bool:
    """Return whether a line reads as "CUT TO:", "FADE OUT." or the like."""
    return len(text) <= 60 and text.isupper() and bool(_TRANSITION.fullmatch(" ".join(text.split())))


def interior_in(heading: str) -> str:
    """Return "INT", "EXT", "INT/EXT" or ""."""
    match = _SIGN.match(heading)
    if not match:
        return ""
    return "INT/EXT" if match["both"] else "INT" if match["inside"] else "EXT"


def time_of_day_in(heading: str) -> str:
    """Return "day", "night", "dawn", "dusk", "continuous", "later" or "", from the heading's last parts."""
    for part in reversed(_parts(heading)[1:]):
        for name in _ASKED:
            if _TIME[name].search(part):
                return name
    return ""


def place_in(heading: str) -> str:
    """Return the place as written: "MARA'S CAR"."""
    sign = _SIGN.match(heading)
    parts = _parts(heading[sign.end() :] if sign else heading)
    while len(parts) > 1 and any(pattern.search(parts[-1]) for pattern in _TIME.values()):
        parts.pop()
    return " - ".join(parts[:2]).strip(" .")


def _parts(heading: str) -> list[str]:
    return [part.strip() for part in _JOINT.split(heading[:_LONGEST]) if part.strip()]
