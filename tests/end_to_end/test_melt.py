"""The real thing at the end of the chain: what an editor plays from the scored timeline, clicks on their frames.

In most tests the mix holds a click at the sample of each hit frame, in the last ones it is a real score; MLT, which
knows nothing of us, renders the scored timeline.
"""

from pathlib import Path

import pytest

from hitpoint.model.time import FrameRate
from hitpoint.pipeline import ScoreSettings, score
from hitpoint.timeline import load_timeline
from hitpoint.timeline.write_back.write import write_scored_timeline

from .clicks import RATES, WORST_MS, Clicks, heard_hits, heard_ms, write_cut

pytestmark = pytest.mark.melt

CLICKS = Clicks(
    length_frames=601,
    cues=((0, 150), (150, 301), (333, 601)),
    frames={"mix": (0, 3, 77, 100, 249, 333, 418, 599), "strings": (51, 277, 550)},
    silent=("bass",),
)
#: Resolve's profile moves clips by timecode: whole, fractional and dropped frames, and no hour in front.
PLAYED = [(name, "generic") for name in RATES] + [(name, "resolve") for name in ("25", "29.97 DF", "from midnight")]


def _scored(folder: Path, rate: FrameRate, timecode: str, *, profile: str, stems_only: bool) -> Path:
    """A cut without media and its score, as the pipeline writes them."""
    write_cut(folder / "cut.otio", rate, timecode, frames=CLICKS.length_frames)
    loaded = load_timeline(folder / "cut.otio")
    placement, _, _ = CLICKS.write(folder / "audio", rate, loaded.start_timecode_frame)
    write_scored_timeline(loaded, placement, folder / "s.otio", profile=profile, stems_only=stems_only)
    return folder / "s.otio"


@pytest.mark.parametrize(("name", "profile"), PLAYED)
def test_clicks_come_out_on_their_frames(tmp_path: Path, render_audio, name: str, profile: str) -> None:
    rate, timecode = RATES[name]
    scored = _scored(tmp_path, rate, timecode, profile=profile, stems_only=False)
    render_audio(scored, tmp_path / "out.wav", rate.fps)
    heard, wanted = heard_ms(tmp_path / "out.wav"), CLICKS.wanted_ms("mix", rate)
    assert len(heard) == len(wanted), (heard, wanted)
    assert max(abs(a - b) for a, b in zip(heard, wanted, strict=True)) < WORST_MS


def test_with_stems_only_the_stems_are_heard_together_and_the_mix_is_not(tmp_path: Path, render_audio) -> None:
    rate, timecode = RATES["29.97 DF"]
    scored = _scored(tmp_path, rate, timecode, profile="generic", stems_only=True)
    render_audio(scored, tmp_path / "out.wav", rate.fps)
    assert heard_ms(tmp_path / "out.wav") == pytest.approx(CLICKS.wanted_ms("strings", rate), abs=WORST_MS)


HIT_SECONDS = (4.2, 8.9)


@pytest.mark.soundfont
@pytest.mark.slow
@pytest.mark.parametrize("name", ["25", "23.976"])  # the exchange folder's test has drop-frame
def test_hits_of_a_real_score_come_out_on_their_frames(tmp_path: Path, render_audio, name: str) -> None:
    """A cut is scored as a user does it; in what MLT plays, a detector that knows no plan finds the hits."""
    rate, timecode = RATES[name]
    hits = tuple(round(second * rate.fps) for second in HIT_SECONDS)
    write_cut(tmp_path / "cut.otio", rate, timecode, frames=round(13 * rate.fps), hits=hits)
    report = score(ScoreSettings(cut_path=tmp_path / "cut.otio", out_folder=tmp_path / "out", style="tense"))
    render_audio(tmp_path / "out" / "cut.scored.otio", tmp_path / "out.wav", rate.fps)
    for measured in heard_hits(tmp_path / "out.wav", hits, rate):
        assert measured.error_ms is not None, measured
        assert abs(measured.error_ms) < float(500 / rate.fps), measured  # half a frame
        assert measured.error_ms > -5, measured
    assert report["hit_summary"]["hit"] >= len(hits)
