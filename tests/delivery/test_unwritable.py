"""Where nothing can be written, every writer says so in one sentence and leaves nothing."""

import pytest

from hitpoint.delivery.cue_sheet import write_cue_sheet
from hitpoint.delivery.midi import write_midi
from hitpoint.delivery.musicxml import write_musicxml
from hitpoint.delivery.plot import plot_score
from hitpoint.delivery.report import ReportInputs, build_report, write_report
from hitpoint.delivery.video import write_video
from hitpoint.model.audio import AudioFile
from hitpoint.model.errors import OutputError


def _midi(made, path, **written):
    write_midi(
        path,
        **written,
        instruments=made.instruments,
        rate=made.cut.rate,
        start_timecode_frame=made.cut.start_timecode_frame,
    )


def _report(made, **written):
    return build_report(ReportInputs(cut=made.cut, **written))


WRITERS = {
    "midi": _midi,
    "cue sheet": lambda made, path, **w: write_cue_sheet(path, cut=made.cut, **w),
    "musicxml": lambda made, path, **w: write_musicxml(
        path, composition=made.compositions[0], instruments=made.instruments
    ),
    "report": lambda made, path, **w: write_report(path, _report(made, **w)),
    "plot": lambda made, path, **w: plot_score(_report(made, **w), path),
    "video": lambda made, path, **w: write_video(
        path, cut=made.cut, mix=AudioFile(path=path.parent / "none.wav", start_sample=0, length_samples=1)
    ),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_missing_folder_is_one_sentence(scored_24, tmp_path, name):
    written = {"cues": scored_24.cues, "plans": scored_24.plans, "compositions": scored_24.compositions}
    with pytest.raises(OutputError, match=r"cannot write .*the folder does not exist") as caught:
        WRITERS[name](scored_24, tmp_path / "gone" / "x.out", **written)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
