"""What is said to the markers that do not become hits of their own."""

from __future__ import annotations

from dataclasses import dataclass, field

from hitpoint.model.cut import Marker
from hitpoint.model.spotting import MarkerAnswer, Verdict
from hitpoint.story.markers import MarkerMeaning

#: A marker and how it is understood.
Read = tuple[Marker, MarkerMeaning]


@dataclass(slots=True)
class Answers:
    """Collects one answer per marker, and sentences for the user."""

    by_marker: dict[str, MarkerAnswer] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, marker: Marker, reason: str) -> None:
        """Answer that a marker is not followed, and why."""
        self._give(marker, Verdict.REFUSED, reason)

    def join(self, marker: Marker, reason: str, hit_id: str) -> None:
        """Answer that a marker is part of another marker's hit."""
        self._give(marker, Verdict.HIT, reason, hit_id)

    def obey(self, marker: Marker, reason: str) -> None:
        """Answer that a marker is followed as an instruction."""
        self._give(marker, Verdict.DIRECTION, reason)

    def _give(self, marker: Marker, verdict: Verdict, reason: str, hit_id: str = "") -> None:
        self.by_marker[marker.id] = MarkerAnswer(marker_id=marker.id, verdict=verdict, reason=reason, hit_id=hit_id)


def called(marker: Marker) -> str:
    """Return a marker's words for a sentence: its name, or the start of its note, or its colour."""
    return (marker.name or marker.note[:40]).strip() or f"{marker.color.lower()} marker".strip()
