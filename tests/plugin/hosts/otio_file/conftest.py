"""A folder into which an editor exports, a clock that tests turn, and the engine itself behind the host."""

from collections.abc import Callable
from pathlib import Path

import opentimelineio as otio
import pytest

from hitpoint.timeline.exchange.__main__ import answer
from hitpoint_panel.hosts import HostChange
from hitpoint_panel.hosts.otio_file import OtioFileHost

SHOTS = (("alley", 48), ("door", 30), ("stairs", 72))
MARKERS = ((12, "HIT slam"), (60, "turn: relief"))


class Clock:
    """Seconds that go on only when somebody waits."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "Schnitt für Jörg"
    place.mkdir()
    return place


@pytest.fixture
def export() -> Callable[..., Path]:
    """`export(path, shots=…, markers=…, rate=…, start=…)`: what an editor's export leaves, media missing."""

    def write(
        path: Path,
        *,
        shots: tuple[tuple[str, int], ...] = SHOTS,
        markers: tuple[tuple[int, str], ...] = MARKERS,
        rate: float = 24.0,
        start: int = 86_400,
        name: str = "Reel 3",
    ) -> Path:
        rational = otio.opentime.RationalTime
        timeline = otio.schema.Timeline(name, global_start_time=rational(start, rate))
        track = otio.schema.Track("Picture", kind="Video")
        for shot, frames in shots:
            span = otio.opentime.TimeRange(rational(10, rate), rational(frames, rate))
            whole = otio.opentime.TimeRange(rational(0, rate), rational(500, rate))
            reference = otio.schema.ExternalReference(f"rushes/{shot}.mov", whole)
            track.append(otio.schema.Clip(shot, reference, span))
        timeline.tracks.append(track)
        for frame, text in markers:
            span = otio.opentime.TimeRange(rational(frame, rate), rational(1, rate))
            timeline.tracks.markers.append(otio.schema.Marker(text, span, "RED"))
        # as editors do: beside, then renamed over
        unfinished = path.with_name(f".{path.name}")
        unfinished.write_text(timeline.to_json_string())
        unfinished.replace(path)
        return path

    return write


@pytest.fixture
def host(folder: Path, clock: Clock) -> OtioFileHost:
    return OtioFileHost(folder, ask=answer, clock=clock, sleep=clock.sleep)


@pytest.fixture
def follow(host: OtioFileHost, clock: Clock) -> Callable[..., HostChange | None]:
    """`follow(looks=3, of=host)`: poll as the panel does, once a second; return the one change that is told."""

    def poll(looks: int = 3, *, of: OtioFileHost = host) -> HostChange | None:
        told = []
        for _ in range(looks):
            clock.sleep(1.0)
            change = of.poll()
            if change is not None:
                told.append(change)
        assert len(told) <= 1, told
        return told[0] if told else None

    return poll
