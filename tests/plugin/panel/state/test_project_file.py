import errno
import json
from pathlib import Path

import pytest

from hitpoint.model.edits import Edits
from hitpoint.model.errors import InputError, OutputError
from hitpoint_panel.state import project_file
from hitpoint_panel.state.project import Project, project_from_json, project_to_json
from hitpoint_panel.state.project_file import ProjectFile, project_path
from hitpoint_panel.state.takes import Take


def a_project(text: str = "tense") -> Project:
    return Project(
        edits=Edits(brief_text=text),
        takes=(Take(version_id="v2", seed=2, stars=4, is_kept=True, label="the dark one", edits={"seed": 2}),),
        current_version_id="v2",
        view={"playhead_frame": 30, "loop": [3, 9]},
        inputs={"subtitles_path": "/x.srt"},
    )


def test_it_lies_beside_the_cut_and_comes_back(cut_path):
    file = ProjectFile(cut_path)
    saved = file.write(a_project())
    assert (saved.path, saved.sentence) == (cut_path.with_name("reel.hitpoint-panel.json"), "")
    assert ProjectFile(cut_path).read() == (a_project(), "")
    assert [path.name for path in cut_path.parent.iterdir() if ".partial" in path.name] == []


def test_a_name_with_dots_keeps_them():
    assert project_path(Path("/a/reel.v2.otio")).name == "reel.v2.hitpoint-panel.json"


def test_what_this_version_does_not_know_is_written_back():
    project = project_from_json(project_to_json(a_project()) | {"markers_of_tomorrow": [1]})
    assert project_to_json(project)["markers_of_tomorrow"] == [1]


@pytest.mark.parametrize("content", ["{ half a fi", '{"format": "hitpoint-panel.9", "edits": {}}', "[]", ""])
def test_a_file_that_cannot_be_read_is_kept(cut_path, content):
    path = project_path(cut_path)
    path.write_text(content)
    file = ProjectFile(cut_path)
    project, sentence = file.read()
    assert project == Project()
    assert "reel.hitpoint-panel.json cannot be read" in sentence
    assert path.read_text() == content  # reading harms nothing
    file.write(a_project())
    file.write(a_project("later"))
    kept = [p for p in path.parent.iterdir() if ".kept-" in p.name]
    assert [p.read_text() for p in kept] == [content]
    assert ProjectFile(cut_path).read()[0] == a_project("later")


def test_what_another_panel_wrote_is_kept(cut_path):
    mine, theirs = ProjectFile(cut_path), ProjectFile(cut_path)
    mine.read(), theirs.read()
    theirs.write(a_project("theirs"))
    saved = mine.write(a_project("mine"))
    assert "another panel" in saved.sentence
    kept = [p for p in cut_path.parent.iterdir() if ".kept-" in p.name]
    assert [json.loads(p.read_text())["edits"]["brief_text"] for p in kept] == ["theirs"]
    assert ProjectFile(cut_path).read()[0] == a_project("mine")


def test_where_the_folder_takes_nothing_it_goes_to_our_own(cut_path, monkeypatch, tmp_path):
    real = project_file.write_beside

    def refuse(path):
        if path.parent == cut_path.parent:
            raise OutputError(f"cannot write {path}: the disk is read-only; choose another folder")
        return real(path)

    monkeypatch.setattr(project_file, "write_beside", refuse)
    saved = ProjectFile(cut_path).write(a_project())
    assert "read-only" in saved.sentence
    assert (tmp_path / "state") in saved.path.parents
    assert ProjectFile(cut_path).read()[0] == a_project()  # and it is found there again


def test_where_nothing_takes_it_that_is_said(cut_path, monkeypatch):
    def refuse(path):
        raise OutputError("the disk is full; make room", errno.ENOSPC)

    monkeypatch.setattr(project_file, "write_beside", refuse)
    with pytest.raises(OutputError, match="what you made cannot be saved"):
        ProjectFile(cut_path).write(a_project())


def test_more_than_five_stars_are_none_of_ours():
    with pytest.raises(InputError, match="9 stars"):
        project_from_json(project_to_json(Project()) | {"takes": [{"version_id": "v1", "stars": 9}]})
