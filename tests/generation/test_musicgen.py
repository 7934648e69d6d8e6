"""MusicGen by tiny models of its own classes, random, saved by the library and loaded by our way."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from hitpoint.accelerator import Device, Shelf
from hitpoint.generation import SoundRequest, load_generator
from hitpoint.generation.musicgen import MusicGen, codec, conditions, loop
from hitpoint.generation.musicgen.decoder import DecoderStep
from hitpoint.generation.musicgen.loading import load, read_kind
from hitpoint.generation.resample import resample
from hitpoint.model.errors import Cancelled, DeviceMemoryError, HitpointError, MissingWeightsError, SettingError
from hitpoint.model.progress import Progress
from hitpoint.weights import Weights, find_weights

CPU = Device(kind="cpu", name="CPU", memory_bytes=2**33)
WORDS = ("<pad>", "</s>", "<unk>", "dark", "strings", "bright", "brass", "slow", "fast")
LENGTH = 24_100  # neither a whole number of codes nor of anything
SHAPES = ("plain", "stereo", "melody")


def save_model(folder: Path, *, melody: bool, channels: int) -> None:
    import torch
    import transformers as hf
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    text = hf.T5Config(vocab_size=16, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    sound = hf.EncodecConfig(
        sampling_rate=32000, upsampling_ratios=[8, 5, 4, 4], num_filters=4, hidden_size=16, codebook_dim=16,
        codebook_size=32, num_lstm_layers=1, use_causal_conv=False, target_bandwidths=[1.0],
    )  # fmt: skip
    decoder_class = hf.MusicgenMelodyDecoderConfig if melody else hf.MusicgenDecoderConfig
    decoder = decoder_class(
        vocab_size=32, max_position_embeddings=512, num_hidden_layers=2, ffn_dim=32, num_attention_heads=2,
        hidden_size=24, num_codebooks=4 * channels, audio_channels=channels, pad_token_id=32, bos_token_id=32,
    )  # fmt: skip
    config_class = hf.MusicgenMelodyConfig if melody else hf.MusicgenConfig
    model_class = hf.MusicgenMelodyForConditionalGeneration if melody else hf.MusicgenForConditionalGeneration
    with torch.random.fork_rng():
        torch.manual_seed(7)
        model = model_class(config_class(text_encoder=text, audio_encoder=sound, decoder=decoder)).eval()
        with torch.no_grad():  # as they begin, all logits are nearly equal, and nothing that is heard changes a code
            for name, weight in model.named_parameters():
                if weight.ndim == 2 and not name.startswith("audio_encoder"):
                    weight.normal_(std=0.5)
            for name, book in model.audio_encoder.named_buffers():
                if name.endswith("codebook.embed"):  # zeros until trained
                    book.normal_()
    model.save_pretrained(folder)
    words = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokenizer = hf.PreTrainedTokenizerFast(
        tokenizer_object=words, eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    )
    if melody:
        hf.MusicgenMelodyProcessor(hf.MusicgenMelodyFeatureExtractor(), tokenizer).save_pretrained(folder)
    else:
        hf.MusicgenProcessor(hf.EncodecFeatureExtractor(sampling_rate=32000), tokenizer).save_pretrained(folder)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("musicgen")
    for shape in SHAPES:
        save_model(folder / shape, melody=shape == "melody", channels=2 if shape == "stereo" else 1)
    return {shape: folder / shape for shape in SHAPES}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf(CPU)


def player(folders: dict[str, Path], shape: str, shelf: Shelf, **more: Any) -> MusicGen:
    return MusicGen(find_weights(str(folders[shape]), kind="sound"), shelf=shelf, **more)


def tones(*pitches_hz: float, length: int = LENGTH) -> np.ndarray:
    wave = sum(np.sin(2 * np.pi * pitch * np.arange(length) / 48000) for pitch in pitches_hz) / len(pitches_hz)
    return np.stack([wave, 0.5 * wave], axis=1).astype(np.float32)


def request_of(**more: Any) -> SoundRequest:
    return SoundRequest(**{"prompt": "dark strings", "length_samples": LENGTH, "seed": 3, **more})


@pytest.mark.parametrize("shape", SHAPES)
def test_the_protocol_is_kept(folders: dict[str, Path], shape: str, shelf: Shelf, contract: ModuleType) -> None:
    contract.check(player(folders, shape, shelf), length_samples=24_000)


# ------------------------------------------------------------------ against the library


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("known_frames", [0, 3])
def test_the_codes_are_those_of_the_library(
    folders: dict[str, Path], shape: str, known_frames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Greedy, with guidance, two windows at once, with and without a beginning; over several spans."""
    import torch

    monkeypatch.setattr(loop, "_SPAN", 16)
    kind = read_kind(folders[shape])
    loaded = load(folders[shape], kind, CPU)
    frames, rows = 30, 2
    tokens = torch.tensor([[3, 4, 1], [5, 6, 1]])
    known = torch.randint(0, 32, (rows, kind.codebooks, known_frames), generator=torch.Generator().manual_seed(1))
    melodies = [conditions.read_melody(tones(pitch), loaded) for pitch in (220, 300)] if kind.hears_melody else []
    decoder = loaded.model.decoder
    with torch.inference_mode():
        text = conditions.hear_text(tokens, loaded)
        before = None
        if melodies:
            before = torch.cat([conditions.hear_melody(torch.stack(melodies), loaded), text], dim=1)
        table = loop.delayed(known, frames=frames, pad=32, channels=kind.channels)
        columns, ahead = table.shape[-1], 0 if before is None else before.shape[1]
        step = DecoderStep(decoder, rows=2 * rows, longest=ahead + columns, heard=None if melodies else text)
        sampling = loop.Sampling(
            step,
            table=table,
            start=1 + known_frames,
            before=before,
            log_draws=torch.zeros(columns, rows, kind.codebooks, 32),
            guidance=torch.full((rows, 1, 1), 3.0),
        )
        told: list[str] = []
        ours = sampling.run(device=CPU, captures=True, progress=Progress(), warn=told.append)
        seen: list[Any] = []
        monkeypatch.setattr(
            decoder,
            "apply_delay_pattern_mask",
            lambda ids, mask: (
                seen.append(torch.where(mask[..., : ids.shape[-1]] == -1, ids, mask[..., : ids.shape[-1]])) or seen[-1]
            ),
        )
        more = {"input_features": torch.stack(melodies)} if melodies else {}
        if known_frames:
            more["decoder_input_ids"] = known.flatten(0, 1)
        loaded.model.generation_config.update(pad_token_id=32, bos_token_id=32, decoder_start_token_id=32)
        loaded.model.generate(
            input_ids=tokens, attention_mask=torch.ones_like(tokens), do_sample=False, guidance_scale=3.0,
            max_length=columns, **more,
        )  # fmt: skip
    theirs = seen[-1].reshape(rows, kind.codebooks, -1)
    assert len(theirs.unique()) > 8
    assert (theirs[0] != theirs[1]).any()
    assert torch.equal(ours, theirs)
    assert told == []
    if known_frames:
        assert torch.equal(loop.undelayed(ours, frames=frames, channels=kind.channels)[..., :known_frames], known)


class Replayed:
    """What a graph of a step is: the step again, with the span that it was captured with."""

    def __init__(self, sampling: loop.Sampling, span: int, seen: list[int]) -> None:
        self.sampling, self.span, self.seen = sampling, span, seen

    def replay(self) -> None:
        self.seen.append(self.span)
        self.sampling._advance(self.span)


@pytest.mark.parametrize("can_capture", [True, False])
def test_steps_that_are_captured_are_the_same_steps(
    folders: dict[str, Path], can_capture: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of captures and replays; capturing itself needs a card."""
    import torch

    loaded = load(folders["plain"], read_kind(folders["plain"]), CPU)
    seen: list[int] = []
    told: list[str] = []

    def captured(self: loop.Sampling, span: int) -> Replayed:
        if not can_capture:
            raise RuntimeError("operation not permitted when stream is capturing")
        return Replayed(self, span, seen)

    monkeypatch.setattr(loop, "_GRAPH_SPAN", 32)
    monkeypatch.setattr(loop.Sampling, "_captured", captured)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda index: None)

    def made(device: Device) -> Any:
        with torch.inference_mode():
            text = conditions.hear_text(torch.tensor([[3, 4, 1]]), loaded)
            table = loop.delayed(torch.zeros((1, 4, 0), dtype=torch.long), frames=80, pad=32, channels=1)
            sampling = loop.Sampling(
                DecoderStep(loaded.model.decoder, rows=2, longest=table.shape[-1], heard=text),
                table=table,
                start=1,
                before=None,
                log_draws=loop.draws([9], columns=table.shape[-1], codebooks=4, choices=32, device=CPU),
                guidance=torch.full((1, 1, 1), 3.0),
            )
            return sampling.run(device=device, captures=True, progress=Progress(), warn=told.append)

    card = Device(kind="cuda", name="a card", memory_bytes=2**33)
    assert torch.equal(made(card), made(CPU))
    if can_capture:
        assert sorted(set(seen)) == [32, 64, 96]
        assert len(seen) == 82 - 3, "one step of each span is run singly, and captured"
        assert told == []
    else:
        assert told == [
            "MusicGen's steps cannot be captured on a card (operation not permitted when stream is capturing); "
            "they run singly"
        ]


def test_draws_fall_as_probabilities_say() -> None:
    import torch

    scores = torch.tensor([2.0, 0.0, -1.0, 1.0])
    log_e = loop.draws([5], columns=40_000, codebooks=1, choices=4, device=CPU)
    counted = torch.bincount((scores - log_e[:, 0, 0]).argmax(dim=-1), minlength=4) / 40_000
    assert torch.allclose(counted, scores.softmax(-1), atol=0.01)


# ------------------------------------------------------------------ windows


@pytest.mark.parametrize("shape", SHAPES)
def test_windows_are_as_long_as_asked_and_the_same_alone(folders: dict[str, Path], shape: str, shelf: Shelf) -> None:
    music = player(folders, shape, shelf)
    asked = [
        request_of(),
        request_of(seed=4),
        request_of(prompt="bright brass", seed=-1),
        request_of(prompt="slow dark strings and brass", length_samples=LENGTH + 12_345),
        request_of(prompt=""),
    ]
    together = music.generate(asked)
    assert [len(one.audio) for one in together] == [one.length_samples for one in asked]
    assert all(np.abs(one.audio).max() > 0 for one in together)
    for place in (1, 2):  # one that had company, and one that had none
        (alone,) = music.generate([asked[place]])
        np.testing.assert_allclose(alone.audio, together[place].audio, atol=1e-5)
    for other in together[1:3]:
        assert np.abs(other.audio - together[0].audio).max() > 1e-3
    sides_differ = np.abs(together[0].audio[:, 0] - together[0].audio[:, 1]).max() > 1e-4
    assert sides_differ == (shape == "stereo")


@pytest.mark.parametrize("shape", SHAPES)
def test_going_on_keeps_what_went_before(folders: dict[str, Path], shape: str, shelf: Shelf) -> None:
    music = player(folders, shape, shelf)
    loaded = load(folders[shape], read_kind(folders[shape]), CPU)
    before = tones(196, 330, length=15_000)
    (made,) = music.generate([request_of(before=before)])
    codes = codec.encode(before, loaded, progress=Progress())
    assert codes.shape[1] == 15  # 15.6 of 960 samples
    kept = 12 * 960  # the codec hears some codes ahead
    trip = codec.decode(codes, loaded, length_samples=kept, progress=Progress())
    (fresh,) = music.generate([request_of()])
    # a random codec says nearly the same of everything: what counts is what differs from that
    off, far = (np.abs(audio[:kept] - trip).mean() for audio in (made.audio, fresh.audio))
    assert off < 0.05 * far
    assert np.abs(made.audio[20 * 960 :] - fresh.audio[20 * 960 :]).max() > 1e-4, "what follows depends on it"
    assert len(made.audio) == LENGTH


def test_a_melody_is_heard(folders: dict[str, Path], shelf: Shelf) -> None:
    music = player(folders, "melody", shelf)
    low, high, none = music.generate([request_of(sketch=tones(220)), request_of(sketch=tones(311)), request_of()])
    assert np.abs(low.audio - high.audio).max() > 1e-3
    assert np.abs(low.audio - none.audio).max() > 1e-3
    assert low.sentences == ()


def test_freedom_changes_the_guidance_of_a_melody_alone(folders: dict[str, Path], shelf: Shelf) -> None:
    sketch = tones(220)
    music = player(folders, "melody", shelf)
    free, close = music.generate([request_of(sketch=sketch, freedom=1.0), request_of(sketch=sketch, freedom=0.0)])
    assert np.abs(free.audio - close.audio).max() > 1e-3
    assert "takes the strongest pitch of each moment" in close.sentences[0]
    deaf = player(folders, "plain", shelf)
    one, other = deaf.generate([request_of(sketch=sketch, freedom=0.0), request_of()])
    np.testing.assert_allclose(one.audio, other.audio, atol=1e-5)
    assert "cannot hear the sketch" in one.sentences[0]


def test_the_melody_is_that_of_the_sketch(folders: dict[str, Path]) -> None:
    loaded = load(folders["melody"], read_kind(folders["melody"]), CPU)
    melody = conditions.read_melody(np.concatenate([tones(440, length=96_000), tones(261.63, length=96_000)]), loaded)
    assert melody.shape == (235, 12)
    classes = melody.argmax(dim=-1)
    assert {int(classes[8]), int(classes[24])} == {9, 0}, "an A, then a C"
    assert int(classes[8 + 32]) == 9, "4 s, then again"


def test_what_cannot_be_done_is_told(folders: dict[str, Path], shelf: Shelf) -> None:
    music = player(folders, "plain", shelf)
    (made,) = music.generate([request_of(prompt="dark " * 300, negative_prompt="drums")])
    assert "first 256 tokens" in made.sentences[0]
    assert "no negative prompt" in made.sentences[1]


def test_noise_at_the_end_is_cut_where_there_is_room(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny model knows nothing of ends: the count of codes says what is made and cut."""
    counted: list[int] = []
    whole = codec.decode
    monkeypatch.setattr(
        codec, "decode", lambda codes, *rest, **more: counted.append(codes.shape[1]) or whole(codes, *rest, **more)
    )
    music = MusicGen(Weights(name="tiny", folder=folders["plain"]), shelf=Shelf(CPU))
    music._most_frames, music.longest_samples = 100, 96_000
    sizes = (24_000, 48_000, 72_000, 96_000)
    made = music.generate([request_of(length_samples=size) for size in sizes])
    assert counted == [75, 100, 100, 100]
    assert [len(one.audio) for one in made] == list(sizes)
    with pytest.raises(ValueError, match=r"a window of 2\.02 s is longer than the 2 s that MusicGen makes"):
        music.generate([request_of(length_samples=97_000)])


def test_noise_at_the_end_is_heard() -> None:
    from hitpoint.generation.musicgen.player import noisy_end

    music = tones(220, 277, length=8 * 48_000)
    assert noisy_end(music) == ()
    rng = np.random.default_rng(1)
    music[-24_000:] += rng.normal(0, 0.5, (24_000, 2)).astype(np.float32)
    assert noisy_end(music) == ("the last 0.50 s of a window are noise",)


def test_what_is_said_of_it(folders: dict[str, Path], shelf: Shelf) -> None:
    music = load_generator(str(folders["melody"]), shelf=shelf)
    assert music.name == "MusicGen in melody, float32 on CPU"
    assert (music.longest_samples, music.can_continue, music.noisy_end_samples) == (1_440_000, True, 48_000)
    assert "non-commercial" in music.terms


# ------------------------------------------------------------------ what goes wrong


def test_other_models_are_refused(folders: dict[str, Path], tmp_path: Path, shelf: Shelf) -> None:
    with pytest.raises(MissingWeightsError, match=r"holds no config\.json"):
        MusicGen(Weights(name="x", folder=tmp_path), shelf=shelf)
    config = json.loads((folders["plain"] / "config.json").read_text())
    for text, error in (
        (json.dumps({**config, "model_type": "llama"}), "of type 'llama', not of MusicGen"),
        ("[]", "cannot be read"),
        ("{", "cannot be read"),
        (json.dumps({**config, "audio_encoder": {**config["audio_encoder"], "normalize": True}}), "cuts or levels"),
    ):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(SettingError, match=error):
            MusicGen(Weights(name="x", folder=tmp_path), shelf=shelf)
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(MissingWeightsError, match="cannot be loaded"):
        MusicGen(Weights(name="x", folder=tmp_path), shelf=shelf).generate([request_of()])


def test_less_than_a_code_is_nothing_to_go_on_from(folders: dict[str, Path], shelf: Shelf) -> None:
    with pytest.raises(ValueError, match="one of its codes is 960 samples long"):
        player(folders, "plain", shelf).generate([request_of(before=tones(220, length=900))])


def test_out_of_memory_makes_less_at_once(
    folders: dict[str, Path], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    music = player(folders, "plain", shelf)
    asked = [request_of(seed=seed) for seed in range(3)]
    (plenty,) = music.generate(asked[2:])
    seen: list[int] = []

    def small(most: int) -> None:
        whole = DecoderStep.__init__

        def build(self: DecoderStep, decoder: Any, *, rows: int, **more: Any) -> None:
            seen.append(rows)
            if rows > most:
                raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB")
            whole(self, decoder, rows=rows, **more)

        monkeypatch.setattr(DecoderStep, "__init__", build)

    with monkeypatch.context():
        small(2)
        little = music.generate(asked)
        assert seen == [6, 4, 2, 2, 2]
        assert "ran out of memory at 3 at once" in little[0].sentences[0]
        np.testing.assert_allclose(little[2].audio, plenty.audio, atol=1e-5)
        small(0)
        with pytest.raises(DeviceMemoryError, match="generating music: CPU has too little free memory even for 1"):
            music.generate(asked)


def test_scores_that_are_no_numbers_make_no_music(folders: dict[str, Path]) -> None:
    import torch

    shelf = Shelf(CPU)
    music = player(folders, "plain", shelf)
    music.generate([request_of()])
    with shelf.lend(shelf.keys[0], lambda: None, size_bytes=0) as loaded, torch.no_grad():
        loaded.model.decoder.lm_heads[1].weight[0, 0] = float("nan")
    with pytest.raises(HitpointError, match="fetch them again, or use --device cpu"):
        music.generate([request_of()])


def test_out_of_memory_while_it_encodes(
    folders: dict[str, Path], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def encode(*rest: Any, **more: Any) -> None:
        raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr(codec, "encode", encode)
    with pytest.raises(DeviceMemoryError, match="encoding what went before: CPU has too little free memory"):
        player(folders, "plain", shelf).generate([request_of(before=tones(220)[:9_600])])


def test_it_stops_between_two_codes(folders: dict[str, Path], shelf: Shelf) -> None:
    told: list[tuple[float, str]] = []
    music = player(folders, "plain", shelf)
    progress = Progress(lambda *said: told.append(said), lambda: len(told) > 20)
    with pytest.raises(Cancelled):
        music.generate([request_of()], progress=progress)
    assert len(told) == 21
    music.generate([request_of()], progress=Progress(lambda *said: told.append(said)))
    fractions = [fraction for fraction, _ in told[21:]]
    assert fractions == sorted(fractions)
    assert len(fractions) > 75
    assert fractions[-1] > 0.95
    assert {sentence for _, sentence in told} == {"loading MusicGen", "generating music", "decoding music"}


def test_nothing_is_printed_and_nobody_is_called(
    folders: dict[str, Path], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers.utils import logging

    def refuse(*args: Any, **more: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    verbosity, state = logging.get_verbosity(), torch.get_rng_state()
    player(folders, "melody", Shelf(CPU)).generate([request_of(sketch=tones(220))])
    assert logging.get_verbosity() == verbosity
    assert torch.equal(torch.get_rng_state(), state), "the program's own randomness is left alone"
    out, err = capfd.readouterr()
    assert out == err == ""


def test_half_precision_is_the_decoders_alone(folders: dict[str, Path]) -> None:
    import torch

    class Half(Device):
        @property
        def number_format(self) -> str:
            return "float16"

    device = Half(kind="cpu", name="half", memory_bytes=2**33)
    (made,) = player(folders, "melody", Shelf(device)).generate(
        [request_of(sketch=tones(220), before=tones(110)[:9_600])]
    )
    assert made.audio.dtype == np.float32
    model = load(folders["melody"], read_kind(folders["melody"]), device).model
    formats = {
        part: next(getattr(model, part).parameters()).dtype for part in ("decoder", "text_encoder", "audio_encoder")
    }
    assert formats == {"decoder": torch.float16, "text_encoder": torch.float32, "audio_encoder": torch.float32}


# ------------------------------------------------------------------ sample rates


def test_resampling_keeps_moments_and_lengths() -> None:
    audio = tones(440, length=48_000)
    low = resample(audio, 48_000, 32_000, 32_000)
    assert low.shape == (32_000, 2)
    expected = tones(440 * 1.5, length=32_000)
    assert np.abs(low - expected)[200:-200].max() < 2e-3
    back = resample(low, 32_000, 48_000, 50_001)
    assert back.shape == (50_001, 2)
    assert np.abs(back[:48_000] - audio)[300:-300].max() < 2e-3
    assert not back[48_000:].any()
    assert np.array_equal(resample(audio, 48_000, 48_000, 100), audio[:100])
    assert resample(audio[:0], 48_000, 32_000, 10).shape == (10, 2)
    assert replace(request_of(), seed=1).length_s == pytest.approx(LENGTH / 48_000)
