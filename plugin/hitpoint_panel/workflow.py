"""What happens when: a cut is opened, looked at, scored; something was edited, exported anew, or went wrong.

The one place that knows the engine and the document both. It never blocks; everything long is a `Job`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from hitpoint.model.errors import Cancelled, HitpointError
from hitpoint_panel.background import Background
from hitpoint_panel.engine import Engine, EngineGone
from hitpoint_panel.jobs import Job
from hitpoint_panel.notice import Notice
from hitpoint_panel.state.autosave import Autosave
from hitpoint_panel.state.document import Document
from hitpoint_panel.state.edits_json import edits_to_json
from hitpoint_panel.state.project_file import ProjectFile
from hitpoint_panel.watch import FileWatch

_EDIT_PAUSE_MS = 120  # edits that follow each other closer are one request
_VERSIONS_KEPT = 8
_RESTARTS = 3  # of the engine in a row, before the editor is asked


class Workflow(QObject):
    """Signals: `noticed(Notice)`; `progressed(share, sentence, seconds left)`; `rested()` when nothing runs any more;
    `looked(is_again)`; `exported(files, warnings)`; `saved(path)`.
    """

    noticed = pyqtSignal(object)
    progressed = pyqtSignal(float, str, object)
    rested = pyqtSignal()
    looked = pyqtSignal(bool)
    exported = pyqtSignal(object, object)
    saved = pyqtSignal(str)
    mix_came = pyqtSignal(object)  # a mix that can be heard before its version is complete

    def __init__(self, document: Document, connect: Callable[[], Engine], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.session_id: str | None = None
        self.writes_as_edited = True
        self._connect = connect
        self._engine: Engine | None = None
        self._background = Background(name="engine", threads=5, parent=self)
        self._jobs: dict[str, Job] = {}
        self._generation = 0  # answers about a cut that is no longer open are dropped
        self._versions: dict[str, dict[str, Any]] = {}
        self._wanted_version_id = ""
        self._waits_for_version = False
        self._asked: dict[str, Any] = {}  # what the newest compose was asked for
        self._restarts = 0
        self._autosave: Autosave | None = None
        self._watch = FileWatch(self)
        self._watch.changed.connect(lambda _: self.look(is_again=True))
        self._watch.gone.connect(self._on_gone)
        self._watch_project = FileWatch(self)  # another window may have the same cut
        self._watch_project.changed.connect(self._on_project_saved)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._follow_edits)
        document.edits_changed.connect(self._on_edits)
        document.changed.connect(self._save)

    def _on_project_saved(self) -> None:
        if self._autosave is not None:
            self._autosave.look()

    # --- opening -----------------------------------------------------------------------------------------------------

    def open(self, cut_path: Path, inputs: Mapping[str, str]) -> None:
        """Open a cut: what was made of it before is there at once, the look and the newest version come later.

        `inputs` (paths of `subtitles_path`, `script_path`) are remembered for the next time.
        """
        self.drop()
        self._generation += 1
        file = ProjectFile(cut_path)
        project, sentence = file.read()
        self._autosave = Autosave(file, self)
        self._autosave.saved.connect(self._on_saved)
        self._autosave.failed.connect(self._on_save_failed)
        self._autosave.overtaken.connect(self._on_overtaken)
        self._versions.clear()
        self.session_id = None
        self._wanted_version_id = project.current_version_id
        self.document.open(cut_path, project)
        beside = _companions(cut_path)
        given = {**{name: path for name, path in beside.items() if name not in project.inputs}, **inputs}
        if given:
            self.document.set_inputs(**given)
        if sentence:
            self.noticed.emit(Notice(sentence=sentence, level="warning", topic="project"))
        self._watch.watch(cut_path)
        self._watch_project.watch(file.beside)
        self._start_session()

    def _start_session(self) -> None:
        path, inputs = self.document.cut_path, dict(self.document.project.inputs)
        if path is None:
            return
        self.progressed.emit(0.0, "starting the engine" if self._engine is None else "opening the cut", None)

        def begin() -> tuple[Engine, dict[str, Any], list[dict[str, Any]]]:
            engine = self._engine if self._engine is not None else self._connect()
            session = engine.open_session(path, inputs=inputs)
            return engine, session, engine.versions(str(session["session_id"]))

        self._ask(begin, self._on_session, self._start_session)

    def _on_session(self, told: tuple[Engine, dict[str, Any], list[dict[str, Any]]]) -> None:
        self._engine, session, versions = told
        self.session_id = str(session["session_id"])
        self.document.remember_versions(versions)
        self.look(is_again=self.document.look is not None)
        known = {version["version_id"] for version in versions}
        newest = versions[0]["version_id"] if versions else ""
        wanted = self._wanted_version_id or self.document.project.current_version_id or newest
        if wanted in known:
            self._load_version(wanted, self._on_first_version)
        compared = self.document.project.compared_version_id
        if compared in known:
            self._load_version(compared, self.document.set_compared)
        if self._waits_for_version:  # asked for while the engine was away
            self._waits_for_version = False
            self.compose_again()

    def refresh_takes(self) -> None:
        """Ask which versions there are by now: another window on the same cut writes some, too."""
        engine, session_id = self._engine, self.session_id
        if engine is not None and session_id is not None:
            # one that fails is no news: the next thing that is asked of the engine says what is wrong
            self._ask(lambda: engine.versions(session_id), self.document.remember_versions, failed=lambda _: None)

    def _on_first_version(self, version: dict[str, Any]) -> None:
        self._wanted_version_id = ""
        self.document.set_version(version)
        self._on_edits()  # what was edited before a crash, and never heard

    def drop(self) -> None:
        """Let go of the open cut; what was made is written first."""
        for job in list(self._jobs.values()):
            job.drop()
        self._jobs.clear()
        self._pause.stop()
        self._watch.watch(None)
        self._watch_project.watch(None)
        if self._autosave is not None:
            self._autosave.close()
            self._autosave = None

    def close(self) -> None:
        """End: write what is waiting, let go of engine and threads."""
        self.drop()
        self._generation += 1
        if self._engine is not None:
            self._engine.close()
        self._background.close(timeout_s=1.0)

    # --- jobs --------------------------------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether a job runs."""
        return bool(self._jobs)

    def look(self, *, is_again: bool = False) -> None:
        """Look at the cut (again, after it was exported anew)."""
        if self.session_id is None:
            return
        self._start_job("look", {}, lambda look: self._on_look(look, is_again), again=lambda: self.look())

    def compose(
        self, *, redo_bars: Sequence[Mapping[str, Any]] = (), new_take_of_stem: str = "", is_fresh: bool = False
    ) -> None:
        """Write the music for the edits as they are; `is_fresh` does not build on the version in use."""
        self._asked = {"redo_bars": redo_bars, "new_take_of_stem": new_take_of_stem, "is_fresh": is_fresh}
        if self.session_id is None:
            self._waits_for_version = True
            if self._engine is None and self.document.cut_path is not None:
                self._start_session()
            return
        fields: dict[str, Any] = {"edits": edits_to_json(self.document.edits)}
        if self.document.version is not None and not is_fresh:
            fields["parent_version_id"] = self.document.version["version_id"]
        if redo_bars:
            fields["redo_bars"] = [dict(span) for span in redo_bars]
        if new_take_of_stem:
            fields["new_take_of_stem"] = new_take_of_stem
        self._pause.stop()
        self._start_job("compose", fields, self._on_version, again=self.compose_again)

    def compose_again(self) -> None:
        """Ask for the same again (the bars, the stem) after it failed."""
        self.compose(**self._asked)

    def export(
        self, folder: Path, what: Sequence[str], profile: str, *, sound: str = "sampled", model: str = ""
    ) -> None:
        """Write the version that is heard into a folder; "hybrid" and "generated" add what a neural model makes."""
        version = self.document.heard_version
        if version is None or self.session_id is None:
            self.noticed.emit(Notice(sentence="there is no music to export yet; write the score first", topic="export"))
            return
        fields = {
            "version_id": version["version_id"],
            "folder": str(folder),
            "what": list(what),
            "profile": profile,
        }
        if sound != "sampled":
            fields |= {"sound": sound, "model": model}

        def tell(result: dict[str, Any]) -> None:
            self.exported.emit(result.get("files") or {}, result.get("warnings") or [])

        self._start_job(
            "export", fields, tell, again=lambda: self.export(folder, what, profile, sound=sound, model=model)
        )

    def another_take(self) -> None:
        """Write the music again with a seed that no take has."""
        self.document.change_brief(seed=self.document.new_seed())
        if not self.writes_as_edited or self.document.version is None:
            self.compose()

    def cancel(self) -> None:
        """Stop everything that runs."""
        self._pause.stop()
        for job in self._jobs.values():
            job.cancel()

    def _start_job(
        self, kind: str, fields: Mapping[str, Any], done: Callable[[dict[str, Any]], None], again: Callable[[], None]
    ) -> None:
        if self._engine is None:
            return
        if (old := self._jobs.pop(kind, None)) is not None:
            old.drop()
        job = Job(self._engine, self._background, kind, {"session_id": self.session_id, **fields}, self)
        self._jobs[kind] = job

        def end() -> bool:
            if self._jobs.get(kind) is not job:
                return False
            del self._jobs[kind]
            if not self._jobs:
                self.rested.emit()
            return True

        def on_done(result: dict[str, Any]) -> None:
            if end():
                self._restarts = 0
                done(result)

        def on_failed(error: Exception) -> None:
            if end():
                self._on_error(error, again)

        job.done.connect(on_done)
        job.failed.connect(on_failed)
        job.progressed.connect(self._on_progress)
        job.previewed.connect(self._on_preview)
        self.progressed.emit(0.0, _BEGINNINGS.get(kind, "working"), None)
        job.start()

    def _on_progress(self, share: float, sentence: str, seconds_left: object) -> None:
        if self.sender() in self._jobs.values():
            self.progressed.emit(share, sentence, seconds_left)

    def _on_preview(self, told: Mapping[str, Any]) -> None:
        if self.sender() in self._jobs.values() and told.get("name") == "mix":
            self.mix_came.emit(told.get("data") or {})

    # --- answers -----------------------------------------------------------------------------------------------------

    def _on_look(self, look: dict[str, Any], is_again: bool) -> None:
        before = (self.document.look or {}).get("revision")
        self.document.set_look(look)
        self.looked.emit(is_again)
        self._on_edits()  # whichever of look and version comes last: what was edited and never heard is heard now
        sentences = (look.get("changes") or {}).get("sentences") or []
        if not is_again or look.get("revision") == before:
            return
        told = "; ".join(sentences) if sentences else "nothing that the music depends on"
        follows = self.writes_as_edited and self.document.version is not None
        ways = () if follows or self.document.version is None else (("Write the music again", self.compose),)
        self.noticed.emit(Notice(sentence=f"The cut was exported anew: {told}", ways_out=ways, topic="recut"))
        if follows and sentences:
            self.compose()

    def _on_version(self, version: dict[str, Any]) -> None:
        self._keep(version)
        self._wanted_version_id = ""
        self.document.set_version(version)

    def use_take(self, version_id: str) -> None:
        """Go back to a take: its edits (one step of undo) and its music."""
        self._wanted_version_id = version_id
        before = self.document.edits
        self.document.go_back_to(version_id)
        if self.document.edits == before:
            self._follow_edits()

    def compare_with(self, version_id: str) -> None:
        """Make a take the B of A/B; "" compares with nothing."""
        if version_id:
            self._load_version(version_id, self.document.set_compared)
        else:
            self.document.set_compared(None)

    def _load_version(self, version_id: str, then: Callable[[dict[str, Any]], None]) -> None:
        engine, session_id = self._engine, self.session_id
        if version_id in self._versions:
            then(self._versions[version_id])
        elif engine is not None and session_id is not None:

            def take_over(version: dict[str, Any]) -> None:
                self._keep(version)
                then(version)

            def write_again(error: Exception) -> None:
                if isinstance(error, EngineGone):
                    self._on_error(error, lambda: self._load_version(version_id, then))
                    return
                self.noticed.emit(
                    Notice(
                        sentence=f"The engine no longer has take {version_id}; its music can be written again",
                        level="warning",
                        ways_out=(("Write it again", lambda: self._write_again(version_id)),),
                        topic="take",
                    )
                )

            self._ask(lambda: engine.version(session_id, version_id), take_over, failed=write_again)

    def _write_again(self, version_id: str) -> None:
        self._wanted_version_id = ""
        self.document.go_back_to(version_id)
        self.compose(is_fresh=True)

    def _keep(self, version: dict[str, Any]) -> None:
        self._versions.pop(version["version_id"], None)
        self._versions[version["version_id"]] = version
        while len(self._versions) > _VERSIONS_KEPT:
            del self._versions[next(iter(self._versions))]

    # --- edits -------------------------------------------------------------------------------------------------------

    def _on_edits(self) -> None:
        if self.document.look is not None:
            self._pause.start(_EDIT_PAUSE_MS)

    def _follow_edits(self) -> None:
        """Hear what was edited: a version that was made so before, or a new one."""
        if self.document.look is None:
            return
        edits, version = self.document.edits, self.document.version
        wanted = self.document.take(self._wanted_version_id) or self.document.take_with(edits)
        self._wanted_version_id = ""
        if wanted is not None and self.document.is_of_this_cut(wanted):
            if (job := self._jobs.pop("compose", None)) is not None:
                job.drop()
                if not self._jobs:
                    self.rested.emit()
            if version is None or version["version_id"] != wanted.version_id:
                self._load_version(wanted.version_id, self.document.set_version)
        elif self.writes_as_edited and version is not None:
            self.compose()

    def _save(self) -> None:
        if self._autosave is not None:
            self._autosave.save(self.document.project)

    # --- trouble -----------------------------------------------------------------------------------------------------

    def _ask(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        again: Callable[[], None] | None = None,
        *,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Do a short call in the background; answers about another cut are dropped."""
        generation = self._generation

        def on_done(result: Any) -> None:
            if generation == self._generation:
                done(result)

        def on_failed(error: Exception) -> None:
            if generation == self._generation:
                (failed or (lambda problem: self._on_error(problem, again)))(error)

        self._background.run(work, on_done, on_failed)

    def _on_error(self, error: Exception, again: Callable[[], None] | None) -> None:
        if not self._jobs:
            self.rested.emit()
        if isinstance(error, Cancelled):
            return
        if isinstance(error, EngineGone) and self._restarts < _RESTARTS:
            self._restarts += 1
            self._reconnect(again)
            return
        self._restarts = 0
        if isinstance(error, EngineGone):
            self._engine = self.session_id = None
        ways = (("Try again", again if self._engine is not None else self._start_session),) if again else ()
        self.noticed.emit(Notice(sentence=_as_sentence(error), level="error", ways_out=ways, topic="engine"))

    def _reconnect(self, again: Callable[[], None] | None) -> None:
        """Start the engine again and go on with what was asked; nothing of the editor's is lost, it is all here."""
        for job in list(self._jobs.values()):
            job.drop()
        wants_music = "compose" in self._jobs or again == self.compose_again
        self._jobs.clear()
        self._waits_for_version = self._waits_for_version or wants_music
        self._engine = self.session_id = None
        self.noticed.emit(
            Notice(sentence="The engine stopped and is started again; nothing you made is lost", topic="engine")
        )
        self._start_session()

    def _on_gone(self, path: str) -> None:
        self.noticed.emit(
            Notice(
                sentence=f"{path} is gone; export the cut there again, or open it where it is now",
                level="warning",
                topic="recut",
            )
        )

    def _on_saved(self, path: str, sentence: str) -> None:
        self.saved.emit(path)
        if sentence:
            self.noticed.emit(Notice(sentence=sentence, level="warning", topic="project"))

    def _on_overtaken(self, sentence: str) -> None:
        self.noticed.emit(Notice(sentence=sentence, level="warning", topic="project"))
        self.refresh_takes()

    def _on_save_failed(self, sentence: str) -> None:
        self.noticed.emit(
            Notice(sentence=sentence, level="error", ways_out=(("Try again", self._save),), topic="project")
        )


_COMPANIONS = {
    "subtitles_path": (".srt", ".vtt", ".ass"),
    "script_path": (".fountain", ".fdx"),
}


def _companions(cut_path: Path) -> dict[str, str]:
    """Return the subtitles and the screenplay that lie beside a cut under its name."""
    found = {}
    for name, suffixes in _COMPANIONS.items():
        for path in (cut_path.with_suffix(suffix) for suffix in suffixes):
            if name not in found and path.is_file():
                found[name] = str(path)
    return found


_BEGINNINGS = {"look": "looking at the cut", "compose": "writing the music", "export": "exporting"}


def _as_sentence(error: Exception) -> str:
    if isinstance(error, HitpointError):
        return str(error)
    return f"Something went wrong in the panel ({type(error).__name__}: {error}); what you made is saved"
