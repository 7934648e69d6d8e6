from __future__ import annotations

from pathlib import Path

import pytest

from hitpoint.model.errors import MissingWeightsError, SettingError
from hitpoint.weights import find_weights, load_cards, models_folder


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HITPOINT_MODELS", str(tmp_path))
    return tmp_path


def test_every_card_says_what_it_asks_of_its_user() -> None:
    cards = load_cards()
    assert {card.kind for card in cards.values()} >= {"eyes", "words", "sound"}
    for card in cards.values():
        assert card.licence
        assert card.licence_url.startswith("https://")
        assert card.terms


def test_a_model_that_was_not_fetched() -> None:
    with pytest.raises(
        MissingWeightsError, match=r"not in .*; fetch them once with: hitpoint models fetch clip-vit-l-14"
    ):
        find_weights("clip-vit-l-14", kind="eyes")


def test_a_model_that_was_fetched() -> None:
    folder = models_folder() / "clip-vit-l-14"
    folder.mkdir()
    (folder / "hitpoint-weights.json").write_text("{}")
    found = find_weights("clip-vit-l-14", kind="eyes")
    assert found.folder == folder
    assert found.card is not None


def test_a_folder_of_the_users_own(tmp_path: Path) -> None:
    own = tmp_path / "my-model"
    own.mkdir()
    found = find_weights(str(own), kind="language")
    assert (found.name, found.folder, found.card) == ("my-model", own, None)


def test_no_such_model() -> None:
    with pytest.raises(SettingError, match=r"did you mean 'clip-vit-l-14'"):
        find_weights("clip-vit-l14", kind="eyes")


def test_a_model_for_something_else() -> None:
    with pytest.raises(SettingError, match="is a model for eyes, not for sound"):
        find_weights("clip-vit-l-14", kind="sound")
