"""Looking: once per picture, in batches, stoppable, kept by content; and what comes of it over record time."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hitpoint.media import FeatureStore
from hitpoint.media.stills import stills_at
from hitpoint.model.errors import Cancelled, DeviceMemoryError, MediaError
from hitpoint.model.progress import Progress
from hitpoint.perception.eyes import recognise, tell_shot
from hitpoint.perception.eyes.look import look_closely

from .conftest import LOOKS, HandmadeEyes, colored, cut_of, film, shot_of


def look(path: Path, moments_ms: list[int], eyes: HandmadeEyes, store: FeatureStore, **more):
    return look_closely(path, moments_ms, eyes=eyes, store=store, warn=lambda sentence: None, **more)


def test_a_moment_shows_its_frame(tmp_path: Path) -> None:
    """Each frame's grey says its number, modulo 24."""
    path = film(tmp_path / "greys.mp4", lambda n: np.full((108, 192, 3), 16 + 9 * (n % 24), np.uint8), gop=30)
    for spacing_ms in (40, 300, 2600):  # decoding on, and seeking
        moments_ms = list(range(0, 9900, spacing_ms))
        shown = dict(stills_at(path, moments_ms, shortest_side=64))
        assert list(shown) == moments_ms
        for ms, picture in shown.items():
            late_frames = (round((float(picture.mean()) - 16) / 9) - round(ms * 24 / 1000)) % 24
            assert late_frames <= 3
    beyond = dict(stills_at(path, [12_000], shortest_side=64))
    assert float(beyond[12_000].mean()) == pytest.approx(16 + 9 * 23, abs=3)  # the last picture is held
    assert beyond[12_000].shape == (64, 114, 3)


def test_a_file_that_is_no_film_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no film at all" * 100)
    with pytest.raises(MediaError, match=r"a\.mp4 is not a video"):
        list(stills_at(tmp_path / "a.mp4", [0], shortest_side=64))


def test_a_shot_that_stands_still_is_embedded_once(tmp_path: Path, store: FeatureStore) -> None:
    path = film(tmp_path / "still.mp4", lambda n: colored((200, 30, 30)))
    eyes = HandmadeEyes()
    looked = look(path, list(range(0, 9500, 500)), eyes, store)
    assert eyes.seen == [1]
    assert len(looked.rows) == 19
    assert set(looked.rows.values()) == {0}


def test_pictures_that_differ_are_not_one(colors: Path, store: FeatureStore) -> None:
    eyes = HandmadeEyes()
    looked = look(colors, list(range(250, 9900, 500)), eyes, store)
    assert looked.embedded == 20
    assert max(eyes.seen) <= eyes.batch


def test_in_the_dark_a_small_difference_is_one(tmp_path: Path, store: FeatureStore) -> None:
    """A lit corner of a black picture: 5 of 255 on the mean, and another picture."""
    lit = np.zeros((108, 192, 3), np.uint8)
    lit[70:90, 20:60] = 40

    path = film(tmp_path / "dark.mp4", lambda n: lit if n < 120 else np.roll(lit, 90, axis=1))
    eyes = HandmadeEyes()
    assert look(path, [1000, 2000, 7000, 8000], eyes, store).embedded == 2


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_any_batch_gives_the_same(colors: Path, store: FeatureStore, tmp_path: Path, batch: int) -> None:
    cut = cut_of(shot_of(colors, 0, (0, 240), 0))
    whole, _ = recognise(cut, [2.5, 5.0, 7.5], eyes=HandmadeEyes(), store=store)
    other, _ = recognise(
        cut, [2.5, 5.0, 7.5], eyes=HandmadeEyes(batch=batch), store=FeatureStore(tmp_path / f"store {batch}")
    )
    assert np.allclose(whole.valence, other.valence, equal_nan=True)
    assert [shot.choices for shot in whole.shots] == [shot.choices for shot in other.shots]


def test_each_shot_is_what_it_shows(colors: Path, store: FeatureStore) -> None:
    sight, warnings = recognise(
        cut_of(shot_of(colors, 0, (0, 240), 0)), [2.5, 5.0, 7.5], eyes=HandmadeEyes(), store=store
    )
    assert not warnings
    assert [shot.likeliest("emotion")[0] for shot in sight.shots] == list(LOOKS.values())
    assert tell_shot(sight.shots[0]) == "fearful"
    assert sight.valence[2] < -0.5 < 0.5 < sight.valence[7]
    assert sight.arousal[2] > 0.5 > -0.5 > sight.arousal[7]
    assert sight.frames_seen == sum(shot.frames for shot in sight.shots)


def test_a_recut_is_seen_as_it_plays(colors: Path, store: FeatureStore) -> None:
    """Joy first, then the end of fear backwards at half speed, then a gap, then a freeze of sadness."""
    cut = cut_of(
        shot_of(colors, 0, (0, 48), 7.6),
        shot_of(colors, 1, (48, 120), 2.4, Fraction(-1, 2)),
        shot_of(colors, 2, (168, 240), 6.0, Fraction(0)),
    )
    sight, _ = recognise(cut, [], eyes=HandmadeEyes(), store=store)
    assert [shot.likeliest("emotion")[0] for shot in sight.shots] == ["joyful", "fearful", "sad"]
    assert sight.known.tolist()[:20] == [True] * 10 + [False] * 4 + [True] * 6
    assert np.isnan(sight.valence[11])
    assert sight.valence[1] > 0.5
    assert sight.valence[6] < -0.5
    assert sight.shots[2].frames == 1


def test_a_second_look_asks_the_model_nothing(colors: Path, store: FeatureStore) -> None:
    cut = cut_of(shot_of(colors, 0, (0, 120), 0), shot_of(colors, 1, (120, 240), 5))
    first, _ = recognise(cut, [], eyes=HandmadeEyes(), store=store)
    eyes = HandmadeEyes()
    again, _ = recognise(cut, [], eyes=eyes, store=store)
    assert (eyes.seen, eyes.asked) == ([], 0)
    assert np.array_equal(first.valence, again.valence, equal_nan=True)
    assert again.frames_kept == again.frames_seen == first.frames_seen
    # three frames off the head: mostly where it was looked at before
    recut = replace(cut, shots=(shot_of(colors, 0, (0, 117), 3 / 24), cut.shots[1]))
    other, _ = recognise(recut, [], eyes=eyes, store=store)
    assert other.frames_seen - other.frames_kept <= 1
    # other files of a model: all anew
    fresh = HandmadeEyes(key="another")
    recognise(cut, [], eyes=fresh, store=store)
    assert fresh.seen
    assert fresh.asked


def test_a_stop_is_obeyed_between_batches_and_what_was_done_is_kept(colors: Path, store: FeatureStore) -> None:
    eyes = HandmadeEyes(batch=2)
    moments_ms = list(range(250, 9900, 500))
    with pytest.raises(Cancelled):
        look(colors, moments_ms, eyes, store, progress=Progress(should_stop=lambda: len(eyes.seen) >= 3))
    assert eyes.seen == [2, 2, 2]
    rest = HandmadeEyes(batch=64)
    looked = look(colors, moments_ms, rest, store)
    assert rest.seen == [14]
    assert set(looked.rows) == set(moments_ms)


class Blinded(HandmadeEyes):
    def pictures(self, pictures, *, warn):
        warn("tried with less")
        raise DeviceMemoryError("recognising the picture: the card has too little free memory")


def test_without_memory_the_arc_does_without(colors: Path, store: FeatureStore) -> None:
    sight, warnings = recognise(cut_of(shot_of(colors, 0, (0, 240), 0)), [], eyes=Blinded(), store=store)
    assert sight is None
    assert warnings[0] == "tried with less"
    assert "the arc does without" in warnings[-1]


def test_one_file_that_cannot_be_seen_stops_nothing(colors: Path, store: FeatureStore, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"nothing" * 99)
    cut = cut_of(shot_of(broken, 0, (0, 120), 0), shot_of(colors, 1, (120, 240), 5))
    sight, warnings = recognise(cut, [], eyes=HandmadeEyes(), store=store)
    assert [shot.shot_index for shot in sight.shots] == [1]
    assert "broken.mp4 was not recognised" in warnings[0]


def test_a_cut_without_pictures(store: FeatureStore) -> None:
    sight, warnings = recognise(cut_of(), [], eyes=HandmadeEyes(), store=store)
    assert not sight.known.any()
    assert (sight.shots, sight.frames_seen, warnings) == ((), 0, ())
