"""Which words changed between two cuts."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from hitpoint.advice.recut.values import Change, ChangeKind, FrameMap
from hitpoint.model.cut import Cut, Subtitle
from hitpoint.model.time import frames_to_seconds, seconds_to_containing_frame, seconds_to_nearest_frame

#: Moved by less than a frame and a half is rounding.
_SAME_FRAMES = 1
#: So many are told one by one.
_TOLD = 5


def subtitle_changes(old: Cut, new: Cut, frame_map: FrameMap) -> tuple[list[Change], tuple[tuple[float, float], ...]]:
    """Return what happened to the subtitles, and the old record seconds that it touches.

    A subtitle that moved with its picture did not change.
    """
    waiting: dict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(new.subtitles):
        waiting[line.text].append(index)
    kept: set[int] = set()
    gone, moved = [], []
    for line in old.subtitles:
        wanted = _where(line, old, frame_map)
        others = [index for index in waiting.get(line.text, ()) if index not in kept]
        if not others:
            gone.append(line)
            continue
        best = min(others, key=lambda index: abs(_frame(new.subtitles[index], new) - wanted))
        kept.add(best)
        later = _frame(new.subtitles[best], new) - wanted
        longer = seconds_to_nearest_frame(_length_s(new.subtitles[best]) - _length_s(line), new.rate)
        if abs(later) > _SAME_FRAMES or abs(longer) > _SAME_FRAMES:
            moved.append((line, new.subtitles[best]))
    came = [line for index, line in enumerate(new.subtitles) if index not in kept]
    changes = [_change(f"the line {_quoted(line)} is gone", old_frame=_frame(line, old)) for line in gone[:_TOLD]]
    changes += [_change(f"the line {_quoted(line)} is new", new_frame=_frame(line, new)) for line in came[:_TOLD]]
    changes += [
        _change(
            f"the line {_quoted(line)} is spoken at another moment of its picture",
            old_frame=_frame(line, old),
            new_frame=_frame(other, new),
        )
        for line, other in moved[:_TOLD]
    ]
    more = sum(max(0, len(some) - _TOLD) for some in (gone, came, moved))
    if more:
        changes.append(_change(f"{more} more lines are gone, new, or spoken at another moment"))
    touched = [(float(line.start_s), float(line.end_s)) for line in (*gone, *(line for line, _ in moved))]
    touched += _old_seconds([*came, *(line for _, line in moved)], new, frame_map)
    return changes, tuple(sorted(touched))


def _old_seconds(lines: Sequence[Subtitle], new: Cut, frame_map: FrameMap) -> list[tuple[float, float]]:
    """Return where new lines lie in the old cut's record seconds, where their picture was there."""
    touched = []
    pieces = frame_map.pieces
    for line in lines:
        first = bisect_right(pieces, _frame(line, new), key=lambda piece: piece.new_start_frame) - 1
        for piece in pieces[max(0, first) :]:
            if frames_to_seconds(piece.new_start_frame, new.rate) >= line.end_s:
                break
            shift_s = frames_to_seconds(piece.shift_frames, new.rate)
            start_s = max(line.start_s - shift_s, frames_to_seconds(piece.start_frame, new.rate))
            end_s = min(line.end_s - shift_s, frames_to_seconds(piece.end_frame, new.rate))
            if start_s < end_s:
                touched.append((float(start_s), float(end_s)))
    return touched


def _where(line: Subtitle, old: Cut, frame_map: FrameMap) -> int:
    return frame_map.near(min(seconds_to_containing_frame(line.start_s, old.rate), old.duration_frames - 1))


def _frame(line: Subtitle, cut: Cut) -> int:
    return seconds_to_containing_frame(line.start_s, cut.rate)


def _length_s(line: Subtitle) -> Fraction:
    return line.end_s - line.start_s


def _quoted(line: Subtitle) -> str:
    text = " ".join(line.text.split())
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _change(sentence: str, *, old_frame: int | None = None, new_frame: int | None = None) -> Change:
    return Change(kind=ChangeKind.SUBTITLE, sentence=sentence, old_frame=old_frame, new_frame=new_frame)
