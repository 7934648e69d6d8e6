"""Keeps what is shown true: every part is told again when what it shows has changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QImage
from PyQt6.QtMultimedia import QVideoFrame

from hitpoint.model.edits import BarSpan
from hitpoint_panel import hitpoints, present
from hitpoint_panel.state.takes import worth_showing

if TYPE_CHECKING:
    from hitpoint_panel.window import Window

_WELCOME = "Drop a timeline here, or open one (Ctrl+O)"


class Refresh(QObject):
    """Listens to document and transport, and tells the parts of a window."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._parts = window, window.parts
        self._document, self._transport = window.document, window.transport
        self.selected: list[str] = []
        self._is_selecting = False
        self._locked_bars: tuple[BarSpan, ...] = ()
        self._shown_intensity: tuple[object, object, object] = (None, None, None)
        document = self._document
        document.look_changed.connect(self.show_look)
        document.version_changed.connect(self.show_version)
        document.edits_changed.connect(self.show_edits)
        document.takes_changed.connect(self.show_takes)
        self._transport.moved.connect(self.show_position)
        self._transport.state_changed.connect(self.show_transport)
        window.playback.picture.frame_shown.connect(self._show_frame)
        window.playback.poster.connect(self._show_poster)

    def everything(self) -> None:
        """Show all of it."""
        self.show_look()
        self.show_takes()
        self.show_transport()

    def show_look(self) -> None:
        """Show another cut, or the same after it was exported anew."""
        parts, document = self._parts, self._document
        cut = present.strip_cut(document)
        if cut is not None:
            parts.strip.set_cut(cut)
            parts.arc.set_cut(cut)
            parts.hits.set_timebase(cut.rate, cut.start_timecode_frame, cut.duration_frames)
            parts.strip.set_loop(self._transport.loop)
        elif document.cut_path is None:
            parts.picture.show_text(_WELCOME)
        else:
            parts.picture.show_text("")
        arc = present.arc_curves(document)
        if arc is not None:
            parts.arc.set_arc(arc)
        look = document.look or {}
        parts.brief.set_styles(look.get("styles") or [])
        path = document.cut_path
        name = str(document.cut.get("name") or (path.stem if path else ""))
        about = ""
        if cut is not None:
            length = document.timecode(document.duration_frames)
            about = f"{length} at {document.rate}  ·  {len(look.get('shots') or [])} shots  ·  {_told(path)}"
        elif path is not None:
            about = _told(path)
        parts.header.show_cut(name, about)
        self._window.setWindowTitle(f"{name} – Hitpoint" if name else "Hitpoint")
        self.show_version()
        self.show_position(self._transport.frame)

    def show_version(self) -> None:
        """Show the version that is heard."""
        parts, document = self._parts, self._document
        version = document.heard_version
        self._show_music()
        loudness = present.loudness_curve(version)
        if loudness is not None:
            parts.arc.set_loudness(loudness)
        cues = (document.look or {}).get("cues") or []
        parts.brief.set_cues(cues)
        stems = list((version or {}).get("stems") or {})
        view = document.project.view
        muted, soloed = frozenset(view.get("muted") or ()), frozenset(view.get("soloed") or ())
        parts.mix.set_stems(stems, muted=muted, soloed=soloed)
        self._window.playback.set_stems(muted, soloed)
        changed = (version or {}).get("changed") or {}
        parts.ideas.set_ideas(
            (version or {}).get("suggestions") or [],
            changed=changed.get("sentences") or [],
            recut=((document.look or {}).get("changes") or {}).get("sentences") or [],
            warnings=((version or {}).get("report") or {}).get("warnings") or [],
            can_apply=document.can_apply,
        )
        parts.transport.show_compare(is_possible=document.compared is not None, is_comparing=document.is_comparing)
        has_cut, has_music = document.look is not None, version is not None
        parts.header.compose.setEnabled(document.cut_path is not None)
        parts.header.compose.setText("&Write again" if has_music else "&Write the score")
        parts.header.export.setEnabled(has_music)
        self._window.actions_by_name.enable(("export", "compare"), has_music)
        self._window.actions_by_name.enable(("add_hit", "take", "more", "less", "loop"), has_cut)
        self.show_edits()
        self.show_takes()
        if not self._window.workflow.is_busy:
            self.rest()

    def _show_music(self) -> None:
        """Show cues, bars, locks and waveform."""
        document = self._document
        self._locked_bars = document.edits.locked_bars
        shown = present.strip_version(document.heard_version, document.edits, document.rate)
        self._parts.strip.set_version(shown or present.spotted_version(document))

    def show_edits(self) -> None:
        """Show markers, hits, brief and intensity as they stand."""
        parts, document = self._parts, self._document
        parts.strip.set_markers(present.strip_markers(document))
        parts.hits.set_rows(present.hit_rows(document))
        shown = (document.edits.cues, document.version, document.look)
        if any(one is not other for one, other in zip(shown, self._shown_intensity, strict=True)):
            self._shown_intensity = shown
            parts.arc.set_intensity(present.intensity_lines(document))
        parts.brief.set_edits(document.edits)
        parts.ideas.show_possible()
        if document.edits.locked_bars != self._locked_bars:
            self._show_music()
        standing = {marker.id for marker in document.markers()}
        self.selected = [marker_id for marker_id in self.selected if marker_id in standing]
        parts.delete_hits.setEnabled(bool(self.selected))
        parts.add_hit.setEnabled(document.look is not None)

    def show_takes(self) -> None:
        """Show the takes."""
        project = self._document.project
        shown = worth_showing(
            project.takes, current_id=project.current_version_id, compared_id=project.compared_version_id
        )
        self._parts.takes.set_takes(
            shown, current_id=project.current_version_id, compared_id=project.compared_version_id
        )

    def show_position(self, frame: float) -> None:
        """Show where the playhead is."""
        self._parts.strip.set_playhead(frame)
        self._parts.arc.set_playhead(frame)
        document = self._document
        at_s = frame * float(document.rate.frame_s)
        self._parts.transport.show_timecode(
            document.timecode(int(frame)), hitpoints.bar_text(document.heard_version, at_s)
        )

    def show_transport(self) -> None:
        """Show whether it plays and what is looped."""
        self._parts.transport.show_playing(self._transport.rate)
        self._parts.transport.loop.setChecked(self._transport.loop is not None)

    def rest(self) -> None:
        """Show that nothing runs."""
        summary = present.hit_summary(self._document.heard_version)
        if not summary and self._document.look is not None:
            count = len(self._document.markers())
            summary = f"{count} marker{'s' * (count != 1)}; nothing is written yet"
        self._parts.progress.rest(summary)

    # --- selection ---------------------------------------------------------------------------------------------------

    def select(self, marker_ids: list[str]) -> None:
        """Take over what is selected in the strip."""
        self.selected = list(marker_ids)
        self._parts.delete_hits.setEnabled(bool(self.selected))
        if not self._is_selecting:
            self._parts.hits.set_selection(marker_ids)

    def on_hit_selected(self, marker_id: str) -> None:
        """Take over what is selected in the table: the strip selects it, and the playhead goes there."""
        if self._is_selecting or not marker_id:
            return
        self.selected = self._parts.hits.selected_ids or [marker_id]
        self._parts.delete_hits.setEnabled(True)
        marker = self._document.marker(marker_id)
        self._is_selecting = True
        self._parts.strip.set_selection(self.selected)
        if marker is not None and not self._transport.is_playing:
            self._transport.seek(marker.frame)
        self._is_selecting = False

    def show_marker(self, marker_id: str) -> None:
        """Go to a marker, and to its row."""
        marker = self._document.marker(marker_id)
        if marker is not None:
            self._transport.seek(marker.frame)
            self._parts.middle.setCurrentIndex(0)
            self._parts.hits.set_selection([marker_id])
            self._parts.hits.setFocus()

    def show_cue(self, number: str) -> None:
        """Show the brief of a cue."""
        self._parts.right.setCurrentWidget(self._parts.brief)
        self._parts.brief.show_cue(number)

    # --- picture -----------------------------------------------------------------------------------------------------

    def _show_frame(self, frame: QVideoFrame, _: float) -> None:
        self._parts.picture.show_frame(frame)

    def _show_poster(self, image: QImage, text: str) -> None:
        if image.isNull():
            self._parts.picture.show_text(text)
        else:
            self._parts.picture.show_image(image, text)


def _told(path: Path | None) -> str:
    """Return a path as people write it."""
    if path is None:
        return ""
    return f"~/{path.relative_to(Path.home()).as_posix()}" if path.is_relative_to(Path.home()) else str(path)
