"""A tiny CLIP of open_clip's with random weights, from a folder: loading, batches, memory, the command line."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest

from hitpoint.accelerator import Shelf, choose_device
from hitpoint.cli import main
from hitpoint.media import FeatureStore
from hitpoint.model.errors import DeviceMemoryError, MissingToolError, MissingWeightsError, SettingError
from hitpoint.perception.eyes import AUTO, NONE, load_eyes, recognise
from hitpoint.perception.eyes.clip import OpenClipEyes
from hitpoint.weights import Weights

from .conftest import colored, cut_of, shot_of

CONFIG = {
    "embed_dim": 32,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "patch_size": 16, "head_width": 32},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a publisher of open_clip's models puts online, made by open_clip itself."""
    import open_clip
    import torch
    from open_clip.push_to_hf_hub import save_config_for_hf
    from safetensors.torch import save_file

    torch.set_num_threads(1)
    work = tmp_path_factory.mktemp("config")
    (work / "hitpoint-tiny.json").write_text(json.dumps(CONFIG))
    open_clip.add_model_config(work / "hitpoint-tiny.json")
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = open_clip.create_model("hitpoint-tiny")
    made = tmp_path_factory.mktemp("models") / "tiny-clip"
    made.mkdir()
    save_file(model.state_dict(), made / "open_clip_model.safetensors")
    save_config_for_hf(model, made / "open_clip_config.json", model_config=CONFIG)
    return made


@pytest.fixture(scope="session")
def shelf() -> Shelf:
    return Shelf(choose_device("cpu"))


@pytest.fixture
def eyes(folder: Path, shelf: Shelf) -> OpenClipEyes:
    return OpenClipEyes(Weights(name="tiny", folder=folder), shelf=shelf)


def pictures(count: int = 7, size: tuple[int, int] = (64, 114)) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.integers(0, 255, (*size, 3), dtype=np.uint8) for _ in range(count)]


def silent(sentence: str) -> None:
    raise AssertionError(sentence)


def test_vectors_are_those_of_plain_open_clip(folder: Path, eyes: OpenClipEyes) -> None:
    import open_clip
    import torch
    from PIL import Image

    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    tokenize = open_clip.get_tokenizer(f"local-dir:{folder}")

    def plain(shown: list[np.ndarray]) -> np.ndarray:
        with torch.no_grad():
            given = torch.stack([preprocess(Image.fromarray(picture)) for picture in shown])
            return model.eval().encode_image(given, normalize=True).numpy()

    shown = pictures(3)
    assert np.abs(eyes.pictures(shown, warn=silent) - plain(shown)).max() < 1e-5
    large = [colored((200, 120, 30), number).repeat(3, axis=0).repeat(3, axis=1) for number in range(3)]
    assert np.sum(eyes.pictures(large, warn=silent) * plain(large), axis=1).min() > 0.999  # another way of shrinking
    sentences = ["a film still that feels sad", "a horse"]
    with torch.no_grad():
        words = model.encode_text(tokenize(sentences), normalize=True).numpy()
    assert np.abs(eyes.sentences(sentences) - words).max() < 1e-5
    assert eyes.scale() == pytest.approx(1 / 0.07, rel=1e-3)


def test_any_batch_and_half_precision_give_the_same(folder: Path, shelf: Shelf, eyes: OpenClipEyes) -> None:
    whole = eyes.pictures(pictures(), warn=silent)
    for batch in (1, 2, 3):
        eyes.batch = batch
        assert np.abs(eyes.pictures(pictures(), warn=silent) - whole).max() < 1e-5
    half = OpenClipEyes(Weights(name="tiny", folder=folder), shelf=shelf, number_format="float16")
    assert np.sum(half.pictures(pictures(), warn=silent) * whole, axis=1).min() > 0.999
    assert half.key != eyes.key
    assert eyes.pictures([], warn=silent).shape == (0, 32)


@pytest.mark.parametrize(("mode", "size"), [("squash", (64, 100)), ("longest", (40, 90)), ("shortest", (130, 70))])
def test_other_framings(folder: Path, shelf: Shelf, tmp_path: Path, mode: str, size: tuple[int, int]) -> None:
    """As open_clip prepares them, up to how a picture is shrunk."""
    import open_clip
    from PIL import Image

    from hitpoint.perception.eyes.clip import _framed

    smooth = colored((120, 90, 160), 3)[: size[0], : size[1]]
    smooth = np.pad(smooth, ((0, max(0, size[0] - 108)), (0, 0), (0, 0)), mode="edge")
    wanted = open_clip.image_transform(
        64, is_train=False, mean=(0, 0, 0), std=(1, 1, 1), resize_mode=mode, fill_color=0
    )
    plain = (wanted(Image.fromarray(smooth)).numpy().transpose(1, 2, 0) * 255).astype(int)
    assert np.abs(_framed(smooth, (64, 64), mode=mode, fill=0) - plain).mean() < 2.5


def test_out_of_memory_makes_batches_smaller(eyes: OpenClipEyes, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    whole = eyes.pictures(pictures(), warn=silent)
    real, limit = eyes._embed, [2]

    def embed(loaded: Any, squares: np.ndarray) -> np.ndarray:
        if len(squares) > limit[0]:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return real(loaded, squares)

    monkeypatch.setattr(eyes, "_embed", embed)
    told: list[str] = []
    assert np.allclose(eyes.pictures(pictures(), warn=told.append), whole, atol=1e-5)
    assert eyes.batch <= 2
    assert "ran out of memory at 4 at once" in told[0]
    eyes.pictures(pictures(), warn=silent)  # it stays smaller, and nothing is told again
    limit[0] = 0
    with pytest.raises(DeviceMemoryError, match="even for 1 at once"):
        eyes.pictures(pictures(), warn=told.append)


def test_nothing_is_fetched(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    fresh = OpenClipEyes(Weights(name="tiny", folder=folder), shelf=Shelf(choose_device("cpu")))
    fresh.sentences(["a"])
    assert capsys.readouterr().out == ""


def changed(folder: Path, target: Path, **text: Any) -> Path:
    shutil.copytree(folder, target)
    config = json.loads((target / "open_clip_config.json").read_text())
    config["model_cfg"]["text_cfg"].update(text)
    (target / "open_clip_config.json").write_text(json.dumps(config))
    return target


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ({"hf_model_name": "xlm-roberta-base"}, "would be fetched from xlm-roberta-base"),
        ({"hf_tokenizer_name": "bert-base"}, "put tokenizer.json"),
    ],
)
def test_a_model_that_would_fetch_a_part_of_itself_is_refused(
    folder: Path, tmp_path: Path, text: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingError, match=words):
        load_eyes(str(changed(folder, tmp_path / "m", **text)), device="cpu")


def test_what_is_no_model_is_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SettingError, match=r"holds no open_clip_config\.json"):
        load_eyes(str(tmp_path / "empty"), device="cpu")
    half = changed(folder, tmp_path / "half")
    (half / "open_clip_model.safetensors").unlink()
    with pytest.raises(MissingWeightsError, match="and no weights"):
        load_eyes(str(half), device="cpu")
    misfit = load_eyes(str(changed(folder, tmp_path / "misfit", width=64)), device="cpu")
    assert misfit is not None
    with pytest.raises(SettingError, match="cannot be loaded as a model of open_clip"):
        misfit.sentences(["a"])
    with pytest.raises(SettingError, match=r"did you mean 'clip-vit-l-14'"):
        load_eyes("clip-vit-l14", device="cpu")
    monkeypatch.setenv("HITPOINT_MODELS", str(tmp_path / "none"))
    with pytest.raises(MissingWeightsError, match="hitpoint models fetch clip-vit-l-14"):
        load_eyes("clip-vit-l-14", device="cpu")


def test_unasked_eyes_need_weights_and_a_gpu(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hitpoint.accelerator import Device
    from hitpoint.perception.eyes import registry

    monkeypatch.setenv("HITPOINT_MODELS", str(tmp_path))

    def no_torch(asked: str | None) -> Device:
        raise AssertionError("torch was imported")

    monkeypatch.setattr(registry, "choose_device", no_torch)
    assert load_eyes(NONE) is None
    assert load_eyes(AUTO) is None
    there = tmp_path / "clip-vit-l-14"
    shutil.copytree(folder, there)
    (there / "hitpoint-weights.json").write_text("{}")
    monkeypatch.setattr(registry, "choose_device", choose_device)
    assert load_eyes(AUTO, device="cpu") is None
    card = Shelf(Device(kind="cuda", name="a card", memory_bytes=2**33), free_bytes=lambda: 2**33)
    found = load_eyes(AUTO, shelf=card)
    assert found is not None
    assert found.name == "clip-vit-l-14"

    def missing(asked: str | None) -> Device:
        raise MissingToolError("no torch")

    monkeypatch.setattr(registry, "choose_device", missing)
    assert load_eyes(AUTO) is None


def test_the_same_film_is_recognised_the_same(
    colors: Path, folder: Path, eyes: OpenClipEyes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = cut_of(shot_of(colors, 0, (0, 240), 0))
    store = FeatureStore(tmp_path / "a")
    first, _ = recognise(cut, [2.5, 5.0, 7.5], eyes=eyes, store=store)
    other, _ = recognise(cut, [2.5, 5.0, 7.5], eyes=eyes, store=FeatureStore(tmp_path / "b"))
    assert first.shots == other.shots
    # the second time the model is not loaded at all
    empty = Shelf(choose_device("cpu"))
    monkeypatch.setattr(OpenClipEyes, "_load", lambda self: pytest.fail("the model was loaded"))
    again, _ = recognise(
        cut, [2.5, 5.0, 7.5], eyes=OpenClipEyes(Weights(name="tiny", folder=folder), shelf=empty), store=store
    )
    assert again.shots == first.shots
    assert empty.keys == ()


def test_analyse_with_eyes(
    colors: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HITPOINT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HITPOINT_DEVICE", "cpu")

    def rational(value: int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(value, 24)

    timeline = otio.schema.Timeline("eyes", global_start_time=rational(86400))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for name, start, length in (("red", 6, 48), ("yellow", 186, 48), ("green", 66, 40)):
        available = otio.opentime.TimeRange(rational(0), rational(240))
        media = otio.schema.ExternalReference(target_url=colors.as_uri(), available_range=available)
        track.append(otio.schema.Clip(name, media, otio.opentime.TimeRange(rational(start), rational(length))))
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, "eyes.otio")

    def analysed(*options: str) -> dict[str, Any]:
        assert main(["analyse", "eyes.otio", "--json", *options]) == 0
        return json.loads(capsys.readouterr().out)

    told = analysed("--eyes", str(folder), "--html", "a.html")
    recognised = told["recognised"]
    assert recognised["model"] == "tiny-clip"
    assert [shot["name"] for shot in recognised["shots"]] == ["red", "yellow", "green"]
    assert recognised["frames_embedded"] == recognised["frames_seen"] == 9
    assert max(told["arc"]["shares"]["eyes"]["valence"]) > 0
    assert "Recognised by tiny-clip" in Path("a.html").read_text(encoding="utf-8")
    again = analysed("--eyes", str(folder))
    assert again["arc"] == told["arc"]
    assert (again["recognised"]["frames_embedded"], again["recognised"]["frames_kept"]) == (0, 9)
    blind, plain = analysed("--eyes", "none"), analysed()
    assert blind["recognised"] is None
    assert blind["arc"] == plain["arc"]
    assert set(plain["arc"]["shares"]) == {"cutting", "picture", "sound", "words"}
    assert main(["analyse", "eyes.otio", "--eyes", str(folder)]) == 0
    assert "tiny-clip saw 3 shots" in capsys.readouterr().out
    assert main(["analyse", "eyes.otio", "--eyes", "no-such-model"]) == 3
    assert "neither a model that Hitpoint knows nor a folder" in capsys.readouterr().err
