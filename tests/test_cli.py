"""The command line: bad input gets one sentence and an exit code, never a traceback, never a harmed file."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hitpoint.resources import resources_folder

DEMO = resources_folder() / "demo" / "chase.otio"


def hitpoint(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hitpoint.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=cwd)


def assert_refused(result: subprocess.CompletedProcess[str], exit_code: int, *words: str) -> None:
    assert result.returncode == exit_code, result.stderr
    assert "Traceback" not in result.stderr
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("hitpoint: ")
    for word in words:
        assert word in last, last


def write_timeline(path: Path, **changes: object) -> Path:
    document = {
        "OTIO_SCHEMA": "Timeline.1",
        "name": "t",
        "metadata": {},
        "global_start_time": None,
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "name": "tracks",
            "children": [],
            "metadata": {},
            "markers": [],
            "effects": [],
        },
    }
    path.write_text(json.dumps({**document, **changes}))
    return path


def test_importing_is_cheap() -> None:
    code = (
        "import sys, hitpoint, hitpoint.cli; hitpoint.cli.build_parser();"
        "heavy = {'torch', 'librosa', 'numba', 'scipy', 'cv2', 'av', 'opentimelineio', 'matplotlib', 'rich'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


def test_help_names_every_option_of_the_issue() -> None:
    text = hitpoint("score", "--help").stdout
    for option in ("--out", "--style", "--brief", "--subtitles", "--script", "--seed", "--loudness", "--video",
                   "--json", "--profile", "--stems-only", "--tempo-choice", "--soundfont", "--plot",
                   "--alternates"):  # fmt: skip
        assert option in text


def test_usage_error_is_two() -> None:
    assert hitpoint("score").returncode == 2
    assert hitpoint("score", DEMO, "--loudness", "louder").returncode == 2


@pytest.mark.parametrize("name", ["gone.otio", "gone.mp4", "gone.edl"])
def test_missing_file(tmp_path: Path, name: str) -> None:
    assert_refused(hitpoint("score", tmp_path / name, "--out", tmp_path / "o"), 3, name)


def test_unknown_suffix(tmp_path: Path) -> None:
    (tmp_path / "cut.docx").write_bytes(b"PK")
    assert_refused(hitpoint("score", tmp_path / "cut.docx", "--out", tmp_path / "o"), 3, ".otio")


def test_truncated_timeline(tmp_path: Path) -> None:
    path = tmp_path / "half.otio"
    path.write_bytes(DEMO.read_bytes()[:5000])
    assert_refused(hitpoint("score", path, "--out", tmp_path / "o"), 3, "half.otio")
    assert not (tmp_path / "o").exists() or not list((tmp_path / "o").iterdir())


def test_empty_timeline(tmp_path: Path) -> None:
    assert_refused(hitpoint("score", write_timeline(tmp_path / "empty.otio"), "--out", tmp_path / "o"), 3, "empty.otio")


def test_a_text_that_calls_itself_video(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_text("this is not a film")
    assert_refused(hitpoint("score", tmp_path / "film.mp4", "--out", tmp_path / "o"), 3, "film.mp4")


def test_unknown_style_is_answered_with_the_nearest(tmp_path: Path) -> None:
    result = hitpoint("score", DEMO, "--style", "tennse", "--out", tmp_path / "o")
    assert_refused(result, 3, "tense")


def test_unknown_alternate_is_answered_with_the_nearest(tmp_path: Path) -> None:
    result = hitpoint("score", DEMO, "--alternates", "lighter,no-percusion", "--out", tmp_path / "o")
    assert_refused(result, 3, "--alternates", "did you mean 'no-percussion'")
    assert_refused(hitpoint("score", DEMO, "--alternates", "foo", "--out", tmp_path / "o"), 3, "15s", "lighter")
    assert not (tmp_path / "o").exists()


def test_soundfont_that_is_not_one(tmp_path: Path) -> None:
    (tmp_path / "font.sf2").write_text("no")
    assert_refused(
        hitpoint("score", DEMO, "--soundfont", tmp_path / "font.sf2", "--out", tmp_path / "o"), 3, "font.sf2"
    )


def test_out_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "o").write_text("mine")
    assert_refused(hitpoint("score", DEMO, "--out", tmp_path / "o"), 4, "--out")
    assert (tmp_path / "o").read_text() == "mine"


def test_json_error_is_json(tmp_path: Path) -> None:
    result = hitpoint("score", tmp_path / "gone.otio", "--json")
    assert result.returncode == 3
    assert json.loads(result.stdout)["exit_code"] == 3


def test_the_cut_is_never_written_over(tmp_path: Path) -> None:
    cut = tmp_path / "chase.scored.otio"
    cut.write_bytes(DEMO.read_bytes())
    assert_refused(hitpoint("score", cut, "--out", tmp_path), 3, "--out")
    assert cut.read_bytes() == DEMO.read_bytes()


@pytest.mark.soundfont
@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX systems")
def test_ctrl_c_leaves_the_old_score_alone(tmp_path: Path) -> None:
    out = tmp_path / "o"
    (out / "audio").mkdir(parents=True)
    (out / "audio" / "chase_mix.wav").write_bytes(b"the old mix")
    command = [sys.executable, "-m", "hitpoint.cli", "score", str(DEMO), "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:  # stop it in the middle of the longest step
        if "rendering" in line:
            break
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    rest = process.stderr.read()
    assert process.wait(timeout=20) == 130, rest
    assert time.monotonic() - began < 5
    assert "Traceback" not in rest
    assert [p.name for p in out.rglob("*") if p.is_file()] == ["chase_mix.wav"]
    assert (out / "audio" / "chase_mix.wav").read_bytes() == b"the old mix"
