"""One short take from the scene to the page, as a user runs it."""

import json
import re
from pathlib import Path

import av
import pytest

from hitpoint.cli import main
from hitpoint.model.errors import MissingToolError
from hitpoint.rendering import find_soundfont
from hitpoint.resources import load_palettes

pytestmark = [pytest.mark.soundfont, pytest.mark.slow]

SCENES = """
[stop]
title = "Stop & go"
listen_for = "The <stop>."
palettes = ["tense"]
rate = "25"
duration_s = 14.0
arc = [[0, -0.3, -0.4, 0.3], [9, -0.3, 0.8, 0.9], [14, 0, 0, 0.4]]
hits = [[4.0, "accent", 0.7, "door"], [8.0, "silence", 0.8, "stop"], [9.6, "accent", 0.9, "go"]]
dialogue = [[1.0, 3.0]]
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict:
    try:
        find_soundfont()
    except MissingToolError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("audition")
    (folder / "scenes.toml").write_text(SCENES, encoding="utf-8")
    from hitpoint.audition import AuditionSettings, audition

    settings = AuditionSettings(
        out_folder=folder / "out", palettes=("tense",), processes=1, scenes_path=folder / "scenes.toml"
    )
    first = audition(settings)
    take = folder / "out" / "takes" / "stop--tense" / "take.json"
    written = take.stat().st_mtime_ns
    again = audition(settings)
    assert (first["kept"], again["kept"]) == (0, 1)
    assert take.stat().st_mtime_ns == written, "a take that is there is not made again"
    assert again["takes"] == first["takes"]
    return first


def test_nothing_half_made_is_left(told: dict) -> None:
    folder = Path(told["page"]).parent
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")) == [
        "audition.json", "index.html", "takes", "takes/stop--tense",
        *(f"takes/stop--tense/{name}" for name in ("mix.m4a", "roll.png", "spectrum.png", "take.json")),
    ]  # fmt: skip
    assert json.loads((folder / "audition.json").read_text(encoding="utf-8")) == {**told, "kept": 1}


def test_figures_are_there(told: dict) -> None:
    (take,) = told["takes"]
    figures = take["figures"]
    for name in ("loudness_r", "density_r", "centroid_r", "heard_density_r"):
        assert -1 <= figures[name] <= 1
    assert figures["speech_room_db"] is not None
    assert figures["written"]["range_faults"] == 0
    kinds = [hit["kind"] for hit in figures["hits"]]
    assert kinds == ["start", "accent", "silence", "accent", "out"]
    stop = figures["hits"][2]
    assert stop["at_s"] == pytest.approx(8.0, abs=0.001)
    assert stop["stop_db"] > 10
    assert all(hit["error_ms"] is None or abs(hit["error_ms"]) < 20 for hit in figures["hits"])
    assert told["medians"]["loudness_r"] == pytest.approx(figures["loudness_r"])
    assert told["targets"]["loudness_r"] == "≥ 0.85"


def test_the_page_holds_what_one_sits_down_with(told: dict) -> None:
    folder = Path(told["page"]).parent
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "Stop &amp; go" in page
    assert "The &lt;stop&gt;." in page
    linked = re.findall(r"src='([^']+)'", page)
    assert sorted(linked) == [f"takes/stop--tense/{name}" for name in ("mix.m4a", "roll.png", "spectrum.png")]
    assert all((folder / link).is_file() for link in linked)
    assert not re.search(r"https?://", page), "it works from the disk, without a network"
    assert str(folder) not in page
    for what in (
        "<audio",
        "Plan",
        "Hits",
        "accent: door",
        "room for speech",
        "≥ 0.85",
        "ArrowRight",
        "crowded below C4",
    ):
        assert what in page, what
    assert (folder / "takes/stop--tense/roll.png").read_bytes().startswith(b"\x89PNG")


def test_the_copy_to_listen_to_lasts_as_long_as_the_pictures(told: dict) -> None:
    (take,) = told["takes"]
    with av.open(str(Path(told["page"]).parent / "takes/stop--tense/mix.m4a")) as file:
        seconds = sum(frame.samples for frame in file.decode(audio=0)) / 48_000
    assert seconds == pytest.approx(take["audio_duration_s"], abs=0.05)
    assert take["audio_duration_s"] > 14


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audition", "--out", str(tmp_path), "--scenes", "chaise", "--json"]) == 3
    assert "did you mean 'chase'" in json.loads(capsys.readouterr().out)["error"]
    assert main(["audition", "--out", str(tmp_path), "--seed", "-1"]) == 3
    assert "tense" in load_palettes()
    assert not any(tmp_path.iterdir())
