"""Print how fast Stable Audio is here, beside the library's own call: `python benchmarks/neural_stable_audio.py`.

The architecture of Stable Audio Open 1.0 with random weights (speed does not depend on what they are), or `--size tiny`
for a processor. Everything runs on one device, one after the other: the plain library (`generate_diffusion_cond`, in
float32, as its README calls it), the same in the device's number format, and ours with each way to make the network
faster. A row's audio comes from as many sampling steps as the plain call takes.

    python benchmarks/neural_stable_audio.py [--size open|tiny] [--steps 100] [--device cuda] [--json FILE]
"""

import argparse
import contextlib
import gc
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from stable_audio_models import model_config, save_model

from hitpoint.accelerator import Device, Shelf, choose_device
from hitpoint.generation import SoundRequest
from hitpoint.generation.stable_audio import StableAudio
from hitpoint.generation.stable_audio.config import read_facts
from hitpoint.generation.stable_audio.quiet import quiet
from hitpoint.weights import Weights

PROMPT = "slow low strings over a drone"


class Meter:
    """Times calls and remembers the most memory that they took."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.rows: list[dict[str, Any]] = []

    def _wait(self) -> None:
        import torch

        if self.device.kind != "cpu":
            (torch.cuda if self.device.kind == "cuda" else torch.mps).synchronize()

    def _clock_s(self) -> float:
        # a processor is shared with others: its own seconds, not those on the wall
        return time.process_time() if self.device.kind == "cpu" else time.perf_counter()

    def row(self, name: str, music_s: float, make: Callable[[], list[str]], *, runs: int) -> None:
        """Time the first call (cold: recording, choosing kernels) and the middle one of those after it (warm)."""
        import torch

        gc.collect()
        self.device.give_back()
        if self.device.kind == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device.index)
        taken, said = [], []
        for _ in range(runs + 1):
            self._wait()
            began = self._clock_s()
            said = make() or said
            self._wait()
            taken.append(self._clock_s() - began)
        warm = float(np.median(taken[1:]))
        peak = torch.cuda.max_memory_allocated(self.device.index) / 2**30 if self.device.kind == "cuda" else None
        self.rows.append(
            {
                "name": name,
                "cold_s": taken[0],
                "warm_s": warm,
                "music_per_s": music_s / warm,
                "peak_gib": peak,
                "sentences": said,
            }
        )
        row = self.rows[-1]
        ratio = self.rows[0]["warm_s"] / warm * music_s / self.rows[0]["music_s"] if len(self.rows) > 1 else 1.0
        row |= {"music_s": music_s, "times_plain": ratio}
        memory = f"{peak:6.2f} GiB" if peak is not None else "         -"
        print(
            f"  {name:42s} cold {taken[0]:8.2f} s  warm {warm:8.3f} s  {row['music_per_s']:8.2f} s of music per s  "
            f"{memory}  x {ratio:5.2f}",
            flush=True,
        )
        for sentence in said:
            print(f"      {sentence}")


def plain_model(folder: Path, device: Device, number_format: str) -> Any:
    """Return the library's model as its README loads it, but with the T5 of the folder."""
    import torch
    from safetensors.torch import load_file
    from stable_audio_tools.models.conditioners import T5Conditioner
    from stable_audio_tools.models.factory import create_model_from_config
    from transformers import AutoTokenizer, T5EncoderModel

    config = json.loads((folder / "model_config.json").read_text(encoding="utf-8"))
    published = (AutoTokenizer.from_pretrained, T5EncoderModel.from_pretrained, T5Conditioner.T5_MODEL_DIMS)
    try:
        AutoTokenizer.from_pretrained = lambda name: published[0](folder / "tokenizer")
        T5EncoderModel.from_pretrained = lambda name: published[1](folder / "text_encoder")
        T5Conditioner.T5_MODEL_DIMS = {"t5-base": config["model"]["conditioning"]["cond_dim"]}
        model = create_model_from_config(config)
    finally:
        AutoTokenizer.from_pretrained, T5EncoderModel.from_pretrained, T5Conditioner.T5_MODEL_DIMS = published
    model.load_state_dict(load_file(folder / "model.safetensors"))
    text = model.conditioner.conditioners["prompt"]
    if device.kind == "cpu":
        text.__dict__["model"] = text.model.float()  # ours is in float32 there too
    return model.to(device.torch_name).to(getattr(torch, number_format)).eval().requires_grad_(False)


def plain_call(model: Any, device: Device, *, steps: int, size: int, count: int, seconds: float) -> list[str]:
    import torch
    from stable_audio_tools.inference.generation import generate_diffusion_cond

    condition = {"prompt": PROMPT, "seconds_start": 0, "seconds_total": seconds}
    flags = (torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32)
    with contextlib.ExitStack() as stack:
        stack.enter_context(quiet())
        stack.enter_context(torch.no_grad())
        generate_diffusion_cond(
            model,
            steps=steps,
            cfg_scale=7,
            conditioning=[condition] * count,
            batch_size=count,
            sample_size=size,
            sigma_min=0.3,
            sigma_max=500,
            sampler_type="dpmpp-3m-sde",
            device=device.torch_name,
            seed=1,
        ).cpu()
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = flags
    return []


def our_call(generator: StableAudio, count: int, length: int) -> list[str]:
    made = generator.generate([SoundRequest(prompt=PROMPT, length_samples=length, seed=seed) for seed in range(count)])
    return list(made[0].sentences)


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("open", "tiny"), default="open")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--device")
    parser.add_argument("--runs", type=int, default=3, help="warm calls per row")
    parser.add_argument("--at-once", type=int, default=4, help="windows in the rows with several")
    parser.add_argument("--threads", type=int, default=0, help="of torch on a processor")
    parser.add_argument("--folder", type=Path, help="keep the model there, and use it if it is there")
    parser.add_argument("--json", type=Path, help="write the rows there as well")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    device = choose_device(options.device)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if not (folder / "model.safetensors").is_file():
            with quiet():
                save_model(folder, options.size)
        config = model_config(options.size)
        size, rate = config["sample_size"], config["sample_rate"]
        seconds = size / rate
        print(
            f"{device.name}, torch {torch.__version__}; {options.size}, {options.steps} steps, {seconds:.1f} s windows"
        )
        meter = Meter(device)
        several = options.at_once
        for number_format in dict.fromkeys(("float32", device.number_format)):
            with quiet():
                model = plain_model(folder, device, number_format)
            for count in (1, several):
                meter.row(
                    f"library, {number_format}, {count} at once",
                    count * seconds,
                    lambda model=model, count=count: plain_call(
                        model, device, steps=options.steps, size=size, count=count, seconds=seconds
                    ),
                    runs=options.runs,
                )
            del model
        ways = ("none", "graph", "compile") if device.kind == "cuda" else ("none",)
        for way in ways:
            shelf = Shelf(device)
            weights = Weights(name=options.size, folder=folder)
            generator = StableAudio(weights, shelf=shelf, speedup=way)
            generator._facts = read_facts(folder, {"steps": options.steps})
            for count in (1, several):
                meter.row(
                    f"ours, {device.number_format}, {way}, {count} at once",
                    count * seconds,
                    lambda generator=generator, count=count: our_call(generator, count, generator.longest_samples),
                    runs=options.runs,
                )
            shelf.put_idle_away()
    if options.json:
        kept = {"device": device.name, "torch": torch.__version__, "size": options.size, "rows": meter.rows}
        options.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
