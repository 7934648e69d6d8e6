"""What one marker means: a moment to hit, a direction, the start or end of a cue, or nothing for the music."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from hitpoint.model.cut import Marker
from hitpoint.model.spotting import HitKind
from hitpoint.story.marker_table import MarkerTable, Overruling, normalise
from hitpoint.story.mood import words_of
from hitpoint.story.words import impossible_tempo_in, key_in, tempo_in, theme_in, without_theme

#: A marker this short is a point: editors give every marker a frame or so.
LONGEST_POINT_FRAMES = 2
#: Pipelines keep JSON and XML in markers' notes; that is not for readers, nor is what follows a long note's start.
_DATA_SIGNS = ("{", "[", "<")
_LONGEST_TEXT = 500

_NUMBER = r"(?P<number>\d{1,3}m\d{1,3}[a-z]{0,2})"
_EDGE_WORD = r"(?:in|start|starts|begins?|ein|entra|out|end|ends|stops?|aus|ende|fin|sale)"
_NUMBERED_EDGES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\w){_NUMBER}[\s:–-]+(?P<edge>{_EDGE_WORD})(?!\w)",  # 1m1 in: Chase
        rf"(?<!\w){_NUMBER}\s(?:.*\s)?(?P<edge>{_EDGE_WORD})\W*$",  # 1m1 Chase in
        rf"^(?P<edge>{_EDGE_WORD})\s+(?:of\s+)?{_NUMBER}(?!\w)",  # in 1m1
    )
)
_STARTS_WITH_NUMBER = re.compile(rf"^(?:cue\s+)?{_NUMBER}(?!\w)")
_COUNTED_EDGE = re.compile(
    rf"(?<![\w'])(?:music|musik|musique|musica|cue|mx|m)\s*#?\d{{1,3}}[a-z]?\s+(?P<edge>{_EDGE_WORD})(?!\w)"
)
_OUT_WORDS = frozenset({"out", "end", "ends", "stop", "stops", "aus", "ende", "fin", "sale"})
_RAW_NUMBER = re.compile(r"^\W*(?:cue\s+)?\d{1,3}m\d{1,3}[a-z]{0,2}\b[\s:–-]*", re.IGNORECASE)
_TITLE_EDGES = re.compile(
    rf"^(?:{_EDGE_WORD})\b[\s:–-]*|[\s:,–-]*\b(?:{_EDGE_WORD}|sneaks?(?:\s+in)?|fade\s+(?:in|out))\W*$", re.IGNORECASE
)

_PLAIN_WEIGHT = re.compile(
    r"(?<![\w.,:])(?P<value>0?[.,]\d+|1\.0+)(?![\w.%])(?!\s*(?:s|sec|secs|seconds?|ms|x|fps|m|db)\b)"
)
_NAMED_WEIGHT = re.compile(r"\b(?:weight|gewicht|poids|peso|w)\s*[:=]?\s*(?P<value>\d+(?:[.,]\d+)?|[.,]\d+)")
_PERCENT = re.compile(r"(?<![\w.])(?P<value>\d{1,3})\s?%")
_PLUS_MINUS = r"(?:±|\+\s*/\s*-|\+-|\btolerance\s*[:=]?|\btol\s*[:=]?|\bsoft(?=\s+\d+\s*(?:f|fr|frames?|ms|s|sec)\b))"
_TOLERANCE = re.compile(
    rf"{_PLUS_MINUS}\s*(?P<value>\d{{1,4}}(?:[.,]\d+)?)\s*(?P<unit>ms|s|secs?|seconds?)?(?![^\W\d]|\d)"
)
_TOLERANCE_FRAMES = re.compile(rf"{_PLUS_MINUS}\s*(?P<value>\d{{1,4}})\s*(?:f|fr|frames?|bilder|images?)(?!\w)")
#: After these a hit's marker goes on to say what comes next: "HIT, then calm", "stab - sad".
_THEN = re.compile(r"[,;:/–—|]|\s-\s|\b(?:then|into)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerMeaning:
    """How a marker is understood.

    Attributes
    ----------
    role : str
        "hit", "direction", "music_in", "music_out", "music" (a whole cue, as long as the marker) or "ignore".
    kind, weight, is_hard, tolerance_frames
        As in `HitPoint`; for all roles but "direction" and "ignore".
    tolerance_s : float
        A tolerance that was given as a time; 0 where it was not.
    directions : tuple of (kind, value)
        As in `Direction`; a hit and the start of a cue may carry some too.
    entry, exit : str
        "" or as in `Cue`.
    number, title : str
        Of the cue that the marker opens or closes, where the editor gives them: "1m1", "Chase".
    is_tentative : bool
        It ends with a question mark.
    is_region : bool
        The marker's length means something: a silence of that length, a soft hit anywhere in it, a whole cue.
    reason : str
        Why it was ignored.
    """

    role: str
    kind: HitKind = HitKind.ACCENT
    weight: float = 0.5
    is_hard: bool = True
    tolerance_frames: int = 0
    tolerance_s: float = 0.0
    directions: tuple[tuple[str, str], ...] = ()
    entry: str = ""
    exit: str = ""
    number: str = ""
    title: str = ""
    is_tentative: bool = False
    is_region: bool = False
    reason: str = ""


def read_marker(marker: Marker, table: MarkerTable) -> MarkerMeaning:
    """Return what a marker means by what was said of it (`table.overrulings`), its words (name, note), its colour."""
    meaning = _read_words(marker, table)
    said = table.overrulings.get(marker.id)
    if said is None:
        return meaning
    return _overruled(meaning, said, table, is_long=marker.duration_frames > LONGEST_POINT_FRAMES)


def _overruled(meaning: MarkerMeaning, said: Overruling, table: MarkerTable, *, is_long: bool) -> MarkerMeaning:
    """Return a meaning with the kind, weight and hardness that somebody chose; a kind makes any marker a hit."""
    if said.kind is not None and not _is_edge_of_kind(meaning, said.kind):
        role = "music_in" if said.kind is HitKind.START else "hit"
        meaning = replace(
            meaning,
            role=role,
            kind=said.kind,
            weight=meaning.weight if meaning.role == "hit" else table.weights.get(said.kind.value, 0.5),
            entry="",
            exit="button" if said.kind is HitKind.OUT else "",
            is_region=is_long and said.kind is HitKind.SILENCE,
            reason="",
        )
    if said.weight is not None:
        meaning = replace(meaning, weight=said.weight)
    if said.is_hard is not None and said.is_hard is not meaning.is_hard:
        tolerance_frames = 0 if said.is_hard else int(table.weights["soft_tolerance_frames"])
        is_region = meaning.is_region and meaning.kind is HitKind.SILENCE
        meaning = replace(
            meaning, is_hard=said.is_hard, tolerance_frames=tolerance_frames, tolerance_s=0.0, is_region=is_region
        )
    return meaning


def _is_edge_of_kind(meaning: MarkerMeaning, kind: HitKind) -> bool:
    """Return whether a marker starts or ends music already, as the kind says."""
    return (kind is HitKind.START and meaning.role in ("music_in", "music")) or (
        kind is HitKind.OUT and meaning.role == "music_out"
    )


def _read_words(marker: Marker, table: MarkerTable) -> MarkerMeaning:
    note = "" if marker.note.lstrip().startswith(_DATA_SIGNS) else marker.note
    raw = f"{marker.name}\n{note}".strip()[:_LONGEST_TEXT]
    text = normalise(raw)
    is_long = marker.duration_frames > LONGEST_POINT_FRAMES
    if table.finds("ignore", text):
        return MarkerMeaning(role="ignore", reason="its words say that it is not for the music")
    edge = _read_edge(marker, raw, text, table, is_long=is_long)
    if edge is not None:
        return edge
    if table.finds("no_music", text):
        if is_long:
            weight = table.weights["silence"]
            return MarkerMeaning(role="hit", kind=HitKind.SILENCE, weight=weight, is_region=True)
        return MarkerMeaning(
            role="ignore",
            reason="it asks for no music but not for how long; give it a length, or set MUSIC OUT and MUSIC IN",
        )
    kind = _kind(text, table)
    if kind is None and table.finds("editorial", text):
        return MarkerMeaning(role="ignore", reason="its words are for somebody else than the composer")
    directions = _directions(raw, table)
    if kind is None:
        impossible = impossible_tempo_in(text)
        if impossible and not directions:
            return MarkerMeaning(role="ignore", reason=f"{impossible} is no tempo that can be played (30 to 280 bpm)")
        if _is_direction_only(raw, text, directions, table):
            return MarkerMeaning(role="direction", directions=directions)
    if kind is not HitKind.TURN:
        directions = _directions_after(raw, table)
    return _read_hit(marker, text, kind, directions, table, is_long=is_long)


def _read_edge(marker: Marker, raw: str, text: str, table: MarkerTable, *, is_long: bool) -> MarkerMeaning | None:
    """Return the meaning of a marker that opens or closes a cue, or is one; None for any other."""
    numbered = next((match for pattern in _NUMBERED_EDGES if (match := pattern.search(text))), None)
    starts = _STARTS_WITH_NUMBER.match(text)
    counted = _COUNTED_EDGE.search(text)
    number = ""
    is_in, is_out = table.finds("music_in", text), table.finds("music_out", text)
    if numbered:
        number = numbered["number"]
        is_in, is_out = numbered["edge"] not in _OUT_WORDS, numbered["edge"] in _OUT_WORDS
    elif counted:
        is_in, is_out = counted["edge"] not in _OUT_WORDS, counted["edge"] in _OUT_WORDS
    elif starts:
        number = starts["number"]
    is_a_number = starts is not None and not number.endswith("s") and _kind(text, table) is None  # "5m20s" is a length
    is_whole = is_a_number or text.rstrip(":!") in table.phrases["music"]
    if not (is_in or is_out or is_whole):
        return None
    edge = MarkerMeaning(
        role="music_in",
        kind=HitKind.START,
        weight=table.weights["accent"],
        directions=_directions(raw, table),
        number=number,
        title=_title(marker.name, table) if number else "",
        is_tentative=text.endswith("?"),
    )
    if is_out and not is_in:
        return replace(edge, role="music_out", kind=HitKind.OUT, weight=table.weights["out"], exit=_exit(text, table))
    if is_long and not is_in:
        return replace(edge, role="music", entry=_entry(text, table), exit=_exit(text, table), is_region=True)
    return replace(edge, entry=_entry(text, table))


def _read_hit(
    marker: Marker,
    text: str,
    kind: HitKind | None,
    directions: tuple[tuple[str, str], ...],
    table: MarkerTable,
    *,
    is_long: bool,
) -> MarkerMeaning:
    color = table.colors.get(marker.color.upper())
    is_soft = table.finds("soft", text)
    tolerance_frames, tolerance_s = _tolerance(text)
    is_loose = is_soft and tolerance_frames is None and is_long  # as long as the marker, not as the table says
    if tolerance_frames is None:
        tolerance_frames = int(table.weights["soft_tolerance_frames"]) if is_soft else 0
    chosen = kind or (color.kind if color else HitKind.ACCENT)
    return MarkerMeaning(
        role="hit",
        kind=chosen,
        weight=_hit_weight(text, kind, color.weight if color else None, table),
        is_hard=tolerance_frames == 0 and tolerance_s == 0,
        tolerance_frames=tolerance_frames,
        tolerance_s=tolerance_s,
        directions=directions,
        exit=("cut" if table.finds("cut", text) else "button") if chosen is HitKind.OUT else "",
        is_region=is_loose or (is_long and chosen is HitKind.SILENCE),
    )


def _kind(text: str, table: MarkerTable) -> HitKind | None:
    if text.strip(" .!") in table.phrases["the_end"]:
        return HitKind.OUT
    order = (
        ("out", HitKind.OUT),
        ("silence", HitKind.SILENCE),
        ("turn", HitKind.TURN),
        ("peak", HitKind.PEAK),
        ("accent", HitKind.ACCENT),
        ("soft", HitKind.ACCENT),
    )
    return next((kind for name, kind in order if table.finds(name, text)), None)


def _entry(text: str, table: MarkerTable) -> str:
    if table.finds("sneak", text):
        return "sneak"
    return "downbeat" if table.finds("accent", text) or table.finds("downbeat", text) else ""


def _exit(text: str, table: MarkerTable) -> str:
    if table.finds("accent", text):
        return "button"
    names = (("cut", "cut"), ("ring_out", "ring-out"), ("fade", "fade"), ("button", "button"))
    return next((exit_ for name, exit_ in names if table.finds(name, text)), "")


def asks_to_cut(brief_text: str, table: MarkerTable) -> bool:
    """Return whether a brief wants the music cut at its end: "tense, ends cut dead", but not "he is cut off".

    The part between two commas or full stops has to say nothing else.
    """
    beside = table.phrases["filler"] | {"end", "ends", "ending", "endet"}
    for clause in re.split(r"[,;.\n]", normalise(brief_text)):
        said = table.patterns["cut"].sub("", clause)
        if said != clause and all(word in beside for word in words_of(said)):
            return True
    return False


def _title(name: str, table: MarkerTable) -> str:
    """Return what a numbered marker's name says beside the number: "1m3 Chase in" is "Chase"."""
    title = _RAW_NUMBER.sub("", name, count=1)
    if title == name:
        return ""
    title = _TITLE_EDGES.sub("", _TITLE_EDGES.sub("", title)).strip(" :–-?!")
    return title if any(word not in table.phrases["filler"] for word in words_of(title)) else ""


def _directions(raw: str, table: MarkerTable) -> tuple[tuple[str, str], ...]:
    """Return (kind, value) of the theme, key, tempo and mood that a text asks for."""
    raw = _PLAIN_WEIGHT.sub(";", raw)
    rest = without_theme(raw)
    found = (
        ("theme", theme_in(raw)),
        ("key", key_in(rest)),
        ("tempo", tempo_in(normalise(rest))),
        ("mood", _moods(rest, table)),
    )
    return tuple((kind, value) for kind, value in found if value)


def _directions_after(raw: str, table: MarkerTable) -> tuple[tuple[str, str], ...]:
    """Return the directions of a hit: moods only from the words after "then" or a comma.

    A "quiet hit" is a hit that is quiet; "HIT, then quiet" is a hit and what follows it.
    """
    separator = _THEN.search(without_theme(raw))
    after = _moods(without_theme(raw)[separator.end() :], table) if separator else ""
    found = [(kind, value) for kind, value in _directions(raw, table) if kind != "mood"]
    return (*found, ("mood", after)) if after else tuple(found)


def _moods(text: str, table: MarkerTable) -> str:
    """Return the mood words of a text as the editor wrote them, with "not" or "less" where it stands before one."""
    words = words_of(text)
    said = []
    for before, word in zip(["", *words], words, strict=False):
        if _says_mood(word, table):
            said.append(f"{before} {word}" if before in ("not", "less", "no") else word)
    return " ".join(said)


def _says_mood(word: str, table: MarkerTable) -> bool:
    return normalise(word) in table.phrases["mood"]


def _is_direction_only(raw: str, text: str, directions: tuple[tuple[str, str], ...], table: MarkerTable) -> bool:
    """Return whether all that the marker says is a direction: "tense from here", not "the tense man falls"."""
    kinds = {kind for kind, _ in directions}
    if kinds & {"theme", "key", "tempo"}:
        return True
    quiet = table.phrases["mood"] | table.phrases["filler"]
    return "mood" in kinds and all(normalise(word) in quiet for word in words_of(text))


def _tolerance(text: str) -> tuple[int | None, float]:
    """Return (frames, seconds) of a written tolerance: (2, 0.0) for "±2" or "soft 2f"; (None, 0.0) without one."""
    in_frames = _TOLERANCE_FRAMES.search(text)
    if in_frames:
        return int(in_frames["value"]), 0.0
    match = _TOLERANCE.search(text)
    if match is None:
        return None, 0.0
    number = float(match["value"].replace(",", "."))
    if match["unit"]:
        return 0, number / 1000 if match["unit"] == "ms" else number
    return round(number), 0.0


def _written_weight(text: str) -> float | None:
    """Return a weight that the editor wrote: "0.9", "weight 90%", "weight 9" (of ten); None where there is none."""
    named, percent = _NAMED_WEIGHT.search(text), _PERCENT.search(text)
    if percent:
        return min(1.0, int(percent["value"]) / 100)
    match = named or _PLAIN_WEIGHT.search(text)
    if match is None:
        return None
    weight = float(match["value"].replace(",", "."))
    return min(1.0, weight if weight <= 1 else weight / 10 if weight <= 10 else weight / 100)


def _hit_weight(text: str, kind: HitKind | None, color_weight: float | None, table: MarkerTable) -> float:
    written = _written_weight(text)
    if written is not None:
        return written
    weights = table.weights
    weight = weights["plain"] if kind is None else weights[kind.value]
    if color_weight is not None:
        weight = color_weight if kind is None else max(weight, color_weight)
    if table.finds("soft", text) and kind is HitKind.ACCENT:
        weight = weights["weak"]
    if table.finds("strong", text):
        weight = max(weight, weights["strong"])
    elif table.finds("weak", text):
        weight = min(weight, weights["weak"])
    return min(1.0, weight + weights["exclamation"] * text.count("!"))
