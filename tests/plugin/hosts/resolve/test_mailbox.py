"""The Lua launcher in its sandbox, and the mailbox."""

import base64
import json
import time

import pytest
from resolve_double.resolve_api import FakeResolve
from resolve_double.scenes import cut_project
from resolve_double.ways import LUAS, LuaMenu, finish, has_lua

from hitpoint_panel.hosts.resolve.canary import last_check
from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.host import ResolveHost
from hitpoint_panel.hosts.resolve.launcher_files import load_launcher
from hitpoint_panel.hosts.resolve.mailbox import MailboxTransport, bridge_entries, decode_response

pytestmark = pytest.mark.lua


@pytest.fixture(params=LUAS)
def lua(request):
    if not has_lua(request.param):
        pytest.skip(f"no {request.param} here")
    return request.param


@pytest.fixture
def fake(tmp_path):
    fake = FakeResolve("21.1 free")
    cut_project(fake, tmp_path / "media")
    return fake


@pytest.fixture
def menu_of(fake, tmp_path):
    menus = []

    def make(lua, folder="lua", **options):
        menus.append(LuaMenu(lua, fake, tmp_path / folder, **options))
        return menus[-1]

    yield make
    for menu in menus:
        menu.close()


def wait_until(is_so, seconds=30):
    deadline_s = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert is_so()


@pytest.mark.parametrize("sandbox", ["exact", "known", "none"])
def test_it_works_with_what_the_sandbox_leaves(lua, menu_of, fake, sandbox, tmp_path, score_of):
    menu = menu_of(lua, sandbox=sandbox)
    host = ResolveHost(menu.transport())
    cut = host.read(tmp_path / "read")
    assert host.write(score_of(cut)).is_verified
    assert host.remove_score() == 7
    host.close()
    assert finish(menu.process) == 0
    assert "ended, the panel ended" in menu.said()
    assert fake.errors == []


def test_both_launchers_have_the_same_methods(lua):
    text = (load_launcher().__file__).replace(".py", ".lua")
    with open(text, encoding="utf-8") as stream:
        in_lua = {line.split("methods.")[1].split("(")[0] for line in stream if line.startswith("function methods.")}
    in_python = {name[3:] for name in dir(load_launcher().Bridge) if name.startswith("do_")}
    assert in_lua - {"stop"} == in_python


def test_any_letters_come_through(lua, menu_of, fake):
    name = 'Größe "x"\\ \t\n 日本語 🎬 ]==] \x7f'
    fake.project.timeline.name = name
    fake.project.timeline.markers = {}
    transport = menu_of(lua).transport()
    assert transport.call("look")["timeline"]["name"] == name
    timeline_id = fake.project.timeline.id
    marker = [7, "Blue", name, name, 1, "{}"]
    assert transport.call("add_markers", timeline_id=timeline_id, markers=[marker]) == [True]
    assert fake.project.timeline.markers[7]["note"] == name
    assert transport.call("look")["markers"] == [marker]
    transport.close()


def test_nobody_there_is_said_within_the_time(tmp_path):
    transport = MailboxTransport(tmp_path / "box", lambda: (), acknowledged_s=0.3)
    with pytest.raises(
        ResolveError, match=r"does not answer; click Workspace > Scripts > Hitpoint .free 21.1 and later"
    ):
        transport.call("hello")
    assert not transport.request_path.exists()  # so that it is not done later, unasked
    assert transport.is_open is False
    transport.close()
    assert list((tmp_path / "box").iterdir()) == []


def test_it_is_acknowledged_within_two_seconds_at_its_own_pace(menu_of, lua, fake):
    """The clock is not sped up here, and the answer takes longer than a panel waits for a sign of life."""
    menu = menu_of(lua, time_scale=1.0)
    transport = menu.transport(acknowledged_s=20.0)
    transport.call("hello")
    fake.on("SaveProject", lambda world, owner, args, go_on: (time.sleep(2.5), go_on())[1], count=1)
    transport._acknowledged_s = 2.0
    assert transport.call("save") == {"is_saved": True, "is_untitled": False}
    transport.close()


def test_it_is_quiet_when_idle(menu_of, lua, fake):
    menu = menu_of(lua)
    transport = menu.transport()
    transport.call("hello")
    saves = fake.prefs_saves
    calls = len(fake.calls)
    time.sleep(1.5)
    assert fake.prefs_saves == saves
    assert len(fake.calls) - calls < 8  # once a second: is Resolve there, am I the newest
    assert {name for _, name, _ in fake.calls[calls:]} <= {"GetPrefs", "GetProductName"}
    transport.close()


def test_old_questions_are_not_done(menu_of, lua, fake):
    box = menu_of(lua).mailbox
    wait_until(lambda: "Global.HitpointBridge.Owner" in fake.prefs)
    box.mkdir(exist_ok=True)
    body = base64.b64encode(json.dumps({"method": "save", "params": {}}).encode()).decode()
    old = f'return {{ id = "old", time = {int(time.time()) - 500}, body = "{body}" }}\n'
    (box / "request.lua").write_text(old)
    (box / "request.lua").write_text(old)
    time.sleep(0.5)
    assert fake.project.saves == 0
    (box / "request.lua").write_text(old.replace(str(int(time.time()) - 500)[:4], "9999"))
    wait_until(lambda: fake.project.saves == 1)


def test_a_second_click_replaces_the_first_loop_and_does_nothing_twice(menu_of, lua, fake):
    first = menu_of(lua)
    transport = first.transport()
    transport.call("save")
    body = base64.b64encode(json.dumps({"method": "save", "params": {}}).encode()).decode()
    first.mailbox.joinpath("request.lua").write_text(
        f'return {{ id = "mine", time = {int(time.time())}, body = "{body}" }}\n'
    )
    wait_until(lambda: fake.project.saves == 2)
    menu_of(lua)  # while the question still lies there
    assert finish(first.process, 30) == 0
    assert "ended, started again" in first.said()
    transport.call("hello")
    assert fake.project.saves == 2
    transport.close()


def test_resolve_closed_ends_the_loop(menu_of, lua, fake):
    menu = menu_of(lua)
    transport = menu.transport()
    transport.call("hello")
    fake.is_running = False
    assert finish(menu.process, 30) == 0
    fake.is_running = True
    transport._acknowledged_s = 0.3
    with pytest.raises(ResolveError, match=r"does not answer; click"):
        transport.call("hello")
    transport.close()


def test_a_loop_that_ended_is_told_once_and_taken_up_again(menu_of, lua, fake):
    menu = menu_of(lua)
    transport = menu.transport()
    host = ResolveHost(transport)
    assert host.poll().kind == "timeline"
    menu.close()
    transport._acknowledged_s = 0.3
    change = host.poll()
    assert (change.kind, "click Workspace > Scripts" in change.sentence) == ("gone", True)
    assert host.poll() is None
    transport._acknowledged_s = 20.0
    menu_of(lua)
    assert host.poll().kind == "timeline"
    host.close()


def test_a_poll_is_one_file_written(menu_of, lua, fake, tmp_path):
    transport = menu_of(lua).transport()
    host = ResolveHost(transport)
    host.read(tmp_path / "read")
    saves = fake.prefs_saves
    assert host.poll() is None
    assert fake.prefs_saves == saves + 1
    host.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "return",
        "return { id = 1 }",
        "error('x')",
        "this is no lua",
        'resolve:GetProjectManager():SaveProject() return { id = "x", body = "" }',
        'return { id = "evil", time = 99999999999, body = "e30=" }',
        'return { id = "evil2", time = 99999999999, body = "bm90IGpzb24=" }',
    ],
)
def test_nonsense_in_the_mailbox_harms_nothing(menu_of, lua, fake, text):
    menu = menu_of(lua)
    menu.mailbox.mkdir(exist_ok=True)
    (menu.mailbox / "request.lua").write_text(text)
    time.sleep(0.15)
    transport = menu.transport()
    assert transport.call("hello")["launcher"] == "lua"
    assert fake.project.saves == 0
    transport.close()


def test_two_panels_at_one_mailbox(tmp_path):
    first = MailboxTransport(tmp_path, lambda: ())
    with pytest.raises(
        ResolveError, match=r"another window of Hitpoint talks with DaVinci Resolve; close that one first"
    ):
        MailboxTransport(tmp_path, lambda: ())
    first.close()
    (tmp_path / "panel.lock").write_text("999999999 1.00")  # of a panel that was killed
    MailboxTransport(tmp_path, lambda: ()).close()


def test_half_written_preferences_are_no_answer():
    whole = '\tHitpointBridge = {\n\tAck = "a",\n\tResponse = "a:4:e30=",\n\t},\n'
    assert decode_response(bridge_entries(whole)["Response"]) == {}
    assert all(
        decode_response(bridge_entries(whole[:end]).get("Response", "a:9:")) is None for end in range(len(whole) - 4)
    )


@pytest.mark.parametrize(
    ("profile", "verdict"),
    [("18.5 Studio", "python"), ("21.0 free", "python"), ("21.1 free", "lua"), ("21.1 Studio", "python")],
)
def test_the_check_script_tells_what_to_click(lua, tmp_path, profile, verdict):
    fake = FakeResolve(profile)
    menu = LuaMenu(lua, fake, tmp_path / "check", script="hitpoint_canary.lua")
    assert finish(menu.process) == 0
    report = last_check((tmp_path / "check").glob("Profiles/*/Fusion.prefs"))
    assert (report.verdict, report.product) == (verdict, fake.profile.product)
    assert report.left_in_sandbox == ""
    assert "Workspace > Scripts" in report.sentence
    assert "Hitpoint check: " in menu.said()
    assert {name for _, name, _ in fake.calls} == {
        "GetProductName",
        "GetVersion",
        "GetVersionString",
        "SetPrefs",
        "SavePrefs",
    }
    menu.close()


def test_a_project_without_the_check_has_no_report(tmp_path):
    assert last_check([tmp_path / "none"]) is None
