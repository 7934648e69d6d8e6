"""A cut of two cues as it lies on disk, and what is known about it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import opentimelineio as otio
import pytest

from hitpoint.model.progress import SILENT, Progress
from hitpoint.spotting import ProjectFile
from hitpoint.understanding import CutRequest, Understanding, understand

FPS = 25
FRAMES = 3000
Known = Callable[..., Understanding]


@contextlib.contextmanager
def _steps(name: str, start: float, end: float) -> Iterator[Progress]:
    yield SILENT


def time_range(start: int, length: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, FPS), otio.opentime.RationalTime(length, FPS))


@pytest.fixture(scope="session")
def request_of_two_cues(tmp_path_factory: pytest.TempPathFactory) -> CutRequest:
    """Cues 1m1 at 100..1000 with hits at 400 and 700, and 1m2 at 1500..2500 with one at 2000; lines all over."""
    folder = tmp_path_factory.mktemp("cut")
    timeline = otio.schema.Timeline("two cues")
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for start in range(0, FRAMES, 75):
        track.append(otio.schema.Clip(f"shot {start}", otio.schema.MissingReference(), time_range(start, 75)))
    timeline.tracks.append(track)
    marks = [("MUSIC IN", 100), ("HIT door", 400), ("look", 700), ("MUSIC OUT", 1000)]
    marks += [("MUSIC IN", 1500), ("stab", 2000), ("MUSIC OUT", 2500)]
    for name, frame in marks:
        timeline.tracks.markers.append(otio.schema.Marker(name, time_range(frame, 1), "RED"))
    otio.adapters.write_to_file(timeline, str(folder / "two.otio"))
    lines = [
        f"{n}\n00:00:{n:02d},000 --> 00:00:{n:02d},900\nThey killed him, and we must run.\n" for n in range(1, 50, 7)
    ]
    (folder / "two.srt").write_text("\n".join(lines), encoding="utf-8")
    return CutRequest(cut_path=folder / "two.otio", subtitles_path=folder / "two.srt", looks=False)


@pytest.fixture(scope="session")
def known(request_of_two_cues: CutRequest) -> Understanding:
    return understand(request_of_two_cues, project=ProjectFile(), steps=_steps)


@pytest.fixture(scope="session")
def understood() -> Known:
    """Understand a request without progress."""

    def understood(request: CutRequest, project: ProjectFile | None = None) -> Understanding:
        return understand(request, project=project or ProjectFile(), steps=_steps)

    return understood


@pytest.fixture
def ids(known: Understanding) -> dict[str, str]:
    """Marker ids by name and frame: "look@700"."""
    return {f"{marker.name}@{marker.frame}": marker.id for marker in known.basis.cut.markers}


@pytest.fixture
def edits_file(tmp_path: Path) -> Path:
    return tmp_path / "two.hitpoint-panel.json"
