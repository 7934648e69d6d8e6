"""Eyes to test with: some whose vectors are set by hand, and films whose pictures are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hitpoint.media import FeatureStore
from hitpoint.model.cut import Cut, MediaRange, Shot
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.perception.eyes.questions import Questions, load_questions

SIZE = (192, 108)
#: Colours of pictures, and which sentence HandmadeEyes says they fit.
LOOKS = {(200, 30, 30): "fearful", (30, 200, 30): "relaxing", (30, 30, 200): "sad", (200, 200, 30): "joyful"}


@dataclass
class HandmadeEyes:
    """Every sentence has an axis of its own by its class; a picture's vector leans to the emotion of its colour.

    `leans` is the cosine with that emotion; cosines with all else are 0.
    """

    questions: Questions = field(default_factory=load_questions)
    leans: float = 0.3
    batch: int = 4
    key: str = "handmade"
    name: str = "handmade"
    picture_side: int = 64
    seen: list[int] = field(default_factory=list)
    asked: int = 0

    def _axes(self) -> dict[tuple[str, str], int]:
        classes = [(group, c.name) for group, choices in self.questions.groups.items() for c in choices]
        return {name: place for place, name in enumerate(classes)}

    def sentences(self, sentences: Sequence[str]) -> np.ndarray:
        self.asked += 1
        axes = self._axes()
        said = {
            prompt: (g, c.name) for g, choices in self.questions.groups.items() for c in choices for prompt in c.prompts
        }
        return np.eye(len(axes) + 1, dtype=np.float32)[[axes[said[sentence]] for sentence in sentences]]

    def pictures(self, pictures: Sequence[np.ndarray], *, warn: Callable[[str], None]) -> np.ndarray:
        self.seen.append(len(pictures))
        return np.stack([self.vector_of(self.feeling_in(picture)) for picture in pictures])

    def feeling_in(self, picture: np.ndarray) -> str:
        color = picture.reshape(-1, 3).mean(axis=0)
        return LOOKS[min(LOOKS, key=lambda look: float(np.abs(color - look).sum()))]

    def vector_of(self, feeling: str, **others: str) -> np.ndarray:
        axes = self._axes()
        vector = np.zeros(len(axes) + 1, np.float32)
        for group, name in {"emotion": feeling, **others}.items():
            vector[axes[group, name]] = self.leans
        vector[-1] = np.sqrt(1 - float((vector**2).sum()))
        return vector

    def scale(self) -> float:
        return 100.0


def colored(color: tuple[int, int, int], number: int = 0) -> np.ndarray:
    """A picture of a colour with a pattern that hardly changes its mean, another one for each number."""
    rng = np.random.default_rng([7, number])
    pattern = np.kron(rng.integers(-28, 29, (9, 16, 1)), np.ones((12, 12, 1)))
    return np.clip(np.array(color) + pattern, 0, 255).astype(np.uint8)


def film(path: Path, draw: Callable[[int], np.ndarray], *, frames: int = 240, rate: int = 24, gop: int = 48) -> Path:
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=rate, options={"crf": "12", "g": str(gop)})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(draw(number), format="rgb24")
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
    return path


def shot_of(path: Path, index: int, span: tuple[int, int], start_s: float, speed: Fraction = Fraction(1)) -> Shot:
    length_s = Fraction(span[1] - span[0], 24) * abs(speed)
    media = MediaRange(
        path=path,
        is_missing=False,
        source_start_s=Fraction(start_s),
        source_duration_s=length_s,
        speed=speed,
    )
    return Shot(index=index, span=FrameSpan(*span), name=f"shot {index}", media=media)


def cut_of(*shots: Shot, frames: int = 240) -> Cut:
    return Cut(name="c", rate=FrameRate(24), start_timecode_frame=0, duration_frames=frames, shots=shots)


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    return FeatureStore(tmp_path / "store")


@pytest.fixture(scope="session")
def colors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds: 2.5 of each colour in the order of LOOKS, a new pattern twice a second."""
    looks = list(LOOKS)
    path = tmp_path_factory.mktemp("films") / "colors.mp4"
    return film(path, lambda n: colored(looks[n // 60], n // 12))
