"""Which eyes there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hitpoint.accelerator import Shelf, choose_device, shared_shelf
from hitpoint.model.errors import MissingToolError, MissingWeightsError
from hitpoint.weights import find_weights, load_cards

#: Entry points of this group are eyes: a class without arguments that fulfils `Eyes`.
ENTRY_POINT_GROUP = "hitpoint.eyes"
#: Names of no model: none at all; the one that is here, where a GPU makes it quick.
NONE, AUTO = "none", "auto"

Vectors = NDArray[np.float32]
Picture = NDArray[np.uint8]


class Eyes(Protocol):
    """A model that puts pictures and sentences into one space, where what means the same lies near.

    Attributes
    ----------
    name : str
        For people and the report.
    key : str
        Tells this model, its files and its number format from every other; known without loading anything.
    picture_side : int
        How many pixels the shorter side of a picture should have.
    batch : int
        How many pictures it likes at once.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def picture_side(self) -> int: ...  # noqa: D102
    @property
    def batch(self) -> int: ...  # noqa: D102

    def pictures(self, pictures: Sequence[Picture], *, warn: Callable[[str], None]) -> Vectors:
        """Return unit vectors of pictures [shape=(h, w, 3), RGB], shape (n, d); `DeviceMemoryError` where none fits."""
        ...

    def sentences(self, sentences: Sequence[str]) -> Vectors:
        """Return unit vectors of sentences, shape (n, d)."""
        ...

    def scale(self) -> float:
        """Return what a cosine is multiplied with before the softmax: the model learned it."""
        ...


def load_eyes(asked: str, *, device: str | None = None, shelf: Shelf | None = None) -> Eyes | None:
    """Return eyes by the id of their model, a folder with its files, or the name of an installed package's.

    "none" is None. "auto" is the first model whose files were fetched, where there is a GPU and the neural extra;
    else None. Weights are loaded when they are first needed.

    Raises
    ------
    SettingError
        There is no such model or device, or the folder holds none.
    MissingWeightsError
        The files of a model that was asked for by name were not fetched.
    MissingToolError
        A model was asked for by name and the neural extra is not installed.
    """
    from importlib.metadata import entry_points

    if asked == NONE:
        return None
    if asked == AUTO:
        return _unasked(device, shelf)
    others = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    if asked in others:
        eyes: Eyes = others[asked].load()()
        return eyes
    from hitpoint.perception.eyes.clip import OpenClipEyes

    return OpenClipEyes(find_weights(asked, kind="eyes"), shelf=shelf or shared_shelf(device))


def _unasked(device: str | None, shelf: Shelf | None) -> Eyes | None:
    """Return the eyes that nobody has to ask for; torch is not imported where no model was fetched."""
    from hitpoint.perception.eyes.clip import OpenClipEyes

    for card in load_cards().values():
        if card.kind != "eyes":
            continue
        try:
            weights = find_weights(card.id, kind="eyes")
        except MissingWeightsError:
            continue
        if find_spec("open_clip") is None:
            return None
        try:
            where = shelf.device if shelf is not None else choose_device(device)
        except MissingToolError:
            return None
        return None if where.kind == "cpu" else OpenClipEyes(weights, shelf=shelf or shared_shelf(device))
    return None
