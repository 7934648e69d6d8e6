"""What happened to the shots, in sentences an editor understands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from hitpoint.advice.recut.alignment import Alignment
from hitpoint.advice.recut.pairing import Pairing
from hitpoint.advice.recut.pieces import Piece
from hitpoint.advice.recut.values import Change, ChangeKind, FrameMap
from hitpoint.model.cut import Cut

#: Shots in a row from which on they are told together.
_RUN = 3


@dataclass(slots=True)
class _Event:
    """A change, and the joints of the chain (between stretch n-1 and n) that it opened or closed."""

    change: Change
    joints: tuple[int, ...]
    told: list[str] = field(default_factory=list)


def shot_changes(alignment: Alignment, frame_map: FrameMap, *, old: Cut, new: Cut) -> list[Change]:
    """Return the changes of the picture, in the order of the new cut; the last at each joint says what moved."""
    teller = _Teller(alignment, old, new)
    events = [*teller.trims(), *teller.splits(), *teller.moves(), *teller.retimed()]
    events += [*teller.removed(), *teller.inserted(), *teller.transitions()]
    events.sort(key=lambda event: (_place(event.change, frame_map), event.change.old_frame is None))
    _tell_shifts(events, alignment, new)
    return [replace(event.change, sentence="; ".join([event.change.sentence, *event.told])) for event in events]


def frames_in_words(count: int) -> str:
    """Return "1 frame", "12 frames"."""
    return f"{abs(count)} frame{'s' * (abs(count) != 1)}"


def _place(change: Change, frame_map: FrameMap) -> int:
    if change.new_frame is not None:
        return change.new_frame
    return frame_map.near(change.old_frame or 0)


def _tell_shifts(events: Sequence[_Event], alignment: Alignment, new: Cut) -> None:
    """Let the last change at each joint say by how much what follows comes earlier or later than it did."""
    shifts = [0, *(stretch.new_start - stretch.old_start for stretch in alignment.chain)]
    last = {joint: event for event in events for joint in event.joints}
    for joint, (before, after) in enumerate(pairwise(shifts)):
        if before == after or joint not in last:
            continue
        start = new.timecode(alignment.chain[joint].new_start)
        where = f"comes {frames_in_words(after)} {'later' if after > 0 else 'earlier'}" if after else "is where it was"
        last[joint].told.append(f"everything from {start} on {where}")


class _Teller(Pairing):
    """Finds what happened to the pieces of an alignment."""

    def __init__(self, alignment: Alignment, old: Cut, new: Cut) -> None:
        super().__init__(alignment, old, new)
        self.elsewhere = {index for index, _ in alignment.moved}, {index for _, index in alignment.moved}
        self.speeds = self._retimed()
        self.elsewhere[0].update(index for index, _ in self.speeds)
        self.elsewhere[1].update(index for _, index in self.speeds)

    def trims(self) -> Iterable[_Event]:
        """Return what became shorter or longer at either end, slipped, or rolled against its neighbour."""
        ends = [self.ends(place) for place in range(len(self.chain))]
        rolled: dict[int, int] = {}
        for place, (left, right) in enumerate(pairwise(range(len(self.chain)))):
            if ends[left][1] and ends[left][1] == -ends[right][0] and self.are_neighbours(left, right):
                rolled[place] = ends[left][1]
        for place, frames in rolled.items():
            one, other = self.chain[place], self.chain[place + 1]
            cut_frame = self.alignment.old[other.old].start_frame
            yield _Event(
                Change(
                    kind=ChangeKind.SHOT_TRIMMED,
                    sentence=f"the cut between {self.called(0, one.old)} and {self.called(0, other.old)} is "
                    f"{frames_in_words(frames)} {'later' if frames > 0 else 'earlier'}",
                    old_frame=cut_frame,
                    new_frame=self.alignment.new[other.new].start_frame,
                    frames=frames,
                    old_index=self.index(0, other.old),
                    new_index=self.index(1, other.new),
                ),
                (place + 1,),
            )
            ends[place] = (ends[place][0], 0)
            ends[place + 1] = (0, ends[place + 1][1])
        for place, (head, tail) in enumerate(ends):
            if head or tail:
                yield self._trim(place, head, tail)

    def _trim(self, place: int, head: int, tail: int) -> _Event:
        stretch = self.chain[place]
        piece = self.alignment.old[stretch.old]
        what = self.called(0, stretch.old)
        kind = ChangeKind.SHOT_TRIMMED
        if piece.shot is None:
            kind, said = ChangeKind.GAP, f"is {_longer(head + tail)}" if head + tail else "shows black as long"
        elif head == -tail and self.is_whole(place):
            kind = ChangeKind.SHOT_SLIPPED
            said = f"was slipped: it starts {frames_in_words(head)} {'earlier' if head > 0 else 'later'} in its source"
        else:
            parts = [f"{_longer(frames)} at its {end}" for frames, end in ((head, "head"), (tail, "tail")) if frames]
            said = f"is {' and '.join(parts)}"
        return _Event(
            Change(
                kind=kind,
                sentence=f"{what} {said}",
                old_frame=piece.start_frame,
                new_frame=self.alignment.new[stretch.new].start_frame,
                frames=head if kind is ChangeKind.SHOT_SLIPPED else head + tail,
                old_index=self.index(0, stretch.old),
                new_index=self.index(1, stretch.new),
            ),
            tuple(joint for joint, frames in ((place, head), (place + 1, tail)) if frames),
        )

    def splits(self) -> Iterable[_Event]:
        """Return shots that are in more pieces than before, or in fewer."""
        for side, of_piece, kind in (
            (0, self.of_old, ChangeKind.SHOT_SPLIT),
            (1, self.of_new, ChangeKind.SHOT_JOINED),
        ):
            for index, places in of_piece.items():
                if len(places) < 2 or self.piece(side, index).shot is None:
                    continue
                lost = sum(self.between(side, left, right) for left, right in pairwise(places))
                second = self.chain[places[1]]
                if side == 0:
                    at = self.cuts[1].timecode(second.new_start)
                    said = f"{self.called(0, index)} is cut in {len(places)} at {at}"
                    said += f", and {frames_in_words(lost)} of it are gone" if lost else ""
                else:
                    said = f"{self.called(1, index)} is one piece now that was {len(places)}"
                    said += f", with {frames_in_words(lost)} more of it" if lost else ""
                yield _Event(
                    Change(
                        kind=kind,
                        sentence=said,
                        old_frame=second.old_start,
                        new_frame=second.new_start,
                        frames=-lost if side == 0 else lost,
                        old_index=self.index(0, second.old),
                        new_index=self.index(1, second.new),
                    ),
                    tuple(place for place in places[1:]),
                )

    def moves(self) -> Iterable[_Event]:
        """Return shots that are elsewhere now."""
        for index, other in self.alignment.moved:
            one, piece = self.alignment.old[index], self.alignment.new[other]
            was, is_at = self.cuts[0].timecode(one.start_frame), self.cuts[1].timecode(piece.start_frame)
            said = f"{self.called(0, index)} moved from {was} to {is_at}"
            longer = piece.length - one.length
            yield _Event(
                Change(
                    kind=ChangeKind.SHOT_MOVED,
                    sentence=said + (f" and is {_longer(longer)}" if longer else ""),
                    old_frame=one.start_frame,
                    new_frame=piece.start_frame,
                    frames=piece.start_frame - one.start_frame,
                    old_index=self.index(0, index),
                    new_index=self.index(1, other),
                ),
                tuple({self.joint(0, index), self.joint(1, other)}),
            )

    def retimed(self) -> Iterable[_Event]:
        """Return shots that play at another speed."""
        for index, other in self.speeds:
            one, piece = self.alignment.old[index], self.alignment.new[other]
            was, now = (_speed(self.piece(side, at).source[1]) for side, at in ((0, index), (1, other)))
            yield _Event(
                Change(
                    kind=ChangeKind.SHOT_RETIMED,
                    sentence=f"{self.called(0, index)} plays at {now} instead of {was}",
                    old_frame=one.start_frame,
                    new_frame=piece.start_frame,
                    frames=piece.length - one.length,
                    old_index=self.index(0, index),
                    new_index=self.index(1, other),
                ),
                (self.joint(0, index),),
            )

    def removed(self) -> Iterable[_Event]:
        """Return what is not in the new cut."""
        gone = [i for i in range(len(self.alignment.old)) if i not in self.of_old and i not in self.elsewhere[0]]
        for run in self._runs(0, gone):
            frames = sum(self.alignment.old[index].length for index in run)
            kind, said = self._told(0, run, frames, "were removed" if len(run) > 1 else "was removed")
            yield _Event(
                Change(
                    kind=kind,
                    sentence=said,
                    old_frame=self.alignment.old[run[0]].start_frame,
                    frames=-frames,
                    old_index=self.index(0, run[0]),
                ),
                (self.joint(0, run[0]),),
            )

    def inserted(self) -> Iterable[_Event]:
        """Return what was not in the old cut."""
        came = [i for i in range(len(self.alignment.new)) if i not in self.of_new and i not in self.elsewhere[1]]
        for run in self._runs(1, came):
            frames = sum(self.alignment.new[index].length for index in run)
            start = self.alignment.new[run[0]].start_frame
            verb = f"{'were' if len(run) > 1 else 'was'} inserted at {self.cuts[1].timecode(start)}"
            kind, said = self._told(1, run, frames, verb)
            yield _Event(
                Change(kind=kind, sentence=said, new_frame=start, frames=frames, new_index=self.index(1, run[0])),
                (self.joint(1, run[0]),),
            )

    def transitions(self) -> Iterable[_Event]:
        """Return dissolves that became longer, shorter, or cuts."""
        for stretch in self.chain:
            one, other = self.alignment.old[stretch.old].shot, self.alignment.new[stretch.new].shot
            if one is None or other is None or one.transition_in_frames == other.transition_in_frames:
                continue
            if len(self.of_old[stretch.old]) > 1 or len(self.of_new[stretch.new]) > 1:
                continue
            length = other.transition_in_frames
            said = f"a transition of {frames_in_words(length)}" if length else "a straight cut"
            yield _Event(
                Change(
                    kind=ChangeKind.TRANSITION,
                    sentence=f"{self.called(0, stretch.old)} begins with {said}",
                    old_frame=one.span.start_frame,
                    new_frame=other.span.start_frame,
                    frames=length - one.transition_in_frames,
                    old_index=one.index,
                    new_index=other.index,
                ),
                (),
            )

    def _told(self, side: int, run: Sequence[int], frames: int, verb: str) -> tuple[ChangeKind, str]:
        """Return the kind and the sentence of a run of pieces that came or went."""
        if self.piece(side, run[0]).shot is None:
            return ChangeKind.GAP, f"{self.called(side, run[0])} ({frames_in_words(frames)}) {verb}"
        kind = ChangeKind.SHOT_INSERTED if side else ChangeKind.SHOT_REMOVED
        if len(run) == 1:
            return kind, f"{self.called(side, run[0])} ({frames_in_words(frames)}) {verb}"
        first, last = (self.called(side, index).removeprefix("shot ") for index in (run[0], run[-1]))
        return kind, f"shots {first} to {last} ({len(run)} shots, {frames_in_words(frames)}) {verb}"

    def _runs(self, side: int, indices: Sequence[int]) -> list[list[int]]:
        """Return pieces at the same joint together where they are many, else each by itself; gaps stay alone."""
        runs: list[list[int]] = []
        for index in indices:
            is_next = bool(runs) and index == runs[-1][-1] + 1 and self.piece(side, index).shot is not None
            if is_next and self.piece(side, runs[-1][0]).shot is not None:
                runs[-1].append(index)
            else:
                runs.append([index])
        return [part for run in runs for part in ([run] if len(run) >= _RUN else [[index] for index in run])]

    def _retimed(self) -> list[tuple[int, int]]:
        """Return pieces (old, new) at the same joint that show the same media at another speed."""
        waiting: dict[tuple[int, object], list[int]] = defaultdict(list)
        for index, piece in enumerate(self.alignment.old):
            if index not in self.of_old and index not in self.elsewhere[0] and _has_speed(piece):
                waiting[self.joint(0, index), piece.source[0]].append(index)
        pairs = []
        for index, piece in enumerate(self.alignment.new):
            if index not in self.of_new and index not in self.elsewhere[1] and _has_speed(piece):
                olds = waiting.get((self.joint(1, index), piece.source[0]))
                if olds:
                    pairs.append((olds.pop(0), index))
        return pairs


def _has_speed(piece: Piece) -> bool:
    return piece.shot is not None and piece.shot.media is not None


def _longer(frames: int) -> str:
    return f"{frames_in_words(frames)} {'longer' if frames > 0 else 'shorter'}"


def _speed(speed: object) -> str:
    return f"{float(speed):.4g}x" if speed else "a standstill"  # type: ignore[arg-type]
