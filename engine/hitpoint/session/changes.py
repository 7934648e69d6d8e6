"""What of the sound changed between two versions: by note and by controller, layer by layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from hitpoint.model.music import ControlChange, Instrument, Performance, PerformedNote, PerformedPart
from hitpoint.performance.keep import Shift
from hitpoint.rendering import layer_depth
from hitpoint.rendering.rings import Rings
from hitpoint.rendering.soundfont import SoundFontFile
from hitpoint.session.take import Layer

#: A controller takes this long to reach the sound (`rendering.synth`).
_RAMP_SAMPLES = 960
#: Spans of one layer that are no farther apart are one: starting a synthesiser costs more than the gap.
_GAP_SAMPLES = 48_000

#: What may still be heard of a cue after its audio is over for the plan.
_LONGEST_RING_SAMPLES = 480_000

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Copy:
    """Record samples [start, end) of the new version that were `shift` samples earlier in the old one."""

    start: int
    end: int
    shift: int


class Differ:
    """Finds the spans for one font and one set of instruments."""

    def __init__(self, font: SoundFontFile, instruments: Mapping[str, Instrument]) -> None:
        self._rings = Rings(font)
        self.nearest = cache(font.nearest_preset)
        self._instruments = instruments

    @property
    def rings(self) -> Rings:
        """For how long notes ring on."""
        return self._rings

    def dies(self, note: PerformedNote) -> int:
        """Return the sample at which a note is silent at the latest."""
        preset = self.nearest((note.bank, note.program))
        return note.onset_sample + max(1, note.duration_samples) + self._rings.samples(preset, note.pitch_midi)

    def layer(self, part: PerformedPart) -> Layer:
        """Return the file that a part is rendered into."""
        return part.stem, layer_depth(self._instruments[part.instrument_id])

    def whole(self, performance: Performance) -> dict[Layer, list[Span]]:
        """Return all of a performance as changed."""
        spans: dict[Layer, list[Span]] = {}
        for part in performance.parts:
            for note in part.notes:
                spans.setdefault(self.layer(part), []).append((note.onset_sample, self.dies(note)))
        return {layer: merged(found) for layer, found in spans.items()}

    def changed(self, before: Performance, after: Performance, shifts: Sequence[Shift]) -> dict[Layer, list[Span]]:
        """Return what of a cue sounds different, in samples of the new version.

        `shifts` are where the kept stretches of the new cue lie and how they moved.
        """
        old_parts, new_parts = ({part.part_id: part for part in side.parts} for side in (before, after))
        spans: dict[Layer, list[Span]] = {}
        for part_id in dict.fromkeys([*old_parts, *new_parts]):
            was, now = old_parts.get(part_id), new_parts.get(part_id)
            part = now or was
            assert part is not None
            found = self._part(was, now, shifts)
            if found:
                spans.setdefault(self.layer(part), []).extend(found)
        return {layer: merged(found) for layer, found in spans.items()}

    def _part(self, was: PerformedPart | None, now: PerformedPart | None, shifts: Sequence[Shift]) -> list[Span]:
        before, after = was.notes if was else (), now.notes if now else ()
        notes, controls = list(before), list(was.controls if was else ())
        is_shifted = any(shift.samples for shift in shifts)
        spans: list[Span] = []
        if is_shifted:
            notes, controls = [], []
            for shift in shifts:
                first, last = shift.start - shift.samples, shift.end - shift.samples
                notes += [_moved(note, shift.samples) for note in before if first <= note.sounding_sample < last]
                controls += [
                    ControlChange(sample=c.sample + shift.samples, controller=c.controller, value=c.value)
                    for c in (was.controls if was else ())
                    if first <= c.sample < last
                ]
            spans += self._borders(notes, before, shifts)
        first, last = _same_ends(notes, after)
        difference = Counter(notes[first : len(notes) - last])
        difference.subtract(Counter(after[first : len(after) - last]))
        spans += [(note.onset_sample, self.dies(note)) for note, count in difference.items() if count]
        if was is not None and now is not None:
            spans += self._controlled(controls, now.controls, [*notes, *after])
        return spans

    def _borders(
        self, moved: Sequence[PerformedNote], before: Sequence[PerformedNote], shifts: Sequence[Shift]
    ) -> list[Span]:
        """Return what rings across a place at which the shift changes, as it was and as it is."""
        spans = []
        for left, right in pairwise(shifts):
            if left.samples == right.samples:
                continue
            start, end = left.end, right.start
            rings = [self.dies(note) for note in moved if note.onset_sample < start]
            rings += [self.dies(note) + right.samples for note in before if note.onset_sample + right.samples < end]
            spans.append((start, max([end, *rings])))
        return spans

    def _controlled(
        self, before: Sequence[ControlChange], after: Sequence[ControlChange], notes: Sequence[PerformedNote]
    ) -> list[Span]:
        """Return where controllers differ while something sounds."""
        if not notes:
            return []
        common_first, common_last = (
            max(0, count - 1) for count in _same_ends(before, after)
        )  # one of each is looked at
        old, new = (
            {c.sample: c.value for c in side[common_first : len(side) - common_last]} for side in (before, after)
        )
        samples = sorted({*old, *new})
        spans = []
        value_before = value_after = None
        for index, sample in enumerate(samples):
            known = (value_before, value_after)
            value_before, value_after = old.get(sample, value_before), new.get(sample, value_after)
            differs = value_before != value_after or (sample in old) != (sample in new)
            if differs or known[0] != known[1]:
                is_last = index + 1 == len(samples)
                following = max(self.dies(note) for note in notes) if is_last else samples[index + 1]
                spans.append((sample - _RAMP_SAMPLES, max(sample, following) if differs else sample))
        return merged(spans)


def _same_ends(before: Sequence[object], after: Sequence[object]) -> tuple[int, int]:
    """Return how many things two sequences share at their beginning and, of what is left, at their end."""

    def is_other(index: int) -> bool:  # versions share what did not change: asking that first takes no time
        return before[index] is not after[index] and before[index] != after[index]

    most = min(len(before), len(after))
    first = next((index for index in range(most) if is_other(index)), most)
    most -= first
    return first, next((index for index in range(most) if is_other(-1 - index)), most)


def merged(spans: Iterable[Span], gap_samples: int = _GAP_SAMPLES) -> list[Span]:
    """Return spans sorted, those that touch or nearly do as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1] + gap_samples:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _moved(note: PerformedNote, samples: int) -> PerformedNote:
    return PerformedNote(
        onset_sample=note.onset_sample + samples,
        sounding_sample=note.sounding_sample + samples,
        duration_samples=note.duration_samples,
        pitch_midi=note.pitch_midi,
        velocity=note.velocity,
        bank=note.bank,
        program=note.program,
        hit_id=note.hit_id,
    )


def copies_of(
    performances: Sequence[tuple[Performance, Performance | None, Sequence[Shift]]],
    gone: Sequence[Performance] = (),
) -> tuple[list[Copy], list[Span]]:
    """Return what of the old sound stands where in the new one, and where sounds that moved differently overlap.

    `performances` are (new, old, kept stretches) of each cue in order; old None is a cue that is new. `gone` are the
    old ones of which nothing stands.
    """
    copies: list[Copy] = []
    for after, before, shifts in performances:
        if before is None:
            continue
        last_end = max(
            after.start_sample + after.length_samples,
            before.start_sample + before.length_samples + (shifts[-1].samples if shifts else 0),
        )
        first_start = min(after.start_sample, before.start_sample + (shifts[0].samples if shifts else 0))
        for index, shift in enumerate(shifts):
            start = first_start if index == 0 else shift.start
            end = last_end if index + 1 == len(shifts) else shifts[index + 1].start
            if start < end:
                copies.append(Copy(start, end, shift.samples))
    copies.sort(key=lambda copy: copy.start)
    clear: list[Copy] = []
    overlaps: list[Span] = []
    for copy in copies:
        last = clear[-1] if clear else None
        if last is not None and copy.start < last.end:
            if copy.shift != last.shift:
                overlaps.append((copy.start, min(copy.end, last.end)))
            start = max(copy.start, last.end)
            if start >= copy.end:
                continue
            copy = Copy(start, copy.end, copy.shift)
        clear.append(copy)
    return [_with_ring(copy, clear[index + 1 :], gone) for index, copy in enumerate(clear)], overlaps


def _with_ring(copy: Copy, later: Sequence[Copy], gone: Sequence[Performance]) -> Copy:
    """Return a copy that lasts until the next sound begins, in the new version or in the old one."""
    end = copy.end + _LONGEST_RING_SAMPLES
    if later:
        end = min(end, later[0].start, later[0].start - later[0].shift + copy.shift)
    starts = [performance.start_sample + copy.shift for performance in gone]
    end = min([end, *(start for start in starts if start >= copy.end)])
    return Copy(copy.start, max(copy.end, end), copy.shift)
