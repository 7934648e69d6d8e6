"""The models that Hitpoint knows: data, in resources/models.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, get_args

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.resources import load_toml, resources_folder

ModelKind = Literal["eyes", "words", "sound", "language", "part"]
Library = Literal["open_clip", "sentence_transformers", "stable_audio_tools", "transformers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """One model.

    Attributes
    ----------
    id : str
        "stable-audio-open-1.0".
    title : str
        Its name as its makers write it.
    kind : str
        What Hitpoint uses it for: "eyes", "words", "sound", "language"; "part" is what models of other kinds need.
    library : str
        What loads it.
    repository, revision : str
        Where it is published (owner/name) and which state of it is meant.
    files : tuple of str
        Patterns of the files that are needed.
    licence, licence_url : str
        Of the weights; `terms` says in a sentence what it asks of whoever uses the music.
    is_commercial : bool
        Whether music made with it may be sold without asking anybody; False where there are conditions.
    is_gated : bool
        Whether its publisher wants the licence accepted, and a token, before the files are given.
    size_bytes : int
        About what is fetched.
    device_bytes : int
        About what its weights take on a card, in half precision.
    options : mapping
        What its loader needs to know, by library: the architecture's name, the longest window in seconds…
    """

    id: str
    title: str
    kind: ModelKind
    library: Library
    repository: str
    files: tuple[str, ...]
    licence: str
    licence_url: str
    terms: str
    is_commercial: bool
    is_gated: bool
    size_bytes: int
    device_bytes: int
    revision: str = "main"
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in get_args(ModelKind):
            raise SettingError(f"[{self.id}] kind {self.kind!r}: {did_you_mean(self.kind, get_args(ModelKind))}")
        if self.library not in get_args(Library):
            raise SettingError(f"[{self.id}] library {self.library!r}: {did_you_mean(self.library, get_args(Library))}")
        if self.size_bytes <= 0 or self.device_bytes <= 0:
            raise SettingError(f"[{self.id}] sizes must be above 0")


@cache
def load_cards() -> dict[str, ModelCard]:
    """Return all models by id, checked; `SettingError` names the table and what is wrong in it."""
    path = resources_folder() / "models.toml"
    cards: dict[str, ModelCard] = {}
    for card_id, row in load_toml(path).items():
        try:
            cards[card_id] = ModelCard(id=card_id, files=tuple(row.pop("files", ("*",))), **row)
        except TypeError as error:
            raise SettingError(f"{path}: [{card_id}] has a missing or unknown line ({error})") from error
        except SettingError as error:
            raise SettingError(f"{path}: {error}") from error
    return cards
