"""The file route from end to end: an export comes in, the score is handed out, and an editor's engine plays it.

MLT (Kdenlive's and Shotcut's engine), which knows nothing of us, renders what lies in the exchange folder: clicks on
their samples in both profiles, at every rate, and after the folder was moved; then the hits of a real score.
"""

import shutil
from pathlib import Path

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
from hitpoint.timeline import load_timeline
from hitpoint.timeline.exchange.__main__ import answer
from hitpoint.timeline.write_back.write import CuePlacement, ScorePlacement, wav_head_frame, write_scored_timeline
from hitpoint_panel.hosts import HostCut, ScoreToWrite, ScoreTrack
from hitpoint_panel.hosts.otio_file import OtioFileHost

pytestmark = pytest.mark.melt

RATES = {
    "24": (FrameRate(24), "01:00:00:00"),
    "25": (FrameRate(25), "10:00:00:00"),
    "23.976": (FrameRate(24000, 1001), "01:00:00:00"),
    "29.97 NDF": (FrameRate(30000, 1001), "01:00:00:00"),
    "29.97 DF": (FrameRate(30000, 1001, drop_frame=True), "01:00:00;00"),
}
assert RATES
LENGTH_FRAMES = 301
CLICK_FRAMES = {"mix": (0, 3, 77, 149, 249), "strings": (51, 277)}
CUES = ((0, 150), (175, 301))
WORST_MS = 1.0
PROFILES = ("", " for Resolve")


def _export(path: Path, rate: FrameRate, timecode: str, *, frames: int, hits: tuple[int, ...] = ()) -> None:
    rational, span = otio.opentime.RationalTime, otio.opentime.TimeRange
    fps = float(rate.fps)
    timeline = otio.schema.Timeline("Reel 3", global_start_time=rational(timecode_to_frames(timecode, rate), fps))
    track = otio.schema.Track("V1", kind="Video")
    whole = span(rational(0, fps), rational(frames, fps))
    track.append(otio.schema.Clip("shot", otio.schema.MissingReference(), whole))
    timeline.tracks.append(track)
    for frame in hits:
        timeline.tracks.markers.append(
            otio.schema.Marker("HIT !!", span(rational(frame, fps), rational(1, fps)), "RED")
        )
    otio.adapters.write_to_file(timeline, str(path))


def _engine_export(cut: HostCut, folder: Path) -> ScoreToWrite:
    """Clicks where music would be, written as the engine writes a score."""
    rate, start = cut.rate, cut.start_timecode_frame
    head = wav_head_frame(-1_000, rate, start)
    period = whole_sample_period_frames(rate)
    length = frames_to_samples(-(-(LENGTH_FRAMES - head) // period) * period, rate)
    start_sample = frames_to_samples(head, rate)
    (folder / "audio").mkdir(parents=True)
    files = {}
    for stem, frames in CLICK_FRAMES.items():
        samples = np.zeros((length, 2), np.float32)
        samples[[frames_to_samples(frame, rate) - start_sample for frame in frames]] = 0.5
        files[stem] = write_bwf(
            [samples],
            folder / "audio" / f"cut_{stem}.wav",
            start_sample=start_sample,
            time_reference_samples=time_reference_samples(start_sample, rate, start),
        )
    cues = tuple(
        CuePlacement(number=f"1m{number}", title="", start_frame=first, end_frame=last)
        for number, (first, last) in enumerate(CUES, 1)
    )
    placement = ScorePlacement(mix=files["mix"], stems={"strings": files["strings"]}, cues=cues, hits=())
    write_scored_timeline(load_timeline(cut.otio_path), placement, folder / "cut.scored.otio", profile="resolve")
    tracks = tuple(
        ScoreTrack(name=name, path=files[stem].path, start_frame=max(0, head), is_enabled=stem == "mix")
        for name, stem in (("Score", "mix"), ("Score strings", "strings"))
    )
    return ScoreToWrite(cut=cut, revision=1, tracks=tracks, markers=(), otio_path=folder / "cut.scored.otio")


def _heard_ms(path: Path) -> list[float]:
    samples, rate_hz = soundfile.read(path)
    assert rate_hz == SAMPLE_RATE_HZ
    return [1_000 * sample / rate_hz for sample in np.flatnonzero(abs(samples).max(axis=1) > 0.1)]


@pytest.mark.parametrize("name", RATES)
def test_what_is_handed_out_plays_on_its_frames(tmp_path: Path, render_audio, name: str) -> None:
    rate, timecode = RATES[name]
    folder = tmp_path / "Schnitt 3"
    folder.mkdir()
    _export(folder / "Reel 3.otio", rate, timecode, frames=LENGTH_FRAMES)
    host = OtioFileHost(folder)
    cut = host.read(folder)
    assert (cut.rate, cut.start_timecode_frame) == (rate, timecode_to_frames(timecode, rate))
    assert host.write(_engine_export(cut, tmp_path / "engine")).is_verified
    shutil.rmtree(tmp_path / "engine")  # what was handed out stands on its own
    wanted = [float(1_000 * frame * rate.frame_s) for frame in CLICK_FRAMES["mix"]]
    for end in PROFILES:
        out = tmp_path / f"out{end}.wav"
        render_audio(folder / "Hitpoint" / f"Reel 3 r001{end}.otio", out, rate.fps)
        heard = _heard_ms(out)
        assert len(heard) == len(wanted), (heard, wanted)
        assert max(abs(a - b) for a, b in zip(heard, wanted, strict=True)) < WORST_MS


def test_the_generic_timeline_still_plays_after_the_folder_was_moved(tmp_path: Path, render_audio) -> None:
    rate, timecode = RATES["25"]
    folder = tmp_path / "a"
    folder.mkdir()
    _export(folder / "Reel 3.otio", rate, timecode, frames=LENGTH_FRAMES)
    host = OtioFileHost(folder, ask=answer)
    host.write(_engine_export(host.read(folder), tmp_path / "engine"))
    shutil.rmtree(tmp_path / "engine")
    (folder / "Hitpoint").rename(tmp_path / "on another disk")
    render_audio(tmp_path / "on another disk" / "Reel 3 r001.otio", tmp_path / "out.wav", rate.fps)
    wanted = [float(1_000 * frame * rate.frame_s) for frame in CLICK_FRAMES["mix"]]
    assert _heard_ms(tmp_path / "out.wav") == pytest.approx(wanted, abs=WORST_MS)


def test_stems_instead_of_the_mix(tmp_path: Path, render_audio) -> None:
    rate, timecode = RATES["24"]
    _export(tmp_path / "Reel 3.otio", rate, timecode, frames=LENGTH_FRAMES)
    host = OtioFileHost(tmp_path, ask=answer)
    asked = _engine_export(host.read(tmp_path), tmp_path / "engine")
    swapped = tuple(
        ScoreTrack(name=track.name, path=track.path, start_frame=track.start_frame, is_enabled=track.name != "Score")
        for track in asked.tracks
    )
    host.write(ScoreToWrite(cut=asked.cut, revision=1, tracks=swapped, markers=(), otio_path=asked.otio_path))
    render_audio(tmp_path / "Hitpoint" / "Reel 3 r001 for Resolve.otio", tmp_path / "out.wav", rate.fps)
    wanted = [float(1_000 * frame * rate.frame_s) for frame in CLICK_FRAMES["strings"]]
    assert _heard_ms(tmp_path / "out.wav") == pytest.approx(wanted, abs=WORST_MS)


@pytest.mark.soundfont
@pytest.mark.slow
def test_the_hits_of_a_real_score_come_out_of_the_exchange_folder(tmp_path: Path, render_audio) -> None:
    """As a user has it: exported in drop-frame, scored for Resolve, handed out; a detector without a plan listens."""
    rate, timecode = RATES["29.97 DF"]
    hits = (126, 267)
    folder = tmp_path / "exchange"
    folder.mkdir()
    _export(folder / "Reel 3.otio", rate, timecode, frames=400, hits=hits)
    host = OtioFileHost(folder)
    cut = host.read(folder)
    engine = tmp_path / "engine"
    score(ScoreSettings(cut_path=cut.otio_path, out_folder=engine, style="tense", profile="resolve"))
    asked = ScoreToWrite(cut=cut, revision=1, tracks=(), markers=(), otio_path=engine / "Reel 3.scored.otio")
    report = host.write(asked)
    assert report.is_verified
    assert report.markers >= 1 + len(hits)
    shutil.rmtree(engine)
    for end in PROFILES:
        render_audio(folder / "Hitpoint" / f"Reel 3 r001{end}.otio", tmp_path / "out.wav", rate.fps)
        samples, rate_hz = soundfile.read(tmp_path / "out.wav", dtype="float32")
        assert rate_hz == SAMPLE_RATE_HZ
        raw = tmp_path / "played.f32"
        samples.astype("<f4").tofile(raw)
        played = StemFile(stem="mix", path=raw, start_sample=0, length_samples=len(samples))
        for measured in measure_hits(played, [(f"hit {frame}", frames_to_samples(frame, rate)) for frame in hits]):
            assert measured.error_ms is not None, (end, measured)
            assert -5 < measured.error_ms < float(500 / rate.fps), (end, measured)
    assert host.poll() is None  # nothing of this looks like a new cut
