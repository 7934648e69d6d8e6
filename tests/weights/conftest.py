from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

CLIP = "timm/vit_base_patch32_clip_224.openai"


def _fake_hub_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hitpoint_fake_hub", Path(__file__).with_name("fake_hub.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


fake_hub = _fake_hub_module()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models of one test; no token of the machine's user is seen."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.setenv("HITPOINT_MODELS", str(models))
    return models


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """A hub with one small model of each kind that matters, in the place of the real one."""
    pytest.importorskip("huggingface_hub")
    hub = fake_hub.FakeHub()
    noise = random.Random(7)
    hub.repositories[CLIP] = fake_hub.Repository(
        files={
            "README.md": b"# CLIP",
            "open_clip_config.json": b'{"model_cfg": {}}',
            "open_clip_model.safetensors": noise.randbytes(300_000),
            "open_clip_pytorch_model.bin": noise.randbytes(310_000),
        },
        large={"open_clip_model.safetensors", "open_clip_pytorch_model.bin"},
    )
    hub.repositories["google-t5/t5-base"] = fake_hub.Repository(
        files={"config.json": b"{}", "model.safetensors": noise.randbytes(5000), "tf_model.h5": b"other"},
        large={"model.safetensors"},
    )
    hub.repositories["stabilityai/stable-audio-open-small"] = fake_hub.Repository(
        files={
            "LICENSE.md": b"terms",
            "model_config.json": b"{}",
            "model.safetensors": noise.randbytes(6000),
            "base_model.ckpt": b"pickle",
        },
        large={"model.safetensors", "base_model.ckpt"},
        is_gated=True,
    )
    hub.start()
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    yield hub
    hub.stop()
