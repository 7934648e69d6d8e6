"""Edits as JSON, there and back exactly; a wrong value is one sentence that names its key."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, NoReturn, TypeVar

from hitpoint.model.edits.values import EDITS_VERSION, BarSpan, CueEdit, Edits, MarkerEdit
from hitpoint.model.errors import InputError, did_you_mean
from hitpoint.model.spotting import HitKind

_T = TypeVar("_T")
#: What reads one value; `where` is what an error names.
_Read = Callable[[Any, str], Any]
_VERSION_NAMES = ("schema_version", "version")
#: Names of a document that mean something here; others are kept in `extra`.
_NAMES = frozenset(
    {*_VERSION_NAMES, "markers", "added", "removed", "cues", "locked_bars", "brief_text", "style", "seed", "extra"}
)
_LONGEST_TEXT = 20_000
#: Two days at 120 frames a second: what is longer is no cut.
_MOST_FRAMES = 2 * 86_400 * 120


def edits_from_json(document: Any) -> Edits:
    """Return the edits of a document; see `Edits.from_json`."""
    rows = _object(document, "edits")
    versions = [rows[name] for name in _VERSION_NAMES if name in rows]
    version = next((version for version in versions if version != EDITS_VERSION), EDITS_VERSION)
    if version != EDITS_VERSION:
        raise InputError(
            f"edits: schema_version is {_shown(version)} and this Hitpoint reads {EDITS_VERSION!r}; update the older "
            "of panel and engine"
        )

    def named(key: str, read: _Read, otherwise: Any = ()) -> Any:
        return read(rows[key], f"edits: {key}") if rows.get(key) is not None else otherwise

    return Edits(
        markers=named("markers", _all(_marker)),
        added=frozenset(named("added", _all(_name))),
        removed=frozenset(named("removed", _all(_name))),
        cues=named("cues", _all(_cue)),
        locked_bars=named("locked_bars", _all(_bars)),
        brief_text=named("brief_text", _text, ""),
        style=named("style", _text, None),
        seed=named("seed", _whole, None),
        extra={key: value for key, value in rows.items() if key not in _NAMES} | dict(named("extra", _object, {})),
    )


def edits_to_json(edits: Edits) -> dict[str, Any]:
    """Return the document of some edits; see `Edits.to_json`."""
    document: dict[str, Any] = {
        "schema_version": EDITS_VERSION,
        "markers": [_row(marker) for marker in edits.markers],
        "added": sorted(edits.added),
        "removed": sorted(edits.removed),
        "cues": [_row(cue) for cue in edits.cues],
        "locked_bars": [_row(span) for span in edits.locked_bars],
        "brief_text": edits.brief_text,
        "style": edits.style,
        "seed": edits.seed,
        "extra": dict(edits.extra),
    }
    return {key: value for key, value in document.items() if value not in (None, [], "", {})}


def _row(value: MarkerEdit | CueEdit | BarSpan) -> dict[str, Any]:
    """Return a value's fields that say something, in JSON's types."""
    row = {}
    for item in fields(value):
        content = getattr(value, item.name)
        if content is not None and not (content == item.default and item.name not in ("marker_id", "number")):
            row[item.name] = _plain(content)
    return row


def _plain(content: Any) -> Any:
    if isinstance(content, tuple):
        return [_plain(item) for item in content]
    return content.value if isinstance(content, HitKind) else content


def _marker(row: Any, where: str) -> MarkerEdit:
    return MarkerEdit(**_fields(row, where, "marker_id", _MARKER_FIELDS))


def _cue(row: Any, where: str) -> CueEdit:
    return CueEdit(**_fields(row, where, "number", _CUE_FIELDS))


def _bars(row: Any, where: str) -> BarSpan:
    return BarSpan(**_fields(row, where, "cue", _BAR_FIELDS, needed=tuple(_BAR_FIELDS)))


def _fields(
    row: Any, where: str, name: str, readers: Mapping[str, _Read], *, needed: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return a row's values by field; null is as good as not there. Its `name` goes into the sentences."""
    row = _object(row, where)
    if row.get(name):
        where = f"edits: {where.rpartition(': ')[2].split('[')[0].rstrip('s')} {_shown(row[name])}"
    for key in row:
        if key not in readers:
            _fail(where, f"there is nothing called {key!r}; {did_you_mean(str(key), readers)}")
    for key in needed or (name,):
        if row.get(key) is None:
            _fail(where, f"{key} is missing")
    return {key: readers[key](value, f"{where}: {key}") for key, value in row.items() if value is not None}


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        _fail(where, f"{_shown(value)} must be an object such as {{}}")
    return value


def _all(read: Callable[[Any, str], _T]) -> Callable[[Any, str], tuple[_T, ...]]:
    """Return a reader of a list of what `read` reads."""

    def read_all(value: Any, where: str) -> tuple[_T, ...]:
        if not isinstance(value, list | tuple):
            _fail(where, f"{_shown(value)} must be a list")
        return tuple(read(item, f"{where}[{place}]") for place, item in enumerate(value))

    return read_all


def _several(*reads: _Read) -> Callable[[Any, str], tuple[Any, ...]]:
    """Return a reader of a list with exactly these values."""

    def read_several(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) != len(reads):
            _fail(where, f"{_shown(value)} must be a list of {len(reads)} values")
        return tuple(read(item, where) for read, item in zip(reads, value, strict=True))

    return read_several


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        _fail(where, f"{_shown(value)} must be text")
    if len(value) > _LONGEST_TEXT:
        _fail(where, f"it is longer than {_LONGEST_TEXT} letters; shorten it")
    return value


def _name(value: Any, where: str) -> str:
    if not _text(value, where):
        _fail(where, "it must not be empty")
    return str(value)


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        _fail(where, f"{_shown(value)} must be true or false")
    return value


def _whole(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        _fail(where, f"{_shown(value)} must be a whole number")
    return value


def _frame(value: Any, where: str) -> int:
    if abs(_whole(value, where)) > _MOST_FRAMES:
        _fail(where, f"{_shown(value)} frames are longer than any cut")
    return int(value)


def _number(value: Any, where: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or abs(value) > _MOST_FRAMES:
        _fail(where, f"{_shown(value)} must be a number")
    return float(value)


def _kind(value: Any, where: str) -> HitKind:
    kinds = [kind.value for kind in HitKind]
    if _text(value, where) not in kinds:
        _fail(where, f"there is no {value!r}; {did_you_mean(value, kinds)}")
    return HitKind(value)


def _fail(where: str, what: str) -> NoReturn:
    raise InputError(f"{where}: {what}")


def _shown(value: Any) -> str:
    """Return a value for a sentence, shortened; a huge number is not written out."""
    if isinstance(value, int) and abs(value) > 10**20:
        return "a huge number"
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 60 else text[:57] + "…"


_MARKER_FIELDS: Mapping[str, _Read] = {
    "marker_id": _name,
    "frame": _frame,
    "name": _text,
    "note": _text,
    "color": _text,
    "kind": _kind,
    "weight": _number,
    "duration_frames": _frame,
    "is_hard": _flag,
}
_CUE_FIELDS: Mapping[str, _Read] = {
    "number": _name,
    "has_music": _flag,
    "style": _text,
    "tempo_bpm": _number,
    "tempo_range_bpm": _several(_number, _number),
    "key": _text,
    "instruments": _all(_name),
    "avoid": _all(_name),
    "theme": _text,
    "text": _text,
    "intensity": _all(_several(_number, _number)),
    "emphasis": _all(_several(_frame, _frame, _number)),
}
_BAR_FIELDS: Mapping[str, _Read] = {"cue": _name, "first_bar": _whole, "last_bar": _whole}
