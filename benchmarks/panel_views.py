"""Pictures of the panel's views with a real score in them, to look at.

    hitpoint score resources/demo/chase.otio --out /tmp/score
    python benchmarks/panel_views.py /tmp/score --video resources/demo/chase.mp4 --out /tmp/views --scale 2

`--scale` is the screen's (1 or 2); one process, one scale. Values come from report.json and the mix.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def thumbnails(video_path: Path, frames: list[int], fps: Fraction, folder: Path) -> tuple[tuple[int, str], ...]:
    """Write a small picture for each of the frames and return (frame, path)."""
    folder.mkdir(parents=True, exist_ok=True)
    out, wanted = [], sorted(frames)
    with av.open(str(video_path)) as source:
        for picture in source.decode(video=0):
            at = round(picture.time * fps)
            if wanted and at >= wanted[0]:
                path = folder / f"{wanted[0]:06d}.jpg"
                picture.to_image(width=160, height=90).save(path)
                out.append((wanted.pop(0), str(path)))
    return tuple(out)


def mix_peaks(path: Path, hop: int = 480) -> np.ndarray:
    """Return the peak of each hop of a WAV, 0..1."""
    import soundfile

    samples = np.abs(soundfile.read(path, dtype="float32", always_2d=True)[0]).max(axis=1)
    return samples[: len(samples) // hop * hop].reshape(-1, hop).max(axis=1)


def values_of(score: Path, video_path: Path | None, pictures: Path) -> dict:
    """Return the views' values of a folder that `hitpoint score` wrote."""
    from hitpoint.model.time import FrameRate, timecode_to_frames
    from hitpoint_panel.views import values as v

    report = json.loads((score / "report.json").read_text())
    cut = report["cut"]
    rate = FrameRate.snap(cut["rate"], drop_frame=cut["drop_frame"])
    shots = tuple((s["start_frame"], s["end_frame"], s["name"]) for s in cut["shots"])
    hits = {h["marker_id"]: h for h in report["hits"]}
    wanted = sorted({f for s in shots for f in range(s[0] + 4, s[1], 48)})
    mix = sorted((score / "audio").glob("*mix*.wav"), key=lambda p: len(p.name))[0]

    def frame_of(seconds: float) -> float:
        return seconds * float(rate.fps)

    markers, rows = [], []
    for m in report["markers"]:
        hit = hits.get(m["id"])
        kind = hit["kind"] if hit else ""
        weight = hit["weight"] if hit else 0.0
        error = hit["measured_error_ms"] if hit else None
        shared = {"name": m["name"], "kind": kind, "weight": weight, "verdict": m["verdict"], "error_ms": error}
        markers.append(v.StripMarker(id=m["id"], frame=m["frame"], color=m["color"], **shared))
        rows.append(
            v.HitRow(
                marker_id=m["id"], hit_id=m["hit_id"] or "", timecode=m["timecode"], frame=m["frame"], **shared,
                error_frames=hit["measured_error_frames"] if hit else None, bar=hit["bar"] if hit else None,
                reason=m["reason"],
            )
        )  # fmt: skip
    cues, lines = [], []
    for c in report["cues"]:
        bars = tuple(frame_of(s) for s in c["tempo"]["bar_lines_s"])
        bars = tuple(b for b in bars if b < c["end_frame"])
        cues.append(
            v.StripCue(
                number=c["number"], title=c["title"], start_frame=c["start_frame"], end_frame=c["end_frame"], bars=bars
            )
        )
        plan = c["planned_intensity"]
        long_s = c["end_s"] - c["start_s"]
        shares = [(plan["start_s"] + i * plan["hop_s"] - c["start_s"]) / long_s for i in range(len(plan["values"]))]
        planned = tuple((s, x) for s, x in zip(shares, plan["values"], strict=True) if 0 <= s <= 1)
        lines.append(
            v.IntensityLine(cue=c["number"], start_frame=c["start_frame"], end_frame=c["end_frame"], planned=planned)
        )
    loudness = report["loudness"]
    return {
        "cut": v.StripCut(
            name=cut["name"],
            rate=rate,
            duration_frames=cut["duration_frames"],
            start_timecode_frame=timecode_to_frames(cut["start_timecode"], rate),
            cut_frames=tuple(s[0] for s in shots),
            shots=shots,
            subtitles=tuple((s["start_s"], s["end_s"], s["text"]) for s in cut["subtitles"]),
            thumbnails=thumbnails(video_path, wanted, rate.fps, pictures) if video_path else (),
        ),
        "markers": tuple(markers),
        "rows": tuple(rows),
        "version": v.StripVersion(
            cues=tuple(cues),
            peaks=mix_peaks(mix),
            hop_s=0.01,
            start_s=loudness["short_term_start_s"],
            locked_bars=((cues[0].number, 9, 12),),
        ),
        "arc": v.ArcCurves(**{k: report["arc"][k] for k in ("hop_s", "valence", "arousal", "tension")}),
        "intensity": tuple(lines),
        "loudness": v.LoudnessCurve(
            start_s=loudness["short_term_start_s"],
            hop_s=loudness["short_term_hop_s"],
            lufs=loudness["short_term_lufs"],
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("score", type=Path)
    parser.add_argument("--video", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scale", type=float, default=1.0)
    settings = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = str(settings.scale)
    settings.out.mkdir(parents=True, exist_ok=True)

    from PyQt6.QtTest import QTest
    from PyQt6.QtWidgets import QApplication

    from hitpoint_panel.views.arc_view import ArcView
    from hitpoint_panel.views.hit_table import HitTable
    from hitpoint_panel.views.timeline_strip import TimelineStrip

    app = QApplication(sys.argv[:1])
    values = values_of(settings.score, settings.video, settings.out / "pictures")

    def keep(widget, name: str) -> None:
        QTest.qWait(400)
        widget.grab().save(str(settings.out / f"{name}@{settings.scale:g}x.png"))

    strip = TimelineStrip()
    strip.resize(1500, 380)
    strip.set_cut(values["cut"])
    strip.set_markers(values["markers"])
    strip.set_version(values["version"])
    strip.set_playhead(700.4)
    strip.show()
    keep(strip, "strip")
    strip.set_visible_range(880, 1330)
    strip.set_selection([values["markers"][5].id])
    strip.set_loop((940, 1120))
    strip.select_bars((values["version"].cues[0].number, 23, 24))
    keep(strip, "strip-near")
    strip.set_loop(None)
    strip.show_moved(
        {values["markers"][5].id: 992}, ("01:00:41:08  frame 992", "on a cut (to 15 into the tunnel)"), is_caught=True
    )
    keep(strip, "strip-drag")
    arc = ArcView()
    arc.resize(1500, 240)
    arc.set_cut(values["cut"])
    arc.set_arc(values["arc"])
    arc.set_loudness(values["loudness"])
    arc.set_intensity(values["intensity"])
    arc.set_playhead(700.4)
    arc.show()
    keep(arc, "arc")
    line = values["intensity"][0]
    bent = ((0.0, 0.2), (0.3, 0.55), (0.5, 0.4), (0.72, 0.95), (0.85, 0.3), (1.0, 0.15))
    arc.set_intensity((replace(line, points=bent),))
    arc.choose_point((line.cue, 3))
    keep(arc, "arc-bent")
    table = HitTable()
    table.resize(1000, 400)
    table.set_timebase(values["cut"].rate, values["cut"].start_timecode_frame, values["cut"].duration_frames)
    table.set_rows(values["rows"])
    table.set_selection([values["rows"][8].marker_id])
    table.show()
    keep(table, "hits")
    app.quit()


if __name__ == "__main__":
    main()
