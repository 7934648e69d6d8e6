"""From the music of a version and a cut that changed to the music of the next: written again where it must be."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from hitpoint.composition import ComposeContext, compose, project_themes
from hitpoint.composition.keep import retimed, rewritten
from hitpoint.model.edits import BarSpan, CueEdit, Edits
from hitpoint.model.errors import InputError
from hitpoint.model.music import Chord, Composition, Instrument, Palette, Theme
from hitpoint.model.revision import NO_END, Window, kept_stretches, merge_windows
from hitpoint.model.spotting import Cue, HitKind
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.pipeline import generator, named_themes
from hitpoint.session.take import CueTake, RevisedCue, Take
from hitpoint.session.windows import Changed, Span, changed_by_hits, changed_by_speech, written_windows
from hitpoint.tempo import solve_tempo
from hitpoint.tempo.keep import keep_tempo
from hitpoint.understanding import Understanding

#: A difference of intensity that somebody drew, from which on bars are written again.
_TELLING_LEVEL = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of the next version."""

    edits: Edits
    seed: int
    redo_bars: tuple[BarSpan, ...] = ()
    new_take_of_stem: str | None = None
    take: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes the cues of one version.

    Attributes
    ----------
    parent : Take or None
        What stays as it is where it can; None writes everything.
    """

    known: Understanding
    parent: Take | None
    request: Request
    palettes: Mapping[str, Palette]
    instruments: dict[str, Instrument]
    themes: Mapping[str, Theme]

    def write(self) -> tuple[RevisedCue, ...]:
        """Return all cues of the version, in order."""
        self._check_bars()
        return tuple(self._cue(cue) for cue in self.known.spotting.cues)

    def _check_bars(self) -> None:
        for span in (*self.request.redo_bars, *self.request.edits.locked_bars):
            before = self.parent.cue(span.cue) if self.parent else None
            if before is None:
                if span in self.request.redo_bars:
                    raise InputError(f"bars {span.first_bar}-{span.last_bar} of {span.cue}: there is no such cue yet")
                continue
            bars = len([line for line in before.plan.tempo_map.bar_lines() if line < before.composition.end_beats])
            if span.first_bar > bars:
                raise InputError(
                    f"bars {span.first_bar}-{span.last_bar} of {span.cue}: the cue has {bars} bars; choose among them"
                )

    def _cue(self, cue: Cue) -> RevisedCue:
        asked = asked_of(cue, self.request.edits, self.known)
        before = self.parent.cue(cue.number) if self.parent else None
        if before is None or self.parent is None:
            return self._whole(cue, asked, None, f"{cue.number} is new" if self.parent else "")
        if self.parent.seed != self.request.seed:
            return self._whole(cue, asked, before, f"{cue.number} was written anew: another seed")
        if before.asked == asked:
            cue = steady(cue, before.cue)
        elif _without_intensity(asked) != _without_intensity(before.asked):
            return self._whole(cue, asked, before, f"{cue.number} was written anew: its brief changed")
        else:
            cue = replace(steady(cue, before.cue), brief=replace(before.cue.brief, intensity=cue.brief.intensity))
        cue = with_known_hits(cue, before.cue)
        locked = _beats_of_bars(self.request.edits.locked_bars, before)
        kept = keep_tempo(
            cue,
            before=before.cue,
            plan=before.plan,
            rate=self.known.cut.rate,
            cut_frames=self.known.cut.cut_frames,
            locked=locked,
        )
        if kept is None:
            if locked:
                raise InputError(
                    f"cue {cue.number} cannot meet its hits while bars of it are locked; unlock them or move the marker"
                )
            return self._whole(cue, asked, before, f"{cue.number} was written anew: its hits need another tempo map")
        revised = RevisedCue(
            cue=cue,
            plan=kept.plan,
            composition=before.composition,
            asked=asked,
            before=before,
            tempo_windows=kept.windows,
        )
        return self._takes(self._rewritten(revised, before, locked), before, locked)

    def _whole(self, cue: Cue, asked: tuple[Any, ...], former: CueTake | None, sentence: str) -> RevisedCue:
        cut = self.known.cut
        plan = solve_tempo(cue, rate=cut.rate, cut_frames=cut.cut_frames)[0]
        composition = self._composed(cue, plan)
        return RevisedCue(
            cue=cue,
            plan=plan,
            composition=composition,
            asked=asked,
            former=former,
            sentences=(sentence,) if sentence else (),
        )

    def _rewritten(self, revised: RevisedCue, before: CueTake, locked: Sequence[Span]) -> RevisedCue:
        """Write again what hits, words and intensity ask for."""
        tempo_windows, plan = revised.tempo_windows, revised.plan
        changed = changed_by_hits(before, revised.cue, plan, tempo_windows)
        changed += changed_by_speech(before, plan, tempo_windows, self.known.speech_s)
        changed += _changed_by_intensity(before.cue, revised.cue, plan)
        windows = written_windows(before.composition, tempo_windows, changed, locked=locked)
        sentences = list(_tempo_sentences(revised.cue, tempo_windows, plan))
        late = revised.cue.span.start_frame - before.cue.span.start_frame
        if late:
            sentences.insert(0, f"{revised.cue.number} moved along by {late:+d} frames")
        if windows:
            new = self._composed(
                revised.cue,
                plan,
                kept_chords=_kept_chords(before.composition, windows),
                idioms=_known_idioms(before, revised.cue),
            )
            composition = rewritten(before.composition, new, plan, windows, locked=locked)
            reasons = ", ".join(dict.fromkeys(c.reason for c in changed if c.reason)) or "its hits are counted anew"
            sentences.append(f"{_bars(windows, composition)} of {revised.cue.number} were written again: {reasons}")
        elif tempo_windows or plan.tempo_map != before.plan.tempo_map:
            composition = retimed(before.composition, plan, tempo_windows)
        else:
            composition = before.composition
        return replace(revised, composition=composition, windows=windows, sentences=tuple(sentences))

    def _takes(self, revised: RevisedCue, before: CueTake, locked: Sequence[Span]) -> RevisedCue:
        """Write another take of bars, or of those who play in a stem."""
        number, request = revised.cue.number, self.request
        spans = [span for span in request.redo_bars if span.cue == number]
        if spans:
            changed = [Changed(*beats, "") for beats in _beats_of_bars(spans, before)]
            windows = written_windows(before.composition, (), changed, exact=True)
            revised = self._another_take(revised, windows, (), take=request.take, stems=None)
            sentence = f"{_bars(windows, revised.composition)} of {number} are another take"
            revised = replace(revised, sentences=(*revised.sentences, sentence))
        if request.new_take_of_stem is not None:
            stem = request.new_take_of_stem
            if any(part.stem == stem for part in revised.composition.parts):
                everything = [Changed(Fraction(0), NO_END, "")]
                windows = written_windows(before.composition, (), everything, locked=locked, exact=True)
                revised = self._another_take(revised, windows, locked, take=request.take, stems=frozenset({stem}))
                sentence = f"the {stem} of {number} are another take; all others play what they played"
                revised = replace(revised, sentences=(*revised.sentences, sentence))
        return revised

    def _another_take(
        self,
        revised: RevisedCue,
        windows: Sequence[Window],
        locked: Sequence[Span],
        *,
        take: int,
        stems: frozenset[str] | None,
    ) -> RevisedCue:
        """Return the cue with other notes in windows of the parent's beats."""
        here = [_as_now(window, revised.tempo_windows) for window in windows]
        own = [Window(old_start=w.start, old_end=w.end, start=w.start, end=w.end) for w in here]
        chords = revised.composition.chords if stems else _kept_chords(revised.composition, own)
        new = self._composed(
            revised.cue,
            revised.plan,
            kept_chords=chords,
            idioms={row.hit_id: row.idiom for row in revised.composition.hit_writings},
            take=0 if stems else take,
            stem_takes=dict.fromkeys(stems or (), take),
        )
        composition = rewritten(revised.composition, new, revised.plan, own, stems=stems, locked=locked)
        return replace(revised, composition=composition, windows=merge_windows([*revised.windows, *here]))

    def _composed(
        self,
        cue: Cue,
        plan: TempoPlan,
        *,
        kept_chords: tuple[Chord, ...] = (),
        idioms: Mapping[str, str] | None = None,
        take: int = 0,
        stem_takes: Mapping[str, int] | None = None,
    ) -> Composition:
        known = self.known
        return compose(
            cue,
            plan,
            known.story.arc,
            palette=self.palettes[cue.brief.palette_id],
            instruments=self.instruments,
            context=ComposeContext(
                rate=known.cut.rate,
                dialogue=known.speech_s,
                cut_frames=known.cut.cut_frames,
                themes=self.themes,
                story_beats=tuple((beat.time_s, beat.weight) for beat in known.story.beats),
                idioms=idioms or {},
                kept_chords=kept_chords,
                take=take,
                stem_takes=stem_takes or {},
            ),
            rng=generator(self.request.seed, cue, "composition"),
        )


def themes_for(
    cues: Sequence[Cue],
    known: Mapping[str, Theme],
    *,
    seed: int,
    palettes: Mapping[str, Palette],
    instruments: dict[str, Instrument],
) -> dict[str, Theme]:
    """Return the themes of a version: the known ones, and what is missing."""
    return project_themes(
        named_themes(tuple(cues)),
        known,
        palette=palettes[cues[0].brief.palette_id],
        instruments=instruments,
        rng=np.random.default_rng([seed, zlib.crc32(b"themes")]),
    )


def asked_of(cue: Cue, edits: Edits, known: Understanding) -> tuple[Any, ...]:
    """Return what a cue's brief was written from, as far as somebody asked for something."""
    edit = next((edit for edit in edits.cues if edit.number == cue.number), CueEdit(number=cue.number))
    directions = tuple((d.frame - cue.span.start_frame, d.kind, d.value) for d in cue.directions)
    plain = replace(edit, intensity=(), emphasis=(), has_music=True)
    return (
        (edit.intensity, edit.emphasis),
        plain,
        edits.style,
        edits.brief_text,
        directions,
        known.cut.rate,
    )


def steady(cue: Cue, before: Cue) -> Cue:
    """Return a cue with the brief that it had, and beginning and ending as it did unless a marker says otherwise."""
    entry, exit_ = cue.entry, cue.exit
    if _marked(cue, HitKind.START) == _marked(before, HitKind.START):
        entry = before.entry
    if _marked(cue, HitKind.OUT) == _marked(before, HitKind.OUT):
        exit_ = before.exit
    return replace(cue, brief=before.brief, entry=entry, exit=exit_)


def with_known_hits(cue: Cue, before: Cue) -> Cue:
    """Return a cue whose hits that nobody marked have the ids of before where they lie in the cue as they did."""
    ids, known = {hit.id for hit in cue.hits}, {hit.id for hit in before.hits}
    start, start_before = cue.span.start_frame, before.span.start_frame
    lost = {(hit.frame - start_before, hit.kind): hit.id for hit in before.hits if hit.id not in ids}
    hits = tuple(
        replace(hit, id=lost.pop((hit.frame - start, hit.kind)))
        if hit.id not in known and (hit.frame - start, hit.kind) in lost
        else hit
        for hit in cue.hits
    )
    return replace(cue, hits=hits)


def _marked(cue: Cue, kind: HitKind) -> set[str]:
    return {hit.marker_id for hit in cue.hits if hit.kind is kind and hit.marker_id}


def _without_intensity(asked: tuple[Any, ...]) -> tuple[Any, ...]:
    return asked[1:]


def _changed_by_intensity(before: Cue, cue: Cue, plan: TempoPlan) -> list[Changed]:
    """Return the bars over which another intensity is drawn."""
    if before.brief.intensity == cue.brief.intensity:
        return []
    if not before.brief.intensity or not cue.brief.intensity:
        return [Changed(Fraction(0), NO_END, "its intensity is another")]
    shares = np.linspace(0.0, 1.0, 201)
    was, now = (
        np.interp(shares, [share for share, _ in points], [level for _, level in points])
        for points in (before.brief.intensity, cue.brief.intensity)
    )
    other = np.flatnonzero(np.abs(was - now) > _TELLING_LEVEL)
    if not len(other):
        return []
    lines = plan.tempo_map.bar_lines()
    start_s = plan.tempo_map.start_s
    length_s = float(plan.tempo_map.seconds_at(plan.tempo_map.end_beats) - start_s)
    first, last = (Fraction(float(shares[i]) * length_s) + start_s for i in (other[0], other[-1]))
    start = max((line for line in lines if plan.tempo_map.seconds_at(line) <= first), default=Fraction(0))
    end = min((line for line in lines if plan.tempo_map.seconds_at(line) >= last), default=NO_END)
    return [Changed(start, end, "its intensity is another")]


def _beats_of_bars(spans: Sequence[BarSpan], before: CueTake) -> list[Span]:
    """Return bars of a cue as beats of the version before."""
    tempo_map = before.plan.tempo_map
    found = [
        (tempo_map.bar_start_beats(span.first_bar), tempo_map.bar_start_beats(span.last_bar + 1))
        for span in spans
        if span.cue == before.cue.number
    ]
    return sorted(found)


def _kept_chords(composition: Composition, windows: Sequence[Window]) -> tuple[Chord, ...]:
    """Return the chords that stand, in beats of the new cue."""
    chords = []
    for stretch in kept_stretches(windows):
        for chord in composition.chords:
            first = max(chord.onset_beats, stretch.old_start)
            last = min(chord.onset_beats + chord.duration_beats, stretch.old_end)
            if first < last:
                chords.append(replace(chord, onset_beats=first + stretch.shift, duration_beats=last - first))
    return tuple(sorted(chords, key=lambda chord: chord.onset_beats))


def _known_idioms(before: CueTake, cue: Cue) -> dict[str, str]:
    """Return how the hits that are what they were are written."""
    nature = {hit.id: (hit.kind, hit.weight) for hit in before.cue.hits}
    same = {hit.id for hit in cue.hits if nature.get(hit.id) == (hit.kind, hit.weight)}
    return {row.hit_id: row.idiom for row in before.composition.hit_writings if row.hit_id in same}


def _as_now(window: Window, tempo_windows: Sequence[Window]) -> Window:
    """Return a window of the old beats (in which `start` is `old_start`) with where it lies now."""
    start, end = window.old_start, window.old_end
    for tempo in tempo_windows:  # bars that were counted again are taken whole
        if not tempo.keeps_beats and tempo.old_start < end and tempo.old_end > start:
            start, end = min(start, tempo.old_start), max(end, tempo.old_end)
    shift_start = next((t.start - t.old_start for t in reversed(tempo_windows) if t.old_start <= start), Fraction(0))
    passed = [t for t in tempo_windows if t.old_end <= end]
    shift_end = passed[-1].end - passed[-1].old_end if passed else Fraction(0)
    new_end = NO_END if end == NO_END else end + shift_end
    for tempo in tempo_windows:
        if tempo.old_start <= start < tempo.old_end:
            shift_start = tempo.start - tempo.old_start
        elif tempo.old_end <= start:
            shift_start = tempo.end - tempo.old_end
    return Window(old_start=start, old_end=end, start=start + shift_start, end=new_end)


def _bars(windows: Sequence[Window], composition: Composition) -> str:
    """Return "bars 3-6 and 9-12" in the bars of the new cue."""
    texts = [f"{first}-{last}" if last > first else f"{first}" for first, last in bars_of(windows, composition)]
    return f"bars {' and '.join(texts)}"


def _tempo_sentences(cue: Cue, windows: Sequence[Window], plan: TempoPlan) -> list[str]:
    sentences = []
    for window in windows:
        tempo_map = plan.tempo_map
        first, _ = tempo_map.bar_beat_at(window.start)
        last, beat = tempo_map.bar_beat_at(min(window.end, tempo_map.end_beats - 4))
        where = f"bars {first}-{max(first, last - (beat == 1))} of {cue.number}"
        sentences.append(
            f"{where} play the same notes at a slightly different tempo"
            if window.keeps_beats
            else f"{where} were counted again"
        )
    return sentences


def bars_of(windows: Sequence[Window], composition: Composition) -> list[tuple[int, int]]:
    """Return (first, last) bar of each window in the new cue."""
    found = []
    for window in windows:
        first, _ = composition.tempo_map.bar_beat_at(window.start)
        last, beat = composition.tempo_map.bar_beat_at(min(window.end, composition.end_beats))
        found.append((first, max(first, last - (beat == 1))))
    return found
