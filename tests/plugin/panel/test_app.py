"""The application: command line, exit codes, screenshot, trouble, how long the window waits."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QImage

from hitpoint import cli
from hitpoint_panel.options import build_parser, checked
from hitpoint_panel.screenshot import Screenshot
from hitpoint_panel.state.project_file import state_folder

_PROBE = """
import sys
from hitpoint_panel.app import make_application
application = make_application()
from hitpoint_panel.settings import Settings
from hitpoint_panel.window import Window
window = Window(connect=lambda: None, settings=Settings())
window.show()
print(*sys.modules)
window.close()
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120)


def test_hitpoint_panel_becomes_the_panels_process(monkeypatch):
    became = []
    monkeypatch.setattr("os.execv", lambda program, command: became.append((program, command)))
    cli.main(["panel", "--resolve", "x y.otio"])
    assert became == [(sys.executable, [sys.executable, "-m", "hitpoint_panel", "--resolve", "x y.otio"])]


def test_the_command_line_of_the_engine_knows_no_qt():
    told = run(
        "import sys; from hitpoint import cli; cli.build_parser()\n"
        "print([name for name in sys.modules if name.startswith(('PyQt6', 'hitpoint_panel'))])"
    )
    assert told.stdout.strip() == "[]"


def test_without_pyqt_it_is_said_in_one_sentence():
    for module in ("hitpoint.cli", "hitpoint_panel.__main__"):
        told = run(
            "import sys, importlib.util\n"
            "sys.modules['PyQt6'] = None\n"
            "find = importlib.util.find_spec\n"
            "importlib.util.find_spec = lambda name, *more: None if name == 'PyQt6' else find(name, *more)\n"
            f"from {module} import main\n"
            f"sys.exit(main({['panel'] if module == 'hitpoint.cli' else []}))"
        )
        assert told.returncode == 5
        assert "needs PyQt6" in told.stderr
        assert told.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["none.otio"], "none.otio is not there", 3),
        (["--screenshot", "x.png"], "--screenshot needs a CUT", 2),
        (["--scale", "9"], "at 1 to 4 times", 2),
    ],
)
def test_wrong_options_are_a_sentence(arguments, said, code, capsys):
    from hitpoint_panel.__main__ import main

    assert said in checked(build_parser().parse_args(arguments))
    assert main(arguments) == code
    assert said in capsys.readouterr().err


def test_two_hosts_at_once_are_refused(capsys):
    with pytest.raises(SystemExit):
        build_parser().parse_args(["--resolve", "--folder", "/x"])
    assert "not allowed with" in capsys.readouterr().err


def test_starting_the_window_loads_nothing_heavy():
    """What takes long to import is not needed for a window; the engine has it in its own process."""
    told = run(_PROBE, str(Path(__file__).parent))
    assert told.returncode == 0, told.stderr
    heavy = {"torch", "matplotlib", "librosa", "scipy", "cv2", "opentimelineio", "pedalboard", "httpx", "fastapi", "av"}
    loaded = set(told.stdout.split())
    assert "hitpoint_panel.window" in loaded
    assert loaded & heavy == set()
    rooms = {"hitpoint.pipeline", "hitpoint.timeline", "hitpoint.composition", "hitpoint.session", "hitpoint.service"}
    assert loaded & rooms == set()


def test_a_screenshot_waits_for_look_and_version(window, qtbot, cut_path, engine, tmp_path, capsys):
    shot = Screenshot(window, tmp_path / "panel.png")
    with qtbot.waitSignal(shot.ended, timeout=60_000) as ended:
        window.open_cut(cut_path)
    assert ended.args == [0]
    assert len(engine.asked("compose")) == 1
    image = QImage(str(tmp_path / "panel.png"))
    ratio = window.devicePixelRatio()
    assert (image.width(), image.height()) == (round(window.width() * ratio), round(window.height() * ratio))
    colors = {image.pixelColor(x, y).name() for x in range(0, image.width(), 40) for y in range(0, image.height(), 40)}
    assert len(colors) > 8, "there is something in it"


def test_a_screenshot_that_cannot_be_made_ends_with_the_reason(window, qtbot, cut_path, engine, tmp_path, capsys):
    engine.refusal = "the cut is empty; export it again"
    shot = Screenshot(window, tmp_path / "panel.png")
    with qtbot.waitSignal(shot.ended, timeout=60_000) as ended:
        window.open_cut(cut_path)
    assert ended.args == [1]
    assert "the cut is empty" in capsys.readouterr().err
    assert not (tmp_path / "panel.png").exists()


def test_what_nobody_foresaw_is_logged_and_told_and_the_window_lives_on(window, qtbot, capsys):
    from hitpoint_panel.app import Trouble

    trouble = Trouble(window)
    try:
        sys.excepthook(ValueError, ValueError("a wheel came off"), None)
        qtbot.waitUntil(lambda: bool(window.parts.banners.banners), timeout=10_000)
    finally:
        trouble.close()
    assert "a wheel came off" in window.parts.banners.banners[0].notice.sentence
    assert "a wheel came off" in (state_folder() / "trouble.log").read_text()
    assert window.isVisible()


def test_the_window_answers_while_the_engine_works(scored, qtbot, engine):
    """Twenty edits under a job that never ends: the event loop is never held up by the engine."""
    engine.gate.clear()
    real = engine.start_job

    def slow(kind, fields):
        time.sleep(0.5)  # a call that hangs in the engine
        return real(kind, fields)

    engine.start_job = slow
    ticks, used = [], []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start(5)
    began = time.perf_counter()
    for number in range(20):
        before = time.perf_counter()
        scored.document.move_marker("m1", 60 + number)
        used.append(time.perf_counter() - before)
        qtbot.wait(150)
    timer.stop()
    gaps = [later - earlier for earlier, later in zip([began, *ticks], ticks, strict=False)]
    assert sorted(used)[10] < 0.25, "an edit returns at once"
    assert sorted(gaps)[int(len(gaps) * 0.9)] < 0.4, "and the window answers, on a loaded machine too"
    qtbot.waitUntil(lambda: scored.parts.progress.cancel.isVisible(), timeout=10_000)
    assert len(engine.asked("compose")) > 1
    engine.gate.set()
    qtbot.waitUntil(lambda: not scored.workflow.is_busy, timeout=30_000)


def test_text_can_be_read_on_every_ground():
    from hitpoint_panel.theme import THEME

    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(one: str, other: str) -> float:
        lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)

    for ground in (THEME.window, THEME.base, THEME.raised):
        assert contrast(THEME.text, ground) >= 7
        assert contrast(THEME.text_dim, ground) >= 4.5
        for verdict in ("hit", "near", "refused", "direction"):
            assert contrast(THEME.verdict(verdict), ground) >= 4.5
