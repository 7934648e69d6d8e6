from __future__ import annotations

from pathlib import Path

import pytest

from hitpoint.model.errors import SettingError
from hitpoint.weights.cards import find_card, load_cards, with_needs
from hitpoint.weights.hub import OfferedFile, chosen_files

ROW = """
[a]
title = "A"
kind = "sound"
library = "transformers"
repository = "o/a"
files = ["*"]
licence = "MIT"
licence_url = "https://example.org"
terms = "free"
is_commercial = true
is_gated = false
size_bytes = 1
device_bytes = 1
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HITPOINT_RESOURCES", str(tmp_path))

    def write(text: str) -> None:
        (tmp_path / "models.toml").write_text(text)
        load_cards.cache_clear()

    yield write
    monkeypatch.undo()
    load_cards.cache_clear()


def test_every_kind_that_the_engine_asks_for_is_there() -> None:
    cards = load_cards()
    assert {card.kind for card in cards.values()} >= {"eyes", "words", "sound", "language", "part"}
    for card in cards.values():
        assert card.repository.count("/") == 1
        assert card.files
        if card.kind == "sound":
            assert card.options["longest_s"] > 5
            assert card.options["sample_rate_hz"] in (32000, 44100)


def test_what_is_not_free_is_never_called_free() -> None:
    for card in load_cards().values():
        if "NC" in card.licence or "Stability" in card.licence:
            assert not card.is_commercial, card.id


def test_a_model_after_what_it_needs() -> None:
    assert [card.id for card in with_needs(find_card("stable-audio-open-1.0"))] == ["t5-base", "stable-audio-open-1.0"]


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ('needs = ["b"]', r"\[a\] needs 'b'; Choose one of: a"),
        ("colour = 1", r"\[a\] has a missing or unknown line"),
    ],
)
def test_a_wrong_row(table, line: str, match: str) -> None:
    table(ROW + line)
    with pytest.raises(SettingError, match=match):
        load_cards()


def test_a_wrong_kind(table) -> None:
    table(ROW.replace('"sound"', '"sounds"'))
    with pytest.raises(SettingError, match="did you mean 'sound'"):
        load_cards()


def offered(*paths: str) -> list[OfferedFile]:
    return [OfferedFile(path=path, size_bytes=1, git_sha1="0" * 40) for path in paths]


def test_musicgen_without_a_pickle_where_it_has_both() -> None:
    found = chosen_files(
        find_card("musicgen-small"),
        offered(
            "config.json", "model.safetensors", "pytorch_model.bin", "state_dict.bin", "compression_state_dict.bin"
        ),
    )
    assert [file.path for file in found] == ["config.json", "model.safetensors"]


def test_musicgen_in_pieces() -> None:
    pieces = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json")
    found = chosen_files(find_card("musicgen-melody"), offered(*pieces, "state_dict.bin"))
    assert [file.path for file in found] == sorted(pieces)


def test_stable_audio_without_its_other_form() -> None:
    found = chosen_files(
        find_card("stable-audio-open-1.0"),
        offered("LICENSE.md", "model.ckpt", "model.safetensors", "model_config.json", "vae/model.safetensors"),
    )
    assert [file.path for file in found] == ["LICENSE.md", "model.safetensors", "model_config.json"]
