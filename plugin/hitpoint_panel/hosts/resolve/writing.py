"""A score put on the timeline, and everything ours taken off it again.

What is done is noted with the way back, and a refusal at any step goes all the way back: nothing half-written remains.
Resolve's own answers are not believed; after each step the timeline is looked at again.
"""

from __future__ import annotations

import secrets
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from hitpoint.model.errors import InputError
from hitpoint.model.time import FrameRate
from hitpoint_panel.hosts.host import HostMarker, ScoreToWrite, ScoreTrack, WriteReport
from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.identity import BIN, is_our_marker, note_for, with_our_data
from hitpoint_panel.hosts.resolve.steps import tracks_of_score
from hitpoint_panel.hosts.resolve.undoing import UndoableSteps
from hitpoint_panel.hosts.resolve.values import Inventory, Look, OurItem, TrackFacts

#: How far beside its frame a marker of ours goes where the user's own stands there: Resolve keeps one a frame.
_BESIDE_FRAMES = 8
#: How much a clip's length may be off: Resolve rounds down where media and timeline have different rates (no. 6).
_SHORT_FRAMES = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedClip:
    """A clip as it is to stand: media and media frames (end exclusive), absolute frame and length on the timeline."""

    track: str
    media_id: str
    media_frames: int
    record: int
    duration: int


@dataclass(slots=True)
class ScoreWriter(UndoableSteps):
    """One write, or one removal, on the timeline that is open."""

    _tracks: dict[str, TrackFacts] = field(default_factory=dict)

    def write(self, score: ScoreToWrite) -> WriteReport:
        """Write a score; raises `ResolveError` or `InputError` in one sentence, and then nothing has changed."""
        check_files(score.tracks)
        if self.session.look().timeline_id != self.timeline_id:
            raise ResolveError("other_timeline")
        page = self._call("open_page", page="edit")["old"]
        name = ""
        try:
            if score.on_duplicate:
                name = self._duplicate()
            tracks, markers, is_verified = self._write(score)
        except (ResolveError, InputError) as error:
            raise self._go_back(error) from error
        finally:
            self._restore_page(page)
        return WriteReport(
            tracks=tracks,
            markers=markers,
            is_verified=is_verified,
            files=tuple(track.path for track in score.tracks),
            warnings=tuple(self.warnings),
            timeline_name=name,
        )

    def remove(self) -> int:
        """Take everything ours off the timeline; return how many clips, tracks and markers that were."""
        look = self.session.look()
        page = self._call("open_page", page="edit")["old"]
        try:
            inventory = self.session.inventory(self.timeline_id)
            removed = self._delete_items(inventory.items, look)
            removed += self._delete_markers([marker for marker in look.markers if is_our_marker(marker)])
            removed += self._delete_tracks(tracks_of_score(inventory, look))
            self._delete_media(inventory, keep=frozenset())
            if removed:
                self._save()
        finally:
            self._restore_page(page)
        return removed

    # --- the steps of a write ---

    def _write(self, score: ScoreToWrite) -> tuple[tuple[str, ...], int, bool]:
        before = self.session.look()
        inventory = self.session.inventory(self.timeline_id)
        clips = self._import(score, before)
        self._clear(inventory, before)
        self._make_tracks(score, inventory, before)
        self._append(clips)
        self._check_clips(clips)
        markers = self._write_markers(score, before)
        for track in score.tracks:
            self._enable(track)
        is_saved = self._save()
        self._check_clips(clips)
        self._check_markers(markers)
        self._undo.clear()  # from here on the score stands; what is left to do is sweeping up
        self._sweep(score, inventory, before, clips, is_saved)
        return tuple(track.name for track in score.tracks), len(markers), is_saved

    def _sweep(
        self, score: ScoreToWrite, inventory: Inventory, before: Look, clips: list[PlacedClip], is_saved: bool
    ) -> None:
        """Delete what the score before needed and this one does not; where that fails, this one stands all the same."""
        try:
            names = {track.name for track in score.tracks}
            old = [track for track in tracks_of_score(inventory, before) if track.name not in names]
            swept = self._delete_tracks(old)
            swept += self._delete_media(inventory, keep=frozenset(clip.media_id for clip in clips))
            if swept and is_saved:
                self._save()
        except ResolveError as error:
            self.warnings.append(f"the score stands, but not all of the one before was removed: {error}")

    def _import(self, score: ScoreToWrite, look: Look) -> list[PlacedClip]:
        token = secrets.token_hex(4)
        notes = {
            str(track.path): note_for(
                timeline_id=self.timeline_id, revision=score.revision, track=track.name, token=token
            )
            for track in score.tracks
        }
        files = [{"path": path, "note": note} for path, note in notes.items()]
        self._undo.append(("files", lambda: self._forget_media(frozenset(notes.values()))))
        answers = self._call("import_media", bin=BIN, files=files, timeline_id=self.timeline_id)
        media = {answer["path"]: answer for answer in answers}
        clips = []
        for track in score.tracks:
            about = media.get(str(track.path))
            if about is None:
                raise ResolveError("refused", f"{track.path.name} did not come into the media pool")
            if not about["is_noted"]:
                raise ResolveError(
                    "refused", f"{track.path.name} takes no note in the media pool, by which it is known"
                )
            frames, duration = clip_frames(about["fps"], about["frames"], track.path, look.spaces.rate)
            clips.append(
                PlacedClip(
                    track=track.name,
                    media_id=about["id"],
                    media_frames=frames,
                    record=look.spaces.to_absolute(track.start_frame),
                    duration=duration,
                )
            )
        return clips

    def _clear(self, inventory: Inventory, look: Look) -> None:
        """Take the clips of the score before off their tracks, which are then used again with their mixer settings."""
        if not inventory.items:
            return
        self._undo.append(("the score before", lambda: self._bring_back(inventory.items)))
        self._delete_items(inventory.items, look)

    def _make_tracks(self, score: ScoreToWrite, inventory: Inventory, look: Look) -> None:
        """Find the tracks of the score before on which there is nothing else; append new ones for the rest."""
        counts = Counter(item.track for item in inventory.items)
        for track in tracks_of_score(inventory, look):
            if track.count == counts[track.index]:
                self._tracks[track.name] = track
        new = [track.name for track in score.tracks if track.name not in self._tracks]
        if not new:
            return
        has_subtypes = self.session.program.is_at_least(19, 0) or not self.session.program.version
        before = len(self._audio_tracks())
        self._undo.append(("tracks", lambda: self._drop_tracks(len(new), before)))
        subtype = "stereo" if has_subtypes else None
        made = self._call("add_tracks", timeline_id=self.timeline_id, names=new, subtype=subtype)["indices"]
        tracks = self._audio_tracks()[before:]
        for name, track in zip(new, tracks, strict=False):
            if track.name == name and track.index in made:
                self._tracks[name] = track
        missing = [name for name in new if name not in self._tracks]
        if missing:
            raise ResolveError("refused", f"the track {missing[0]!r} could not be made")
        if not has_subtypes:
            self.warnings.append(
                f"{self.session.program.title} makes mono tracks from scripts: set the score's tracks to stereo "
                "in Resolve"
            )

    def _append(self, clips: list[PlacedClip]) -> None:
        tracks = {clip.track: self._tracks[clip.track] for clip in clips}
        locked = [track.index for track in tracks.values() if track.is_locked]
        ids = frozenset(clip.media_id for clip in clips)
        self._undo.append(("clips", lambda: self._drop_items(ids)))
        rows: list[dict[str, object]] = [
            {
                "media_id": clip.media_id,
                "track": tracks[clip.track].index,
                "start": 0,
                "end": clip.media_frames,
                "record": clip.record,
            }
            for clip in clips
        ]
        self._append_rows(rows, locked)

    def _check_clips(self, clips: list[PlacedClip]) -> None:
        """Look whether each clip stands on its frame with its length, alone of its media."""
        items: dict[str, list[OurItem]] = {}
        for item in self.session.inventory(self.timeline_id).items:
            items.setdefault(item.media_id, []).append(item)
        names = {track.index: track.name for track in self._audio_tracks()}
        for clip in clips:
            found = items.get(clip.media_id, [])
            if len(found) != 1:
                raise ResolveError("refused", f"the clip of {clip.track!r} is not on the timeline")
            item = found[0]
            length = item.end - item.start
            if item.start != clip.record or names.get(item.track) != clip.track:
                raise ResolveError("refused", f"the clip of {clip.track!r} stands on another frame or track")
            if not clip.duration - _SHORT_FRAMES <= length <= clip.duration + _SHORT_FRAMES:
                raise ResolveError(
                    "refused", f"the clip of {clip.track!r} is {length} frames long and not {clip.duration}"
                )

    def _write_markers(self, score: ScoreToWrite, look: Look) -> list[HostMarker]:
        old = [marker for marker in look.markers if is_our_marker(marker)]
        taken = {marker.frame for marker in look.markers if not is_our_marker(marker)}
        markers, moved = [], 0
        for number, marker in enumerate(sorted(score.markers, key=lambda entry: entry.frame), 1):
            ours = with_our_data(marker, revision=score.revision, number=number)
            frame = free_frame(marker.frame, taken)
            if frame is None:
                self.warnings.append(f"the marker {marker.name!r} found no free frame and was left out")
                continue
            taken.add(frame)
            moved += frame != marker.frame
            markers.append(replace(ours, frame=frame))
        if moved:
            self.warnings.append(
                f"{moved} of our markers stand{'s' * (moved == 1)} beside {'its' if moved == 1 else 'their'} frame, "
                "since Resolve keeps one marker a frame and yours are there"
            )
        if old:
            self._undo.append(("markers before", lambda: self._add_markers(old)))
            self._delete_markers(old)
        self._undo.append(("markers", lambda: self._drop_markers(markers)))
        self._add_markers(markers)
        self._check_markers(markers)
        return markers

    def _check_markers(self, markers: list[HostMarker]) -> None:
        look = self.session.look()
        if look.timeline_id != self.timeline_id:
            raise ResolveError("other_timeline")
        there = {marker.custom_data: marker.frame for marker in look.markers}
        for marker in markers:
            if there.get(marker.custom_data) != marker.frame:
                raise ResolveError("refused", f"the marker {marker.name!r} is not on the timeline")

    def _enable(self, track: ScoreTrack) -> None:
        found = self._tracks[track.name]
        if found.is_enabled and not track.is_enabled:
            self._set_track(found.index, is_enabled=False)

    def _duplicate(self) -> str:
        original = self.timeline_id
        look = self.session.look()
        names = set(self._call("timeline_names"))
        name = next(
            candidate
            for candidate in (f"{look.name} scored{'' if n == 1 else f' {n}'}" for n in range(1, 10_000))
            if candidate not in names
        )
        self._undo.append(("the duplicate", lambda: self._drop_duplicate(original, name)))
        copy_id = self._call("duplicate", timeline_id=original, name=name)["timeline_id"]
        now = self.session.look()
        if not copy_id or now.timeline_id != copy_id or copy_id == original:
            raise ResolveError("refused", f"the duplicate {name!r} could not be opened")
        self.timeline_id = copy_id
        return name


def free_frame(frame: int, taken: set[int]) -> int | None:
    """Return the nearest frame on which there is no marker, later before earlier; None where all are taken."""
    for distance in range(_BESIDE_FRAMES + 1):
        for candidate in (frame + distance, frame - distance):
            if candidate >= 0 and candidate not in taken:
                return candidate
    return None


def check_files(tracks: tuple[ScoreTrack, ...]) -> None:
    """Raise `InputError` before anything is touched, where a file or a place cannot be."""
    names = [track.name for track in tracks]
    if not tracks or len(set(names)) != len(names):
        raise InputError("a score needs tracks, each with a name of its own; write it again")
    for track in tracks:
        if track.start_frame < 0:
            raise InputError(
                f"track {track.name!r} begins {-track.start_frame} frames before the timeline, where Resolve plays "
                "nothing; let the music begin later"
            )
        if not track.path.is_file():
            raise InputError(f"{track.path} is not there; write the score again")


def clip_frames(fps: object, frames: object, path: Path, rate: FrameRate) -> tuple[int, int]:
    """Return a file's length in media frames, as Resolve counts, and on the timeline.

    Resolve gives a WAV the rate that its project had at import and keeps it (ledger no. 7), so media frames and
    timeline frames may differ; where they do, it rounds down (no. 6).
    """
    import soundfile

    about = soundfile.info(str(path))
    duration_s = Fraction(about.frames, about.samplerate)
    media_rate = rate
    with suppress(ValueError):  # a build that does not say; then it is the timeline's own
        media_rate = FrameRate.snap(float(str(fps)))
    expected = duration_s * media_rate.fps
    try:
        media_frames = int(float(str(frames)))
    except ValueError:
        media_frames = round(expected)
    if abs(media_frames - expected) > 2:
        raise ResolveError(
            "refused", f"it takes {path.name} for {media_frames} frames long, and it is {float(expected):.1f}"
        )
    return media_frames, int(media_frames * rate.fps / media_rate.fps)
