import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from hitpoint.model.errors import Cancelled, HitpointError, OutputError, SoundFontError
from hitpoint.model.music import Performance, PerformedPart
from hitpoint.model.progress import Progress
from hitpoint.rendering import stems as stems_module
from hitpoint.rendering.stems import render_stems

SLOW, DRUMS = (0, 48), (128, 0)


def part(instrument, *notes):
    return PerformedPart(part_id=instrument.id, instrument_id=instrument.id, stem=instrument.stem, notes=notes)


def performance(*parts, length=96_000):
    return Performance(cue_number="1m1", parts=parts, start_sample=0, length_samples=length)


@pytest.fixture
def score(instruments, note):
    """A pluck a second, a held slow note, and one drum stroke after a long rest."""
    plucks = [note(48_000 * i, 9600, velocity=60 + 10 * i) for i in range(3)]
    return performance(
        part(instruments["pluck"], *plucks),
        part(instruments["slow"], note(1000, 40_000, preset=SLOW)),
        part(instruments["drums"], note(480_000, 4800, pitch=36, preset=DRUMS)),
    )


@pytest.fixture
def render(tiny_font, instruments, tmp_path):
    def call(*performances, start=0, length=960_000, folder="raw", processes=2, **more):
        return render_stems(
            performances,
            soundfont=tiny_font,
            instruments=instruments,
            work_folder=tmp_path / folder,
            start_sample=start,
            length_samples=length,
            processes=processes,
            **more,
        )

    return call


def audio_of(stem_file):
    return np.fromfile(stem_file.path, dtype="<f4").reshape(-1, 2)


def test_every_stem_that_has_notes_covers_the_whole_range(render, score):
    stems = render(score)
    assert [stem.stem for stem in stems] == ["strings", "percussion", "keys-harp"]
    for stem in stems:
        assert (stem.start_sample, stem.length_samples) == (0, 960_000)
        assert audio_of(stem).shape == (960_000, 2)
    drums = audio_of(stems[1])
    assert not drums[:480_000].any()
    assert np.abs(drums[480_000:480_500]).max() > 0.05


def test_silence_is_a_hole_and_no_unfinished_file_is_left(render, score, tmp_path):
    stems = render(score, length=48_000 * 600)
    for stem in stems:
        status = stem.path.stat()
        assert status.st_size == 48_000 * 600 * 8
        if hasattr(status, "st_blocks"):
            assert status.st_blocks * 512 < status.st_size / 20
    assert sorted(path.suffix for path in (tmp_path / "raw").iterdir()) == [".f32"] * 3


def test_the_same_score_gives_the_same_bytes_whatever_the_processes(render, score):
    once = [stem.path.read_bytes() for stem in render(score, folder="a", processes=1)]
    again = [stem.path.read_bytes() for stem in render(score, folder="b", processes=3)]
    assert once == again


def test_a_range_that_starts_elsewhere_holds_the_same_sound(render, score):
    early = audio_of(render(score, start=-4800, folder="a")[0])
    late = audio_of(render(score, start=0, folder="b")[0])
    np.testing.assert_array_equal(early[4800:], late[:-4800])


def test_a_stem_is_the_sum_of_its_lines_and_cues_follow_each_other(render, instruments, note):
    first = performance(part(instruments["pluck"], note(0, 20_000)))
    second = performance(part(instruments["pluck"], note(10_000, 20_000, pitch=64)))
    both = audio_of(render(first, second, folder="both", length=96_000)[0])
    one = audio_of(render(first, folder="one", length=96_000)[0])
    two = audio_of(render(second, folder="two", length=96_000)[0])
    np.testing.assert_allclose(both, one + two, atol=1e-6)


def test_presets_that_the_font_lacks_are_played_by_their_general_midi_neighbours(render, instruments, note):
    variation = performance(part(instruments["slow"], note(0, preset=(8, 48))))
    plain = performance(part(instruments["slow"], note(0, preset=SLOW)))
    np.testing.assert_array_equal(audio_of(render(variation, folder="a")[0]), audio_of(render(plain, folder="b")[0]))


def test_a_score_without_notes_has_no_stems(render, instruments):
    assert render(performance(part(instruments["pluck"]))) == ()


def test_progress_reaches_one(render, score):
    heard = []
    render(score, progress=Progress(report=lambda fraction, sentence: heard.append((fraction, sentence))))
    fractions = [fraction for fraction, _ in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {sentence for _, sentence in heard} == {"rendering the stems"}


@pytest.fixture
def started(monkeypatch):
    """All worker processes that were started."""
    processes = []
    original = stems_module.start_worker

    def start():
        processes.append(original())
        return processes[-1]

    monkeypatch.setattr(stems_module, "start_worker", start)
    return processes


def long_score(instruments, note):
    notes = [note(4800 * i, 48_000, pitch=40 + i % 40) for i in range(20_000)]
    return performance(part(instruments["pluck"], *notes))


def test_a_stop_ends_the_work_within_a_second_and_leaves_no_process(render, instruments, note, started):
    asked_at = []

    def should_stop():
        if len(asked_at) >= 4:
            return True
        asked_at.append(time.monotonic())
        return False

    with pytest.raises(Cancelled, match="stopped on request"):
        render(long_score(instruments, note), length=96_000_000, progress=Progress(should_stop=should_stop))
    assert time.monotonic() - asked_at[-1] < 1.0
    assert started
    assert all(process.poll() is not None for process in started)


def test_ctrl_c_in_the_parent_leaves_no_process(render, instruments, note, started):
    def interrupt(fraction, sentence):
        if fraction > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(long_score(instruments, note), length=96_000_000, progress=Progress(report=interrupt))
    assert all(process.poll() is not None for process in started)


def test_a_worker_that_dies_is_reported(render, score, monkeypatch):
    def dying():
        return subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    monkeypatch.setattr(stems_module, "start_worker", dying)
    with pytest.raises(HitpointError, match=r"the process that rendered the [\w-]+ stem died \(out of memory\?\)"):
        render(score)


def test_a_folder_that_cannot_be_written_is_an_output_error(render, score, tmp_path):
    (tmp_path / "raw").write_text("a file stands here")
    with pytest.raises(OutputError, match="cannot write in"):
        render(score)


def test_a_stem_that_cannot_be_written_is_an_output_error(render, score, tmp_path):
    (tmp_path / "raw" / "strings-050.f32" / "in the way").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"cannot write .*strings-050\.f32"):
        render(score)


def test_a_bad_font_is_found_before_any_process_starts(score, instruments, tmp_path, started):
    bad = tmp_path / "bad.sf2"
    bad.write_bytes(b"nothing")
    with pytest.raises(SoundFontError, match="is not a SoundFont"):
        render_stems(
            (score,),
            soundfont=bad,
            instruments=instruments,
            work_folder=tmp_path / "raw",
            start_sample=0,
            length_samples=4800,
        )
    assert not started


def test_a_stem_has_a_file_per_depth_and_near_seats_share_one(render, instruments, note):
    for name, depth in (("near", 0.3), ("beside", 0.2), ("far", 0.8)):
        instruments[name] = replace(instruments["pluck"], id=name, depth=depth)
    notes = {name: note(9600 * index, pitch=60 + index) for index, name in enumerate(("near", "beside", "far"))}
    stems = render(performance(*(part(instruments[name], one) for name, one in notes.items())), folder="all")
    assert [(stem.stem, stem.depth) for stem in stems] == [("keys-harp", 0.25), ("keys-harp", 0.75)]
    front = render(performance(*(part(instruments[name], notes[name]) for name in ("near", "beside"))), folder="front")
    np.testing.assert_array_equal(audio_of(stems[0]), audio_of(front[0]))
    assert not audio_of(stems[1])[:19_200].any()
    assert audio_of(stems[1]).any()
