"""What is handed out is the cut that came in, and a score: for real files of every format."""

from pathlib import Path

import numpy as np
import pytest

from hitpoint.delivery.wav import time_reference_samples, write_bwf
from hitpoint.model.errors import CutError
from hitpoint.model.time import frames_to_samples, whole_sample_period_frames
from hitpoint.timeline import load_timeline
from hitpoint.timeline.exchange.describe import describe
from hitpoint.timeline.exchange.hand_out import HandOut, hand_out
from hitpoint.timeline.write_back.write import CuePlacement, ScorePlacement, wav_head_frame, write_scored_timeline

FILES = (
    "resolve_picchu_effects.otio",
    "otio/preflattened.otio",
    "otio/premiere_example.otio",
    "otio/multitrack.otio",
    "otio/transition_test.otio",
    "kdenlive/multiinstance.otio",
    "tlrender/MovieAndSeq.otio",
    "tlrender/LinearTimeWarp.otio",
    "tlrender/SingleClip.otioz",
    "toucan/Markers.otio",
    "fcp7xml/premiere_example.xml",
    "fcpxml_dawfilekit/29.97.fcpxml",
    "fcpxml_otio/fcpx_example.fcpxml",
    "aaf/simple.aaf",
    "edl/gap_test.edl",
    "edl/speed_effects_small.edl",
)
assert FILES


@pytest.mark.fixtures
@pytest.mark.parametrize("profile", ["generic", "resolve"])
@pytest.mark.parametrize("name", FILES)
def test_the_cut_is_handed_out_as_it_came(fixtures: Path, tmp_path: Path, name: str, profile: str) -> None:
    """Also from a scored timeline in Resolve's shape, whose ranges and names the generic one must not inherit."""
    source = fixtures / "timelines" / name
    loaded, before = load_timeline(source), describe(source)
    head = wav_head_frame(0, loaded.rate, loaded.start_timecode_frame)
    start_sample, period = frames_to_samples(head, loaded.rate), whole_sample_period_frames(loaded.rate)
    (tmp_path / "engine" / "audio").mkdir(parents=True)
    wav = write_bwf(
        [np.zeros((frames_to_samples(-(-100 // period) * period, loaded.rate), 2), np.float32)],
        tmp_path / "engine" / "audio" / "cut_mix.wav",
        start_sample=start_sample,
        time_reference_samples=time_reference_samples(start_sample, loaded.rate, loaded.start_timecode_frame),
    )
    cue = CuePlacement(number="1m1", title="", start_frame=0, end_frame=min(90, before["duration_frames"]))
    placement = ScorePlacement(mix=wav, stems={}, cues=(cue,), hits=())
    scored = tmp_path / "engine" / "cut.scored.otio"
    write_scored_timeline(loaded, placement, scored, profile=profile)
    out = tmp_path / "out"
    out.mkdir()
    hand_out(HandOut(scored_path=scored, name="cut r001", staging=out, folder=out, enabled={}))
    after = describe(out / "cut r001.otio")
    for told in (before, after):
        told.pop("warnings")
        told.pop("name")  # the file's, where the timeline has none
    assert after == before


@pytest.mark.fixtures
def test_what_has_no_score_is_refused(fixtures: Path, tmp_path: Path) -> None:
    for name, reason in (
        ("otio/simple_cut.otio", "has no score of ours on it; export the score again"),
        ("edl/gap_test.edl", "is not OTIO; hand out the scored"),
    ):
        request = HandOut(
            scored_path=fixtures / "timelines" / name, name="x", staging=tmp_path, folder=tmp_path, enabled={}
        )
        with pytest.raises(CutError, match=reason):
            hand_out(request)
    assert not list(tmp_path.iterdir())
