"""NAME.hitpoint.toml: what survives a recut, and what the user wrote into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hitpoint.model.errors import InputError
from hitpoint.spotting import KnownCue, ProjectFile, read_project_file, write_project_file

PROJECT = ProjectFile(
    seed=7,
    style="tense",
    brief_text='builds to "the bridge"',
    cues=(KnownCue(number="1m1", title="Chase", identity=("a.mov 0.000-2.000", "marker: MUSIC IN")),),
)


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "x.hitpoint.toml"
    assert read_project_file(path) == ProjectFile()
    write_project_file(path, PROJECT)
    assert read_project_file(path) == PROJECT


def test_the_users_own_lines_stay(tmp_path: Path) -> None:
    path = tmp_path / "x.hitpoint.toml"
    write_project_file(path, PROJECT)
    path.write_text("# mine\nown = 3\n" + path.read_text().replace('"Chase"', '"The Chase" # better'))
    edited = read_project_file(path)
    assert edited.cues[0].title == "The Chase"
    write_project_file(path, edited)
    assert "# mine" in path.read_text()
    assert "own = 3" in path.read_text()


@pytest.mark.parametrize("text", ["not toml [", "[last]\nseed = 'x'\n", "cue = 3\n", "[[cue]]\ntitle = 'no number'\n"])
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.hitpoint.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"x\.hitpoint\.toml"):
        read_project_file(path)
    assert path.read_text() == text
