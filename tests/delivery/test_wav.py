"""Broadcast WAV: what goes in comes out, where and when it belongs."""

import shutil
import struct
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.delivery import wav
from hitpoint.delivery.wav import BextLoudness, read_bwf_info, time_reference_samples, write_bwf
from hitpoint.model.audio import StemFile
from hitpoint.model.errors import Cancelled, MediaError, OutputError
from hitpoint.model.progress import Progress
from hitpoint.model.time import FrameRate, frames_to_samples, timecode_to_frames

FILM, PAL, NTSC = FrameRate(24000, 1001), FrameRate(25), FrameRate(30000, 1001)
DROP = FrameRate(30000, 1001, drop_frame=True)
ONE_LSB = 2.0**-23


def _stem(folder: Path, samples: np.ndarray, *, start_sample: int = 0) -> StemFile:
    path = folder / "raw.f32"
    samples.astype("<f4").tofile(path)
    return StemFile(stem="strings", path=path, start_sample=start_sample, length_samples=len(samples))


def test_samples_come_back_to_the_24th_bit(tmp_path: Path, rng: np.random.Generator) -> None:
    samples = rng.uniform(-1.0, 1.0, (70_001, 2)).astype(np.float32)
    written = write_bwf(_stem(tmp_path, samples), tmp_path / "a.wav", start_sample=0, time_reference_samples=0)
    read, rate_hz = soundfile.read(written.path, dtype="float64")
    assert (rate_hz, written.length_samples, written.audio_channels) == (48_000, 70_001, 2)
    assert soundfile.info(written.path).subtype == "PCM_24"
    assert abs(read - samples).max() <= ONE_LSB  # half a step, and a whole one at full scale
    assert (tmp_path / "a.wav").read_bytes()[:4] == b"RIFF"


def test_stems_still_sum_to_the_mix(tmp_path: Path, rng: np.random.Generator) -> None:
    stems = rng.uniform(-0.12, 0.12, (8, 4_800, 2)).astype(np.float32)
    total = np.zeros((4_800, 2))
    for index, samples in enumerate([*stems, stems.sum(axis=0)]):
        path = tmp_path / f"{index}.wav"
        write_bwf([samples], path, start_sample=0, time_reference_samples=0)
        total += soundfile.read(path, dtype="float64")[0] * (1 if index < 8 else -1)
    assert 20 * np.log10(abs(total).max()) < -120


def test_full_scale_clips_instead_of_wrapping(tmp_path: Path) -> None:
    block = np.array([[1.0, -1.0], [1.5, -1.5]], np.float32)
    write_bwf([block], tmp_path / "a.wav", start_sample=0, time_reference_samples=0)
    assert soundfile.read(tmp_path / "a.wav", dtype="int32")[0].tolist() == [[0x7FFFFF00, -0x80000000]] * 2


def test_the_same_score_gives_the_same_bytes(tmp_path: Path, rng: np.random.Generator) -> None:
    block = rng.uniform(-1, 1, (999, 2)).astype(np.float32)
    for name in ("a.wav", "b.wav"):
        write_bwf([block], tmp_path / name, start_sample=5, time_reference_samples=7, description="x")
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_bext_says_when_and_who(tmp_path: Path) -> None:
    moment = (1 << 32) + 123  # needs the high word
    write_bwf(
        [np.zeros((3, 2), np.float32)],
        tmp_path / "a.wav",
        start_sample=0,
        time_reference_samples=moment,
        description="Score of Châtelet",
        originator_reference="seed 7",
    )
    info = read_bwf_info(tmp_path / "a.wav")
    assert info.time_reference_samples == moment
    assert (info.description, info.originator, info.originator_reference) == ("Score of Ch?telet", "Hitpoint", "seed 7")
    assert (info.bext_version, info.integrated_lufs) == (1, None)
    assert (info.sample_rate_hz, info.audio_channels, info.bits, info.length_samples) == (48_000, 2, 24, 3)


def test_bext_version_2_carries_the_loudness(tmp_path: Path) -> None:
    loudness = BextLoudness(integrated_lufs=-23.04, true_peak_dbtp=float("-inf"))
    write_bwf([], tmp_path / "a.wav", start_sample=0, time_reference_samples=0, loudness=loudness)
    info = read_bwf_info(tmp_path / "a.wav")
    assert (info.bext_version, info.integrated_lufs, info.true_peak_dbtp) == (2, -23.04, None)
    assert info.length_samples == 0


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="no ffprobe")
def test_another_reader_agrees(tmp_path: Path) -> None:
    block = np.zeros((48_000, 2), np.float32)
    write_bwf([block], tmp_path / "a.wav", start_sample=0, time_reference_samples=172_972_800, description="mix")
    command = ["ffprobe", "-v", "error", "-show_entries", "format_tags:format=duration", str(tmp_path / "a.wav")]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for line in ("time_reference=172972800", "comment=mix", "encoded_by=Hitpoint", "duration=1.000000"):
        assert line in told


@pytest.mark.parametrize(
    ("rate", "timecode", "expected"),
    [
        (FILM, "01:00:00:00", 86_400 * 2002),
        (PAL, "01:00:00:00", 3_600 * 48_000),
        (FrameRate(24), "10:00:00:01", 36_000 * 48_000 + 2_000),
        (NTSC, "01:00:00:00", 108_000 * 8_008 // 5),
        (DROP, "01:00:00;00", 172_799_827),  # 107 892 frames of 1601.6 samples, 3.6 ms short of the clock's hour
        (NTSC, "00:00:00:01", 1_602),
    ],
)
def test_time_reference_is_real_time_of_the_timecode(rate: FrameRate, timecode: str, expected: int) -> None:
    assert time_reference_samples(0, rate, timecode_to_frames(timecode, rate)) == expected


@pytest.mark.parametrize("rate", [FILM, PAL, NTSC, DROP, FrameRate(60000, 1001, drop_frame=True)])
def test_before_midnight_is_the_end_of_the_day(rate: FrameRate) -> None:
    last_second = timecode_to_frames(f"23:59:59:{rate.timecode_base - 1:02d}", rate)
    assert time_reference_samples(-frames_to_samples(1, rate), rate, 0) == pytest.approx(
        time_reference_samples(0, rate, last_second), abs=1
    )


@given(
    rate=st.sampled_from([FILM, PAL, NTSC, DROP, FrameRate(24), FrameRate(50), FrameRate(60000, 1001)]),
    start=st.integers(0, 200_000),
    record_sample=st.integers(0, 48_000 * 7_200),
)
@settings(max_examples=60, deadline=None)
def test_time_reference_is_within_half_a_sample(rate: FrameRate, start: int, record_sample: int) -> None:
    exact = start * rate.frame_s * 48_000 + record_sample
    assert abs(time_reference_samples(record_sample, rate, start) - exact) <= Fraction(1, 2)


def test_a_stem_that_starts_earlier_is_trimmed(tmp_path: Path) -> None:
    ramp = np.repeat(np.arange(100, dtype=np.float32)[:, None] / 128, 2, axis=1)
    stem = _stem(tmp_path, ramp, start_sample=-40)
    written = write_bwf(stem, tmp_path / "a.wav", start_sample=0, time_reference_samples=0)
    assert (written.start_sample, written.length_samples) == (0, 60)
    assert soundfile.read(tmp_path / "a.wav")[0][0, 0] == 40 / 128
    with pytest.raises(ValueError, match="does not hold record sample -41"):
        write_bwf(stem, tmp_path / "b.wav", start_sample=-41, time_reference_samples=0)


def test_over_four_gigabytes_becomes_rf64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(wav, "_LARGEST_RIFF_BYTES", 10_000)
    samples = rng.uniform(-1, 1, (5_000, 2)).astype(np.float32)
    path = tmp_path / "long.wav"
    write_bwf([samples], path, start_sample=0, time_reference_samples=99)
    assert path.read_bytes()[:4] == b"RF64"
    read, _ = soundfile.read(path, dtype="float64")  # libsndfile is an independent reader
    assert abs(read - samples).max() <= ONE_LSB
    info = read_bwf_info(path)
    assert (info.length_samples, info.time_reference_samples) == (5_000, 99)


def test_a_file_of_eight_gigabytes_is_told_right(tmp_path: Path) -> None:
    """Two hours at 48 kHz are 2 GB; a sparse file stands for a longer one."""
    data_bytes = 6 * 48_000 * 8 * 3_600
    header = wav._header(data_bytes, wav._bext(0, "", "Hitpoint", "", None))
    with (tmp_path / "a.wav").open("wb") as stream:
        stream.write(header)
        stream.truncate(len(header) + data_bytes)
    assert read_bwf_info(tmp_path / "a.wav").length_samples == 48_000 * 8 * 3_600
    assert struct.unpack_from("<Q", header, 20)[0] == len(header) - 8 + data_bytes
    assert soundfile.info(tmp_path / "a.wav").frames == 48_000 * 8 * 3_600


@pytest.mark.parametrize("content", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"MThd" + bytes(60), b"RF64" + bytes(4)])
def test_what_is_not_a_wav_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(MediaError, match="not a whole WAV file"):
        read_bwf_info(tmp_path / "a.wav")


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    write_bwf([np.ones((100, 2), np.float32)], tmp_path / "a.wav", start_sample=0, time_reference_samples=0)
    whole = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(whole[:-5])
    with pytest.raises(MediaError, match="cut off"):
        read_bwf_info(tmp_path / "a.wav")


def test_a_raw_stem_that_is_short_or_gone_leaves_the_old_file(tmp_path: Path) -> None:
    stem = _stem(tmp_path, np.ones((10, 2)))
    target = tmp_path / "a.wav"
    target.write_bytes(b"old")
    short = StemFile(stem="x", path=stem.path, start_sample=0, length_samples=11)
    with pytest.raises(MediaError, match="shorter than it should be"):
        write_bwf(short, target, start_sample=0, time_reference_samples=0)
    stem.path.unlink()
    with pytest.raises(MediaError, match="has gone"):
        write_bwf(stem, target, start_sample=0, time_reference_samples=0)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_not_a_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="not a number"):
        write_bwf([np.full((2, 2), np.nan, np.float32)], tmp_path / "a.wav", start_sample=0, time_reference_samples=0)
    assert list(tmp_path.iterdir()) == []


def test_it_stops_when_asked_to_and_leaves_nothing(tmp_path: Path) -> None:
    stem = _stem(tmp_path, np.ones((10, 2)))
    asked = Progress(should_stop=lambda: True)
    with pytest.raises(Cancelled):
        write_bwf(stem, tmp_path / "a.wav", start_sample=0, time_reference_samples=0, progress=asked)
    assert list(tmp_path.iterdir()) == [stem.path]


def test_progress_counts_to_one(tmp_path: Path) -> None:
    heard: list[float] = []
    stem = _stem(tmp_path, np.zeros((48_000 * 25, 2)))
    write_bwf(
        stem,
        tmp_path / "a.wav",
        start_sample=0,
        time_reference_samples=0,
        progress=Progress(lambda fraction, _: heard.append(fraction)),
    )
    assert len(heard) == 3
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="the folder does not exist"):
        write_bwf([], tmp_path / "no" / "a.wav", start_sample=0, time_reference_samples=0)
