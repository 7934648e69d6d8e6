"""A cue becomes a layer: on the grid whatever the model does, or the sketch stays and the reason is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from hitpoint.generation import Generated, SoundRequest
from hitpoint.generation.cue import CueLayer, CueSketch, layer_values
from hitpoint.generation.kept import KeptWindows
from hitpoint.generation.layer import make_layer
from hitpoint.measure import hear_hits
from hitpoint.model.errors import Cancelled, DeviceMemoryError
from hitpoint.model.progress import Progress

RATE = 48_000
HALF_FRAME_MS = 1000 / 24 / 2
WINDOW = 12 * RATE


@pytest.fixture(scope="module")
def short(cue: Callable[..., CueSketch]) -> CueSketch:
    return cue(7.0)


@pytest.fixture(scope="module")
def long(cue: Callable[..., CueSketch]) -> CueSketch:
    return cue(16.0, speech=((96_000 + 5 * RATE, 96_000 + 7 * RATE),))


@pytest.fixture(scope="module")
def followed(long: CueSketch, perturbing: ModuleType) -> tuple[CueLayer, list[SoundRequest]]:
    """16 s in windows of 12 s, by a model that drifts, and goes on from what was before."""
    generator = perturbing.Perturbing(longest_samples=WINDOW, noisy_end_samples=RATE // 2)
    layer = make_layer(long, generator)
    return layer, generator.asked


def test_a_model_off_the_grid_is_pulled_onto_it(followed: tuple[CueLayer, list[SoundRequest]], long: CueSketch) -> None:
    layer, _ = followed
    assert layer.audio is not None, layer.reason
    assert layer.audio.shape == long.audio.shape
    assert {hit.how for hit in layer.hits} <= {"aligned", "replaced"}
    aligned = [(hit.hit_id, hit.wanted_sample) for hit in layer.hits if hit.how == "aligned"]
    assert len(aligned) >= 2
    for heard in hear_hits(layer.audio, start_sample=long.start_sample, hits=aligned):
        assert heard.error_ms is not None
        assert abs(heard.error_ms) < HALF_FRAME_MS
    before = [hit.before.error_ms for hit in layer.hits]
    assert any(error is None or abs(error) > HALF_FRAME_MS for error in before), "it was off the grid"


def test_windows_go_on_from_what_was_aligned(followed: tuple[CueLayer, list[SoundRequest]], long: CueSketch) -> None:
    layer, asked = followed
    assert len(asked) == len(layer.windows) >= 2
    assert asked[0].before is None
    for request, row, seam in zip(asked[1:], layer.windows[1:], layer.seams, strict=True):
        assert row.goes_on
        assert seam.sample in long.downbeats
        assert row.window.start_sample in long.downbeats
        assert request.before is not None
        assert len(request.before) == layer.windows[0].window.end_sample - row.window.start_sample
        first = row.window.start_sample - long.start_sample
        np.testing.assert_array_equal(request.sketch[:RATE], long.audio[first : first + RATE])
    assert len({request.seed for request in asked}) == len(asked)


def test_loud_and_soft_are_the_score_s_and_the_voice_has_room(followed: tuple[CueLayer, list[SoundRequest]]) -> None:
    layer, _ = followed
    assert layer.like_sketch[1] > 0.85
    (room,) = layer.rooms
    assert room.carved_db >= 5.5


def test_the_report_is_plain(followed: tuple[CueLayer, list[SoundRequest]]) -> None:
    import json

    values = layer_values(followed[0])
    assert json.loads(json.dumps(values))["chosen"] == 0
    assert values["windows"][0]["prompt"] == "tense, 120 BPM"


def test_the_best_of_several_takes_made_at_once(short: CueSketch, perturbing: ModuleType) -> None:
    """One of three is noise, one another piece: the third is heard."""
    generator = perturbing.Perturbing(longest_samples=WINDOW)
    own = generator._played

    def play(request: SoundRequest, index: int) -> np.ndarray:
        if index == 1:
            return own(request)
        return perturbing.noise(request, index)

    generator.play = play
    layer = make_layer(short, generator, candidates=3)
    assert generator.calls == 1, "candidates are made at once"
    assert layer.chosen == 1
    assert [score.rating > 0 for score in layer.scores] == [False, True, False]


def test_noise_is_refused_with_the_figure(short: CueSketch, perturbing: ModuleType) -> None:
    layer = make_layer(short, perturbing.Perturbing(longest_samples=WINDOW, play=perturbing.noise))
    assert layer.audio is None
    assert "the sketch is kept" in layer.reason
    assert any(character.isdigit() for character in layer.reason)
    assert layer.scores[0].rating == 0


def test_one_refused_window_leaves_the_others(long: CueSketch, perturbing: ModuleType) -> None:
    generator = perturbing.Perturbing(longest_samples=WINDOW, drift=0.02)
    own = generator._played
    generator.play = lambda request, index: own(request) if len(generator.asked) < 2 else perturbing.noise(request, 0)
    layer = make_layer(long, generator)
    assert layer.audio is not None
    assert len(layer.refused) == 1
    assert "1 of 2 windows were refused" in layer.warnings[-1]
    span = layer.replaced[-1]
    assert span.end_sample == long.end_sample
    assert span.start_sample < layer.windows[0].window.end_sample, "the sketch opens before the take ends"


@pytest.mark.parametrize(
    ("error", "told", "is_out_of_memory"),
    [
        (DeviceMemoryError("the card has too little free memory"), "too little free memory; the sampled", True),
        (RuntimeError("shape mismatch\nin layer 3"), r"perturbing failed \(RuntimeError: shape mismatch\)", False),
        (KeyError(), r"perturbing failed \(KeyError\)", False),
    ],
)
def test_what_a_model_raises_is_told_and_the_sketch_stays(
    error: Exception, told: str, is_out_of_memory: bool, short: CueSketch, perturbing: ModuleType
) -> None:
    import re

    def fail(request: SoundRequest, index: int) -> np.ndarray:
        raise error

    layer = make_layer(short, perturbing.Perturbing(longest_samples=WINDOW, play=fail))
    assert layer.audio is None
    assert re.search(told, layer.reason)
    assert layer.is_out_of_memory == is_out_of_memory


def test_an_answer_of_another_length_is_an_error_of_the_model(short: CueSketch, perturbing: ModuleType) -> None:
    layer = make_layer(
        short, perturbing.Perturbing(longest_samples=WINDOW, play=lambda request, index: request.sketch[:-5])
    )
    assert "samples was asked for" in layer.reason


def test_silence_is_not_scored(short: CueSketch, perturbing: ModuleType) -> None:
    silent = replace(short, audio=np.zeros_like(short.audio))
    generator = perturbing.Perturbing()
    assert "nothing to follow" in make_layer(silent, generator).reason
    assert generator.calls == 0
    quiet = make_layer(short, perturbing.Perturbing(play=lambda request, index: 0 * request.sketch))
    assert "silent" in quiet.reason


def test_a_stop_goes_through(short: CueSketch, perturbing: ModuleType) -> None:
    def stop(request: SoundRequest, index: int) -> np.ndarray:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        make_layer(short, perturbing.Perturbing(play=stop))
    with pytest.raises(Cancelled):
        make_layer(short, perturbing.Perturbing(), progress=Progress(should_stop=lambda: True))


def test_windows_are_kept_and_the_same_bytes_come_out(
    short: CueSketch, perturbing: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HITPOINT_CACHE", str(tmp_path))
    generator = perturbing.Perturbing(longest_samples=WINDOW)
    first = make_layer(short, generator, kept=KeptWindows("perturbing"))
    again = make_layer(short, generator, kept=KeptWindows("perturbing"))
    assert generator.calls == 1
    assert again.windows[0].known == 1
    assert first.audio.tobytes() == again.audio.tobytes()


def test_kept_windows_belong_to_their_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITPOINT_CACHE", str(tmp_path))
    sketch = np.full((480, 2), 0.1, np.float32)
    request = SoundRequest(prompt="a", length_samples=480, seed=1, sketch=sketch, before=sketch[:10])
    kept = KeptWindows("model")
    kept.save(request, Generated(audio=sketch, sentences=("so",)))
    assert kept.load(request).sentences == ("so",)
    others = [
        replace(request, prompt="b"),
        replace(request, seed=2),
        replace(request, freedom=0.1),
        replace(request, sketch=sketch * 2),
        replace(request, before=sketch[:11]),
        replace(request, before=None),
    ]
    assert [kept.load(other) for other in others] == [None] * len(others)
    assert KeptWindows("another model").load(request) is None


def test_a_copy_is_never_chosen(short: CueSketch, perturbing: ModuleType) -> None:
    heard: list[np.ndarray] = []

    def copied(audio: np.ndarray) -> str | None:
        heard.append(audio)
        return "too like temp.wav (80%)" if len(heard) == 1 else None

    layer = make_layer(short, perturbing.Perturbing(longest_samples=WINDOW), candidates=2, copied=copied)
    assert layer.chosen == 1
    assert layer.scores[0].sentence == "too like temp.wav (80%)"
    alone = make_layer(
        short, perturbing.Perturbing(longest_samples=WINDOW), copied=lambda audio: "too like temp.wav (80%)"
    )
    assert alone.audio is None
    assert alone.reason == "too like temp.wav (80%)"


def test_words_are_rated_where_ears_are(short: CueSketch, perturbing: ModuleType) -> None:
    words: list[str] = []

    def similarity(audio: np.ndarray, prompt: str) -> float | None:
        words.append(prompt)
        return 0.9 if len(words) == 2 else -0.9

    layer = make_layer(short, perturbing.Perturbing(longest_samples=WINDOW), candidates=2, similarity=similarity)
    assert words == ["tense, 120 BPM"] * 2
    assert layer.chosen == 1
    assert layer.scores[1].parts["text"] == pytest.approx(0.95)
    without = make_layer(short, perturbing.Perturbing(longest_samples=WINDOW), similarity=lambda audio, prompt: None)
    assert "text" not in without.scores[0].parts
