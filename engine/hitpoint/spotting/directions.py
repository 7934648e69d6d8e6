"""The editor's directions: what is asked for, from which frame on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hitpoint.model.cut import Cut
from hitpoint.model.spotting import Direction
from hitpoint.model.time import frames_to_seconds
from hitpoint.spotting.answers import Answers, Read
from hitpoint.spotting.spans import CueSpan

#: A direction this little after a cue's start is meant for its start.
_AT_THE_START_S = 1.0


def read_directions(
    read: Iterable[Read], spans: Sequence[CueSpan], numbers: Sequence[str], answers: Answers
) -> list[Direction]:
    """Return the directions of all markers, by frame; a marker that is nothing else is answered.

    A direction holds until the next of its kind, also into later cues; one after the last cue is refused.
    """
    directions: list[Direction] = []
    for marker, meaning in read:
        if meaning.role == "ignore":
            answers.refuse(marker, meaning.reason)
            continue
        following = next((i for i, cue in enumerate(spans) if marker.frame < cue.span.end_frame), None)
        if following is not None:
            directions += [
                Direction(frame=marker.frame, kind=kind, value=value, marker_id=marker.id)
                for kind, value in meaning.directions
            ]
        if meaning.role != "direction":
            continue
        said = ", ".join(f"{kind} {value}" for kind, value in meaning.directions)
        if following is None:
            answers.refuse(marker, f"{said}: no music plays after it; move it before the last MUSIC OUT")
        elif spans[following].span.contains(marker.frame):
            answers.obey(marker, f"{said}, from here on in {numbers[following]}")
        else:
            answers.obey(marker, f"{said}, from the start of {numbers[following]} on")
    return directions


def in_force(directions: Iterable[Direction], cut: Cut, cue: CueSpan) -> tuple[Direction, ...]:
    """Return the latest direction of each kind at a cue's start."""
    latest = {
        direction.kind: direction
        for direction in directions
        if frames_to_seconds(direction.frame - cue.span.start_frame, cut.rate) <= _AT_THE_START_S
    }
    return tuple(latest.values())
