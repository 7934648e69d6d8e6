"""Versions that were written, with what the editor thinks of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hitpoint.model.errors import InputError

#: That many takes that nobody kept, rated or named stay in the list.
_UNLOVED_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One version of the score. `stars` 0 (none) .. 5. `edits` (edits.1) is what it was made with, so that it can be
    written again even after the engine has cleaned its files away. `revision` is that of the cut it was written for; ""
    where nobody knows.
    """

    version_id: str
    seed: int | None = None
    stars: int = 0
    is_kept: bool = False
    label: str = ""
    created: str = ""
    hits: str = ""
    parent_version_id: str = ""
    revision: str = ""
    edits: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.stars <= 5:
            raise InputError(f"take {self.version_id}: {self.stars} stars; give 0 to 5")

    @property
    def is_loved(self) -> bool:
        """Whether the editor did anything with it."""
        return self.is_kept or self.stars > 0 or bool(self.label)


def take_of(version: Mapping[str, Any], *, revision: str = "") -> Take:
    """Return the take that a version (docs/service.md) of a cut of that revision is."""
    summary = (version.get("report") or {}).get("hit_summary") or {}
    total = sum(summary.get(verdict) or 0 for verdict in ("hit", "near", "refused"))
    return Take(
        version_id=version["version_id"],
        seed=version.get("seed"),
        label=version.get("label") or "",
        created=version.get("created") or "",
        hits=f"{summary.get('hit', 0)} of {total}" if total else "",
        parent_version_id=version.get("parent_version_id") or "",
        revision=revision,
        edits=version.get("edits") or {},
    )


def with_take(takes: Sequence[Take], take: Take) -> tuple[Take, ...]:
    """Return the takes with one more, newest first; one that is there keeps what the editor thinks of it."""
    known = next((old for old in takes if old.version_id == take.version_id), None)
    if known is None:
        return (take, *takes)
    kept = replace(
        take,
        stars=known.stars,
        is_kept=known.is_kept,
        label=known.label or take.label,
        hits=take.hits or known.hits,
        edits=take.edits or known.edits,
        revision=known.revision,
    )
    return tuple(kept if old.version_id == take.version_id else old for old in takes)


def change_take(takes: Sequence[Take], version_id: str, **values: Any) -> tuple[Take, ...]:
    """Return the takes with fields of one changed."""
    return tuple(replace(take, **values) if take.version_id == version_id else take for take in takes)


def worth_showing(takes: Iterable[Take], *, current_id: str, compared_id: str = "") -> tuple[Take, ...]:
    """Return the takes for a list: all that the editor cares for, those in use, and the newest of the rest."""
    shown, unloved = [], 0
    for take in takes:
        if take.is_loved or take.version_id in (current_id, compared_id):
            shown.append(take)
        elif unloved < _UNLOVED_SHOWN:
            unloved += 1
            shown.append(take)
    return tuple(shown)
