"""`hitpoint analyse`, `spot` and `train-arc`, as a user calls them."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest

from hitpoint.cli import main
from hitpoint.resources import resources_folder

DEMO = resources_folder() / "demo"
WORDS = ["--subtitles", str(DEMO / "chase.srt"), "--script", str(DEMO / "chase.fountain")]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HITPOINT_CONFIG", str(tmp_path / "config"))
    return tmp_path


def test_analyse(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyse", str(DEMO / "chase.otio"), *WORDS, "--json", "--plot", "a.png", "--html", "a.html"]) == 0
    told = json.loads(capsys.readouterr().out)
    arc = told["arc"]
    hops = math.ceil(told["cut"]["duration_s"] / arc["hop_s"]) + 1
    assert len(arc["valence"]) == len(arc["confidence"]) == len(arc["shares"]["words"]["tension"]) == hops
    for dimension in ("valence", "arousal", "tension"):
        assert max(map(sum, zip(*(share[dimension] for share in arc["shares"].values()), strict=True))) < 1
    assert {"climax", "turn", "establishing"} <= {beat["kind"] for beat in told["beats"]}
    assert told["screenplay"]["agreement"] > 0.9
    assert told["picture"]["motion"]
    assert (here / "a.png").read_bytes().startswith(b"\x89PNG")
    page = (here / "a.html").read_text(encoding="utf-8")
    assert "data:image/png;base64," in page
    assert "MARA" in page
    assert sorted(path.name for path in here.iterdir()) == ["a.html", "a.png"]


def test_a_second_look_comes_from_the_store(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["analyse", str(DEMO / "chase.otio"), "--json"])
    first = json.loads(capsys.readouterr().out)
    main(["analyse", str(DEMO / "chase.otio"), "--json"])
    again = json.loads(capsys.readouterr().out)
    assert again["step_s"]["looking and listening"] < 1.0
    assert again["arc"] == first["arc"]


def test_without_a_look(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyse", str(DEMO / "chase.otio"), "--no-look", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["picture"] is None
    assert set(told["arc"]["shares"]) == {"cutting", "words"}


def test_spot_and_score_with_briefs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spot", str(DEMO / "chase.otio"), "--out", "my.toml", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["cues"][0]["number"] == "1m1"
    text = (here / "my.toml").read_text(encoding="utf-8")
    edited = text.replace(f'style = "{told["cues"][0]["style"]}"', 'style = "sorrowful"')
    assert edited != text
    (here / "my.toml").write_text(edited, encoding="utf-8")
    assert main(["spot", str(DEMO / "chase.otio"), "--out", "my.toml"]) == 4  # never over somebody's edits
    assert (here / "my.toml").read_text(encoding="utf-8") == edited
    capsys.readouterr()
    assert main(["analyse", str(DEMO / "chase.otio"), "--briefs", "my.toml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cues"][0]["style"] == "sorrowful"


def test_a_wrong_briefs_file_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "b.toml").write_text("[[cue]]\nnumber = 3\n", encoding="utf-8")
    assert main(["analyse", str(DEMO / "chase.otio"), "--briefs", "b.toml"]) == 3
    assert "b.toml" in capsys.readouterr().err


def ratings(path: Path, rows: list[tuple[object, ...]], heads: str = "clip,time_s,valence,arousal") -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(heads.split(","))
        writer.writerows(rows)
    return path


def test_train_arc(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = str(DEMO / "chase.mp4")
    table = ratings(here / "r.csv", [(clip, second, 0.8 if second > 40 else -0.8, 0.1) for second in range(0, 80, 2)])
    assert main(["train-arc", str(table), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["clips"] == 1
    assert told["seconds"] > 70
    assert Path(told["path"]).is_file()
    main(["analyse", clip, "--json"])
    taught = json.loads(capsys.readouterr().out)["arc"]["valence"]
    Path(told["path"]).unlink()
    main(["analyse", clip, "--json"])
    own = json.loads(capsys.readouterr().out)["arc"]["valence"]

    def rise(curve: list[float]) -> float:
        half = len(curve) // 2
        return sum(curve[half:]) / len(curve[half:]) - sum(curve[:half]) / half

    assert rise(taught) > rise(own)


@pytest.mark.parametrize(
    ("rows", "heads", "words"),
    [
        ([("a.mp4", "x", 0, 0)], "clip,time_s,valence,arousal", "line 2"),
        ([("a.mp4", 1, 7, 0)], "clip,time_s,valence,arousal", "must lie in"),
        ([("a.mp4", 1)], "clip,time_s", "no column"),
        ([], "clip,time_s,valence,arousal", "no ratings"),
    ],
)
def test_wrong_ratings_are_told(
    here: Path, capsys: pytest.CaptureFixture[str], rows: list[tuple[object, ...]], heads: str, words: str
) -> None:
    assert main(["train-arc", str(ratings(here / "r.csv", rows, heads))]) == 3
    assert words in capsys.readouterr().err
