"""OtioFileHost: a folder into which any editor exports, as a host."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hitpoint.model.errors import CutError, HitpointError
from hitpoint_panel.hosts.host import Ability, HostChange, HostCut, ScoreToWrite, WriteReport
from hitpoint_panel.hosts.otio_file.difference import base_name, difference, is_same_timeline
from hitpoint_panel.hosts.otio_file.engine_process import Ask, ask_engine
from hitpoint_panel.hosts.otio_file.exchange import FOLDER_NAME, is_ours, remove_revisions, safe_name
from hitpoint_panel.hosts.otio_file.facts import CutFacts
from hitpoint_panel.hosts.otio_file.hand_out import hand_out
from hitpoint_panel.hosts.otio_file.subtitles import subtitles_for
from hitpoint_panel.hosts.otio_file.watch import Export, Watch, is_marker_list, is_whole, newest_export

#: A file has to stay the same this long; editors and copies over the network pause for less.
SETTLE_S = 0.4
#: `read` waits this long for an export that is still being written.
PATIENCE_S = 30.0
#: Editors delete the old export before they write the new one: gone is what stays away for longer.
GONE_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The export that was told last."""

    export: Export
    facts: CutFacts
    subtitles: Export | None
    subtitles_digest: str

    @property
    def revision(self) -> str:
        content = f"{self.facts.cut_digest} {self.facts.marker_digest} {self.subtitles_digest}"
        return hashlib.sha256(content.encode("ascii")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    """A file that the engine could not read, and why; tried again now and then: it may have been locked."""

    mark: tuple[Path, object]
    sentence: str
    at_s: float


class OtioFileHost:
    """Takes the newest finished export of a folder (or one file that is exported again and again); see `Host`.

    Parameters
    ----------
    place : Path
        A folder, which need not exist yet, or one timeline file.
    ask : callable
        Asks the engine (`engine_process.Ask`).
    settle_s, patience_s, gone_s : float
        How long a file has to stay the same; how long `read` waits for it; how long it has to be away to be gone.
    clock, sleep : callables
        Seconds that never go back, and waiting for some.
    """

    def __init__(
        self,
        place: Path,
        *,
        ask: Ask = ask_engine,
        settle_s: float = SETTLE_S,
        patience_s: float = PATIENCE_S,
        gone_s: float = GONE_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._place = place.expanduser().absolute()
        self._ask = ask
        self._settle_s, self._patience_s, self._gone_s = settle_s, patience_s, gone_s
        self._clock, self._sleep = clock, sleep
        self._watch = Watch(self._place, settle_s=settle_s, clock=clock)
        self._lock = threading.RLock()
        self._known: _Known | None = None
        self._missing_since_s: float | None = None
        self._is_gone = False
        self._refused: _Refused | None = None
        self._growing: tuple[tuple[Path, object], float] | None = None
        self._answers: dict[tuple[str, Path], tuple[object, bool]] = {}
        self.kept_files: tuple[Path, ...] = ()

    @property
    def place(self) -> Path:
        """The folder or file that is watched."""
        return self._place

    @property
    def exchange_folder(self) -> Path:
        """Where the score is handed out."""
        return (self._place.parent if self._is_one_file else self._place) / FOLDER_NAME

    @property
    def title(self) -> str:
        """What the panel shows."""
        home = Path.home()
        place = self._place
        text = str(Path("~") / place.relative_to(home)) if place.is_relative_to(home) else str(place)
        return f"{'File' if self._is_one_file else 'Folder'} {text}"

    @property
    def abilities(self) -> frozenset[Ability]:
        """Reading and following always; writing and removing where the folder can be written."""
        folder = self.exchange_folder
        existing = next((path for path in (folder, *folder.parents) if path.exists()), folder)
        can_write = existing.is_dir() and os.access(existing, os.W_OK)
        return frozenset({"read", "follow", "write", "remove"} if can_write else {"read", "follow"})

    def read(self, folder: Path) -> HostCut:
        """Take the newest export; wait for one that is still being written. `folder` is not needed: nothing is made.

        Raises `CutError` where there is none, it does not get finished, or the engine cannot read it.
        """
        with self._lock:
            end_s = self._clock() + self._patience_s
            while True:
                found = self._look()
                newest = self._newest(found)
                if newest is None:
                    raise CutError(self._nothing_here())
                is_ready = newest.is_settled and is_whole(newest.path)
                # what does not end as it must, and has not changed for long, is not going to: the engine says why
                if is_ready or self._clock() >= end_s:
                    break
                self._sleep(self._settle_s / 2)
            if not newest.is_settled:
                raise CutError(
                    f"{newest.path.name} is still being written after {self._patience_s:.0f} s; "
                    "wait until the editor has exported it, and read again"
                )
            self._known = self._examine(newest, found)
            self._missing_since_s, self._is_gone, self._refused = None, False, None
            return self._cut(self._known)

    def poll(self) -> HostChange | None:
        """Look at the folder; ask the engine only about a finished file that has changed.

        A new export that the engine cannot read raises its error, once; what was read before still stands.
        """
        with self._lock:
            found = self._look()
            newest = self._newest(found)
            known = self._known
            if known is not None:
                gone = self._gone(known, found, newest)
                if gone is not None or newest is None or self._missing_since_s is not None:
                    return gone
            if newest is None or not newest.is_settled:
                return None
            was_gone = self._is_gone
            if known is not None and was_gone and newest.order <= known.export.order:
                return None  # an older one is still there; only `read` goes back to it
            if known is not None and not was_gone and self._is_same(known, newest, found):
                return None
            mark = (newest.path, newest.signature)
            if not is_whole(newest.path) and self._may_still_grow(mark):
                return None
            refused = self._refused if self._refused is not None and self._refused.mark == mark else None
            if refused is not None and self._clock() - refused.at_s < self._patience_s:
                return None
            try:
                current = self._examine(newest, found)
            except HitpointError as error:
                self._refused = _Refused(mark=mark, sentence=str(error), at_s=self._clock())
                if refused is not None and refused.sentence == str(error):
                    return None
                raise
            self._known, self._is_gone, self._refused = current, False, None
            return self._change(known, current, was_gone=was_gone)

    def write(self, score: ScoreToWrite) -> WriteReport:
        """Hand the score out into the exchange folder under names of a new revision; nothing there is touched."""
        return hand_out(score, self.exchange_folder, self._timeline_name(score.cut.otio_path), ask=self._ask)

    def remove_score(self) -> int:
        """Delete what we handed out for the current timeline (before one was read: for all), but not what was changed.

        What was changed stays and is named in `kept_files`. The editor's own timelines are his to clear.
        """
        known = self._known
        timeline = None if known is None else self._timeline_name(known.export.path)
        removed, self.kept_files = remove_revisions(self.exchange_folder, timeline)
        return removed

    def playhead_frame(self) -> int | None:
        """A folder has no playhead."""
        return None

    def set_playhead_frame(self, frame: int) -> bool:
        """A folder has no playhead."""
        return False

    def close(self) -> None:
        """Nothing is held open."""

    @property
    def _is_one_file(self) -> bool:
        return self._watch.is_one_file

    def _look(self) -> list[Export]:
        return [export for export in self._watch.look() if not self._asked(is_ours, export)]

    def _newest(self, found: list[Export]) -> Export | None:
        """Return the newest export; a list of markers only where there is nothing else."""
        timelines = [export for export in found if not self._asked(is_marker_list, export)]
        return newest_export(timelines) or newest_export(found)

    def _asked(self, question: Callable[[Path], bool], export: Export) -> bool:
        """Return the answer to a question about a file's content, asked once for each state of the file."""
        key = (question.__name__, export.path)
        kept = self._answers.get(key)
        if kept is None or kept[0] != export.signature:
            kept = (export.signature, question(export.path))
            self._answers[key] = kept
        return kept[1]

    def _may_still_grow(self, mark: tuple[Path, object]) -> bool:
        """Return whether a file that breaks off should be given more time; asked at every look."""
        if self._growing is None or self._growing[0] != mark:
            self._growing = (mark, self._clock() + self._patience_s)
        return self._clock() < self._growing[1]

    def _examine(self, export: Export, found: list[Export]) -> _Known:
        facts = CutFacts.from_answer(self._ask({"do": "describe", "path": str(export.path)}))
        subtitles = subtitles_for(export.path, found)
        return _Known(export=export, facts=facts, subtitles=subtitles, subtitles_digest=_digest(subtitles))

    def _is_same(self, known: _Known, newest: Export, found: list[Export]) -> bool:
        """Return whether neither the export nor its subtitles changed, as far as the folder tells."""
        if (known.export.path, known.export.signature) != (newest.path, newest.signature):
            return False
        subtitles = subtitles_for(newest.path, found)
        if subtitles is None or known.subtitles is None:
            return subtitles is known.subtitles
        if not subtitles.is_settled:
            return True
        return (subtitles.path, subtitles.signature) == (known.subtitles.path, known.subtitles.signature)

    def _gone(self, known: _Known, found: list[Export], newest: Export | None) -> HostChange | None:
        """Return the change when the known export has been away for long enough; a newer one takes its place."""
        is_there = any(export.path == known.export.path for export in found)
        is_replaced = newest is not None and newest.order > known.export.order
        if is_there or is_replaced or self._is_gone:
            self._missing_since_s = None
            return None
        now_s = self._clock()
        if self._missing_since_s is None:
            self._missing_since_s = now_s
        if now_s - self._missing_since_s < self._gone_s:
            return None
        self._is_gone, self._missing_since_s = True, None
        name, folder = known.export.path.name, known.export.path.parent
        if not folder.is_dir():
            sentence = f"the folder {folder} is away; connect its disk again, the score here stays as it is"
        elif newest is not None:
            sentence = f"{name} is gone from the folder; {newest.path.name} is still there: read again to take that one"
        else:
            sentence = f"{name} is gone from the folder; export the timeline again"
        return HostChange(kind="gone", sentence=sentence, revision=known.revision)

    def _change(self, known: _Known | None, current: _Known, *, was_gone: bool) -> HostChange | None:
        name, facts = current.export.path.name, current.facts
        if known is None:
            return HostChange(kind="timeline", sentence=f"{name}: {facts.summary}", revision=current.revision)
        if not is_same_timeline(known.export.path, known.facts, current.export.path, facts):
            sentence = f"{name} is another timeline: {facts.summary}"
            return HostChange(kind="timeline", sentence=sentence, revision=current.revision)
        kind, sentence = difference(known.facts, facts)
        parts = [sentence] if sentence else []
        if known.subtitles_digest != current.subtitles_digest:
            kind = "cut"
            subtitles = current.subtitles
            parts.append("the subtitles are gone" if subtitles is None else f"new subtitles in {subtitles.path.name}")
        if kind is None:
            if not was_gone:
                return None
            return HostChange(kind="cut", sentence=f"{name} is back, unchanged", revision=current.revision)
        return HostChange(kind=kind, sentence=f"{name}: {'; '.join(parts)}", revision=current.revision)

    def _cut(self, known: _Known) -> HostCut:
        path, facts = known.export.path, known.facts
        return HostCut(
            otio_path=path,
            name=facts.name,
            timeline_id=str(path.parent / base_name(path.stem)),
            rate=facts.rate,
            start_timecode_frame=facts.start_timecode_frame,
            markers=None,
            subtitles_path=None if known.subtitles is None else known.subtitles.path,
            revision=known.revision,
        )

    def _timeline_name(self, path: Path) -> str:
        """Return what the handed-out files of an export are called, the same for each of its versions."""
        return safe_name(base_name(path.stem))

    def _nothing_here(self) -> str:
        if self._is_one_file:
            return f"{self._place} is not there; export the timeline to it again, or open another"
        if not self._place.is_dir():
            return f"the folder {self._place} is not there; connect its disk, or choose another folder"
        return f"no timeline in {self._place} yet; in your editor, export it as OTIO (.otio) into this folder"


def _digest(subtitles: Export | None) -> str:
    """Return the hash of what is said; "" without subtitles, or when the file went while we looked."""
    if subtitles is None:
        return ""
    try:
        return hashlib.sha256(subtitles.path.read_bytes()).hexdigest()[:32]
    except OSError:
        return ""
