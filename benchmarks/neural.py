"""How fast the neural engine is here: `python benchmarks/neural.py [--size full|tiny] [--device cuda]`.

Runs the three benchmarks of its parts one after the other, each in a process of its own (so that cold is cold, and the
peak of memory its own), and prints with which card, on which day, and with which versions:
1. eyes: pictures per second of CLIP ViT-L/14, beside plain open_clip (neural_eyes.py);
2. Stable Audio Open 1.0: seconds of music per second, beside the library's own call (neural_stable_audio.py);
3. MusicGen medium: the same (neural_musicgen.py).
Weights are random: speed does not depend on them. "full" are these architectures, the default on a card; "tiny" are
models with the same parts at a size for processors, which says whether our way costs more than the library's, and
nothing about cards.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

from hitpoint.accelerator import choose_device

HERE = Path(__file__).resolve().parent


def commands(size: str, device: str) -> dict[str, list[str]]:
    """Return what is run, by part."""
    is_full = size == "full"
    eyes = ["--architecture", "ViT-L-14"] if is_full else ["--architecture", "ViT-B-32", "--pictures", "4"]
    return {
        "eyes": ["neural_eyes.py", "--device", device, *eyes],
        "Stable Audio": [
            "neural_stable_audio.py", "--device", device, "--size", "open" if is_full else "tiny",
            *([] if is_full else ["--steps", "20", "--threads", "1"]),
        ],
        "MusicGen": ["neural_musicgen.py", "--device", device, "--size", "medium" if is_full else "tiny"],
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("full", "tiny"), help="default: full on a card, else tiny")
    parser.add_argument("--device", help="cuda, mps, cpu; default: the fastest there is")
    parser.add_argument("--only", choices=("eyes", "Stable Audio", "MusicGen"))
    options = parser.parse_args()
    device = choose_device(options.device)
    size = options.size or ("tiny" if device.kind == "cpu" else "full")
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "open-clip-torch", "transformers"))
    print(f"{device.name}, {date.today()}, {size} models with random weights; {libraries}", flush=True)
    failed = []
    for part, command in commands(size, device.torch_name).items():
        if options.only in (None, part):
            print(f"\n{part}: python benchmarks/{' '.join(command)}", flush=True)
            if subprocess.run([sys.executable, str(HERE / command[0]), *command[1:]]).returncode:
                failed.append(part)
    if failed:
        print(f"\nnot measured, see above: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
