import struct
import wave

import numpy as np
import pytest

from hitpoint.delivery.wav import write_bwf
from hitpoint.model.errors import MediaError
from hitpoint_panel.player.wav import open_wav


def test_what_the_engine_writes_is_read_to_the_last_bit(tmp_path, rng):
    samples = rng.uniform(-0.9, 0.9, (5000, 2)).astype(np.float32)
    path = tmp_path / "mix.wav"
    write_bwf([samples], path, start_sample=0, time_reference_samples=0)
    wav = open_wav(path)
    assert wav.length_samples == 5000
    np.testing.assert_allclose(wav.read(0, 5000), samples, atol=1 / (1 << 23))


def test_outside_of_the_file_there_is_silence(tmp_path, fake):
    fake.write_constant(tmp_path / "a.wav", 0.5, 100)
    block = open_wav(tmp_path / "a.wav").read(-50, 200)
    assert block.shape == (200, 2)
    assert np.all(block[:50] == 0)
    assert np.all(block[50:150] == 0.5)
    assert np.all(block[150:] == 0)
    assert not open_wav(tmp_path / "a.wav").read(1000, 10).any()


@pytest.mark.parametrize(("bits", "channels"), [(16, 1), (16, 2), (24, 1)])
def test_other_widths(tmp_path, bits, channels):
    path = tmp_path / "x.wav"
    value = round(0.25 * (1 << (bits - 1))).to_bytes(bits // 8, "little", signed=True)
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(channels)
        stream.setsampwidth(bits // 8)
        stream.setframerate(48_000)
        stream.writeframes(value * channels * 10)
    assert np.all(open_wav(path).read(0, 10) == 0.25)


def test_float_with_an_odd_chunk_before(tmp_path):
    samples = np.full(20, 0.125, "<f4").tobytes()
    form = struct.pack("<HHIIHH", 3, 2, 48_000, 384_000, 8, 32)
    chunks = b"JUNK" + struct.pack("<I", 3) + b"abc\0" + b"fmt " + struct.pack("<I", 16) + form
    chunks += b"data" + struct.pack("<I", len(samples)) + samples
    (tmp_path / "f.wav").write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    assert np.all(open_wav(tmp_path / "f.wav").read(0, 10) == 0.125)


def test_over_four_gigabytes_it_is_rf64(tmp_path):
    samples = np.full(20, 0.125, "<f4").tobytes()
    form = struct.pack("<HHIIHH", 3, 2, 48_000, 384_000, 8, 32)
    ds64 = struct.pack("<QQQI", 0, len(samples), 10, 0)
    chunks = b"ds64" + struct.pack("<I", len(ds64)) + ds64 + b"fmt " + struct.pack("<I", 16) + form
    chunks += b"data" + struct.pack("<I", 0xFFFFFFFF) + samples
    (tmp_path / "f.wav").write_bytes(b"RF64" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE" + chunks)
    assert open_wav(tmp_path / "f.wav").length_samples == 10


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no wave at all, but some text", b"RIFF\0\0\0\0WAVEfmt "])
def test_what_is_no_wav_is_refused(tmp_path, content):
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(MediaError, match=r"x\.wav is no WAV that can be played"):
        open_wav(tmp_path / "x.wav")


def test_what_is_gone_is_said(tmp_path):
    with pytest.raises(MediaError, match="is gone; write the music again"):
        open_wav(tmp_path / "none.wav")


def test_another_rate_is_refused(tmp_path):
    with wave.open(str(tmp_path / "cd.wav"), "wb") as stream:
        stream.setnchannels(2)
        stream.setsampwidth(2)
        stream.setframerate(44_100)
        stream.writeframes(b"\0" * 40)
    with pytest.raises(MediaError, match="44100 Hz"):
        open_wav(tmp_path / "cd.wav")
