"""A file is whole or not there, whatever happens while it is written."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hitpoint.files import output_error, remove_abandoned, write_beside
from hitpoint.model.errors import OutputError

REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "you may not write there",
    errno.EDQUOT: "quota",
}
assert REASONS


def test_the_new_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    path.write_text("old")
    with write_beside(path) as unfinished:
        unfinished.write_text("new")
        assert path.read_text() == "old", "the old file is whole until the end"
        assert unfinished.parent == path.parent, "on the same disk, so that the rename is one step"
        assert unfinished.name.startswith(".")
        assert unfinished.suffix == ".otio", "libraries choose the format by it"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("wrong"), KeyboardInterrupt(), SystemExit(1)])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "mix.wav"
    path.write_text("old")

    def write() -> None:
        with write_beside(path) as unfinished:
            unfinished.write_text("half")
            raise error

    with pytest.raises(type(error)):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("number", REASONS)
def test_what_the_system_refuses_is_one_sentence(tmp_path: Path, number: int) -> None:
    path = tmp_path / "mix.wav"

    def write() -> None:
        with write_beside(path):
            raise OSError(number, os.strerror(number))

    with pytest.raises(OutputError, match=REASONS[number]) as caught:
        write()
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_reason_is_told_in_the_systems_words(tmp_path: Path) -> None:
    assert "Input/output error" in str(output_error(tmp_path, OSError(errno.EIO, "Input/output error")))


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the folder does not exist"), write_beside(tmp_path / "no" / "a.txt"):
        pytest.fail("the block must not run")


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.mkdir()
    with pytest.raises(OutputError, match="there is a folder of that name"), write_beside(path) as unfinished:
        unfinished.write_text("new")
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_about_another_file_is_not_explained_as_ours(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"input\.raw"), write_beside(tmp_path / "a.txt"):
        (tmp_path / "input.raw").read_bytes()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_really_full_disk(tmp_path: Path) -> None:
    def write() -> None:
        with write_beside(tmp_path / "a.txt") as unfinished:
            unfinished.unlink()
            unfinished.symlink_to("/dev/full")
            with unfinished.open("w") as stream:
                stream.write("x" * 100_000)

    with pytest.raises(OutputError, match="the disk is full"):
        write()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_permissions_are_those_of_any_new_file(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    with write_beside(tmp_path / "ours") as unfinished:
        unfinished.write_text("x")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


@pytest.mark.parametrize("name", ["n" * 250 + ".wav", "語" * 82 + ".wav"])
def test_a_name_of_full_length_has_a_shorter_companion(tmp_path: Path, name: str) -> None:
    with write_beside(tmp_path / name) as unfinished:
        unfinished.write_text("x")
    assert (tmp_path / name).read_text() == "x"


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as a signal")
def test_ctrl_c_in_a_real_process(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    program = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom hitpoint.files import write_beside\n"
        "with write_beside(Path(sys.argv[1])) as p:\n"
        "    p.write_text('half')\n    os.kill(os.getpid(), signal.SIGINT)\n    import time; time.sleep(5)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, timeout=60)
    assert done.returncode != 0
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_program_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "reel.[a].json"
    names = {
        "mine": ".reel.[a]-0123abcd.partial.json",
        "new": ".reel.[a]-89abcdef.partial.json",
        "another's": ".reel.[b]-0123abcd.partial.json",
        "no token": ".reel.[a]-0123.partial.json",
    }
    for name in (*names.values(), path.name):
        (tmp_path / name).write_text("{")
        if name != names["new"]:
            os.utime(tmp_path / name, (1, 1))
    remove_abandoned(path)
    assert {left.name for left in tmp_path.iterdir()} == {*names.values(), path.name} - {names["mine"]}
