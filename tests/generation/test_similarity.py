from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hitpoint.accelerator import Shelf, choose_device
from hitpoint.generation.similarity import Ears, TextAudioSimilarity, find_ears
from hitpoint.model.errors import Cancelled, SettingError
from hitpoint.model.progress import Progress
from hitpoint.weights import Weights

transformers = pytest.importorskip("transformers")
WORDS = ["<s>", "<pad>", "</s>", "<unk>", "slow", "sad", "strings", "loud", "drums"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLAP model as small as it goes, saved as its library saves one."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("clap")
    config = transformers.ClapConfig(
        text_config={
            "vocab_size": len(WORDS), "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 16, "max_position_embeddings": 34,
        },
        audio_config={
            "hidden_size": 32, "patch_embeds_hidden_size": 8, "depths": [1, 1, 1], "num_attention_heads": [1, 1, 1],
            "spec_size": 64, "num_mel_bins": 16, "window_size": 4, "num_hidden_layers": 3, "num_classes": 2,
        },
        projection_dim=16,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = transformers.ClapModel(config)
        for weight in model.parameters():  # the library's own start is so small that everything sounds the same
            torch.nn.init.normal_(weight, std=0.3)
    model.save_pretrained(place)
    transformers.ClapFeatureExtractor(feature_size=16, max_length_s=2).save_pretrained(place)
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    ).save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def ears(folder: Path) -> TextAudioSimilarity:
    return TextAudioSimilarity(Weights(name="tiny", folder=folder), shelf=Shelf(choose_device("cpu")))


def noise(seconds: float, *, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, (round(seconds * 48_000), 2)).astype(np.float32)


def tone(seconds: float, hz: float) -> np.ndarray:
    wave = 0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * 48_000)) / 48_000)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def test_the_same_take_and_words_give_the_same_number(ears: TextAudioSimilarity) -> None:
    take = noise(7.3, seed=1)
    np.random.seed(5)  # the library draws from this one when it is let
    first = ears.rate(take, "slow sad strings")
    np.random.seed(6)
    assert ears.rate(take, "slow sad strings") == first
    assert -1.0 <= first <= 1.0


def test_sound_and_words_both_count(ears: TextAudioSimilarity) -> None:
    rated = {
        ears.rate(take, words) for take in (noise(2, seed=1), tone(2, 220)) for words in ("slow sad", "loud drums")
    }
    assert len(rated) == 4


def test_a_long_take_is_the_mean_of_its_pieces(ears: TextAudioSimilarity) -> None:
    first, second = noise(2, seed=1), tone(2, 440)
    pieces = [ears.rate(piece, "loud drums") for piece in (first, second)]
    assert ears.rate(np.concatenate([first, second]), "loud drums") == pytest.approx(np.mean(pieces), abs=1e-5)


def test_a_rest_of_a_piece_is_not_repeated_to_fill_one(ears: TextAudioSimilarity) -> None:
    take = noise(4, seed=2)
    longer = np.concatenate([take, tone(0.3, 880)])
    assert ears.rate(longer, "sad") == ears.rate(take, "sad")


def test_long_words_are_cut_to_what_the_model_reads(ears: TextAudioSimilarity) -> None:
    assert -1.0 <= ears.rate(noise(2, seed=3), "slow sad strings " * 100) <= 1.0


def test_a_stop_is_obeyed(ears: TextAudioSimilarity) -> None:
    with pytest.raises(Cancelled):
        ears.rate(noise(2, seed=3), "sad", progress=Progress(should_stop=lambda: True))


def test_a_folder_without_such_a_model(tmp_path: Path) -> None:
    ears = TextAudioSimilarity(Weights(name="none", folder=tmp_path), shelf=Shelf(choose_device("cpu")))
    with pytest.raises(SettingError, match="holds no CLAP model"):
        ears.rate(noise(2, seed=3), "sad")


def test_a_model_that_fuses_by_chance_is_refused(tmp_path: Path) -> None:
    transformers.ClapConfig(audio_config={"enable_fusion": True}).save_pretrained(tmp_path)
    ears = TextAudioSimilarity(Weights(name="fused", folder=tmp_path), shelf=Shelf(choose_device("cpu")))
    with pytest.raises(SettingError, match="fuses pieces of long audio by chance"):
        ears.rate(noise(2, seed=3), "sad")


def test_without_its_model_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITPOINT_MODELS", str(tmp_path))
    assert find_ears(device="cpu", warn=pytest.fail) is None


def test_ears_that_fail_are_told_once(tmp_path: Path) -> None:
    told: list[str] = []
    deaf = TextAudioSimilarity(Weights(name="none", folder=tmp_path), shelf=Shelf(choose_device("cpu")))
    ears = Ears(deaf, warn=told.append)
    assert ears(noise(2, seed=3), "sad") is None
    assert ears(noise(2, seed=3), "sad") is None
    assert len(told) == 1
    assert told[0].endswith("takes are rated without it")
