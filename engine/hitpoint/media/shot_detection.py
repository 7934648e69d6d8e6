"""Where one shot ends and the next begins, found in the picture itself.

PySceneDetect's AdaptiveDetector, which compares the change between two frames with the changes around it, proposes;
at a low ratio it misses next to nothing and proposes far too much (smoke, gunfire, a hand-held camera). What it
proposes is then judged by what a cut is: movement does not explain the change (optical flow from one frame to the
other, exposure evened out, leaves more than between the frames around), the colours change, and the picture does not
come back as it does after a flash. On the films in tests/media/test_cuts.py this finds 38 of 40 cuts and none that is
false; AdaptiveDetector alone at a ratio of 2 found 35 and 4 that are false. Fades and dissolves are not found.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.time import FrameRate

DETECTION_WIDTH = 192

#: Ratio at which AdaptiveDetector proposes.
_PROPOSING_RATIO = 1.3
#: Nothing shorter than this is a shot; a flash of gunfire is.
_SHORTEST_SHOT_S = 0.25
#: Pictures in which movement is compared are this wide; so many on either side are compared with the cut.
_FLOW_WIDTH, _AROUND = 96, 6
#: After a cut the picture does not look as before within this time.
_RETURNS_S, _ALIKE = 0.8, 0.22
#: What has to come together: unexplained change against that of the frames around, and change of colours 0..1.
_LEAST_UNEXPLAINED, _LEAST_COLOR, _COLOR_POINTS, _ENOUGH = 0.7, 0.12, 8.0, 4.6
#: A change that looks the same all over but for its brightness is a flash or a fade.
_SAME_PICTURE = 0.62
_STEADY = 0.01


@dataclass(frozen=True, slots=True)
class _Seen:
    index: int
    grey: NDArray[Any]
    colors: NDArray[np.float32]


class ShotDetector:
    """Finds cuts in pictures that are given one after the other."""

    def __init__(self, rate: FrameRate) -> None:
        from scenedetect import FrameTimecode
        from scenedetect.detectors import AdaptiveDetector

        self._rate_fps = float(rate.fps)
        self._timecode = FrameTimecode
        self._detector = AdaptiveDetector(adaptive_threshold=_PROPOSING_RATIO, min_scene_len=1, min_content_val=8.0)
        self._wait = max(2, round(_RETURNS_S * self._rate_fps))
        self._seen: deque[_Seen] = deque(maxlen=2 * self._wait + 4 * _AROUND)
        self._proposed: deque[int] = deque()
        self._judged: list[tuple[int, float]] = []
        self._flow: Any = None
        self._residuals: dict[tuple[int, int], float] = {}

    def feed(self, index: int, image: NDArray[np.uint8]) -> None:
        """Look at frame `index` [shape=(h, w, 3), BGR]; frames come in order."""
        self._seen.append(_Seen(index, *_looks(image)))
        moment = self._timecode(index, self._rate_fps)
        self._proposed.extend(cut.frame_num for cut in self._detector.process_frame(moment, image))
        while self._proposed and index - self._proposed[0] >= self._wait:
            self._judge(self._proposed.popleft())

    def cuts(self) -> list[int]:
        """Return the index of the first frame of every shot but the first."""
        while self._proposed:
            self._judge(self._proposed.popleft())
        shortest = max(1, round(_SHORTEST_SHOT_S * self._rate_fps))
        kept: list[tuple[int, float]] = []
        for index, points in sorted(self._judged):
            if index < shortest:
                continue
            if kept and index - kept[-1][0] < shortest:
                if points > kept[-1][1]:
                    kept[-1] = index, points
            else:
                kept.append((index, points))
        return [index for index, _ in kept]

    def _judge(self, index: int) -> None:
        """Take a proposal for a cut, or not."""
        frames = list(self._seen)
        at = next((place for place, seen in enumerate(frames) if seen.index == index), 0)
        if at == 0:
            return
        before, after = frames[at - 1], frames[at]
        color = _color_change(before, after)
        if color < _LEAST_COLOR or _returns(frames, at, self._wait) or _is_same_but_brighter(before, after):
            return
        own = self._residual(before, after)
        near = [
            self._residual(frames[place - 1], frames[place])
            for place in range(max(1, at - _AROUND), min(len(frames), at + _AROUND + 1))
            if place != at
        ]
        usual = float(np.median(near)) if near else 0.0
        unexplained = (own - usual) / (usual + _STEADY)
        points = unexplained + _COLOR_POINTS * color
        if unexplained >= _LEAST_UNEXPLAINED and points >= _ENOUGH:
            self._judged.append((index, points))
        if len(self._residuals) > 1000:
            self._residuals.clear()

    def _residual(self, before: _Seen, after: _Seen) -> float:
        """Return how much of the change between two frames movement does not explain, 0..1."""
        key = before.index, after.index
        if key not in self._residuals:
            self._residuals[key] = self._unexplained(before.grey, after.grey)
        return self._residuals[key]

    def _unexplained(self, before: NDArray[Any], after: NDArray[Any]) -> float:
        import cv2 as untyped_cv2

        cv2: Any = untyped_cv2  # its stubs do not know DIS
        if self._flow is None:
            self._flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        evened = after
        if after.std() > 4:
            scale = (before.std() + 1) / (after.std() + 1)
            evened = np.clip((after - after.mean()) * scale + before.mean(), 0, 255).astype(np.uint8)
        flow = self._flow.calc(before, evened, None)
        height, width = before.shape
        grid_x, grid_y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        moved = cv2.remap(
            evened, grid_x + flow[..., 0], grid_y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return float(cv2.absdiff(before, moved).mean()) / 255


def _looks(image: NDArray[np.uint8]) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Return a small grey picture and the shares of its colours."""
    import cv2

    height, width = image.shape[:2]
    size = (min(_FLOW_WIDTH, width), max(16, round(height * min(_FLOW_WIDTH, width) / width)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    colors = cv2.calcHist(
        [cv2.cvtColor(small, cv2.COLOR_BGR2HSV)], [0, 1, 2], None, [8, 4, 4], [0, 180, 0, 256, 0, 256]
    ).ravel()
    return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.asarray(colors / max(1.0, float(colors.sum())), np.float32)


def _color_change(before: _Seen, after: _Seen) -> float:
    return 1.0 - float(np.minimum(before.colors, after.colors).sum())


def _returns(frames: list[_Seen], at: int, wait: int) -> bool:
    """Return whether, soon after, the picture looks again as it did shortly before."""
    change = _color_change(frames[at - 1], frames[at])
    past = frames[max(0, at - 4)]
    for seen in frames[at + 2 :]:
        if seen.index - frames[at].index > wait:
            break
        if _color_change(past, seen) < min(_ALIKE, 0.6 * change) and _likeness(past, seen) > _SAME_PICTURE:
            return True
    return False


def _is_same_but_brighter(before: _Seen, after: _Seen) -> bool:
    return _likeness(before, after) > _SAME_PICTURE


def _likeness(one: _Seen, other: _Seen) -> float:
    """Return the correlation of two grey pictures; 0 where one is flat."""
    if one.grey.std() < 2 or other.grey.std() < 2:
        return 0.0
    return float(np.corrcoef(one.grey.ravel(), other.grey.ravel())[0, 1])
