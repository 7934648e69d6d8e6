"""A version as a score for the host: its tracks on whole frames, its cue and hit markers with our identity in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from hitpoint.model.errors import OutputError
from hitpoint.model.time import FrameRate, round_half_up, samples_to_seconds
from hitpoint_panel.hosts import HostCut, HostMarker, ScoreToWrite, ScoreTrack

_COLORS = {"hit": "Green", "near": "Yellow", "refused": "Red"}
_CUE_COLOR = "Purple"


def score_to_write(
    version: Mapping[str, Any],
    *,
    cut: HostCut,
    otio_path: Path,
    revision: int,
    on_duplicate: bool,
    is_mix_on: bool = True,
) -> ScoreToWrite:
    """Return what a host needs to put a version on its timeline.

    The mix is heard and the stems lie below it, switched off; `is_mix_on` False turns that round.

    Raises
    ------
    OutputError
        A track does not begin on a frame, so that no editor could place it exactly.
    """
    items = [("Hitpoint mix", version["mix"], is_mix_on)]
    items += [(f"Hitpoint {name}", stem, not is_mix_on) for name, stem in (version.get("stems") or {}).items()]
    tracks = tuple(
        ScoreTrack(
            name=name,
            path=Path(item["path"]),
            start_frame=whole_frame(int(item.get("start_sample") or 0), cut.rate),
            is_enabled=is_enabled,
        )
        for name, item, is_enabled in items
    )
    return ScoreToWrite(
        cut=cut,
        revision=revision,
        tracks=tracks,
        markers=score_markers(version.get("report") or {}, revision=revision),
        otio_path=otio_path,
        on_duplicate=on_duplicate,
    )


def whole_frame(start_sample: int, rate: FrameRate) -> int:
    """Return the record frame that begins at a sample (to the nearest sample, as everywhere)."""
    frame = samples_to_seconds(start_sample) * rate.fps
    nearest = round_half_up(frame)
    if abs(frame - nearest) * rate.frame_s > Fraction(1, 96_000):
        raise OutputError(
            f"the music begins between two frames (sample {start_sample} at {rate}); export it as files instead"
        )
    return nearest


def score_markers(report: Mapping[str, Any], *, revision: int) -> tuple[HostMarker, ...]:
    """Return a marker for every cue and every hit, in record order; one frame has one marker, the cue's first."""
    found: dict[int, HostMarker] = {}
    for cue in report.get("cues", ()):
        frame = max(0, int(cue["start_frame"]))
        found[frame] = HostMarker(
            frame=frame,
            name=f"{cue['number']} {cue.get('title') or ''}".strip(),
            note=f"{cue.get('palette', '')}, {cue.get('key', '')}".strip(", "),
            color=_CUE_COLOR,
            custom_data=_identity("cue", cue["number"], revision),
        )
    for hit in report.get("hits", ()):
        frame = int(hit["frame"])
        error = hit.get("measured_error_ms")
        told = f"{hit['verdict']}, {error:+.1f} ms" if error is not None else str(hit["verdict"])
        found.setdefault(
            frame,
            HostMarker(
                frame=frame,
                name=str(hit.get("label") or hit["kind"]),
                note=": ".join(part for part in (told, hit.get("reason") or "") if part),
                color=_COLORS.get(hit["verdict"], "Blue"),
                custom_data=_identity("hit", hit["id"], revision),
            ),
        )
    return tuple(found[frame] for frame in sorted(found))


def _identity(kind: str, name: str, revision: int) -> str:
    return json.dumps({"product": "hitpoint", "kind": kind, "id": name, "revision": revision}, separators=(",", ":"))
