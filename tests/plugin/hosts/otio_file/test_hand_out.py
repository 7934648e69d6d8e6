"""The score in the exchange folder: whole, found by every editor, and nothing of the user's touched."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from hitpoint.delivery.wav import time_reference_samples, write_bwf
from hitpoint.model.errors import CutError, MediaError, OutputError
from hitpoint.model.time import frames_to_samples
from hitpoint.timeline import load_timeline
from hitpoint.timeline.exchange import hand_out as hand_out_module
from hitpoint.timeline.exchange.__main__ import answer
from hitpoint.timeline.write_back.write import CuePlacement, HitPlacement, ScorePlacement, write_scored_timeline
from hitpoint_panel.hosts import HostCut, HostMarker, ScoreToWrite, ScoreTrack
from hitpoint_panel.hosts.otio_file import OtioFileHost
from hitpoint_panel.hosts.otio_file.exchange import HELP_NAME, LISTS_NAME, claim_revision, safe_name

STEMS = ("mix", "strings", "percussion")


@pytest.fixture
def scored() -> Callable[..., ScoreToWrite]:
    """`scored(cut, folder, profile)`: what the engine's export of a score leaves, by the engine's own writer."""

    def make(cut: HostCut, folder: Path, *, profile: str = "generic", revision: int = 1) -> ScoreToWrite:
        loaded = load_timeline(cut.otio_path)
        (folder / "audio").mkdir(parents=True, exist_ok=True)
        length = frames_to_samples(200, loaded.rate)
        files = {}
        for number, stem in enumerate(STEMS):
            files[stem] = write_bwf(
                [np.full((length, 2), number / 10, np.float32)],
                folder / "audio" / f"cut_{stem}.wav",
                start_sample=0,
                time_reference_samples=time_reference_samples(0, loaded.rate, loaded.start_timecode_frame),
            )
        placement = ScorePlacement(
            mix=files["mix"],
            stems={stem: files[stem] for stem in STEMS[1:]},
            cues=(
                CuePlacement(number="1m1", title="Slam", start_frame=6, end_frame=80, note="d minor, 90 bpm"),
                CuePlacement(number="1m2", title="Relief", start_frame=90, end_frame=150),
            ),
            hits=(HitPlacement(frame=12, name="hit 3.1", note="on it", kind="hit", weight=0.8, cue_number="1m1"),),
        )
        write_scored_timeline(loaded, placement, folder / "cut.scored.otio", profile=profile)
        return ScoreToWrite(
            cut=cut,
            revision=revision,
            tracks=tuple(
                ScoreTrack(
                    name="Score" if stem == "mix" else f"Score {stem}",
                    path=files[stem].path,
                    start_frame=0,
                    is_enabled=stem == "mix",
                )
                for stem in STEMS
            ),
            markers=(),
            otio_path=folder / "cut.scored.otio",
        )

    return make


@pytest.fixture
def score(
    host: OtioFileHost, folder: Path, export: Callable[..., Path], scored: Callable[..., ScoreToWrite], tmp_path: Path
) -> ScoreToWrite:
    export(folder / "Reel 3 v2.otio")
    return scored(host.read(folder), tmp_path / "engine")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def ours(timeline: otio.schema.Timeline) -> list[otio.schema.Track]:
    return [track for track in timeline.tracks if "hitpoint" in track.metadata]


def test_everything_is_there_and_is_found(host: OtioFileHost, folder: Path, score: ScoreToWrite) -> None:
    before = tree(folder)
    report = host.write(score)
    assert report.is_verified
    assert report.tracks == ("Score", "Score strings", "Score percussion")
    assert report.markers == 3  # two cues and a hit
    assert report.warnings == ()
    names = sorted(str(path.relative_to(folder)) for path in report.files)
    assert names == [
        "Hitpoint/Reel 3 r001 for Resolve.otio",
        "Hitpoint/Reel 3 r001 markers.edl",
        "Hitpoint/Reel 3 r001.otio",
        "Hitpoint/audio/Reel 3 r001 mix.wav",
        "Hitpoint/audio/Reel 3 r001 percussion.wav",
        "Hitpoint/audio/Reel 3 r001 strings.wav",
    ]
    after = tree(folder)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {*names, f"Hitpoint/{HELP_NAME}", f"Hitpoint/{LISTS_NAME}/Reel 3 r001.json"}


@pytest.mark.parametrize("given", ["generic", "resolve"])
def test_both_profiles_come_from_either(
    host: OtioFileHost,
    folder: Path,
    export: Callable[..., Path],
    scored: Callable[..., ScoreToWrite],
    tmp_path: Path,
    given: str,
) -> None:
    export(folder / "Reel 3.otio")
    host.write(scored(host.read(folder), tmp_path / "engine", profile=given))
    generic, resolve = (folder / "Hitpoint" / f"Reel 3 r001{end}.otio" for end in ("", " for Resolve"))
    generic_timeline, resolve_timeline = (otio.adapters.read_from_file(str(path)) for path in (generic, resolve))
    assert [track.name for track in generic_timeline.tracks] == [
        "Picture", "Score", "Score strings", "Score percussion",
    ]  # fmt: skip
    assert [track.name for track in resolve_timeline.tracks] == [
        "Video 1", "Audio 1", "Audio 2", "Audio 3",
    ]  # fmt: skip
    for timeline in (generic_timeline, resolve_timeline):
        assert [track.enabled for track in ours(timeline)] == [True, False, False]
        for track, stem in zip(ours(timeline), STEMS, strict=True):
            clips = list(track.find_clips())
            assert [clip.metadata["hitpoint"]["cue"] for clip in clips] == ["1m1", "1m2"]
            starts = [clip.transformed_time_range(clip.trimmed_range(), track).start_time.value for clip in clips]
            assert starts == [6, 90]
            for clip in clips:
                url = clip.media_reference.target_url
                wav = folder / "Hitpoint" / "audio" / f"Reel 3 r001 {stem}.wav"
                assert url == (str(wav) if timeline is resolve_timeline else f"audio/{wav.name}")
                assert clip.media_reference.name == wav.name
                assert clip.trimmed_range().start_time.value == 86_400 + (6 if "1m1" in str(clip.metadata) else 90)
    for track in ours(resolve_timeline):
        assert track.metadata["Resolve_OTIO"]["Audio Type"] == "Stereo"
    for timeline, name in ((generic_timeline, "1m1 Slam"), (resolve_timeline, "Reel 3 r001 mix.wav")):
        assert ours(timeline)[0].find_clips()[0].name == name


def test_the_copies_are_the_engines_bytes(host: OtioFileHost, folder: Path, score: ScoreToWrite) -> None:
    host.write(score)
    for track in score.tracks:
        copy = folder / "Hitpoint" / "audio" / f"Reel 3 r001 {track.path.stem.removeprefix('cut_')}.wav"
        assert copy.read_bytes() == track.path.read_bytes()


def test_the_users_own_media_stays_online(
    host: OtioFileHost, folder: Path, export: Callable[..., Path], scored: Callable[..., ScoreToWrite], tmp_path: Path
) -> None:
    (folder / "rushes").mkdir()
    (folder / "rushes" / "alley.mov").write_bytes(b"picture")
    export(folder / "Reel 3.otio")
    host.write(scored(host.read(folder), tmp_path / "engine"))
    for end in ("", " for Resolve"):
        path = folder / "Hitpoint" / f"Reel 3 r001{end}.otio"
        timeline = otio.adapters.read_from_file(str(path))
        urls = [clip.media_reference.target_url for clip in timeline.tracks[0]]
        assert urls[0] == str(folder / "rushes" / "alley.mov")


def test_the_markers_come_as_edl_too(host: OtioFileHost, folder: Path, score: ScoreToWrite) -> None:
    host.write(score)
    text = (folder / "Hitpoint" / "Reel 3 r001 markers.edl").read_text()
    assert "01:00:00:06 01:00:00:07 01:00:00:06 01:00:00:07" in text
    assert "Hitpoint: d minor, 90 bpm |C:ResolveColorFuchsia |M:1m1 Slam |D:74" in text
    assert "Hitpoint: on it |C:ResolveColorPurple |M:hit 3.1 |D:1" in text
    given = replace(score, markers=(HostMarker(frame=24, name="mine", note="n", color="Cyan"),))
    assert host.write(given).markers == 1
    text = (folder / "Hitpoint" / "Reel 3 r002 markers.edl").read_text()
    assert "|C:ResolveColorCyan |M:mine |D:1" in text


def test_a_second_write_has_new_names_and_keeps_the_first(
    host: OtioFileHost, folder: Path, score: ScoreToWrite
) -> None:
    host.write(score)
    before = tree(folder)
    report = host.write(score)  # the same number: the next free one is taken
    assert report.is_verified
    assert all(" r002" in path.name for path in report.files)
    assert {name: content for name, content in tree(folder).items() if name in before} == before
    assert len(report.warnings) == 1
    assert report.warnings[0].startswith("1 earlier revision of this score (")


def test_our_own_files_are_no_exports(host: OtioFileHost, folder: Path, score: ScoreToWrite, clock, follow) -> None:
    host.write(score)
    assert follow(looks=5) is None
    # not even when somebody watches the exchange folder itself
    with pytest.raises(CutError, match="no timeline in"):
        OtioFileHost(folder / "Hitpoint", ask=answer, clock=clock, sleep=clock.sleep).read(folder)


def test_an_export_over_our_own_file_is_an_export(
    host: OtioFileHost, folder: Path, score: ScoreToWrite, export: Callable[..., Path], clock
) -> None:
    host.write(score)
    export(folder / "Hitpoint" / "Reel 3 r001.otio", markers=())
    inner = OtioFileHost(folder / "Hitpoint", ask=answer, clock=clock, sleep=clock.sleep)
    assert inner.read(folder).otio_path.name == "Reel 3 r001.otio"


@pytest.mark.parametrize("end", ["", " for Resolve"])
def test_the_cut_exported_again_with_the_score_on_it_is_no_change(
    host: OtioFileHost, folder: Path, score: ScoreToWrite, end: str, follow
) -> None:
    """The editor imports the score, and exports the timeline with it: cut and markers are what they were."""
    host.write(score)
    shutil.copyfile(folder / "Hitpoint" / f"Reel 3 r001{end}.otio", folder / "Reel 3 v3.otio")
    # the references to the WAVs are relative: an editor would write them as it likes; here they are offline
    assert follow() is None
    assert host.read(folder).otio_path.name == "Reel 3 v3.otio"
    assert host.read(folder).revision == score.cut.revision


def test_the_command_lines_scored_file_is_no_export(
    host: OtioFileHost, folder: Path, export: Callable[..., Path]
) -> None:
    export(folder / "Reel 3.otio")
    scored_path = export(folder / "Reel 3.scored.otio")
    (folder / "report.json").write_text("{}")
    os.utime(scored_path, (4e9, 4e9))
    os.utime(folder / "report.json", (4e9 + 1, 4e9 + 1))
    assert host.read(folder).otio_path.name == "Reel 3.otio"
    # the editor exports over it later
    os.utime(scored_path, (4e9 + 60, 4e9 + 60))
    assert host.read(folder).otio_path.name == "Reel 3.scored.otio"


def test_remove_takes_exactly_what_was_written(host: OtioFileHost, folder: Path, score: ScoreToWrite) -> None:
    before = tree(folder)
    host.write(score)
    host.write(score)
    assert host.remove_score() == 12
    assert tree(folder) == before
    assert not (folder / "Hitpoint").exists()
    assert host.remove_score() == 0


def test_remove_leaves_what_the_user_made_and_changed(host: OtioFileHost, folder: Path, score: ScoreToWrite) -> None:
    host.write(score)
    exchange = folder / "Hitpoint"
    (exchange / "audio" / "Reel 3 r001 mix.wav.pek").write_bytes(b"a waveform of the editor's")
    (exchange / "notes.txt").write_text("mine")
    (exchange / "Reel 3 r001.otio").write_text("changed by hand")
    assert host.remove_score() == 5
    assert host.kept_files == (exchange / "Reel 3 r001.otio",)
    assert set(tree(exchange)) == {"audio/Reel 3 r001 mix.wav.pek", "notes.txt", "Reel 3 r001.otio"}


def test_remove_keeps_the_score_of_another_timeline(
    host: OtioFileHost,
    folder: Path,
    score: ScoreToWrite,
    export: Callable[..., Path],
    scored: Callable[..., ScoreToWrite],
    tmp_path: Path,
    clock,
) -> None:
    host.write(score)
    clock.sleep(5)
    export(folder / "Reel 4.otio", shots=(("beach", 200),))
    host.write(scored(host.read(folder), tmp_path / "engine4"))
    assert host.remove_score() == 6
    assert all(
        "Reel 3" in path.name or path.name == HELP_NAME for path in (folder / "Hitpoint").rglob("*.*") if path.is_file()
    )
    # a window that has read nothing yet removes all of ours
    assert OtioFileHost(folder, ask=answer).remove_score() == 6


def test_a_forged_list_deletes_nothing_outside(host: OtioFileHost, folder: Path, score: ScoreToWrite) -> None:
    host.write(score)
    victim = folder / "victim.txt"
    victim.write_text("mine")
    path = folder / "Hitpoint" / LISTS_NAME / "Reel 3 r001.json"
    content = json.loads(path.read_text())
    content["files"] = {
        "../victim.txt": hand_out_module.file_digest(victim),
        str(victim): hand_out_module.file_digest(victim),
    }
    path.write_text(json.dumps(content))
    assert host.remove_score() == 0
    assert victim.read_text() == "mine"


def test_a_users_file_of_that_name_is_passed_by(host: OtioFileHost, folder: Path, score: ScoreToWrite) -> None:
    exchange = folder / "Hitpoint"
    exchange.mkdir()
    (exchange / "Reel 3 r001.otio").write_text("mine")
    report = host.write(score)
    assert all(" r002" in path.name for path in report.files)
    assert (exchange / "Reel 3 r001.otio").read_text() == "mine"


def test_a_users_wav_of_that_name_is_not_written_over(host: OtioFileHost, folder: Path, score: ScoreToWrite) -> None:
    wav = folder / "Hitpoint" / "audio" / "Reel 3 r001 mix.wav"
    wav.parent.mkdir(parents=True)
    wav.write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"Reel 3 r001 mix\.wav is there already and not ours"):
        host.write(score)
    assert tree(folder / "Hitpoint") == {"audio/Reel 3 r001 mix.wav": b"mine"}


FAILURES = ("copy", "second rename", "list")


@pytest.mark.parametrize("where", FAILURES)
def test_a_disk_that_gets_full_leaves_nothing_behind(
    host: OtioFileHost, folder: Path, score: ScoreToWrite, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    before = tree(folder)
    full = OSError(errno.ENOSPC, "No space left on device", str(folder / "Hitpoint" / "x"))
    if where == "copy":

        def broken(*arguments: object) -> None:
            raise full

        monkeypatch.setattr(hand_out_module.shutil, "copyfileobj", broken)
    elif where == "list":
        real_write = Path.write_text

        def no_list(self: Path, *arguments: object, **options: object) -> int:
            if self.name.endswith(".partial-list"):
                raise full
            return real_write(self, *arguments, **options)

        monkeypatch.setattr(Path, "write_text", no_list)
    else:
        real, calls = Path.rename, []

        def once(self: Path, target: Path) -> Path:
            calls.append(target)
            if len(calls) == 2:
                raise full
            return real(self, target)

        monkeypatch.setattr(Path, "rename", once)
    with pytest.raises(OutputError, match="cannot write"):
        host.write(score)
    monkeypatch.undo()
    assert tree(folder) == before
    assert not (folder / "Hitpoint").exists()


def test_a_disk_without_room_is_told_beforehand(
    host: OtioFileHost, folder: Path, score: ScoreToWrite, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr(hand_out_module.shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(OutputError, match=r"the score takes \d+ MB, and the disk of .* has 1 MB left; make room"):
        host.write(score)
    assert not (folder / "Hitpoint").exists()


def test_a_wav_that_is_gone_is_told(host: OtioFileHost, folder: Path, score: ScoreToWrite) -> None:
    score.tracks[1].path.unlink()
    with pytest.raises(MediaError, match=r"the WAV of Score strings .* is not there; export the score again"):
        host.write(score)
    assert not (folder / "Hitpoint").exists()


def test_a_timeline_without_a_score_is_refused(host: OtioFileHost, folder: Path, score: ScoreToWrite) -> None:
    with pytest.raises(CutError, match="has no score of ours on it"):
        host.write(replace(score, otio_path=score.cut.otio_path))


def test_a_track_that_the_timeline_lacks_is_told(host: OtioFileHost, score: ScoreToWrite) -> None:
    extra = ScoreTrack(name="Score choir", path=score.tracks[0].path, start_frame=0)
    report = host.write(replace(score, tracks=(*score.tracks, extra)))
    assert not report.is_verified
    assert report.warnings == ("Score choir is not on the scored timeline, so it was not handed out",)


@pytest.mark.parametrize("prefix", ["Score ", "Hitpoint ", ""])
def test_tracks_are_switched_by_their_stem_and_may_be_left_out(
    host: OtioFileHost, folder: Path, score: ScoreToWrite, prefix: str
) -> None:
    tracks = [
        ScoreTrack(name=f"{prefix}{stem}", path=Path("x"), start_frame=0, is_enabled=stem == "strings")
        for stem in STEMS
    ]
    assert host.write(replace(score, tracks=tuple(tracks))).is_verified
    timeline = otio.adapters.read_from_file(str(folder / "Hitpoint" / "Reel 3 r001.otio"))
    assert [track.enabled for track in ours(timeline)] == [False, True, False]
    assert host.write(replace(score, tracks=(tracks[1],))).is_verified
    timeline = otio.adapters.read_from_file(str(folder / "Hitpoint" / "Reel 3 r002.otio"))
    assert [track.enabled for track in ours(timeline)] == [True, True, False]


def test_what_the_timeline_plays_is_handed_out_though_a_track_names_another_file(
    host: OtioFileHost, folder: Path, score: ScoreToWrite, tmp_path: Path
) -> None:
    """A version's own WAVs may start elsewhere than the exported ones: their music would come at the wrong time."""
    other = tmp_path / "v3" / "mix.wav"
    other.parent.mkdir()
    other.write_bytes(b"another file")
    tracks = (replace(score.tracks[0], path=other), *score.tracks[1:])
    assert host.write(replace(score, tracks=tracks)).is_verified
    copy = folder / "Hitpoint" / "audio" / "Reel 3 r001 mix.wav"
    assert copy.read_bytes() == score.tracks[0].path.read_bytes()


def test_a_read_only_folder_cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    assert OtioFileHost(folder).abilities == {"read", "follow"}


def test_two_windows_take_different_numbers(folder: Path) -> None:
    with (
        claim_revision(folder / "Hitpoint", "Reel 3", 1) as first,
        claim_revision(folder / "Hitpoint", "Reel 3", 1) as second,
    ):
        assert (first.revision, second.revision) == (1, 2)


def test_what_a_killed_window_left_is_swept(host: OtioFileHost, folder: Path, score: ScoreToWrite) -> None:
    lists = folder / "Hitpoint" / LISTS_NAME
    with claim_revision(folder / "Hitpoint", "Reel 3", 1) as claim:
        name = claim.staging.name
    dead = lists / name.replace(f"-{os.getpid()}.", "-999999999.")
    dead.mkdir(parents=True)
    (dead / "half.wav").write_bytes(b"0")
    (lists / "Reel 3 r001.json").touch()
    report = host.write(score)
    assert all(" r001" in path.name for path in report.files)
    assert not dead.exists()


def test_a_window_that_is_really_killed(host: OtioFileHost, folder: Path, score: ScoreToWrite) -> None:
    before = tree(folder)
    code = (
        "import sys, time; from pathlib import Path\n"
        "from hitpoint_panel.hosts.otio_file.exchange import claim_revision\n"
        "with claim_revision(Path(sys.argv[1]), 'Reel 3', 1) as claim:\n"
        "    (claim.staging / 'half.wav').write_bytes(b'0' * 1000)\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, str(folder / "Hitpoint")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        # while it lives its number is taken
        assert all(" r002" in path.name for path in host.write(score).files)
        process.kill()
    assert all(" r001" in path.name for path in host.write(score).files)
    assert host.remove_score() == 12
    assert tree(folder) == before


NAMES = {"Reel 3": "Reel 3", 'a/b:c*"d"': "a_b_c__d_", "  dots.. ": "dots", "...": "score", "x" * 200: "x" * 80}
assert NAMES


@pytest.mark.parametrize("text", NAMES)
def test_names_that_every_system_takes(text: str) -> None:
    assert safe_name(text) == NAMES[text]
