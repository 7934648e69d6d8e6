"""The music is written around the dialogue: measured on the rendered sound, before any fader moves."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from hitpoint.composition import ComposeContext
from hitpoint.model.spotting import Brief, Cue, HitKind, HitPoint
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.resources import load_palettes

RATE = FrameRate(25)
LENGTH_S = 34
LINES_S = ((6.0, 10.0), (12.0, 15.0), (22.0, 27.0))
#: Where speech is understood, and how much less the music has to have there (issue: 6 dB).
BAND_HZ = (300.0, 3400.0)
LEAST_DB = 6.0
PALETTES = sorted(load_palettes())
assert PALETTES


@pytest.mark.soundfont
@pytest.mark.parametrize("palette_id", PALETTES)
def test_music_leaves_the_band_of_speech_to_the_speaker(palette_id: str, tmp_path: Path, dry_take: Callable) -> None:
    palette = load_palettes()[palette_id]
    low, high = palette.tempo_range_bpm
    cue = Cue(
        number="1m1",
        title="",
        span=FrameSpan(0, LENGTH_S * 25),
        hits=(
            HitPoint(id="in", frame=0, kind=HitKind.START),
            HitPoint(id="out", frame=LENGTH_S * 25, kind=HitKind.OUT),
        ),
        brief=Brief(
            palette_id=palette_id,
            tempo_range_bpm=(low, high),
            tempo_bpm=(low + high) / 2,
            key=palette.tonics[0],
            shape="steady",
        ),
    )
    level = np.zeros(2 * LENGTH_S + 2, np.float32)
    arc = EmotionArc(hop_s=0.5, valence=level, arousal=level, tension=level + np.float32(0.4))
    take = dry_take(cue, arc, palette_id, ComposeContext(rate=RATE, dialogue=LINES_S), tmp_path)
    band = sosfilt(butter(4, BAND_HZ, "band", fs=48_000, output="sos"), take.sound, axis=0)
    power = np.mean(band**2, axis=1)
    seconds = (np.arange(len(power)) + take.performance.start_sample) / 48_000
    spoken = np.any([(seconds >= start) & (seconds < end) for start, end in LINES_S], axis=0)
    between = ~spoken & (seconds > 1.0) & (seconds < LENGTH_S - 0.5)
    less_db = 10 * np.log10(power[between].mean() / power[spoken].mean())
    assert less_db >= LEAST_DB, f"only {less_db:.1f} dB less under speech"
