"""What a film's small pictures say, hop by hop: motion, light and colour, flashes, faces and figures.

Motion is dense optical flow (DIS: Kroeger, Timofte, Dai and Van Gool, "Fast Optical Flow using Dense Inverse Search",
ECCV 2016) on pictures 96 wide, between frames about a twelfth of a second apart: nearer ones move by less than such
small pictures can tell.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.media.figures import FIGURES_WIDTH, FigureFinder
from hitpoint.media.open_media import upright
from hitpoint.model.features import HOP_S, HUES, PictureFeatures

if TYPE_CHECKING:
    from av import VideoFrame

Grey = NDArray[Any]

_FLOW_WIDTH = 96
_FLOW_STEP_S, _FLOW_LONGEST_S = 0.07, 0.5
#: Colour changes slowly; looked at this often.
_COLOR_STEP_S = 0.12
#: Faces are costly; looked for this often.
_FIGURES_STEP_S = 1.0
#: A picture that differs by less than this from the last one that was searched shows the same people.
_SAME_FIGURES = 0.012
#: Luma below which a frame is black (broadcast black is 16 of 255, and noise lies above it).
_BLACK_LUMA = 0.09
#: A frame that is followed by none for longer than this is the last one of what was wanted.
_LONGEST_HELD_S = 20.0
#: A flash rises above what is this far before and after it.
_FLASH_S, _FLASH_RISE = 0.3, 0.08
#: Standard deviation of luma (0..255) below which a picture has nothing that could move.
_FLAT = 3.0
#: What moves too fast to be followed moves at least this much, in widths per second.
_TUMULT = 0.8
#: Flow that explains less than this of a great change is none.
_EXPLAINED, _GREAT_CHANGE = 0.35, 0.06

_FLOW_COLUMNS = ("motion", "pan", "tilt", "zoom", "change")
_COLOR_COLUMNS = ("contrast", "saturation", "warmth")


@dataclass(slots=True)
class PictureMeter:
    """Is fed the frames of a film, or of stretches of it, in order; `features` sums up.

    Parameters
    ----------
    finds_figures : bool
        Also look for faces and figures, about 25 ms once a second of film.
    """

    finds_figures: bool = True
    _luma: list[tuple[float, float]] = field(default_factory=list)
    _colors: list[tuple[float, ...]] = field(default_factory=list)
    _flows: list[tuple[float, ...]] = field(default_factory=list)
    _figures: list[tuple[float, float, float, float]] = field(default_factory=list)
    _before: tuple[float, Grey] | None = None
    _flow: Any = None
    _finder: FigureFinder | None = None
    _searched: Grey | None = None

    def feed(self, moment_s: float, small: NDArray[np.uint8], frame: VideoFrame) -> None:
        """Look at a frame of source second `moment_s`: `small` [shape=(h, w, 3), BGR], and the frame as decoded."""
        import cv2

        height, width = small.shape[:2]
        flow_size = (min(_FLOW_WIDTH, width), max(16, round(height * min(_FLOW_WIDTH, width) / width)))
        grey: Grey = cv2.resize(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), flow_size, interpolation=cv2.INTER_AREA)
        self._luma.append((moment_s, float(grey.mean()) / 255))
        if not self._colors or moment_s - self._colors[-1][0] >= _COLOR_STEP_S or moment_s < self._colors[-1][0]:
            self._colors.append((moment_s, *_colors(small, grey)))
        if self._before is None or not 0 <= moment_s - self._before[0] <= _FLOW_LONGEST_S:
            self._before = (moment_s, grey)
        elif moment_s - self._before[0] >= _FLOW_STEP_S:
            self._flows.append((*self._before[:1], moment_s, *self._moved(self._before[1], grey, moment_s)))
            self._before = (moment_s, grey)
        is_due = not self._figures or not 0 <= moment_s - self._figures[-1][0] < _FIGURES_STEP_S
        if self.finds_figures and is_due:
            self._figures.append((moment_s, *self._figures_in(grey, frame)))

    def features(self, hops: int, cuts_s: NDArray[np.float64]) -> PictureFeatures:
        """Return what was seen, `hops` rows from source second 0; `cuts_s` are where shots change."""
        luma = np.array(self._luma or np.zeros((0, 2)), np.float64)
        shown = np.bincount(_rows_of(luma[:, 0], hops), minlength=hops)[:hops] > 0
        known = shown | _held_rows(luma[:, 0], hops)
        colors = np.array(self._colors or np.zeros((0, 4 + HUES)), np.float64)
        color_rows = _rows_of(colors[:, 0], hops)
        flows = np.array(self._flows or np.zeros((0, 2 + len(_FLOW_COLUMNS))), np.float64)
        crosses = np.searchsorted(cuts_s, flows[:, 0], "right") != np.searchsorted(cuts_s, flows[:, 1], "right")
        flows = flows[~crosses & np.isfinite(flows[:, 2])]
        flow_rows = _rows_of((flows[:, 0] + flows[:, 1]) / 2, hops)
        values: dict[str, NDArray[np.float32]] = {
            name: _held(_means(flows[:, 2 + column], flow_rows, hops), known)
            for column, name in enumerate(_FLOW_COLUMNS)
        }
        for name in _FLOW_COLUMNS:  # what is held does not move
            values[name][known & ~shown] = 0.0
        pan, tilt = (_spreads(flows[:, 2 + column], flow_rows, hops) for column in (1, 2))
        values["shake"] = _held(np.hypot(pan, tilt), known)
        values["brightness"] = _held(_means(luma[:, 1], _rows_of(luma[:, 0], hops), hops), known)
        for column, name in enumerate(_COLOR_COLUMNS):
            values[name] = _held(_means(colors[:, 1 + column], color_rows, hops), known)
        values["hues"] = np.stack(
            [_held(_means(colors[:, 4 + hue], color_rows, hops), known) for hue in range(HUES)], axis=1
        )
        values["flash"] = _held(_greatest(_flashes(luma), _rows_of(luma[:, 0], hops), hops), known)
        values["black"] = _held(_means(luma[:, 1] < _BLACK_LUMA, _rows_of(luma[:, 0], hops), hops), known)
        figures = np.array(self._figures or np.zeros((0, 4)), np.float64)
        for column, name in enumerate(("faces", "people", "face_share")):
            values[name] = _held(_means(figures[:, 1 + column], _rows_of(figures[:, 0], hops), hops), known)
        return PictureFeatures(hop_s=HOP_S, known=known, cuts_s=cuts_s, **values)

    def _figures_in(self, grey: Grey, frame: VideoFrame) -> tuple[float, float, float]:
        """Return faces, people and the largest face's share; of a picture that has hardly changed what was there."""
        import cv2 as untyped_cv2

        cv2: Any = untyped_cv2
        before = self._searched
        is_comparable = before is not None and before.shape == grey.shape and bool(self._figures)
        if is_comparable and float(cv2.absdiff(before, grey).mean()) / 255 < _SAME_FIGURES:
            return self._figures[-1][1:]
        self._searched = grey
        self._finder = self._finder or FigureFinder()
        return self._finder.find(_grey_at(frame, FIGURES_WIDTH))

    def _moved(self, before: Grey, after: Grey, moment_s: float) -> tuple[float, ...]:
        """Return motion, pan, tilt, zoom (per second, in widths) and change."""
        import cv2 as untyped_cv2

        cv2: Any = untyped_cv2  # its stubs do not know DIS
        assert self._before is not None
        elapsed_s = moment_s - self._before[0]
        change = float(cv2.absdiff(before, after).mean()) / 255
        if before.shape != after.shape:
            return (np.nan,) * len(_FLOW_COLUMNS)
        if change == 0.0:
            return (0.0,) * len(_FLOW_COLUMNS)
        if self._flow is None:
            self._flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        if min(before.std(), after.std()) < _FLAT:
            return (0.0,) * (len(_FLOW_COLUMNS) - 1) + (change,)
        # A fade is no motion: exposure is evened out first.
        after = np.clip((after - after.mean()) * (before.std() / after.std()) + before.mean(), 0, 255).astype(np.uint8)
        flow = self._flow.calc(before, after, None)
        height, width = before.shape
        explained = True
        if change > _GREAT_CHANGE:
            grid_x, grid_y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
            warped = cv2.remap(after, grid_x + flow[..., 0], grid_y + flow[..., 1], cv2.INTER_LINEAR)
            explained = float(cv2.absdiff(before, warped).mean()) / 255 <= (1 - _EXPLAINED) * change
        flow = flow / (width * elapsed_s)
        x = (np.arange(width) - (width - 1) / 2) / width
        y = (np.arange(height) - (height - 1) / 2) / width
        zoom = ((flow[..., 0] * x).mean() + (flow[..., 1] * y[:, None]).mean()) / ((x**2).mean() + (y**2).mean())
        speed = np.hypot(flow[..., 0], flow[..., 1])
        if not explained:  # too fast to be followed, an explosion, or a cut, across which nothing is counted
            return max(float(speed.mean()), _TUMULT), 0.0, 0.0, 0.0, change
        return float(speed.mean()), float(flow[..., 0].mean()), float(flow[..., 1].mean()), float(zoom), change


def _colors(small: NDArray[np.uint8], grey: Grey) -> tuple[float, ...]:
    """Return contrast, saturation, warmth and the share of each hue."""
    import cv2

    tiny = cv2.resize(small, (48, 27), interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(tiny, cv2.COLOR_BGR2HSV).astype(np.float32)
    weights = hsv[..., 1] * hsv[..., 2] / 255**2
    sectors = (hsv[..., 0].astype(np.int64) * HUES // 180) % HUES
    hues = np.bincount(sectors.ravel(), weights=weights.ravel(), minlength=HUES)
    total = float(hues.sum())
    value = float(hsv[..., 2].sum()) / 255
    warmth = float(tiny[..., 2].mean() - tiny[..., 0].mean()) / 255
    return (
        float(grey.std()) / 255,
        total / value if value else 0.0,
        warmth,
        *(hues / total if total > 1e-3 * hsv[..., 0].size else np.zeros(HUES)),
    )


def _grey_at(frame: VideoFrame, width: int) -> NDArray[np.uint8]:
    width = min(width, frame.width)
    height = max(16, round(frame.height * width / frame.width))
    grey = frame.reformat(width, height, format="gray", interpolation="AREA").to_ndarray()
    return upright(frame, np.asarray(grey, np.uint8))


def _rows_of(moments_s: NDArray[np.float64], hops: int) -> NDArray[np.int64]:
    return np.clip((moments_s / HOP_S + 1e-9).astype(np.int64), 0, max(0, hops - 1))


def _held_rows(moments_s: NDArray[np.float64], hops: int) -> NDArray[np.bool_]:
    """Return the rows in which a picture is held: a drawing, a slide, one frame a second."""
    held = np.zeros(hops, bool)
    gaps_s = np.diff(moments_s)
    for place in np.flatnonzero((gaps_s > HOP_S) & (gaps_s <= _LONGEST_HELD_S)):
        held[int(moments_s[place] / HOP_S) : int(moments_s[place + 1] / HOP_S)] = True
    return held


def _means(values: NDArray[Any], rows: NDArray[np.int64], hops: int) -> NDArray[np.float64]:
    """Return the mean of the values in each row; NaN where there is none."""
    counts = np.bincount(rows, minlength=hops)[:hops]
    sums = np.bincount(rows, weights=values, minlength=hops)[:hops]
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _spreads(values: NDArray[Any], rows: NDArray[np.int64], hops: int) -> NDArray[np.float64]:
    """Return the standard deviation of the values in each row and its neighbour before."""
    means, squares = _means(values, rows, hops), _means(values**2, rows, hops)
    return np.asarray(np.sqrt(np.maximum(0.0, squares - means**2)))


def _greatest(values: NDArray[Any], rows: NDArray[np.int64], hops: int) -> NDArray[np.float64]:
    greatest = np.full(hops, -np.inf)
    np.maximum.at(greatest, rows, values)
    return np.where(np.isfinite(greatest), greatest, np.nan)


def _held(values: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the values with those that were not sampled in a known hop taken from the nearest one; NaN elsewhere."""
    sampled = np.flatnonzero(np.isfinite(values))
    if sampled.size == 0:
        return np.where(known, 0.0, np.nan).astype(np.float32)
    rows = np.arange(len(values))
    right = np.clip(np.searchsorted(sampled, rows), 0, sampled.size - 1)
    left = np.maximum(right - 1, 0)
    is_left = np.abs(rows - sampled[left]) <= np.abs(sampled[right] - rows)
    nearest = np.where(is_left, sampled[left], sampled[right])
    return np.where(known, values[nearest], np.nan).astype(np.float32)


def _flashes(luma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each frame stands out above what comes shortly before and after it."""
    if len(luma) == 0:
        return np.zeros(0)
    moments_s, values = luma[:, 0], luma[:, 1]
    before = values[np.clip(np.searchsorted(moments_s, moments_s - _FLASH_S), 0, len(values) - 1)]
    after = values[np.clip(np.searchsorted(moments_s, moments_s + _FLASH_S), 0, len(values) - 1)]
    rise = np.minimum(values - before, values - after)
    return np.where(rise > _FLASH_RISE, rise, 0.0)
