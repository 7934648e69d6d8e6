"""OpenTimelineIO's adapters for other programs' files, with their failures turned into sentences."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hitpoint.model.errors import CutError
from hitpoint.model.time import FrameRate

if TYPE_CHECKING:
    import opentimelineio as otio


def read_with_adapter(path: Path, adapter: str, what: str) -> tuple[otio.schema.Timeline, list[str]]:
    """Return the first timeline with clips that an adapter finds in a file, and warnings.

    `what` names the format in errors. Raises `CutError` when the adapter fails or finds no timeline.
    """
    import opentimelineio as otio

    try:
        with _quiet():
            found = otio.adapters.read_from_file(str(path), adapter_name=adapter)
    except Exception as error:  # adapters raise whatever their parsers raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CutError(f"{path.name} is not {what} that can be read ({reason[:120]}); export it again") from error
    timelines = [found] if isinstance(found, otio.schema.Timeline) else _timelines_in(found)
    with_clips = [timeline for timeline in timelines if timeline.find_clips()]
    if not with_clips:
        raise CutError(f"{path.name} holds no timeline with clips; export the edited timeline as {what}")
    if len(with_clips) > 1:
        told = (
            f"{path.name} holds {len(with_clips)} timelines; {with_clips[0].name!r} is scored: export the one you mean"
        )
        return with_clips[0], [told]
    return with_clips[0], []


def set_start(timeline: otio.schema.Timeline, start_frame: int, rate: FrameRate) -> None:
    """Give a timeline its start in exact terms."""
    import opentimelineio as otio

    timeline.global_start_time = otio.opentime.RationalTime(start_frame, float(rate.fps))


def _timelines_in(found: object) -> list[otio.schema.Timeline]:
    import opentimelineio as otio

    if not isinstance(found, otio.schema.SerializableCollection):
        return []
    return list(found.find_children(descended_from_type=otio.schema.Timeline))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' own words from the user, who could do nothing about them."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
