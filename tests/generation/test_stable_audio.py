"""Stable Audio with small random weights: saved as real models are, loaded by the real way, held to the library."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from hitpoint.accelerator import Device, Shelf
from hitpoint.generation import SoundRequest, load_generator
from hitpoint.generation.resample import resample
from hitpoint.generation.stable_audio import StableAudio
from hitpoint.generation.stable_audio.batch import Job, make_latents
from hitpoint.generation.stable_audio.codec import decode, encode
from hitpoint.generation.stable_audio.config import SamplingSettings, read_facts
from hitpoint.generation.stable_audio.loading import Loaded
from hitpoint.generation.stable_audio.quiet import quiet
from hitpoint.generation.stable_audio.sampling import Noise, sample
from hitpoint.generation.stable_audio.steps import Network, with_guidance
from hitpoint.model.errors import Cancelled, DeviceMemoryError, HitpointError, MissingWeightsError, SettingError
from hitpoint.model.progress import Progress
from hitpoint.weights import Weights

torch = pytest.importorskip("torch")
pytest.importorskip("k_diffusion")

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from stable_audio_models import model_config, save_model  # noqa: E402

CPU = Device(kind="cpu", name="test CPU", memory_bytes=8 << 30)
LENGTH = 50001  # 1.04 s, no whole number of latents, no whole number of samples at 44.1 kHz


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Models like Stable Audio Open (v), one that inpaints, and a distilled one that inpaints."""
    root = tmp_path_factory.mktemp("stable-audio")
    with quiet():
        save_model(root / "open", "tiny")
        save_model(root / "inpaint", "tiny", inpaints=True)
        save_model(root / "small", "tiny", inpaints=True, objective="rf_denoiser")
        save_model(root / "flow", "tiny", objective="rectified_flow", channels=1)
    return {path.name: path for path in root.iterdir()}


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf(CPU, free_bytes=lambda: 8 << 30)


@pytest.fixture(scope="module")
def generators(folders: dict[str, Path], shelf: Shelf) -> dict[str, StableAudio]:
    made = {}
    for name, folder in folders.items():
        made[name] = StableAudio(Weights(name=name, folder=folder), shelf=shelf)
        if made[name]._facts.settings.steps > 16:  # fewer: the models are random anyway
            made[name]._facts = read_facts(folder, {"steps": 16})
    return made


@contextlib.contextmanager
def borrowed(generator: StableAudio) -> Iterator[Loaded]:
    with generator._shelf.lend(generator._key, generator._load, size_bytes=1) as loaded, torch.no_grad():
        yield loaded


def asked(seed: int = 1, **options: Any) -> SoundRequest:
    return SoundRequest(**({"prompt": "slow low strings", "length_samples": LENGTH, "seed": seed} | options))


def sketch(length: int = LENGTH) -> np.ndarray:
    time_s = np.arange(length) / 48000
    tones = np.stack([np.sin(2 * np.pi * 220 * time_s * (1 + time_s)), np.sin(2 * np.pi * 330 * time_s)], axis=1)
    noise = np.random.default_rng(4).normal(0, 0.1, tones.shape)
    return (tones * (0.3 + 0.3 * np.sin(2 * np.pi * 3 * time_s))[:, None] + noise).astype(np.float32)


def alike(left: np.ndarray, right: np.ndarray) -> float:
    return float(np.corrcoef(left.ravel(), right.ravel())[0, 1])


@pytest.mark.parametrize("name", ["open", "small"])
def test_the_protocol_is_kept(generators: dict[str, StableAudio], name: str, contract: ModuleType) -> None:
    contract.check(generators[name], length_samples=24_000)


@pytest.mark.parametrize("length", [1, 4801, LENGTH, 53498])
def test_windows_have_the_length_that_was_asked_for(generators: dict[str, StableAudio], length: int) -> None:
    (made,) = generators["small"].generate([asked(length_samples=length)])
    assert made.audio.shape == (length, 2)


def test_a_window_longer_than_the_models_is_refused(generators: dict[str, StableAudio]) -> None:
    assert generators["open"].longest_samples == 53498  # 49152 samples at 44.1 kHz
    with pytest.raises(ValueError, match="windows of up to 53498 samples, not 53499"):
        generators["open"].generate([asked(length_samples=53499)])


@pytest.mark.parametrize("name", ["open", "small", "flow"])
def test_the_same_seed_gives_the_same_audio(generators: dict[str, StableAudio], name: str) -> None:
    state = torch.random.get_rng_state()
    first, again, other = (generators[name].generate([asked(seed)])[0].audio for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert abs(alike(first, other)) < 0.9
    assert torch.equal(state, torch.random.get_rng_state())  # nobody else's numbers were taken


@pytest.mark.parametrize("name", ["open", "small"])
def test_a_request_in_a_batch_is_the_request_alone(generators: dict[str, StableAudio], name: str) -> None:
    requests = [
        asked(1),
        asked(2, prompt="tense drums", length_samples=20001),
        asked(3, negative_prompt="rain"),
        asked(4, sketch=sketch(), freedom=0.6),
    ]
    together = generators[name].generate(requests)
    for request, made in zip(requests, together, strict=True):
        (alone,) = generators[name].generate([request])
        # the last bits differ: a matrix of three rows is summed in another order
        assert np.allclose(made.audio, alone.audio, atol=1e-3 * np.abs(alone.audio).max())
    assert abs(alike(together[0].audio[:20001], together[1].audio)) < 0.9


def test_prompts_lengths_and_what_is_unwanted_count(generators: dict[str, StableAudio]) -> None:
    first, prompt, length, negative = generators["open"].generate(
        [asked(), asked(prompt="warm brass"), asked(length_samples=LENGTH // 2), asked(negative_prompt="rain drums")]
    )
    assert not np.allclose(first.audio, prompt.audio, atol=1e-4)
    assert not np.allclose(first.audio[: LENGTH // 2], length.audio, atol=1e-4)
    assert not np.allclose(first.audio, negative.audio, atol=1e-4)


def test_what_a_model_takes_no_heed_of_is_told(generators: dict[str, StableAudio]) -> None:
    (made,) = generators["small"].generate([asked(negative_prompt="rain", prompt="slow " * 40)])
    assert any("takes no heed" in sentence for sentence in made.sentences)
    assert any("was cut to 16" in sentence for sentence in made.sentences)


@pytest.mark.parametrize("name", ["open", "small", "flow"])
def test_freedom_0_is_the_sketch_and_1_is_not(generators: dict[str, StableAudio], name: str) -> None:
    generator, given = generators[name], sketch()
    kept, near, far, free = (
        generator.generate([asked(sketch=given, freedom=freedom)])[0].audio for freedom in (0.0, 0.1, 0.6, 1.0)
    )
    with borrowed(generator) as loaded, torch.random.fork_rng():
        whole = np.zeros((generator._facts.longest_samples, 2), np.float32)
        whole[:LENGTH] = given
        through_codec = decode(loaded.model, generator._facts, encode(loaded.model, generator._facts, whole), LENGTH)
    assert alike(kept, through_codec) > 0.999
    assert alike(near, through_codec) > 0.8
    assert alike(near, through_codec) > alike(far, through_codec) + 0.1 > alike(free, through_codec) + 0.1
    (without,) = generator.generate([asked()])
    assert np.allclose(free, without.audio, atol=1e-3)  # 1 takes nothing from the sketch


@pytest.mark.parametrize("name", ["inpaint", "small"])
def test_what_went_before_is_kept(generators: dict[str, StableAudio], name: str) -> None:
    generator, before = generators[name], sketch(24000)
    with borrowed(generator) as loaded:
        (latents,) = make_latents(
            loaded, generator._facts, [Job(asked(before=before), 1.0)], CPU, piece=512, on_step=lambda *_: None
        )
        with torch.random.fork_rng():
            torch.manual_seed(1)  # the request's
            wanted = encode(loaded.model, generator._facts, before)
    whole = 24000 * 44100 // 48000 // 256
    assert torch.allclose(latents[:, : whole - 8], wanted[:, : whole - 8], atol=1e-5)
    assert not torch.allclose(latents[:, whole:][:, :1], wanted[:, whole:][:, :1], atol=1e-2)
    (going_on,) = generator.generate([asked(before=before)])
    (fresh,) = generator.generate([asked()])
    assert going_on.audio.shape == (LENGTH, 2)
    # what comes after it is another music, for the network has seen it
    assert not np.allclose(going_on.audio[26000:], fresh.audio[26000:], atol=1e-4)


def test_what_is_too_short_to_go_on_from_is_told(generators: dict[str, StableAudio]) -> None:
    (made,) = generators["small"].generate([asked(before=np.zeros((200, 2), np.float32))])
    assert "shorter than 6 ms" in made.sentences[0]


def test_a_model_that_was_not_trained_to_refuses_to_go_on(generators: dict[str, StableAudio]) -> None:
    assert not generators["open"].can_continue
    with pytest.raises(ValueError, match="cannot go on from what went before"):
        generators["open"].generate([asked(before=sketch(4000))])


def test_guidance_is_the_librarys(generators: dict[str, StableAudio]) -> None:
    with borrowed(generators["open"]) as loaded:
        network, rng = loaded.network, torch.Generator().manual_seed(7)
        x, t = torch.randn((2, 8, 192), generator=rng), torch.full((2,), 0.4)
        wanted = {
            "cross_attn_cond": torch.randn((2, 18, 32), generator=rng),
            "global_cond": torch.randn((2, 64), generator=rng),
        }
        against = torch.randn((2, 18, 32), generator=rng)
        ours = with_guidance(network, wanted, wanted | {"cross_attn_cond": against}, 7.0, warn=pytest.fail)(x, t)
        theirs = network.model(x, t, negative_cross_attn_cond=against, cfg_scale=7.0, batch_cfg=True, **wanted)
    assert torch.allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("objective", ["rectified_flow", "rf_denoiser"])
@pytest.mark.parametrize("start", [1.0, 0.6])
def test_flows_are_sampled_as_the_library_does(monkeypatch: pytest.MonkeyPatch, objective: Any, start: float) -> None:
    from stable_audio_tools.inference.sampling import sample_rf

    sketches = torch.randn((1, 8, 32), generator=torch.Generator().manual_seed(9)) if start < 1 else None

    def predict(x: Any, t: Any, **_: Any) -> Any:
        return torch.tanh(x.roll(1, dims=-1)) * (1 + t[:, None, None])

    ours = sample(
        predict,
        Noise([5], (8, 32), "cpu"),
        objective=objective,
        settings=SamplingSettings(steps=12, guidance=1.0),
        start=start,
        sketches=sketches,
        on_step=lambda *_: None,
    )
    noise = Noise([5], (8, 32), "cpu")
    first = noise.draw()
    monkeypatch.setattr(torch, "randn_like", lambda x: noise.draw())
    with quiet():
        theirs = sample_rf(
            predict,
            first,
            init_data=sketches,
            steps=12,
            sampler_type="euler" if objective == "rectified_flow" else "pingpong",
            sigma_max=start,
            device="cpu",
        )
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_v_is_sampled_as_the_library_does(monkeypatch: pytest.MonkeyPatch) -> None:
    import k_diffusion
    from stable_audio_tools.inference.sampling import sample_k

    def predict(x: Any, t: Any, **_: Any) -> Any:
        return torch.tanh(x.roll(1, dims=-1)) * (1 + t[:, None, None])

    settings = SamplingSettings(steps=20, guidance=1.0)
    ours = sample(
        predict,
        Noise([5], (8, 32), "cpu"),
        objective="v",
        settings=settings,
        start=1.0,
        sketches=None,
        on_step=lambda *_: None,
    )
    noise = Noise([5], (8, 32), "cpu")
    first = noise.draw()
    # its Brownian path replaced by the same numbers: between two levels both are independent and of unit size
    monkeypatch.setattr(
        k_diffusion.sampling, "BrownianTreeNoiseSampler", lambda *_, **__: lambda now, then: noise.draw()
    )
    with quiet():
        theirs = sample_k(
            predict, first, steps=20, sampler_type="dpmpp-3m-sde", sigma_min=0.3, sigma_max=500.0, device="cpu"
        )
    assert torch.allclose(ours, theirs, atol=1e-4)


def test_texts_are_embedded_as_the_library_does(
    generators: dict[str, StableAudio], folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stable_audio_tools.models.conditioners import T5Conditioner

    folder = tmp_path / "both"
    folder.mkdir()
    for part in ("text_encoder", "tokenizer"):
        for path in (folders["open"] / part).iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(T5Conditioner, "T5_MODELS", [str(folder)])
    monkeypatch.setattr(T5Conditioner, "T5_MODEL_DIMS", {str(folder): 32})
    with quiet():
        theirs = T5Conditioner(32, str(folder), max_length=16)
    texts = ["slow low strings", "", "warm brass over a drone of night rain " * 4]
    with borrowed(generators["open"]) as loaded:
        ours, mask = loaded.texts["prompt"](texts, "cpu")
        expected, expected_mask = theirs(texts, "cpu")
    assert torch.equal(mask, expected_mask)
    assert torch.allclose(ours, expected, atol=0.02)  # the library's in half precision, everywhere


def test_sound_is_decoded_in_pieces_as_at_once(generators: dict[str, StableAudio]) -> None:
    generator = generators["open"]
    with borrowed(generator) as loaded:
        latents = torch.randn((8, 192), generator=torch.Generator().manual_seed(2))
        whole, pieces = (decode(loaded.model, generator._facts, latents, LENGTH, piece=piece) for piece in (512, 64))
        library = loaded.model.pretransform.decode(latents[None])[0].numpy().T
    assert np.allclose(whole, pieces, atol=1e-5 * np.abs(whole).max())
    expected = resample(library, 44100, 48000, length_samples=LENGTH)
    # within the resampler's reach of the end, what it sees beyond differs
    assert np.allclose(whole[:-500], expected[:-500], atol=1e-4 * np.abs(whole).max())


def test_sound_is_encoded_in_pieces_as_at_once(generators: dict[str, StableAudio]) -> None:
    generator = generators["open"]
    with borrowed(generator) as loaded:
        whole, pieces = (encode(loaded.model, generator._facts, sketch(), piece=piece) for piece in (512, 64))
    assert torch.allclose(whole, pieces, atol=5e-3)  # a variational codec draws numbers, here of size 5e-5


def test_another_rate_keeps_time_and_length() -> None:
    click = np.zeros((48001, 2), np.float32)
    click[24000] = 1.0
    there = resample(click, 48000, 44100, length_samples=44101)
    back = resample(there, 44100, 48000, length_samples=48001)
    assert there.shape == (44101, 2)
    assert int(np.abs(there[:, 0]).argmax()) == 22050
    assert int(np.abs(back[:, 1]).argmax()) == 24000
    assert resample(click, 48000, 48000, length_samples=10).shape == (10, 2)


def test_memory_that_is_out_is_met_with_less(
    generators: dict[str, StableAudio], monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = generators["small"]
    sizes: list[int] = []
    plain = Network.plain

    def tight(self: Network, x: Any, t: Any, conditions: Any) -> Any:
        sizes.append(len(x))
        if len(x) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return plain(self, x, t, conditions)

    monkeypatch.setattr(Network, "plain", tight)
    requests = [asked(seed) for seed in range(5)]
    together = generator.generate(requests)
    assert sizes[:2] == [5, 2]
    assert set(sizes[2:]) == {2, 1}
    assert all("ran out of memory at 5 at once" in made.sentences[0] for made in together)
    monkeypatch.setattr(Network, "plain", plain)
    assert np.allclose(together[4].audio, generator.generate([requests[4]])[0].audio, atol=1e-4)


def test_memory_that_is_out_altogether(generators: dict[str, StableAudio], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(Network, "plain", full)
    with pytest.raises(DeviceMemoryError, match="too little free memory even for 1 at once"):
        generators["small"].generate([asked(), asked(2)])


def test_a_codec_without_memory_works_in_smaller_pieces(
    generators: dict[str, StableAudio], monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = generators["small"]
    (before,) = generator.generate([asked()])
    with borrowed(generator) as loaded:
        codec = loaded.model.pretransform
    whole = type(codec).decode

    def tight(self: Any, latents: Any, **options: Any) -> Any:
        if latents.shape[-1] > 128:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return whole(self, latents, **options)

    monkeypatch.setattr(type(codec), "decode", tight)
    (made,) = generator.generate([asked()])
    assert any("decoding music" in sentence for sentence in made.sentences)
    assert np.allclose(made.audio, before.audio, atol=1e-5)


def test_a_stop_is_obeyed_between_steps(generators: dict[str, StableAudio], monkeypatch: pytest.MonkeyPatch) -> None:
    generator, told, asked_for = generators["open"], [], []
    plain = Network.plain
    monkeypatch.setattr(Network, "plain", lambda self, *given: asked_for.append(1) or plain(self, *given))

    def report(fraction: float, sentence: str) -> None:
        told.append((fraction, sentence))

    with pytest.raises(Cancelled):
        generator.generate([asked()], progress=Progress(report, lambda: len(told) >= 4))
    assert len(asked_for) == 4  # loading is told first, then three steps; the fourth's end finds the stop
    assert told[-1][1] == "open: step 3 of 16"
    told.clear()
    generator.generate([asked(), asked(2, sketch=sketch())], progress=Progress(report))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def recorded(plain: Any, x: Any, t: Any, conditions: Any) -> Any:
    """What a graph does, without a card: it reads from tensors of its own, whatever it is given."""
    own_x, own_t = x.clone(), t.clone()
    own = {name: each.clone() for name, each in conditions.items()}

    def step(x: Any, t: Any, conditions: Any) -> Any:
        own_x.copy_(x)
        own_t.copy_(t)
        for name, each in conditions.items():
            own[name].copy_(each)
        return plain(own_x, own_t, own)

    return step


def test_a_recorded_network_gives_the_same(generators: dict[str, StableAudio]) -> None:
    records = []

    def record(*given: Any) -> Any:
        records.append(given[1].shape)
        return recorded(*given)

    generator = generators["open"]
    plainly = generator.generate([asked(), asked(2)])
    with borrowed(generator) as loaded:
        plain, loaded.network = loaded.network, Network(loaded.network.model, speedup="graph", record=record)
    faster = generator.generate([asked(), asked(2)])
    generator.generate([asked(7), asked(8)])
    generator.generate([asked()])
    with borrowed(generator) as loaded:
        loaded.network = plain
    assert [shape[0] for shape in records] == [4, 2]  # once for each shape, guidance doubles it
    for left, right in zip(plainly, faster, strict=True):
        assert np.array_equal(left.audio, right.audio)


@pytest.mark.parametrize("speedup", ["graph", "compile"])
def test_a_network_that_cannot_be_made_faster_is_asked_plainly(
    generators: dict[str, StableAudio], monkeypatch: pytest.MonkeyPatch, speedup: Any
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no compiler here")

    monkeypatch.setattr(torch, "compile", fail)
    generator = generators["open"]
    (plainly,) = generator.generate([asked()])
    with borrowed(generator) as loaded:
        plain, loaded.network = loaded.network, Network(loaded.network.model, speedup=speedup, record=fail)
    (made,) = generator.generate([asked()])
    (again,) = generator.generate([asked()])
    with borrowed(generator) as loaded:
        loaded.network = plain
    assert "could not be made faster" in made.sentences[0]
    assert "no compiler here" in made.sentences[0]
    assert not again.sentences  # told once, tried once
    assert np.array_equal(plainly.audio, made.audio)


def test_a_network_can_be_recorded_whole(generators: dict[str, StableAudio]) -> None:
    """torch traces it in one piece: nothing in it asks for a number or depends on one, which no graph could hold."""
    with borrowed(generators["inpaint"]) as loaded:
        x, t = torch.randn((2, 8, 256)), torch.full((2,), 0.3)
        conditions = {
            "cross_attn_cond": torch.randn((2, 18, 32)),
            "global_cond": torch.randn((2, 64)),
            "input_concat_cond": torch.randn((2, 9, 256)),
        }
        traced = torch.compile(loaded.network.plain, backend="eager", fullgraph=True, dynamic=False)
        assert torch.allclose(traced(x, t, conditions), loaded.network.plain(x, t, conditions), atol=1e-5)


def test_half_precision_is_near_the_whole(
    generators: dict[str, StableAudio], folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a card computes in, here on the processor: every part meets numbers of its own format."""
    requests = [asked(sketch=sketch(), freedom=0.5, negative_prompt="rain"), asked(before=sketch(9600))]
    whole = generators["inpaint"].generate(requests)
    monkeypatch.setattr(Device, "number_format", "float16")
    weights = Weights(name="half", folder=folders["inpaint"])
    generator = StableAudio(weights, shelf=Shelf(CPU, free_bytes=lambda: 8 << 30))
    generator._facts = generators["inpaint"]._facts
    half = generator.generate(requests)
    with borrowed(generator) as loaded:
        assert next(loaded.model.model.parameters()).dtype == torch.float16
        assert next(loaded.model.pretransform.parameters()).dtype == torch.float16
    for left, right in zip(whole, half, strict=True):
        assert alike(left.audio, right.audio) > 0.99


def test_stable_audio_open_has_its_published_size() -> None:
    with quiet(), torch.device("meta"):
        from stable_audio_tools.models.factory import create_model_from_config

        config = model_config("open")
        config["model"]["conditioning"]["configs"].pop(0)
        model = create_model_from_config(config)
    millions = [
        round(sum(each.numel() for each in part.parameters()) / 1e6) for part in (model.model, model.pretransform)
    ]
    assert millions == [1057, 156]  # as in the paper (arXiv 2407.14358)


def test_numbers_that_are_no_sound_are_not_handed_on(
    generators: dict[str, StableAudio], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Network, "plain", lambda self, x, t, conditions: torch.full_like(x, float("nan")))
    with pytest.raises(HitpointError, match=r"made what is no sound .*; use --device cpu"):
        generators["small"].generate([asked()])


def test_nothing_asked_nothing_loaded(folders: dict[str, Path]) -> None:
    shelf = Shelf(CPU)
    assert StableAudio(Weights(name="small", folder=folders["small"]), shelf=shelf).generate([]) == ()
    assert not shelf.keys


def test_silence_at_the_end_is_told(generators: dict[str, StableAudio], monkeypatch: pytest.MonkeyPatch) -> None:
    from hitpoint.generation.stable_audio import generator as room

    def ends_early(*_: Any, **__: Any) -> np.ndarray:
        audio = sketch(53498)
        audio[4800:] = 0
        return audio

    monkeypatch.setattr(room, "decode", ends_early)
    (made,) = generators["small"].generate([asked(length_samples=53498)])
    assert made.sentences == ("the last 1.0 s of 1.1 s are silent: the model ended early",)


def test_nothing_is_printed_and_nobody_is_called(
    folders: dict[str, Path], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("the network was asked")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    flags = (torch.backends.cudnn.benchmark, torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction)
    compiler = torch._dynamo.config.suppress_errors
    fresh = Shelf(CPU, free_bytes=lambda: 8 << 30)
    made = load_generator(str(folders["small"]), shelf=fresh).generate([asked(), asked(2)])
    assert len(made) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""
    assert flags == (
        torch.backends.cudnn.benchmark,
        torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction,
    )
    assert compiler == torch._dynamo.config.suppress_errors
    assert len(fresh.keys) == 1


def copy_of(folder: Path, to: Path) -> Path:
    import shutil

    shutil.copytree(folder, to)
    return to


def test_a_checkpoint_is_read_without_running_it(
    folders: dict[str, Path], tmp_path: Path, generators: dict[str, StableAudio]
) -> None:
    from safetensors.torch import load_file

    folder = copy_of(folders["small"], tmp_path / "ckpt")
    torch.save({"state_dict": load_file(folder / "model.safetensors")}, folder / "model.ckpt")
    (folder / "model.safetensors").unlink()
    shelf = Shelf(CPU, free_bytes=lambda: 8 << 30)
    (made,) = StableAudio(Weights(name="ckpt", folder=folder), shelf=shelf).generate([asked()])
    assert np.array_equal(made.audio, generators["small"].generate([asked()])[0].audio)
    torch.save({"state_dict": {"weight": Path("/")}}, folder / "model.ckpt")  # an object of a class
    with pytest.raises(SettingError, match="is damaged or no file of weights"):
        StableAudio(Weights(name="evil", folder=folder), shelf=Shelf(CPU)).generate([asked()])


def test_weights_that_do_not_fit(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = copy_of(folders["small"], tmp_path / "model")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    generator = StableAudio(Weights(name="half", folder=folder), shelf=Shelf(CPU))
    with pytest.raises(SettingError, match="is damaged or no file of weights"):
        generator.generate([asked()])
    (folder / "model.safetensors").write_bytes((folders["open"] / "model.safetensors").read_bytes())
    with pytest.raises(SettingError, match=r"cannot be loaded as its model_config\.json says: Error"):
        generator.generate([asked()])


def test_a_text_encoder_that_is_not_whole(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = copy_of(folders["small"], tmp_path / "model")
    (folder / "text_encoder" / "model.safetensors").unlink()
    generator = StableAudio(Weights(name="half", folder=folder), shelf=Shelf(CPU))
    with pytest.raises(MissingWeightsError, match=r"the text encoder in .*text_encoder is not whole"):
        generator.generate([asked()])
