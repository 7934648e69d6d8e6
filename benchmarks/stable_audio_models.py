"""Stable Audio models with random weights, saved as real ones are published: the real architecture, or a tiny one.

For `neural_stable_audio.py` and the tests. Figures of Stable Audio Open 1.0: Evans et al. 2024 (arXiv 2407.14358) and
its published model_config.json.
"""

import json
from pathlib import Path
from typing import Any, Literal

Size = Literal["open", "tiny"]

WORDS = ("slow", "low", "strings", "warm", "brass", "drums", "tense", "piano", "over", "a", "drone", "night", "rain")


def model_config(
    size: Size, *, objective: str = "v", inpaints: bool = False, text: str = "t5-base", channels: int = 2
) -> dict[str, Any]:
    """Return a model_config.json: "open" is Stable Audio Open 1.0, "tiny" has its parts at a size for tests."""
    is_open = size == "open"
    width, latent = (768, 64) if is_open else (32, 8)
    codec_channels, mults, strides = (128, [1, 2, 4, 8, 16], [2, 4, 4, 8, 8]) if is_open else (4, [1, 2, 2], [4, 8, 8])
    ratio = 2048 if is_open else 256
    codec = {"channels": codec_channels, "c_mults": mults, "strides": strides, "use_snake": True}
    network: dict[str, Any] = {
        "io_channels": latent,
        "embed_dim": 1536 if is_open else 64,
        "depth": 24 if is_open else 2,
        "num_heads": 24 if is_open else 2,
        "cond_token_dim": width,
        "global_cond_dim": 2 * width,
        "project_cond_tokens": False,
        "transformer_type": "continuous_transformer",
    }
    diffusion: dict[str, Any] = {
        "type": "dit",
        "diffusion_objective": objective,
        "cross_attention_cond_ids": ["prompt", "seconds_start", "seconds_total"],
        "global_cond_ids": ["seconds_start", "seconds_total"],
        "config": network,
    }
    if inpaints:
        diffusion["input_concat_ids"] = ["inpaint_mask", "inpaint_masked_input"]
        network["input_concat_dim"] = latent + 1
    if objective == "rf_denoiser":  # Stable Audio Open Small asks for the length alone
        diffusion["cross_attention_cond_ids"].remove("seconds_start")
        diffusion["global_cond_ids"].remove("seconds_start")
        network["global_cond_dim"] = width
    if objective == "rectified_flow":
        network["use_sinusoidal_emb"] = True  # has a part that no state dict holds
    seconds = {"type": "number", "config": {"min_val": 0, "max_val": 512 if is_open else 2}}
    most_tokens = 128 if is_open else 16
    return {
        "model_type": "diffusion_cond_inpaint" if inpaints else "diffusion_cond",
        "sample_size": 2097152 if is_open else 49152,
        "sample_rate": 44100,
        "audio_channels": channels,
        "model": {
            "pretransform": {
                "type": "autoencoder",
                "iterate_batch": True,
                "config": {
                    "encoder": {
                        "type": "oobleck",
                        "config": codec | {"in_channels": channels, "latent_dim": 2 * latent},
                    },
                    "decoder": {
                        "type": "oobleck",
                        "config": codec | {"out_channels": channels, "latent_dim": latent, "final_tanh": False},
                    },
                    "bottleneck": {"type": "vae"},
                    "latent_dim": latent,
                    "downsampling_ratio": ratio,
                    "io_channels": channels,
                },
            },
            "conditioning": {
                "configs": [
                    {"id": "prompt", "type": "t5", "config": {"t5_model_name": text, "max_length": most_tokens}},
                    *({"id": name, **seconds} for name in diffusion["global_cond_ids"]),
                ],
                "cond_dim": width,
            },
            "diffusion": diffusion,
            "io_channels": latent,
        },
    }


def save_text_encoder(folder: Path, size: Size) -> None:
    """Save a T5 with random weights and a small tokenizer, as transformers saves them."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

    shape = (768, 64, 3072, 12, 12) if size == "open" else (32, 8, 64, 2, 4)
    names = ("d_model", "d_kv", "d_ff", "num_layers", "num_heads")
    with torch.random.fork_rng():
        torch.manual_seed(5)
        encoder = T5EncoderModel(T5Config(vocab_size=128, **dict(zip(names, shape, strict=True))))
    encoder.save_pretrained(folder / "text_encoder")
    vocabulary = {word: place for place, word in enumerate(["<pad>", "</s>", "<unk>", *WORDS])}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")
    tokenizer.save_pretrained(folder / "tokenizer")


def _tame(codec: Any) -> None:
    """Make a random codec pass something on: latents of about unit size that the sound decides, not chance or bias."""
    for name, parameter in codec.named_parameters():
        if name.endswith(".bias"):
            parameter.zero_()
    last = codec.encoder.layers[-1]
    half = len(last.bias) // 2
    last.weight_g[:half] *= 40.0
    last.bias[half:] = -10.0  # a variational codec's spread, as log: next to none


def save_model(folder: Path, size: Size, *, with_text: bool = True, **options: Any) -> dict[str, Any]:
    """Save a model with random weights into a folder; return its configuration.

    Parts that training begins at 0 are drawn as well: else no condition would change anything.
    """
    import torch
    from safetensors.torch import save_file
    from stable_audio_tools.models.factory import create_model_from_config

    folder.mkdir(parents=True, exist_ok=True)
    config = model_config(size, **options)
    (folder / "model_config.json").write_text(json.dumps(config), encoding="utf-8")
    without_text = json.loads(json.dumps(config))
    conditions = without_text["model"]["conditioning"]
    conditions["configs"] = [part for part in conditions["configs"] if part["type"] != "t5"]
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = create_model_from_config(without_text)
        with torch.no_grad():
            for parameter in model.model.parameters():
                if not parameter.any():
                    parameter.normal_(0, 0.05)
            _tame(model.pretransform.model)
    save_file(model.state_dict(), folder / "model.safetensors")
    if with_text:
        save_text_encoder(folder, size)
    return config
