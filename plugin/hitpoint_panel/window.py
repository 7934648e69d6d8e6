"""The window: the parts, what they show, and what happens when the editor does something to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

from PyQt6.QtCore import QEvent, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PyQt6.QtWidgets import QFileDialog, QMainWindow

from hitpoint_panel import hitpoints
from hitpoint_panel.engine import Engine
from hitpoint_panel.host_actions import HostActions
from hitpoint_panel.hosts import Host
from hitpoint_panel.keys import TransportKeys
from hitpoint_panel.menus import build_menus, fill_recent, transport_keys
from hitpoint_panel.notice import Notice
from hitpoint_panel.panes.export_dialog import ExportDialog
from hitpoint_panel.playback import Playback
from hitpoint_panel.refresh import Refresh
from hitpoint_panel.settings import Settings
from hitpoint_panel.state.document import Document
from hitpoint_panel.window_layout import Layout
from hitpoint_panel.workflow import Workflow

#: What can be opened and dropped (as `hitpoint score` takes it).
CUT_SUFFIXES = (
    ".otio", ".otioz", ".otiod", ".xml", ".fcpxml", ".edl", ".aaf", ".mp4", ".mov", ".avi", ".mkv",
)  # fmt: skip
_HOST_PLAYHEAD_MS = 150
_VIEW_SAVE_MS = 1500


class Window(QMainWindow):
    """One cut in one window. `connect` gives the engine (called in the background, may start one)."""

    closed = pyqtSignal()

    def __init__(
        self,
        *,
        connect: Callable[[], Engine],
        settings: Settings,
        open_host: Callable[[], Host] | None = None,
        folder: Path | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.document = Document(self)
        self.workflow = Workflow(self.document, connect, self)
        self.playback = Playback(self.document, self)
        self.transport = self.playback.transport
        self.parts = Layout(self)
        self.actions_by_name = build_menus(self)
        self.keys = TransportKeys(self, transport_keys(self), leave_to=(self.parts.strip, self.parts.arc))
        self.refresh = Refresh(self)
        self.host = HostActions(self, open_host, folder)
        self.setAcceptDrops(True)
        self.setWindowTitle("Hitpoint")
        self.setMinimumSize(QSize(760, 480))
        self._view_timer = QTimer(self)
        self._view_timer.setSingleShot(True)
        self._view_timer.timeout.connect(self._remember_view)
        self._wire_workflow()
        self._wire_parts()
        self._wire_views()
        self._restore()

    # --- cut ---------------------------------------------------------------------------------------------------------

    def open_cut(self, path: Path, inputs: Mapping[str, str] | None = None) -> None:
        """Open a cut (with its subtitles and so on); refuses in a sentence what cannot be one."""
        path = path.expanduser().absolute()
        if path.suffix.lower() not in CUT_SUFFIXES:
            said = f"{path.name} is no timeline that can be opened; export OTIO, FCPXML, EDL or AAF, or a video"
            self.tell(Notice(sentence=said, level="error", topic="open"))
            return
        if not path.exists():
            said = f"{path} is not there; open it where it is now"
            ways = (("Open …", self.choose_cut),)
            self.tell(Notice(sentence=said, level="error", ways_out=ways, topic="open"))
            return
        self.settings.add_recent_cut(path)
        fill_recent(self)
        self.transport.pause()
        self.workflow.open(path, inputs or {})

    def choose_cut(self) -> None:
        """Ask for a cut."""
        pattern = " ".join(f"*{suffix}" for suffix in CUT_SUFFIXES)
        folder = self.document.cut_path or next(iter(self.settings.recent_cuts()), Path.home())
        name, _ = QFileDialog.getOpenFileName(self, "Open a cut", str(folder.parent), f"Cuts ({pattern})")
        if name:
            self.open_cut(Path(name))

    def choose_subtitles(self) -> None:
        """Ask for the subtitles, and look again."""
        self._choose_input("subtitles_path", "Subtitles", "*.srt *.vtt *.ass")

    def choose_script(self) -> None:
        """Ask for the screenplay, and look again."""
        self._choose_input("script_path", "Screenplay", "*.fountain *.fdx *.txt *.json")

    def _choose_input(self, name: str, title: str, pattern: str) -> None:
        cut_path = self.document.cut_path
        if cut_path is None:
            return
        path, _ = QFileDialog.getOpenFileName(self, f"{title} of the cut", str(cut_path.parent), f"{title} ({pattern})")
        if path:
            self.workflow.open(cut_path, {name: path})

    # --- doing -------------------------------------------------------------------------------------------------------

    def compose(self) -> None:
        """Write the score (Ctrl+Return)."""
        self.parts.brief.finish_typing()
        self.workflow.compose()

    def another_take(self) -> None:
        """Write other music for the same brief (Ctrl+T)."""
        self.workflow.another_take()
        self.parts.right.setCurrentWidget(self.parts.takes)

    def show_export(self) -> None:
        """Ask what to export."""
        cut_path = self.document.cut_path
        if cut_path is None or self.document.heard_version is None:
            self.tell(Notice(sentence="There is no music to export yet; write the score first", topic="export"))
            return
        folder = Path(self.settings.text("export/folder") or cut_path.with_name(f"{cut_path.stem}-score"))
        what = [name for name in self.settings.text("export/what").split(",") if name]
        dialog = ExportDialog(
            folder,
            what=what,
            profile=self.settings.text("export/profile", "generic"),
            sound=self.settings.text("export/sound", "sampled"),
            model=self.settings.text("export/model"),
            parent=self,
        )
        dialog.export_pressed.connect(self._export)
        dialog.open()

    def _export(self, folder: str, what: list[str], profile: str, sound: str, model: str) -> None:
        self.settings.set_text("export/folder", folder)
        self.settings.set_text("export/what", ",".join(what))
        self.settings.set_text("export/profile", profile)
        self.settings.set_text("export/sound", sound)
        self.settings.set_text("export/model", model)
        self.workflow.export(Path(folder), what, profile, sound=sound, model=model)

    def add_hit(self) -> None:
        """Add a hit point under the playhead (M)."""
        if self.document.duration_frames:
            self.document.add_marker(int(self.transport.frame))

    def delete_hits(self) -> None:
        """Delete the hit points that are selected, in the strip or in the table."""
        self.document.delete_markers(self.refresh.selected)

    def go_to_hit(self, direction: int) -> None:
        """Go to the hit before or after the playhead."""
        frames = [marker.frame for marker in self.document.markers()]
        frame = hitpoints.neighbour(frames, self.transport.frame, direction)
        if frame is not None:
            self.transport.seek(frame)

    def go_to_cut(self, direction: int) -> None:
        """Go to the cut before or after the playhead."""
        frames = (self.document.look or {}).get("cut_frames", ())
        frame = hitpoints.neighbour(frames, self.transport.frame, direction)
        if frame is not None:
            self.transport.seek(frame)

    def toggle_loop(self) -> None:
        """Loop from hit to hit around the playhead, or play on."""
        loop = None if self.transport.loop else hitpoints.loop_around(self.document, self.transport.frame)
        self.set_loop(loop)

    def set_loop(self, loop: tuple[int, int] | None) -> None:
        """Loop a stretch of record frames."""
        self.transport.set_loop(loop)
        self.parts.strip.set_loop(loop)
        self.parts.transport.loop.setChecked(loop is not None)
        self._view_timer.start(_VIEW_SAVE_MS)

    def emphasise(self, amount: float) -> None:
        """More (or less) tense in the loop, or in the shot under the playhead."""
        span = self.transport.loop or hitpoints.shot_around(self.document, self.transport.frame)
        if span is not None:
            self.document.emphasise(span[0], span[1], amount)

    def toggle_compare(self) -> None:
        """Hear B, or A again."""
        self.document.compare(not self.document.is_comparing)

    def set_writes_as_edited(self, is_on: bool) -> None:
        """Write the music anew after every edit, or only when asked."""
        self.workflow.writes_as_edited = is_on
        self.settings.set_flag("writes_as_edited", is_on)

    def tell(self, notice: Notice) -> None:
        """Tell the editor something."""
        self.parts.banners.show_notice(notice)

    # --- wiring ------------------------------------------------------------------------------------------------------

    def _wire_workflow(self) -> None:
        workflow, parts = self.workflow, self.parts
        workflow.noticed.connect(self.tell)
        workflow.progressed.connect(parts.progress.progress)
        workflow.mix_came.connect(self.playback.hear_early)
        workflow.rested.connect(self.refresh.rest)
        workflow.saved.connect(lambda path: parts.progress.show_saved(f"Saved in {Path(path).name}"))
        workflow.exported.connect(self._on_exported)
        self.document.refused.connect(lambda said: self.tell(Notice(sentence=said, level="warning", topic="refused")))
        self.playback.failed.connect(lambda said: self.tell(Notice(sentence=said, level="warning", topic="media")))
        parts.progress.cancelled.connect(workflow.cancel)

    def _wire_parts(self) -> None:
        parts, document = self.parts, self.document
        parts.header.compose.clicked.connect(self.compose)
        parts.header.export.clicked.connect(self.show_export)
        parts.picture.clicked.connect(self.transport.toggle)
        bar = parts.transport
        bar.play_pressed.connect(self.transport.toggle)
        bar.step_pressed.connect(self.transport.step)
        bar.hit_pressed.connect(self.go_to_hit)
        bar.loop_toggled.connect(lambda _: self.toggle_loop())
        bar.compare_toggled.connect(document.compare)
        parts.mix.score_level_changed.connect(lambda level: self._set_level(score=level))
        parts.mix.sound_level_changed.connect(lambda level: self._set_level(sound=level))
        parts.add_hit.clicked.connect(self.add_hit)
        parts.delete_hits.clicked.connect(self.delete_hits)
        parts.ideas.frame_chosen.connect(self.transport.seek)
        parts.ideas.applied.connect(self._apply_suggestion)
        parts.brief.changed.connect(self._on_brief)
        parts.brief.emphasis_pressed.connect(self.emphasise)
        parts.brief.intensity_reset.connect(lambda cue: document.change_cue(cue, intensity=()))
        takes = parts.takes
        takes.another_pressed.connect(self.another_take)
        takes.use_pressed.connect(self.workflow.use_take)
        takes.compare_pressed.connect(self.workflow.compare_with)
        takes.rated.connect(lambda version_id, stars: document.change_take(version_id, stars=stars))
        takes.kept.connect(lambda version_id, is_kept: document.change_take(version_id, is_kept=is_kept))
        takes.named.connect(lambda version_id, name: document.change_take(version_id, label=name))
        parts.mix.choice_changed.connect(self._on_stems)
        parts.mix.stem_take_pressed.connect(lambda stem: self.workflow.compose(new_take_of_stem=stem))

    def _wire_views(self) -> None:
        parts, document, transport = self.parts, self.document, self.transport
        strip, arc, hits = parts.strip, parts.arc, parts.hits
        strip.markers_moved.connect(document.move_markers)
        strip.marker_added.connect(document.add_marker)
        strip.marker_activated.connect(self.refresh.show_marker)
        strip.markers_deleted.connect(document.delete_markers)
        strip.selection_changed.connect(self.refresh.select)
        strip.playhead_dragged.connect(transport.seek)
        strip.range_changed.connect(arc.set_visible_range)
        strip.emphasis_requested.connect(document.emphasise)
        strip.hits_changed.connect(document.change_markers)
        strip.bars_locked.connect(document.lock_bars)
        strip.bars_unlocked.connect(partial(document.lock_bars, is_locked=False))
        strip.bars_redo_requested.connect(self._redo_bars)
        strip.loop_chosen.connect(self.set_loop)
        strip.cue_activated.connect(self.refresh.show_cue)
        arc.intensity_changed.connect(lambda cue, points: document.change_cue(cue, intensity=tuple(points)))
        arc.playhead_dragged.connect(transport.seek)
        arc.range_changed.connect(strip.set_visible_range)
        hits.hit_changed.connect(document.change_marker)
        hits.refused.connect(lambda said: self.tell(Notice(sentence=said, level="warning", topic="refused")))
        hits.hit_selected.connect(self.refresh.on_hit_selected)
        hits.hits_deleted.connect(document.delete_markers)
        transport.moved.connect(lambda _: self._view_timer.isActive() or self._view_timer.start(_VIEW_SAVE_MS))

    def _apply_suggestion(self, suggestion: dict[str, Any]) -> None:
        if self.document.apply_suggestion(suggestion) and not self.workflow.writes_as_edited:
            self.workflow.compose()  # asked for by hand, so it is heard

    def _redo_bars(self, cue: str, first_bar: int, last_bar: int) -> None:
        self.workflow.compose(redo_bars=({"cue": cue, "first_bar": first_bar, "last_bar": last_bar},))

    def _on_brief(self, cue: str, field: str, value: Any) -> None:
        if cue:
            self.document.change_cue(cue, **{field: value})
        else:
            self.document.change_brief(**{field: value})

    def _on_stems(self, muted: frozenset[str], soloed: frozenset[str]) -> None:
        self.playback.set_stems(muted, soloed)
        self.document.set_view(muted=sorted(muted), soloed=sorted(soloed))

    def _set_level(self, **levels: float) -> None:
        self.playback.set_levels(**levels)
        for name, level in levels.items():
            self.settings.set_number(f"level/{name}", level)

    def _on_exported(self, files: dict[str, str], warnings: list[str]) -> None:
        if self.host.take_export(files):
            return
        places = sorted({str(Path(path).parent) for path in files.values() if isinstance(path, str)})
        said = f"Exported {len(files)} file{'s' * (len(files) != 1)} into {places[0] if places else 'the folder'}"
        level: Literal["info", "warning"] = "warning" if warnings else "info"
        self.tell(Notice(sentence="; ".join([said, *warnings]), level=level, topic="export"))

    # --- window ------------------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent | None) -> None:  # noqa: D102
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.workflow.refresh_takes()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Escape puts the newest notice away, where nobody below had another use for it."""
        if event is not None and event.key() == Qt.Key.Key_Escape and self.parts.banners.put_newest_away():
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: D102
        if event is not None and self._dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: D102
        if event is not None and (path := self._dropped(event)) is not None:
            event.acceptProposedAction()
            self.open_cut(path)

    def _dropped(self, event: QDropEvent) -> Path | None:
        data = event.mimeData()
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()] if data is not None else []
        return next((path for path in paths if path.suffix.lower() in CUT_SUFFIXES), paths[0] if paths else None)

    def closeEvent(self, event: QCloseEvent | None) -> None:  # noqa: D102
        self.parts.brief.finish_typing()
        self._remember_view()
        self.settings.set_layout("window", self.saveGeometry())
        self.parts.save(self.settings)
        self.settings.sync()
        self.keys.close()
        self.playback.close()
        self.host.close()
        self.workflow.close()
        self.closed.emit()
        super().closeEvent(event)

    def _restore(self) -> None:
        self.resize(1440, 860)
        geometry = self.settings.layout("window")
        if geometry is not None:
            self.restoreGeometry(geometry)
        self.parts.restore(self.settings)
        score, sound = self.settings.number("level/score", 1.0), self.settings.number("level/sound", 0.8)
        self.parts.mix.score_level.setValue(round(score * 100))
        self.parts.mix.sound_level.setValue(round(sound * 100))
        self.playback.set_levels(score=score, sound=sound)
        writes = self.settings.flag("writes_as_edited", True)
        self.workflow.writes_as_edited = writes
        self.actions_by_name["writes_as_edited"].setChecked(writes)
        self.refresh.everything()

    def _remember_view(self) -> None:
        if self.document.look is not None:
            loop = list(self.transport.loop) if self.transport.loop else None
            self.document.set_view(playhead_frame=int(self.transport.frame), loop=loop)
