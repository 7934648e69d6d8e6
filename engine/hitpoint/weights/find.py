"""Where the files of a model are on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hitpoint.model.errors import MissingWeightsError, SettingError, did_you_mean
from hitpoint.weights.cards import ModelCard, ModelKind, load_cards

#: Names another folder for all models.
VARIABLE = "HITPOINT_MODELS"
#: Lies in a model's folder once all its files are there and checked.
MANIFEST_NAME = "hitpoint-weights.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A model whose files are there.

    `card` is None for a folder of the user's own; `name` is for keys and sentences.
    """

    name: str
    folder: Path
    card: ModelCard | None = None


def models_folder() -> Path:
    """Return the folder of all models; HITPOINT_MODELS overrides the system's place for data of programs."""
    import platformdirs

    override = os.environ.get(VARIABLE)
    return Path(override) if override else platformdirs.user_data_path("hitpoint", appauthor=False) / "models"


def find_weights(asked: str, *, kind: ModelKind) -> Weights:
    """Return a model by its id in resources/models.toml, or a folder of the user's own by its path.

    Raises
    ------
    SettingError
        There is no such model, or it is of another kind.
    MissingWeightsError
        Its files were not fetched yet, or not all of them.
    """
    cards = load_cards()
    card = cards.get(asked)
    if card is None:
        folder = Path(asked).expanduser()
        if folder.is_dir():
            return Weights(name=folder.name, folder=folder)
        known = [other.id for other in cards.values() if other.kind == kind]
        raise SettingError(
            f"{asked!r} is neither a model that Hitpoint knows nor a folder; {did_you_mean(asked, known)}"
        )
    if card.kind != kind:
        known = [other.id for other in cards.values() if other.kind == kind]
        raise SettingError(f"{asked} is a model for {card.kind}, not for {kind}; {did_you_mean(asked, known)}")
    folder = models_folder() / card.id
    if not (folder / MANIFEST_NAME).is_file():
        raise MissingWeightsError(
            f"the files of {card.title} are not in {folder}; fetch them once with: hitpoint models fetch {card.id}"
        )
    return Weights(name=card.id, folder=folder, card=card)
