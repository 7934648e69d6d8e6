"""What is heard of a take: its spectrogram, and the plan over the measured loudness."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hitpoint.audition.adherence import centroid_in_windows, density_in_windows, window_starts
from hitpoint.audition.axes import MUTED, audio_span_s, draw_time, lanes_of, name_lane, new_figure, save
from hitpoint.audition.record import Recording
from hitpoint.composition.intensity import LOUDNESS_RANGE_DB
from hitpoint.delivery.plot import AROUSAL, TEMPO, TENSION, VALENCE, legend
from hitpoint.measure.levels import SHORT_TERM_HOP_S, SHORT_TERM_WINDOW_S, SPEECH_BAND_HZ
from hitpoint.model.time import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT_INCHES = 6.4
_LANES = {"spectrum": 3.2, "loudness": 1.9, "arc": 0.9}
_COLUMNS, _BANDS = 1500, 220
_LOWEST_HZ, _HIGHEST_HZ = 40.0, 16_000.0
_FFT_SAMPLES, _RANGE_DB = 8192, 75.0
_TICKS_HZ = (50, 100, 200, 500, 1000, 2000, 5000, 10_000)
_PLANNED, _MEASURED, _BRIGHT = "#f4f1ea", "#7bd3b5", "#7fb4ff"


def draw_spectrum(recording: Recording, audio: NDArray[np.float32], path: Path) -> None:
    """Draw spectrogram, planned intensity over measured loudness, and the scene's arc as PNG; `audio` is the mix."""
    figure = new_figure(_HEIGHT_INCHES)
    lanes = lanes_of(figure, _LANES, audio_span_s(recording))
    _draw_spectrogram(lanes["spectrum"], audio)
    _draw_loudness(lanes["loudness"], recording, audio)
    _draw_arc(lanes["arc"], recording)
    for name, axes in lanes.items():
        draw_time(axes, recording, is_faint=name == "spectrum")
    save(figure, path)


def _draw_spectrogram(axes: Axes, audio: NDArray[np.float32]) -> None:
    name_lane(axes, "Hz")
    left_s, right_s = axes.get_xlim()
    picture = spectrogram_db(audio.mean(axis=1), _COLUMNS)
    top_db = float(picture.max(initial=-120.0))
    axes.imshow(
        picture,
        origin="lower",
        aspect="auto",
        extent=(left_s, right_s, 0, _BANDS),
        cmap="magma",
        vmin=top_db - _RANGE_DB,
        vmax=top_db,
        interpolation="nearest",
    )
    axes.set_xlim(left_s, right_s)
    axes.set_yticks([_band(hertz) for hertz in _TICKS_HZ], [f"{hertz:g}" for hertz in _TICKS_HZ], fontsize=7)
    for hertz in SPEECH_BAND_HZ:
        axes.axhline(_band(hertz), color="#ffffff", lw=0.6, ls=":", alpha=0.5)


def _band(hertz: float) -> float:
    return float(_BANDS * np.log(hertz / _LOWEST_HZ) / np.log(_HIGHEST_HZ / _LOWEST_HZ))


def spectrogram_db(mono: NDArray[np.float32], columns: int) -> NDArray[np.float64]:
    """Return power in dB, [shape=(`_BANDS`, columns)], bands equally wide in octaves from 40 Hz to 16 kHz."""
    padded = np.pad(mono, _FFT_SAMPLES // 2)
    window = np.hanning(_FFT_SAMPLES).astype(np.float32)
    hertz = np.fft.rfftfreq(_FFT_SAMPLES, 1 / SAMPLE_RATE_HZ)
    edges = _LOWEST_HZ * (_HIGHEST_HZ / _LOWEST_HZ) ** (np.arange(_BANDS + 1) / _BANDS)
    first = np.searchsorted(hertz, edges[:-1])
    first = np.minimum(first, len(hertz) - 2)
    last = np.maximum(np.searchsorted(hertz, edges[1:]), first + 1)
    result = np.empty((_BANDS, columns))
    centres = ((np.arange(columns) + 0.5) / columns * len(mono)).astype(np.int64)
    for column, centre in enumerate(centres):
        power = np.abs(np.fft.rfft(padded[centre : centre + _FFT_SAMPLES] * window)) ** 2
        summed = np.concatenate([[0.0], np.cumsum(power, dtype=np.float64)])
        result[:, column] = (summed[last] - summed[first]) / (last - first)
    return np.asarray(10 * np.log10(np.maximum(result, 1e-12)))


def _draw_loudness(axes: Axes, recording: Recording, audio: NDArray[np.float32]) -> None:
    """Draw the plan (white) over loudness, both in the plan's own decibels; attacks and brightness thin behind them."""
    name_lane(axes, "plan, loudness")
    axes.set_ylim(0, 1.08)
    axes.set_yticks([])
    lead_s, composition = float(recording.take.scene.lead_s), recording.composition
    start_s = recording.mix.mix.start_sample / SAMPLE_RATE_HZ - lead_s
    lufs = np.asarray(recording.mix.short_term_lufs, dtype=np.float64)
    if np.isfinite(lufs).any():
        top = float(lufs[np.isfinite(lufs)].max())
        height = np.clip(np.nan_to_num((lufs - top) / LOUDNESS_RANGE_DB + 1, neginf=0.0), 0, 1)
        # The window looks back 3 s: its middle is what one hears as "here".
        middles_s = start_s + (np.arange(len(lufs)) + 1) * SHORT_TERM_HOP_S - SHORT_TERM_WINDOW_S / 2
        axes.fill_between(middles_s, 0, height, color=_MEASURED, alpha=0.25, linewidth=0)
        axes.plot(
            middles_s, height, color=_MEASURED, lw=1.5, label=f"loudness (top {top:.0f} LUFS, {LOUDNESS_RANGE_DB:g} dB)"
        )
    hops_s = (
        float(composition.tempo_map.start_s)
        - lead_s
        + np.arange(len(composition.intensity)) * (composition.intensity_hop_s)
    )
    axes.plot(hops_s, composition.intensity, color=_PLANNED, lw=1.5, ls=(0, (4, 2)), label="planned intensity")
    starts_s = window_starts(0.0, recording.take.scene.duration_s)
    attacks_s = [n.sounding_sample / SAMPLE_RATE_HZ - lead_s for p in recording.performance.parts for n in p.notes]
    density = density_in_windows(attacks_s, starts_s)
    bright = centroid_in_windows(audio, start_s, starts_s)
    for values, color, name in ((density, TEMPO, "attacks/s"), (bright, _BRIGHT, "centroid")):
        finite = values[np.isfinite(values)]
        if len(finite) and np.ptp(finite) > 0:
            low, high = float(finite.min()), float(finite.max())
            told = f"{name} ({low:.1f}–{high:.1f})" if name == "attacks/s" else name
            axes.plot(starts_s + 1.0, (values - low) / (high - low), color=color, lw=0.9, alpha=0.8, label=told)
    legend(axes)


def _draw_arc(axes: Axes, recording: Recording) -> None:
    name_lane(axes, "arc")
    axes.set_ylim(-1.05, 1.05)
    axes.set_yticks([])
    points = recording.take.scene.arc
    moments = [point.at_s for point in points]
    axes.axhline(0, color=MUTED, lw=0.4)
    for name, color in (("tension", TENSION), ("arousal", AROUSAL), ("valence", VALENCE)):
        axes.plot(moments, [getattr(point, name) for point in points], color=color, lw=1.3, label=name)
    legend(axes)
