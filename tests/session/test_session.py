"""A session: what changed is made again, exactly; everything else stays, to the bit."""

import json
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hitpoint.generation import SoundChoice
from hitpoint.ledger import LEDGER_NAME, read_ledger
from hitpoint.model.edits import BarSpan, Edits, MarkerEdit
from hitpoint.model.errors import Cancelled, HitpointError, InputError
from hitpoint.model.progress import Progress
from hitpoint.model.time import frames_to_samples
from hitpoint.session import Session, SessionSettings
from hitpoint.session.take import Take
from hitpoint.session.wave_file import read_samples
from hitpoint.session.whole import full_render
from hitpoint.understanding import CutRequest

from .conftest import Opened, Version, write_cut

pytestmark = pytest.mark.soundfont


def take_of(opened: Opened, version: Version) -> Take:
    return opened.session.take(version["version_id"])


def is_same(opened: Opened, version: Version) -> np.ndarray:
    """Return per sample whether the mix is that of the first version."""
    old, new = opened.mix(opened.first), opened.mix(version)
    length = min(len(old), len(new))
    return (old[:length] == new[:length]).all(axis=1)


def outside(version: Version, length: int) -> np.ndarray:
    """Return which samples lie outside what the version says it changed."""
    free = np.ones(length, dtype=bool)
    start = version["mix"]["start_sample"]
    for first, last in version["changed"]["samples"]:
        free[max(0, first - start) : max(0, last - start)] = False
    return free


def rendered_as_a_whole(opened: Opened, take: Take, folder: Path) -> np.ndarray:
    session: Any = opened.session
    return full_render(take, soundfont=session._soundfont, instruments=session._instruments, folder=folder, processes=2)


def assert_is_what_a_full_render_gives(opened: Opened, version: Version, folder: Path) -> None:
    difference = np.abs(rendered_as_a_whole(opened, take_of(opened, version), folder) - opened.mix(version)).max()
    assert 20 * np.log10(max(difference, 1e-12)) < -90.0


def assert_hits_are_met(opened: Opened, version: Version) -> None:
    take = take_of(opened, version)
    frame_ms = 1000 / 24
    for cue in take.cues:
        for planned in cue.plan.hits:
            if planned.hit.is_hard:
                assert planned.planned_error_s == 0
    errors = [m.error_ms for m in take.measurements]
    assert errors
    assert all(error is not None and abs(error) <= frame_ms / 2 for error in errors)


def test_the_first_version_is_a_full_score(opened: Opened) -> None:
    first = opened.first
    assert first["parent_version_id"] is None
    assert {row["id"] for row in first["report"]["hits"]} >= {"start"} or first["report"]["hits"]
    assert_hits_are_met(opened, first)
    total = sum(
        read_samples(Path(row["path"]), 0, row["length_samples"]).astype(np.float64) for row in first["stems"].values()
    )
    assert np.abs(total - opened.mix(first)).max() < 1e-6


def test_a_moved_marker_moves_its_hit_and_nothing_outside_its_span(opened: Opened, nudged: Version) -> None:
    old, new = take_of(opened, opened.first), take_of(opened, nudged)
    moved = opened.marker(1)
    frames = {m.hit.marker_id: m.hit.frame for cue in new.cues for m in cue.plan.hits}
    assert frames[moved["id"]] == moved["frame"] + 2
    wanted = {m.hit_id: m.wanted_sample for m in new.measurements}
    before = {m.hit_id: m.wanted_sample for m in old.measurements}
    ids = {h.hit.marker_id: h.hit.id for cue in new.cues for h in cue.plan.hits}
    assert wanted[ids[moved["id"]]] - before[ids[moved["id"]]] == frames_to_samples(2, opened_rate(opened))
    same = is_same(opened, nudged)
    assert same[outside(nudged, len(same))].all()
    assert 0.1 < same.mean() < 1.0
    assert_hits_are_met(opened, nudged)


def opened_rate(opened: Opened) -> Any:
    session: Any = opened.session
    return session._last_look.known.cut.rate


def test_a_small_move_keeps_every_written_note(opened: Opened, nudged: Version) -> None:
    old, new = take_of(opened, opened.first), take_of(opened, nudged)
    assert [p.notes for p in old.cues[0].composition.parts] == [p.notes for p in new.cues[0].composition.parts]
    assert old.cues[0].plan.tempo_map != new.cues[0].plan.tempo_map


def test_it_sounds_as_if_rendered_whole(opened: Opened, nudged: Version, tmp_path: Path) -> None:
    assert_is_what_a_full_render_gives(opened, nudged, tmp_path)
    stems = [
        read_samples(Path(row["path"]), 0, row["length_samples"]).astype(np.float64) for row in nudged["stems"].values()
    ]
    assert np.abs(sum(stems) - opened.mix(nudged)).max() < 1e-6


def test_the_same_again_changes_nothing(opened: Opened) -> None:
    again = opened.compose(Edits())
    assert again["changed"]["samples"] == []
    assert again["changed"]["sentences"] == ["nothing changed"]
    assert is_same(opened, again).all()


def test_a_removed_marker_leaves_no_hit(opened: Opened, tmp_path: Path) -> None:
    marker = opened.marker(2)
    version = opened.compose(Edits(removed=frozenset({marker["id"]})))
    take = take_of(opened, version)
    assert marker["id"] not in {h.hit.marker_id for h in take.cues[0].plan.hits}
    assert take.cues[0].plan.tempo_map == take_of(opened, opened.first).cues[0].plan.tempo_map
    gone = {h.hit.id for h in take_of(opened, opened.first).cues[0].plan.hits if h.hit.marker_id == marker["id"]}
    assert not gone & {note.hit_id for part in take.cues[0].composition.parts for note in part.notes}
    same = is_same(opened, version)
    assert same[outside(version, len(same))].all()
    assert any("is gone" in sentence for sentence in version["changed"]["sentences"])
    assert_is_what_a_full_render_gives(opened, version, tmp_path)


def test_an_added_marker_is_struck(opened: Opened) -> None:
    edit = MarkerEdit(marker_id="mine", frame=340, name="HIT !!")
    version = opened.compose(Edits(markers=(edit,), added=frozenset({"mine"})))
    take = take_of(opened, version)
    hit = next(h for h in take.cues[0].plan.hits if h.hit.marker_id == "mine")
    assert hit.hit.frame == 340
    assert hit.planned_error_s == 0
    assert hit.hit.id in {note.hit_id for part in take.cues[0].composition.parts for note in part.notes}
    assert_hits_are_met(opened, version)


def test_locked_bars_keep_their_notes(opened: Opened) -> None:
    span = BarSpan(cue="1m1", first_bar=1, last_bar=4)
    edits = replace(opened.moved(3, -6), locked_bars=(span,))
    version = opened.compose(edits)
    old, new = (take_of(opened, v).cues[0] for v in (opened.first, version))
    end = old.plan.tempo_map.bar_start_beats(5)
    for was in old.composition.parts:
        now = next((p for p in new.composition.parts if p.id == was.id), None)
        locked = [n for n in was.notes if n.onset_beats < end]
        assert locked == [n for n in (now.notes if now else ()) if n.onset_beats < end]


def test_redo_writes_those_bars_and_no_others(opened: Opened) -> None:
    span = BarSpan(cue="1m1", first_bar=5, last_bar=6)
    version = opened.compose(Edits(), redo_bars=[span])
    old, new = (take_of(opened, v).cues[0] for v in (opened.first, version))
    start, end = (old.plan.tempo_map.bar_start_beats(bar) for bar in (5, 7))
    assert new.plan.tempo_map == old.plan.tempo_map
    changed = 0
    for was in old.composition.parts:
        now = next((p for p in new.composition.parts if p.id == was.id), None)
        before = [n for n in was.notes if n.onset_beats >= end]
        after = [n for n in (now.notes if now else ()) if n.onset_beats >= end]
        assert set(before) <= set(after)
        starts = [(n.onset_beats, n.pitch_midi) for n in was.notes if n.onset_beats < start]
        assert starts == [(n.onset_beats, n.pitch_midi) for n in (now.notes if now else ()) if n.onset_beats < start]
        inside = [[n for n in (p.notes if p else ()) if start <= n.onset_beats < end] for p in (was, now)]
        changed += inside[0] != inside[1]
    assert changed > 0
    assert version["changed"]["bars"] == [{"cue": "1m1", "first_bar": 5, "last_bar": 6}]


def test_another_take_of_a_stem_leaves_the_others(opened: Opened) -> None:
    stems = list(opened.first["stems"])
    old = take_of(opened, opened.first).cues[0].composition
    stem = next(s for s in stems if any(p.stem == s and p.role == "pulse" for p in old.parts))
    version = opened.compose(Edits(), new_take_of_stem=stem)
    new = take_of(opened, version).cues[0].composition
    others = [[(p.id, p.notes) for p in c.parts if p.stem != stem] for c in (old, new)]
    assert others[0] == others[1]
    assert [p.notes for p in old.parts if p.stem == stem] != [p.notes for p in new.parts if p.stem == stem]
    for name in stems:
        if name != stem:
            first, second = (v["stems"][name] for v in (opened.first, version))
            a, b = (read_samples(Path(row["path"]), 0, row["length_samples"]) for row in (first, second))
            assert np.abs(a - b).max() < 1e-6


def test_a_session_finds_its_versions_again(opened: Opened, nudged: Version) -> None:
    request = opened.session._cut.request  # type: ignore[attr-defined]
    with Session(
        request, folder=opened.session.folder, settings=SessionSettings(processes=1, keep_versions=50)
    ) as again:
        known = {version["version_id"] for version in again.versions()}
        assert {opened.first["version_id"], nudged["version_id"]} <= known
        assert again.version(nudged["version_id"]) == json.loads(json.dumps(nudged))
        back = again.compose(Edits(), parent_version_id=nudged["version_id"])
        assert back["parent_version_id"] == nudged["version_id"]
        take = again.take(back["version_id"])
        hit = next(h for h in take.cues[0].plan.hits if h.hit.marker_id == opened.marker(1)["id"])
        assert hit.hit.frame == opened.marker(1)["frame"]
    assert "report" not in opened.session.versions()[0]


def test_a_version_that_cannot_be_read_stops_no_new_one(tmp_path: Path) -> None:
    cut_path = write_cut(tmp_path / "short.otio", frames=12 * 24, hits=(120,))
    request = CutRequest(cut_path=cut_path, style="minimal-piano", looks=False)
    folder = tmp_path / "session"
    with Session(request, folder=folder, settings=SessionSettings(processes=1)) as session:
        first = session.compose()
    (folder / first["version_id"] / "take.bin").write_bytes(b"not a take")
    with Session(request, folder=folder, settings=SessionSettings(processes=1)) as session:
        second = session.compose()
        assert second["version_id"] != first["version_id"]
        told = " ".join(second["changed"]["sentences"])
        assert "cannot be read" in told
        assert "\n" not in told
        assert Path(second["mix"]["path"]).exists()


def test_a_cancelled_version_leaves_nothing(opened: Opened) -> None:
    before = {version["version_id"] for version in opened.session.versions()}
    stop = threading.Event()

    def report(share: float, sentence: str) -> None:
        if share > 0.2:
            stop.set()

    with pytest.raises(Cancelled, match="stopped on request"):
        opened.compose(opened.moved(2, 8), progress=Progress(report, stop.is_set))
    assert {version["version_id"] for version in opened.session.versions()} == before
    assert opened.compose(opened.moved(2, 1))["version_id"] not in before


def test_the_mix_is_ready_before_the_rest(opened: Opened) -> None:
    parts: list[dict[str, Any]] = []

    def ready(part: dict[str, Any]) -> None:
        assert Path(part["mix"]["path"]).is_file()
        parts.append(part)

    version = opened.compose(opened.moved(0, 1), ready=ready)
    assert [part["mix"] for part in parts] == [version["mix"]]


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        ({"redo_bars": [BarSpan(cue="9m9", first_bar=1, last_bar=2)]}, "there is no such cue"),
        ({"redo_bars": [BarSpan(cue="1m1", first_bar=900, last_bar=901)]}, "choose among them"),
        ({"new_take_of_stem": "kazoo"}, "there is no stem 'kazoo'"),
    ],
)
def test_what_cannot_be_is_said(opened: Opened, wishes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(HitpointError, match=sentence):
        opened.compose(Edits(), **wishes)


def test_an_unknown_version_is_said(opened: Opened) -> None:
    with pytest.raises(InputError, match="no version 'v999'"):
        opened.session.version("v999")


def test_a_cue_that_moved_keeps_its_music(tmp_path: Path) -> None:
    """A second of black in front: the cue is the same, a second later, note for note and sample for sample."""
    cut = write_cut(tmp_path / "scene.otio", music=(48, 620))
    request = CutRequest(cut_path=cut, style="minimal-piano")
    with Session(request, folder=tmp_path / "versions", settings=SessionSettings(processes=2)) as session:
        first = session.compose()
        old = session.take(first["version_id"])
        write_cut(cut, music=(48, 620), moved_by=24)
        os.utime(cut, ns=(2_000_000_000_000_000_000, 2_000_000_000_000_000_000))
        assert session.look()["changes"]["sentences"]
        second = session.compose()
        new = session.take(second["version_id"])
        assert new.cues[0].cue.span.start_frame - old.cues[0].cue.span.start_frame == 24
        assert [p.notes for p in old.cues[0].composition.parts] == [p.notes for p in new.cues[0].composition.parts]
        assert new.cues[0].plan.tempo_map.start_s - old.cues[0].plan.tempo_map.start_s == 1
        mixes = [read_samples(Path(v["mix"]["path"]), 0, v["mix"]["length_samples"]) for v in (first, second)]
        assert second["changed"]["sentences"] == ["1m1 moved along by +24 frames"]
        starts = [v["mix"]["start_sample"] for v in (first, second)]
        moved = 48_000 + starts[0] - starts[1]
        length = min(len(mixes[0]), len(mixes[1]) - moved)
        assert length > 20 * 48_000
        sounding = slice(4_800, length)  # before the first note there is what rounding left of silence
        assert (mixes[0][sounding] == mixes[1][moved : moved + length][sounding]).all()


def test_an_exported_version_is_the_version(opened: Opened, nudged: Version, tmp_path: Path) -> None:
    result = opened.session.export(nudged["version_id"], folder=tmp_path / "out", what=("otio", "report", "midi"))
    files = {kind: Path(path) for kind, path in result["files"].items()}
    assert {"timeline", "mix", "midi", "report"} <= set(files)
    assert all(path.is_file() for path in files.values())
    report = json.loads(files["report"].read_text(encoding="utf-8"))
    assert [cue["number"] for cue in report["cues"]] == ["1m1"]
    assert all(row["is_heard"] and abs(row["error_ms"]) <= 1000 / 48 for row in result["hits"])
    assert not (tmp_path / "out" / f"{opened.cut_path.stem}.cues.csv").exists()
    ledger = files["themes"]
    assert ledger == (tmp_path / "out" / f"{opened.cut_path.stem}.themes.toml").resolve()
    assert_ledger_has_the_themes_of(opened, nudged, ledger)


def test_an_export_with_a_generated_layer(
    opened: Opened, nudged: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model is the tests' own: it plays the sketch off the grid (benchmarks/perturbing.py)."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "benchmarks"))
    from perturbing import Perturbing

    model = Perturbing(longest_samples=47 * 48_000)
    monkeypatch.setattr("hitpoint.session.whole.load_generator", lambda asked, device: model)
    sampled = opened.session.export(nudged["version_id"], folder=tmp_path / "sampled", what=("stems",))
    made = opened.session.export(
        nudged["version_id"],
        folder=tmp_path / "hybrid",
        what=("stems", "otio", "report"),
        sound=SoundChoice(mode="hybrid", model="test", candidates=1),
    )
    new = set(made["files"]) - set(sampled["files"])
    assert [name for name in new if name.endswith("generated")], sorted(new)
    report = json.loads(Path(made["files"]["report"]).read_text(encoding="utf-8"))
    assert all(cue["is_generated"] for cue in report["generated"]["cues"])
    assert "generated" in report["loudness"]["stems"]
    assert all(row["is_heard"] and abs(row["error_ms"]) <= 1000 / 48 for row in made["hits"])


def assert_ledger_has_the_themes_of(opened: Opened, version: Version, ledger: Path) -> None:
    take = take_of(opened, version)
    assert read_ledger(ledger).for_seed(take.seed) == dict(take.themes) != {}
    uses = sum(len(cue.composition.theme_uses) for cue in take.cues)
    assert ledger.read_text(encoding="utf-8").count(".use]]") == uses > 0


def test_themes_that_reels_share_are_written_beside_the_cut(opened: Opened, nudged: Version, tmp_path: Path) -> None:
    shared = opened.cut_path.parent / LEDGER_NAME
    shared.write_text("# of all reels\n")
    try:
        result = opened.session.export(nudged["version_id"], folder=tmp_path / "out", what=("cue_sheet",))
        assert set(result["files"]) == {"cue_sheet"}
        assert [path.name for path in (tmp_path / "out").iterdir()] == [f"{opened.cut_path.stem}.cues.csv"]
        assert shared.read_text(encoding="utf-8").startswith("# of all reels")
        assert_ledger_has_the_themes_of(opened, nudged, shared)
    finally:
        shared.unlink()


def test_what_cannot_be_exported_is_said(opened: Opened, nudged: Version, tmp_path: Path) -> None:
    with pytest.raises(HitpointError, match="'vinyl' cannot be exported"):
        opened.session.export(nudged["version_id"], folder=tmp_path, what=("vinyl",))
