"""Windows of music by MusicGen."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hitpoint.accelerator import Shelf, with_less_memory
from hitpoint.accelerator.device import import_torch
from hitpoint.generation.musicgen import codec, conditions, loop
from hitpoint.generation.musicgen.decoder import DecoderStep
from hitpoint.generation.musicgen.loading import Loaded, load, read_kind
from hitpoint.generation.values import Generated, SoundRequest
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.weights import Weights

#: "0" keeps a card from capturing its steps as graphs.
GRAPHS_VARIABLE = "HITPOINT_CUDA_GRAPHS"
#: All sizes were taught windows of 30 s; transformers' 1503 positions are these and the delay of the codebooks.
_LONGEST_S = 30.0
#: The end is noise in the last second (transformers issue 25277): so much more is made than asked, and cut off.
_NOISY_END_S = 1
#: Guidance as its makers use it; a sketch that is to be kept pulls more: text and melody share one guidance.
_GUIDANCE, _FREEDOM, _GUIDANCE_SLOPE = 3.0, 0.7, 2.0
#: Under this freedom somebody wants more of the sketch than a melody.
_CLOSE = 0.4
_MOST_AT_ONCE = 8
#: Of the work on a window, this is the codes; the rest is audio.
_CODES_SHARE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """A request in the model's terms; `known` are the codes of what went before."""

    index: int
    request: SoundRequest
    tokens: Any
    known: Any
    frames: int
    guidance: float
    sentences: list[str]


class MusicGen:
    """Fulfils `SoundGenerator`; see docs/neural-musicgen.md."""

    can_continue = True
    noisy_end_samples = _NOISY_END_S * SAMPLE_RATE_HZ

    def __init__(
        self, weights: Weights, *, shelf: Shelf, most_at_once: int = _MOST_AT_ONCE, captures: bool | None = None
    ) -> None:
        self._weights, self._shelf, self._most_at_once = weights, shelf, most_at_once
        self._captures = os.environ.get(GRAPHS_VARIABLE) != "0" if captures is None else captures
        self._kind = read_kind(weights.folder)
        card = weights.card
        longest_s = float(card.options.get("longest_s", _LONGEST_S)) if card else _LONGEST_S
        self._most_frames = int(longest_s * self._kind.frame_rate_hz)
        self.longest_samples = self._most_frames * SAMPLE_RATE_HZ // self._kind.frame_rate_hz
        title = card.title if card else f"MusicGen in {weights.name}"
        self.name = f"{title}, {shelf.device.number_format} on {shelf.device.name}"
        self.terms = (
            card.terms if card else "the weights that MusicGen's makers published are for non-commercial use only"
        )

    def generate(self, requests: Sequence[SoundRequest], *, progress: Progress = SILENT) -> tuple[Generated, ...]:
        """Return one window per request, in order; see `SoundGenerator`.

        Raises
        ------
        ValueError
            A window is longer than the model can make, or what went before is shorter than one code.
        MissingWeightsError, DeviceMemoryError, Cancelled
        """
        for request in requests:
            if request.length_samples > self.longest_samples:
                raise ValueError(
                    f"a window of {request.length_s:.2f} s is longer than the "
                    f"{self.longest_samples / SAMPLE_RATE_HZ:g} s that MusicGen makes"
                )
        torch, device = import_torch(), self._shelf.device
        progress.update(0.0, "loading MusicGen")
        key = f"musicgen {self._weights.folder} {device.number_format}"
        size_bytes = self._weights.device_bytes(self._shelf.device.number_format)
        with (
            self._shelf.lend(
                key, lambda: load(self._weights.folder, self._kind, device), size_bytes=size_bytes
            ) as loaded,
            torch.inference_mode(),
            _on(device),
        ):
            windows = self._windows(requests, loaded, progress.part(0.0, 0.0))
            made: dict[int, Generated] = {}
            for group in _alike(windows):
                share = (len(made) / len(windows), (len(made) + len(group)) / len(windows))
                self._make_group(group, loaded, made, progress.part(*share))
        return tuple(made[index] for index in range(len(requests)))

    def _windows(self, requests: Sequence[SoundRequest], loaded: Loaded, progress: Progress) -> list[_Window]:
        """Return the requests in the model's terms, one after the other: there is nothing to make smaller."""
        return with_less_memory(
            lambda _: [self._window(index, request, loaded, progress) for index, request in enumerate(requests)],
            [1],
            shelf=self._shelf,
            what="encoding what went before",
        )

    def _window(self, index: int, request: SoundRequest, loaded: Loaded, progress: Progress) -> _Window:
        kind = self._kind
        sentences = []
        tokens, is_cut = conditions.read_text(request.prompt, loaded)
        if is_cut:
            sentences.append(f"MusicGen read the first {conditions.MOST_TOKENS} tokens of its prompt only")
        if request.negative_prompt.strip():
            sentences.append("MusicGen knows no negative prompt: what the music should not be was left out")
        guidance = _GUIDANCE
        if request.sketch is not None and not kind.hears_melody:
            sentences.append(
                "this MusicGen cannot hear the sketch: melody, harmony and dynamics are its own; MusicGen Melody "
                "follows a melody"
            )
        elif request.sketch is not None:
            guidance += _GUIDANCE_SLOPE * (_FREEDOM - request.freedom)
            if request.freedom < _CLOSE:
                sentences.append(
                    "MusicGen Melody takes the strongest pitch of each moment from the sketch and nothing else, "
                    f"however little freedom it is given ({request.freedom:g})"
                )
        asked = -(-request.length_samples * kind.frame_rate_hz // SAMPLE_RATE_HZ)
        torch = import_torch()
        known = torch.zeros((kind.codebooks, 0), dtype=torch.long, device=loaded.model.device)
        if request.before is not None:
            known = codec.encode(request.before, loaded, progress=progress)
            if not known.shape[1]:
                raise ValueError(
                    f"MusicGen cannot go on from {len(request.before)} samples; one of its codes is "
                    f"{SAMPLE_RATE_HZ // kind.frame_rate_hz} samples long"
                )
        return _Window(
            index=index,
            request=request,
            tokens=tokens,
            known=known,
            frames=min(asked + _NOISY_END_S * kind.frame_rate_hz, self._most_frames),
            guidance=guidance,
            sentences=sentences,
        )

    def _make_group(
        self, group: Sequence[_Window], loaded: Loaded, made: dict[int, Generated], progress: Progress
    ) -> None:
        """Make windows of one shape, as many at once as memory is enough for; what is made stays made."""
        count = len(group)

        def work(size: int) -> None:
            left = [window for window in group if window.index not in made]
            for first in range(0, len(left), size):
                batch = left[first : first + size]
                done = count - len(left) + first
                self._make_batch(batch, loaded, made, progress.part(done / count, (done + len(batch)) / count))

        largest = min(count, self._most_at_once)
        sizes = [largest]
        while sizes[-1] > 1:
            sizes.append((sizes[-1] + 1) // 2)
        with_less_memory(work, sizes, shelf=self._shelf, what="generating music", warn=group[0].sentences.append)

    def _make_batch(
        self, batch: Sequence[_Window], loaded: Loaded, made: dict[int, Generated], progress: Progress
    ) -> None:
        told: list[str] = []
        codes = self._codes(batch, loaded, progress.part(0.0, _CODES_SHARE), told)
        for place, window in enumerate(batch):
            start = _CODES_SHARE + (1 - _CODES_SHARE) * place / len(batch)
            audio = codec.decode(
                codes[place],
                loaded,
                length_samples=window.request.length_samples,
                progress=progress.part(start, start + (1 - _CODES_SHARE) / len(batch)),
            )
            noisy = noisy_end(audio)
            made[window.index] = Generated(audio=audio, sentences=(*window.sentences, *told, *noisy))

    def _codes(self, batch: Sequence[_Window], loaded: Loaded, progress: Progress, told: list[str]) -> Any:
        """Return the codes [shape=(windows, codebooks, frames)] of windows that are alike."""
        torch, device, kind = import_torch(), self._shelf.device, self._kind
        decoder, frames = loaded.model.decoder, batch[0].frames
        number_format = getattr(torch, device.number_format)
        text = conditions.hear_text(torch.stack([window.tokens for window in batch]), loaded)
        before, ahead = None, 0
        if kind.hears_melody:
            melodies = torch.stack([conditions.read_melody(window.request.sketch, loaded) for window in batch])
            before = torch.cat([conditions.hear_melody(melodies, loaded), text], dim=1).to(number_format)
            ahead = before.shape[1]
        table = loop.delayed(
            torch.stack([window.known for window in batch]),
            frames=frames,
            pad=decoder.config.pad_token_id,
            channels=kind.channels,
        )
        columns = table.shape[-1]
        step = DecoderStep(
            decoder,
            rows=2 * len(batch),
            longest=ahead + columns,
            heard=None if kind.hears_melody else text.to(number_format),
        )
        sampling = loop.Sampling(
            step,
            table=table,
            start=1 + batch[0].known.shape[1],
            before=before,
            log_draws=loop.draws(
                [window.request.seed for window in batch],
                columns=columns,
                codebooks=kind.codebooks,
                choices=min(loop.TOP_K, decoder.config.vocab_size),
                device=device,
            ),
            guidance=torch.tensor([window.guidance for window in batch], device=table.device)[:, None, None],
        )
        full = sampling.run(device=device, captures=self._captures, progress=progress, warn=told.append)
        return loop.undelayed(full, frames=frames, channels=kind.channels)


def noisy_end(audio: codec.Audio) -> tuple[str, ...]:
    """Return a sentence where a window ends in noise, as measured."""
    from hitpoint.alignment.seams import noisy_end_samples

    noisy = noisy_end_samples(audio)
    return (f"the last {noisy / SAMPLE_RATE_HZ:.2f} s of a window are noise",) if noisy else ()


def _alike(windows: Sequence[_Window]) -> Iterator[list[_Window]]:
    """Give windows in groups that can be made at once: nothing is padded, so that company changes nobody."""
    groups: dict[tuple[int, int, int], list[_Window]] = {}
    for window in windows:
        shape = (window.frames, window.known.shape[1], len(window.tokens))
        groups.setdefault(shape, []).append(window)
    yield from groups.values()


@contextmanager
def _on(device: Any) -> Iterator[None]:
    """Make a card the current one, for graphs and streams; nothing elsewhere."""
    if device.kind != "cuda":
        yield
        return
    with import_torch().cuda.device(device.index):
        yield
