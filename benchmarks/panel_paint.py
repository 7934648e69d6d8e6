"""Does the timeline strip keep up with 60 frames a second in a long cut, and how much memory does it take?

    python benchmarks/panel_paint.py                     offscreen, scale 1
    python benchmarks/panel_paint.py --scale 2           as on a screen of twice the density
    xvfb-run -a python benchmarks/panel_paint.py --platform xcb

Builds a two-hour cut with 3,000 clips, 400 hit points, 1,500 subtitles and a waveform of two hours, shows it in a
window of 1920 x 420 pixels, and drives it with mouse events: hit points are dragged, the strip is zoomed and scrolled,
the playhead runs. A step is one event with all that follows, until it is painted; a frame at 60 Hz has 16.7 ms. Wall
time stands beside CPU time of the window's thread, because other work on the machine disturbs the first.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

HOURS = 2
CLIPS, MARKERS, SUBTITLES = 3_000, 400, 1_500
WIDTH_PX, HEIGHT_PX = 1920, 420


def long_cut(folder: Path, *, thumbnails: int = 300):
    """Return a cut, its markers and a version, made up but as large as real ones."""
    from hitpoint.model.time import FrameRate
    from hitpoint_panel.views.values import KINDS, StripCue, StripCut, StripMarker, StripVersion

    rng = np.random.default_rng(60)
    rate = FrameRate(24)
    total = HOURS * 3600 * 24
    cuts = np.unique(np.concatenate(([0], rng.choice(np.arange(1, total), CLIPS - 1, replace=False))))
    ends = np.append(cuts[1:], total)
    shots = tuple((int(a), int(b), f"A{i:04d}_C{i % 90:03d}") for i, (a, b) in enumerate(zip(cuts, ends, strict=True)))
    starts = np.sort(rng.uniform(0, HOURS * 3600 - 5, SUBTITLES))
    subtitles = tuple((float(s), float(s + rng.uniform(0.8, 4.0)), f"This is what is said, line {i}.")
                      for i, s in enumerate(starts))  # fmt: skip
    cue_edges = np.linspace(0, total, 61).astype(int)
    cues = tuple(
        StripCue(number=f"{1 + i // 20}m{1 + i % 20}", title="a cue", start_frame=int(a), end_frame=int(b) - 200,
                 bars=tuple(float(x) for x in np.arange(a, b - 200, 48.3)))
        for i, (a, b) in enumerate(pairwise(cue_edges))
    )  # fmt: skip
    verdicts = ("hit", "near", "refused", None)
    markers = tuple(
        StripMarker(id=f"m{i}", frame=int(f), name=f"HIT number {i}", color="Red", kind=KINDS[i % len(KINDS)],
                    weight=float(rng.uniform(0, 1)), verdict=verdicts[i % 4], error_ms=float(rng.normal(0, 20)))
        for i, f in enumerate(np.sort(rng.choice(total, MARKERS, replace=False)))
    )  # fmt: skip
    hops = HOURS * 3600 * 100
    peaks = np.abs(rng.normal(0, 0.25, hops)).clip(0, 1).astype(np.float32)
    cut = StripCut(
        name="Two hours", rate=rate, duration_frames=total, start_timecode_frame=86_400,
        cut_frames=tuple(int(c) for c in cuts), shots=shots, subtitles=subtitles,
        thumbnails=_pictures(folder, total, thumbnails),
    )  # fmt: skip
    return cut, markers, StripVersion(cues=cues, peaks=peaks, hop_s=0.01)


def _pictures(folder: Path, total: int, count: int) -> tuple[tuple[int, str], ...]:
    from PyQt6.QtGui import QColor, QImage

    out = []
    for i in range(count):
        image = QImage(160, 90, QImage.Format.Format_RGB32)
        image.fill(QColor.fromHsv(i * 37 % 360, 90, 110))
        path = folder / f"{i}.jpg"
        image.save(str(path), "JPG")
        out.append((total * i // count, str(path)))
    return tuple(out)


class Clock:
    """Times of the steps of one kind, in ms: wall and CPU of this thread, and of the painting alone."""

    def __init__(self) -> None:
        self.steps: dict[str, list[tuple[float, float]]] = {}
        self.paints: dict[str, list[float]] = {}
        self.kind = ""

    def step(self, kind: str, do) -> None:
        """Do one thing and everything that follows from it, and keep how long it took."""
        from PyQt6.QtWidgets import QApplication

        self.kind = kind
        wall, cpu = time.perf_counter(), time.thread_time()
        do()
        QApplication.processEvents()
        self.steps.setdefault(kind, []).append(((time.perf_counter() - wall) * 1e3, (time.thread_time() - cpu) * 1e3))

    def painted(self, cpu_s: float) -> None:
        """Keep how long a painting took."""
        self.paints.setdefault(self.kind, []).append(cpu_s * 1e3)


def drive(folder: Path, *, steps: int = 120) -> dict:
    """Show the long cut, drive it by mouse, and return the times and the memory."""
    import psutil
    from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
    from PyQt6.QtGui import QMouseEvent, QWheelEvent
    from PyQt6.QtTest import QTest
    from PyQt6.QtWidgets import QApplication

    from hitpoint_panel.views.timeline_strip import TimelineStrip

    clock = Clock()

    class Timed(TimelineStrip):
        def paintEvent(self, event) -> None:
            before = time.thread_time()
            super().paintEvent(event)
            clock.painted(time.thread_time() - before)

    cut, markers, version = long_cut(folder)
    strip = Timed()
    strip.resize(WIDTH_PX, HEIGHT_PX)
    strip.set_cut(cut)
    strip.set_markers(markers)
    strip.set_version(version)
    clock.step("first sight", strip.show)
    QTest.qWait(600)  # the pictures come in

    def mouse(kind, x: float, y: float, buttons=Qt.MouseButton.LeftButton) -> None:
        place = QPointF(x, y)
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        QApplication.sendEvent(
            strip, QMouseEvent(kind, place, strip.mapToGlobal(place), button, buttons, Qt.KeyboardModifier.NoModifier)
        )

    def wheel(x: float, notches: int, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        place = QPointF(x, 200)
        QApplication.sendEvent(
            strip,
            QWheelEvent(place, strip.mapToGlobal(place), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
                        modifiers, Qt.ScrollPhase.NoScrollPhase, False),
        )  # fmt: skip

    moved: list[tuple[str, int]] = []
    strip.marker_moved.connect(lambda marker_id, frame: moved.append((marker_id, frame)))
    start_s = time.perf_counter()
    views = (("whole cut", 0, cut.duration_frames), ("ten minutes", 60_000, 74_400), ("half a minute", 60_000, 60_720))
    for name, first, last in views:
        strip.set_visible_range(first, last)
        QTest.qWait(300)
        flags = [f for f in strip.flags() if strip.axis.left_px + 50 < f.x < strip.axis.right_px - 50]
        if not flags:  # put one where we look
            middle = (first + last) // 2
            strip.set_markers((*markers[1:], type(markers[0])(id="m0", frame=middle, name="HIT here")))
            QTest.qWait(50)
            flags = [f for f in strip.flags() if f.marker.id == "m0"]
        flag = flags[len(flags) // 2]
        mouse(QEvent.Type.MouseButtonPress, flag.x, flag.y)
        QApplication.processEvents()
        for i in range(steps):
            x = flag.x + 160 * np.sin(i / 9.0) + 5
            x = min(max(x, strip.axis.left_px + 5), strip.axis.right_px - 5)
            clock.step(f"drag, {name}", lambda x=x, y=flag.y: mouse(QEvent.Type.MouseMove, x, y))
        mouse(QEvent.Type.MouseButtonRelease, x, flag.y, Qt.MouseButton.NoButton)
        for i in range(steps // 2):
            frame = first + (last - first) * (0.3 + i / 4000)
            clock.step(f"playhead, {name}", lambda frame=frame: strip.set_playhead(frame))
    assert len(moved) == len(views), "the drags moved nothing"
    for i in range(steps):
        clock.step("zoom", lambda i=i: wheel(900 + i, 1 if i % 40 < 20 else -1))
    strip.set_visible_range(60_000, 74_400)
    for i in range(steps):
        clock.step("scroll", lambda i=i: wheel(900, 1 if i % 40 < 20 else -1, Qt.KeyboardModifier.ShiftModifier))
    elapsed_s = time.perf_counter() - start_s
    QTest.qWait(200)
    rss_mb = psutil.Process().memory_info().rss / 2**20
    strip.close()

    def summary(values) -> dict[str, float]:
        return {
            "median": float(np.median(values)),
            "p95": float(np.percentile(values, 95)),
            "worst": float(np.max(values)),
        }

    kinds = {
        kind: {
            "steps": len(times),
            "paint_cpu_ms": summary(clock.paints.get(kind, [0.0])),
            "step_cpu_ms": summary([cpu for _, cpu in times]),
            "step_wall_ms": summary([wall for wall, _ in times]),
        }
        for kind, times in clock.steps.items()
    }
    return {"kinds": kinds, "rss_mb": rss_mb, "elapsed_s": elapsed_s, "ratio": strip.devicePixelRatioF()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--platform", default="offscreen", help="offscreen, or xcb under Xvfb")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--steps", type=int, default=120, help="mouse moves of each kind")
    parser.add_argument("--json", action="store_true")
    settings = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = settings.platform
    os.environ["QT_SCALE_FACTOR"] = str(settings.scale)

    from PyQt6.QtWidgets import QApplication

    app = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        found = drive(Path(folder), steps=settings.steps)
    app.quit()
    if settings.json:
        print(json.dumps(found))
        return
    print(f"{HOURS} h, {CLIPS} clips, {MARKERS} hit points, {SUBTITLES} subtitles; {WIDTH_PX} x {HEIGHT_PX} at "
          f"{found['ratio']:g}x on {settings.platform}; memory {found['rss_mb']:.0f} MB")  # fmt: skip
    print(f"{'':26}{'paint, CPU ms':>24}{'whole step, CPU ms':>26}{'whole step, wall ms':>26}")
    for kind, told in found["kinds"].items():
        cells = "".join(
            "{:>12}{:7.2f}{:7.2f}".format(f"{told[c]['median']:.2f}", told[c]["p95"], told[c]["worst"])
            for c in ("paint_cpu_ms", "step_cpu_ms", "step_wall_ms")
        )
        print(f"{kind:26}{cells}")
    print("(median, 95 %, worst)")


if __name__ == "__main__":
    main()
