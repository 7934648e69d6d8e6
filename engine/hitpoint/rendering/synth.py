"""One played line through TinySoundFont, every event on its exact sample.

Facts about TinySoundFont that this module builds on (read in its source, checked in tests):

* It knows no modulators: velocity is linear in amplitude and CC11 is a cube that jumps. So velocity gets its square
  law (SoundFont 2.04 §8.4.1: 40·log10(127/v) dB) through a channel per velocity, and the expression curve is
  multiplied on the line's own audio, smoothly, which is free of clicks.
* A copy of a loaded font shares the samples and owns its voices. Each line gets a copy, so lines never influence each
  other: changing one leaves the bytes of all others alone.
* Voices and channels are unlimited unless a limit is set (the 16 of `tinysoundfont.Synth` are that wrapper's).
* Envelopes move every 64 samples counted from the last event, so cutting at events costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.music import ControlChange, PerformedNote
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.rendering.soundfont import Preset

#: A controller value reaches the sound over at most this long, ending on its own sample.
_RAMP_SAMPLES = SAMPLE_RATE_HZ // 50
#: The expression curve is computed once per this many samples, linear in between (1 ms).
_GAIN_HOP_SAMPLES = 48
_CC_VOLUME, _CC_EXPRESSION = 7, 11

Audio = NDArray[np.float32]


def load_font(font_bytes: bytes) -> Any:
    """Load a small SoundFont (see `soundfont.subset_bytes`) for 48 kHz stereo."""
    # The compiled class behind tinysoundfont.Synth: only it can be copied and has more than 16 channels.
    from tinysoundfont._tinysoundfont import OutputMode, SoundFont

    font = SoundFont(font_bytes)
    font.set_output(OutputMode.StereoInterleaved, SAMPLE_RATE_HZ, 0.0)
    return font


def copy_font(font: Any) -> Any:
    """Return a synthesiser of its own that shares the samples of a loaded font."""
    from tinysoundfont._tinysoundfont import OutputMode, SoundFont

    copy = SoundFont(font)
    copy.set_output(OutputMode.StereoInterleaved, SAMPLE_RATE_HZ, 0.0)
    return copy


@dataclass(frozen=True, slots=True)
class Line:
    """What one line plays: notes sorted by onset, on presets that the font has; `pan` is -1 (left) .. 1 (right)."""

    notes: tuple[PerformedNote, ...]
    controls: tuple[ControlChange, ...]
    pan: float
    gain_db: float

    @property
    def first_sample(self) -> int:
        """Record sample of the first note."""
        return self.notes[0].onset_sample


@dataclass(frozen=True, slots=True, order=True)
class _Event:
    sample: int
    is_on: bool  # offs sort before ons, so that a repeated note stops before it starts again
    pitch_midi: int
    velocity: int
    preset: Preset


class LineSynth:
    """Renders one line forwards in time, block after block."""

    def __init__(self, line: Line, font: Any, *, silent: frozenset[int] = frozenset()) -> None:
        """`silent` are onsets of notes that are not sent, only kept time for: what others do depends on it."""
        self._synth = copy_font(font)
        self._line = line
        self._channels: dict[tuple[Preset, int], int] = {}
        self._events = _events(line.notes)
        self._silent = silent
        self._next_event = 0
        self._gain = _GainCurve(line.controls)
        self.is_finished = False

    def render(self, start_sample: int, length_samples: int, scratch: Audio) -> Audio | None:
        """Return [shape=(length, 2)] of the record span, or None where the line is silent.

        Call with adjoining spans. The audio lies in `scratch` [shape=(>= length, 2)].
        """
        done = 0
        while self._next_event < len(self._events):
            event = self._events[self._next_event]
            if event.sample >= start_sample + length_samples:
                break
            until = max(done, event.sample - start_sample)
            if until > done:
                self._synth.render(scratch[done:until])
                done = until
            self._send(event)
            self._next_event += 1
        if done < length_samples:
            self._synth.render(scratch[done:length_samples])
        audio = scratch[:length_samples]
        if not audio.any():
            self.is_finished = self._next_event == len(self._events)
            return None
        self._gain.apply(audio, start_sample)
        return audio

    def _send(self, event: _Event) -> None:
        if event.is_on and event.sample in self._silent:
            return
        channel = self._channel(event.preset, event.velocity)
        if event.is_on:
            # TinySoundFont truncates velocity * 127 to choose the layer: half a step keeps it from rounding down
            self._synth.channel_note_on(channel, event.pitch_midi, min(1.0, (event.velocity + 0.5) / 127.0))
        else:
            self._synth.channel_note_off(channel, event.pitch_midi)

    def _channel(self, preset: Preset, velocity: int) -> int:
        """Return the channel of a preset and a velocity; its volume is the second half of the square law."""
        key = (preset, velocity)
        if key not in self._channels:
            channel = self._channels[key] = len(self._channels)
            self._synth.channel_set_preset_index(channel, self._synth.get_preset_index(*preset))
            self._synth.channel_set_pan(channel, 0.5 + 0.5 * self._line.pan)
            self._synth.channel_set_volume(channel, velocity / 127.0 * 10.0 ** (self._line.gain_db / 20.0))
        return self._channels[key]


def _events(notes: Iterable[PerformedNote]) -> list[_Event]:
    """Return note-ons and note-offs in order.

    A key cannot sound twice at once: a note ends at the latest where its key is struck again, and of two that start
    together the louder is played, as long as the longer.
    """
    events: list[_Event] = []
    sounding: dict[tuple[Preset, int], _Struck] = {}
    for note in notes:
        key = ((note.bank, note.program), note.pitch_midi)
        struck = _Struck(note.onset_sample, note.onset_sample + max(1, note.duration_samples), note.velocity)
        before = sounding.get(key)
        if before is not None and before.start == struck.start:
            struck = _Struck(struck.start, max(before.end, struck.end), max(before.velocity, struck.velocity))
        elif before is not None:
            events += _on_and_off(key, before, struck.start)
        sounding[key] = struck
    for key, struck in sounding.items():
        events += _on_and_off(key, struck, struck.end)
    return sorted(events)


class _Struck(NamedTuple):
    start: int
    end: int
    velocity: int


def _on_and_off(key: tuple[Preset, int], struck: _Struck, at_latest: int) -> tuple[_Event, _Event]:
    preset, pitch = key
    end = min(struck.end, at_latest)
    return (
        _Event(struck.start, True, pitch, struck.velocity, preset),
        _Event(end, False, pitch, struck.velocity, preset),
    )


class _GainCurve:
    """CC7 and CC11 as one smooth gain (General MIDI: amplitude is the square of value / 127)."""

    def __init__(self, controls: Iterable[ControlChange]) -> None:
        values = {_CC_VOLUME: 127, _CC_EXPRESSION: 127}
        knots: list[tuple[int, float]] = []
        for change in sorted(controls, key=lambda c: c.sample):
            if change.controller not in values:
                continue
            values[change.controller] = change.value
            gain = (values[_CC_VOLUME] * values[_CC_EXPRESSION] / 127.0**2) ** 2
            if knots and change.sample > knots[-1][0]:
                last_sample, last_gain = knots[-1]
                knots.append((max(last_sample, change.sample - _RAMP_SAMPLES), last_gain))
            knots.append((change.sample, gain))
        self._samples = np.array([sample for sample, _ in knots], dtype=np.float64)
        self._gains = np.array([gain for _, gain in knots], dtype=np.float64)

    def apply(self, audio: Audio, start_sample: int) -> None:
        """Multiply audio [shape=(n, 2)] that starts at a record sample, in place."""
        if not len(self._samples):
            return
        hops = -(-len(audio) // _GAIN_HOP_SAMPLES)
        at = start_sample + _GAIN_HOP_SAMPLES * np.arange(hops + 1)
        gains = np.interp(at, self._samples, self._gains).astype(np.float32)
        if gains.min() == gains.max():
            if gains[0] != 1.0:
                audio *= gains[0]
            return
        ramp = np.arange(_GAIN_HOP_SAMPLES, dtype=np.float32) / np.float32(_GAIN_HOP_SAMPLES)
        curve = (gains[:-1, None] + np.diff(gains)[:, None] * ramp[None, :]).reshape(-1)[: len(audio)]
        audio[:, 0] *= curve  # channel by channel: a loop over pairs of samples takes several times as long
        audio[:, 1] *= curve
