"""Where things are on each system, the scripts filled in, and Resolve's own module."""

import base64
import json
import sys
from pathlib import Path

import pytest
from resolve_double.resolve_api import FakeResolve
from resolve_double.scenes import cut_project

from hitpoint_panel.hosts.resolve import connect_external, direct, places
from hitpoint_panel.hosts.resolve.errors import ResolveError
from hitpoint_panel.hosts.resolve.launcher_files import MENU_NAMES, filled_in, launcher_folder

HOME = Path("/home/größe n")


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {}, ".local/share/DaVinciResolve/Fusion/Scripts/Utility"),
        (
            "darwin",
            {},
            "Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
        ),
        (
            "win32",
            {"APPDATA": str(HOME / "AppData/Roaming")},
            "AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts/Utility",
        ),
    ],
)
def test_where_scripts_are_looked_for(platform, environment, folder):
    found = places.script_folders(platform=platform, home=HOME, environment=environment)
    assert found[0] == HOME / folder
    assert len(found) == (3 if platform == "darwin" else 1)


def test_the_newest_preferences_come_first(tmp_path):
    import os

    folder = tmp_path / ".local/share/DaVinciResolve/Fusion/Profiles"
    for number, name in enumerate(("Old", "Default")):
        (folder / name).mkdir(parents=True)
        (folder / name / "Fusion.prefs").write_text("{}")
        os.utime(folder / name / "Fusion.prefs", (number * 1000, number * 1000))
    found = places.preference_files(platform="linux", home=tmp_path, environment={})
    assert [path.parent.name for path in found] == ["Default", "Old"]


@pytest.mark.parametrize("name", MENU_NAMES)
def test_scripts_are_filled_in(name):
    assert (launcher_folder() / name).is_file()
    text = filled_in(name, mailbox=HOME / "box", python="C:\\Program Files\\größe\\python.exe", version="1.2.3")
    assert "@HITPOINT" not in text
    assert "1.2.3" in text
    if name.endswith(".py"):
        encoded = text.split('PYTHON_BASE64 = "')[1].split('"')[0]
        assert base64.b64decode(encoded).decode() == "C:\\Program Files\\größe\\python.exe"
        encoded = text.split('ARGUMENTS_BASE64 = "')[1].split('"')[0]
        assert json.loads(base64.b64decode(encoded)) == ["-m", "hitpoint_panel", "--stdio-host"]


@pytest.fixture
def no_module(monkeypatch):
    """Resolve's module is not imported before, nor afterwards."""
    sys.modules.pop("DaVinciResolveScript", None)
    yield
    sys.modules.pop("DaVinciResolveScript", None)


@pytest.mark.usefixtures("no_module")
def test_external_scripting_by_resolves_own_module(tmp_path, monkeypatch):
    fake = FakeResolve("21.1 Studio")
    cut_project(fake, tmp_path / "media")
    (tmp_path / "Modules").mkdir()
    (tmp_path / "Modules" / "DaVinciResolveScript.py").write_text(
        "running = []\ndef scriptapp(name):\n    return running[0]\n"
    )
    monkeypatch.setenv("RESOLVE_SCRIPT_API", str(tmp_path))
    monkeypatch.setenv("RESOLVE_SCRIPT_LIB", "kept")
    monkeypatch.setattr(sys, "path", list(sys.path))
    module = direct._scripting_module()
    module.running.append(None)
    with pytest.raises(ResolveError, match=r"must be Studio and running, with Preferences > System > General"):
        connect_external()
    module.running[0] = fake.resolve
    host = connect_external()
    assert host.title == "DaVinci Resolve Studio 21.1.0.14"
    host.close()


@pytest.mark.usefixtures("no_module")
def test_external_scripting_where_there_is_no_resolve(tmp_path, monkeypatch):
    monkeypatch.setenv("RESOLVE_SCRIPT_API", str(tmp_path / "nowhere"))
    monkeypatch.setenv("RESOLVE_SCRIPT_LIB", "kept")
    with pytest.raises(ResolveError, match=r"External scripting set to Local \(there is no .*Modules\)"):
        connect_external()
