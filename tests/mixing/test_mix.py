"""The whole chain: stems that sum to the mix, hits that stay on their sample, a loudness that is met."""

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hitpoint.mixing import LOUDNESS_TARGETS, MixSettings, mix_stems, stand_in
from hitpoint.model.audio import MixResult, StemFile
from hitpoint.model.errors import Cancelled, MediaError, OutputError, SettingError
from hitpoint.model.music import STEM_NAMES, Performance
from hitpoint.model.progress import Progress

RATE = 48_000
START = -4800  # stems may begin before the timeline does
SECONDS = 12
LENGTH = SECONDS * RATE + 777


def stem(folder: Path, name: str, samples: NDArray[np.floating], depth: float | None = None) -> StemFile:
    path = folder / f"{name}-{depth}.f32"
    samples.astype("<f4").tofile(path)
    return StemFile(stem=name, path=path, start_sample=START, length_samples=len(samples), depth=depth)


def loaded(file: StemFile) -> NDArray[np.float32]:
    return np.fromfile(file.path, dtype="<f4").reshape(-1, 2)


def music(seed: int, level: float = 0.1) -> NDArray[np.float64]:
    """Decaying notes in noise, twice a second, a little to one side."""
    rng = np.random.default_rng(seed)
    clock = np.arange(LENGTH) / RATE
    wave = rng.standard_normal(LENGTH) * np.exp(-8 * (clock % 0.5)) + 0.3 * np.sin(2 * np.pi * 110 * clock)
    return level * wave[:, None] * np.array([0.8, 0.5])


def cue(**values: object) -> Performance:
    given = {"cue_number": "1m1", "parts": (), "start_sample": START, "length_samples": LENGTH} | values
    return Performance(**given)  # type: ignore[arg-type]


def mixed(folder: Path, *samples: NDArray[np.floating], **arguments: object) -> MixResult:
    names = ("strings", "percussion", "choir", "winds", "hits")
    stems = tuple(stem(folder, name, wave) for name, wave in zip(names, samples, strict=False))
    given = {"settings": MixSettings(), "performances": (), "work_folder": folder / "work"} | arguments
    return mix_stems(stems, **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> MixResult:
    folder = tmp_path_factory.mktemp("plain")
    return mixed(folder, music(1), music(2), music(3), music(4), settings=MixSettings(loudness="online"))


def test_stems_sum_to_the_mix(plain: MixResult) -> None:
    total = sum(loaded(file).astype(np.float64) for file in plain.stems)
    residual = np.abs(loaded(plain.mix) - total).max()
    assert 20 * np.log10(residual) == pytest.approx(plain.stem_residual_dbfs, abs=0.01)
    assert plain.stem_residual_dbfs < -120
    rounded = [np.rint(loaded(file) * 2.0**23) for file in (plain.mix, *plain.stems)]
    assert 20 * np.log10(np.abs(rounded[0] - sum(rounded[1:])).max() / 2**23) < -90


def test_all_files_cover_the_record_range(plain: MixResult) -> None:
    assert [file.stem for file in plain.stems] == ["strings", "percussion", "choir", "winds"]
    for file in (plain.mix, *plain.stems):
        assert (file.start_sample, file.length_samples) == (START, LENGTH)
        assert file.path.stat().st_size == LENGTH * 8
    assert not list(plain.mix.path.parent.glob("*.part"))


@pytest.mark.parametrize("name", ["ebu", "atsc", "online"])
def test_loudness_and_true_peak_meet_the_target(name: str, tmp_path: Path) -> None:
    result = mixed(tmp_path, music(1), music(2), settings=MixSettings(loudness=name))
    target = LOUDNESS_TARGETS[name]
    assert result.loudness_lufs == pytest.approx(target.integrated_lufs, abs=0.1)
    assert result.true_peak_dbtp <= target.ceiling_dbtp
    assert result.loudness_target == name
    assert len(result.short_term_lufs) == math.ceil(LENGTH / 4800)
    assert result.warnings == ()


def test_the_limiter_makes_room_and_the_loudness_is_met_all_the_same(tmp_path: Path) -> None:
    wave = music(1)
    wave[5 * RATE : 5 * RATE + 200] *= 2
    result = mixed(tmp_path, wave, music(2), settings=MixSettings(loudness="online"))
    assert 0.5 < result.limiter_max_reduction_db <= 6.0
    assert result.true_peak_dbtp <= -1.0
    assert result.loudness_lufs == pytest.approx(-16.0, abs=0.1)
    assert result.stem_residual_dbfs < -120


def test_music_is_never_squashed(tmp_path: Path) -> None:
    """One enormous click over a quiet bed: rather quieter than asked for than limited by 20 dB."""
    wave = 0.01 * music(1)
    wave[5 * RATE] = 1.0
    result = mixed(tmp_path, wave, settings=MixSettings(loudness="online"))
    assert result.limiter_max_reduction_db == pytest.approx(6.0, abs=0.3)
    assert result.true_peak_dbtp <= -1.0
    assert result.loudness_lufs < -20
    assert "choose a quieter loudness target" in result.warnings[0]


def test_input_level_and_input_files_do_not_matter(tmp_path: Path) -> None:
    """Metamorphic: the same music 20 dB quieter gives the same mix; the stems that came in are as they were."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    loud, quiet = mixed(tmp_path / "a", music(1)), mixed(tmp_path / "b", music(1, level=0.01))
    assert quiet.gain_db - loud.gain_db == pytest.approx(20.0, abs=0.01)
    np.testing.assert_allclose(loaded(loud.mix), loaded(quiet.mix), atol=2e-4)
    np.testing.assert_array_equal(
        np.fromfile(tmp_path / "a" / "strings-None.f32", "<f4"), music(1).astype("<f4").ravel()
    )


@pytest.mark.parametrize("workers", [1, 3])
def test_the_same_bytes_whatever_the_number_of_workers(workers: int, plain: MixResult, tmp_path: Path) -> None:
    waves = [music(seed) for seed in (1, 2, 3, 4)]
    again = mixed(tmp_path, *waves, settings=MixSettings(loudness="online"), workers=workers)
    assert again.mix.path.read_bytes() == plain.mix.path.read_bytes()


@pytest.mark.parametrize("depth", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", STEM_NAMES)
def test_a_hit_stays_on_its_sample(name: str, depth: float, tmp_path: Path) -> None:
    """The first thing that sounds is the dry click, where it was, and the hall comes later and lower."""
    clicks = np.zeros((LENGTH, 2))
    at = [RATE * 2 + 17, RATE * 5 + 4801]
    clicks[at] = 0.5
    file = stem(tmp_path, name, clicks, depth=depth)
    quiet = MixSettings(loudness="underscore", dialogue_lufs=-40.0)  # far from the limiter
    result = mix_stems((file,), settings=quiet, performances=(), work_folder=tmp_path / "work")
    heard = np.abs(loaded(result.mix)).max(axis=1)
    gain = 10 ** (result.gain_db / 20)
    for sample in at:
        around = heard[sample - RATE : sample + RATE]
        assert np.argmax(around) == RATE
        assert 0.5 < heard[sample] / (0.5 * gain) < 1.2  # all of it but for the tone: no filter spreads the attack
        assert heard[sample + 300 : sample + RATE].max() < 0.15 * heard[sample]
    assert heard[: at[0]].max() < 1e-6 * heard[at[0]]


def test_silence_stops_the_music_dead(tmp_path: Path) -> None:
    start, end = 4 * RATE, 7 * RATE
    tone = 0.2 * np.sin(2 * np.pi * 500 * np.arange(LENGTH) / RATE)[:, None] * np.ones(2)
    settings = MixSettings(hall_send_db=-60.0)
    result = mixed(tmp_path, tone, settings=settings, performances=(cue(silences=((start, end),)),))
    level = np.abs(loaded(result.mix)).max(axis=1)
    first, last = start - START, end - START
    loud = level[first - 4800 : first - 600].max()
    assert level[first:].max() > 0.9 * loud  # it comes back
    assert level[first : last - 240].max() < 0.01 * loud  # dead on the sample; what is left is hall at -60 dB
    assert level[first + round(0.3 * RATE) : last - 240].max() == 0.0
    assert level[last : last + 100].max() > 0.9 * loud
    assert level[first - 600 : first].min() < level[first - 4800 : first - 600].max()


def test_the_hall_rings_shortly_into_a_silence(tmp_path: Path) -> None:
    start = 4 * RATE
    result = mixed(tmp_path, music(1), performances=(cue(silences=((start, start + 3 * RATE),)),))
    level = np.abs(loaded(result.mix)).max(axis=1)
    first = start - START
    assert level[first : first + 2400].max() > 1e-4
    assert level[first + round(0.3 * RATE) : first + 2 * RATE].max() == 0.0


def test_fades_in_and_out(tmp_path: Path) -> None:
    one = cue(fade_in_samples=2 * RATE, fade_out_samples=RATE, fade_out_end_sample=6 * RATE, length_samples=7 * RATE)
    steady = np.full((LENGTH, 2), 0.1) * (-1.0) ** np.arange(LENGTH)[:, None]
    result = mixed(tmp_path, steady, performances=(one,), settings=MixSettings(hall_send_db=-60.0))
    level = np.abs(loaded(result.mix)).max(axis=1)
    full = level[3 * RATE]
    assert level[0] == 0.0
    assert level[RATE] == pytest.approx(full / 2, rel=0.01)
    assert level[6 * RATE - START : 7 * RATE - 300].max() == 0.0
    assert level[8 * RATE] == pytest.approx(full, rel=0.01)


def test_a_fade_gives_way_to_the_next_cue(tmp_path: Path) -> None:
    one = cue(fade_out_samples=RATE, fade_out_end_sample=6 * RATE, length_samples=7 * RATE)
    two = cue(cue_number="1m2", start_sample=5 * RATE, length_samples=5 * RATE)
    steady = np.full((LENGTH, 2), 0.1) * (-1.0) ** np.arange(LENGTH)[:, None]
    result = mixed(tmp_path, steady, performances=(two, one), settings=MixSettings(hall_send_db=-60.0))
    level = np.abs(loaded(result.mix)).max(axis=1)
    assert level[5 * RATE - START :][: 4 * RATE].min() > 0.9 * level[RATE]
    assert level[: 5 * RATE - START].min() == 0.0
    assert result.warnings == (
        "cue 1m1 was to fade out after the next cue begins; it fades 1.0 s earlier so that the next entry is whole",
    )


def test_ducking_is_gentle_and_slow(tmp_path: Path) -> None:
    steady = np.full((LENGTH, 2), 0.1) * (-1.0) ** np.arange(LENGTH)[:, None]
    speech = ((5 * RATE, 6 * RATE), (7 * RATE, 8 * RATE))  # one gap of a second: it stays down
    settings = MixSettings(duck_db=3.0, hall_send_db=-60.0)
    level = np.abs(loaded(mixed(tmp_path, steady, settings=settings, speech=speech).mix)).max(axis=1)
    level_db = 20 * np.log10(np.maximum(level, 1e-9)) - 20 * np.log10(level[3 * RATE])
    inside = slice(5 * RATE - START, 8 * RATE - START)
    np.testing.assert_allclose(level_db[inside], -3.0, atol=0.05)
    np.testing.assert_allclose(level_db[9 * RATE - START : 11 * RATE], 0.0, atol=0.05)
    slope_db_per_s = np.abs(np.diff(level_db[RATE : 11 * RATE].reshape(-1, 480).mean(axis=1))) / 0.01
    assert slope_db_per_s.max() < 15


@pytest.mark.parametrize(
    ("dialogue_lufs", "expected_lufs", "sentence"), [(-20.0, -32.0, None), (None, -30.0, "dialogue is not known")]
)
def test_underscore_lies_under_the_dialogue(
    dialogue_lufs: float | None, expected_lufs: float, sentence: str | None, tmp_path: Path
) -> None:
    settings = MixSettings(loudness="underscore", dialogue_lufs=dialogue_lufs)
    result = mixed(tmp_path, music(1), settings=settings)
    assert result.loudness_lufs == pytest.approx(expected_lufs, abs=0.1)
    assert (sentence is None) == (result.warnings == ())
    assert sentence is None or sentence in result.warnings[0]


def test_a_given_gain_takes_the_place_of_the_target(tmp_path: Path) -> None:
    found = mixed(tmp_path, music(1), settings=MixSettings(gain_db=-7.5))
    assert found.gain_db == -7.5
    assert abs(found.loudness_lufs + 23.0) > 1
    again = mixed(tmp_path, music(1), settings=MixSettings())
    assert again.loudness_lufs == pytest.approx(-23.0, abs=0.1)
    assert found.loudness_lufs - again.loudness_lufs == pytest.approx(found.gain_db - again.gain_db, abs=0.1)


def test_silent_music_stays_silent(tmp_path: Path) -> None:
    result = mixed(tmp_path, np.zeros((LENGTH, 2)), np.zeros((LENGTH, 2)))
    assert result.loudness_lufs == result.true_peak_dbtp == result.stem_residual_dbfs == -math.inf
    assert result.gain_db == 0.0
    assert "silent" in result.warnings[0]
    assert not loaded(result.mix).any()


def test_the_palette_sets_the_hall(tmp_path: Path) -> None:
    def tail_share(send_db: float) -> float:
        burst = np.zeros((LENGTH, 2))
        burst[RATE : 2 * RATE] = music(1)[:RATE]
        wave = loaded(mixed(tmp_path, burst, palette_mix={"hall_send_db": send_db, "other": 1}).mix)
        return float((wave[2 * RATE + 4800 :] ** 2).sum() / (wave**2).sum())

    assert tail_share(-3.0) > 5 * tail_share(-15.0)
    with pytest.raises(SettingError, match=r"hall_send_db = 'wet' .* must be a number of dB"):
        mixed(tmp_path, music(1), palette_mix={"hall_send_db": "wet"})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"loudness": "ebuu"}, "did you mean 'ebu'"),
        ({"duck_db": 9.0}, r"duck_db 9 must lie in 0\.\.4"),
        ({"underscore_lu": -1.0}, "must not be negative"),
    ],
)
def test_settings_say_what_is_wrong(values: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        MixSettings(**values)  # type: ignore[arg-type]


def test_a_stem_without_a_bus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'zither' has no bus; stems are strings, brass"):
        mix_stems((stem(tmp_path, "zither", music(1)),), settings=MixSettings(), performances=(), work_folder=tmp_path)


def test_layers_of_a_stem_become_one(tmp_path: Path) -> None:
    """Two seats of one stem are what the seats alone would be, added up; the stem no longer has a depth."""
    quiet = MixSettings(loudness="underscore", dialogue_lufs=-40.0)
    near, far = stem(tmp_path, "percussion", music(1), 0.25), stem(tmp_path, "percussion", music(2), 0.75)
    results = []
    for number, files in enumerate([(near, far), (near,), (far,)]):
        folder = tmp_path / str(number)
        results.append(mix_stems(files, settings=quiet, performances=(), work_folder=folder))
    both, alone = results[0], results[1:]
    assert [(file.stem, file.depth) for file in both.stems] == [("percussion", None)]
    assert [curve.stem for curve in both.automation] == ["percussion"]
    expected = sum(loaded(result.mix) * 10 ** (-result.gain_db / 20) for result in alone)
    np.testing.assert_allclose(loaded(both.mix) * 10 ** (-both.gain_db / 20), expected, atol=2e-6)
    assert both.stem_residual_dbfs < -120


def test_a_stem_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    file = stem(tmp_path, "strings", music(1))
    file.path.write_bytes(file.path.read_bytes()[:-8])
    with pytest.raises(MediaError, match=r"'strings' .* render it again"):
        mix_stems((file,), settings=MixSettings(), performances=(), work_folder=tmp_path)


def test_stems_of_different_ranges_are_refused(tmp_path: Path) -> None:
    files = (stem(tmp_path, "strings", music(1)), stem(tmp_path, "brass", music(1)[1:]))
    with pytest.raises(ValueError, match="same record range"):
        mix_stems(files, settings=MixSettings(), performances=(), work_folder=tmp_path)
    with pytest.raises(ValueError, match="no stems"):
        mix_stems((), settings=MixSettings(), performances=(), work_folder=tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "work").write_text("in the way")
    with pytest.raises(OutputError, match=r"cannot write .*work"):
        mixed(tmp_path, music(1))


def test_stopping_leaves_nothing_half_written(tmp_path: Path) -> None:
    seen: list[float] = []
    progress = Progress(lambda fraction, _: seen.append(fraction), lambda: len(seen) > 4)
    with pytest.raises(Cancelled):
        mixed(tmp_path, music(1), progress=progress)
    assert not list((tmp_path / "work").iterdir())
    assert seen == sorted(seen)


def test_the_generated_stem_stands_instead_of_all_but_the_hits(tmp_path: Path) -> None:
    names = ("strings", "hits", "generated")
    files = tuple(stem(tmp_path, name, music(seed)) for seed, name in enumerate(names))
    curve = stand_in(START + 2 * RATE, START + 10 * RATE, ((START + 5 * RATE, START + 7 * RATE),))
    result = mix_stems(files, settings=MixSettings(), performances=(), instead=(curve,), work_folder=tmp_path / "work")
    strings, hits, _ = (loaded(file) for file in result.stems)
    total = sum(loaded(file).astype(np.float64) for file in result.stems)
    assert np.abs(loaded(result.mix) - total).max() < 1e-6

    def level(samples: NDArray[np.float32], second: float) -> float:
        first = round(second * RATE)
        return float(np.abs(samples[first : first + RATE // 2]).max())

    assert level(strings, 9.0) < 0.1 * level(strings, 1.0), "only the hall rings"
    assert level(strings, 6.0) > 0.5 * level(strings, 1.0), "open where the layer is patched"
    assert level(hits, 9.0) > 0.5 * level(hits, 1.0)
    assert all(not curve_of.points for curve_of in result.automation), "that is no change of a level"
