"""TEMPORARY minimal loader so that the lead can integrate; to be overwritten by the real one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import opentimelineio as otio

from hitpoint.model.errors import CutError
from hitpoint.model.time import FrameRate


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTimeline:
    timeline: Any
    document: dict[str, Any] | None
    path: Path
    rate: FrameRate
    start_timecode_frame: int
    warnings: tuple[str, ...]


def load_timeline(path, *, progress=None):
    if not path.exists():
        raise CutError(f"{path} does not exist")
    doc = json.loads(path.read_text())
    t = otio.adapters.read_from_file(str(path))
    g = t.global_start_time
    rate = FrameRate.snap(g.rate)
    return LoadedTimeline(
        timeline=t, document=doc, path=path, rate=rate, start_timecode_frame=int(g.value), warnings=()
    )
