"""`hitpoint score --edits FILE`: what the panel saved is scored from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import opentimelineio as otio
import pytest

from hitpoint.cli import main
from hitpoint.model.edits import BarSpan, CueEdit, Edits, MarkerEdit
from hitpoint.timeline import load_timeline, read_cut

FPS, FRAMES = 25, 300


def write_cut(path: Path) -> Path:
    """Twelve seconds, three shots, hits on 100 and 200."""

    def span(start: int, length: int) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(otio.opentime.RationalTime(start, FPS), otio.opentime.RationalTime(length, FPS))

    timeline = otio.schema.Timeline("short")
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for start in range(0, FRAMES, 100):
        track.append(otio.schema.Clip(f"shot {start}", otio.schema.MissingReference(), span(start, 100)))
    timeline.tracks.append(track)
    for frame in (100, 200):
        timeline.tracks.markers.append(otio.schema.Marker("HIT door", span(frame, 1), "RED"))
    otio.adapters.write_to_file(timeline, str(path))
    return path


@pytest.mark.soundfont
def test_a_panels_project_is_scored_from_the_command_line(tmp_path: Path) -> None:
    cut_path = write_cut(tmp_path / "short.otio")
    first, second = read_cut(load_timeline(cut_path)).markers
    edits = Edits(
        markers=(
            MarkerEdit(marker_id=first.id, frame=107, weight=0.9),
            MarkerEdit(marker_id="own", frame=250, name="stab !!"),
        ),
        added=frozenset({"own"}),
        removed=frozenset({second.id}),
        cues=(CueEdit(number="1m1", tempo_bpm=128.0, key="E minor", emphasis=((150, 220, 0.7),)),),
        locked_bars=(BarSpan(cue="1m1", first_bar=2, last_bar=3),),
        style="noir-jazz",
        seed=11,
    )
    edits_path = tmp_path / "short.hitpoint-panel.json"
    edits_path.write_text(json.dumps({"schema": 1, "edits": edits.to_json()}), encoding="utf-8")
    out = tmp_path / "out"
    arguments = ["score", str(cut_path), "--no-look", "--edits", str(edits_path), "--out", str(out), "--json"]
    assert main([*arguments, "--processes", "1"]) == 0
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    (cue,) = report["cues"]
    hits = {hit["marker_id"]: hit for hit in report["hits"] if hit["marker_id"]}
    assert {marker_id: hit["frame"] for marker_id, hit in hits.items()} == {first.id: 107, "own": 250}
    assert hits[first.id]["verdict"] == "hit"
    assert [marker["id"] for marker in report["markers"]] == [first.id, "own"]
    assert (cue["palette"], cue["key"], report["seed"]) == ("noir-jazz", "E minor", 11)
    assert any("bars 2-3 of 1m1 are locked in the panel" in warning for warning in report["warnings"])
    assert Edits.from_json(report["settings"]["edits"]) == edits


def test_damaged_edits_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut_path = write_cut(tmp_path / "short.otio")
    edits_path = tmp_path / "edits.json"
    edits_path.write_text('{"markers": [{"marker_id": "a", "weight": 3}]}', encoding="utf-8")
    out = tmp_path / "out"
    assert main(["score", str(cut_path), "--edits", str(edits_path), "--out", str(out), "--json"]) == 3
    assert "marker a: weight 3.0 must lie in 0..1" in capsys.readouterr().err
    assert not out.exists()
