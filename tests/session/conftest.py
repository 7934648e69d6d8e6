"""A cut of half a minute, opened once; every test changes something against its first version."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest

from hitpoint.model.edits import Edits, MarkerEdit
from hitpoint.model.errors import HitpointError
from hitpoint.rendering import find_soundfont
from hitpoint.session import Session, SessionSettings
from hitpoint.session.wave_file import read_samples
from hitpoint.understanding import CutRequest

RATE = 24.0
FRAMES = 32 * 24
#: Hits, far enough from each other to be met whatever happens.
HITS = (120, 264, 420, 588)

Version = dict[str, Any]


def write_cut(
    path: Path,
    *,
    frames: int = FRAMES,
    hits: tuple[int, ...] = HITS,
    music: tuple[int, int] | None = None,
    moved_by: int = 0,
) -> Path:
    """Write a cut of shots of two seconds; `moved_by` frames of black come first, `music` is where it plays."""

    def rational(value: int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(value, RATE)

    timeline = otio.schema.Timeline(path.stem, global_start_time=rational(86400))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    if moved_by:
        track.append(otio.schema.Gap(duration=rational(moved_by)))
    for start in range(0, frames, 48):
        span = otio.opentime.TimeRange(rational(start), rational(min(48, frames - start)))
        track.append(otio.schema.Clip(f"shot {start}", otio.schema.MissingReference(), span))
    timeline.tracks.append(track)
    for frame, name in zip(music or (), ("MUSIC IN", "MUSIC OUT"), strict=False):
        span = otio.opentime.TimeRange(rational(frame + moved_by), rational(1))
        timeline.tracks.markers.append(otio.schema.Marker(name, span, "GREEN"))
    for index, frame in enumerate(hits):
        span = otio.opentime.TimeRange(rational(frame + moved_by), rational(1))
        timeline.tracks.markers.append(otio.schema.Marker(f"HIT number {index}", span, "RED"))
    otio.adapters.write_to_file(timeline, str(path))
    return path


def write_words(path: Path) -> Path:
    path.write_text("1\n00:00:19,000 --> 00:00:21,000\nWe have to leave now.\n", encoding="utf-8")
    return path


@dataclass(frozen=True)
class Opened:
    """An open session, its first look and version, and the cut on disk."""

    session: Session
    look: dict[str, Any]
    first: Version
    cut_path: Path

    def marker(self, index: int) -> dict[str, Any]:
        return next(m for m in self.look["markers"] if m["name"] == f"HIT number {index}")

    def moved(self, index: int, frames: int) -> Edits:
        marker = self.marker(index)
        return Edits(markers=(MarkerEdit(marker_id=marker["id"], frame=marker["frame"] + frames),))

    def compose(self, edits: Edits, **wishes: Any) -> Version:
        return self.session.compose(edits, parent_version_id=self.first["version_id"], **wishes)

    def mix(self, version: Version) -> np.ndarray:
        mix = version["mix"]
        return read_samples(Path(mix["path"]), 0, mix["length_samples"])


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    try:
        find_soundfont(None)
    except HitpointError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("session")
    cut = write_cut(folder / "scene.otio")
    request = CutRequest(cut_path=cut, subtitles_path=write_words(folder / "scene.srt"), style="tense")
    settings = SessionSettings(processes=2, keep_versions=50)
    with Session(request, folder=folder / "versions", settings=settings) as session:
        look = session.look()
        yield Opened(session, look, session.compose(), cut)


@pytest.fixture(scope="session")
def nudged(opened: Opened) -> Version:
    """The version after the second hit was moved by two frames."""
    return opened.compose(opened.moved(1, 2))


Compose = Callable[..., Version]
