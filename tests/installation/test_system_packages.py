"""What the installer brings of the system, with a package manager that is ours; the loops are the installer's own."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from hitpoint.installation.qt_libraries import DEBIAN_PACKAGES, debian_packages

KNOWN = tuple(DEBIAN_PACKAGES)


@pytest.fixture
def packages() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "installer" / "system_packages.py"
    spec = importlib.util.spec_from_file_location("system_packages", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Machine:
    """A Debian that lacks libraries and has some packages; a probe sees one missing library at a time."""

    def __init__(self, lacks: set[str], *, offers: set[str]) -> None:
        self.lacks, self.offers, self.asked = lacks, offers, []

    def probe(self) -> tuple[str, ...]:
        return tuple(sorted(self.lacks))[:1]

    def apt(self, names: list[str]) -> bool:
        self.asked.append(list(names))
        if not set(names) <= self.offers:
            return False
        self.lacks -= {library for library, package in DEBIAN_PACKAGES.items() if package in names}
        return True


def ensure(packages: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch, *, is_debian: bool = True) -> None:
    monkeypatch.setattr(packages, "apt_install", machine.apt)
    monkeypatch.setattr(packages, "is_debian", lambda: is_debian)
    packages.ensure_qt_libraries(machine.probe, debian_packages, known=KNOWN, purpose="nothing works")


def test_nothing_is_asked_where_nothing_is_missing(packages: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(set(), offers=set())
    ensure(packages, machine, monkeypatch)
    assert machine.asked == []


def test_all_at_once(packages: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    machine = Machine(set(KNOWN), offers=set(DEBIAN_PACKAGES.values()))
    ensure(packages, machine, monkeypatch)
    assert len(machine.asked) == 1
    assert not machine.lacks
    assert capsys.readouterr().err == ""


def test_one_by_one_where_the_distribution_lacks_a_package(
    packages: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    machine = Machine(
        {"libEGL.so.1", "libGL.so.1", "libpulse.so.0"}, offers=set(DEBIAN_PACKAGES.values()) - {"libpulse0"}
    )
    ensure(packages, machine, monkeypatch)
    assert machine.lacks == {"libpulse.so.0"}
    told = capsys.readouterr().err
    assert (
        "Qt does not find libpulse.so.0, without which nothing works; Debian and Ubuntu: apt install libpulse0" in told
    )


def test_elsewhere_it_is_said(packages: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    machine = Machine({"libEGL.so.1"}, offers=set())
    ensure(packages, machine, monkeypatch, is_debian=False)
    assert machine.asked == []
    assert "Qt does not find libEGL.so.1" in capsys.readouterr().err


def test_programs_of_the_tests(packages: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(packages, "is_debian", lambda: False)
    monkeypatch.setattr(packages.shutil, "which", lambda name: None if name == "luajit" else f"/usr/bin/{name}")
    packages.ensure_test_programs()
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "hitpoint set-up: luajit is not here; skipped will be the tests of Resolve's Lua launcher in LuaJIT"
    ]
