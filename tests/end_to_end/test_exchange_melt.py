"""The file route from end to end: an export comes in, the score is handed out, and an editor's engine plays it.

MLT (Kdenlive's and Shotcut's engine), which knows nothing of us, renders what lies in the exchange folder: clicks on
their samples in both profiles, and after the folder was moved; then the hits of a real score.
"""

import shutil
from pathlib import Path

import pytest

from hitpoint.model.time import timecode_to_frames
from hitpoint.pipeline import ScoreSettings, score
from hitpoint.timeline import load_timeline
from hitpoint.timeline.exchange.__main__ import answer
from hitpoint.timeline.write_back.write import write_scored_timeline
from hitpoint_panel.hosts import HostCut, ScoreToWrite, ScoreTrack
from hitpoint_panel.hosts.otio_file import OtioFileHost

from .clicks import RATES, WORST_MS, Clicks, heard_hits, heard_ms, write_cut

pytestmark = pytest.mark.melt

CLICKS = Clicks(
    length_frames=301, cues=((0, 150), (175, 301)), frames={"mix": (0, 3, 77, 149, 249), "strings": (51, 277)}
)
PROFILES = ("", " for Resolve")


def _engine_export(cut: HostCut, folder: Path) -> ScoreToWrite:
    """Clicks where music would be, written as the engine writes a score."""
    placement, files, head = CLICKS.write(folder / "audio", cut.rate, cut.start_timecode_frame)
    write_scored_timeline(load_timeline(cut.otio_path), placement, folder / "cut.scored.otio", profile="resolve")
    tracks = tuple(
        ScoreTrack(name=name, path=files[stem].path, start_frame=max(0, head), is_enabled=stem == "mix")
        for name, stem in (("Score", "mix"), ("Score strings", "strings"))
    )
    return ScoreToWrite(cut=cut, revision=1, tracks=tracks, markers=(), otio_path=folder / "cut.scored.otio")


@pytest.mark.parametrize("name", ["25", "23.976", "29.97 DF"])  # test_melt.py has them all
def test_what_is_handed_out_plays_on_its_frames(tmp_path: Path, render_audio, name: str) -> None:
    rate, timecode = RATES[name]
    folder = tmp_path / "Schnitt 3"
    folder.mkdir()
    write_cut(folder / "Reel 3.otio", rate, timecode, frames=CLICKS.length_frames)
    host = OtioFileHost(folder)
    cut = host.read(folder)
    assert (cut.rate, cut.start_timecode_frame) == (rate, timecode_to_frames(timecode, rate))
    assert host.write(_engine_export(cut, tmp_path / "engine")).is_verified
    shutil.rmtree(tmp_path / "engine")  # what was handed out stands on its own
    wanted = CLICKS.wanted_ms("mix", rate)
    for end in PROFILES:
        out = tmp_path / f"out{end}.wav"
        render_audio(folder / "Hitpoint" / f"Reel 3 r001{end}.otio", out, rate.fps)
        heard = heard_ms(out)
        assert len(heard) == len(wanted), (heard, wanted)
        assert max(abs(a - b) for a, b in zip(heard, wanted, strict=True)) < WORST_MS


def test_the_generic_timeline_still_plays_after_the_folder_was_moved(tmp_path: Path, render_audio) -> None:
    rate, timecode = RATES["25"]
    folder = tmp_path / "a"
    folder.mkdir()
    write_cut(folder / "Reel 3.otio", rate, timecode, frames=CLICKS.length_frames)
    host = OtioFileHost(folder, ask=answer)
    host.write(_engine_export(host.read(folder), tmp_path / "engine"))
    shutil.rmtree(tmp_path / "engine")
    (folder / "Hitpoint").rename(tmp_path / "on another disk")
    render_audio(tmp_path / "on another disk" / "Reel 3 r001.otio", tmp_path / "out.wav", rate.fps)
    wanted = CLICKS.wanted_ms("mix", rate)
    assert heard_ms(tmp_path / "out.wav") == pytest.approx(wanted, abs=WORST_MS)


def test_stems_instead_of_the_mix(tmp_path: Path, render_audio) -> None:
    rate, timecode = RATES["24"]
    write_cut(tmp_path / "Reel 3.otio", rate, timecode, frames=CLICKS.length_frames)
    host = OtioFileHost(tmp_path, ask=answer)
    asked = _engine_export(host.read(tmp_path), tmp_path / "engine")
    swapped = tuple(
        ScoreTrack(name=track.name, path=track.path, start_frame=track.start_frame, is_enabled=track.name != "Score")
        for track in asked.tracks
    )
    host.write(ScoreToWrite(cut=asked.cut, revision=1, tracks=swapped, markers=(), otio_path=asked.otio_path))
    render_audio(tmp_path / "Hitpoint" / "Reel 3 r001 for Resolve.otio", tmp_path / "out.wav", rate.fps)
    wanted = CLICKS.wanted_ms("strings", rate)
    assert heard_ms(tmp_path / "out.wav") == pytest.approx(wanted, abs=WORST_MS)


@pytest.mark.soundfont
@pytest.mark.slow
def test_the_hits_of_a_real_score_come_out_of_the_exchange_folder(tmp_path: Path, render_audio) -> None:
    """As a user has it: exported in drop-frame, scored for Resolve, handed out; a detector without a plan listens."""
    rate, timecode = RATES["29.97 DF"]
    hits = (126, 267)
    folder = tmp_path / "exchange"
    folder.mkdir()
    write_cut(folder / "Reel 3.otio", rate, timecode, frames=400, hits=hits)
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
        for measured in heard_hits(tmp_path / "out.wav", hits, rate):
            assert measured.error_ms is not None, (end, measured)
            assert -5 < measured.error_ms < float(500 / rate.fps), (end, measured)
    assert host.poll() is None  # nothing of this looks like a new cut
