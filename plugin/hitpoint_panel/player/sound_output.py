"""The mixer's samples to the sound card, from a thread of its own; its played samples are the clock of everything."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PyQt6.QtCore import QIODevice, QObject, Qt, QThread, QTimer, pyqtSignal, pyqtSlot
from PyQt6.QtMultimedia import QAudio, QAudioDevice, QAudioFormat, QAudioSink, QMediaDevices

from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint_panel.player.clock import LoopS, wrap_s
from hitpoint_panel.player.mixer import Mixer

_BYTES_PER_HOP = 8  # two float32
_BUFFER_S = 0.12
_BLOCK_SAMPLES = 960
_TICK_MS = 10


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the sound card had played, and when that was read."""

    start_s: float
    played_s: float
    at_s: float
    is_running: bool


class _Feeder(QObject):
    """Lives in the sound thread."""

    failed = pyqtSignal(str)

    def __init__(self, device: QAudioDevice, mixer: Mixer) -> None:
        super().__init__()
        self._device, self._mixer = device, mixer
        self._sink: QAudioSink | None = None
        self._timer: QTimer | None = None
        self._stream: QIODevice | None = None
        self._start_s, self._loop_s, self._written = 0.0, None, 0  # type: float, LoopS, int
        self.reading = _Reading(0.0, 0.0, 0.0, False)

    @pyqtSlot(float, object)
    def start(self, at_s: float, loop_s: LoopS) -> None:
        self.stop()
        form = QAudioFormat()
        form.setSampleRate(SAMPLE_RATE_HZ)
        form.setChannelCount(2)
        form.setSampleFormat(QAudioFormat.SampleFormat.Float)
        self._sink = QAudioSink(self._device, form)
        self._sink.setBufferSize(int(_BUFFER_S * SAMPLE_RATE_HZ) * _BYTES_PER_HOP)
        self._start_s, self._loop_s, self._written = at_s, loop_s, 0
        self.reading = _Reading(at_s, 0.0, time.perf_counter(), False)
        self._stream = self._sink.start()
        if self._sink.error() not in (QAudio.Error.NoError, QAudio.Error.UnderrunError) or self._stream is None:
            self.stop()
            self.failed.emit("the sound card cannot be opened; the picture plays without the score")
            return
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._feed)
        self._timer.start(_TICK_MS)
        self._feed()

    @pyqtSlot()
    def stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.deleteLater()
        if self._sink is not None:
            self._sink.reset()
        self._timer = self._sink = self._stream = None

    def _feed(self) -> None:
        sink, stream = self._sink, self._stream
        if sink is None or stream is None:
            return
        while sink.bytesFree() >= _BLOCK_SAMPLES * _BYTES_PER_HOP:
            at_s = wrap_s(self._start_s + self._written / SAMPLE_RATE_HZ, start_s=self._start_s, loop_s=self._loop_s)
            block = self._mixer.render(round(at_s * SAMPLE_RATE_HZ), _BLOCK_SAMPLES)
            if stream.write(block.tobytes()) <= 0:
                break
            self._written += _BLOCK_SAMPLES
        self.reading = _Reading(self._start_s, sink.processedUSecs() / 1e6, time.perf_counter(), True)


class SoundOutput(QObject):
    """A `Clock` that is heard. Only at rate 1; the transport uses the machine's clock for shuttling."""

    failed = pyqtSignal(str)
    _start = pyqtSignal(float, object)
    _stop = pyqtSignal()

    def __init__(self, device: QAudioDevice, mixer: Mixer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = QThread()
        self._thread.setObjectName("hitpoint-sound")
        self._feeder = _Feeder(device, mixer)
        self._feeder.moveToThread(self._thread)
        self._start.connect(self._feeder.start)
        self._stop.connect(self._feeder.stop)
        self._feeder.failed.connect(self.failed)
        self._is_running, self._at_s, self._loop_s = False, 0.0, None  # type: bool, float, LoopS
        self._thread.start(QThread.Priority.HighPriority)

    def start(self, at_s: float, *, rate: float, loop_s: LoopS) -> None:
        """Play from a record second on."""
        self._is_running, self._at_s, self._loop_s = True, at_s, loop_s
        self._feeder.reading = _Reading(at_s, 0.0, time.perf_counter(), False)
        self._start.emit(at_s, loop_s)

    def stop(self) -> None:
        """Be silent."""
        self._at_s, self._is_running = self.now_s(), False
        self._stop.emit()

    def now_s(self) -> float:
        """Return the record second that is heard."""
        if not self._is_running:
            return self._at_s
        reading = self._feeder.reading
        waited_s = min(time.perf_counter() - reading.at_s, 0.1) if reading.is_running else 0.0
        return wrap_s(reading.start_s + reading.played_s + waited_s, start_s=reading.start_s, loop_s=self._loop_s)

    def close(self) -> None:
        """End the thread."""
        self._stop.emit()
        self._thread.quit()
        self._thread.wait(2000)


def default_device() -> QAudioDevice | None:
    """Return the sound card that the user chose in his system; None where there is none."""
    device = QMediaDevices.defaultAudioOutput()
    return None if device.isNull() else device
