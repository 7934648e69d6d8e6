"""How long each sampled sound takes to speak, measured on the SoundFont itself (music.md §2).

Attack time is the time from note-on until the sound first reaches 20 % (-14 dB) of its peak in the first half second.
Listeners place the onset of a tone 6 to 15 dB under its maximum (J. Vos and R. Rasch, The perceptual onset of musical
tones, 1981), and of the levels from 10 % to 50 % this is the one at which the blind onset detector of
`hitpoint.measure` hears single notes on time: median error +0.1 ms over drums, harp, piano, pizzicato and brass, 95 %
within 2 ms (benchmarks/rendering.py). Half of the peak, the other usual choice, is the same moment for a drum, but
lets a brass chord be heard 36 ms and a string chord 90 ms before its time; and early is worse than late.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from hitpoint.model.music import AttackTable
from hitpoint.model.time import SAMPLE_RATE_HZ
from hitpoint.rendering.soundfont import Preset, file_fingerprint, read_soundfont, subset_bytes
from hitpoint.rendering.synth import copy_font, load_font

#: (bank, program, pitch, velocity)
Sound = tuple[int, int, int, int]

#: Share of the peak at which a sound counts as heard.
ONSET_LEVEL = 0.2
_PEAK_WITHIN_SAMPLES = SAMPLE_RATE_HZ // 2
#: Pitches are measured every minor third and velocities in three layers; drums on every key.
_PITCH_STEP = 3
_VELOCITIES = (45, 80, 115)
_CACHE_VERSION = 1


def measure_attacks(soundfont: Path, needed: Iterable[Sound], *, cache: Path) -> AttackTable:
    """Return the attack times of the sounds that will be played.

    Parameters
    ----------
    needed : iterable of (bank, program, pitch, velocity)
        Every sound of the score; rounded to a grid of pitches and velocities here.
    cache : Path
        Folder in which results are kept per font (`attacks-….json`); only what is new is measured, 0.3 ms each.

    Raises `SoundFontError` for a font that is damaged or has none of General MIDI's presets.
    """
    wanted = sorted({_on_grid(sound) for sound in needed})
    cache_file = cache / f"attacks-{file_fingerprint(soundfont)}.json"
    known = _read_cache(cache_file)
    new = [sound for sound in wanted if sound not in known]
    if new:
        known.update(_measure(soundfont, new))
        _write_cache(cache_file, known)
    return AttackTable(soundfont=str(soundfont), attack_s={sound: known[sound] for sound in wanted})


def _on_grid(sound: Sound) -> Sound:
    bank, program, pitch, velocity = sound
    if bank != 128:
        pitch = min(127, round(pitch / _PITCH_STEP) * _PITCH_STEP)
    return bank, program, pitch, min(_VELOCITIES, key=lambda known: abs(known - velocity))


def _measure(soundfont: Path, sounds: list[Sound]) -> dict[Sound, float]:
    font = read_soundfont(soundfont)
    preset_of = {preset: font.nearest_preset(preset) for preset in {(bank, program) for bank, program, _, _ in sounds}}
    keys: dict[Preset, set[int]] = {}
    for bank, program, pitch, _ in sounds:
        keys.setdefault(preset_of[bank, program], set()).add(pitch)
    loaded = load_font(subset_bytes(font, keys))
    return {
        (bank, program, pitch, velocity): _attack_s(loaded, preset_of[bank, program], pitch, velocity)
        for bank, program, pitch, velocity in sounds
    }


def _attack_s(font: Any, preset: Preset, pitch_midi: int, velocity: int) -> float:
    """Return seconds until the onset level; 0 for a key that the preset leaves silent."""
    synth = copy_font(font)
    synth.note_on(*preset, pitch_midi, (velocity + 0.5) / 127.0)
    audio = np.zeros((_PEAK_WITHIN_SAMPLES, 2), dtype=np.float32)
    synth.render(audio)
    np.abs(audio, out=audio)
    level = np.maximum(audio[:, 0], audio[:, 1])
    return int(np.argmax(level >= ONSET_LEVEL * level.max())) / SAMPLE_RATE_HZ


def _read_cache(path: Path) -> dict[Sound, float]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != _CACHE_VERSION:
            return {}
        return {(int(b), int(p), int(k), int(v)): float(s) for b, p, k, v, s in content["attack_s"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # a cache is made again, whatever is wrong with it


def _write_cache(path: Path, known: dict[Sound, float]) -> None:
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    content = {"version": _CACHE_VERSION, "attack_s": [[*sound, seconds] for sound, seconds in sorted(known.items())]}
    with suppress(OSError):  # without a cache the next run measures again; nothing else changes
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(content), encoding="utf-8")
        os.replace(unfinished, path)
