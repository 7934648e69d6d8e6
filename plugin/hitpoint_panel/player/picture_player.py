"""The picture (and production sound) of a cut: two decks of QMediaPlayer take turns over the cuts.

While one deck shows a shot, the other has loaded the next one and stands on its first frame, so that a cut is a cut.
Decks follow the transport's clock. How far a deck is off is known exactly from the time stamp of the frame it shows; a
little is mended by its speed, more by a seek.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path

from PyQt6.QtCore import QElapsedTimer, QObject, QTimer, QUrl, pyqtSignal
from PyQt6.QtMultimedia import QAudioOutput, QMediaPlayer, QVideoFrame, QVideoSink

from hitpoint_panel.player.shots import ShotTable

_SEEK_FROM_S = 0.25  # a deck that is further off while playing is sought
_NUDGE = 0.06  # at most this much faster or slower to catch up
_SEEK_PATIENCE_MS = 400  # a seek that shows nothing for so long may be followed by the next
_SLOWEST, _FASTEST = 0.25, 4.0  # beyond, decks are sought frame by frame

_READY = (
    QMediaPlayer.MediaStatus.LoadedMedia,
    QMediaPlayer.MediaStatus.BufferingMedia,
    QMediaPlayer.MediaStatus.BufferedMedia,
    QMediaPlayer.MediaStatus.EndOfMedia,
)


class Deck(QObject):
    """One QMediaPlayer with its sink. Seconds are the file's."""

    frame_shown = pyqtSignal(object, float)  # QVideoFrame, second in the file
    failed = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None, *, wants_sound: bool = True) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self.shown_s: float | None = None
        self.last_frame: QVideoFrame | None = None
        self._player = QMediaPlayer(self)
        self._sink = QVideoSink(self)
        self._player.setVideoSink(self._sink)
        self._sound: QAudioOutput | None = None
        if wants_sound:
            self._sound = QAudioOutput(self)
            self._player.setAudioOutput(self._sound)
        self._target_s: float | None = None
        self._is_seeking = False
        self._since_seek = QElapsedTimer()
        self._shown_at = QElapsedTimer()
        self._is_playing = False
        self._speed = 1.0
        self._sink.videoFrameChanged.connect(self._on_frame)
        self._player.mediaStatusChanged.connect(self._on_status)
        self._player.errorOccurred.connect(self._on_error)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._seek_now)

    @property
    def is_ready(self) -> bool:
        """Whether the file is open."""
        return self._player.mediaStatus() in _READY

    def load(self, path: Path) -> None:
        """Open a file (nothing, if it is open)."""
        if path == self.path:
            return
        self.path, self.shown_s, self.last_frame, self._is_seeking = path, None, None, False
        self._is_playing = False
        self._player.setSource(QUrl.fromLocalFile(str(path)))

    def seek(self, at_s: float) -> None:
        """Show the frame of a second; of several seeks in a hurry the last one counts."""
        self._target_s = at_s
        self._seek_now()

    def play(self, speed: float) -> None:
        """Run at a speed from where it stands."""
        if speed != self._speed:
            self._speed = speed
            self._player.setPlaybackRate(speed)
        if not self._is_playing:
            self._is_playing = True
            if self.is_ready:
                self._player.play()

    def pause(self) -> None:
        """Stand still."""
        self._is_playing = False
        self._player.pause()

    def stop(self) -> None:
        """Let go of the file."""
        self.path, self._target_s, self._is_playing = None, None, False
        self._player.stop()
        self._player.setSource(QUrl())

    def set_volume(self, volume: float) -> None:
        """Set the level of the production sound, 0..1."""
        if self._sound is not None:
            self._sound.setVolume(volume)

    def late_s(self, wanted_s: float) -> float | None:
        """Return how far behind the wanted second the picture is (negative: ahead); None where that is not known."""
        if self.shown_s is None or self._is_seeking or self._target_s is not None:
            return None
        shown_for_s = self._shown_at.elapsed() / 1000 * self._speed if self._is_playing else 0.0
        return wanted_s - (self.shown_s + min(shown_for_s, 0.1))

    def _seek_now(self) -> None:
        if self._target_s is None or not self.is_ready:
            return
        if self._is_seeking and self._since_seek.elapsed() < _SEEK_PATIENCE_MS:
            self._timer.start(_SEEK_PATIENCE_MS)
            return
        at_s, self._target_s = self._target_s, None
        self._is_seeking = True
        self._since_seek.start()
        if not self._is_playing and self._player.playbackState() != QMediaPlayer.PlaybackState.PausedState:
            self._player.pause()
        self._player.setPosition(round(at_s * 1000))

    def _on_frame(self, frame: QVideoFrame) -> None:
        if not frame.isValid():
            return
        self.shown_s = frame.startTime() / 1e6 if frame.startTime() >= 0 else self._player.position() / 1000
        self._shown_at.start()
        self._is_seeking = False
        self.last_frame = QVideoFrame(frame)  # ours: the one given dies with this call, Python's hold on it or not
        self.frame_shown.emit(self.last_frame, self.shown_s)
        if self._target_s is not None:
            self._seek_now()

    def _on_status(self, status: QMediaPlayer.MediaStatus) -> None:
        if status in _READY:
            self._seek_now()
            if self._is_playing:
                self._player.play()

    def _on_error(self, error: QMediaPlayer.Error, sentence: str) -> None:
        if error != QMediaPlayer.Error.NoError and self.path is not None:
            self.failed.emit(f"{self.path} cannot be played ({sentence}); the score plays without it")


class PicturePlayer(QObject):
    """Shows the picture at a record frame, standing or running."""

    frame_shown = pyqtSignal(object, float)  # QVideoFrame, the record frame that it shows
    is_black = pyqtSignal(str)  # nothing to show here; a word why, "" for plain black
    failed = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None, *, wants_sound: bool = True) -> None:
        super().__init__(parent)
        self._table: ShotTable | None = None
        self._decks = [Deck(self, wants_sound=wants_sound), Deck(self, wants_sound=wants_sound)]
        for number, deck in enumerate(self._decks):
            deck.frame_shown.connect(lambda frame, at_s, n=number: self._on_frame(n, frame, at_s))
            deck.failed.connect(self._on_failure)
        self._front = 0
        self._shot: int | None = None
        self._prepared: int | None = None
        self._volume = 1.0
        self._is_running = False
        self._failed: set[Path] = set()
        self.lateness_s: deque[float] = deque(maxlen=400)  # of the frames shown while running

    def set_shots(self, table: ShotTable) -> None:
        """Show another cut."""
        self._table, self._shot, self._prepared = table, None, None
        self._failed.clear()
        for deck in self._decks:
            deck.stop()

    def set_volume(self, volume: float) -> None:
        """Set the level of the production sound, 0..1."""
        self._volume = volume
        for number, deck in enumerate(self._decks):
            deck.set_volume(volume if number == self._front and self._is_running else 0.0)

    def show(self, frame: float) -> None:
        """Stand on a record frame."""
        was_running, self._is_running = self._is_running, False
        deck = self._deck_for(frame)
        if was_running:
            self.set_volume(self._volume)
        if deck is not None and self._table is not None and self._shot is not None:
            deck.pause()
            # the middle of the frame, so that rounding never shows its neighbour
            deck.seek(self._table.source_s(self._shot, int(frame) + 0.5))

    def follow(self, frame: float, rate: float) -> None:
        """Run with the clock, which is at a record frame now; call it often."""
        table, before = self._table, self._shot
        deck = self._deck_for(frame)
        if not self._is_running:
            self._is_running = True
            self.set_volume(self._volume)
        if deck is None or table is None or self._shot is None:
            return
        speed = table.shots[self._shot].speed * rate
        wanted_s = table.source_s(self._shot, frame)
        if not _SLOWEST <= speed <= _FASTEST:
            deck.pause()
            deck.seek(wanted_s)
            return
        late_s = deck.late_s(wanted_s)
        if late_s is None:
            if before != self._shot and deck.shown_s is None:
                deck.seek(wanted_s)
            deck.play(speed)
            return
        if abs(late_s) > _SEEK_FROM_S * max(1.0, speed):
            deck.seek(wanted_s + 0.05 * speed)  # where the clock will be when the seek is done
            deck.play(speed)
            return
        self.lateness_s.append(late_s)
        half_frame_s = float(table.rate.frame_s) / 2 * abs(speed)
        nudge = 0.0 if abs(late_s) <= half_frame_s else max(-_NUDGE, min(_NUDGE, late_s))
        deck.play(speed * (1 + round(nudge, 2)))
        self._prepare_next()

    def stop(self) -> None:
        """Let go of all files."""
        for deck in self._decks:
            deck.stop()

    def _deck_for(self, frame: float) -> Deck | None:
        """Return the deck that shows a record frame, the other one prepared where it was; None for black."""
        if self._table is None:
            return None
        shot = self._table.index_at(frame)
        if shot is None:
            self._leave("")
            return None
        path = self._table.shots[shot].path
        if path is None or path in self._failed:
            self._leave("" if path is None else f"{path.name} is not there")
            return None
        if shot != self._shot:
            is_turn = shot == self._prepared
            if is_turn:
                self._decks[self._front].pause()
                self._front = 1 - self._front
            self._shot, self._prepared = shot, None
            deck = self._decks[self._front]
            is_new = deck.path != path
            if not path.is_file():
                self._failed.add(path)
                self._leave(f"{path.name} is not there")
                return None
            deck.load(path)
            self.set_volume(self._volume)
            if is_new:
                deck.seek(self._table.source_s(shot, frame))
            elif is_turn and deck.last_frame is not None and deck.shown_s is not None:
                self._on_frame(self._front, deck.last_frame, deck.shown_s)
        return self._decks[self._front]

    def _leave(self, why: str) -> None:
        self._shot = None
        for deck in self._decks:
            if deck.path is not None:
                deck.pause()
        self.is_black.emit(why)

    def _prepare_next(self) -> None:
        """Let the other deck load the next shot and stand on its first frame."""
        table = self._table
        if table is None or self._shot is None or self._prepared is not None or self._shot + 1 >= len(table.shots):
            return
        following = table.shots[self._shot + 1]
        if following.path is None or following.path in self._failed or not following.path.is_file():
            return
        self._prepared = self._shot + 1
        deck = self._decks[1 - self._front]
        deck.set_volume(0.0)
        deck.pause()
        deck.load(following.path)
        deck.seek(table.source_s(self._prepared, following.start_frame + 0.5))

    def _on_frame(self, number: int, frame: QVideoFrame, at_s: float) -> None:
        table = self._table
        if number != self._front or table is None or self._shot is None:
            return
        shot, record_frame = table.shots[self._shot], table.frame_of(self._shot, at_s)
        # a deck that runs a little ahead decodes beyond its shot: that frame is not in the cut
        if shot.start_frame - 0.5 <= record_frame < shot.end_frame - 0.01 or shot.speed < 0:
            self.frame_shown.emit(frame, record_frame)

    def _on_failure(self, sentence: str) -> None:
        deck = self.sender()
        if isinstance(deck, Deck) and deck.path is not None:
            self._failed.add(deck.path)
        self.failed.emit(sentence)
