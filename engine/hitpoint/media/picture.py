"""The picture of a file, from the store where it was looked at before."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.media.open_media import expected_frames, frame_rate, opened, picture_stream
from hitpoint.media.picture_meter import PictureMeter
from hitpoint.media.picture_scan import PictureScan, scan_picture
from hitpoint.media.store import FeatureStore, fingerprint
from hitpoint.media.stretches import Stretch, hops_of, joined, missing_hops, runs_of
from hitpoint.model.features import HOP_S, PICTURE_ROWS, PictureFeatures
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import frames_to_seconds, round_half_up

#: Changes when what is measured does, so that older entries are not taken for it.
_VERSION = "picture 6"


def scan_film(path: Path, *, store: FeatureStore | None = None, progress: Progress = SILENT) -> PictureScan:
    """Return what a whole film consists of: its frames, its cuts. What it shows is kept for `look_at`.

    Raises `MediaError` with one sentence for what is no video or has no picture.
    """
    store = store or FeatureStore()
    key = _key(path)
    kept = store.load(key)
    if kept is not None and "scan" in kept:
        return PictureScan(**json.loads(str(kept["scan"])))
    with opened(path) as container:
        stream = picture_stream(container, path)
        rate = frame_rate(stream, path)
        expected = expected_frames(container, stream, rate)
        meter = PictureMeter()
        scan = scan_picture(container, stream, rate, expected_frames=expected, meter=meter, progress=progress)
    if scan.last_frame >= 0:
        hops = math.ceil(float(frames_to_seconds(scan.last_frame + 1, rate)) / HOP_S)
        cuts_s = np.array([float(frames_to_seconds(cut, rate)) for cut in scan.cuts], np.float64)
        store.save(key, {**_arrays(meter.features(hops, cuts_s)), "scan": np.array(json.dumps(asdict(scan)))})
    return scan


def look_at(
    path: Path,
    stretches_s: Sequence[Stretch],
    *,
    store: FeatureStore | None = None,
    progress: Progress = SILENT,
) -> PictureFeatures:
    """Return what a file shows in stretches of it, in source seconds from its first frame; each is decoded once, ever.

    Rows outside the stretches may be unknown. Raises `MediaError` for what cannot be decoded at all.
    """
    store = store or FeatureStore()
    key = _key(path)
    kept = store.load(key)
    wanted = hops_of(stretches_s)
    is_whole = kept is not None and "scan" in kept
    missing = np.zeros(0, bool) if is_whole else missing_hops(wanted, kept)
    if kept is None or missing.any():
        new = {**_arrays(_look(path, runs_of(missing), progress)), "looked": missing}
        cuts_s = new["cuts_s"] if kept is None else np.union1d(kept["cuts_s"], new["cuts_s"])
        kept = {**joined(kept, new, PICTURE_ROWS), "cuts_s": cuts_s}
        store.save(key, kept)
    values: dict[str, Any] = {name: kept[name] for name in (*PICTURE_ROWS, "known", "cuts_s")}
    return PictureFeatures(**values)


def _key(path: Path) -> str:
    return f"{_VERSION} {fingerprint(path)}"


def _look(path: Path, runs: Sequence[tuple[int, int]], progress: Progress) -> PictureFeatures:
    """Decode runs of hops."""
    meter, cuts_s = PictureMeter(), []
    total = sum(end - start for start, end in runs)
    done = 0
    for start, end in runs:
        with opened(path) as container:
            stream = picture_stream(container, path)
            rate = frame_rate(stream, path)
            stretch = tuple(round_half_up(Fraction(hop) * Fraction(HOP_S) * rate.fps) for hop in (start, end))
            part = progress.part(done / total, (done + end - start) / total)
            scan = scan_picture(
                container,
                stream,
                rate,
                expected_frames=max(1, stretch[1] - stretch[0]),
                meter=meter,
                stretch=(stretch[0], stretch[1]),
                progress=part,
            )
            cuts_s += [float(frames_to_seconds(cut, rate)) for cut in scan.cuts]
        done += end - start
    return meter.features(max(end for _, end in runs), np.array(sorted(cuts_s), np.float64))


def _arrays(features: PictureFeatures) -> dict[str, NDArray[Any]]:
    names = (*PICTURE_ROWS, "known", "cuts_s")
    return {name: np.asarray(getattr(features, name)) for name in names}
