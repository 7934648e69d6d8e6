"""The real panel, engine and Resolve host; Resolve is its double. Projects are closed and writes are refused."""

import pytest

from hitpoint_panel.hosts.resolve import connect_external

pytestmark = [pytest.mark.soundfont, pytest.mark.endurance]


class Desk:
    """Resolve with a film in it, and a panel beside it that has read and scored it."""

    def __init__(self, folder):
        from resolve_double.resolve_api import FakeResolve
        from resolve_double.scenes import cut_project

        self.fake = FakeResolve("21.1 Studio")
        self.project = cut_project(self.fake, folder / "media", clips=3)
        self.before = self.project.snapshot()

    def is_as_before(self):
        return self.project.snapshot() == self.before and self.fake.page == "color" and not self.fake.errors


def test_a_score_goes_onto_resolves_timeline_through_refusals_and_a_closed_project(
    service, make_window, wait, compose, tmp_path
):
    desk = Desk(tmp_path)
    window = make_window(open_host=lambda: connect_external(desk.fake.resolve), folder=tmp_path / "read")

    def write_and_hear(words):
        window.said.clear()
        window.host.write()
        wait(lambda: any(words in said for said in window.said) and not window.workflow.is_busy)
        return next(said for said in window.said if words in said)

    window.host.connect_host()
    wait(lambda: window.document.look is not None and not window.workflow.is_busy)
    assert desk.is_as_before(), "reading changes nothing"
    version = compose(window)

    desk.fake.on("AppendToTimeline", lambda *_: None, first=2, count=1)  # half of it is there by then
    said = write_and_hear("nothing of the score was left on the timeline")
    assert ";" in said
    assert desk.is_as_before()
    desk.fake.hooks.clear()

    def close(world, owner, args, go_on):
        world.project = None
        return None

    desk.fake.on("AddMarker", close, count=1)
    write_and_hear("the project was closed in DaVinci Resolve while the score was written")
    assert window.document.version["version_id"] == version["version_id"]
    desk.fake.hooks.clear()
    desk.fake.project = desk.project  # opened again
    desk.project.folder = desk.project.root.folders[0]

    write_and_hear("The score is on the timeline")
    timeline = desk.project.timelines[0]
    ours = timeline.tracks["audio"][2:]
    assert [track.name for track in ours] == ["Hitpoint mix", *(f"Hitpoint {name}" for name in version["stems"])]
    assert [len(track.items) for track in ours] == [1] * len(ours)
    window.host.remove()
    wait(lambda: any("Removed" in said for said in window.said))
    assert desk.is_as_before(), "what a closed project left half-written is removed, too"
