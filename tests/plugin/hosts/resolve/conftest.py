"""Resolve's double, and the ways to it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from resolve_double.resolve_api import FakeResolve
from resolve_double.scenes import write_wav
from resolve_double.ways import LUAS, WAYS, LuaMenu, PythonMenu, direct, has_lua, way_name

from hitpoint_panel.hosts.host import HostMarker, ScoreToWrite, ScoreTrack
from hitpoint_panel.hosts.resolve.host import ResolveHost


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:  # those of all folders
        if here not in item.path.parents:
            continue
        way = getattr(item, "callspec", None) and item.callspec.params.get("way")
        if way and way[0] in LUAS:
            item.add_marker(pytest.mark.lua)


@pytest.fixture(scope="session")
def python_menu(tmp_path_factory):
    """One launcher process for all tests; the double behind it changes."""
    menu = PythonMenu(tmp_path_factory.mktemp("python menu"))
    yield menu
    menu.close()


@pytest.fixture(params=WAYS, ids=way_name)
def way(request):
    return request.param


@pytest.fixture
def open_host(request, tmp_path):
    """Return a function that makes a host for a double, by a way; all is closed afterwards."""
    opened = []

    def open_one(way, fake):
        if way == "external":
            host = ResolveHost(direct(fake))
            opened.append(host.close)
        elif way == "python menu":
            menu = request.getfixturevalue("python_menu")
            menu.desk.world = fake
            host = ResolveHost(menu.transport)
        else:
            if not has_lua(way):
                pytest.skip(f"no {way} here")
            menu = LuaMenu(way, fake, tmp_path / "lua")
            opened.append(menu.close)
            host = ResolveHost(menu.transport())
            opened.append(host.close)
        return host

    yield open_one
    for close in reversed(opened):
        close()


@pytest.fixture
def studio(tmp_path):
    """The newest Studio, reached from outside: (double, host-maker)."""
    return FakeResolve("21.1 Studio")


@pytest.fixture
def score_of(tmp_path):
    """Return a function that makes a score of two stems and three markers for a cut."""

    def make(cut, revision=1, names=("Score strings", "Score drums"), seconds=10.0, start=24, **more):
        tracks = tuple(
            ScoreTrack(
                name=name,
                path=write_wav(tmp_path / "score ü" / f"{name} r{revision}.wav", seconds),
                start_frame=start + 5 * number,
            )
            for number, name in enumerate(names)
        )
        markers = more.pop("markers", None) or (
            HostMarker(frame=24, name=f"1m1 r{revision}", color="Fuchsia", duration_frames=240, note="the cue"),
            HostMarker(frame=120, name="hit", color="Purple", custom_data='{"kind":"hit","id":"a1"}'),
            HostMarker(frame=200, name="hit", color="Purple"),
        )
        return ScoreToWrite(
            cut=cut, revision=revision, tracks=tracks, markers=markers, otio_path=tmp_path / "no.otio", **more
        )

    return make
