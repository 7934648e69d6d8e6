"""The panel's process is killed right after edits were made."""

import json

import pytest

from hitpoint_panel.state.project_file import project_path

pytestmark = [pytest.mark.soundfont, pytest.mark.endurance]


def test_a_panel_killed_right_after_edits_is_opened_again_with_all_of_them(
    panel_process, make_window, wait, cut_path, tools
):
    before = cut_path.read_bytes()
    panel = panel_process(cut_path)

    def ask(line):
        panel.stdin.write(line + "\n")
        panel.stdin.flush()
        answer = panel.stdout.readline()
        assert answer, "the panel ended"
        return json.loads(answer)

    tools.until(lambda: (state := ask("state"))["is_looked"] and not state["is_busy"], what="the look")
    ask("compose")
    tools.until(lambda: (state := ask("state"))["version"] and not state["is_busy"], what="the first version")
    ask("stars 4")
    ask("seek 100")
    ask("m")
    ask("move HIT number 0 5")
    ask("brief dark and slow, no drums")
    made = ask("move HIT number 2 -9")
    panel.kill()  # the version for these edits is being written, or has not even been asked for
    panel.wait()
    assert [row for row in made["markers"] if row[0].startswith("HIT")] == [
        ["HIT number 0", 65],
        ["HIT number 1", 132],
        ["HIT number 2", 195],
    ]
    assert 100 in [frame for _, frame in made["markers"]]
    assert cut_path.read_bytes() == before
    # what was being written in that very moment is swept up later (`files.remove_abandoned`)
    left = {path for path in cut_path.parent.iterdir() if ".partial" not in path.name}
    assert {path.name for path in left} == {cut_path.name, project_path(cut_path).name}

    window = make_window()
    window.open_cut(cut_path)
    wait(lambda: window.document.look is not None)
    assert [[marker.name, marker.frame] for marker in window.document.markers()] == made["markers"]
    assert window.document.edits.brief_text == "dark and slow, no drums"
    assert window.document.take("v1").stars == 4
    wait(
        lambda: (
            not window.workflow.is_busy
            and window.document.version is not None
            and window.document.version["edits"].get("brief_text") == "dark and slow, no drums"
        )
    )
    moved = {row["label"]: row["frame"] for row in window.document.version["report"]["hits"]}
    assert {65, 195, 100} <= set(moved.values()), "what was edited before the kill is heard after it"
    assert window.said == []
    assert cut_path.read_bytes() == before
