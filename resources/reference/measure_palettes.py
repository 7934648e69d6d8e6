"""Writes palettes.toml beside this file: what each palette sounds like, measured on renders of a few scenes.

    python resources/reference/measure_palettes.py [--seeds 1]

Per feature of `hitpoint.reference.style.FEATURES`: [mean, spread] over the scenes. Run it again when a palette, the
SoundFont or a feature changes.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from hitpoint.audition.record import record
from hitpoint.audition.scene import ArcPoint, Scene, SceneHit
from hitpoint.audition.takes import Take
from hitpoint.model.spotting import HitKind
from hitpoint.model.time import FrameRate
from hitpoint.reference.style import FEATURES, style_of
from hitpoint.rendering import find_soundfont
from hitpoint.resources import load_instruments, load_palettes

SECONDS = 24.0


def scenes(valence: float, arousal: float) -> list[Scene]:
    """Return two scenes around the feeling that a palette is for: one that holds it, one that grows and is hit."""

    def scene(name: str, ends: tuple[float, float], hits: tuple[float, ...]) -> Scene:
        return Scene(
            id=name,
            title=name,
            listen_for="the palette",
            rate=FrameRate(24),
            duration_s=SECONDS,
            palettes=("tense",),
            arc=tuple(
                ArcPoint(at_s=at, valence=valence, arousal=float(np.clip(arousal + more, -1, 1)), tension=0.4)
                for at, more in zip((0.0, SECONDS), ends, strict=True)
            ),
            hits=tuple(SceneHit(at_s=at, kind=HitKind.ACCENT, weight=0.7) for at in hits),
        )

    return [scene("holds", (0.0, 0.0), ()), scene("grows", (-0.3, 0.3), (9.7, 17.2))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    instruments, soundfont = load_instruments(), find_soundfont()
    lines = [
        "# What each palette sounds like: feature = [mean, spread]; measured by measure_palettes.py on renders with",
        f"# {soundfont.name}. See hitpoint.reference.style for what the features are.",
    ]
    for name, palette in load_palettes().items():
        rows = []
        for seed in range(1, options.seeds + 1):
            for scene in scenes(palette.valence, palette.arousal):
                with tempfile.TemporaryDirectory() as folder:
                    made = record(
                        Take(scene=scene, palette=palette),
                        instruments=instruments,
                        soundfont=soundfont,
                        seed=seed,
                        work_folder=Path(folder),
                    )
                    audio = np.fromfile(made.mix.mix.path, dtype="<f4").reshape(-1, 2)
                rows.append(style_of(audio).features)
        means, spreads = np.mean(rows, axis=0), np.std(rows, axis=0)
        lines += ["", f"[{name}]"]
        lines += [f"{f} = [{m:.3f}, {s:.3f}]" for f, m, s in zip(FEATURES, means, spreads, strict=True)]
        print(lines[-len(FEATURES) - 1 :], flush=True)
    Path(__file__).with_name("palettes.toml").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
