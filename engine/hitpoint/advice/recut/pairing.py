"""Which stretches of the chain belong to which piece, and what each lost or gained at its ends."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict

from hitpoint.advice.recut.alignment import Alignment
from hitpoint.advice.recut.pieces import Piece
from hitpoint.model.cut import Cut


class Pairing:
    """An alignment by pieces. `side` is 0 for the old cut, 1 for the new; `place` counts the stretches of the chain."""

    def __init__(self, alignment: Alignment, old: Cut, new: Cut) -> None:
        self.alignment, self.cuts = alignment, (old, new)
        self.chain = alignment.chain
        self.of_old: dict[int, list[int]] = defaultdict(list)
        self.of_new: dict[int, list[int]] = defaultdict(list)
        for place, stretch in enumerate(self.chain):
            self.of_old[stretch.old].append(place)
            self.of_new[stretch.new].append(place)

    def ends(self, place: int) -> tuple[int, int]:
        """Return how many frames longer (shorter: negative) the pieces of a stretch became at head and tail."""
        stretch = self.chain[place]
        one, other = self.alignment.old[stretch.old], self.alignment.new[stretch.new]
        mine, theirs = self.of_old[stretch.old], self.of_new[stretch.new]
        head = other_head = tail = other_tail = 0
        if place == mine[0]:
            head = stretch.old_start - one.start_frame
        if place == theirs[0]:
            other_head = stretch.new_start - other.start_frame
        if place == mine[-1]:
            tail = one.end_frame - stretch.old_start - stretch.length
        if place == theirs[-1]:
            other_tail = other.end_frame - stretch.new_start - stretch.length
        return other_head - head, other_tail - tail

    def is_whole(self, place: int) -> bool:
        """Return whether a stretch is all that its two pieces have in common with the other cut."""
        stretch = self.chain[place]
        return len(self.of_old[stretch.old]) == len(self.of_new[stretch.new]) == 1

    def are_neighbours(self, left: int, right: int) -> bool:
        """Return whether two stretches are of shots that follow each other in both cuts."""
        one, other = self.chain[left], self.chain[right]
        pieces = self.alignment.old[one.old], self.alignment.old[other.old]
        has_pictures = all(piece.shot is not None for piece in pieces)
        is_next = other.old == one.old + 1 and other.new == one.new + 1
        return has_pictures and is_next and self.is_whole(left) and self.is_whole(right)

    def between(self, side: int, left: int, right: int) -> int:
        """Return the frames of a piece between two of its stretches."""
        one, other = self.chain[left], self.chain[right]
        starts = (one.old_start, other.old_start) if side == 0 else (one.new_start, other.new_start)
        return starts[1] - starts[0] - one.length

    def joint(self, side: int, index: int) -> int:
        """Return the joint of the chain at which a piece that is not in it lies."""
        return bisect_left(self.chain, index, key=lambda stretch: (stretch.old, stretch.new)[side])

    def piece(self, side: int, index: int) -> Piece:
        """Return a piece of either cut."""
        return (self.alignment.old, self.alignment.new)[side][index]

    def index(self, side: int, index: int) -> int | None:
        """Return `Shot.index` of a piece; None for a gap."""
        shot = self.piece(side, index).shot
        return None if shot is None else shot.index

    def called(self, side: int, index: int) -> str:
        """Return "shot 14 'bridge_03'", counted from 1; "the gap at 01:00:05:00"."""
        piece = self.piece(side, index)
        if piece.shot is None:
            return f"the gap at {self.cuts[side].timecode(piece.start_frame)}"
        return f"shot {piece.shot.index + 1}" + (f" {piece.name!r}" if piece.name else "")
