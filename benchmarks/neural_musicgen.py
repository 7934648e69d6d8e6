"""Print how fast MusicGen is here: `python benchmarks/neural_musicgen.py [--size tiny|medium] [--device cuda]`.

The architecture of MusicGen-medium (or a tiny one, for CPUs) with random weights, written to a temporary folder and
loaded by `hitpoint.generation.musicgen` as a fetched model would be. Speed does not depend on what the weights say.
1. cold: loading, and the first window;
2. warm: one window, without and with captured steps (cards only), and several at once;
3. the plain library call, `generate()`, on the same device: in float32 as it loads, and in half precision on cards.
Each row: seconds of music per second (on a CPU: per second of one core's work), and the most memory that was in use
(on a card torch's, else the process's).
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from hitpoint.accelerator import Device, Shelf, choose_device
from hitpoint.generation import SoundRequest
from hitpoint.generation.musicgen import MusicGen
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.weights import Weights

#: Decoder, text and codec as config.json of facebook/musicgen-medium gives them; tiny has the same parts.
SIZES: dict[str, dict[str, dict[str, Any]]] = {
    "medium": {
        "decoder": {"num_hidden_layers": 48, "hidden_size": 1536, "num_attention_heads": 24, "ffn_dim": 6144},
        "text": {"d_model": 768, "d_kv": 64, "d_ff": 3072, "num_layers": 12, "num_heads": 12, "vocab_size": 32128},
        "codec": {"num_filters": 64, "hidden_size": 128, "codebook_dim": 128, "num_lstm_layers": 2},
    },
    "tiny": {
        "decoder": {"num_hidden_layers": 4, "hidden_size": 64, "num_attention_heads": 4, "ffn_dim": 128},
        "text": {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "vocab_size": 64},
        "codec": {"num_filters": 8, "hidden_size": 32, "codebook_dim": 32, "num_lstm_layers": 1},
    },
}
PROMPT = "dark strings slow"


def save_random(folder: Path, size: str, device: Device) -> int:
    """Write a model with random weights, and return how many numbers it has."""
    import torch
    import transformers as hf
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    parts = SIZES[size]
    books = 2048
    config = hf.MusicgenConfig(
        text_encoder=hf.T5Config(**parts["text"]),
        audio_encoder=hf.EncodecConfig(
            sampling_rate=32000, upsampling_ratios=[8, 5, 4, 4], codebook_size=books, use_causal_conv=False,
            target_bandwidths=[2.2], **parts["codec"],
        ),
        decoder=hf.MusicgenDecoderConfig(
            vocab_size=books, max_position_embeddings=2048, num_codebooks=4, pad_token_id=books, bos_token_id=books,
            **parts["decoder"],
        ),
    )  # fmt: skip
    with torch.device("meta"):
        model = hf.MusicgenForConditionalGeneration(config)
    model = model.to_empty(device=device.torch_name)
    with torch.no_grad():
        for weight in (*model.parameters(), *model.buffers()):
            if weight.is_floating_point():
                weight.normal_(std=0.02) if weight.ndim > 1 else weight.fill_(1.0)
    model.generation_config.update(pad_token_id=books, bos_token_id=books, decoder_start_token_id=books)
    model.save_pretrained(folder)
    words = {word: index for index, word in enumerate(("<pad>", "</s>", "<unk>", *PROMPT.split()))}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    fast = hf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", pad_token="<pad>")
    hf.MusicgenProcessor(hf.EncodecFeatureExtractor(sampling_rate=32000), fast).save_pretrained(folder)
    return sum(weight.numel() for weight in model.parameters())


def measured(what: str, seconds: float, work: Callable[[], Any], device: Device) -> float:
    """Print and return seconds of music per second."""
    import psutil
    import torch

    if device.kind == "cuda":
        torch.cuda.reset_peak_memory_stats(device.index)
        torch.cuda.synchronize(device.index)
    # a CPU may be shared with others, and its own time says more
    clock_s = time.process_time if device.kind == "cpu" else time.perf_counter
    began = clock_s()
    work()
    if device.kind == "cuda":
        torch.cuda.synchronize(device.index)
    took_s = clock_s() - began
    peak = (
        torch.cuda.max_memory_allocated(device.index) if device.kind == "cuda" else psutil.Process().memory_info().rss
    )
    print(f"  {what:<44} {took_s:8.2f} s  {seconds / took_s:8.2f} x  {peak / 1e9:6.2f} GB", flush=True)
    return seconds / took_s


def library(folder: Path, seconds: float, half: bool, device: Device, rows: int) -> tuple[Callable[[], Any], float]:
    """Return a plain `generate()` of so much music, loaded and warmed up."""
    import torch
    import transformers as hf

    hf.utils.logging.set_verbosity_error()
    hf.utils.logging.disable_progress_bar()
    model = hf.MusicgenForConditionalGeneration.from_pretrained(
        folder, local_files_only=True, dtype=torch.float16 if half else torch.float32
    ).to(device.torch_name)
    processor = hf.AutoProcessor.from_pretrained(folder, local_files_only=True)
    inputs = processor(text=[PROMPT] * rows, padding=True, return_tensors="pt").to(device.torch_name)
    inputs.pop("token_type_ids", None)
    tokens = round(seconds * 50) + 4

    def work() -> Any:
        return model.generate(**inputs, do_sample=True, guidance_scale=3.0, max_length=tokens)

    return work, seconds * rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, help="default: medium on a card, else tiny")
    parser.add_argument("--device", help="cuda, mps, cpu; default: the fastest there is")
    parser.add_argument("--seconds", type=float, help="of a window; default: 10 on a card, else 2")
    parser.add_argument("--batches", default="4,8", help="how many windows at once")
    options = parser.parse_args()
    device = choose_device(options.device)
    is_card = device.kind == "cuda"
    size = options.size or ("medium" if is_card else "tiny")
    seconds = options.seconds or (10.0 if is_card else 2.0)
    if size == "tiny":
        import torch

        torch.set_num_threads(1)  # more of them wait for each other
    with tempfile.TemporaryDirectory(prefix="hitpoint-musicgen-") as name:
        folder = Path(name)
        count = save_random(folder, size, device)
        device.give_back()
        print(f"MusicGen, {size} ({count / 1e6:.0f} million random weights), on {device.name}, {date.today()}")
        print(f"  windows of {seconds:g} s; each is made 1 s longer, and that second is cut off")
        weights = Weights(name=size, folder=folder)
        shelf = Shelf(device)

        def ours(rows: int, captures: bool = True) -> Callable[[], Any]:
            music = MusicGen(weights, shelf=shelf, captures=captures)
            length = round(seconds * SAMPLE_RATE_HZ)
            asked = [SoundRequest(prompt=PROMPT, length_samples=length, seed=row) for row in range(rows)]
            return lambda: music.generate(asked)

        measured("cold: loading, and one window", seconds, ours(1), device)
        single = measured("one window, steps run singly", seconds, ours(1, captures=False), device)
        if is_card:
            single = measured("one window, steps captured", seconds, ours(1), device)
        best = max(
            measured(f"{rows} windows at once", seconds * rows, ours(rows), device)
            for rows in map(int, options.batches.split(","))
        )
        shelf.put_idle_away()
        # the library makes what it is asked for, ours a second more: the same number of tokens is compared
        base = 0.0
        for half in (False, True) if is_card else (False,):
            work, music_s = library(folder, seconds + 1, half, device, 1)
            measured("(the library, warming up)", music_s, work, device)
            label = f"the library's generate(), {'float16' if half else 'float32'}, {seconds + 1:g} s"
            base = max(base, measured(label, music_s, work, device))
            del work
            device.give_back()
        print(f"  of the library's best: one window {single * (seconds + 1) / seconds / base:.2f}, batch "
              f"{best * (seconds + 1) / seconds / base:.2f} (tokens per second)")  # fmt: skip


if __name__ == "__main__":
    main()
