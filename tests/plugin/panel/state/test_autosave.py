import json
import signal
import subprocess
import sys
import threading
import time

import pytest

from hitpoint.model.edits import Edits
from hitpoint.model.errors import OutputError
from hitpoint_panel.state.autosave import Autosave
from hitpoint_panel.state.project import Project
from hitpoint_panel.state.project_file import ProjectFile, Saved, project_path


def project(text: str) -> Project:
    return Project(edits=Edits(brief_text=text))


class SlowFile:
    """A file on a slow, and for a while full, disk."""

    def __init__(self, path) -> None:
        self.path, self.written, self.is_full = path, [], False
        self.gate = threading.Event()
        self.gate.set()

    def write(self, value):
        self.gate.wait(10)
        if self.is_full:
            raise OutputError("the disk is full; make room")
        self.written.append(value.edits.brief_text)
        return Saved(path=self.path)


@pytest.fixture
def slow(tmp_path, qtbot):
    file = SlowFile(tmp_path / "x.json")
    autosave = Autosave(file)
    yield file, autosave
    file.is_full = False
    file.gate.set()
    autosave.close()


def test_the_newest_is_saved_and_those_in_between_are_skipped(slow):
    file, autosave = slow
    file.gate.clear()
    began = time.perf_counter()
    for number in range(50):
        autosave.save(project(str(number)))
    assert time.perf_counter() - began < 2.0  # the caller is never held up by the disk
    file.gate.set()
    assert autosave.flush()
    assert file.written[-1] == "49"
    assert len(file.written) <= 3


def test_what_could_not_be_saved_is_saved_when_there_is_room(slow, qtbot):
    file, autosave = slow
    file.is_full = True
    with qtbot.waitSignal(autosave.failed, timeout=10_000) as told:
        autosave.save(project("precious"))
    assert told.args == ["the disk is full; make room"]
    assert not autosave.flush()
    file.is_full = False
    assert autosave.flush()
    assert file.written == ["precious"]


def test_closing_writes_what_is_waiting(cut_path, qtbot):
    autosave = Autosave(ProjectFile(cut_path))
    autosave.save(project("last words"))
    assert autosave.close()
    assert ProjectFile(cut_path).read()[0] == project("last words")


_KILLED = """
import sys, time
from pathlib import Path
from PyQt6.QtCore import QCoreApplication
from hitpoint.model.edits import Edits
from hitpoint_panel.state.document import Document
from hitpoint_panel.state.autosave import Autosave
from hitpoint_panel.state.project_file import ProjectFile
application = QCoreApplication([])
cut = Path(sys.argv[1])
file = ProjectFile(cut)
document = Document()
autosave = Autosave(file)
document.open(cut, file.read()[0])
document.changed.connect(lambda: autosave.save(document.project))
for number in range(10_000):
    document.change_brief(brief_text=f"edit {number}")
    if number % 20 == 0:
        autosave.flush()
        print(number, flush=True)
"""


def test_a_kill_at_any_moment_loses_nothing_that_was_saved(cut_path):
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(cut_path)], stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(4)]
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL
    value, sentence = ProjectFile(cut_path).read()
    assert sentence == ""
    assert int(value.edits.brief_text.removeprefix("edit ")) >= int(said[-1])
    assert json.loads(project_path(cut_path).read_text())["format"] == "hitpoint-panel.1"
