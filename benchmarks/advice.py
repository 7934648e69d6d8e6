"""What suggestions promise and whether it holds; how long comparing, spotting again and suggesting take.

    python benchmarks/advice.py [--cuts 40] [--seed 1] [--show]

Random cuts (`random_cuts.py`: two minutes, 15 hard markers, lines of dialogue); the same with markers as editors set
them (on cuts, or two frames off, some soft); and every timeline of the shared fixtures that holds one. Each suggestion
is taken up from scratch: its edits laid over the cut, its cuts moved, all of it spotted again, the tempo solved with
all alternatives; a promise holds where the figures are those that it named.
Times are CPU seconds of one core.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from random_cuts import make_cut

from hitpoint.advice.compare import compare_cuts
from hitpoint.advice.ideas.figures import measure
from hitpoint.advice.ideas.move_cuts import move_cuts
from hitpoint.advice.suggestions import Suggestion, re_spotter, suggest
from hitpoint.model.cut import Cut, Shot
from hitpoint.model.edits import Edits, MarkerEdit
from hitpoint.model.errors import HitpointError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import FrameSpan
from hitpoint.spotting import ProjectFile
from hitpoint.tempo import solve_tempo
from hitpoint.understanding import CutRequest, Understanding, re_spot, understand

FIXTURES = Path(os.environ.get("HITPOINT_FIXTURES", Path(__file__).resolve().parents[2] / "shared" / "fixtures"))


@dataclass(frozen=True)
class Case:
    """A cut that is understood, with edits in force."""

    request: CutRequest
    known: Understanding
    edits: Edits = field(default_factory=Edits)


@contextlib.contextmanager
def _steps(name: str, start: float, end: float) -> Iterator[Progress]:
    yield SILENT


def understood(request: CutRequest) -> Case | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Case(request, understand(request, project=ProjectFile(), steps=_steps))
        except HitpointError:
            return None


def advise(case: Case) -> tuple[Suggestion, ...]:
    known = case.known
    plans = [solve_tempo(cue, rate=known.cut.rate, cut_frames=known.cut.cut_frames)[0] for cue in known.spotting.cues]
    return suggest(
        known.cut,
        known.spotting.cues,
        plans,
        speech_s=known.speech_s,
        edits=case.edits,
        spotter=re_spotter(known, case.request),
    )


def holds(case: Case, suggestion: Suggestion) -> bool:
    """Take a suggestion up and look whether what it promised is there."""
    known = case.known
    edits = suggestion.edits or case.edits
    basis = replace(known.basis, cut=move_cuts(known.basis.cut, suggestion.moves))
    if suggestion.kind == "move_cut" and suggestion.marker_id:  # its marker rides on it
        frame = suggestion.frame + suggestion.delta_frames
        mine = next((e for e in edits.markers if e.marker_id == suggestion.marker_id), None)
        others = tuple(e for e in edits.markers if e is not mine)
        mine = replace(mine or MarkerEdit(marker_id=suggestion.marker_id), frame=frame)
        edits = replace(edits, markers=(*others, mine))
    after = re_spot(replace(known, basis=basis), case.request, edits)
    cue = next((cue for cue in after.spotting.cues if cue.number == suggestion.cue), None)
    if cue is None:
        return False
    cut_frames, rate = after.cut.cut_frames, after.cut.rate
    plan = solve_tempo(cue, rate=rate, cut_frames=cut_frames)[0]
    speech_s = known.speech_s
    if suggestion.kind == "masked" and suggestion.edits is None:  # a line was moved
        at_s, seconds = (float(n * rate.frame_s) for n in (suggestion.frame, suggestion.delta_frames))
        speech_s = tuple((a + seconds, b + seconds) if a < at_s < b else (a, b) for a, b in speech_s)
    return measure(cue, plan, rate=rate, cut_frames=cut_frames, speech_s=speech_s) == suggestion.after


def report(name: str, cases: list[Case], *, show: bool) -> None:
    spent, kept, broken, kinds = [], 0, [], Counter[str]()
    gains: list[float] = []
    solving: list[float] = []
    for case in cases:
        known = case.known
        began = time.process_time()
        plans = [solve_tempo(c, rate=known.cut.rate, cut_frames=known.cut.cut_frames)[0] for c in known.spotting.cues]
        solving.append(time.process_time() - began)
        began = time.process_time()
        found = suggest(
            known.cut,
            known.spotting.cues,
            plans,
            speech_s=known.speech_s,
            edits=case.edits,
            spotter=re_spotter(known, case.request),
        )
        spent.append(time.process_time() - began)
        assert found == advise(case), "not the same twice"
        for suggestion in found:
            kinds[suggestion.kind.value] += 1
            gains.append(suggestion.gain)
            if holds(case, suggestion):
                kept += 1
            else:
                broken.append(suggestion)
            if show:
                print(f"    {suggestion.gain:5.2f} {suggestion.kind.value:14} {suggestion.sentence}")
        if show:
            print()
    total = kept + len(broken)
    print(f"{name}: {len(cases)} cuts, {len(gains)} suggestions ({len(gains) / max(1, len(cases)):.1f} a cut)")
    print(f"  promises that hold: {kept} of {total} ({kept / max(1, total):.1%})")
    print(f"  kinds: {', '.join(f'{kind} {count}' for kind, count in kinds.most_common())}")
    if gains:
        print(f"  gain: median {np.median(gains):.2f}, most {max(gains):.2f}")
    print(
        f"  CPU time a cut: median {np.median(spent):.3f} s, most {max(spent):.3f} s (solving its tempo once, with all "
        f"alternatives: {np.median(solving):.3f} s)"
    )
    for suggestion in broken[:5]:
        print(f"  ! {suggestion.kind.value}: {suggestion.sentence}\n    {suggestion.after}")


def as_editors_set_them(case: Case) -> Case:
    """Return a case with its markers on the cuts beside them or two frames off, every fourth of them soft."""
    cuts = np.array(case.known.cut.cut_frames)
    edits, taken = [], set()
    for place, marker in enumerate(case.known.basis.cut.markers):
        nearest = int(cuts[np.argmin(np.abs(cuts - marker.frame))])
        frame = nearest + (0, 0, 2)[place % 3]
        if abs(nearest - marker.frame) > 30 or nearest in taken:
            frame = marker.frame
        taken.add(nearest)
        edits.append(MarkerEdit(marker_id=marker.id, frame=frame, is_hard=False if place % 4 == 3 else None))
    wanted = Edits(markers=tuple(edits))
    return replace(case, known=re_spot(case.known, case.request, wanted), edits=wanted)


def report_times(cases: list[Case]) -> None:
    """Print how long it takes to lay edits over what is known, and to compare cuts."""
    spent = []
    for case in cases:
        marker = case.known.cut.markers[len(case.known.cut.markers) // 2]
        for frames in (1, 2, 3):
            edits = Edits(markers=(MarkerEdit(marker_id=marker.id, frame=marker.frame + frames),))
            began = time.process_time()
            re_spot(case.known, case.request, edits)
            spent.append(time.process_time() - began)
    print(f"re_spot, a marker moved: median {1000 * np.median(spent):.1f} ms, most {1000 * max(spent):.1f} ms")
    rng = np.random.default_rng(1)
    base = cases[0].known.cut
    for shots in (100, 3000):
        old = _long_cut(base, rng, shots)
        gone = set(rng.choice(shots, shots // 50, replace=False).tolist())
        new = _without(old, gone)
        began = time.process_time()
        comparison = compare_cuts(old, new)
        seconds = time.process_time() - began
        print(f"comparing {shots} shots, {len(gone)} removed: {seconds:.3f} s, {len(comparison.changes)} changes")


def _long_cut(base: Cut, rng: np.random.Generator, shots: int) -> Cut:
    made, at = [], 0
    for index in range(shots):
        shot = base.shots[int(rng.integers(len(base.shots)))]
        made.append(replace(shot, index=index, span=FrameSpan(at, at + shot.span.duration_frames), name=f"s{index}"))
        at = made[-1].span.end_frame
    return replace(base, shots=tuple(made), duration_frames=at, markers=(), subtitles=())


def _without(cut: Cut, gone: set[int]) -> Cut:
    kept: list[Shot] = []
    at = 0
    for shot in cut.shots:
        if shot.index not in gone:
            kept.append(replace(shot, index=len(kept), span=FrameSpan(at, at + shot.span.duration_frames)))
            at = kept[-1].span.end_frame
    return replace(cut, shots=tuple(kept), duration_frames=at)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print every suggestion")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        made = [
            make_cut(Path(folder), index, rng, duration_s=120.0, hits=15, gap_s=0.8) for index in range(options.cuts)
        ]
        requests = [CutRequest(cut_path=m.timeline, subtitles_path=m.subtitles, looks=False) for m in made]
        cases = [case for request in requests if (case := understood(request))]
    report("random cuts, 120 s, 15 markers", cases, show=options.show)
    report("the same, markers as editors set them", [as_editors_set_them(case) for case in cases], show=options.show)
    report_times(cases)
    paths = sorted(p for p in (FIXTURES / "timelines").rglob("*") if p.suffix in (".otio", ".xml", ".fcpxml", ".edl"))
    real = [case for path in paths if (case := understood(CutRequest(cut_path=path, looks=False)))]
    if real:
        report("real timelines", real, show=options.show)


if __name__ == "__main__":
    main()
