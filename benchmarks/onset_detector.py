"""Print how well the onset detector hears: `python benchmarks/onset_detector.py [--soundfont FILE]`.

1. Clicks at random samples: heard minus true.
2. Rendered hits (drums, timpani, piano, harp …), alone and over held strings: heard minus true, where true is the
   moment at which the dry sound reaches 20 % of its peak, what rendering's attack tables compensate for; librosa's
   `onset_strength` and peak picking at the same 1 ms hop on the same audio beside it.
3. A short score (strings, an ostinato, hits at known samples) through the whole mix: the rule that associates onsets
   with hits, and what the same rule says about random moments of the same music.
4. Time: a two-minute mix with 40 hits, measured in a fresh process; librosa's first call.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tinysoundfont
from numpy.typing import NDArray

from hitpoint.measure import detect_onsets, hit_statistics, measure_hits
from hitpoint.mixing import MixSettings, mix_stems
from hitpoint.model.audio import StemFile
from hitpoint.model.time import SAMPLE_RATE_HZ, FrameRate
from hitpoint.rendering import find_soundfont

Audio = NDArray[np.float32]
Note = tuple[int, int, int, int]  # sample, length in samples, MIDI pitch, velocity

#: name: (bank, program, pitches); bank 128 is the orchestra kit
HIT_SOUNDS = {
    "piano": (0, 0, (36, 60, 84)),
    "timpani": (0, 47, (41, 45, 53)),
    "harp": (0, 46, (48, 67, 84)),
    "pizzicato": (0, 45, (43, 60, 76)),
    "trumpet": (0, 56, (60, 72)),
    "taiko": (0, 116, (40, 50, 60)),
    "kit": (128, 48, (35, 38, 41, 49, 57)),
    "bells": (0, 14, (60, 72)),
}
NOTE_ON = SAMPLE_RATE_HZ // 4
LIBROSA_LAG_S = 0.001  # its strength is a difference to the hop before


class Player:
    """Plays single notes of a SoundFont; every note starts on its sample."""

    def __init__(self, soundfont: Path) -> None:
        self._synth = tinysoundfont.Synth(samplerate=SAMPLE_RATE_HZ, gain=-6)
        self._font = self._synth.sfload(str(soundfont))

    def play(self, bank: int, program: int, notes: list[Note], seconds: float) -> Audio:
        """Return float32 [shape=(n, 2)]."""
        self._synth.program_select(0, self._font, bank, program, bank == 128)
        total = round(seconds * SAMPLE_RATE_HZ)
        events = [(at, 1, pitch, velocity) for at, _, pitch, velocity in notes]
        events += [(min(at + length, total), 0, pitch, 0) for at, length, pitch, _ in notes]
        pieces, now = [np.zeros(0, dtype=np.float32)], 0
        for sample, _, pitch, velocity in [*sorted(events), (total, 0, 0, 0)]:
            if sample > now:
                pieces.append(np.frombuffer(self._synth.generate(sample - now), dtype=np.float32).copy())
                now = sample
            if velocity:
                self._synth.noteon(0, pitch, velocity)
            else:
                self._synth.noteoff(0, pitch)
        self._synth.sounds_off(0)
        self._synth.generate(SAMPLE_RATE_HZ)
        return np.concatenate(pieces).reshape(-1, 2)


def describe(label: str, errors_ms: list[float], missed: int = 0) -> None:
    errors = np.array(errors_ms)
    low, middle, high = np.percentile(errors, [5, 50, 95])
    print(
        f"  {label:28s} n {len(errors):4d}  median {middle:+6.2f}  5 % {low:+6.2f}  95 % {high:+6.2f}  "
        f"within 3 ms {np.mean(np.abs(errors) <= 3):5.1%}  not heard {missed}"
    )


def nearest_ms(onsets: NDArray[np.int64], wanted: int) -> float | None:
    if not len(onsets):
        return None
    error = float(onsets[np.argmin(np.abs(onsets - wanted))] - wanted) * 1000 / SAMPLE_RATE_HZ
    return error if abs(error) <= 30 else None


def librosa_onsets(audio: Audio) -> NDArray[np.int64]:
    import librosa

    strength = librosa.onset.onset_strength(y=audio.mean(axis=1), sr=SAMPLE_RATE_HZ, hop_length=48, n_fft=1024)
    hops = librosa.onset.onset_detect(
        onset_envelope=strength, sr=SAMPLE_RATE_HZ, hop_length=48, pre_max=30, post_max=30, pre_avg=100, post_avg=100,
        wait=30, delta=0.1,
    )  # fmt: skip
    return np.asarray(hops * 48 - round(LIBROSA_LAG_S * SAMPLE_RATE_HZ / 2))


def clicks(rng: np.random.Generator) -> None:
    print("clicks, heard minus true (ms)")
    clock = np.arange(SAMPLE_RATE_HZ // 4)
    shapes = {
        "single sample": (clock == 0) * 1.0,
        "1 ms of 2 kHz": (clock < 48) * np.sin(2 * np.pi * clock / 24),
        "ping of 1.5 kHz": np.sin(2 * np.pi * clock / 32) * np.exp(-clock / 1000),
        "noise, decaying in 50 ms": rng.standard_normal(len(clock)) * np.exp(-clock / 2400),
    }
    for label, shape in shapes.items():
        errors = []
        for _ in range(40):
            at = int(rng.integers(10_000, 20_000))
            audio = 1e-4 * rng.standard_normal((48_000, 2))
            audio[at : at + len(shape)] += 0.3 * shape[:, None]
            onsets = detect_onsets(audio.astype(np.float32), SAMPLE_RATE_HZ)
            errors.append(float(onsets.samples[np.argmax(onsets.strengths)] - at) * 1000 / SAMPLE_RATE_HZ)
        describe(label, errors)


def rendered_hits(player: Player) -> None:
    pad = player.play(0, 48, [(0, 4 * SAMPLE_RATE_HZ, pitch, 70) for pitch in (36, 48, 55, 60, 63, 67)], 4)[
        2 * SAMPLE_RATE_HZ :
    ]
    for pad_db in (None, -20, -10):
        beside = "alone" if pad_db is None else f"over held strings, their peak {-pad_db} dB under the hits'"
        print(f"rendered hits, {beside}: heard minus true (ms); l. librosa")
        every: dict[str, list[float]] = {"": [], "l. ": []}
        for name, (bank, program, pitches) in HIT_SOUNDS.items():
            found: dict[str, list[float]] = {"": [], "l. ": []}
            missed = {"": 0, "l. ": 0}
            for pitch in pitches:
                for velocity in (60, 90, 120):
                    dry = player.play(bank, program, [(NOTE_ON, NOTE_ON, pitch, velocity)], 0.75)
                    level = np.abs(dry).max(axis=1)
                    true = int(np.argmax(level >= 0.2 * level.max()))
                    floor = pad[: len(dry)] / np.abs(pad).max() * level.max()
                    audio = dry if pad_db is None else dry + floor * np.float32(10 ** (pad_db / 20))
                    heard = {"": detect_onsets(audio, SAMPLE_RATE_HZ).samples, "l. ": librosa_onsets(audio)}
                    for who, onsets in heard.items():
                        error = nearest_ms(onsets, true)
                        missed[who] += error is None
                        found[who] += [] if error is None else [error]
            for who in found:
                every[who] += found[who]
                if found[who]:
                    describe(who + name, found[who], missed[who])
        for who, errors in every.items():
            describe(who + "ALL", errors)


def short_score(player: Player, rng: np.random.Generator, folder: Path) -> None:
    seconds, bar = 60, 4 * SAMPLE_RATE_HZ
    chords = [(bar * i, bar, pitch, 70) for i in range(15) for pitch in (36, 55, 60, 63 + i % 3)]
    strings = player.play(0, 48, chords, seconds)
    sixteenths = range(0, seconds * SAMPLE_RATE_HZ - bar, 7200)
    ostinato = player.play(0, 45, [(at, 4800, 48 + (at // 7200) % 3 * 4, 60) for at in sixteenths], seconds)
    moments = sorted(int(at) for at in rng.choice(np.arange(2, seconds - 2), 24, replace=False) * SAMPLE_RATE_HZ + 3333)
    hits = np.zeros_like(strings)
    for bank, program, pitch in ((0, 47, 41), (0, 0, 36)):
        level = np.abs(player.play(bank, program, [(0, 9600, pitch, 110)], 0.5)).max(axis=1)
        attack = int(np.argmax(level >= 0.2 * level.max()))
        hits += player.play(bank, program, [(at - attack, 24_000, pitch, 110) for at in moments], seconds)
    chance = [int(at) for at in rng.integers(2 * SAMPLE_RATE_HZ, (seconds - 2) * SAMPLE_RATE_HZ, 400)]
    for hits_db in (6, 0):
        level = np.abs(strings).max() / np.abs(hits).max() * 10 ** (hits_db / 20)
        stems = []
        for name, wave in (("strings", strings), ("keys-harp", 0.5 * ostinato), ("percussion", level * hits)):
            path = folder / f"{name}.f32"
            wave.astype("<f4").tofile(path)
            stems.append(StemFile(stem=name, path=path, start_sample=0, length_samples=len(wave)))
        mix = mix_stems(tuple(stems), settings=MixSettings(), performances=(), work_folder=folder).mix
        print(f"a score of 60 s through the whole mix, hits {hits_db:+d} dB against the strings (peaks)")
        for label, wanted in (("hits", moments), ("random moments", chance)):
            measured = measure_hits(mix, [(f"h{index}", at) for index, at in enumerate(wanted)])
            print(f"  {label}: {hit_statistics(measured, FrameRate(24, 1))}")


def speed(folder: Path) -> None:
    rng = np.random.default_rng(5)
    noise = (0.05 * rng.standard_normal((120 * SAMPLE_RATE_HZ, 2))).astype("<f4")
    noise[:: 3 * SAMPLE_RATE_HZ] = 0.8
    noise.tofile(folder / "speed.f32")
    code = (
        "import time; started = time.perf_counter()\n"
        "from pathlib import Path\n"
        "from hitpoint.measure import measure_hits\n"
        "from hitpoint.model.audio import StemFile\n"
        f"path = Path({str(folder / 'speed.f32')!r})\n"
        "mix = StemFile(stem='mix', path=path, start_sample=0, length_samples=5760000)\n"
        "heard = measure_hits(mix, [(str(i), i * 144000) for i in range(1, 40)])\n"
        "print(f'  ours, imports and {len(heard)} hits of a two-minute mix: {time.perf_counter() - started:.2f} s')\n"
    )
    other = (
        "import time; started = time.perf_counter()\n"
        "import librosa, numpy\n"
        "librosa.onset.onset_strength(y=numpy.ones(48000, dtype='f4'), sr=48000, hop_length=48)\n"
        "print(f'  librosa, imports and the first second: {time.perf_counter() - started:.2f} s')\n"
    )
    print("time in a fresh process")
    sys.stdout.flush()
    for script in (code, other):
        subprocess.run([sys.executable, "-c", script], check=True)
    started = time.perf_counter()
    onsets = detect_onsets(noise, SAMPLE_RATE_HZ)
    print(f"  ours, every onset of two minutes ({len(onsets.samples)}): {time.perf_counter() - started:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--soundfont", type=Path, default=None)
    soundfont = find_soundfont(parser.parse_args().soundfont)
    rng = np.random.default_rng(11)
    player = Player(soundfont)
    print(f"sounds of {soundfont.name}")
    clicks(rng)
    rendered_hits(player)
    with tempfile.TemporaryDirectory() as folder:
        short_score(player, rng, Path(folder))
        speed(Path(folder))


if __name__ == "__main__":
    main()
