"""An open cut: looked at once, scored again and again while the editor moves markers.

Read `Session.compose` from top to bottom: look, write, play, render and mix what changed, then measure and keep.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hitpoint.advice.suggestions import re_spotter, suggest
from hitpoint.generation import SoundChoice
from hitpoint.ledger import LEDGER_NAME, read_ledger
from hitpoint.mixing import MixSettings
from hitpoint.model.edits import BarSpan, Edits
from hitpoint.model.errors import InputError
from hitpoint.model.music import STEM_NAMES
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import seconds_to_samples
from hitpoint.pipeline import DEFAULT_SEED, audio_range, moments_to_hear
from hitpoint.rendering import find_soundfont
from hitpoint.resources import load_instruments, load_palettes
from hitpoint.session.answers import look_json
from hitpoint.session.export import Export, export_version
from hitpoint.session.known import NO_CHANGES, KnownCut, Look, changes_since
from hitpoint.session.listen import heard, heard_again, loudness_again
from hitpoint.session.next_files import same_span, span_of, write_next_file
from hitpoint.session.pictures import write_thumbnails
from hitpoint.session.playing import Players
from hitpoint.session.revise import Request, Writer, themes_for
from hitpoint.session.sound import NewSound, Sounder
from hitpoint.session.store import Store
from hitpoint.session.take import CueTake, Take
from hitpoint.session.version import ready_json, version_json
from hitpoint.session.wave_file import wrap_raw
from hitpoint.understanding import CutRequest

#: Up to so many takes are kept in memory; the others are read from disk when they are asked for.
_TAKES_IN_MEMORY = 4

Ready = Callable[[dict[str, Any]], None]


def _nobody(part: dict[str, Any]) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """How a session works: `processes` renderers (None: one per core), so many versions kept on disk."""

    loudness: str = "ebu"
    soundfont_path: Path | None = None
    processes: int | None = None
    keep_versions: int = 12


@dataclass(slots=True)
class _Steps:
    """Seconds per step of one request."""

    step_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.step_s[name] = round(self.step_s.get(name, 0.0) + time.perf_counter() - began, 4)


class Session:
    """One cut and its versions; one request at a time. Close it when done: it has processes."""

    def __init__(self, request: CutRequest, *, folder: Path, settings: SessionSettings | None = None) -> None:
        settings = settings or SessionSettings()
        self._settings = settings
        self._cut = KnownCut(request)
        self._store = Store(folder.resolve())
        self._mix_settings = MixSettings(loudness=settings.loudness)
        self._soundfont = find_soundfont(settings.soundfont_path)
        self._instruments, self._palettes = load_instruments(), load_palettes()
        processes = settings.processes or os.cpu_count() or 1
        self._players = Players(instruments=self._instruments, soundfont=self._soundfont)
        self._sounder = Sounder(self._store.folder, self._soundfont, self._instruments, self._mix_settings, processes)
        self._takes: dict[str, Take] = {}
        self._last_look: Look | None = None
        self._pictures: tuple[str, list[tuple[int, Path]]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the renderers; what was made stays on disk."""
        self._sounder.close()

    @property
    def folder(self) -> Path:
        """Where the versions lie."""
        return self._store.folder

    def look(self, edits: Edits | None = None, *, progress: Progress = SILENT) -> dict[str, Any]:
        """Return what is in the cut, with edits laid over it: a *look* (docs/service.md)."""
        before = self._last_look
        look = self._look(edits or Edits(), progress)
        changes: Mapping[str, Any] = NO_CHANGES
        if before is not None and before.look_id != look.look_id:
            changes = changes_since(before, look)
        return look_json(look, changes=changes, thumbnails=self._thumbnails(look))

    def _thumbnails(self, look: Look) -> list[tuple[int, Path]]:
        if self._pictures is None or self._pictures[0] != look.revision:
            self._pictures = (
                look.revision,
                write_thumbnails(look.known.basis.cut, self._store.folder / "thumbnails" / look.revision),
            )
        return self._pictures[1]

    def versions(self) -> list[dict[str, Any]]:
        """Return all versions, newest first, without their reports and waveforms."""
        return [
            {key: value for key, value in self._store.answer(version_id).items() if key not in ("report", "waveform")}
            for version_id in self._store.versions()
        ]

    def version(self, version_id: str) -> dict[str, Any]:
        """Return a version, whole; `InputError` where there is none of that name."""
        return self._store.answer(version_id)

    def compose(
        self,
        edits: Edits | None = None,
        *,
        parent_version_id: str | None = None,
        redo_bars: Sequence[BarSpan] = (),
        new_take_of_stem: str | None = None,
        progress: Progress = SILENT,
        ready: Ready = _nobody,
    ) -> dict[str, Any]:
        """Return the next version (docs/service.md).

        Parameters
        ----------
        parent_version_id : str or None
            What stays as it is where it can; None is the newest version.
        redo_bars : sequence of BarSpan
            Bars that are to have another take, in the numbers of the parent; all else stays.
        new_take_of_stem : str or None
            The players of this stem play another take, all others what they played.
        ready : function
            Called with `{"version_id", "mix"}` as soon as the mix can be played; stems and report follow.

        Raises `HitpointError` for what the user can mend, `Cancelled` when stopped; then there is no new version.
        """
        steps = _Steps()
        edits = edits or Edits()
        if new_take_of_stem is not None and new_take_of_stem not in STEM_NAMES:
            raise InputError(f"there is no stem {new_take_of_stem!r}; stems are {', '.join(STEM_NAMES)}")
        with steps.step("looking"):
            look = self._look(edits, progress.part(0.0, 0.1))
        parent, lost = self._parent(parent_version_id, must_be=bool(redo_bars or new_take_of_stem))
        if parent is None and (redo_bars or new_take_of_stem):
            raise InputError("there is no version yet of which another take could be made; compose the cut first")
        version_id = self._store.begin()
        try:
            return self._made(
                version_id,
                look,
                edits,
                parent,
                tuple(redo_bars),
                new_take_of_stem,
                steps,
                progress.part(0.1, 1.0),
                ready,
                lost,
            )
        except BaseException:
            self._store.drop(version_id)
            raise

    def _made(
        self,
        version_id: str,
        look: Look,
        edits: Edits,
        parent: Take | None,
        redo_bars: tuple[BarSpan, ...],
        stem: str | None,
        steps: _Steps,
        progress: Progress,
        ready: Ready,
        lost: str,
    ) -> dict[str, Any]:
        known = look.known
        seed = edits.seed if edits.seed is not None else parent.seed if parent else DEFAULT_SEED
        progress.update(0.0, "writing")
        with steps.step("writing"):
            same_themes = parent is not None and parent.seed == seed
            themes = themes_for(
                known.spotting.cues,
                parent.themes if parent is not None and same_themes else self._ledger(seed),
                seed=seed,
                palettes=self._palettes,
                instruments=self._instruments,
            )
            request = Request(
                edits=edits, seed=seed, redo_bars=redo_bars, new_take_of_stem=stem, take=int(version_id[1:])
            )
            writer = Writer(
                known=known,
                parent=parent,
                request=request,
                palettes=self._palettes,
                instruments=self._instruments,
                themes=themes,
            )
            revised = writer.write()
        progress.update(0.1, "playing")
        with steps.step("playing"):
            played = [self._players.played(cue, seed=seed, rate=known.cut.rate) for cue in revised]
        speech = tuple(
            (seconds_to_samples(Fraction(start_s)), seconds_to_samples(Fraction(end_s)))
            for start_s, end_s in known.speech_s
        )
        cues = tuple(
            CueTake(
                cue=row.cue,
                plan=row.plan,
                composition=row.composition,
                performance=sounding.performance,
                asked=row.asked,
            )
            for row, sounding in zip(revised, played, strict=True)
        )
        performances = tuple(cue.performance for cue in cues)
        span = audio_range(performances, known.cut)
        moments = moments_to_hear(tuple(c.cue for c in cues), tuple(c.plan for c in cues))
        folder = self._store.folder / version_id
        mix_path = folder / "mix.wav"
        part = progress.part(0.12, 0.9)
        new: NewSound | None = None
        if parent is None or all(cue.before is None or cue.is_whole for cue in played):
            palette_mix = self._palettes[cues[0].cue.brief.palette_id].tables.get("mix", {})
            with steps.step("rendering and mixing"):
                sound, mix = self._sounder.first(
                    performances,
                    version=version_id,
                    span=span,
                    speech=speech,
                    palette_mix=palette_mix,
                    progress=part,
                )
                wrap_raw(mix.mix.path, mix_path, sound.length_samples)
                mix.mix.path.unlink()
            ready(ready_json(version_id, mix_path, sound))
            with steps.step("writing stems"):
                for file in mix.stems:
                    wrap_raw(file.path, folder / f"{file.stem}.wav", sound.length_samples)
                    file.path.unlink()
                (folder / "raw").rmdir()
            with steps.step("listening"):
                measurements = heard(mix_path, sound, moments)
            changed = [(sound.start_sample, sound.start_sample + sound.length_samples)]
        else:
            before_folder = self._store.folder / parent.version_id
            gone_cues = [c for c in parent.cues if c.cue.number not in {cue.cue.number for cue in cues}]
            with steps.step("rendering and mixing"):
                new = self._sounder.next(
                    parent.sound,
                    played,
                    [cue.performance for cue in gone_cues],
                    version=version_id,
                    before_version=parent.version_id,
                    span=same_span(span, parent.sound),
                    speech=speech,
                    progress=part,
                )
            sound = new.sound
            with steps.step("writing the mix"):
                write_next_file(new, parent, "mix", folder=folder, before_folder=before_folder)
            ready(ready_json(version_id, mix_path, sound))
            with steps.step("writing stems"):
                new, is_remade = self._sounder.finished(new)
                sound = new.sound
                if is_remade:
                    write_next_file(new, parent, "mix", folder=folder, before_folder=before_folder)
                for name in sound.stems:
                    write_next_file(new, parent, name, folder=folder, before_folder=before_folder)
            changed = [(region.start_sample, region.end_sample) for region in new.regions]
            is_moved = any(copy.shift for copy in new.copies) or span_of(sound) != span_of(parent.sound)
            with steps.step("listening"):
                if changed or is_moved:
                    sound = loudness_again(mix_path, sound, is_moved=is_moved, regions=changed)
                reduced = [region.max_reduction_db for region in new.regions]
                sound = replace(sound, limiter_max_reduction_db=max([sound.limiter_max_reduction_db, *reduced]))
                measurements = heard_again(
                    mix_path,
                    sound,
                    moments,
                    before=parent.measurements,
                    copies=new.copies,
                    regions=changed,
                )
        progress.update(0.95, "writing the report")
        take = Take(
            version_id=version_id,
            parent_version_id=parent.version_id if parent else None,
            seed=seed,
            style=edits.style,
            edits=edits,
            cut_revision=look.revision,
            themes=themes,
            cues=cues,
            sound=sound,
            measurements=measurements,
        )
        with steps.step("advising"):
            advice = self._suggestions(take, look)
        with steps.step("reporting"):
            answer = version_json(
                take,
                look,
                revised,
                mix_path=mix_path,
                changed=changed,
                suggestions=advice,
                step_s=steps.step_s,
                lost=lost,
                loudness_target=self._settings.loudness,
                soundfont_name=self._soundfont.name,
                settings=self._mix_settings,
            )
        self._store.save(take, answer)
        self._takes[version_id] = take
        while len(self._takes) > _TAKES_IN_MEMORY:
            self._takes.pop(next(iter(self._takes)))
        self._store.prune(self._settings.keep_versions)
        self._sounder.warm(performances, sound.palette_mix)
        progress.update(1.0, "done")
        return answer

    def export(
        self,
        version_id: str,
        *,
        folder: Path,
        what: Sequence[str] = ("otio", "stems"),
        profile: str = "generic",
        sound: SoundChoice | None = None,
        progress: Progress = SILENT,
    ) -> dict[str, Any]:
        """Write a version's files into a folder of the user's and return `{"files": {kind: path}, "warnings": []}`.

        `what` are names of `hitpoint.session.export.WHAT`. The music is that of the version, with the generated layer
        that `sound` asks for; hits are measured again on what is written. Raises `InputError` for a version that does
        not fit the cut as it is now.
        """
        take = self.take(version_id)
        look = self._look(take.edits, progress.part(0.0, 0.1))
        wanted = Export(folder=folder, what=tuple(what), profile=profile, sound=sound or SoundChoice())
        return export_version(
            take,
            look,
            wanted,
            version_folder=self._store.folder / version_id,
            instruments=self._instruments,
            palettes=self._palettes,
            soundfont=self._soundfont,
            loudness=self._settings.loudness,
            progress=progress.part(0.1, 1.0),
        )

    def _look(self, edits: Edits, progress: Progress) -> Look:
        self._last_look = self._cut.look(edits, progress=progress)
        return self._last_look

    def _parent(self, version_id: str | None, *, must_be: bool) -> tuple[Take | None, str]:
        """Return what the next version builds on, and a sentence if that cannot be read: then all is written anew.

        With `must_be` (another take of a part of it) that is an `InputError`, as is a version that never was.
        """
        newest = self._store.versions()
        version_id = version_id if version_id is not None else newest[0] if newest else None
        if version_id is None:
            return None, ""
        try:
            return self.take(version_id), ""
        except InputError as error:
            if must_be or version_id not in newest:
                raise
            return None, f"all was written anew: {str(error).rsplit(';', 1)[0]}"

    def wait(self) -> None:
        """Wait until what the next version needs is loaded, which goes on beside all else."""
        self._sounder.wait()

    def take(self, version_id: str) -> Take:
        """Return the music of a version; `InputError` where it cannot be read."""
        if version_id not in self._takes:
            self._takes[version_id] = self._store.take(version_id)
        return self._takes[version_id]

    def _ledger(self, seed: int) -> Mapping[str, Any]:
        return read_ledger(self._cut.request.cut_path.resolve().parent / LEDGER_NAME).for_seed(seed)

    def _suggestions(self, take: Take, look: Look) -> list[dict[str, Any]]:
        """Return what could be changed so that the music falls better, tried out on this version's cues."""
        found = suggest(
            look.known.cut,
            [row.cue for row in take.cues],
            [row.plan for row in take.cues],
            speech_s=look.known.speech_s,
            edits=take.edits,
            spotter=re_spotter(look.known, self._cut.request),
        )
        return [suggestion.to_json() for suggestion in found]
