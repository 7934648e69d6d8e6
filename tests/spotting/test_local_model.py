"""Briefs by a model on this machine: tiny random ones of the library's classes, saved by it and loaded by our way."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hitpoint.accelerator import Device, Shelf
from hitpoint.model.errors import Cancelled, MissingWeightsError, SettingError
from hitpoint.model.progress import Progress
from hitpoint.model.story import EmotionArc
from hitpoint.resources import load_palettes, user_config_folder
from hitpoint.spotting.brief_writer import BriefRequest, BuiltinWriter, configured_writer, load_brief_writer
from hitpoint.spotting.brief_writer.chat import ChatError
from hitpoint.spotting.brief_writer.language_model import LanguageModelWriter
from hitpoint.spotting.brief_writer.local_model import LocalModel, question_text
from hitpoint.spotting.brief_writer.local_settings import load_local_settings
from hitpoint.spotting.brief_writer.prompt import messages
from hitpoint.weights import Weights

CPU = Device(kind="cpu", name="CPU", memory_bytes=2**33)
PALETTES = load_palettes()
GOOD = {"style": "tense", "function": "chase", "mood": "urgent", "tempo_bpm": 128, "key": "D minor", "instruments": []}
TEMPLATES = {
    "llama": "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<end>{% endfor %}<|assistant|>",
    "gemma2": "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}<turn>{{ m.role }}\n{{ m.content }}<end>{% endfor %}<turn>model\n",
}


def request_of(number: str = "1m1") -> BriefRequest:
    flat = np.zeros(241, np.float32)
    return BriefRequest(
        number=number,
        title="Home",
        cut_name="the cut",
        start_s=20.0,
        end_s=60.0,
        cut_duration_s=120.0,
        start_timecode="01:00:20:00",
        end_timecode="01:01:00:00",
        arc=EmotionArc(hop_s=0.5, valence=flat, arousal=flat, tension=flat),
        palettes=PALETTES,
        instrument_ids=("harp",),
        stem_names=("strings", "brass"),
        style="tense",
    )


def save_model(folder: Path, kind: str, *, longest: int = 8192, template: bool = True) -> None:
    import torch
    import transformers as hf
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    letters = Tokenizer(models.BPE())
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters.decoder = decoders.ByteLevel()
    said = messages(request_of(), BuiltinWriter().write(request_of()))
    letters.train_from_iterator(
        [said[0]["content"]],
        trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=["<pad>", "<end>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer = hf.PreTrainedTokenizerFast(tokenizer_object=letters, pad_token="<pad>", eos_token="<end>")
    if template:
        tokenizer.chat_template = TEMPLATES[kind]
    shape = {
        "vocab_size": 400, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 8, "max_position_embeddings": longest, "eos_token_id": 1,
        "pad_token_id": 0, "bos_token_id": None,
    }  # fmt: skip
    config_class, model_class = {
        "llama": (hf.LlamaConfig, hf.LlamaForCausalLM),
        "gemma2": (hf.Gemma2Config, hf.Gemma2ForCausalLM),
    }[kind]
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model_class(config_class(**shape)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("language")
    for kind in TEMPLATES:
        save_model(folder / kind, kind)
    return {kind: folder / kind for kind in TEMPLATES}


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf(CPU)


@pytest.fixture(autouse=True)
def _not_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    import torch

    monkeypatch.setenv("HITPOINT_CONFIG", str(tmp_path / "config"))
    for name in ("URL", "MODEL", "KEY", "FOLDER", "MODEL_ID", "TOTAL_S"):
        monkeypatch.delenv(f"HITPOINT_LLM_{name}", raising=False)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def writer_for(folder: Path, shelf: Shelf, *, most_tokens: int = 40, **more: Any) -> LanguageModelWriter:
    chat = LocalModel(Weights(name=folder.name, folder=folder), shelf=shelf, most_tokens=most_tokens)
    return LanguageModelWriter(chat, **{"total_s": 600.0, "request_s": 300.0, **more})


def script(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> list[int]:
    """Let the model's logits ask for a text, token by token; return a list that grows by one for each."""
    import transformers as hf

    tokens = hf.AutoTokenizer.from_pretrained(folder)(text, add_special_tokens=False)["input_ids"]
    model_class = {"llama": hf.LlamaForCausalLM, "gemma2": hf.Gemma2ForCausalLM}[folder.name]
    asked: list[int] = []
    whole = model_class.forward

    @functools.wraps(whole)
    def forward(self: Any, *rest: Any, **more: Any) -> Any:
        output = whole(self, *rest, **more)
        output.logits[:, -1] = 0.0
        output.logits[:, -1, tokens[len(asked)] if len(asked) < len(tokens) else 1] = 99.0
        asked.append(1)
        return output

    monkeypatch.setattr(model_class, "forward", forward)
    return asked


def assert_fell_back(writer: LanguageModelWriter, sentence: str, number: str = "1m1") -> None:
    assert writer.write(request_of(number)) == BuiltinWriter().write(request_of(number))
    told = " ".join(writer.warnings)
    assert sentence in told, told
    assert "the built-in brief stands" in told


# ------------------------------------------------------------------ asked and answered


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_model_that_talks_nonsense(folders: dict[str, Path], kind: str, shelf: Shelf) -> None:
    writer = writer_for(folders[kind], shelf)
    assert_fell_back(writer, "broke off in the middle of its answer")
    assert writer.warnings[0].startswith(
        f"the language model {kind}, loaded on this machine (CPU), was asked about 1m1"
    )
    assert "nothing of it left the machine" in writer.warnings[0]


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_good_answer_is_the_brief(
    folders: dict[str, Path], kind: str, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = json.dumps({**GOOD, "notes": "a } in words"})[1:]
    asked = script(monkeypatch, folders[kind], answer + "\nI hope that this helps {you}!")
    writer = writer_for(folders[kind], shelf, most_tokens=400)
    brief = writer.write(request_of())
    assert (brief.function, brief.mood, brief.tempo_bpm, brief.notes) == ("chase", "urgent", 128.0, "a } in words")
    assert len(writer.warnings) == 1
    spoken = len(asked)
    asked.clear()
    assert writer.write(request_of()) == brief
    assert len(asked) == spoken < len(answer) + 2, "it is not asked for what follows the object"


def test_an_answer_that_ends_early_is_no_brief(
    folders: dict[str, Path], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(monkeypatch, folders["llama"], '"style": "tense", ')
    assert_fell_back(writer_for(folders["llama"], shelf), "not a brief in JSON")


def test_nothing_is_printed_or_drawn(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch

    state = torch.get_rng_state()
    writer_for(folders["llama"], Shelf(CPU), most_tokens=3).write(request_of())
    assert torch.equal(torch.get_rng_state(), state)
    assert capfd.readouterr() == ("", "")


# ------------------------------------------------------------------ templates


class Template:
    chat_template = "x"

    def __init__(self, *, takes_system: bool, works: bool = True) -> None:
        self.takes_system, self.works = takes_system, works

    def apply_chat_template(self, said: list[dict[str, str]], **more: Any) -> str:
        assert more == {"tokenize": False, "add_generation_prompt": True}
        if not self.works or (said[0]["role"] == "system" and not self.takes_system):
            raise ValueError("System role not supported\nat line 3")
        return "".join(f"<{one['role']}>{one['content']}" for one in said)


SAID = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "a scene"}]


def test_templates_without_a_system_message_get_its_words() -> None:
    assert question_text(Template(takes_system=True), SAID) == "<system>be brief<user>a scene"
    assert question_text(Template(takes_system=False), SAID) == "<user>be brief\n\na scene"
    with pytest.raises(ChatError, match=r"chat template that does not work \(System role not supported\)"):
        question_text(Template(takes_system=True, works=False), SAID)


def test_a_model_that_is_not_made_to_be_asked(tmp_path: Path, shelf: Shelf) -> None:
    save_model(tmp_path / "llama", "llama", template=False)
    writer = writer_for(tmp_path / "llama", shelf)
    assert_fell_back(writer, "has no chat template")
    assert_fell_back(writer, "1m2: not asked for", "1m2")


def test_a_question_that_is_too_long(tmp_path: Path, shelf: Shelf) -> None:
    save_model(tmp_path / "llama", "llama", longest=200)
    assert_fell_back(writer_for(tmp_path / "llama", shelf), "reads 200 tokens at most, and the question has")


# ------------------------------------------------------------------ limits


def test_it_can_be_stopped(folders: dict[str, Path], shelf: Shelf) -> None:
    began = time.monotonic()
    looks: list[float] = []
    progress = Progress(lambda *_: looks.append(time.monotonic()), lambda: len(looks) > 1)
    with pytest.raises(Cancelled):
        writer_for(folders["llama"], shelf, progress=progress, most_tokens=3000).write(request_of())
    assert looks
    assert time.monotonic() - began < 30, "3000 tokens take longer"


def test_the_time_is_limited(folders: dict[str, Path], shelf: Shelf) -> None:
    writer = writer_for(folders["llama"], shelf, most_tokens=3000, request_s=0.5)
    assert_fell_back(writer, "did not answer within 0.5 s")


def test_out_of_memory(folders: dict[str, Path], shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers as hf

    def forward(self: Any, *rest: Any, **more: Any) -> Any:
        raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr(hf.LlamaForCausalLM, "forward", functools.wraps(hf.LlamaForCausalLM.forward)(forward))
    writer = writer_for(folders["llama"], shelf)
    assert_fell_back(writer, "ran out of memory on CPU")
    assert_fell_back(writer, "1m2: not asked for", "1m2")
    assert not any(str(folders["llama"]) in key for key in shelf.keys), "it gives the memory back"


def test_a_model_whose_files_are_broken(folders: dict[str, Path], tmp_path: Path, shelf: Shelf) -> None:
    (tmp_path / "config.json").write_bytes((folders["llama"] / "config.json").read_bytes())
    assert_fell_back(writer_for(tmp_path, shelf), "cannot be loaded")


# ------------------------------------------------------------------ set up


def configure(text: str) -> None:
    user_config_folder().mkdir(parents=True, exist_ok=True)
    (user_config_folder() / "llm.toml").write_text(text)


def test_from_the_file_and_the_environment(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured_writer() == "builtin"
    configure(f"folder = '{folders['gemma2']}'\ntotal_s = 900\n")
    assert configured_writer() == "local-model"
    assert load_local_settings().total_s == 900.0
    monkeypatch.setenv("HITPOINT_LLM_FOLDER", str(folders["llama"]))
    monkeypatch.setenv("HITPOINT_DEVICE", "cpu")
    script(monkeypatch, folders["llama"], json.dumps(GOOD)[1:])
    writer = load_brief_writer("local-model")
    assert writer.write(request_of()).function == "chase"
    assert "the language model llama, loaded on this machine" in writer.warnings[0]
    monkeypatch.setenv("HITPOINT_LLM_URL", "http://localhost:1/v1")
    monkeypatch.setenv("HITPOINT_LLM_MODEL", "x")
    assert configured_writer() == "language-model", "a server is asked before a model of one's own"


WRONG = [
    ("", "no language model on this machine is set up"),
    ("folder = '/nowhere/at/all'", "neither a model that Hitpoint knows nor a folder"),
    ("folder = 'x'\nmodel_id = 'y'", "name two models"),
    ("folder = 'x'\ntotal_s = 'long'", "not a number of seconds"),
    ("folder = 'x'\ntotal_s = -1", "not a number of seconds"),
    ("fodler = 'x'", "did you mean 'folder'"),
    ("folder = 3", "words in quotes"),
    ("model_id = 'clip-vit-l-14'", "is a model for eyes, not for language"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG)
def test_a_wrong_setting_is_one_sentence(text: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(text)
    with pytest.raises((SettingError, MissingWeightsError), match=sentence):
        load_brief_writer("local-model")
