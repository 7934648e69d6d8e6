"""The audio of a version: all of it the first time, afterwards what changed and what rings on from that."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hitpoint.mixing import MixSettings
from hitpoint.mixing.again import Hall, MixedAgain, automations_of, changed_levels
from hitpoint.mixing.difference import Difference
from hitpoint.mixing.hall import TAIL_SAMPLES
from hitpoint.mixing.mix import MixMemory, mix_and_remember
from hitpoint.model.audio import MixResult
from hitpoint.model.music import STEM_NAMES, Instrument, Performance
from hitpoint.model.progress import Progress
from hitpoint.rendering import read_soundfont, render_stems
from hitpoint.rendering.stems import layer_lines
from hitpoint.rendering.synth import Line
from hitpoint.rendering.warm import WarmRenderers
from hitpoint.rendering.window import FontJob, WindowJob, line_in_window
from hitpoint.session.changes import Copy, Differ, Span, copies_of, merged
from hitpoint.session.playing import PlayedCue
from hitpoint.session.remix import Peaks, Remix
from hitpoint.session.standing import EVERYTHING, copied_tape, moved_levels, moved_peaks, reader_of
from hitpoint.session.take import Layer, Sound
from hitpoint.session.tape import Extent, Tape, joined

#: Regions of the mix that are no farther apart are mixed as one: each begins 2.7 s early and ends 2.7 s late.
_REGION_GAP_SAMPLES = 6 * 48_000

#: A difference of dry sound below this (-114 dBFS) is none.
_INAUDIBLE = 2e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSound:
    """What was made for a version: `regions` (of `spans`) are finished pieces, `copies` stand around them.

    `Sounder.finished` makes the stems that are still missing in `regions`.
    """

    sound: Sound
    spans: tuple[Span, ...]
    regions: tuple[MixedAgain, ...]
    remix: Remix
    copies: tuple[Copy, ...]
    changed: tuple[Span, ...]  # dry sound or levels; what rings on is not in it


class Sounder:
    """Renders and mixes for one session: keeps renderers, fonts and hall warm. Close it when done."""

    def __init__(
        self, folder: Path, soundfont: Path, instruments: dict[str, Instrument], settings: MixSettings, processes: int
    ) -> None:
        self._folder = folder
        self._soundfont = soundfont
        self._instruments = instruments
        self._settings = settings
        self._processes = processes
        self._font = read_soundfont(soundfont)
        self._differ = Differ(self._font, instruments)
        self._renderers = WarmRenderers(processes)
        self._pool = ThreadPoolExecutor(processes)
        self._halls: dict[str, Hall] = {}
        self._warming: threading.Thread | None = None

    def close(self) -> None:
        """End the renderers."""
        self.wait()
        self._renderers.close()
        self._pool.shutdown(wait=True)

    def wait(self) -> None:
        """Wait until all that `warm` was asked for is loaded."""
        if self._warming is not None:
            self._warming.join()

    def warm(self, performances: Sequence[Performance], palette_mix: Mapping[str, Any]) -> None:
        """Load beside all else what the next version will need: fonts of all layers, responses of all seats."""
        layers = self._presets(performances)

        def load() -> None:
            hall = self._hall(palette_mix)
            for layer in layers:
                hall.spectra(layer)
            self._renderers.load(FontJob(self._soundfont, tuple(layers.values())))
            for performance in performances:
                self._differ.whole(performance)  # it remembers for how long each sound rings

        self.wait()
        self._warming = threading.Thread(target=load, daemon=True)
        self._warming.start()

    def first(
        self,
        performances: tuple[Performance, ...],
        *,
        version: str,
        span: tuple[int, int],
        speech: tuple[Span, ...],
        palette_mix: Mapping[str, Any],
        progress: Progress,
    ) -> tuple[Sound, MixResult]:
        """Render and mix everything, at the loudness target; the raw files lie in the version's folder `raw`."""
        work = self._folder / version / "dry"
        start_sample, length_samples = span
        stems = render_stems(
            performances,
            soundfont=self._soundfont,
            instruments=self._instruments,
            work_folder=work,
            start_sample=start_sample,
            length_samples=length_samples,
            processes=self._processes,
            progress=progress.part(0.0, 0.6),
        )
        mix, memory = mix_and_remember(
            stems,
            settings=self._settings,
            performances=performances,
            speech=speech,
            palette_mix=palette_mix,
            work_folder=self._folder / version / "raw",
            workers=self._processes,
            progress=progress.part(0.6, 1.0),
        )
        layers = {
            (stem.stem, stem.depth or 0.0): Tape(
                (Extent(start_sample, length_samples, stem.path.relative_to(self._folder).as_posix(), 0),)
            )
            for stem in stems
        }
        sound = Sound(
            start_sample=start_sample,
            length_samples=length_samples,
            layers=layers,
            stems=tuple(stem.stem for stem in mix.stems),
            gain_db=mix.gain_db,
            memory=memory,
            short_term_lufs=mix.short_term_lufs,
            integrated_lufs=mix.loudness_lufs,
            true_peak_dbtp=mix.true_peak_dbtp,
            limiter_max_reduction_db=mix.limiter_max_reduction_db,
            palette_mix=palette_mix,
            speech=speech,
            warnings=mix.warnings,
        )
        return sound, mix

    def next(
        self,
        before: Sound,
        cues: Sequence[PlayedCue],
        gone: Sequence[Performance],
        *,
        version: str,
        before_version: str,
        span: tuple[int, int],
        speech: tuple[Span, ...],
        progress: Progress,
    ) -> NewSound:
        """Render and mix what changed against a version, at its gain: the mix; stems follow with `finished`.

        `gone` are performances of cues that are no more.
        """
        performances = tuple(cue.performance for cue in cues)
        spans, copies, levels = self._changes(before, cues, gone, speech)
        start_sample, length_samples = span
        tapes = {layer: copied_tape(tape, copies) for layer, tape in before.layers.items()}
        work = self._folder / version / "dry"
        work.mkdir(parents=True, exist_ok=True)
        jobs, extents = self._jobs(performances, spans, work, start_sample)
        for layer, found in extents.items():
            tape = tapes.get(layer, Tape())
            for first, last in spans[layer]:  # where nobody plays any more, nothing is rendered
                tape = tape.without(first, last)
            tapes[layer] = tape.with_extents(found)
        tapes = {layer: joined(tape.extents) for layer, tape in tapes.items() if tape.extents}
        layers = dict(sorted(tapes.items(), key=lambda row: (STEM_NAMES.index(row[0][0]), row[0][1])))
        copied = {layer: copied_tape(tape, copies) for layer, tape in before.layers.items()}
        rows = {(layer, end): (start, end) for layer, layer_spans in spans.items() for start, end in layer_spans}
        told: dict[tuple[Layer, int], Future[Difference | None]] = {}

        def tell(row: tuple[Layer, int]) -> None:
            old, fresh = copied.get(row[0], Tape()), tapes.get(row[0], Tape())
            told[row] = self._pool.submit(self._difference, old, fresh, rows[row])

        if jobs:  # what is rendered is compared while the rest is being rendered
            self._renderers.render(
                jobs, done=lambda job: tell(((job.stem, job.depth), job.end_sample)), progress=progress.part(0.0, 0.6)
            )
        for row in rows:
            if row not in told:  # nobody plays there any more
                tell(row)
        differences: dict[Layer, list[Difference]] = {}
        for layer, end in rows:
            found_difference = told[layer, end].result()
            if found_difference is not None:
                differences.setdefault(layer, []).append(found_difference)
        changed = merged(
            [*(row.span for found_rows in differences.values() for row in found_rows), *levels], gap_samples=0
        )
        is_linear = not levels and copies == EVERYTHING and span == (before.start_sample, before.length_samples)
        stems = tuple(dict.fromkeys(stem for stem, _ in layers))
        sounding = tuple(dict.fromkeys([*stems, *(stem for stem, _ in before.layers)]))
        automations, warnings = automations_of(sounding, self._settings, performances=performances, speech=speech)
        memory = before.memory
        mix_peaks, stem_peaks, limited = (
            moved_peaks(curve, before.start_sample, copies, start_sample, length_samples)
            for curve in (memory.mix_peaks, memory.stem_peaks, memory.limited.astype(np.float32))
        )
        peaks = Peaks(mix=mix_peaks, stem=stem_peaks, limited=limited > 0)
        regions = tuple(
            (start, end) for start, end in merged(changed, _REGION_GAP_SAMPLES)
            if end > start_sample and start < start_sample + length_samples
        )  # fmt: skip
        before_folder = self._folder / before_version
        remix = Remix(
            layers={layer: reader_of(tape, self._folder) for layer, tape in layers.items()},
            differences=differences if is_linear else None,
            before=before_folder if (before_folder / "mix.wav").is_file() else None,
            stems=stems,
            settings=self._settings,
            hall=self._hall(before.palette_mix),
            gain_db=before.gain_db,
            automations=automations,
            origin_sample=start_sample,
            length_samples=length_samples,
            peaks=peaks,
            pool=self._pool,
        )
        mixed = remix.mix(regions, progress.part(0.6, 1.0))
        sound = replace(
            before,
            start_sample=start_sample,
            length_samples=length_samples,
            layers=layers,
            stems=stems,
            memory=_with_peaks(memory, peaks),
            speech=speech,
            warnings=tuple(dict.fromkeys([*(w for w in before.warnings if "fade" not in w), *warnings])),
        )
        return NewSound(
            sound=sound, spans=regions, regions=mixed, remix=remix, copies=tuple(copies), changed=tuple(changed)
        )

    def finished(self, new: NewSound) -> tuple[NewSound, bool]:
        """Return a version's sound with all stems, and whether its mix had to be made again for one of them."""
        regions, is_remade = new.remix.with_stems(new.spans, new.regions)
        sound = replace(new.sound, memory=_with_peaks(new.sound.memory, new.remix.peaks))
        return replace(new, sound=sound, regions=regions), is_remade

    def _changes(
        self, before: Sound, cues: Sequence[PlayedCue], gone: Sequence[Performance], speech: tuple[Span, ...]
    ) -> tuple[dict[Layer, list[Span]], list[Copy], list[Span]]:
        """Return what is to be rendered by layer, what stands, and where levels are others."""
        spans: dict[Layer, list[Span]] = {}
        levels: list[Span] = []
        for cue in cues:
            if cue.before is None or cue.is_whole:
                found = self._differ.whole(cue.performance)
                if cue.before is not None:
                    levels.append((cue.before.start_sample, cue.before.start_sample + cue.before.length_samples))
            else:
                found = self._differ.changed(cue.before, cue.performance, cue.shifts)
            for layer, rows in found.items():
                spans.setdefault(layer, []).extend(rows)
        is_moved = any(shift.samples for cue in cues for shift in cue.shifts)
        if not is_moved and not gone and not any(cue.is_whole for cue in cues):
            copies = list(EVERYTHING)
        else:
            lost = [*gone, *(cue.before for cue in cues if cue.is_whole and cue.before is not None)]
            copies, overlaps = copies_of(
                [(c.performance, None if c.is_whole else c.before, c.shifts) for c in cues], lost
            )
            for layer in {*before.layers, *spans}:
                spans.setdefault(layer, []).extend(overlaps)
            levels += overlaps
            levels += [(p.start_sample, p.start_sample + p.length_samples) for p in gone]
            levels += [
                (copy.start, min(copy.start + TAIL_SAMPLES, copy.end))
                for copy, last in zip(copies[1:], copies, strict=False)
                if copy.start <= last.end + TAIL_SAMPLES and copy.shift != last.shift
            ]
        after = tuple(cue.performance for cue in cues)
        earlier = tuple(cue.before for cue in cues if cue.before is not None) + tuple(gone)
        stems = list(dict.fromkeys([layer[0] for layer in (*before.layers, *spans)]))
        old, _ = automations_of(stems, self._settings, performances=earlier, speech=before.speech)
        new, _ = automations_of(stems, self._settings, performances=after, speech=speech)
        if not is_moved:
            levels += [row for stem in stems for row in changed_levels(old[stem], new[stem])]
        else:
            levels += [row for stem in stems for row in moved_levels(old[stem], new[stem], copies)]
        return {layer: merged(found) for layer, found in spans.items() if found}, copies, levels

    def _jobs(
        self, performances: tuple[Performance, ...], spans: Mapping[Layer, Sequence[Span]], work: Path, start: int
    ) -> tuple[list[WindowJob], dict[Layer, list[Extent]]]:
        lines: dict[Layer, list[Line]] = dict(layer_lines(performances, self._font, self._instruments))
        presets = self._presets(performances)
        jobs: list[WindowJob] = []
        extents: dict[Layer, list[Extent]] = {}
        for layer, found in spans.items():
            stem, depth = layer
            for first, last in found:
                first = max(first, start)
                if first >= last:
                    continue
                path = work / f"{stem}-{100 * depth:03.0f}-{first}.f32"
                cut = [
                    window
                    for line in lines.get(layer, [])
                    if (window := line_in_window(line, self._differ.rings, first, last)) is not None
                ]
                rows = extents.setdefault(layer, [])
                if not cut:
                    continue
                rows.append(Extent(first, last - first, path.relative_to(self._folder).as_posix(), 0))
                jobs.append(
                    WindowJob(
                        stem=stem,
                        depth=depth,
                        soundfont=self._soundfont,
                        presets=presets.get(layer, frozenset()),
                        lines=tuple(cut),
                        path=path,
                        start_sample=first,
                        end_sample=last,
                    )
                )
        return jobs, extents

    def _difference(self, before: Tape, after: Tape, span: Span) -> Difference | None:
        """Return what differs between two tapes in a span; how long notes ring was only known as a bound."""
        start, count = span[0], span[1] - span[0]
        difference = after.read(self._folder, start, count)
        difference -= before.read(self._folder, start, count)
        flat = difference.reshape(-1)  # left and right in turn
        is_loud = (flat > _INAUDIBLE) | (flat < -_INAUDIBLE)
        first = int(is_loud.argmax())
        if not is_loud[first : first + 1].any():
            return None
        first, last = first // 2, count - int(is_loud[::-1].argmax()) // 2
        return Difference(start + first, difference[first:last])

    def _presets(self, performances: Sequence[Performance]) -> dict[Layer, frozenset[tuple[int, int]]]:
        """Return all presets that the players of each layer may use."""
        wanted: dict[Layer, set[tuple[int, int]]] = {}
        for performance in performances:
            for part in performance.parts:
                instrument = self._instruments[part.instrument_id]
                presets = {(instrument.bank, instrument.program), *instrument.articulations.values()}
                presets |= {(note.bank, note.program) for note in part.notes}
                nearest = {self._differ.nearest(preset) for preset in presets}
                wanted.setdefault(self._differ.layer(part), set()).update(nearest)
        return {layer: frozenset(presets) for layer, presets in wanted.items()}

    def _hall(self, palette_mix: Mapping[str, Any]) -> Hall:
        key = repr(sorted(palette_mix.items()))
        if key not in self._halls:
            self._halls[key] = Hall(self._settings, palette_mix)
        return self._halls[key]


def _with_peaks(memory: MixMemory, peaks: Peaks) -> MixMemory:
    return replace(memory, mix_peaks=peaks.mix.copy(), stem_peaks=peaks.stem.copy(), limited=peaks.limited.copy())
