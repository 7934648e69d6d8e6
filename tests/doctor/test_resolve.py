"""What the doctor says about DaVinci Resolve, on homes of every system."""

import os
import plistlib
from pathlib import Path

import pytest

from hitpoint.cli import main as hitpoint
from hitpoint.doctor.resolve import examine_resolve
from hitpoint.installation import resolve_scripts
from hitpoint.installation.places import Places

SUPPORT = {
    "linux": ".local/share/DaVinciResolve",
    "macos": "Library/Application Support/Blackmagic Design/DaVinci Resolve",
    "windows": "AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support",
}
SYSTEMS = tuple(SUPPORT)


@pytest.fixture(autouse=True)
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "resolve"
    folder.mkdir()
    (folder / "hitpoint_panel.py").write_text('PYTHON_BASE64 = "@HITPOINT_PYTHON_BASE64@"\n')
    (folder / "hitpoint_panel.lua").write_text('local MAILBOX_BASE64 = "@HITPOINT_MAILBOX_BASE64@"\n')
    (folder / "hitpoint_canary.lua").write_text("print(1)\n")
    monkeypatch.setattr(resolve_scripts, "_CHECKOUT", folder)
    return folder


@pytest.fixture
def python(tmp_path: Path) -> Path:
    path = tmp_path / "env" / "python"
    path.parent.mkdir()
    path.touch()
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "a home"
    folder.mkdir()
    return folder


def findings(home: Path, system: str, python: Path, **environment: str) -> dict:
    places = Places(system=system, home=home, root=home, environment=environment)
    return {finding.subject: finding for finding in examine_resolve(places, python=python)}


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_resolve_is_no_fault(home: Path, python: Path, system: str) -> None:
    (finding,) = findings(home, system, python).values()
    assert (finding.subject, finding.state) == ("Resolve", "ok")
    assert finding.found == "not installed (or not where it usually is)"


@pytest.mark.parametrize("system", SYSTEMS)
def test_installed_or_not_installed(home: Path, python: Path, system: str) -> None:
    (home / SUPPORT[system]).mkdir(parents=True)
    before = findings(home, system, python)["Resolve scripts"]
    assert before.state == "warn"
    assert before.found == f"there is no folder {home / SUPPORT[system] / 'Fusion' / 'Scripts' / 'Utility'}"
    assert before.mend.startswith("python3 installer/run.py install")
    hitpoint(["install", "--home", str(home), "--system", system, "--python", str(python)])
    after = findings(home, system, python)["Resolve scripts"]
    assert (after.state, after.found.split()[0]) == ("ok", "3")


def test_why_an_entry_is_missing_or_does_nothing(home: Path, python: Path, source: Path) -> None:
    (home / SUPPORT["linux"]).mkdir(parents=True)
    hitpoint(["install", "--home", str(home), "--system", "linux", "--python", str(python)])
    utility = home / SUPPORT["linux"] / "Fusion" / "Scripts" / "Utility"
    other = findings(home, "linux", python.with_name("other"))["Resolve scripts"]
    assert "Hitpoint.py of another version or environment, or changed" in other.found
    (utility / "Hitpoint check.lua").unlink()
    absent = findings(home, "linux", python)["Resolve scripts"]
    assert absent.found == f"Hitpoint check.lua not in {utility}"
    hitpoint(["install", "--home", str(home), "--system", "linux", "--python", str(python)])
    python.unlink()
    dead = findings(home, "linux", python)["Resolve scripts"]
    assert dead.found == f"Hitpoint.py starts {python}, which is gone"
    assert dead.cost == "the entry is in Resolve's menu, and nothing happens"


def test_the_menu_is_told_by_edition(home: Path, python: Path) -> None:
    (home / SUPPORT["linux"]).mkdir(parents=True)
    menu = findings(home, "linux", python)["Resolve menu"]
    assert 'in Studio: "Hitpoint"' in menu.found
    assert 'free from 21.1 on: "Hitpoint (free 21.1 and later)" alone, since it runs no Python' in menu.found
    assert 'free up to 21.0: "Hitpoint"' in menu.found
    assert '"Hitpoint check"' in menu.cost


@pytest.mark.parametrize(("version", "told"), [("21.0.4", "free and Studio 21.0.4"), ("21.1.0", "in Studio")])
def test_a_mac_tells_its_version(home: Path, python: Path, version: str, told: str) -> None:
    contents = home / "Applications" / "DaVinci Resolve" / "DaVinci Resolve.app" / "Contents"
    contents.mkdir(parents=True)
    (contents / "Info.plist").write_bytes(plistlib.dumps({"CFBundleShortVersionString": version}))
    found = findings(home, "macos", python)
    assert found["Resolve"].found.endswith(f"version {version}")
    assert told in found["Resolve menu"].found


def test_the_app_store_build_is_told_to_take_the_file_route(home: Path, python: Path) -> None:
    (home / "Library/Containers/com.blackmagic-design.DaVinciResolveLite").mkdir(parents=True)
    found = findings(home, "macos", python)
    assert "Resolve" not in found
    assert found["Resolve (App Store) menu"].state == "warn"
    assert "file route" in found["Resolve (App Store) menu"].mend


def test_a_mac_whose_resolve_finds_no_python(home: Path, python: Path) -> None:
    (home / SUPPORT["macos"]).mkdir(parents=True)
    missing = findings(home, "macos", python)["Python for Resolve"]
    assert missing.state == "warn"
    assert missing.found == f"{home / 'usr/local/bin/python3'} is not there"
    assert "python.org" in missing.mend


PYTHONS = {"3.9.1": "", "3.12.7": "", "3.14.0": "reported to work from Resolve 20.3.2 on only", "": ""}
assert PYTHONS


@pytest.mark.parametrize("version", PYTHONS)
def test_pythons_of_linux(home: Path, python: Path, tmp_path: Path, version: str) -> None:
    (home / SUPPORT["linux"]).mkdir(parents=True)
    programs = tmp_path / "bin"
    programs.mkdir()
    fake = programs / "python3"
    fake.write_text(f"#!/bin/sh\necho {version}\n")
    fake.chmod(0o755)
    found = findings(home, "linux", python, PATH=str(programs))["Python for Resolve"]
    assert found.found == f"{fake}, {version or 'of unknown version'}"
    assert found.cost == PYTHONS[version]


def test_no_python_on_linux(home: Path, python: Path, tmp_path: Path) -> None:
    (home / SUPPORT["linux"]).mkdir(parents=True)
    found = findings(home, "linux", python, PATH=str(tmp_path))["Python for Resolve"]
    assert (found.state, found.found) == ("warn", "no python3 on the PATH")


def test_windows_is_told_which_python(home: Path, python: Path) -> None:
    (home / SUPPORT["windows"]).mkdir(parents=True)
    assert findings(home, "windows", python, FUSION_PYTHON3_HOME="C:/Py")["Python for Resolve"].found == "C:/Py"
    if os.name != "nt":
        assert findings(home, "windows", python)["Python for Resolve"].found == "no Python is registered"
