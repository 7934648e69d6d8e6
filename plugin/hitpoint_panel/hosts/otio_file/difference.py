"""What is different between two exports of a timeline, in a sentence for the editor.

A quick answer from what both exports say; what it means for the music is the engine's to find out (docs/service.md, a
look's `changes`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from hitpoint.model.time import frames_to_seconds
from hitpoint_panel.hosts.otio_file.facts import CutFacts, MarkerFacts, counted

#: What editors and file managers put behind a name that is taken: "cut v2", "cut (1)", "cut copy 2".
_VERSION = re.compile(
    r"(?:[\s_.-]*(?:\bv\d+(?:\.\d+)?|_v\d+|\(\d+\)|[\s_-]copy(?: \d+)?|[\s_-]export(?: \d+)?))+$", re.I
)
#: Markers named one by one in a sentence; more are only counted.
_NAMED = 2


def base_name(stem: str) -> str:
    """Return a file's or timeline's name without what tells one version from the next: "Reel 3" for "Reel 3 v2 (1)"."""
    return _VERSION.sub("", stem).strip() or stem


def is_same_timeline(old_path: Path, old: CutFacts, new_path: Path, new: CutFacts) -> bool:
    """Return whether two exports are of one timeline: by name where any picture is shared, else by most of the picture.

    An editor's next version has another name ("fine cut") and mostly the same shots; and "Timeline 1" of another
    project has the same name and none of them.
    """
    old_media, new_media = _media(old), _media(new)
    shared = sum((old_media & new_media).values())
    smaller = min(old_media.total(), new_media.total())
    named = base_name(old_path.stem).casefold() == base_name(new_path.stem).casefold()
    if not smaller:
        return named
    return shared > 0 if named else shared * 2 >= smaller


def difference(old: CutFacts, new: CutFacts) -> tuple[Literal["markers", "cut"] | None, str]:
    """Return what kind of change lies between two exports of one timeline, and the sentence; (None, "") for none."""
    if old.cut_digest == new.cut_digest:
        if old.marker_digest == new.marker_digest:
            return None, ""
        return "markers", _marker_sentence(old, new)
    # at another rate every shot differs, which says nothing
    parts = [*_frame_parts(old, new), *(_shot_parts(old, new) if old.rate == new.rate else [])]
    if not parts:
        parts = ["the cut's own sound or its subtitles changed"]
    if old.marker_digest != new.marker_digest:
        parts.append(_marker_sentence(old, new))
    return "cut", "; ".join(parts)


def _media(facts: CutFacts) -> Counter[str]:
    """Return how often each file is on screen; the trim does not matter."""
    return Counter(shot.source.rsplit(" ", 2)[0] or shot.name for shot in facts.shots)


def _frame_parts(old: CutFacts, new: CutFacts) -> list[str]:
    parts = []
    if old.rate != new.rate:
        parts.append(f"the rate is now {new.rate} (was {old.rate})")
    elif old.start_timecode_frame != new.start_timecode_frame:
        parts.append(f"the timeline now starts at {new.timecode(0)} (was {old.timecode(0)})")
    return parts


def _shot_parts(old: CutFacts, new: CutFacts) -> list[str]:
    was = [(shot.source, shot.end_frame - shot.start_frame) for shot in old.shots]
    now = [(shot.source, shot.end_frame - shot.start_frame) for shot in new.shots]
    parts = []
    spans_differ = [(s.start_frame, s.end_frame) for s in old.shots] != [
        (s.start_frame, s.end_frame) for s in new.shots
    ]
    if was != now or spans_differ:
        gone, come = Counter(was) - Counter(now), Counter(now) - Counter(was)
        first = next(
            (index for index, (a, b) in enumerate(zip(old.shots, new.shots, strict=False)) if a != b),
            min(len(was), len(now)),
        )
        at_frame = min(
            shots[first].start_frame if first < len(shots) else facts.duration_frames
            for shots, facts in ((old.shots, old), (new.shots, new))
        )
        changed, added = min(gone.total(), come.total()), come.total() - gone.total()
        what = [f"{counted(changed, 'shot')} changed"] if changed else []
        what += [f"{counted(abs(added), 'shot')} {'added' if added > 0 else 'removed'}"] if added else []
        parts.append(f"{', '.join(what) or 'shots moved'} from {new.timecode(at_frame)} on")
    if old.duration_frames != new.duration_frames:
        frames = new.duration_frames - old.duration_frames
        seconds = float(frames_to_seconds(abs(frames), new.rate))
        length = f"{seconds:.1f} s" if seconds >= 1 else counted(abs(frames), "frame")
        parts.append(f"{length} {'longer' if frames > 0 else 'shorter'}")
    return parts


def _marker_sentence(old: CutFacts, new: CutFacts) -> str:
    gone, come = _without_common(old.markers, new.markers)
    moved: list[tuple[MarkerFacts, MarkerFacts]] = []
    for marker in list(gone):
        same = [other for other in come if (other.name, other.note) == (marker.name, marker.note)]
        if same:
            other = min(same, key=lambda candidate: abs(candidate.frame - marker.frame))
            moved.append((marker, other))
            gone.remove(marker)
            come.remove(other)
    renamed = []
    for marker in list(gone):
        at_frame = [other for other in come if other.frame == marker.frame]
        if at_frame:
            renamed.append((marker, at_frame[0]))
            gone.remove(marker)
            come.remove(at_frame[0])
    shifted = [(a, b) for a, b in moved if a.frame != b.frame]
    altered = len(moved) - len(shifted)
    parts = [
        _part(shifted, "moved", (f"{b.label} {old.timecode(a.frame)} → {new.timecode(b.frame)}" for a, b in shifted)),
        _part(renamed, "renamed", (f"{a.label} → {b.label}" for a, b in renamed)),
        f"{counted(altered, 'marker')} changed colour or length" if altered else "",
        _part(come, "added", (f"{m.label} at {new.timecode(m.frame)}" for m in come)),
        _part(gone, "removed", (f"{m.label} at {old.timecode(m.frame)}" for m in gone)),
    ]
    return ", ".join(part for part in parts if part) or "the markers changed"


def _without_common(
    old: Iterable[MarkerFacts], new: Iterable[MarkerFacts]
) -> tuple[list[MarkerFacts], list[MarkerFacts]]:
    was, now = Counter(old), Counter(new)
    return list((was - now).elements()), list((now - was).elements())


def _part(
    found: list[object] | list[MarkerFacts] | list[tuple[MarkerFacts, MarkerFacts]], verb: str, names: Iterable[str]
) -> str:
    if not found:
        return ""
    listed = f" ({'; '.join(names)})" if len(found) <= _NAMED else ""
    return f"{counted(len(found), 'marker')} {verb}{listed}"
