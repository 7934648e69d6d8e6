"""How soon is the panel's window up, how long does it ever keep the editor waiting, how true is the picture?

    python benchmarks/panel.py [FILM]

Start-up is measured in processes of their own (best and median of five), from the first line of Python until the window
has been shown and drawn; CPU time beside it, which a busy machine disturbs less. Latency is how late a 5 ms timer comes
in the window while a version with a two-hour report is taken over. The picture's lateness is that of the frames on
screen against the clock, while FILM (default: the demo) plays over cuts every two seconds.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[1]
DEMO = REPO / "resources" / "demo" / "chase.mp4"

_START = """
import json, os, time
began = time.perf_counter()
from hitpoint_panel.app import make_application
application = make_application()
from hitpoint_panel.settings import Settings
from hitpoint_panel.window import Window
window = Window(connect=lambda: None, settings=Settings())
window.show()
window.grab()
wall = time.perf_counter() - began
print(json.dumps({"wall_s": wall, "cpu_s": time.process_time()}), flush=True)
os._exit(0)
"""


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_LOGGING_RULES"] = "qt.multimedia.*=false"
    film = Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO
    starts = [start_up() for _ in range(5)]
    for name in ("wall_s", "cpu_s"):
        values = sorted(item[name] for item in starts)
        print(f"window up, {name}: best {values[0]:.2f}, median {statistics.median(values):.2f}")
    picture(film)
    latency()
    print(f"memory at its most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def start_up() -> dict[str, float]:
    told = subprocess.run([sys.executable, "-c", _START], capture_output=True, text=True, check=True).stdout
    return dict(json.loads(told.strip().splitlines()[-1]))


def picture(film: Path) -> None:
    from hitpoint.model.time import FrameRate
    from hitpoint_panel.app import make_application
    from hitpoint_panel.player.picture_player import PicturePlayer
    from hitpoint_panel.player.shots import ShotMedia, ShotTable
    from hitpoint_panel.player.transport import Transport

    application = make_application()
    player = PicturePlayer(wants_sound=False)
    order = (12, 3, 30, 8, 21)  # seconds of the film: every cut is a jump
    shots = tuple(
        ShotMedia(start_frame=48 * index, end_frame=48 * (index + 1), path=film, source_start_s=float(at_s))
        for index, at_s in enumerate(order)
    )
    player.set_shots(ShotTable(shots, FrameRate(24)))
    transport = Transport(player, sound=None)
    transport.set_cut(FrameRate(24), 48 * len(order))
    shown: list[tuple[float, float]] = []
    player.frame_shown.connect(lambda _, at: shown.append((at, transport.frame)))
    _run(application, 1.0)
    shown.clear()
    transport.play()
    _run(application, 2.0 * len(order) + 0.3)
    apart_ms = sorted(abs(at - where) / 24 * 1000 for at, where in shown)
    gaps = [
        next((where - start for at, where in shown if at >= start), 48.0) / 24 * 1000
        for start in (shot.start_frame for shot in shots[1:])
    ]
    seen = len({int(at + 0.01) for at, _ in shown})
    print(
        f"picture: {seen} of {48 * len(order)} frames seen; from the clock by {apart_ms[len(apart_ms) // 2]:.0f} ms "
        f"(median), {apart_ms[int(len(apart_ms) * 0.95)]:.0f} ms (95 %); first frame after a cut {max(gaps):.0f} ms"
    )
    transport.close()


def latency() -> None:
    from PyQt6.QtCore import QTimer

    from hitpoint_panel.app import make_application
    from hitpoint_panel.settings import Settings
    from hitpoint_panel.state.project import Project
    from hitpoint_panel.window import Window

    application = make_application()
    window = Window(connect=_none, settings=Settings())
    window.show()
    look, version = two_hours()
    late_ms: list[float] = []
    last = [time.perf_counter()]

    def tick() -> None:
        now = time.perf_counter()
        late_ms.append((now - last[0]) * 1000 - 5)
        last[0] = now

    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(5)
    window.document.open(Path("film.otio"), Project())
    for name, act in (
        ("a look at 3,000 clips", lambda: window.document.set_look(look)),
        ("a version with 600 hits", lambda: window.document.set_version(version)),
        ("a marker moved", lambda: window.document.move_marker("m300", 90_000)),
    ):
        late_ms.clear()
        last[0] = time.perf_counter()
        began = time.process_time()
        act()
        _run(application, 1.0)
        print(f"{name}: the window waits {max(late_ms):.0f} ms at most ({time.process_time() - began:.2f} s of CPU)")
    window.close()


def two_hours() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a look and a version of a made-up film: 2 hours, 3,000 clips, 600 markers, 60 cues."""
    frames, hop_s = 172_800, 0.5
    wave = [0.5] * int(7200 / hop_s)
    markers = [
        {"id": f"m{n}", "frame": n * 288 + 12, "duration_frames": 1, "name": f"hit {n}", "note": "", "color": "RED",
         "is_edited": False}
        for n in range(600)
    ]  # fmt: skip
    cues = [
        {"number": f"1m{n}", "title": f"cue {n}", "start_frame": n * 2880, "end_frame": n * 2880 + 2400, "brief": {},
         "hits": [], "start_s": n * 120.0, "end_s": n * 120.0 + 100,
         "planned_intensity": {"start_s": n * 120.0, "hop_s": 0.5, "values": [0.5] * 200},
         "tempo": {"bar_lines_s": [n * 120 + 2.0 * bar for bar in range(50)], "segments": []}}
        for n in range(60)
    ]  # fmt: skip
    hits = [
        {"id": f"h{m['id']}", "marker_id": m["id"], "frame": m["frame"], "kind": "accent", "weight": 0.5, "bar": 3,
         "verdict": "hit", "reason": "", "measured_error_ms": 2.0, "measured_error_frames": 0.05, "label": m["name"]}
        for m in markers
    ]  # fmt: skip
    look = {
        "revision": "r", "markers": markers, "cut_frames": [57 * n for n in range(1, 3000)], "cues": cues,
        "shots": [{"index": n, "start_frame": 57 * n, "end_frame": 57 * (n + 1), "name": f"clip {n}",
                   "media_path": None, "source_start_s": 0, "speed": 1} for n in range(3000)],
        "subtitles": [{"start_s": 4.0 * n, "end_s": 4.0 * n + 2, "text": "a line"} for n in range(1700)],
        "styles": [], "thumbnails": [], "changes": {},
        "analysis": {"cut": {"name": "film", "rate": "24", "start_timecode": "01:00:00:00", "duration_frames": frames},
                     "arc": {"hop_s": hop_s, "valence": wave, "arousal": wave, "tension": wave}},
    }  # fmt: skip
    version = {
        "version_id": "v1", "seed": 1, "edits": {}, "mix": {"path": "none.wav", "start_sample": 0}, "stems": {},
        "waveform": {"hop_samples": 480, "peak": [0.4] * 720_000},
        "report": {"cues": cues, "hits": hits, "hit_summary": {"hit": 600},
                   "markers": [{"id": h["marker_id"], "frame": h["frame"], "verdict": "hit", "reason": "",
                                "hit_id": h["id"]} for h in hits],
                   "loudness": {"short_term_start_s": 0, "short_term_hop_s": 1, "short_term_lufs": [-23.0] * 7200}},
    }  # fmt: skip
    return look, version


def _none() -> Any:
    raise SystemExit("the benchmark asks no engine")


def _run(application: Any, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        application.processEvents()
        time.sleep(0.001)


if __name__ == "__main__":
    main()
