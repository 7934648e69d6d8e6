"""Installing into homes of every system: what lands where, again, upgraded, changed by the user, and taken away."""

import base64
import json
import plistlib
import shutil
import stat
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from hitpoint import __version__
from hitpoint.cli import main as hitpoint
from hitpoint.installation import apply, resolve_scripts
from hitpoint.installation.command import wanted_files
from hitpoint.installation.places import Places
from hitpoint.installation.record import load_record
from hitpoint.installation.resolve_scripts import baked_python, resolve_places, source_folder
from hitpoint.model.errors import MissingToolError, SettingError
from hitpoint.resources import resources_folder

SYSTEMS = ("linux", "macos", "windows")
PYTHON = Path("/opt/Größe & 50%/env/bin/python")
#: What the menu entries are called that come of them.
ENTRIES = {
    "Hitpoint.py",
    "Hitpoint (free 21.1 and later).lua",
    "Hitpoint check.lua",
    "another.py",
    "another.lua",
}
APP_STORE = "Library/Containers/com.blackmagic-design.DaVinciResolveLite"
UTILITY = {
    "linux": ".local/share/DaVinciResolve/Fusion/Scripts/Utility",
    "macos": "Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
    "windows": "AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts/Utility",
}
#: What says that Resolve is installed.
RESOLVE = {
    "linux": "opt/resolve",
    "macos": "Applications/DaVinci Resolve/DaVinci Resolve.app",
    "windows": "Program Files/Blackmagic Design/DaVinci Resolve/Resolve.exe",
}


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def install(home: Path, system: str, *more: str, python: Path = PYTHON) -> int:
    return hitpoint(["install", "--home", str(home), "--system", system, "--python", str(python), *more])


@pytest.fixture
def with_resolve(home: Path) -> Path:
    """A home in which every system's Resolve is found."""
    for place in RESOLVE.values():
        (home / place).mkdir(parents=True)
    return home


def decoded(script: Path, name: str) -> str:
    line = next(line for line in script.read_text().splitlines() if f"{name}_BASE64" in line)
    return base64.b64decode(line.split("=", 1)[1].split("#")[0].strip().strip("\"'")).decode()


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_launchers_land_where_resolve_looks(with_resolve: Path, system: str) -> None:
    assert install(with_resolve, system) == 0
    utility = with_resolve / UTILITY[system]
    assert {path.name for path in utility.iterdir()} == ENTRIES
    assert decoded(utility / "Hitpoint.py", "PYTHON") == str(PYTHON)
    assert baked_python(utility / "Hitpoint.py") == PYTHON
    assert json.loads(decoded(utility / "Hitpoint.py", "ARGUMENTS")) == ["-m", "hitpoint_panel", "--stdio-host"]
    assert decoded(utility / "another.py", "PYTHON") == str(PYTHON)
    mailbox = Places.below(with_resolve, system=system).mailbox
    assert decoded(utility / "another.lua", "MAILBOX") == str(mailbox)
    assert decoded(utility / "Hitpoint (free 21.1 and later).lua", "MAILBOX") == str(mailbox)
    for script in utility.iterdir():
        assert "@HITPOINT" not in script.read_text()
    assert f'VERSION = "{__version__}"' in (utility / "Hitpoint.py").read_text()


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_second_time_nothing_is_touched(with_resolve: Path, system: str, capsys) -> None:
    install(with_resolve, system)
    before = {path: path.stat().st_mtime_ns for path in with_resolve.rglob("*") if "installed.json" not in path.name}
    capsys.readouterr()
    assert install(with_resolve, system, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {step["outcome"] for step in told["steps"]} == {"same"}
    after = {path: path.stat().st_mtime_ns for path in with_resolve.rglob("*") if "installed.json" not in path.name}
    data = Places.below(with_resolve, system=system).data
    assert {path: stamp for path, stamp in after.items() if path != data} == {
        path: stamp for path, stamp in before.items() if path != data
    }


@pytest.mark.parametrize("system", SYSTEMS)
def test_uninstall_takes_exactly_what_was_put(with_resolve: Path, system: str) -> None:
    others = with_resolve / UTILITY[system] / "mine.py"
    others.parent.mkdir(parents=True)
    others.write_text("mine")
    before = sorted(with_resolve.rglob("*"))
    install(with_resolve, system)
    install(with_resolve, system)
    assert sorted(with_resolve.rglob("*")) != before
    assert install(with_resolve, system, "--uninstall") == 0
    assert sorted(with_resolve.rglob("*")) == before
    assert others.read_text() == "mine"
    # and once more: nothing to do, no fault
    assert install(with_resolve, system, "--uninstall") == 0


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_upgrade_replaces_ours_and_drops_what_is_no_longer_shipped(
    with_resolve: Path, system: str, source: Path
) -> None:
    install(with_resolve, system)
    (source / "hitpoint_panel.py").write_text('PYTHON_BASE64 = ""\nprint("new")\n')
    (source / "another.lua").unlink()
    (source / "third.lua").write_text("print(3)")
    assert install(with_resolve, system, python=Path("/moved/python")) == 0
    utility = with_resolve / UTILITY[system]
    assert {path.name for path in utility.iterdir()} == (ENTRIES - {"another.lua"}) | {"third.lua"}
    assert "new" in (utility / "Hitpoint.py").read_text()
    assert baked_python(utility / "Hitpoint.py") == Path("/moved/python")


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_the_user_changed_is_left_and_told(with_resolve: Path, system: str, source: Path, capsys) -> None:
    install(with_resolve, system)
    changed = with_resolve / UTILITY[system] / "Hitpoint.py"
    changed.write_text("# mine now\n")
    (source / "hitpoint_panel.py").write_text("print('new')\n")
    capsys.readouterr()
    assert install(with_resolve, system) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith(str(changed))]
    assert told == [
        f"{changed}: LEFT as it is (it was changed, or is not ours; to get ours, move it away and install again)"
    ]
    assert changed.read_text() == "# mine now\n"
    assert install(with_resolve, system, "--uninstall") == 0
    assert f"{changed}: LEFT as it is (it was changed since" in capsys.readouterr().out
    assert changed.read_text() == "# mine now\n"


def test_a_file_of_that_name_that_was_there_is_not_ours(with_resolve: Path) -> None:
    mine = with_resolve / UTILITY["linux"] / "Hitpoint.py"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    install(with_resolve, "linux")
    install(with_resolve, "linux", "--uninstall")
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_dry_run_does_nothing(with_resolve: Path, system: str, capsys) -> None:
    before = sorted(with_resolve.rglob("*"))
    assert install(with_resolve, system, "--dry-run") == 0
    assert sorted(with_resolve.rglob("*")) == before
    assert f"{with_resolve / UTILITY[system] / 'Hitpoint.py'}: would be put" in capsys.readouterr().out
    install(with_resolve, system)
    after = sorted(with_resolve.rglob("*"))
    assert install(with_resolve, system, "--uninstall", "--dry-run") == 0
    assert sorted(with_resolve.rglob("*")) == after


@pytest.mark.parametrize("system", SYSTEMS)
def test_without_resolve_only_the_entry_is_put(home: Path, system: str, capsys) -> None:
    assert install(home, system) == 0
    assert "no DaVinci Resolve found, so its launchers are left out" in capsys.readouterr().out
    assert not (home / UTILITY[system]).exists()
    assert files(home)
    assert install(home, system, "--resolve", "yes") == 0
    assert (home / UTILITY[system] / "Hitpoint.py").is_file()
    assert install(home, system, "--resolve", "no", "--no-desktop") == 0
    assert not files(home)


def test_the_app_store_build_gets_both_of_its_folders_and_no_other(home: Path) -> None:
    (home / APP_STORE).mkdir(parents=True)
    assert install(home, "macos") == 0
    inside = home / APP_STORE / "Data" / "Library" / "Application Support"
    folders = {path.parent for path in home.rglob("Hitpoint.py")}
    assert folders == {
        inside / "Fusion" / "Scripts" / "Utility",
        inside / "Blackmagic Design" / "DaVinci Resolve" / "Fusion" / "Scripts" / "Utility",
    }


def test_a_mac_without_the_app_store_build_gets_no_container(with_resolve: Path) -> None:
    install(with_resolve, "macos")
    assert not (with_resolve / APP_STORE).exists()


def test_a_folder_that_cannot_be_written_does_not_keep_the_rest_away(with_resolve: Path, capsys) -> None:
    utility = with_resolve / UTILITY["linux"]
    utility.parent.mkdir(parents=True)
    utility.write_text("a file where the folder should be")  # root may write into read-only folders; not into files
    assert install(with_resolve, "linux") == 4
    told = capsys.readouterr().out
    assert f"{utility / 'Hitpoint.py'}: FAILED (cannot write" in told
    assert (with_resolve / ".local/share/applications/hitpoint.desktop").is_file()
    utility.unlink()
    assert install(with_resolve, "linux") == 0
    assert {path.name for path in utility.iterdir()} == ENTRIES


def test_stopped_in_the_middle_nothing_is_lost_to_us(with_resolve: Path, source: Path, monkeypatch) -> None:
    """Killed between the record and the file: the old file is still known as ours, and can be upgraded and removed."""
    install(with_resolve, "linux")
    (source / "hitpoint_panel.py").write_text("print('new')\n")
    places = Places.below(with_resolve, system="linux")
    wanted, _ = wanted_files(places, python=PYTHON, resources=resources_folder())

    def killed(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(apply, "write_beside", killed)
        with pytest.raises(KeyboardInterrupt):
            apply.install(wanted, load_record(places.data))
    before = sorted(with_resolve.rglob("*"))
    assert install(with_resolve, "linux") == 0
    assert "new" in (with_resolve / UTILITY["linux"] / "Hitpoint.py").read_text()
    assert sorted(with_resolve.rglob("*")) == before
    install(with_resolve, "linux", "--uninstall")
    assert not list(with_resolve.rglob("Hitpoint*"))


def test_a_lost_record_adopts_what_is_ours_to_the_byte(with_resolve: Path) -> None:
    install(with_resolve, "linux")
    load_record(Places.below(with_resolve, system="linux").data).path.write_text("not JSON")
    install(with_resolve, "linux")
    install(with_resolve, "linux", "--uninstall")
    assert not list(with_resolve.rglob("Hitpoint*"))


def test_the_linux_entry(home: Path) -> None:
    install(home, "linux")
    entry = home / ".local/share/applications/hitpoint.desktop"
    command = next(line for line in entry.read_text().splitlines() if line.startswith("Exec="))
    assert command == 'Exec="/opt/Größe & 50%%/env/bin/python" -m hitpoint.cli panel'
    assert (home / ".local/share/icons/hicolor/scalable/apps/hitpoint.svg").read_bytes().startswith(b"<?xml")
    png = (home / ".local/share/icons/hicolor/256x256/apps/hitpoint.png").read_bytes()
    assert struct.unpack(">II", png[16:24]) == (256, 256)
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", str(entry)], check=True)


@pytest.mark.parametrize("text", ['/a "b"/py', "/a`b$c/py", "/a\\b/py"])
def test_odd_paths_in_the_linux_entry(home: Path, text: str) -> None:
    install(home, "linux", python=Path(text))
    entry = (home / ".local/share/applications/hitpoint.desktop").read_text()
    value = next(line for line in entry.splitlines() if line.startswith("Exec=")).removeprefix("Exec=")
    unescaped = value.replace("\\\\", "\\").split(" -m ")[0]  # first the string's escapes, then the shell's quoting
    assert (
        subprocess.run(["sh", "-c", f"printf %s {unescaped}"], capture_output=True, check=True).stdout == text.encode()
    )


def test_the_mac_entry_is_an_app(home: Path, tmp_path: Path) -> None:
    fake = tmp_path / "it's an environment" / "python"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\necho "$@"\n')
    fake.chmod(0o755)
    install(home, "macos", python=fake)
    contents = home / "Applications" / "Hitpoint.app" / "Contents"
    info = plistlib.loads((contents / "Info.plist").read_bytes())
    program = contents / "MacOS" / info["CFBundleExecutable"]
    assert program.stat().st_mode & stat.S_IXUSR
    done = subprocess.run([str(program), "a b"], capture_output=True, text=True, check=True)
    assert done.stdout == "-m hitpoint.cli panel a b\n"
    icon = (contents / "Resources" / f"{info['CFBundleIconFile']}.icns").read_bytes()
    assert icon[:4] == b"icns"
    assert struct.unpack(">I", icon[4:8])[0] == len(icon)
    assert struct.unpack(">I", icon[12:16])[0] == len(icon) - 8
    assert icon[16:24] == b"\x89PNG\r\n\x1a\n"


def test_the_windows_entry_opens_no_console(home: Path) -> None:
    install(home, "windows", python=Path("C:/Größe 50%/python.exe"))
    command = home / "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Hitpoint.cmd"
    lines = command.read_bytes().decode("utf-8").split("\r\n")
    assert lines == [
        "@echo off",
        "chcp 65001 >nul",
        f'start "" "{Path("C:/Größe 50%%/pythonw.exe")}" -m hitpoint.cli panel',
        "",
    ]


def test_variables_move_the_folders(tmp_path: Path) -> None:
    moved = {"APPDATA": str(tmp_path / "R"), "LOCALAPPDATA": str(tmp_path / "L"), "XDG_DATA_HOME": str(tmp_path / "X")}
    windows = Places(system="windows", home=tmp_path, environment=moved)
    assert resolve_places(windows)[0].folder.is_relative_to(tmp_path / "R")
    assert windows.data == tmp_path / "L" / "hitpoint"
    linux = Places(system="linux", home=tmp_path, environment=moved)
    assert linux.programs == tmp_path / "X" / "applications"


def test_an_unknown_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="did you mean 'linux'"):
        Places.below(tmp_path, system="linx")


def test_without_the_scripts_it_says_so(with_resolve: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(resolve_scripts, "_CHECKOUT", tmp_path / "none")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingToolError, match="are not in this installation; install Hitpoint again"):
        source_folder()
    assert install(with_resolve, "linux") == 5
    assert "are not in this installation" in capsys.readouterr().err


def test_it_runs_on_a_bare_python(with_resolve: Path) -> None:
    """`installer/run.py install --dry-run` and `--uninstall` need no environment: only the standard library."""
    run = Path(__file__).resolve().parents[2] / "installer" / "run.py"
    command = [sys.executable, "-S", str(run), "install", "--home", str(with_resolve), "--system", "windows"]
    command += ["--resolve", "no"]
    done = subprocess.run([*command, "--dry-run"], capture_output=True, text=True, check=True)
    assert "Hitpoint.cmd: would be put" in done.stdout
    done = subprocess.run([*command, "--uninstall"], capture_output=True, text=True, check=True)
    assert "nothing of Hitpoint's is installed here" in done.stdout


def test_places_agree_with_the_bridge(tmp_path: Path) -> None:
    """The installer and the panel's Resolve host must name the same folders."""
    bridge = pytest.importorskip("hitpoint_panel.hosts.resolve.places")
    for system, platform in (("linux", "linux"), ("macos", "darwin"), ("windows", "win32")):
        places = Places.below(tmp_path, system=system)
        assert places.mailbox == bridge.mailbox_folder(platform=platform, home=tmp_path, environment={})
        ours = {place.folder for place in resolve_places(places)}
        assert ours <= set(bridge.script_folders(platform=platform, home=tmp_path, environment={}))
