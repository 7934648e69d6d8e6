"""`Edits` as JSON (edits.1, docs/service.md) and back. Fields that say nothing are left out, unknown ones are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from hitpoint.model.edits import EDITS_VERSION, BarSpan, CueEdit, Edits, MarkerEdit
from hitpoint.model.errors import InputError
from hitpoint.model.spotting import HitKind

_EDITS_FIELDS = frozenset(field.name for field in fields(Edits)) - {"extra"}


def edits_to_json(edits: Edits) -> dict[str, Any]:
    """Return the edits as JSON values."""
    return {
        "version": EDITS_VERSION,
        "markers": [_said(edit, MarkerEdit) for edit in edits.markers],
        "added": sorted(edits.added),
        "removed": sorted(edits.removed),
        "cues": [_said(edit, CueEdit) for edit in edits.cues],
        "locked_bars": [_said(span, BarSpan) for span in edits.locked_bars],
        "brief_text": edits.brief_text,
        "style": edits.style,
        "seed": edits.seed,
        "extra": dict(edits.extra),
    }


def edits_from_json(value: Mapping[str, Any]) -> Edits:
    """Return the edits that JSON values say; raises InputError for what is no edits.1."""
    version = value.get("version", EDITS_VERSION)
    if version != EDITS_VERSION:
        raise InputError(f"the edits are of kind {version!r}, this panel knows {EDITS_VERSION}; use a newer Hitpoint")
    try:
        return Edits(
            markers=tuple(_marker(item) for item in value.get("markers", ())),
            added=frozenset(value.get("added", ())),
            removed=frozenset(value.get("removed", ())),
            cues=tuple(_cue(item) for item in value.get("cues", ())),
            locked_bars=tuple(BarSpan(**_known(item, BarSpan)) for item in value.get("locked_bars", ())),
            brief_text=str(value.get("brief_text") or ""),
            style=value.get("style"),
            seed=value.get("seed"),
            extra=dict(value.get("extra") or {}),
        )
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"the edits cannot be read ({error}); they were written by something else") from error


def _marker(item: Mapping[str, Any]) -> MarkerEdit:
    known = _known(item, MarkerEdit)
    if known.get("kind") is not None:
        known["kind"] = HitKind(known["kind"])
    return MarkerEdit(**known)


def _cue(item: Mapping[str, Any]) -> CueEdit:
    known = _known(item, CueEdit)
    for name in ("tempo_range_bpm", "instruments", "avoid"):
        if known.get(name) is not None:
            known[name] = tuple(known[name])
    known["intensity"] = tuple((float(share), float(level)) for share, level in known.get("intensity") or ())
    known["emphasis"] = tuple(
        (int(first), int(last), float(amount)) for first, last, amount in known.get("emphasis") or ()
    )
    return CueEdit(**known)


def _known(item: Mapping[str, Any], kind: type) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in item.items() if name in names}


def _said(value: Any, kind: type) -> dict[str, Any]:
    """Return the fields of a value that differ from what they are when nobody says anything."""
    said: dict[str, Any] = {}
    for field in fields(kind):
        given = getattr(value, field.name)
        if given == field.default:
            continue
        said[field.name] = _plain(given)
    return said


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, HitKind) else value
