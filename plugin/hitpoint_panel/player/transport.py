"""Play, pause, shuttle, step, loop: the one position that picture, score and views follow. Frames are record frames."""

from __future__ import annotations

import math

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from hitpoint.model.time import FrameRate
from hitpoint_panel.player.clock import Clock, LoopS, MachineClock
from hitpoint_panel.player.picture_player import PicturePlayer

_TICK_MS = 15
_SPEEDS = (1.0, 2.0, 4.0, 8.0)


class Transport(QObject):
    """Where we are, and whether it moves.

    `frame` is a float while playing and a whole number while standing. At rate 1 the sound card's clock counts, if
    there is one; every other rate runs by the machine's clock and without the score.
    """

    moved = pyqtSignal(float)
    state_changed = pyqtSignal()

    def __init__(self, picture: PicturePlayer, *, sound: Clock | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._picture, self._sound = picture, sound
        self._machine: Clock = MachineClock()
        self._clock: Clock = self._machine
        self.cut_rate = FrameRate(24)
        self.duration_frames = 0
        self.frame = 0.0
        self.rate = 0.0  # 0 stands
        self.loop: tuple[int, int] | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    @property
    def is_playing(self) -> bool:
        """Whether anything moves."""
        return self.rate != 0.0

    def set_cut(self, rate: FrameRate, duration_frames: int) -> None:
        """Take over another cut; stands, and stays where it is as far as the cut reaches."""
        self.pause()
        self.cut_rate, self.duration_frames = rate, duration_frames
        if self.loop is not None and self.loop[1] > duration_frames:
            self.set_loop(None)
        self.seek(self.frame)

    def set_sound(self, sound: Clock | None) -> None:
        """Use another sound card (None: there is none any more)."""
        was_at_rate = self.rate
        self.pause()
        self._sound = sound
        if was_at_rate:
            self.play(was_at_rate)

    def play(self, rate: float = 1.0) -> None:
        """Run from here at a rate; from the beginning (or the loop's) where the end is reached."""
        if not self.duration_frames:
            return
        if self.is_playing:
            self._clock.stop()
        if rate > 0 and self.frame >= self.duration_frames - 1:
            self.frame = float(self.loop[0] if self.loop else 0)
        if rate == 1.0 and self.loop is not None and not self.loop[0] <= self.frame < self.loop[1]:
            self.frame = float(self.loop[0])
        self.rate = rate
        self._clock = self._sound if rate == 1.0 and self._sound is not None else self._machine
        self._clock.start(self._to_s(self.frame), rate=rate, loop_s=self._loop_s())
        self._timer.start(_TICK_MS)
        self._picture.follow(self.frame, rate)
        self.state_changed.emit()

    def pause(self) -> None:
        """Stand on the frame that is seen."""
        if not self.is_playing:
            return
        self.frame = self._clip(self._clock.now_s() * float(self.cut_rate.fps))
        self._clock.stop()
        self._timer.stop()
        self.rate = 0.0
        self.seek(math.floor(self.frame))
        self.state_changed.emit()

    def toggle(self) -> None:
        """Play, or pause (Space)."""
        if self.is_playing:
            self.pause()
        else:
            self.play()

    def shuttle(self, direction: int) -> None:
        """L (direction 1) and J (-1): play that way, faster each time; the other way first slows down."""
        if self.rate * direction > 0:
            faster = [speed for speed in _SPEEDS if speed > abs(self.rate)]
            self.play(direction * (faster[0] if faster else _SPEEDS[-1]))
        else:
            self.play(float(direction))

    def step(self, frames: int) -> None:
        """Stand, some frames further."""
        self.pause()
        self.seek(math.floor(self.frame) + frames)

    def seek(self, frame: float) -> None:
        """Go to a record frame; goes on playing from there if it played."""
        self.frame = self._clip(frame)
        if self.is_playing:
            self._clock.stop()
            self._clock.start(self._to_s(self.frame), rate=self.rate, loop_s=self._loop_s())
        else:
            self.frame = float(math.floor(self.frame))
            self._picture.show(self.frame)
        self.moved.emit(self.frame)

    def set_loop(self, loop: tuple[int, int] | None) -> None:
        """Play a stretch (start frame, end frame) round and round; None plays on."""
        self.loop = loop
        if self.is_playing:
            self.play(self.rate)
        self.state_changed.emit()

    def close(self) -> None:
        """Stand still and let go of the files."""
        self._timer.stop()
        if self.is_playing:
            self._clock.stop()
        self.rate = 0.0
        self._picture.stop()

    def _tick(self) -> None:
        frame = self._clock.now_s() * float(self.cut_rate.fps)
        if frame >= self.duration_frames or frame < 0:
            self.frame = self._clip(frame)
            self._clock.stop()
            self._timer.stop()
            self.rate = 0.0
            self.seek(self.frame)
            self.state_changed.emit()
            return
        self.frame = frame
        self._picture.follow(frame, self.rate)
        self.moved.emit(frame)

    def _loop_s(self) -> LoopS:
        return None if self.loop is None else (self._to_s(self.loop[0]), self._to_s(self.loop[1]))

    def _to_s(self, frame: float) -> float:
        return frame * float(self.cut_rate.frame_s)

    def _clip(self, frame: float) -> float:
        return max(0.0, min(frame, float(max(0, self.duration_frames - 1))))
