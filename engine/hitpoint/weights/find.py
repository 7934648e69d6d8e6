"""Where the files of a model are on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hitpoint.model.errors import MissingWeightsError, SettingError, did_you_mean
from hitpoint.weights.cards import ModelCard, ModelKind, load_cards, with_needs
from hitpoint.weights.manifest import MANIFEST_NAME, lost_files, read_manifest

#: Names another folder for all models.
VARIABLE = "HITPOINT_MODELS"
#: "there": all files lie there; "begun": a fetch was interrupted, and goes on where it stopped; "absent": nothing.
State = Literal["there", "damaged", "begun", "absent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A model whose files are there.

    `card` is None for a folder of the user's own; `name` is for keys and sentences; `parts` are the folders of the
    models that it needs, by id.
    """

    name: str
    folder: Path
    card: ModelCard | None = None
    parts: dict[str, Path] = field(default_factory=dict)

    def device_bytes(self, number_format: str) -> int:
        """Return about how much of a device's memory the weights take; those of a folder are taken for float32."""
        halves = 2 if number_format == "float32" else 1
        if self.card is not None:
            return self.card.device_bytes * halves
        files = [file for pattern in ("*.safetensors", "*.bin", "*.ckpt") for file in self.folder.glob(pattern)]
        return sum(file.stat().st_size for file in files) * halves // 2


def models_folder() -> Path:
    """Return the folder of all models; HITPOINT_MODELS overrides the system's place for data of programs."""
    import platformdirs

    override = os.environ.get(VARIABLE)
    return Path(override) if override else platformdirs.user_data_path("hitpoint", appauthor=False) / "models"


def model_folder(card: ModelCard) -> Path:
    """Return where a model's files belong."""
    return models_folder() / card.id


def unfinished_folder(card: ModelCard) -> Path:
    """Return where they are gathered until all of them are there."""
    return models_folder() / f"{card.id}.partial"


def state_of(card: ModelCard) -> State:
    """Say whether a model is there; contents are not read (`hitpoint models check` reads them)."""
    folder = model_folder(card)
    if (folder / MANIFEST_NAME).is_file():
        manifest = read_manifest(folder)
        return "damaged" if manifest is not None and lost_files(folder, manifest) else "there"
    return "begun" if unfinished_folder(card).is_dir() else "absent"


def find_weights(asked: str, *, kind: ModelKind) -> Weights:
    """Return a model by its id in resources/models.toml, or a folder of the user's own by its path.

    Raises
    ------
    SettingError
        There is no such model, or it is of another kind.
    MissingWeightsError
        Its files, or those of a model that it needs, were not fetched yet, or not all of them.
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
    for needed in reversed(with_needs(card)):
        state = state_of(needed)
        if state == "damaged":
            raise MissingWeightsError(
                f"files of {needed.title} are gone from {model_folder(needed)}; fetch them again with: "
                f"hitpoint models fetch {needed.id}"
            )
        if state != "there":
            because = "" if needed is card else f", which {card.title} needs,"
            raise MissingWeightsError(
                f"the files of {needed.title}{because} are not in {model_folder(needed)}; fetch them once with: "
                f"hitpoint models fetch {card.id}"
            )
    parts = {needed.id: model_folder(needed) for needed in with_needs(card)[:-1]}
    return Weights(name=card.id, folder=model_folder(card), card=card, parts=parts)
