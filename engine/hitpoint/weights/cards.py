"""The models that Hitpoint knows: data, in resources/models.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, get_args

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.resources import load_toml, resources_folder

ModelKind = Literal["eyes", "ears", "words", "sound", "language", "part"]
Library = Literal["open_clip", "safetensors", "sentence_transformers", "stable_audio_tools", "transformers"]


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
        What Hitpoint uses it for: "eyes", "ears", "words", "sound", "language"; "part": nothing by itself, other
        models need it.
    library : str
        What loads it.
    repository, revision : str
        Where it is published (owner/name) and which state of it is meant.
    files : tuple of str
        Patterns of the files that are needed, over whole paths: "*" crosses folders. Pickles that match are taken
        only where no safetensors file does.
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
    needs : tuple of str
        Ids of models without which this one cannot be used; they are fetched with it.
    caveat : str
        What whoever fetches it should know beforehand, or nothing.
    options : mapping
        What its loader needs to know, by library: the architecture's name, the longest window in seconds…
    """

    id: str
    title: str
    kind: ModelKind
    library: Library
    repository: str
    files: tuple[str, ...] = ("*",)
    licence: str
    licence_url: str
    terms: str
    is_commercial: bool
    is_gated: bool
    size_bytes: int
    device_bytes: int
    revision: str = "main"
    needs: tuple[str, ...] = ()
    caveat: str = ""
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
            lists = {name: tuple(row[name]) for name in ("files", "needs") if name in row}
            cards[card_id] = ModelCard(id=card_id, **{**row, **lists})
        except TypeError as error:
            raise SettingError(f"{path}: [{card_id}] has a missing or unknown line ({error})") from error
        except SettingError as error:
            raise SettingError(f"{path}: {error}") from error
    for card in cards.values():
        for other in card.needs:
            if other not in cards:
                raise SettingError(f"{path}: [{card.id}] needs {other!r}; {did_you_mean(other, cards)}")
    return cards


def find_card(asked: str) -> ModelCard:
    """Return a model by its id; `SettingError` says which ids there are."""
    cards = load_cards()
    if asked not in cards:
        raise SettingError(f"there is no model {asked!r}; {did_you_mean(asked, cards)}")
    return cards[asked]


def with_needs(card: ModelCard) -> tuple[ModelCard, ...]:
    """Return all models that must be there to use this one, itself last."""
    found: dict[str, ModelCard] = {}
    for other in card.needs:
        found |= {needed.id: needed for needed in with_needs(find_card(other))}
    return (*found.values(), card)
