"""The real thing at the end of the chain: what an editor plays from the scored timeline, clicks on their frames.

In most tests the mix holds a click at the sample of each hit frame, in the last ones it is a real score; MLT, which
knows nothing of us, renders the scored timeline.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import opentimelineio as otio
import pytest
import soundfile

from hitpoint.delivery.wav import time_reference_samples, write_bwf
from hitpoint.measure import measure_hits
from hitpoint.model.audio import StemFile
from hitpoint.model.time import (
    SAMPLE_RATE_HZ,
    FrameRate,
    frames_to_samples,
    timecode_to_frames,
    whole_sample_period_frames,
)
from hitpoint.pipeline import ScoreSettings, score
from hitpoint.timeline.write_back.write import CuePlacement, ScorePlacement, wav_head_frame, write_scored_timeline

pytestmark = pytest.mark.melt

CUTS = {
    "24": (FrameRate(24), "01:00:00:00"),
    "25": (FrameRate(25), "01:00:00:00"),
    "23.976": (FrameRate(24000, 1001), "01:00:00:00"),
    "29.97 NDF": (FrameRate(30000, 1001), "01:00:00:00"),
    "29.97 DF": (FrameRate(30000, 1001, drop_frame=True), "01:00:00;00"),
    "from midnight": (FrameRate(25), "00:00:00:00"),
}
assert CUTS
LENGTH_FRAMES = 601
CLICK_FRAMES = {"mix": (0, 3, 77, 100, 249, 333, 418, 599), "strings": (51, 277, 550)}
CUES = ((0, 150), (150, 301), (333, 601))
WORST_MS = 1.0


def _clicks(name: str, start_sample: int, length: int, rate: FrameRate) -> np.ndarray:
    samples = np.zeros((length, 2), np.float32)
    for frame in CLICK_FRAMES.get(name, ()):
        samples[frames_to_samples(frame, rate) - start_sample] = 0.5
    return samples


def _scored(folder: Path, rate: FrameRate, timecode: str, *, profile: str, stems_only: bool) -> Path:
    """A cut without media and its score, as the pipeline writes them."""
    start = timecode_to_frames(timecode, rate)
    head = wav_head_frame(-1_000, rate, start)
    period = whole_sample_period_frames(rate)
    length = frames_to_samples(-(-(LENGTH_FRAMES - head) // period) * period, rate)
    start_sample = frames_to_samples(head, rate)
    (folder / "audio").mkdir()
    files = {
        name: write_bwf(
            [_clicks(name, start_sample, length, rate)],
            folder / "audio" / f"cut {name}.wav",
            start_sample=start_sample,
            time_reference_samples=time_reference_samples(start_sample, rate, start),
        )
        for name in ("mix", "strings", "bass")
    }
    cues = tuple(
        CuePlacement(number=f"1m{number}", title="", start_frame=first, end_frame=last)
        for number, (first, last) in enumerate(CUES, 1)
    )
    rational = otio.opentime.RationalTime
    timeline = otio.schema.Timeline("cut", global_start_time=rational(start, float(rate.fps)))
    track = otio.schema.Track("V1", kind="Video")
    whole = otio.opentime.TimeRange(rational(0, float(rate.fps)), rational(LENGTH_FRAMES, float(rate.fps)))
    track.append(otio.schema.Clip("shot", otio.schema.MissingReference(), whole))
    timeline.tracks.append(track)
    loaded = SimpleNamespace(
        document=json.loads(timeline.to_json_string()),
        timeline=timeline,
        path=folder / "cut.otio",
        rate=rate,
        start_timecode_frame=start,
    )
    placement = ScorePlacement(mix=files.pop("mix"), stems=files, cues=cues, hits=())
    write_scored_timeline(loaded, placement, folder / "s.otio", profile=profile, stems_only=stems_only)
    return folder / "s.otio"


def _heard_ms(path: Path) -> list[float]:
    """The moments of all clicks in a rendered file."""
    samples, rate_hz = soundfile.read(path)
    assert rate_hz == SAMPLE_RATE_HZ
    loud = np.flatnonzero(abs(samples).max(axis=1) > 0.1)
    return [1_000 * sample / rate_hz for sample in loud]


@pytest.mark.parametrize("profile", ["generic", "resolve"])
@pytest.mark.parametrize("name", CUTS)
def test_clicks_come_out_on_their_frames(tmp_path: Path, render_audio, name: str, profile: str) -> None:
    rate, timecode = CUTS[name]
    scored = _scored(tmp_path, rate, timecode, profile=profile, stems_only=False)
    render_audio(scored, tmp_path / "out.wav", rate.fps)
    wanted = [float(1_000 * frame * rate.frame_s) for frame in CLICK_FRAMES["mix"]]
    heard = _heard_ms(tmp_path / "out.wav")
    assert len(heard) == len(wanted), (heard, wanted)
    assert max(abs(a - b) for a, b in zip(heard, wanted, strict=True)) < WORST_MS


def test_with_stems_only_the_stems_are_heard_together_and_the_mix_is_not(tmp_path: Path, render_audio) -> None:
    rate, timecode = CUTS["29.97 DF"]
    scored = _scored(tmp_path, rate, timecode, profile="generic", stems_only=True)
    render_audio(scored, tmp_path / "out.wav", rate.fps)
    heard = _heard_ms(tmp_path / "out.wav")
    wanted = [float(1_000 * frame * rate.frame_s) for frame in CLICK_FRAMES["strings"]]
    assert heard == pytest.approx(wanted, abs=WORST_MS)


HIT_SECONDS = (4.2, 8.9, 13.3)
SCORED_RATES = {
    "24": (24.0, 86_400),
    "25": (25.0, 90_000),
    "23.976": (24000 / 1001, 86_400),
    "29.97 DF": (30000 / 1001, 107_892),
}
assert SCORED_RATES


@pytest.mark.soundfont
@pytest.mark.slow
@pytest.mark.parametrize("name", SCORED_RATES)
def test_hits_of_a_real_score_come_out_on_their_frames(tmp_path: Path, render_audio, name: str) -> None:
    """A cut is scored as a user does it; in what MLT plays, a detector that knows no plan finds the hits."""
    fps, start = SCORED_RATES[name]
    rational = otio.opentime.RationalTime
    timeline = otio.schema.Timeline("cut", global_start_time=rational(start, fps))
    track = otio.schema.Track("V1", kind="Video")
    frames = round(18 * fps)
    whole = otio.opentime.TimeRange(rational(0, fps), rational(frames, fps))
    track.append(otio.schema.Clip("shot", otio.schema.MissingReference(), whole))
    timeline.tracks.append(track)
    hit_frames = [round(second * fps) for second in HIT_SECONDS]
    for frame in hit_frames:
        span = otio.opentime.TimeRange(rational(frame, fps), rational(1, fps))
        timeline.tracks.markers.append(otio.schema.Marker("HIT !!", span, "RED"))
    otio.adapters.write_to_file(timeline, str(tmp_path / "cut.otio"))
    report = score(ScoreSettings(cut_path=tmp_path / "cut.otio", out_folder=tmp_path / "out", style="tense"))
    rate = FrameRate.snap(fps)
    render_audio(tmp_path / "out" / "cut.scored.otio", tmp_path / "out.wav", rate.fps)
    samples, rate_hz = soundfile.read(tmp_path / "out.wav", dtype="float32")
    raw = tmp_path / "played.f32"
    samples.astype("<f4").tofile(raw)
    played = StemFile(stem="mix", path=raw, start_sample=0, length_samples=len(samples))
    wanted = [(f"hit {frame}", frames_to_samples(frame, rate)) for frame in hit_frames]
    assert rate_hz == SAMPLE_RATE_HZ
    for measured in measure_hits(played, wanted):
        assert measured.error_ms is not None, measured
        assert abs(measured.error_ms) < 500 / fps, measured  # half a frame
        assert measured.error_ms > -5, measured
    assert report["hit_summary"]["hit"] >= len(hit_frames)
