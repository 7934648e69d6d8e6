"""A SoundFont of our own, made of sine waves, so that rendering is tested on every machine."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hitpoint.model.music import Instrument, PerformedNote

SAMPLE_RATE_HZ = 48_000
#: (bank, program) of the font's presets.
PLUCKED, SLOW, DRUMS, LOUD = (0, 0), (0, 48), (128, 0), (0, 1)
#: The slow preset's attack, 100 ms: linear, so it reaches a fifth of its peak after 20 ms.
SLOW_ATTACK_S = 0.1


def chunk(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def timecents(seconds: float) -> int:
    return round(1200 * np.log2(seconds))


def font_bytes() -> bytes:
    """Return a SoundFont with two looped samples, four presets and a velocity-independent envelope each."""
    t = np.arange(4800) / SAMPLE_RATE_HZ
    sine = np.round(32_000 * np.cos(2 * np.pi * 500 * t)).astype("<i2")
    thump = np.round(32_000 * np.cos(2 * np.pi * 100 * t) * np.exp(-t * 30)).astype("<i2")
    guard = np.zeros(46, dtype="<i2")
    smpl = np.concatenate([sine, guard, thump, guard]).tobytes()
    attack, release, mode, instrument, sample, key_range = 34, 38, 54, 41, 53, 43

    def gen(*pairs: tuple[int, int]) -> list[bytes]:
        return [struct.pack("<Hh", oper, amount) for oper, amount in pairs]

    zones = [
        gen((release, timecents(0.2)), (mode, 1), (sample, 0)),
        gen((attack, timecents(SLOW_ATTACK_S)), (release, timecents(0.2)), (mode, 1), (sample, 0)),
        gen((key_range, 36 | 36 << 8), (sample, 1)),
        gen((key_range, 40 | 50 << 8), (sample, 0)),
    ]
    inst_first_zone = [0, 1, 2, 4]  # plucked, slow, drums (two zones)
    igen, ibag = [], []
    for zone in zones:
        ibag.append(struct.pack("<HH", len(igen), 0))
        igen += zone
    ibag.append(struct.pack("<HH", len(igen), 0))
    igen.append(bytes(4))
    names = [b"plucked", b"slow", b"drums", b"EOI"]
    inst = [n.ljust(20, b"\0") + struct.pack("<H", z) for n, z in zip(names, inst_first_zone, strict=True)]
    presets = [(PLUCKED, 0), (LOUD, 0), (SLOW, 1), (DRUMS, 2)]
    pgen = [*gen(*((instrument, index) for _, index in presets)), bytes(4)]
    pbag = [struct.pack("<HH", i, 0) for i in range(len(presets) + 1)]
    phdr = [
        f"{bank}/{program}".encode().ljust(20, b"\0") + struct.pack("<HHHIII", program, bank, i, 0, 0, 0)
        for i, ((bank, program), _) in enumerate(presets)
    ]
    phdr.append(b"EOP".ljust(20, b"\0") + struct.pack("<HHHIII", 0, 0, len(presets), 0, 0, 0))

    def header(name: bytes, start: int, length: int) -> bytes:
        points = struct.pack("<IIII", start, start + length, start + 96, start + length - 96)
        return name.ljust(20, b"\0") + points + struct.pack("<IBbHH", SAMPLE_RATE_HZ, 60, 0, 0, 1)

    shdr = [header(b"sine", 0, 4800), header(b"thump", 4846, 4800), b"EOS".ljust(46, b"\0")]
    tables = {
        b"phdr": phdr, b"pbag": pbag, b"pmod": [bytes(10)], b"pgen": pgen, b"inst": inst, b"ibag": ibag,
        b"imod": [bytes(10)], b"igen": igen, b"shdr": shdr,
    }  # fmt: skip
    pdta = b"".join(chunk(name, b"".join(rows)) for name, rows in tables.items())
    body = (
        chunk(b"LIST", b"INFO" + chunk(b"ifil", struct.pack("<HH", 2, 1)))
        + chunk(b"LIST", b"sdta" + chunk(b"smpl", smpl))
        + chunk(b"LIST", b"pdta" + pdta)
    )
    return chunk(b"RIFF", b"sfbk" + body)


@pytest.fixture(scope="session")
def tiny_font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("font") / "tiny.sf2"
    path.write_bytes(font_bytes())
    return path


@pytest.fixture
def instruments() -> dict[str, Instrument]:
    def made(name: str, stem: str, preset: tuple[int, int], **more: float) -> Instrument:
        bank, program = preset
        whole = {"low_midi": 0, "high_midi": 127, "comfort_low_midi": 0, "comfort_high_midi": 127}
        return Instrument(id=name, name=name, stem=stem, bank=bank, program=program, articulations={}, **whole, **more)  # type: ignore[arg-type]

    return {
        "pluck": made("pluck", "keys-harp", PLUCKED, seat=-0.5),
        "slow": made("slow", "strings", SLOW, seat=0.5, gain_db=-6.0),
        "drums": made("drums", "percussion", DRUMS),
    }


NoteMaker = Callable[..., PerformedNote]


@pytest.fixture
def note() -> NoteMaker:
    def make(
        onset: int, duration: int = 4800, pitch: int = 60, velocity: int = 100, preset: tuple[int, int] = PLUCKED
    ) -> PerformedNote:
        return PerformedNote(
            onset_sample=onset,
            sounding_sample=onset,
            duration_samples=duration,
            pitch_midi=pitch,
            velocity=velocity,
            bank=preset[0],
            program=preset[1],
        )

    return make
