"""The behaviour ledger: for each of the 28 oddities, that the host lives with it or says one clear sentence."""

import time
from pathlib import Path

import pytest
from resolve_double.base import WrongCall
from resolve_double.faults import NUMBERS
from resolve_double.resolve_api import FakeResolve
from resolve_double.scenes import cut_project, marker, write_wav

from hitpoint.model.errors import InputError
from hitpoint_panel.hosts.host import HostMarker
from hitpoint_panel.hosts.resolve.connect import connect_external
from hitpoint_panel.hosts.resolve.direct import DirectTransport
from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.host import ResolveHost


class Scene:
    def __init__(self, folder, profile="21.1 Studio", **options):
        self.folder = folder
        scene = {key: options.pop(key) for key in ("rate", "project_rate", "clips", "name") if key in options}
        self.fake = FakeResolve(profile, **options)
        self.project = cut_project(self.fake, folder / "media", **scene)
        self.timeline = self.project.timeline
        self.host = connect_external(self.fake.resolve)
        self.before = self.project.snapshot()

    def read(self):
        return self.host.read(self.folder / "read")

    def is_as_before(self):
        """Nothing of the user's and nothing of ours differs; the page is the user's."""
        return self.project.snapshot() == self.before and self.fake.page == "color" and not self.fake.errors


@pytest.fixture
def scene(tmp_path):
    made = []

    def make(*args, **options):
        made.append(Scene(tmp_path, *args, **options))
        return made[-1]

    yield make
    for entry in made:
        entry.host.close()


def test_every_oddity_of_the_ledger_has_a_switch_and_a_test():
    assert sorted(number for number in NUMBERS.values() if number) == list(range(1, 29))
    text = Path(__file__).read_text()
    assert [number for number in range(1, 29) if f"def test_{number:02d}_" not in text] == []


def test_01_markers_at_absolute_frames_are_not_the_users(scene):
    here = scene()
    assert [m.name for m in here.read().markers] == ["HIT: door", "MUSIC IN"]
    assert here.timeline.markers[86450]["name"] == "lost"
    assert 86450 not in here.timeline.visible_markers()


@pytest.mark.parametrize("gives_dead_handles", [True, False])
def test_02_an_occupied_span_is_noticed_and_taken_back(scene, score_of, gives_dead_handles):
    here = scene(gives_dead_handles=gives_dead_handles)

    def occupied(world, pool, args, go_on):
        """Somebody records on our new track in the very moment."""
        track = here.timeline.tracks["audio"][int(args[0][0]["trackIndex"]) - 1]
        track.items.append(here.timeline.tracks["audio"][1].items[0])
        answer = go_on()
        track.items.pop(0)
        return answer

    here.fake.on("AppendToTimeline", occupied, count=1)
    cut = here.read()
    with pytest.raises(ResolveError, match=r"'Score strings' is not on the timeline; nothing of the score was left"):
        here.host.write(score_of(cut, start=10))
    assert here.is_as_before()


@pytest.mark.parametrize("gives_none", [True, False])
def test_03_a_locked_track_of_ours_is_opened_and_locked_again(scene, score_of, gives_none):
    here = scene(locked_track_gives_none=gives_none)
    cut = here.read()
    here.host.write(score_of(cut))
    here.timeline.tracks["audio"][2].is_locked = True
    assert here.host.write(score_of(cut, revision=2)).is_verified
    assert [track.is_locked for track in here.timeline.tracks["audio"]] == [False, True, True, False]
    assert here.timeline.tracks["audio"][2].items[0].media.path.endswith("r2.wav")


@pytest.mark.parametrize("gives_empty", [True, False])
def test_04_a_track_that_is_not_there(scene, score_of, gives_empty):
    here = scene(missing_track_gives_empty=gives_empty)
    here.fake.on("AppendToTimeline", lambda world, pool, args, go_on: [] if gives_empty else None)
    cut = here.read()
    with pytest.raises(ResolveError, match=r"is not on the timeline; nothing of the score was left"):
        here.host.write(score_of(cut))
    assert here.is_as_before()


@pytest.mark.parametrize("is_exclusive", [True, False])
def test_05_ends_are_exclusive(scene, score_of, is_exclusive):
    here = scene(has_exclusive_ends=is_exclusive)
    here.host.write(score_of(here.read(), names=("Score",)))
    assert here.timeline.tracks["audio"][2].items[0].duration == (240 if is_exclusive else 241)


@pytest.mark.parametrize("floors", [True, False])
def test_06_lengths_are_rounded_down_between_rates(scene, score_of, floors):
    from fractions import Fraction

    here = scene(rate="25", project_rate=Fraction(24), floors_durations=floors)
    report = here.host.write(score_of(here.read(), names=("Score",), seconds=3.3))
    item = here.timeline.tracks["audio"][2].items[0]
    assert report.is_verified
    assert (item.start, item.duration) == (90024, 82)


@pytest.mark.parametrize("takes_project_rate", [True, False])
def test_07_a_wav_has_the_rate_of_its_project(scene, score_of, takes_project_rate):
    from fractions import Fraction

    here = scene(rate="25", project_rate=Fraction(24000, 1001), wav_takes_project_rate=takes_project_rate)
    assert here.host.write(score_of(here.read(), names=("Score",))).is_verified
    item = here.timeline.tracks["audio"][2].items[0]
    assert item.media.fps == (23.976 if takes_project_rate else 25.0)
    assert item.start == 90024
    assert abs(item.duration - 250) <= 1


def test_08_nothing_is_put_before_the_start(scene, score_of):
    here = scene()
    cut = here.read()
    with pytest.raises(InputError, match=r"begins 5 frames before the timeline, where Resolve plays nothing"):
        here.host.write(score_of(cut, start=-5))
    assert here.is_as_before()
    assert here.fake.counts["ImportMedia"] == 0


def test_09_what_vanishes_at_the_save_is_noticed(scene, score_of):
    here = scene(appended_vanish_at_save=1)
    cut = here.read()
    with pytest.raises(ResolveError, match=r"'Score strings' is not on the timeline; nothing of the score was left"):
        here.host.write(score_of(cut))
    assert here.is_as_before()
    assert here.project.saved[3] == here.before[3]  # nor in what was saved


@pytest.mark.parametrize("failures", [0, 1])
def test_10_deleting_needs_the_edit_page_and_may_fail_once(scene, score_of, failures):
    here = scene(flaky_deletes=failures)
    cut = here.read()
    here.host.write(score_of(cut))
    assert here.host.write(score_of(cut, revision=2)).is_verified
    assert here.fake.page == "color"
    assert here.host.remove_score() == 7
    assert here.is_as_before()


def test_10_a_score_that_cannot_be_deleted_stays_whole(scene, score_of):
    here = scene()
    cut = here.read()
    here.host.write(score_of(cut))
    first = here.project.snapshot()
    here.fake.faults.flaky_deletes = 2
    with pytest.raises(ResolveError, match=r"the score before could not be deleted; nothing of the score was left"):
        here.host.write(score_of(cut, revision=2))
    assert here.project.snapshot() == first


def test_11_12_import_is_picky_so_nothing_is_imported_as_a_timeline(scene, score_of):
    here = scene()
    here.host.write(score_of(here.read(), on_duplicate=True))
    assert here.fake.counts["ImportTimelineFromFile"] == 0


def test_11_the_completed_otio_is_of_resolves_shape(scene):
    """What we make of an export, Resolve takes back: not under a name that is there, nor in an untitled project."""
    here = scene()
    cut = here.read()
    pool = here.fake.resolve.GetProjectManager().GetCurrentProject().GetMediaPool()
    assert pool.ImportTimelineFromFile(str(cut.otio_path)) is None
    assert pool.ImportTimelineFromFile(str(cut.otio_path), {"timelineName": "Back"}) is not None
    here.project.name = "Untitled Project"
    assert pool.ImportTimelineFromFile(str(cut.otio_path), {"timelineName": "Again"}) is None


def test_12_media_of_an_otio_import_may_be_offline(scene):
    here = scene()
    cut = here.read()
    pool = here.fake.resolve.GetProjectManager().GetCurrentProject().GetMediaPool()
    pool.ImportTimelineFromFile(str(cut.otio_path), {"timelineName": "Back", "importSourceClips": False})
    assert here.project.timeline.tracks["audio"][0].items[0].media.is_offline


def test_13_an_untitled_project_cannot_be_saved(scene, score_of):
    here = scene(name="Untitled Project")
    report = here.host.write(score_of(here.read()))
    assert report.is_verified is False
    assert any("was never saved and cannot be from here: save it in Resolve" in warning for warning in report.warnings)
    assert len(here.timeline.tracks["audio"]) == 4


def test_13_a_save_that_fails_is_said(scene, score_of):
    here = scene()
    here.fake.on("SaveProject", lambda *_: False)
    report = here.host.write(score_of(here.read()))
    assert report.is_verified is False
    assert "Resolve did not save the project: save it yourself" in report.warnings


def test_14_an_export_that_wants_its_constant(scene, tmp_path):
    here = scene()
    timeline = here.fake.resolve.GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    assert timeline.Export(str(tmp_path / "no.otio"), "EXPORT_OTIO", "EXPORT_NONE") is False
    assert here.read().otio_path.is_file()


def test_14_an_export_that_says_yes_and_writes_nothing(scene):
    here = scene()
    here.fake.on("Export", lambda *_: True)
    with pytest.raises(ResolveError, match=r"exported no OTIO file to .*; look whether it may write there"):
        here.read()
    here.fake.hooks.clear()

    def half(world, timeline, args, go_on):
        Path(args[0]).write_text('{"OTIO_SCHEMA": "Timel')
        return True

    here.fake.on("Export", half)
    with pytest.raises(ResolveError, match=r"the OTIO file that it exported cannot be read"):
        here.read()
    assert list((here.folder / "read").iterdir()) == []


@pytest.mark.parametrize("into_current", [True, False])
def test_15_media_go_into_the_current_bin(scene, score_of, into_current):
    here = scene(imports_into_current_folder=into_current)
    cut = here.read()
    if into_current:
        here.host.write(score_of(cut))
        bins = {folder.name: len(folder.clips) for folder in here.project.root.walk()}
        assert bins == {"Master": 6, "Rushes": 0, "Hitpoint Score": 2}
        assert here.project.folder.name == "Rushes"
    else:
        with pytest.raises(ResolveError, match=r"did not come into the media pool"):
            here.host.write(score_of(cut))


def test_16_no_timeline_is_made_from_clips(scene, score_of):
    here = scene()
    here.host.write(score_of(here.read()))
    assert here.fake.counts["CreateTimelineFromClips"] == 0


@pytest.mark.parametrize("adds_mono", [True, False])
def test_17_tracks_are_asked_for_as_stereo(scene, score_of, adds_mono):
    here = scene("20.2 Studio", adds_mono_tracks=adds_mono)
    here.host.write(score_of(here.read()))
    assert [track.subtype for track in here.timeline.tracks["audio"]] == ["stereo"] * 4


def test_18_a_dialogue_blocks_all_and_is_said(scene, score_of):
    here = scene()
    cut = here.read()
    here.fake.shows_dialogue = True
    for call in (here.read, lambda: here.host.write(score_of(cut)), here.host.remove_score, here.host.poll):
        with pytest.raises(ResolveError, match=r"probably because it shows a dialogue; close it and try again"):
            call()
    here.fake.shows_dialogue = False
    assert here.is_as_before()
    assert here.host.write(score_of(cut)).is_verified


def test_18_nothing_that_is_for_studio_alone_is_called_on_free():
    fake = FakeResolve("21.0 free")
    assert fake.resolve.GetProductName() == "DaVinci Resolve"
    assert fake.gated_calls() == []  # and test_host asks the same of every way


def test_18_the_double_itself_shows_the_dialogue(tmp_path):
    fake = FakeResolve("21.0 free")
    cut_project(fake, tmp_path)
    timeline = fake.resolve.GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    assert timeline.DetectSceneCuts() is False
    assert timeline.GetName() is False


@pytest.mark.parametrize("lies", [True, False])
def test_19_methods_are_looked_up_by_dir(scene, score_of, lies):
    here = scene("18.5 Studio", has_every_attribute=lies)
    assert hasattr(here.fake.resolve, "NoSuchThing") is lies
    assert here.host.write(score_of(here.read())).is_verified


@pytest.mark.parametrize("lists", [True, False])
def test_20_transitions_among_the_items(scene, lists):
    here = scene(lists_transitions=lists)
    cut = here.read()
    here.timeline.tracks["video"][0].items[1].duration += 6
    change = here.host.poll()
    assert (change is not None) is lists
    assert cut.otio_path.read_text().count('"Transition.1"') == 1


@pytest.mark.parametrize(("profile", "is_lost"), [("18.5 Studio", True), ("19.1 free", False), ("21.1 Studio", True)])
def test_21_subtitles_whose_text_is_lost_are_not_written(tmp_path, profile, is_lost):
    here = Scene(tmp_path, profile, subtitle_names_are_lost=is_lost)
    assert (here.read().subtitles_path is None) is is_lost
    here.host.close()


@pytest.mark.parametrize("seed", range(4))
def test_22_numbers_as_floats_or_ints(scene, score_of, seed):
    here = scene(seed=seed, numbers_vary=bool(seed))
    cut = here.read()
    assert [type(m.frame) for m in cut.markers] == [int, int]
    assert here.host.write(score_of(cut)).is_verified
    assert here.read().revision == cut.revision


def test_23_an_unknown_colour_is_refused_and_the_score_taken_back(scene, score_of):
    here = scene()
    cut = here.read()
    with pytest.raises(ResolveError, match=r"the marker 'odd' is not on the timeline; nothing of the score was left"):
        here.host.write(score_of(cut, markers=(HostMarker(frame=3, name="odd", color="Ultramarine"),)))
    assert here.is_as_before()


@pytest.mark.parametrize("refuses", [True, False])
def test_24_one_marker_a_frame_so_ours_stand_beside(scene, score_of, refuses):
    here = scene(refuses_second_marker=refuses)
    report = here.host.write(score_of(here.read()))
    assert here.timeline.markers[120]["name"] == "HIT: door"
    assert any("1 of our markers stands beside its frame" in warning for warning in report.warnings)


def test_24_where_no_frame_is_free_the_marker_is_left_out(scene, score_of):
    here = scene()
    here.timeline.markers.update({frame: marker("busy") for frame in range(190, 211)})
    report = here.host.write(score_of(here.read()))
    assert "the marker 'hit' found no free frame and was left out" in report.warnings
    assert report.markers == 2


def test_25_a_call_that_does_not_come_back_ends_in_a_sentence(tmp_path):
    fake = FakeResolve("21.1 Studio")
    cut_project(fake, tmp_path)
    transport = DirectTransport(fake.resolve, limit_s=30)
    host = ResolveHost(transport)
    transport._limit_s = 0.2
    fake.on("GetMarkers", lambda *_: time.sleep(1.5), count=1)
    with pytest.raises(ResolveError, match=r"has not answered for 0.2 seconds; look whether it shows a dialogue"):
        host.poll()
    with pytest.raises(ResolveError, match=r"still works on the request before"):
        host.poll()
    transport._limit_s = 30
    deadline_s = time.monotonic() + 30
    while not transport._late.done() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert host.poll().kind == "timeline"
    host.close()


@pytest.mark.parametrize("is_none", [True, False])
def test_26_no_timeline_and_no_project(scene, is_none):
    here = scene(no_timeline_is_none=is_none)
    here.project.timeline = None
    with pytest.raises(ResolveError, match=r"no timeline is open in DaVinci Resolve; open one and try again"):
        here.read()
    here.fake.project = None
    with pytest.raises(ResolveError, match=r"no project is open in DaVinci Resolve; open one and try again"):
        here.read()
    assert here.host.poll().kind == "gone"


@pytest.mark.parametrize("refuses", [True, False])
def test_27_the_playhead_does_not_go_before_the_start(scene, refuses):
    here = scene(refuses_playhead_before_start=refuses)
    assert here.host.set_playhead_frame(-24) is False
    assert here.timeline.timecode == "01:00:00:00"


def test_28_a_poll_of_a_long_film_reads_a_part_of_it(tmp_path, score_of):
    here = Scene(tmp_path, clips=600)
    cut = here.read()
    assert here.host.poll() is None
    before = sum(here.fake.counts.values())
    assert here.host.poll() is None
    assert sum(here.fake.counts.values()) - before < 600  # at 0.8 ms each, half a second
    here.timeline.timecode = "01:00:41:16"  # the editor rolls a cut where his playhead is
    shots = here.timeline.tracks["video"][0].items
    number = next(n for n, item in enumerate(shots) if item.start == 86400 + 1000)
    shots[number].start += 1
    changes = [here.host.poll(), here.host.poll()]
    assert [change.kind for change in changes if change] == ["cut"]
    for item in shots[400:]:  # a ripple far away from it
        item.start += 24
    assert here.host.poll().kind == "cut"
    assert here.read().revision != cut.revision
    here.host.close()


# --- beyond the ledger ---


def test_marker_builds_that_reject_empty_custom_data_get_none(scene, score_of):
    here = scene(rejects_six_argument_markers=True)
    assert here.host.write(score_of(here.read())).markers == 3


def test_builds_that_import_dicts_only(scene, score_of):
    here = scene(import_takes_dicts_only=True)
    assert here.host.write(score_of(here.read())).is_verified


@pytest.mark.parametrize("has_them", [True, False])
def test_timeline_markers_come_once_wherever_resolve_puts_them(scene, has_them):
    from hitpoint.timeline import load_timeline, read_cut

    here = scene(otio_has_timeline_markers=has_them)
    assert [m.name for m in read_cut(load_timeline(here.read().otio_path)).markers] == ["HIT: door", "MUSIC IN"]


#: Calls of a write that may be refused; with True the refusal is a lie, the call says that it worked.
REFUSALS = [
    (name, nth, answer)
    for name, nth in [
        ("AddTrack", 1),
        ("AddTrack", 2),
        ("SetTrackName", 2),
        ("ImportMedia", 1),
        ("AppendToTimeline", 1),
        ("AppendToTimeline", 2),
        ("AddMarker", 1),
        ("AddMarker", 3),
        ("AddSubFolder", 1),
        ("SetCurrentFolder", 1),
    ]
    for answer in (None, False, True)
    # in ImportMedia's case the file is there, in the others the bin was opened by being made
    if (name, answer) not in {("ImportMedia", True), ("AddSubFolder", True), ("SetCurrentFolder", True)}
]
assert REFUSALS


@pytest.mark.parametrize(("name", "nth", "answer"), REFUSALS)
def test_a_refusal_at_any_step_leaves_nothing_half_written(scene, score_of, name, nth, answer):
    here = scene()
    cut = here.read()
    count = 1 if name != "ImportMedia" else 2  # the second is the other form of the same
    here.fake.on(name, lambda *_: answer, first=nth, count=count)
    with pytest.raises(ResolveError) as caught:
        here.host.write(score_of(cut))
    assert "nothing of the score was left on the timeline" in str(caught.value)
    assert here.is_as_before()
    here.fake.hooks.clear()
    assert here.host.write(score_of(cut)).is_verified


@pytest.mark.parametrize("name", ["AppendToTimeline", "AddMarker", "AddTrack"])
def test_a_refused_second_write_brings_the_first_score_back(scene, score_of, name):
    here = scene()
    cut = here.read()
    here.host.write(score_of(cut, names=("Score strings",)))
    first = here.project.snapshot()
    here.fake.on(name, lambda *_: None, count=1)
    with pytest.raises(ResolveError, match=r"nothing of the score was left on the timeline"):
        here.host.write(score_of(cut, revision=2))
    assert here.project.snapshot() == first
    here.fake.hooks.clear()
    assert here.host.remove_score() == 1 + 1 + 3
    assert here.is_as_before()


@pytest.mark.parametrize("name", ["ImportMedia", "AddTrack", "AppendToTimeline", "AddMarker", "SaveProject"])
def test_a_project_closed_during_a_write(scene, score_of, name):
    here = scene()
    cut = here.read()

    def close(world, owner, args, go_on):
        world.project = None
        return None

    here.fake.on(name, close, count=1)
    with pytest.raises(ResolveError, match=r"the project was closed in DaVinci Resolve while the score was written"):
        here.host.write(score_of(cut))
    here.fake.project = here.project  # opened again, as it was left
    here.project.folder = here.project.root.folders[0]
    here.fake.hooks.clear()
    assert here.host.write(score_of(cut, revision=2)).is_verified
    assert [len(track.items) for track in here.timeline.tracks["audio"][2:]] == [1, 1]
    here.host.remove_score()
    assert here.is_as_before()


@pytest.mark.parametrize("name", ["AddTrack", "AppendToTimeline", "AddMarker"])
def test_another_timeline_opened_during_a_write_is_left_alone(scene, score_of, name):
    here = scene()
    cut = here.read()
    other = here.project.timelines[1]
    before = other.snapshot()

    def switch(world, owner, args, go_on):
        answer = go_on()
        here.project.timeline = other
        return answer

    here.fake.on(name, switch, count=1)
    with pytest.raises(ResolveError, match=r"another timeline was opened.*nothing of the score was left"):
        here.host.write(score_of(cut))
    assert other.snapshot() == before
    assert here.timeline.snapshot() == here.before[3][0]
    here.project.timeline = other
    with pytest.raises(ResolveError, match=r"another timeline was opened"):
        here.host.write(score_of(cut))


def test_a_refused_write_on_a_duplicate_takes_the_duplicate_away(scene, score_of):
    here = scene()
    cut = here.read()
    here.fake.on("AppendToTimeline", lambda *_: [])
    with pytest.raises(ResolveError, match=r"nothing of the score was left"):
        here.host.write(score_of(cut, on_duplicate=True))
    assert here.is_as_before()


def test_nothing_of_the_users_is_removed(scene, score_of, tmp_path):
    """His clip on our track, our name on his track, his files in our bin, his markers and another plugin's."""
    from resolve_double import model

    here = scene()
    cut = here.read()
    here.host.write(score_of(cut))
    ours = here.timeline.tracks["audio"][2]
    song = write_wav(tmp_path / "his.wav", 2)
    media = model.Media("his.wav", str(song), 24.0, 48)
    next(folder for folder in here.project.root.walk() if folder.name == "Hitpoint Score").clips.append(media)
    ours.items.append(model.Item("his.wav", 86400 + 400, 48, media))
    his = model.Track("Score strings", "stereo")
    here.timeline.tracks["audio"].insert(0, his)
    assert here.host.write(score_of(cut, revision=2)).is_verified
    here.host.remove_score()
    names = [track.name for track in here.timeline.tracks["audio"]]
    assert names == ["Score strings", "Audio 1", "Temp", "Score strings"]
    assert [item.name for item in here.timeline.tracks["audio"][3].items] == ["his.wav"]
    assert [clip.name for f in here.project.root.walk() if f.name == "Hitpoint Score" for clip in f.clips] == [
        "his.wav"
    ]
    assert sorted(here.timeline.markers) == [120, 240, 86450]


def test_files_that_another_timeline_uses_stay(scene, score_of):
    import copy

    here = scene()
    here.host.write(score_of(here.read()))
    twin = here.project.timelines[1]
    twin.tracks["audio"].append(copy.copy(here.timeline.tracks["audio"][2]))
    twin.tracks["audio"][-1].items = [copy.copy(item) for item in twin.tracks["audio"][-1].items]
    here.host.remove_score()
    assert [item.name for item in twin.tracks["audio"][-1].items] == ["Score strings r1.wav"]


def test_a_score_for_a_cut_that_has_changed_is_written_with_a_warning(scene, score_of):
    here = scene()
    score = score_of(here.read())
    assert here.host.write(score).warnings == here.host.write(score).warnings
    here.timeline.markers[130] = here.timeline.markers.pop(120)
    here.host.poll()
    warnings = here.host.write(score).warnings
    assert any("the cut was changed in Resolve since this music was made for it" in warning for warning in warnings)


def test_a_disabled_track_is_written_disabled(scene, score_of):
    from dataclasses import replace

    here = scene()
    score = score_of(here.read())
    here.host.write(replace(score, tracks=(score.tracks[0], replace(score.tracks[1], is_enabled=False))))
    assert [track.is_enabled for track in here.timeline.tracks["audio"][2:]] == [True, False]


def test_files_that_are_missing_are_said_before_anything_is_touched(scene, score_of):
    here = scene()
    score = score_of(here.read())
    score.tracks[1].path.unlink()
    with pytest.raises(InputError, match=r"Score drums r1.wav is not there; write the score again"):
        here.host.write(score)
    assert here.fake.page == "color"
    assert here.is_as_before()


def test_a_version_that_is_too_old():
    fake = FakeResolve("18.5 Studio")
    fake.on("GetVersion", lambda *_: [18, 1, 4, 9, ""])
    with pytest.raises(ResolveError, match=r"is too old\); Hitpoint needs 18.5 or later"):
        connect_external(fake.resolve)


def test_a_call_that_raises_names_itself(scene):
    here = scene()

    def raises(*_):
        raise RuntimeError("bridge broke")

    here.fake.on("GetMarkers", raises)
    with pytest.raises(ResolveError, match=r"failed in GetMarkers \(RuntimeError: bridge broke\)") as caught:
        here.read()
    assert (caught.value.kind, caught.value.func) == ("raised", "GetMarkers")


@pytest.mark.parametrize(
    "call",
    [
        lambda timeline: timeline.GetTrackCount("audio", 1),
        lambda timeline: timeline.GetTrackCount(),
        lambda timeline: timeline.AddMarker(1.5, "Blue", "", "", 1, ""),
        lambda timeline: timeline.AddTrack("audio", "stereo please"),
        lambda timeline: timeline.SetTrackEnable("audio", 1, 1),
    ],
)
def test_the_double_is_strict(tmp_path, call):
    fake = FakeResolve("21.1 Studio")
    cut_project(fake, tmp_path)
    with pytest.raises(WrongCall):
        call(fake.resolve.GetProjectManager().GetCurrentProject().GetCurrentTimeline())
