"""Print how alike copies and other takes are: `python benchmarks/originality.py [--palettes tense,wonder]`.

Renders one scene in several palettes and seeds. *Copies*: a written cue against its own render, transposed and slower
ones too (notes played again, not stretched). *Others*: against other seeds of the same palette, and other palettes.
The thresholds in `hitpoint.reference.originality` have to lie between; how often each is passed is printed, and how
often a palette is recognised from a render of another scene.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from degraded_takes import Sketch, drift, play_again, short_scene

from hitpoint.alignment.features import listen
from hitpoint.audition.record import record
from hitpoint.audition.takes import Take
from hitpoint.model.music import Composition
from hitpoint.reference.likeness import harmony_of_audio, harmony_of_scores, parallel_share
from hitpoint.reference.melody import beginning_pitches, heard_share, written_passages
from hitpoint.reference.originality import COPY_MELODY, COPY_PARALLEL, COPY_PARALLEL_AUDIO, IN_STYLE_DISTANCE
from hitpoint.reference.style import nearest_palettes, style_distance, style_of
from hitpoint.rendering import find_soundfont
from hitpoint.resources import load_instruments, load_palettes


def made(palette: str, seed: int, seconds: float) -> tuple[Composition, Sketch]:
    take = Take(scene=short_scene(seconds), palette=load_palettes()[palette])
    with tempfile.TemporaryDirectory() as folder:
        done = record(
            take, instruments=load_instruments(), soundfont=find_soundfont(), seed=seed, work_folder=Path(folder)
        )
        audio = np.fromfile(done.mix.mix.path, dtype="<f4").reshape(-1, 2)
    return done.composition, Sketch(f"{palette}-{seed}", audio, done.mix.mix.start_sample, (), done.performance)


def row(name: str, values: list[float], limit: float) -> None:
    low, middle, high, top = np.percentile(values, [5, 50, 95, 100])
    over = np.mean(np.array(values) >= limit)
    print(f"  {name:34s} n {len(values):4d}  5 % {low:.2f}  median {middle:.2f}  95 % {high:.2f}  most {top:.2f}"
          f"  told as copies {over:.0%}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--palettes", default="tense,romantic,heroic,wonder,minimal-piano,electronic,horror,comedy")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=24.0)
    options = parser.parse_args()
    works = [
        (palette, *made(palette, seed, options.seconds))
        for palette in options.palettes.split(",")
        for seed in range(1, options.seeds + 1)
    ]
    heard = [listen(sketch.audio) for _, _, sketch in works]
    harmony = [harmony_of_audio(found.features) for found in heard]
    begin = [beginning_pitches(sketch.audio) for _, _, sketch in works]
    styles = [style_of(sketch.audio, found) for (_, _, sketch), found in zip(works, heard, strict=True)]
    pairs: dict[str, list[tuple[float, float]]] = {"itself": [], "itself, 6 % slower": [], "another take": [],
                                                  "another palette": []}  # fmt: skip
    sounds: dict[str, list[float]] = {"itself, 6 % slower": [], "another take": [], "another palette": []}
    distances: dict[str, list[float]] = {"another take": [], "another palette": []}
    for one, (palette, composition, sketch) in enumerate(works):
        written, own = written_passages([composition]), harmony_of_scores([composition])
        slower = play_again(sketch, drift(0.06))
        slower_harmony = harmony_of_audio(listen(slower).features)
        sounds["itself, 6 % slower"].append(parallel_share(harmony[one], slower_harmony))
        pairs["itself, 6 % slower"].append(
            (parallel_share(own, slower_harmony), heard_share(written, beginning_pitches(slower)))
        )
        for other, (their_palette, _, _) in enumerate(works):
            kind = "itself" if one == other else "another take" if palette == their_palette else "another palette"
            pairs[kind].append((parallel_share(own, harmony[other]), heard_share(written, begin[other])))
            if one < other:
                sounds[kind].append(parallel_share(harmony[one], harmony[other]))
            if kind in distances:
                distances[kind].append(style_distance(styles[one], styles[other]))
    print(f"parallel harmony (copy from {COPY_PARALLEL:g} on): a written cue against the render of")
    for kind, found in pairs.items():
        row(kind, [parallel for parallel, _ in found], COPY_PARALLEL)
    print(f"parallel harmony (copy from {COPY_PARALLEL_AUDIO:g} on): a render against the render of")
    for kind, found in sounds.items():
        row(kind, found, COPY_PARALLEL_AUDIO)
    print(f"melody heard (copy from {COPY_MELODY:g} on)")
    for kind, found in pairs.items():
        row(kind, [shared for _, shared in found], COPY_MELODY)
    print(f"distance of style (the same up to {IN_STYLE_DISTANCE:g})")
    for kind, values in distances.items():
        print(f"  {kind:34s} n {len(values):4d}  median {np.median(values):.2f}"
              f"  in style {np.mean(np.array(values) <= IN_STYLE_DISTANCE):.0%}")  # fmt: skip
    ranks = [
        [name for name, _ in nearest_palettes(style)].index(palette)
        for style, (palette, _, _) in zip(styles, works, strict=True)
    ]
    first, third = np.mean(np.array(ranks) == 0), np.mean(np.array(ranks) < 3)
    print(f"palette recognised from a render of a scene that was not measured: {first:.0%}, among three {third:.0%}")


if __name__ == "__main__":
    main()
