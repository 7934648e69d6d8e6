"""Which marker is which in two cuts, and what happened to it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from hitpoint.advice.recut.shots import frames_in_words
from hitpoint.advice.recut.values import Change, ChangeKind, FrameMap
from hitpoint.model.cut import Cut, Marker

#: A marker of the same words this near to where it should be is the same one, moved.
_NEAR_S = 20.0


def marker_changes(old: Cut, new: Cut, frame_map: FrameMap) -> tuple[list[Change], tuple[tuple[str, str], ...]]:
    """Return what happened to the markers, and which ones are the same (old id, new id).

    The same are, in this order: those of the same words where the picture took them; those of the same id (an id that
    is made of the frame says less than the picture); those of the same words, nearest first; those on the same frame.
    A marker that moved with its picture did not change.
    """
    pairs = _pairs(old, new, frame_map)
    changes = [change for one, other in pairs for change in _changes(one, other, new, frame_map)]
    kept = {one.id for one, _ in pairs}, {other.id for _, other in pairs}
    changes += [
        Change(
            kind=ChangeKind.MARKER_REMOVED,
            sentence=f"{_called(marker)} is gone" + _with_its_picture(marker, frame_map),
            old_frame=marker.frame,
            marker_id=marker.id,
        )
        for marker in old.markers
        if marker.id not in kept[0]
    ]
    changes += [
        Change(
            kind=ChangeKind.MARKER_ADDED,
            sentence=f"{_called(marker)} is new at {new.timecode(marker.frame)}",
            new_frame=marker.frame,
            marker_id=marker.id,
        )
        for marker in new.markers
        if marker.id not in kept[1]
    ]
    changes.sort(key=lambda c: frame_map.near(c.old_frame or 0) if c.new_frame is None else c.new_frame)
    return changes, tuple((one.id, other.id) for one, other in pairs)


def _pairs(old: Cut, new: Cut, frame_map: FrameMap) -> list[tuple[Marker, Marker]]:
    mine, theirs = list(old.markers), list(new.markers)
    pairs: list[tuple[Marker, Marker]] = []

    def take(found: Sequence[tuple[Marker, Marker]]) -> None:
        pairs.extend(found)
        gone = {one.id for one, _ in found}, {other.id for _, other in found}
        mine[:] = [marker for marker in mine if marker.id not in gone[0]]
        theirs[:] = [marker for marker in theirs if marker.id not in gone[1]]

    def same(key_of_old: object, key_of_new: object) -> list[tuple[Marker, Marker]]:
        waiting: dict[object, list[Marker]] = defaultdict(list)
        for marker in theirs:
            waiting[key_of_new(marker)].append(marker)  # type: ignore[operator]
        found = []
        for marker in mine:
            others = waiting.get(key_of_old(marker))  # type: ignore[operator]
            if others:
                found.append((marker, others.pop(0)))
        return found

    take(same(lambda m: (_words(m), frame_map.at(m.frame)), lambda m: (_words(m), m.frame)))
    take(same(lambda m: m.id, lambda m: m.id))
    take(_nearest(mine, theirs, frame_map, reach_frames=int(_NEAR_S * new.rate.fps)))
    take(same(lambda m: frame_map.at(m.frame), lambda m: m.frame))
    return sorted(pairs, key=lambda pair: pair[1].frame)


def _nearest(
    mine: Sequence[Marker], theirs: Sequence[Marker], frame_map: FrameMap, *, reach_frames: int
) -> list[tuple[Marker, Marker]]:
    """Return markers of the same words, the nearest ones first, where the picture would have taken them."""
    by_words: dict[object, list[Marker]] = defaultdict(list)
    for marker in sorted(theirs, key=lambda marker: marker.frame):
        by_words[_words(marker)].append(marker)
    rated = []
    for order, marker in enumerate(mine):
        others, wanted = by_words.get(_words(marker), []), frame_map.near(marker.frame)
        frames = [other.frame for other in others]
        for at in range(bisect_left(frames, wanted - reach_frames), len(others)):
            if frames[at] > wanted + reach_frames:
                break
            rated.append((abs(frames[at] - wanted), order, at, marker, others[at]))
    found: list[tuple[Marker, Marker]] = []
    taken: tuple[set[str], set[str]] = (set(), set())
    for _, _, _, marker, other in sorted(rated, key=lambda row: row[:3]):
        if marker.id not in taken[0] and other.id not in taken[1]:
            found.append((marker, other))
            taken[0].add(marker.id)
            taken[1].add(other.id)
    return found


def _changes(one: Marker, other: Marker, new: Cut, frame_map: FrameMap) -> list[Change]:
    said = []
    expected = frame_map.at(one.frame)
    if expected is None:
        later, moved_to = other.frame - frame_map.near(one.frame), True
    else:
        later, moved_to = other.frame - expected, other.frame != expected
    if moved_to:
        if expected is None:
            sentence = f"the picture under {_called(one)} is gone; it is at {new.timecode(other.frame)} now"
        else:
            sentence = f"{_called(one)} moved {frames_in_words(later)} {'later' if later > 0 else 'earlier'}"
        said.append((ChangeKind.MARKER_MOVED, sentence, later))
    for what, before, after in (
        ("is called", one.name, other.name),
        ("has the note", one.note, other.note),
        ("is", one.color, other.color),
    ):
        if before != after:
            shown = f"{after.lower() or 'without a colour'}" if what == "is" else f"{after[:40]!r}"
            said.append((ChangeKind.MARKER_CHANGED, f"{_called(one)} {what} {shown} now", 0))
    if one.duration_frames != other.duration_frames:
        longer = other.duration_frames - one.duration_frames
        sentence = f"{_called(one)} is {frames_in_words(longer)} {'longer' if longer > 0 else 'shorter'}"
        said.append((ChangeKind.MARKER_CHANGED, sentence, longer))
    return [
        Change(
            kind=kind,
            sentence=sentence,
            old_frame=one.frame,
            new_frame=other.frame,
            frames=frames,
            marker_id=other.id,
        )
        for kind, sentence, frames in said
    ]


def _words(marker: Marker) -> tuple[str, str]:
    return marker.name, marker.note


def _called(marker: Marker) -> str:
    name = (marker.name or marker.note[:40]).strip()
    return f"marker {name!r}" if name else f"a {marker.color.lower()} marker".replace("  ", " ")


def _with_its_picture(marker: Marker, frame_map: FrameMap) -> str:
    return " with its picture" if frame_map.at(marker.frame) is None else ""
