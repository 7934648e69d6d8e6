"""Which generators of sound there are."""

from __future__ import annotations

from importlib import import_module

from hitpoint.accelerator import Shelf, shared_shelf
from hitpoint.generation.values import SoundGenerator
from hitpoint.model.errors import SettingError
from hitpoint.weights import Weights, find_weights

#: Entry points of this group are generators: a class without arguments that fulfils `SoundGenerator`.
ENTRY_POINT_GROUP = "hitpoint.generators"
#: By the library that loads a model: what plays it (imported when it is asked for), and the file that gives it away.
_PLAYERS = {
    "stable_audio_tools": ("hitpoint.generation.stable_audio", "StableAudio"),
    "transformers": ("hitpoint.generation.musicgen", "MusicGen"),
}
_TELLTALE = {"stable_audio_tools": "model_config.json", "transformers": "config.json"}


def load_generator(asked: str, *, device: str | None = None, shelf: Shelf | None = None) -> SoundGenerator:
    """Return a generator by the id of its model, a folder with its files, or the name of an installed package's.

    Its weights are loaded when it is first used. `device` is as for `hitpoint.accelerator.choose_device`.

    Raises
    ------
    SettingError
        There is no such model or device; a folder holds no model that Hitpoint can play.
    MissingWeightsError
        The model's files were not fetched.
    MissingToolError
        The neural extra is not installed.
    """
    from importlib.metadata import entry_points

    others = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    if asked in others:
        generator: SoundGenerator = others[asked].load()()
        return generator
    weights = find_weights(asked, kind="sound")
    return _of_library(weights, shelf or shared_shelf(device))


def _of_library(weights: Weights, shelf: Shelf) -> SoundGenerator:
    """Return what plays a model: by its card, else by the files in its folder."""
    library: str | None = weights.card.library if weights.card else None
    if library is None:
        library = next((name for name, file in _TELLTALE.items() if (weights.folder / file).is_file()), None)
    if library not in _PLAYERS:
        raise SettingError(
            f"{weights.folder} holds neither model_config.json (Stable Audio) nor config.json (MusicGen); "
            "give the folder that a model was published in"
        )
    module, name = _PLAYERS[library]
    player: SoundGenerator = getattr(import_module(module), name)(weights, shelf=shelf)
    return player
