"""The real window with real key presses and clicks, on a fake engine."""

from pathlib import Path

import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QAbstractButton, QApplication, QLabel, QToolButton

from hitpoint.model.edits import Edits
from hitpoint_panel.notice import Notice
from hitpoint_panel.state.project_file import ProjectFile
from hitpoint_panel.views.hit_model import FIELDS

LIMIT_MS = 20_000


def rests(window, qtbot):
    qtbot.waitUntil(lambda: not window.workflow.is_busy and not window.workflow._pause.isActive(), timeout=LIMIT_MS)


def versions(window):
    return [take.version_id for take in window.document.project.takes]


def sentences(window):
    return [banner.notice.sentence for banner in window.parts.banners.banners]


def press(qtbot, key, modifier=Qt.KeyboardModifier.NoModifier):
    """Press a key where it would go: to the widget that has the focus."""
    qtbot.keyClick(QApplication.focusWidget() or QApplication.activeWindow(), key, modifier)


def wait_for_version(window, qtbot, version_id):
    qtbot.waitUntil(
        lambda: (window.document.version or {}).get("version_id") == version_id and not window.workflow.is_busy,
        timeout=LIMIT_MS,
    )


# --- opening ---------------------------------------------------------------------------------------------------------


def test_an_empty_window_says_what_to_do(window):
    assert window.parts.picture._text == "Drop a timeline here, or open one (Ctrl+O)"
    assert not window.parts.header.compose.isEnabled()
    assert not window.parts.header.write.isVisible(), "no host, no buttons of a host"


def test_a_cut_is_looked_at_but_not_scored_before_it_is_asked_for(looked, engine):
    assert looked.windowTitle() == "reel – Hitpoint"
    assert "24 fps" in looked.parts.header.about.text()
    assert looked.document.version is None
    assert engine.asked("compose") == []
    assert looked.parts.progress.sentence.text() == "3 markers; nothing is written yet"


def test_writing_by_the_keyboard(looked, qtbot):
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wait_for_version(looked, qtbot, "v1")
    assert looked.parts.progress.sentence.text() == "3 of 3 hits on their frame, worst 2 ms"
    assert looked.parts.header.compose.text() == "&Write again"


def test_a_file_that_is_dropped_is_opened(window, qtbot, cut_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(cut_path))])
    action, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), action, data, button, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), action, data, button, keys))
    qtbot.waitUntil(lambda: window.document.look is not None, timeout=LIMIT_MS)
    assert window.settings.recent_cuts() == [cut_path]


@pytest.mark.parametrize(
    ("name", "said"), [("notes.txt", "no timeline that can be opened"), ("gone.otio", "not there")]
)
def test_what_cannot_be_opened_is_said_in_a_banner(window, tmp_path, name, said):
    (tmp_path / "notes.txt").write_text("x")
    window.open_cut(tmp_path / name)
    assert said in sentences(window)[0]
    assert window.document.cut_path is None


# --- editing ---------------------------------------------------------------------------------------------------------


def test_an_edit_is_heard_soon_and_undone_without_writing_again(scored, qtbot, engine):
    scored.document.move_marker("m1", 60)
    wait_for_version(scored, qtbot, "v2")
    asked = engine.asked("compose")[-1]
    assert asked["parent_version_id"] == "v1"
    assert asked["edits"]["markers"] == [{"marker_id": "m1", "frame": 60}]
    press(qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait_for_version(scored, qtbot, "v1")
    assert scored.document.edits == Edits()
    assert len(engine.asked("compose")) == 2, "that music was there already"
    press(qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    wait_for_version(scored, qtbot, "v2")
    assert len(engine.asked("compose")) == 2


def test_edits_in_a_hurry_are_one_request_and_an_overtaken_one_is_cancelled(scored, qtbot, engine):
    engine.gate.clear()
    for frame in (50, 51, 52):
        scored.document.move_marker("m1", frame)
    qtbot.waitUntil(lambda: len(engine.asked("compose")) == 2, timeout=LIMIT_MS)
    scored.document.move_marker("m1", 70)
    qtbot.waitUntil(lambda: len(engine.asked("compose")) == 3, timeout=LIMIT_MS)
    qtbot.waitUntil(lambda: len(engine.cancelled) == 1, timeout=LIMIT_MS)
    engine.gate.set()
    rests(scored, qtbot)
    assert engine.asked("compose")[-1]["edits"]["markers"] == [{"marker_id": "m1", "frame": 70}]
    assert len(versions(scored)) == 2


def test_without_write_as_i_edit_nothing_is_written(scored, qtbot, engine):
    scored.actions_by_name["writes_as_edited"].trigger()
    scored.document.move_marker("m1", 60)
    qtbot.wait(400)
    rests(scored, qtbot)
    assert len(engine.asked("compose")) == 1
    assert not scored.settings.flag("writes_as_edited", True)


def test_m_adds_a_hit_where_the_playhead_is(scored, qtbot):
    scored.transport.seek(77)
    press(qtbot, Qt.Key.Key_M)
    added = [marker for marker in scored.document.markers() if marker.is_ours]
    assert [marker.frame for marker in added] == [77]
    wait_for_version(scored, qtbot, "v2")


def test_the_views_edits_reach_the_document(scored, qtbot):
    strip, arc, hits = scored.parts.strip, scored.parts.arc, scored.parts.hits
    strip.markers_moved.emit({"m1": 64})
    strip.bars_locked.emit("1m1", 2, 3)
    strip.emphasis_requested.emit(0, 48, 0.5)
    arc.intensity_changed.emit("1m1", ((0.0, 0.1), (1.0, 0.8)))
    hits.hit_changed.emit("m2", "kind", "peak")
    strip.markers_deleted.emit(["m3"])
    edits = scored.document.edits
    assert [(span.first_bar, span.last_bar) for span in edits.locked_bars] == [(2, 3)]
    assert edits.removed == {"m3"}
    assert edits.cues[0].intensity == ((0.0, 0.1), (1.0, 0.8))
    assert edits.cues[0].emphasis == ((0, 48, 0.5),)
    assert {edit.marker_id: (edit.frame, edit.kind) for edit in edits.markers} == {
        "m1": (64, None),
        "m2": (None, "peak"),
    }
    assert scored.document.undo_stack.count() == 6
    rests(scored, qtbot)


def test_what_is_dragged_or_changed_together_is_one_step_of_undo(scored, qtbot):
    scored.parts.strip.select(["m1", "m2", "m3"])
    scored.parts.strip.setFocus()
    qtbot.keyClick(scored.parts.strip, Qt.Key.Key_Right)
    assert [marker.frame for marker in scored.document.markers()] == [49, 121, 301]
    assert scored.document.undo_stack.count() == 1
    scored.parts.strip.hits_changed.emit(["m1", "m3"], "kind", "turn")
    assert [marker.kind for marker in scored.document.markers()] == ["turn", "accent", "turn"]
    assert scored.document.undo_stack.count() == 2
    scored.document.undo_stack.undo()
    scored.document.undo_stack.undo()
    assert scored.document.edits == Edits()
    rests(scored, qtbot)


def test_selections_of_strip_and_table_are_one(scored):
    strip, hits = scored.parts.strip, scored.parts.hits
    strip.select(["m1", "m3"])
    assert hits.selected_ids == ["m1", "m3"]
    hits.selectRow(1)
    assert strip.selected_ids == ["m2"]
    assert scored.transport.frame == 120
    hits.selectAll()
    assert strip.selected_ids == ["m1", "m2", "m3"]
    scored.parts.delete_hits.click()
    assert scored.document.markers() == ()


def test_the_error_is_in_sight_without_scrolling(scored):
    scored.resize(1440, 860)
    QApplication.processEvents()
    hits = scored.parts.hits
    last = FIELDS.index("error_ms")
    assert hits.columnViewportPosition(last) + hits.columnWidth(last) <= hits.viewport().width()
    assert hits.columnWidth(FIELDS.index("name")) > 80
    hits.setColumnWidth(FIELDS.index("name"), 300)
    scored.resize(1400, 860)
    QApplication.processEvents()
    assert hits.columnWidth(FIELDS.index("name")) == 300, "somebody's own choice stays"


def test_a_timecode_is_typed_in_the_table_and_a_wrong_one_is_refused_in_a_banner(scored, qtbot):
    hits = scored.parts.hits
    model = hits.model()
    assert model.setData(hits.index_of("m2", "frame"), "01:00:06:00")
    assert scored.document.marker("m2").frame == 144
    model.setData(hits.index_of("m2", "frame"), "02:00:00:00")
    assert "outside of the cut" in sentences(scored)[0]
    assert scored.document.marker("m2").frame == 144
    rests(scored, qtbot)


def test_bars_are_unlocked_in_part_and_written_again(scored, qtbot, engine):
    strip = scored.parts.strip
    strip.bars_locked.emit("1m1", 2, 5)
    strip.bars_unlocked.emit("1m1", 4, 7)
    assert [(span.first_bar, span.last_bar) for span in scored.document.edits.locked_bars] == [(2, 3)]
    rests(scored, qtbot)
    strip.bars_redo_requested.emit("1m1", 5, 6)
    rests(scored, qtbot)
    asked = engine.asked("compose")[-1]
    assert asked["redo_bars"] == [{"cue": "1m1", "first_bar": 5, "last_bar": 6}]
    assert scored.document.version["version_id"] == versions(scored)[0]


def test_bars_are_asked_for_again_when_the_engine_fails(scored, qtbot, engine):
    engine.refusal = "the disk is full; make room"
    scored.parts.strip.bars_redo_requested.emit("1m1", 5, 6)
    qtbot.waitUntil(lambda: any("disk is full" in said for said in sentences(scored)), timeout=LIMIT_MS)
    engine.refusal = ""
    scored.parts.banners.banners[0].buttons[0].click()
    rests(scored, qtbot)
    assert [len(asked.get("redo_bars", ())) for asked in engine.asked("compose")] == [0, 1, 1]


def test_a_loop_that_is_chosen_in_the_strip_is_played_and_shown(scored):
    scored.parts.strip.loop_chosen.emit((48, 120))
    assert scored.transport.loop == (48, 120)
    assert scored.parts.strip.scene.loop == (48, 120)
    assert scored.parts.transport.loop.isChecked()
    scored.parts.strip.loop_chosen.emit(None)
    assert scored.transport.loop is None
    assert not scored.parts.transport.loop.isChecked()


def test_a_suggestion_is_applied_as_one_step_of_undo(scored, qtbot, engine):
    ideas = scored.parts.ideas
    scored.parts.middle.setCurrentWidget(ideas)
    ideas.list.setCurrentRow(1)
    assert "move this cut" in ideas.list.currentItem().text()
    assert not ideas.apply.isEnabled(), "a cut is moved by the editor"
    assert "Only you" in ideas.apply.toolTip()
    ideas.go.click()
    assert scored.transport.frame == 88
    ideas.list.setCurrentRow(2)
    scored.document.move_marker("m1", 60)
    assert not ideas.apply.isEnabled(), "it would undo what was edited since"
    scored.document.undo_stack.undo()
    ideas.apply.click()
    assert scored.document.marker("m2").frame == 122
    assert scored.document.undo_stack.undoText() == "apply the suggestion"
    wait_for_version(scored, qtbot, "v2")
    assert engine.asked("compose")[-1]["edits"]["markers"] == [{"marker_id": "m2", "frame": 122}]
    scored.document.undo_stack.undo()
    assert scored.document.edits == Edits()
    wait_for_version(scored, qtbot, "v1")


def test_more_tense_here_is_about_the_loop_or_the_shot(scored, qtbot):
    scored.transport.seek(100)
    press(qtbot, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert scored.document.edits.cues[0].emphasis == ((88, 200, 0.35),)
    scored.set_loop((120, 150))
    scored.parts.brief.less.click()
    assert (120, 150, -0.35) in scored.document.edits.cues[0].emphasis
    rests(scored, qtbot)


# --- brief -----------------------------------------------------------------------------------------------------------


def test_the_brief_of_the_whole_cut(scored, qtbot, engine):
    brief = scored.parts.brief
    qtbot.keyClicks(brief.text, "dark, jkl builds")
    brief.style_box.setCurrentIndex(brief.style_box.findData("heroic"))
    brief.style_box.activated.emit(brief.style_box.currentIndex())
    qtbot.waitUntil(lambda: scored.document.edits.brief_text == "dark, jkl builds", timeout=LIMIT_MS)
    assert scored.document.edits.style == "heroic"
    assert not scored.transport.is_playing, "letters in a field are letters"
    qtbot.waitUntil(  # one version or two: style and words may be asked for together
        lambda: engine.asked("compose")[-1]["edits"].get("brief_text") == "dark, jkl builds", timeout=LIMIT_MS
    )
    rests(scored, qtbot)


def test_the_brief_of_a_cue(scored, qtbot):
    brief = scored.parts.brief
    scored.parts.strip.cue_activated.emit("1m1")
    assert brief.cue == "1m1"
    assert "D minor" in brief.key.itemText(0), "what the scene asks for is seen"
    brief.instruments.setFocus()
    qtbot.keyClicks(brief.instruments, "horns, solo-cello")
    qtbot.keyClick(brief.instruments, Qt.Key.Key_Return)
    brief.slowest.setValue(90)
    brief.fastest.setValue(80)
    brief.fastest.editingFinished.emit()
    brief.has_music.click()
    cue = scored.document.edits.cues[0]
    assert cue.instruments == ("horns", "solo-cello")
    assert cue.tempo_range_bpm == (80.0, 90.0)
    assert cue.has_music is False
    scored.document.undo_stack.undo()
    assert brief.has_music.isChecked()
    rests(scored, qtbot)


# --- takes -----------------------------------------------------------------------------------------------------------


def test_takes_are_made_rated_compared_and_gone_back_to(scored, qtbot, engine):
    press(qtbot, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    wait_for_version(scored, qtbot, "v2")
    assert engine.asked("compose")[-1]["edits"]["seed"] == 2
    table = scored.parts.takes.table
    table.setFocus()
    table.setCurrentCell(1, 1)
    assert scored.parts.takes.selected.version_id == "v1"
    qtbot.keyClick(table, Qt.Key.Key_4)
    qtbot.keyClick(table, Qt.Key.Key_K)
    take = scored.document.take("v1")
    assert (take.stars, take.is_kept) == (4, True)
    qtbot.keyClick(table, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: scored.document.compared is not None, timeout=LIMIT_MS)
    assert scored.playback.mixer.choice.score.version_id == "v2"
    scored.parts.strip.setFocus()
    qtbot.keyClick(scored.parts.strip, Qt.Key.Key_B)
    assert scored.document.is_comparing
    assert scored.playback.mixer.choice.score.version_id == "v1"
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Return)
    wait_for_version(scored, qtbot, "v1")
    assert scored.document.edits.seed is None
    assert scored.document.undo_stack.undoText().startswith("go back to")


def test_a_take_that_the_engine_no_longer_has_can_be_written_again(scored, qtbot, engine):
    scored.another_take()
    wait_for_version(scored, qtbot, "v2")
    scored.workflow._versions.clear()
    gone = engine.stored.pop("v1")
    scored.workflow.use_take("v1")
    qtbot.waitUntil(lambda: any("no longer has take v1" in said for said in sentences(scored)), timeout=LIMIT_MS)
    engine.stored["gone"] = gone  # so that the next one gets a name of its own
    scored.parts.banners.banners[0].buttons[0].click()
    wait_for_version(scored, qtbot, "v3")
    assert "parent_version_id" not in engine.asked("compose")[-1]


def test_stems_are_muted_soloed_and_written_again(scored, qtbot, engine):
    mix = scored.parts.mix
    mix._mutes["brass"].click()
    assert scored.playback.mixer.choice.names() == {"strings", "drums"}
    mix._solos["drums"].click()
    assert scored.playback.mixer.choice.names() == {"drums"}
    assert scored.document.project.view["soloed"] == ["drums"]
    mix.stem_take_pressed.emit("brass")
    wait_for_version(scored, qtbot, "v2")
    assert engine.asked("compose")[-1]["new_take_of_stem"] == "brass"
    assert scored.playback.mixer.choice.names() == {"drums"}


# --- progress, errors ------------------------------------------------------------------------------------------------


def test_progress_has_a_sentence_time_left_and_a_way_to_stop(scored, qtbot, engine):
    engine.gate.clear()
    scored.document.move_marker("m1", 60)
    line = scored.parts.progress
    qtbot.waitUntil(lambda: line.bar.isVisible() and line.sentence.text() == "Writing step 1", timeout=LIMIT_MS)
    assert line.left.text() == "about 3 s left"
    line.cancel.click()
    rests(scored, qtbot)
    assert not line.bar.isVisible()
    assert len(engine.cancelled) == 1
    assert scored.document.version["version_id"] == "v1"
    assert sentences(scored) == [], "who stopped it needs no notice"


def test_a_refusal_is_a_sentence_with_a_way_out(scored, qtbot, engine):
    engine.refusal = "cue 1m1: there is no instrument 'horn'; did you mean 'horns'?"
    scored.document.change_cue("1m1", instruments=("horn",))
    qtbot.waitUntil(lambda: bool(sentences(scored)), timeout=LIMIT_MS)
    assert sentences(scored) == [engine.refusal]
    banner = scored.parts.banners.banners[0]
    assert [button.text() for button in banner.buttons] == ["Try again"]
    engine.refusal = ""
    banner.buttons[0].click()
    wait_for_version(scored, qtbot, "v2")
    assert sentences(scored) == []


def test_an_engine_that_dies_is_started_again_and_the_edit_is_heard(scored, qtbot, engine, fake, tmp_path):
    engine.gate.clear()
    scored.document.move_marker("m1", 60)
    qtbot.waitUntil(lambda: len(engine.asked("compose")) == 2, timeout=LIMIT_MS)
    fresh = fake.FakeEngine(tmp_path / "engine", engine.media)
    fresh.stored = engine.stored
    scored.workflow._connect = lambda: fresh
    engine.gone = True
    wait_for_version(scored, qtbot, "v2")
    assert fresh.asked("compose")[-1]["edits"]["markers"] == [{"marker_id": "m1", "frame": 60}]
    assert any("started again" in said for said in sentences(scored))


def test_an_engine_that_cannot_be_started_leaves_the_window_usable(window, qtbot, engine, cut_path):
    engine.gone = True
    window.open_cut(cut_path)
    qtbot.waitUntil(lambda: any("does not answer" in said for said in sentences(window)), timeout=LIMIT_MS)
    banner = window.parts.banners.banners[0]
    engine.gone = False
    next(button for button in banner.buttons if button.text() == "Try again").click()
    qtbot.waitUntil(lambda: window.document.look is not None, timeout=LIMIT_MS)


def test_escape_puts_a_notice_away(scored, qtbot, tmp_path):
    scored.open_cut(tmp_path / "none.otio")
    assert len(sentences(scored)) == 1
    press(qtbot, Qt.Key.Key_Escape)
    assert sentences(scored) == []


# --- recut, crash, export --------------------------------------------------------------------------------------------


def replace_file(path: Path, text: str) -> None:
    other = path.with_suffix(".new")
    other.write_text(text)
    other.replace(path)


def test_a_cut_that_is_exported_anew_is_looked_at_again_and_shown(scored, qtbot, engine, fake, cut_path):
    scored.document.move_marker("m1", 60)
    wait_for_version(scored, qtbot, "v2")
    engine.markers = fake.cut_markers(shift_frames=12)
    engine.revision, engine.changes = "r2", ["she turns moved by 12 frames"]
    replace_file(cut_path, '{"other": 1}')
    wait_for_version(scored, qtbot, "v3")
    assert scored.document.marker("m2").frame == 132
    assert scored.document.marker("m1").frame == 60, "what was edited here stays"
    assert any("she turns moved by 12 frames" in said for said in sentences(scored))
    items = [scored.parts.ideas.list.item(row).text() for row in range(scored.parts.ideas.list.count())]
    assert "she turns moved by 12 frames" in items


def test_music_for_the_cut_as_it_was_is_never_taken_for_the_new_one(scored, qtbot, engine, fake, cut_path):
    scored.document.move_marker("m1", 60)
    wait_for_version(scored, qtbot, "v2")
    engine.revision, engine.changes = "r2", ["a shot is longer"]
    replace_file(cut_path, '{"other": 1}')
    wait_for_version(scored, qtbot, "v3")
    scored.document.undo_stack.undo()  # v1 was made with these edits, for another cut
    wait_for_version(scored, qtbot, "v4")
    scored.workflow.use_take("v2")
    wait_for_version(scored, qtbot, "v5")
    assert engine.asked("compose")[-1]["edits"]["markers"] == [{"marker_id": "m1", "frame": 60}]


def test_a_cut_that_vanishes_is_said(looked, qtbot, cut_path):
    cut_path.unlink()
    qtbot.waitUntil(lambda: any("is gone" in said for said in sentences(looked)), timeout=LIMIT_MS)


def test_what_was_made_is_there_again_after_a_crash(scored, qtbot, make_window, cut_path, engine):
    scored.document.change_take("v1", stars=3)
    scored.actions_by_name["writes_as_edited"].trigger()
    scored.document.move_marker("m1", 60)
    qtbot.waitUntil(
        lambda: [edit.frame for edit in ProjectFile(cut_path).read()[0].edits.markers] == [60], timeout=LIMIT_MS
    )
    other = make_window()  # the first one lives on, as a process that hangs would
    other.workflow.writes_as_edited = True
    other.open_cut(cut_path)
    qtbot.waitUntil(lambda: other.document.version is not None, timeout=LIMIT_MS)
    assert other.document.marker("m1").frame == 60
    assert other.document.take("v1").stars == 3
    wait_for_version(other, qtbot, "v2")  # the edit that was never heard is written now
    assert engine.asked("compose")[-1]["edits"]["markers"] == [{"marker_id": "m1", "frame": 60}]


def test_export(scored, qtbot, engine, tmp_path):
    scored.show_export()
    from hitpoint_panel.panes.export_dialog import ExportDialog

    dialog = scored.findChild(ExportDialog)
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.boxes["midi"].setChecked(True)
    dialog.go.click()
    qtbot.waitUntil(lambda: any("Exported 9 files into" in said for said in sentences(scored)), timeout=LIMIT_MS)
    there = {path.name for path in (tmp_path / "out").iterdir()}
    assert len(there) == 9
    assert {"reel.scored.otio", "reel.mix", "reel.strings", "reel.midi"} < there
    assert engine.asked("export")[0]["profile"] == "generic"
    scored.show_export()
    again = next(d for d in scored.findChildren(ExportDialog) if d.isVisible())
    assert again.boxes["midi"].isChecked()
    assert again.folder.text() == str(tmp_path / "out")
    assert "sound" not in engine.asked("export")[0]
    again.sound.setCurrentIndex(again.sound.findData("hybrid"))
    assert not again.go.isEnabled(), "a generated layer needs a model"
    again.model.setText("stable-audio-open-1.0")
    again.go.click()
    qtbot.waitUntil(lambda: len(engine.asked("export")) == 2, timeout=LIMIT_MS)
    assert engine.asked("export")[1]["sound"] == "hybrid"
    assert engine.asked("export")[1]["model"] == "stable-audio-open-1.0"


# --- keyboard --------------------------------------------------------------------------------------------------------


def test_transport_keys(scored, qtbot):
    transport, key = scored.transport, Qt.Key
    scored.parts.strip.setFocus()
    press(qtbot, key.Key_Space)
    assert transport.rate == 1
    press(qtbot, key.Key_L)
    assert transport.rate == 2
    press(qtbot, key.Key_J)
    assert transport.rate == -1
    press(qtbot, key.Key_K)
    assert transport.rate == 0
    transport.seek(100)
    scored.parts.transport.play.setFocus()
    press(qtbot, key.Key_Right)
    press(qtbot, key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    press(qtbot, key.Key_Left)
    assert transport.frame == 110
    press(qtbot, key.Key_Home)
    assert transport.frame == 0
    press(qtbot, key.Key_PageDown)
    assert transport.frame == 48
    press(qtbot, key.Key_PageDown)
    press(qtbot, key.Key_PageUp)
    assert transport.frame == 48
    press(qtbot, key.Key_Slash)
    assert transport.loop == (48, 120)
    assert scored.parts.transport.loop.isChecked()
    press(qtbot, key.Key_Slash)
    assert transport.loop is None


def test_space_on_a_button_presses_the_button(scored, qtbot):
    scored.parts.add_hit.setFocus()
    before = len(scored.document.markers())
    qtbot.keyClick(scored.parts.add_hit, Qt.Key.Key_Space)
    assert not scored.transport.is_playing
    assert len(scored.document.markers()) == before + 1
    rests(scored, qtbot)


def test_tab_reaches_every_part(scored, qtbot):
    reached = set()
    scored.parts.header.compose.setFocus()
    for _ in range(120):
        widget = QApplication.focusWidget()
        if widget is None or widget in reached:
            break
        reached.add(widget)
        press(qtbot, Qt.Key.Key_Tab)
    parts = scored.parts
    wanted = (parts.strip, parts.arc, parts.hits, parts.transport.play, parts.brief.text, parts.add_hit)
    assert [part for part in wanted if not any(part is w or part.isAncestorOf(w) for w in reached)] == []


def test_everything_that_can_be_pressed_has_a_name(scored):
    nameless = [
        button
        for button in scored.findChildren(QAbstractButton)
        if not (button.accessibleName() or button.text() or button.toolTip())
        and not button.objectName().startswith("qt_")
        and button.metaObject().className() != "QTableCornerButton"
    ]
    assert nameless == []


@pytest.mark.parametrize("pane", [0, 1, 2])
def test_mnemonics_are_not_given_twice_in_what_is_seen_at_once(scored, pane):
    scored.parts.header.show_host("Resolve", frozenset({"read", "write", "remove"}))
    scored.parts.right.setCurrentIndex(pane)
    scored.parts.brief.show_cue("1m1")
    labels = [
        widget.text()
        for kind in (QAbstractButton, QLabel)
        for widget in scored.findChildren(kind)
        if widget.isVisibleTo(scored) and "&" in widget.text().replace("&&", "")
    ]
    labels += [action.text() for action in scored.menuBar().actions()]
    letters = [label[label.index("&") + 1].lower() for label in labels]
    assert len(letters) > 10 + (pane == 0)
    assert sorted(letters) == sorted(set(letters)), sorted(labels)


@pytest.mark.parametrize("width", [760, 800, 1400])
def test_the_timecode_is_whole_however_narrow_the_window(make_window, qtbot, width):
    window = make_window()
    bar = window.parts.transport
    window.resize(width, 700)
    qtbot.waitUntil(lambda: window.width() == width, timeout=LIMIT_MS)
    qtbot.wait(50)
    assert bar.timecode.width() >= bar.timecode.fontMetrics().horizontalAdvance("01:00:00:00")
    shown = [button for button in bar.findChildren(QToolButton) if button.isVisible()]
    assert bar.play in shown
    assert all(button.geometry().right() <= bar.width() for button in shown)
    assert (bar.to_hit_before in shown) == (width == 1400), "what does not fit has its key"


def test_an_error_stands_until_it_can_be_read(window, monkeypatch):
    banners = window.parts.banners

    def told():
        return [banner.notice.sentence for banner in banners.banners]

    banners.show_notice(Notice(sentence="Resolve refused it", level="error", topic="host"))
    banners.show_notice(Notice(sentence="Resolve has another timeline", topic="host"))
    assert told() == ["Resolve has another timeline", "Resolve refused it"]
    for number in range(4):
        banners.show_notice(Notice(sentence=f"news {number}"))
    assert told() == ["news 3", "news 2", "Resolve refused it"], "the oldest that could be read goes"
    banners.show_notice(Notice(sentence="Resolve is gone", level="error", topic="host"))
    assert "Resolve refused it" not in told(), "a newer error of the topic is what counts"
    monkeypatch.setattr("hitpoint_panel.panes.banner._ERROR_MS", 0)
    banners.show_notice(Notice(sentence="The score is on the timeline", topic="host"))
    assert "Resolve is gone" not in told()
