"""How long does the next version take when an editor moves a marker, and does anything else change?

    python benchmarks/revision.py                    a two-minute cut with ten markers and dialogue
    python benchmarks/revision.py --style tense --repeat 2
    python benchmarks/revision.py --moves 12         small moves alone: the way to `ready`

A session composes the cut once (cold: processes, fonts and hall are loaded; the same work as `hitpoint score` does
before it writes files). Then one thing at a time is changed against that version: a marker by 1, 5 and 12 frames, one
added, one removed, bars locked, another take of bars and of a stem, and the cut exported again with its end later.

Per kind of change: milliseconds until the new mix can be played and until the version is whole (median, worst), the
seconds of CPU that all processes used up to the former, and those of them that the calling thread used alone (all else
is shared by as many cores as there are), what share of notes and of mix samples is bit-identical, the highest
difference to a full render and mix of the same performance (dBFS), and how far hits are off (planned, heard). Wall
times count other load on the machine, CPU seconds less; a loop of plain Python in the same process is the reference.

With `--moves N` markers chosen by lot are moved by 1 to 5 frames, each against the first version; wall and CPU seconds
until `ready`, median and worst, are printed, how many reference loops the CPU would have run, and the least that two
cores would take with nothing beside it: what one thread does alone, and half of all else.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import psutil
from random_cuts import make_cut

from hitpoint.model.edits import BarSpan, Edits, MarkerEdit
from hitpoint.session import Session, SessionSettings
from hitpoint.session.take import Take
from hitpoint.session.wave_file import read_samples
from hitpoint.session.whole import full_render
from hitpoint.understanding import CutRequest


@dataclass
class Row:
    """What was measured for one kind of change."""

    ready_ms: list[float] = field(default_factory=list)
    whole_ms: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    alone_s: list[float] = field(default_factory=list)
    notes: list[float] = field(default_factory=list)
    samples: list[float] = field(default_factory=list)
    residual_db: list[float] = field(default_factory=list)
    planned_ms: list[float] = field(default_factory=list)
    heard_ms: list[float] = field(default_factory=list)
    hits: int = 0
    heard: int = 0


def cpu_s() -> float:
    own = psutil.Process()
    used = own.cpu_times()
    total = used.user + used.system
    for child in own.children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return total


def reference_s() -> float:
    best = min(_loop() for _ in range(3))
    return best


def _loop() -> float:
    began = time.process_time()
    sum(number * number for number in range(1_000_000))
    return time.process_time() - began


def samples_of(version: dict[str, Any]) -> np.ndarray:
    mix = version["mix"]
    return read_samples(Path(mix["path"]), 0, mix["length_samples"])


def rendered_as_a_whole(session: Session, take: Take, folder: Path) -> np.ndarray:
    return full_render(take, soundfont=session._soundfont, instruments=session._instruments, folder=folder)


def notes_of(take: Take) -> set[tuple[Any, ...]]:
    """Return all notes by cue, part, bar, place in the bar, length, pitch and velocity."""
    found = set()
    for cue in take.cues:
        for part in cue.composition.parts:
            for note in part.notes:
                at = cue.composition.tempo_map.bar_beat_at(note.onset_beats)
                found.add((cue.cue.number, part.id, *at, note.duration_beats, note.pitch_midi, note.velocity))
    return found


def measure(
    session: Session, base: dict[str, Any], row: Row, edits: Edits, *, checks: bool, **wishes: Any
) -> dict[str, Any]:
    ready: list[tuple[float, float, float]] = []
    before_cpu, before_own, began = cpu_s(), time.thread_time(), time.perf_counter()
    version = session.compose(
        edits,
        parent_version_id=base["version_id"],
        ready=lambda part: ready.append(
            (time.perf_counter() - began, cpu_s() - before_cpu, time.thread_time() - before_own)
        ),
        **wishes,
    )
    row.whole_ms.append((time.perf_counter() - began) * 1000)
    row.ready_ms.append(ready[0][0] * 1000)
    row.cpu_s.append(ready[0][1])
    row.alone_s.append(ready[0][2])
    session.wait()
    take, parent = session.take(version["version_id"]), session.take(base["version_id"])
    old_notes, new_notes = notes_of(parent), notes_of(take)
    row.notes.append(len(old_notes & new_notes) / len(old_notes))
    old, new = samples_of(base), samples_of(version)
    length = min(len(old), len(new))
    row.samples.append(float((old[:length] == new[:length]).all(axis=1).mean()))
    for cue in take.cues:
        for hit in cue.plan.hits:
            if hit.hit.is_hard and not hit.was_softened:
                row.planned_ms.append(abs(float(hit.planned_error_s)) * 1000)
    heard = [m for m in take.measurements if m.error_ms is not None]
    row.hits += len(take.measurements)
    row.heard += len(heard)
    row.heard_ms += [abs(m.error_ms) for m in heard if m.error_ms is not None]
    if checks:
        with tempfile.TemporaryDirectory() as folder:
            difference = float(np.abs(rendered_as_a_whole(session, take, Path(folder)) - new).max())
        row.residual_db.append(20 * np.log10(difference) if difference > 0 else -np.inf)
    return version


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--style", default="heroic")
    parser.add_argument("--repeat", type=int, default=3, help="different markers or bars per kind of change")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--moves", type=int, default=0, help="so many small moves, and nothing else")
    parser.add_argument("--no-check", action="store_true", help="without full renders to compare with")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        run(Path(name), options)


def run(folder: Path, options: argparse.Namespace) -> None:
    cut = make_cut(folder, 1, np.random.default_rng(options.seed), duration_s=120.0, hits=10, gap_s=6.0)
    print(
        f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; a million squares: {reference_s():.3f} s CPU"
    )
    request = CutRequest(cut_path=cut.timeline, subtitles_path=cut.subtitles, style=options.style)
    with Session(request, folder=folder / "session", settings=SessionSettings(keep_versions=99)) as session:
        began, before = time.perf_counter(), cpu_s()
        look = session.look()
        looked = time.perf_counter()
        base = session.compose()
        print(f"look: {(looked - began) * 1000:.0f} ms")
        print(f"first version (full run): {(time.perf_counter() - looked) * 1000:.0f} ms, {cpu_s() - before:.1f} s CPU")
        session.wait()
        if options.moves:
            moves(session, base, look, options)
            return
        rows = changes(session, base, look, options)
        recut(session, base, cut.timeline, rows, checks=not options.no_check)
    print(f"load {os.getloadavg()[0]:.1f}; a million squares: {reference_s():.3f} s CPU")
    show(rows)


def moves(session: Session, base: dict[str, Any], look: dict[str, Any], options: argparse.Namespace) -> None:
    """Move markers by up to 5 frames either way, every other one by one frame."""
    rng = np.random.default_rng(options.seed)
    rows: dict[str, Row] = {"marker by 1 frame": Row(), "marker by 2 to 5 frames": Row()}
    references = []
    for index in range(options.moves):
        marker = look["markers"][int(rng.integers(len(look["markers"])))]
        frames = 1 if index % 2 == 0 else int(rng.integers(2, 6))
        edit = MarkerEdit(marker_id=marker["id"], frame=marker["frame"] + int(rng.choice([-1, 1])) * frames)
        row = rows["marker by 1 frame" if frames == 1 else "marker by 2 to 5 frames"]
        references.append(reference_s())
        version = measure(session, base, row, Edits(markers=(edit,)), checks=index < 2 and not options.no_check)
        print(
            f"  {edit.frame - marker['frame']:+d} at frame {marker['frame']}: {row.ready_ms[-1]:.0f} ms, "
            f"{row.cpu_s[-1]:.2f} s CPU; {', '.join(version['changed']['sentences'])}"
        )
    reference = statistics.median(references)
    print(f"load {os.getloadavg()[0]:.1f}; a million squares: {reference:.3f} s CPU")
    for name, row in rows.items():
        if row.cpu_s:
            print(
                f"{name}: wall {statistics.median(row.ready_ms) / 1000:.2f} s (worst {max(row.ready_ms) / 1000:.2f}), "
                f"CPU {statistics.median(row.cpu_s):.2f} s (worst {max(row.cpu_s):.2f}; "
                f"{statistics.median(row.cpu_s) / reference:.0f} loops), two cores take "
                f"{statistics.median(least_s(row)):.2f} s or more (worst {max(least_s(row)):.2f})"
            )
    show({name: row for name, row in rows.items() if row.cpu_s})


def changes(
    session: Session, base: dict[str, Any], look: dict[str, Any], options: argparse.Namespace
) -> dict[str, Row]:
    markers = look["markers"]
    rng = np.random.default_rng(options.seed)
    chosen = [markers[int(i)] for i in rng.choice(len(markers), options.repeat, replace=False)]
    rows: dict[str, Row] = {}

    def one(name: str, edits: Edits, index: int, **wishes: Any) -> None:
        row = rows.setdefault(name, Row())
        measure(session, base, row, edits, checks=index == 0 and not options.no_check, **wishes)

    for frames in (1, 5, 12):
        for index, marker in enumerate(chosen):
            signed = frames if index % 2 == 0 else -frames
            edit = MarkerEdit(marker_id=marker["id"], frame=marker["frame"] + signed)
            one(f"marker by {frames} frames", Edits(markers=(edit,)), index)
    for index, marker in enumerate(chosen):
        one("marker removed", Edits(removed=frozenset({marker["id"]})), index)
        edit = MarkerEdit(marker_id=f"new-{index}", frame=marker["frame"] + 75, name="HIT !!")
        one("marker added", Edits(markers=(edit,), added=frozenset({edit.marker_id})), index)
    for index in range(options.repeat):
        bars = BarSpan(cue="1m1", first_bar=8 + 8 * index, last_bar=11 + 8 * index)
        one("another take of 4 bars", Edits(), index, redo_bars=[bars])
        moved = MarkerEdit(marker_id=chosen[index]["id"], frame=chosen[index]["frame"] + 3)
        one(
            "marker by 3, 8 bars locked",
            Edits(markers=(moved,), locked_bars=(BarSpan(cue="1m1", first_bar=1, last_bar=8),)),
            index,
        )
    one("another take of the brass", Edits(), 0, new_take_of_stem="brass")
    return rows


def recut(session: Session, base: dict[str, Any], path: Path, rows: dict[str, Row], *, checks: bool) -> None:
    """Export the cut again with its last shot a second longer."""
    timeline = otio.adapters.read_from_file(str(path))
    last = timeline.video_tracks()[0][-1]
    span = last.source_range
    longer = otio.opentime.RationalTime(span.duration.value + round(span.duration.rate), span.duration.rate)
    last.source_range = otio.opentime.TimeRange(span.start_time, longer)
    otio.adapters.write_to_file(timeline, str(path))
    os.utime(path, ns=(time.time_ns(), time.time_ns()))
    measure(session, base, rows.setdefault("recut, a second longer", Row()), Edits(), checks=checks)


def least_s(row: Row) -> list[float]:
    """Return what two cores need at the least: what one thread does alone, and half of all else."""
    return [alone_s + (all_s - alone_s) / 2 for all_s, alone_s in zip(row.cpu_s, row.alone_s, strict=True)]


def show(rows: dict[str, Row]) -> None:
    print(
        f"{'change':<28}{'ready ms (worst)':>20}{'whole ms (worst)':>20}{'CPU s':>7}{'alone':>7}{'notes':>8}"
        f"{'samples':>9}{'residual':>10}{'planned':>9}{'heard':>8}{'worst':>8}"
    )
    for name, row in rows.items():
        residual = f"{max(row.residual_db):.0f} dBFS" if row.residual_db else "-"
        print(
            f"{name:<28}{statistics.median(row.ready_ms):>10.0f} ({max(row.ready_ms):>6.0f})"
            f"{statistics.median(row.whole_ms):>11.0f} ({max(row.whole_ms):>6.0f}){statistics.median(row.cpu_s):>7.2f}"
            f"{statistics.median(row.alone_s):>7.2f}"
            f"{statistics.median(row.notes):>8.1%}{statistics.median(row.samples):>9.1%}{residual:>10}"
            f"{max(row.planned_ms, default=0.0):>6.1f} ms{row.heard:>4}/{row.hits:<3}"
            f"{max(row.heard_ms, default=0.0):>5.1f} ms"
        )


if __name__ == "__main__":
    main()
