"""How fast do eyes look, against plain open_clip on the same device; and how many pictures need no look at all?

    python benchmarks/neural_eyes.py [--architecture ViT-L-14] [--device cuda] [--pictures 512] [FILM ...]

Weights are random: speed does not depend on them. Without --architecture it is ViT-L-14 on a GPU and ViT-B-32 on a CPU,
and that is printed. Speeds are per second of wall time on a GPU, of processor time (one thread) on a CPU, which other
programs do not disturb. The films default to those of the shared fixtures; of each is told how many frames it has, how
many pictures are looked at, how many go through the model, what the first look costs (reading the questions is in it)
and what a second one, and how many pictures a recut by some frames needs that were not there before.
With --without-model only that is counted: a stand-in takes the model's place, which has no say in it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from hitpoint.accelerator import Device, Shelf, choose_device
from hitpoint.media import FeatureStore, scan_film
from hitpoint.model.cut import Cut, MediaRange, Shot
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.perception.eyes import Eyes, recognise
from hitpoint.perception.eyes.clip import OpenClipEyes
from hitpoint.weights import Weights

VIDEO = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "video"
#: Films with a picture that changes.
FILMS = (
    "bbb_opening_60s.mp4",
    "tears_of_steel_battle_70s.webm",
    "popeye_sinbad_T00-1_64s.mkv",
    "tlrender_bart_23s.m4v",
)
TRIM_FRAMES = 5


def random_model(architecture: str, folder: Path) -> Path:
    """Write an architecture of open_clip's with random weights, as it would be published."""
    import open_clip
    import torch
    from open_clip.push_to_hf_hub import save_config_for_hf
    from safetensors.torch import save_file

    torch.manual_seed(1)
    model = open_clip.create_model(architecture)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    save_config_for_hf(model, folder / "open_clip_config.json", model_config=open_clip.get_model_config(architecture))
    return folder


def pictures_of(count: int, side: int) -> list[np.ndarray]:
    """Return pictures as a decoder gives them: 16:9, the shorter side as the model wants it."""
    rng = np.random.default_rng(1)
    return [rng.integers(0, 255, (side, round(side * 16 / 9), 3), dtype=np.uint8) for _ in range(count)]


class Stopwatch:
    """Seconds of wall time on a GPU, of processor time on a CPU; the GPU is waited for."""

    def __init__(self, device: Device) -> None:
        self.device = device

    def __call__(self, work: Callable[[], Any]) -> float:
        """Return how long a piece of work takes."""
        import torch

        clock = time.process_time if self.device.kind == "cpu" else time.perf_counter
        synchronize = torch.cuda.synchronize if self.device.kind == "cuda" else lambda: None
        synchronize()
        start_s = clock()
        work()
        synchronize()
        return clock() - start_s


def speeds(folder: Path, device: Device, count: int) -> None:
    """Print pictures per second: plain open_clip one by one, and ours."""
    import open_clip
    import torch

    watch = Stopwatch(device)
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}", device=device.torch_name)
    model.eval()
    shown = pictures_of(count, model.visual.preprocess_cfg["size"][0])

    plain = partial(_plain, model, preprocess, device)
    watch(partial(plain, shown[:1]))
    plain_s = watch(partial(plain, shown))
    print(f"{'plain open_clip, float32, one by one':52} {count / plain_s:9.1f} pictures/s")
    del model, plain
    formats = ("float32",) if device.kind == "cpu" else ("float32", device.number_format)
    for number_format in formats:
        shelf = Shelf(device)
        eyes = OpenClipEyes(Weights(name="bench", folder=folder), shelf=shelf, number_format=number_format)
        if device.kind == "cuda":
            torch.cuda.reset_peak_memory_stats()
        cold_s = watch(partial(eyes.pictures, shown[:1], warn=print))
        print(f"{f'ours, {number_format}, loading and the first picture':52} {cold_s:9.1f} s")
        for batch in (1, eyes.batch):
            eyes.batch = batch
            eyes.pictures(shown[:batch], warn=print)
            ours_s = watch(partial(eyes.pictures, shown, warn=print))
            name = f"ours, {number_format}, {batch} at once"
            print(f"{name:52} {count / ours_s:9.1f} pictures/s   {plain_s / ours_s:5.2f} times plain")
        if device.kind == "cuda":
            print(f"{'peak memory':52} {torch.cuda.max_memory_allocated() / 2**30:9.2f} GiB")
        shelf.put_idle_away()


def _plain(model: Any, preprocess: Any, device: Device, shown: list[np.ndarray]) -> None:
    """Embed pictures as open_clip's own example does."""
    import torch
    from PIL import Image

    for picture in shown:
        with torch.no_grad():
            given = preprocess(Image.fromarray(picture)).unsqueeze(0).to(device.torch_name)
            model.encode_image(given, normalize=True).cpu()


def cut_of(film: Path, store: FeatureStore) -> Cut:
    """Return a film as one cut of its shots."""
    from hitpoint.media.open_media import frame_rate, opened, picture_stream

    with opened(film) as container:
        rate = frame_rate(picture_stream(container, film), film)
    scan = scan_film(film, store=store)
    borders = [0, *scan.cuts, scan.last_frame + 1]
    shots = tuple(
        Shot(index=index, span=FrameSpan(first, last), name=str(index), media=_media(film, rate, first, last))
        for index, (first, last) in enumerate(pairwise(borders))
    )
    return Cut(name=film.stem, rate=rate, start_timecode_frame=0, duration_frames=borders[-1], shots=shots)


def _media(film: Path, rate: FrameRate, first: int, last: int) -> MediaRange:
    start_s, length_s = (Fraction(frames) / rate.fps for frames in (first, last - first))
    return MediaRange(path=film, is_missing=False, source_start_s=start_s, source_duration_s=length_s)


def trimmed(cut: Cut) -> Cut:
    """Return the cut with some frames off the head and the tail of every shot that is long enough; gaps are black."""
    shots = []
    for shot in cut.shots:
        first, last = shot.span.start_frame, shot.span.end_frame
        if last - first > 4 * TRIM_FRAMES:
            first, last = first + TRIM_FRAMES, last - TRIM_FRAMES
        assert shot.media is not None
        assert shot.media.path is not None
        shots.append(replace(shot, span=FrameSpan(first, last), media=_media(shot.media.path, cut.rate, first, last)))
    return replace(cut, shots=tuple(shots))


class StandIn:
    """Eyes that see nothing but one number."""

    name = key = "stand-in"
    picture_side, batch = 224, 4

    def pictures(self, pictures: Sequence[np.ndarray], *, warn: Callable[[str], None]) -> np.ndarray:
        """Return the same vector for each."""
        return self.sentences([""] * len(pictures))

    def sentences(self, sentences: Sequence[str]) -> np.ndarray:
        """Return the same vector for each."""
        return np.ones((len(sentences), 1), np.float32)

    def scale(self) -> float:
        """Return 1."""
        return 1.0


def films(paths: list[Path], eyes: Eyes, watch: Callable[[Callable[[], Any]], float], work: Path) -> None:
    """Print how many pictures of each film are looked at, and how many of them through the model."""
    print(f"\n{'film':34} frames shots looked at  embedded    cold  again   recut: new, embedded")
    for film in paths:
        store = FeatureStore(work / "store" / film.stem)
        cut = cut_of(film, store)
        told: list[Any] = []
        look = partial(_look, eyes=eyes, store=store, told=told)
        first_s, again_s = (watch(partial(look, cut)) for _ in range(2))
        look(trimmed(cut))
        seen, again, recut = told
        assert again.frames_embedded == 0
        print(
            f"{film.stem:34} {cut.duration_frames:6} {len(cut.shots):5} {seen.frames_seen:9} {seen.frames_embedded:9} "
            f"{first_s:6.1f}s {again_s:5.2f}s {recut.frames_seen - recut.frames_kept:6} of {recut.frames_seen}, "
            f"{recut.frames_embedded}"
        )


def _look(cut: Cut, *, eyes: Eyes, store: FeatureStore, told: list[Any]) -> None:
    sight, warnings = recognise(cut, [], eyes=eyes, store=store)
    told.append(sight)
    for sentence in warnings:
        print(f"  {sentence}")


def _processor_s(work: Callable[[], Any]) -> float:
    start_s = time.process_time()
    work()
    return time.process_time() - start_s


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--architecture")
    parser.add_argument("--device")
    parser.add_argument("--pictures", type=int)
    parser.add_argument("--without-model", action="store_true")
    options = parser.parse_args()
    paths = options.films or [VIDEO / film for film in FILMS if (VIDEO / film).is_file()]
    if options.without_model:
        with tempfile.TemporaryDirectory() as name:
            films(paths, StandIn(), _processor_s, Path(name))
        return
    import torch

    device = choose_device(options.device)
    if device.kind == "cpu":
        torch.set_num_threads(1)
    architecture = options.architecture or ("ViT-B-32" if device.kind == "cpu" else "ViT-L-14")
    count = options.pictures or (16 if device.kind == "cpu" else 512)
    print(json.dumps({"device": device.name, "architecture": architecture, "weights": "random", "pictures": count}))
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        folder = work / "model"
        folder.mkdir()
        random_model(architecture, folder)
        speeds(folder, device, count)
        eyes = OpenClipEyes(Weights(name="bench", folder=folder), shelf=Shelf(device))
        films(paths, eyes, Stopwatch(device), work)


if __name__ == "__main__":
    main()
