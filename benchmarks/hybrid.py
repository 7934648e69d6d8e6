"""Print what becomes of a cut with generated sound: `python benchmarks/hybrid.py [CUT ...]`.

No real model: perturbing.py plays the sketch as a model that follows it would, off the grid (5 % of tempo, rubato,
late, pressed flat, in a room, in another tone). Each cut (default: the demo) is scored with `--sound hybrid` and
`generated`; per cut:
1. hits in the generated sound as it was made and as it is aligned, and in the finished mix (ms);
2. seams: how many, how many are heard; seconds in which the sampled score is heard instead;
3. dynamics: correlation of the level with the sketch's before and after; room for speech under each line (dB);
4. CPU seconds of the layer alone per minute of windows.
With --plot FILE the spectrograms of the generated stem and of the mix are drawn.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
from perturbing import Perturbing, noise

import hitpoint.generation.kept as kept_module
import hitpoint.pipeline as pipeline
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.resources import resources_folder


class Timed(Perturbing):
    """Counts what the generator itself takes, so that it can be left out."""

    cpu_s = 0.0

    def generate(self, requests, *, progress=None):  # type: ignore[no-untyped-def]
        """Return what `Perturbing` makes."""
        began = time.process_time()
        made = super().generate(requests, **({} if progress is None else {"progress": progress}))
        Timed.cpu_s += time.process_time() - began
        return made


def errors(values: list[float | None]) -> str:
    heard = np.abs([value for value in values if value is not None])
    lost = len(values) - len(heard)
    if not len(heard):
        return f"none of {len(values)} heard"
    return f"median {np.median(heard):5.1f}, worst {heard.max():5.1f} of {len(values)}, not heard {lost}"


def score(cut: Path, folder: Path, generator: Perturbing, mode: str, style: str | None) -> dict:
    own = pipeline.add_generated
    spent = [0.0]

    def timed(*given, **more):  # type: ignore[no-untyped-def]
        began, inside = time.process_time(), Timed.cpu_s
        made = own(*given, **more)
        spent[0] = time.process_time() - began - (Timed.cpu_s - inside)
        return made

    pipeline.add_generated = timed
    pipeline.load_generator = lambda model, device: generator  # type: ignore[assignment]
    beside = {"subtitles_path": cut.with_suffix(".srt"), "script_path": cut.with_suffix(".fountain")}
    try:
        report = pipeline.score(
            pipeline.ScoreSettings(
                cut_path=cut, out_folder=folder, style=style, sound=mode, model="perturbing", candidates=1, looks=False,
                **{name: path for name, path in beside.items() if path.is_file()},
            )
        )  # fmt: skip
    finally:
        pipeline.add_generated = own
    return report | {"cpu_s": spent[0]}


def tell(name: str, mode: str, report: dict) -> None:
    cues = report["generated"]["cues"]
    made = [cue for cue in cues if cue["is_generated"]]
    hits = [hit for cue in made for hit in cue["hits"]]
    seams = [seam for cue in made for seam in cue["seams"]]
    replaced = sum(span["end_s"] - span["start_s"] for cue in made for span in cue["replaced"])
    minutes = sum(cue["windows"][-1]["end_s"] - cue["windows"][0]["start_s"] for cue in cues) / 60
    asked = sum(row["end_s"] - row["start_s"] for cue in cues for row in cue["windows"]) / 60
    mixed = [hit["measured_error_ms"] for hit in report["hits"] if hit["is_hard"] and hit["kind"] == "accent"]
    print(f"{name}, {mode}: {len(made)} of {len(cues)} cues generated, {60 * minutes:.0f} s of music")
    print(f"  hits as made      {errors([hit['before_ms'] for hit in hits])}")
    print(f"  hits aligned      {errors([hit['after_ms'] for hit in hits if hit['how'] == 'aligned'])}")
    print(f"  hits in the mix   {errors(mixed)} (hard accents)")
    ranks = [round(max(seam["onset_rank"], seam["click_rank"], seam["step_rank"]), 2) for seam in seams]
    print(f"  seams             {len(seams)}, heard {sum(seam['is_heard'] for seam in seams)}, ranks {ranks}")
    print(f"  sampled instead   {replaced:.1f} s")
    for cue in made:
        rooms = [
            f"{room['sketch_db'] or 0:.1f}/{room['followed_db'] or 0:.1f}/{room['carved_db'] or 0:.1f}"
            for room in cue["speech_room"]
        ]
        print(
            f"  {cue['cue']}: agreement {cue['agreement']:.2f}, speeds {cue['slowest']:.2f}..{cue['fastest']:.2f}, "
            f"dynamics {cue['dynamics_before'] or 0:.2f} -> {cue['dynamics_after'] or 0:.2f}, "
            f"room for speech (sketch/followed/carved, dB) {' '.join(rooms) or '-'}"
        )
    for cue in cues:
        if not cue["is_generated"]:
            print(f"  {cue['cue']}: {cue['reason']}")
    print(f"  CPU               {report['cpu_s'] / max(asked, 1e-9):.1f} s per minute of windows", flush=True)


def plot(folder: Path, cut: Path, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    files = sorted((folder / "audio").glob("*_generated.wav")) + sorted((folder / "audio").glob("*_mix.wav"))
    figure, axes = pyplot.subplots(len(files), 1, figsize=(14, 4 * len(files)), sharex=True, squeeze=False)
    for axis, file in zip(axes[:, 0], files, strict=True):
        samples, _ = soundfile.read(file)
        with np.errstate(divide="ignore"):  # silence is as dark as can be
            axis.specgram(samples.mean(axis=1), NFFT=4096, noverlap=3072, Fs=SAMPLE_RATE_HZ, vmin=-160, vmax=-60)
        axis.set_ylim(0, 8000)
        axis.set_title(file.name)
    figure.tight_layout()
    figure.savefig(path, dpi=70)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cuts", nargs="*", type=Path)
    parser.add_argument("--style")
    parser.add_argument("--window", type=float, default=30.0, metavar="SECONDS", help="what the model makes at once")
    parser.add_argument("--modes", default="hybrid,generated")
    parser.add_argument("--noise", action="store_true", help="a model that makes noise")
    parser.add_argument("--plot", type=Path, metavar="FILE")
    options = parser.parse_args()
    cuts = options.cuts or [resources_folder() / "demo" / "chase.otio"]
    with tempfile.TemporaryDirectory() as cache:
        kept_module.cache_folder = lambda: Path(cache)  # type: ignore[assignment]
        for cut in cuts:
            for mode in options.modes.split(","):
                generator = Timed(longest_samples=round(options.window * SAMPLE_RATE_HZ))
                generator.play = noise if options.noise else None
                with tempfile.TemporaryDirectory() as folder:
                    report = score(cut.resolve(), Path(folder), generator, mode, options.style)
                    tell(cut.name, mode, report)
                    if options.plot:
                        plot(Path(folder), cut, options.plot)


if __name__ == "__main__":
    main()
