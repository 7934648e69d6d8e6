"""Tone and depth, measured on audio; resources/mixing.toml and what is said of a bad one."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from hitpoint.measure import measure_hits
from hitpoint.mixing import MixSettings, mix_stems
from hitpoint.mixing.hall import hall_response, seat_kernel
from hitpoint.mixing.tone import BusTone, load_desk_table
from hitpoint.model.audio import MixResult, StemFile
from hitpoint.model.errors import SettingError
from hitpoint.model.music import STEM_NAMES
from hitpoint.resources import load_instruments, resources_folder

RATE = 48_000
SECONDS = 8
DEPTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
#: No room, no limiter: what is left is the tone.
DRY = MixSettings(loudness="underscore", dialogue_lufs=-40.0, hall_send_db=-60.0)


def mixed(folder: Path, name: str, wave: NDArray[np.floating], *, depth: float, settings: MixSettings) -> MixResult:
    path = folder / f"{name}.f32"
    wave.astype("<f4").tofile(path)
    file = StemFile(stem=name, path=path, start_sample=0, length_samples=len(wave), depth=depth)
    return mix_stems((file,), settings=settings, performances=(), work_folder=folder / "work")


def placed(folder: Path, name: str, wave: NDArray[np.floating], *, depth: float, settings: MixSettings) -> NDArray:
    """What the bus makes of a wave, without the static gain."""
    result = mixed(folder, name, wave, depth=depth, settings=settings)
    assert result.limiter_max_reduction_db == 0
    return np.fromfile(result.mix.path, "<f4").reshape(-1, 2) * 10 ** (-result.gain_db / 20)


def noise(seconds: int = SECONDS) -> NDArray[np.float64]:
    rng = np.random.default_rng(3)
    return 0.1 * rng.standard_normal((seconds * RATE, 2))


def level_db(wave: NDArray[np.floating], low_hz: float, high_hz: float) -> float:
    hertz, power = signal.welch(wave[:, 0], RATE, nperseg=16_384)
    band = (hertz >= low_hz) & (hertz < high_hz)
    return float(10 * np.log10(power[band].mean()))


def shelf(hertz: float, gain_db: float, *, is_high: bool) -> NDArray[np.float64]:
    """A shelf of slope 1/2 as an analogue prototype, with its own bilinear transform: a second way to the same."""
    root = 10 ** (gain_db / 40)
    damping = math.sqrt((root + 1 / root) * (1 / 0.5 - 1) + 2)
    rising = [root, math.sqrt(root) * damping, 1.0]
    falling = [1.0, math.sqrt(root) * damping, root]
    numerator, denominator = (rising, falling) if is_high else (falling, rising)
    warped = 2 * RATE * math.tan(math.pi * hertz / RATE)
    scale = np.array([1 / warped**2, 1 / warped, 1.0])
    b, a = signal.bilinear(root * np.array(numerator) * scale, np.array(denominator) * scale, RATE)
    return np.concatenate([b, a])[None, :] / a[0]


def expected_tone(tone: BusTone, air_hz: float, air_db: float, wave: NDArray[np.float64]) -> NDArray[np.float64]:
    for sos in (
        signal.butter(2, tone.low_cut_hz, "highpass", fs=RATE, output="sos"),
        shelf(tone.low_shelf_hz, tone.low_shelf_db, is_high=False),
        shelf(tone.high_shelf_hz, tone.high_shelf_db, is_high=True),
        shelf(air_hz, air_db, is_high=True),
    ):
        wave = signal.sosfilt(sos, wave, axis=0)
    return 10 ** (tone.gain_db / 20) * wave


@pytest.mark.parametrize("name", STEM_NAMES)
def test_noise_through_each_bus_has_its_tone(name: str, tmp_path: Path) -> None:
    """The mix's filters, folded into a kernel, against the same filters run sample by sample."""
    desk = load_desk_table()
    wave = noise()
    heard = placed(tmp_path, name, wave, depth=0.75, settings=DRY)
    expected = expected_tone(desk.buses[name], desk.room.air_shelf_hz, desk.room.air_db(0.75), wave)
    assert 20 * np.log10((heard - expected).std() / expected.std()) < -45  # what is left is the hall at -60 dB
    assert 20 * np.log10(expected.std() / (expected - wave).std()) < 25  # and the tone is no wire


def test_each_bus_is_cut_below_and_shelved_above_as_the_table_says(tmp_path: Path) -> None:
    wave = noise()
    for name, tone in load_desk_table().buses.items():
        heard = placed(tmp_path, name, wave, depth=0.0, settings=DRY)

        def gained(low_hz: float, high_hz: float, heard: NDArray[np.floating] = heard) -> float:
            return level_db(heard, low_hz, high_hz) - level_db(wave, low_hz, high_hz)

        middle = gained(900, 1400)
        assert middle == pytest.approx(tone.gain_db, abs=0.25), name
        assert gained(17_000, 20_000) - middle == pytest.approx(tone.high_shelf_db, abs=0.5), name
        assert gained(3, tone.low_cut_hz / 2) - middle < -9, name


def test_hits_have_low_end_that_no_other_bus_has(tmp_path: Path) -> None:
    wave = noise()
    weight_db = {}
    for name in STEM_NAMES:
        heard = placed(tmp_path, name, wave, depth=0.5, settings=DRY)
        weight_db[name] = level_db(heard, 40, 90) - level_db(heard, 600, 1200)
    assert weight_db["hits"] > 2.5
    assert weight_db["hits"] > 2 + max(value for name, value in weight_db.items() if name != "hits")


@pytest.mark.parametrize("loudness", ["online", "ebu"])
def test_heavy_impacts_stay_under_the_ceiling(loudness: str, tmp_path: Path) -> None:
    """Full-scale drums at 50 Hz, where the shelf adds most: the true peak holds and nothing clips."""
    clock = np.arange(12 * RATE) / RATE
    drums = np.sin(2 * np.pi * 50 * clock) * np.exp(-6 * (clock % 1.5))
    result = mixed(tmp_path, "hits", drums[:, None] * np.ones(2), depth=0.75, settings=MixSettings(loudness=loudness))
    assert result.true_peak_dbtp <= -1.0
    for file in (result.mix, *result.stems):
        assert np.abs(np.fromfile(file.path, "<f4")).max() < 10 ** (-0.1 / 20)
    assert result.stem_residual_dbfs < -90


def test_far_seats_are_darker_dry_and_in_the_hall(tmp_path: Path) -> None:
    desk = load_desk_table()
    wave = noise()
    for settings in (DRY, MixSettings(loudness="underscore", dialogue_lufs=-40.0)):
        brightness_db = []
        for depth in DEPTHS:
            heard = placed(tmp_path, "brass", wave, depth=depth, settings=settings)
            brightness_db.append(level_db(heard, 12_000, 18_000) - level_db(heard, 500, 1000))
        steps = np.diff(brightness_db)
        assert (steps < -0.6).all(), brightness_db
        if settings is DRY:
            assert brightness_db[-1] - brightness_db[0] == pytest.approx(desk.room.air_at_back_db, abs=0.7)


def first_reflection_s(depth: float) -> float:
    """When the hall is first heard after the dry sound: measured on the kernel with and without hall."""
    desk = load_desk_table()
    tone = desk.buses["strings"]
    with_hall, without = (
        seat_kernel(tone=tone, depth=depth, room=desk.room, wet_db=wet_db) for wet_db in (0.0, -300.0)
    )
    early = np.abs(with_hall.near - without.near).max(axis=(0, 1))
    late = np.abs(with_hall.far).max(axis=0)[: len(early)]
    return float(np.argmax(early + late > 0.02)) / RATE


def test_near_seats_leave_a_longer_gap_before_the_first_reflection() -> None:
    room = load_desk_table().room
    gaps_s = [first_reflection_s(depth) for depth in DEPTHS]
    assert (np.diff(gaps_s) < -0.001).all(), gaps_s
    assert gaps_s[0] - gaps_s[-1] > 0.015
    for depth, gap_s in zip(DEPTHS, gaps_s, strict=True):
        assert room.pre_delay_s(depth) <= gap_s < room.pre_delay_s(depth) + 0.015


def test_depth_and_pre_delay_leave_the_halls_energy_alone() -> None:
    room = load_desk_table().room
    for depth in DEPTHS:
        hall = hall_response(depth, room)
        assert np.sum(hall.early**2) / 2 + np.sum(hall.tail**2) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", ["hits", "percussion"])
def test_onsets_are_heard_when_they_were(name: str, tmp_path: Path) -> None:
    """Drum strokes, near and at the back: the blind detector hears them through the bus as it does without one."""
    moments = [RATE * n + 137 * n for n in range(1, 8)]
    clock = np.arange(RATE // 2) / RATE
    rng = np.random.default_rng(5)
    stroke = (np.sin(2 * np.pi * 70 * clock) + 0.5 * rng.standard_normal(len(clock))) * np.exp(-18 * clock)
    wave = np.zeros((9 * RATE, 2))
    for moment in moments:
        wave[moment : moment + len(stroke)] += 0.3 * stroke[:, None]
    wanted = tuple((f"h{index}", moment) for index, moment in enumerate(moments))
    bare = tmp_path / "bare.f32"
    wave.astype("<f4").tofile(bare)
    before = measure_hits(StemFile(stem="mix", path=bare, start_sample=0, length_samples=len(wave)), wanted)
    for depth in (0.0, 1.0):
        after = measure_hits(mixed(tmp_path, name, wave, depth=depth, settings=MixSettings()).mix, wanted)
        for one, other in zip(before, after, strict=True):
            assert one.error_ms is not None
            assert other.error_ms is not None
            assert abs(other.error_ms - one.error_ms) < 0.6
            assert abs(other.error_ms) < 1.5


def test_low_cuts_spare_the_lowest_notes() -> None:
    """Butterworth of second order at the lowest fundamental that an instrument of the bus can play."""
    checked = 0
    for instrument in load_instruments().values():
        if instrument.bank == 128:
            continue  # a drum's key is no pitch
        lowest_hz = 440 * 2 ** ((instrument.low_midi - 69) / 12)
        for name in (instrument.stem, "hits"):
            lost_db = 10 * math.log10(1 + (load_desk_table().buses[name].low_cut_hz / lowest_hz) ** 4)
            assert lost_db < (1.2 if name != "hits" else 2.0), (instrument.id, name)
            checked += 1
    assert checked > 80


OURS = resources_folder() / "mixing.toml"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("low_cut_hz = 26", "low_cut_hz = 2600", r"\[buses\.brass\] low_cut_hz = 2600 must be a number in 10\.\.300"),
        ("low_cut_hz = 26", "low_cut_hz = nan", r"\[buses\.brass\] low_cut_hz = nan must be a number"),
        ("low_cut_hz = 26", "low_cut_hz = true", r"\[buses\.brass\] low_cut_hz = True must be a number"),
        ("low_cut_hz = 26", 'low_cut_hz = "26"', r"\[buses\.brass\] low_cut_hz = '26' must be a number"),
        ("low_cut_hz = 26", "low_cut = 26", r"brass\] has an unknown line 'low_cut'; did you mean 'low_cut_hz'"),
        ("low_cut_hz = 26", "", r"\[buses\.brass\] lacks the line 'low_cut_hz'"),
        ("[buses.brass]", "[buses.bras]", r"\[buses\.bras\] is no stem; did you mean 'brass'"),
        ("[room]", "[rooms]", r"there is no table \[rooms\]; did you mean 'room'"),
        ("pre_delay_back_s = 0.008", "pre_delay_back_s = 0.05", r"\[room\] pre_delay_front_s = 0.028 must not be"),
        ("air_at_back_db = -5.0", "air_at_back_db = 2", r"\[room\] air_at_back_db = 2 must be a number in -12\.\.0"),
        ("duck_share = 0.5", "duck_share = 1.5", r"\[buses\.hits\] duck_share = 1.5 must be a number in 0\.\.1"),
    ],
)  # fmt: skip
def test_a_bad_table_is_told_in_one_sentence(old: str, new: str, message: str, tmp_path: Path) -> None:
    text = OURS.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mixing.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingError, match=message) as raised:
        load_desk_table(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"\[room\] is missing"),
        ("buses = 3", r"buses must be tables"),
        ("room = 3", r"\[room\] is missing"),
        ("[", "not a valid TOML table"),
    ],
)
def test_a_table_that_is_none(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mixing.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match=message):
        load_desk_table(path)


def test_a_missing_bus_is_named(tmp_path: Path) -> None:
    text = OURS.read_text(encoding="utf-8")
    path = tmp_path / "mixing.toml"
    path.write_text(text[: text.index("[buses.hits]")], encoding="utf-8")
    with pytest.raises(SettingError, match=r"\[buses\.hits\] is missing; copy it from"):
        load_desk_table(path)


def test_the_users_own_table_takes_the_place_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = OURS.read_text(encoding="utf-8")
    (tmp_path / "mixing.toml").write_text(text.replace("air_at_back_db = -5.0", "air_at_back_db = -2.0"), "utf-8")
    monkeypatch.setenv("HITPOINT_CONFIG", str(tmp_path))
    assert tomllib.loads(text)["room"]["air_at_back_db"] == -5.0
    assert MixSettings().desk.room.air_at_back_db == -2.0
    assert MixSettings().desk.room == replace(load_desk_table(OURS).room, air_at_back_db=-2.0)


def test_a_table_that_is_older_than_the_generated_bus_is_read(tmp_path: Path) -> None:
    text = (resources_folder() / "mixing.toml").read_text(encoding="utf-8")
    path = tmp_path / "mixing.toml"
    path.write_text(text[: text.index("[buses.generated]")], encoding="utf-8")
    assert load_desk_table(path) == load_desk_table(resources_folder() / "mixing.toml")


def test_what_brings_its_own_room_gets_hardly_any_hall(tmp_path: Path) -> None:
    wave = noise()
    wave[len(wave) // 2 :] = 0.0
    rings = {}
    for name in ("synth", "generated"):
        heard = placed(tmp_path, name, wave, depth=0.0, settings=MixSettings())
        after = heard[len(wave) // 2 + RATE // 10 :][:RATE]
        rings[name] = 10 * np.log10((after**2).mean() / (heard[: len(wave) // 2] ** 2).mean())
    assert rings["generated"] < rings["synth"] - 12
