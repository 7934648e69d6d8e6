"""SoundFont files: which presets they have, and a small font with only the notes that will be played.

A synthesiser loads a whole font: 440 MB and 1.5 s for FluidR3 GM, 1.2 GB and 5 s for MuseScore General (SF3). A stem
plays a handful of presets, so each worker cuts its own small font out of the file first (RIFF surgery on the
"hydra" tables, a few milliseconds) and loads that. Format: SoundFont Technical Specification 2.04, and FluidSynth's
SF3 extension (each sample an Ogg Vorbis stream, `start` and `end` of its header in bytes).
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.errors import SoundFontError

#: (bank, program); bank 128 holds the drum kits.
Preset = tuple[int, int]

#: The hydra tables of a SoundFont: the bytes of one record are fixed by the specification (§7).
_RECORDS: dict[str, list[tuple[str, str]]] = {
    "phdr": [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "V12")],
    "pbag": [("gen", "<u2"), ("mod", "<u2")],
    "pmod": [("all", "V10")],
    "pgen": [("oper", "<u2"), ("amount", "<u2")],
    "inst": [("name", "S20"), ("bag", "<u2")],
    "ibag": [("gen", "<u2"), ("mod", "<u2")],
    "imod": [("all", "V10")],
    "igen": [("oper", "<u2"), ("amount", "<u2")],
    "shdr": [
        ("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"),
        ("rate", "<u4"), ("pitch", "u1"), ("correction", "i1"), ("link", "<u2"), ("type", "<u2"),
    ],
}  # fmt: skip
_GEN_INSTRUMENT, _GEN_KEY_RANGE, _GEN_SAMPLE = 41, 43, 53
_TYPE_MONO, _TYPE_VORBIS, _TYPE_ROM = 1, 0x10, 0x8000
_GUARD_SAMPLES = 46  # zeros that the specification wants after each sample (§6.1)

#: All keys: what a preset is asked for when nobody knows which notes it will play.
ALL_KEYS = frozenset(range(128))

Table = NDArray[Any]


@dataclass(frozen=True, slots=True)
class SoundFontFile:
    """The tables of a SoundFont, checked, and where its samples lie in the file."""

    path: Path
    tables: dict[str, Table]
    samples_start_byte: int
    samples_length_bytes: int

    @property
    def presets(self) -> dict[Preset, str]:
        """Names of all presets by (bank, program)."""
        rows = self.tables["phdr"][:-1]
        names = (bytes(row["name"]).split(b"\0")[0].decode("latin-1") for row in rows)
        return {(int(row["bank"]), int(row["program"])): name for row, name in zip(rows, names, strict=True)}

    def nearest_preset(self, wanted: Preset) -> Preset:
        """Return the preset itself, or what General MIDI would play instead.

        A variation falls back to the plain program (bank 0), a drum kit to the standard kit (128, 0). Raises
        `SoundFontError` where the font has neither.
        """
        known = self.presets
        for preset in (wanted, (128, 0) if wanted[0] == 128 else (0, wanted[1])):
            if preset in known:
                return preset
        raise SoundFontError(
            f"{self.path} has no preset for bank {wanted[0]}, program {wanted[1] + 1}; give a General MIDI SoundFont"
        )


def read_soundfont(path: Path) -> SoundFontFile:
    """Read the tables of an SF2 or SF3 file; the samples stay on disk.

    Raises `SoundFontError` where the file cannot be read, is not a SoundFont, or is cut short.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _parse(path, data)
    except OSError as error:
        raise SoundFontError(f"cannot read the SoundFont {path}: {error.strerror or error}") from error
    except ValueError as error:
        if isinstance(error, SoundFontError):
            raise
        raise SoundFontError(f"{path} is empty, not a SoundFont; give an .sf2 or .sf3 file") from error


def _parse(path: Path, data: mmap.mmap) -> SoundFontFile:
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"sfbk":
        raise SoundFontError(f"{path} is not a SoundFont; give an .sf2 or .sf3 file")
    (riff_bytes,) = struct.unpack("<I", data[4:8])
    if riff_bytes + 8 > len(data):
        raise SoundFontError(
            f"{path} is cut short: it should be {riff_bytes + 8} bytes long and has {len(data)}; copy it again"
        )
    chunks: dict[str, tuple[int, int]] = {}
    for list_name, start, size in _chunks(data, 12, riff_bytes + 8):
        if list_name == "LIST":
            for name, inner_start, inner_size in _chunks(data, start + 4, start + size):
                chunks.setdefault(name, (inner_start, inner_size))
    if "smpo" in chunks:
        raise SoundFontError(f"{path} is in the SFO form, which cannot be read in pieces; give an .sf2 or .sf3 file")
    missing = sorted({"smpl", *_RECORDS} - chunks.keys())
    if missing:
        raise SoundFontError(f"{path} is a damaged SoundFont: it lacks the part {missing[0]!r}; copy it again")
    tables = {}
    for name, fields in _RECORDS.items():
        start, size = chunks[name]
        record = np.dtype(fields)
        if size % record.itemsize or size == 0:
            raise SoundFontError(f"{path} is a damaged SoundFont: its part {name!r} has a wrong length; copy it again")
        tables[name] = np.frombuffer(data[start : start + size], dtype=record)
    font = SoundFontFile(path, tables, *chunks["smpl"])
    _check(font)
    return font


def _chunks(data: mmap.mmap, start: int, end: int) -> Iterable[tuple[str, int, int]]:
    """Yield (name, first byte, size) of the RIFF chunks between two bytes, as far as they fit."""
    while start + 8 <= end:
        size = struct.unpack("<I", data[start + 4 : start + 8])[0]
        if start + 8 + size > end:
            return
        yield data[start : start + 4].decode("latin-1"), start + 8, size
        start += 8 + size + size % 2


def _check(font: SoundFontFile) -> None:
    """Refuse tables that point outside each other or outside the samples (a synthesiser would read wild memory)."""
    t = font.tables
    pointers = (
        ("phdr", "bag", "pbag"), ("pbag", "gen", "pgen"), ("pbag", "mod", "pmod"),
        ("inst", "bag", "ibag"), ("ibag", "gen", "igen"), ("ibag", "mod", "imod"),
    )  # fmt: skip
    sound = all(
        (np.diff(t[source][field].astype(np.int64)) >= 0).all() and t[source][field][-1] < len(t[target])
        for source, field, target in pointers
    )
    for generators, oper, target in (("pgen", _GEN_INSTRUMENT, "inst"), ("igen", _GEN_SAMPLE, "shdr")):
        used = t[generators]["amount"][t[generators]["oper"] == oper]
        sound = sound and bool((used < len(t[target]) - 1).all())
    samples = t["shdr"][:-1]
    samples = samples[(samples["type"] & _TYPE_ROM) == 0]
    ends = samples["end"].astype(np.int64) * np.where(samples["type"] & _TYPE_VORBIS, 1, 2)
    sound = sound and bool((samples["start"] <= samples["end"]).all() and (ends <= font.samples_length_bytes).all())
    if not sound:
        raise SoundFontError(f"{font.path} is a damaged SoundFont: its tables contradict each other; copy it again")


def subset_bytes(font: SoundFontFile, wanted: Mapping[Preset, Iterable[int]]) -> bytes:
    """Return a SoundFont file with only the wanted presets and, in them, only what the wanted keys need.

    Parameters
    ----------
    wanted : mapping of (bank, program) to MIDI keys
        Presets must exist in the font (`SoundFontFile.nearest_preset`).

    Returns
    -------
    bytes
        An SF2 or SF3 file. The same font and wishes give the same bytes.
    """
    t = font.tables
    index_of = {(int(row["bank"]), int(row["program"])): i for i, row in enumerate(t["phdr"][:-1])}
    chosen = sorted((index_of[preset], frozenset(keys)) for preset, keys in wanted.items())
    keys_of_instrument: dict[int, frozenset[int]] = {}
    preset_zones: list[tuple[int, list[tuple[int, int]]]] = []
    for preset_index, keys in chosen:
        zones = _zones_for_keys(t, "p", t["phdr"], preset_index, _GEN_INSTRUMENT, keys)
        preset_zones.append((preset_index, [(bag, instrument) for bag, instrument in zones]))
        for _, instrument in zones:
            if instrument >= 0:
                keys_of_instrument[instrument] = keys_of_instrument.get(instrument, frozenset()) | keys
    instrument_zones = [
        (i, _zones_for_keys(t, "i", t["inst"], i, _GEN_SAMPLE, keys)) for i, keys in sorted(keys_of_instrument.items())
    ]
    used_samples = sorted({sample for _, zones in instrument_zones for _, sample in zones if sample >= 0})
    new_instrument = {old: new for new, (old, _) in enumerate(instrument_zones)}
    new_sample = {old: new for new, old in enumerate(used_samples)}
    sample_headers, sample_data = _copy_samples(font, used_samples, new_sample)
    hydra = {
        **_copy_zones(t, "p", "phdr", preset_zones, _GEN_INSTRUMENT, new_instrument),
        **_copy_zones(t, "i", "inst", instrument_zones, _GEN_SAMPLE, new_sample),
        "shdr": sample_headers,
    }
    info = _chunk(b"ifil", struct.pack("<HH", 3 if _is_vorbis(sample_headers) else 2, 1))
    body = (
        b"sfbk"
        + _chunk(b"LIST", b"INFO" + info)
        + _chunk(b"LIST", b"sdta" + _chunk(b"smpl", sample_data))
        + _chunk(b"LIST", b"pdta" + b"".join(_chunk(name.encode(), hydra[name]) for name in _RECORDS))
    )
    return _chunk(b"RIFF", body)


def _is_vorbis(sample_headers: bytes) -> bool:
    headers = np.frombuffer(sample_headers, dtype=np.dtype(_RECORDS["shdr"]))
    return bool((headers["type"] & _TYPE_VORBIS).any())


def _chunk(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def _zones_for_keys(
    t: dict[str, Table], side: str, owners: Table, owner: int, target_oper: int, keys: frozenset[int]
) -> list[tuple[int, int]]:
    """Return (bag, target index) of the zones that a key can reach; the global zone has target -1 and is kept."""
    zones: list[tuple[int, int]] = []
    default_range = (0, 127)
    for bag in range(int(owners["bag"][owner]), int(owners["bag"][owner + 1])):
        generators = t[side + "gen"][int(t[side + "bag"]["gen"][bag]) : int(t[side + "bag"]["gen"][bag + 1])]
        amounts = {int(g["oper"]): int(g["amount"]) for g in generators}
        key_range = amounts.get(_GEN_KEY_RANGE)
        low, high = (key_range & 0xFF, key_range >> 8) if key_range is not None else default_range
        if target_oper not in amounts:
            if not zones:  # only a first zone without a target is a global one (§7.3)
                default_range = (low, high)
                zones.append((bag, -1))
        elif any(low <= key <= high for key in keys):
            zones.append((bag, amounts[target_oper]))
    return zones


def _copy_zones(
    t: dict[str, Table],
    side: str,
    owner_table: str,
    owner_zones: list[tuple[int, list[tuple[int, int]]]],
    target_oper: int,
    new_target: dict[int, int],
) -> dict[str, bytes]:
    """Return the owner, bag, mod and gen tables of the kept zones, with their numbers made consecutive."""
    owners, bags, mods, gens = t[owner_table], t[side + "bag"], t[side + "mod"], t[side + "gen"]
    kept_owners: list[Table] = []
    kept_bags: list[Table] = []
    kept_mods: list[Table] = []
    kept_gens: list[Table] = []
    mod_count = gen_count = 0
    for owner, zones in owner_zones:
        row = owners[owner : owner + 1].copy()
        row["bag"] = len(kept_bags)
        kept_owners.append(row)
        for bag, _ in zones:
            new_bag = bags[bag : bag + 1].copy()
            new_bag["gen"], new_bag["mod"] = gen_count, mod_count
            kept_bags.append(new_bag)
            generators = gens[int(bags["gen"][bag]) : int(bags["gen"][bag + 1])].copy()
            for generator in generators:
                if generator["oper"] == target_oper:
                    generator["amount"] = new_target[int(generator["amount"])]
            modulators = mods[int(bags["mod"][bag]) : int(bags["mod"][bag + 1])]
            kept_gens.append(generators)
            kept_mods.append(modulators)
            gen_count += len(generators)
            mod_count += len(modulators)
    last_owner, last_bag = owners[-1:].copy(), bags[-1:].copy()
    last_owner["bag"] = len(kept_bags)
    last_bag["gen"], last_bag["mod"] = gen_count, mod_count

    def joined(rows: list[Table], last: Table) -> bytes:
        return b"".join(row.tobytes() for row in rows) + last.tobytes()

    return {
        owner_table: joined(kept_owners, last_owner),
        side + "bag": joined(kept_bags, last_bag),
        side + "mod": joined(kept_mods, mods[-1:]),
        side + "gen": joined(kept_gens, gens[-1:]),
    }


def _copy_samples(font: SoundFontFile, used: list[int], new_sample: dict[int, int]) -> tuple[bytes, bytes]:
    """Return the sample headers and the sample data of the used samples, moved together."""
    headers = font.tables["shdr"][used].copy()
    pieces: list[bytes] = []
    length_bytes = 0
    with font.path.open("rb") as file:
        for header in headers:
            is_vorbis = bool(header["type"] & _TYPE_VORBIS)
            unit_bytes = 1 if is_vorbis else 2
            if header["type"] & _TYPE_ROM:  # in the memory chip of an old sound card: silence
                header["start"] = header["end"] = header["loop_start"] = header["loop_end"] = 0
            start, end = int(header["start"]), int(header["end"])
            file.seek(font.samples_start_byte + start * unit_bytes)
            piece = file.read((end - start) * unit_bytes)
            new_start = length_bytes // unit_bytes
            header["start"], header["end"] = new_start, new_start + end - start
            if not is_vorbis:  # loops of SF3 samples count from the sample's own start
                header["loop_start"] = max(0, int(header["loop_start"]) - start) + new_start
                header["loop_end"] = max(0, int(header["loop_end"]) - start) + new_start
            piece += bytes(len(piece) % 2 if is_vorbis else 2 * _GUARD_SAMPLES)
            pieces.append(piece)
            length_bytes += len(piece)
            partner = new_sample.get(int(header["link"]))
            header["link"] = partner or 0
            if partner is None:
                header["type"] = (int(header["type"]) & _TYPE_VORBIS) | _TYPE_MONO
    return headers.tobytes() + font.tables["shdr"][-1:].tobytes(), b"".join(pieces)


def substitution_warnings(path: Path, presets: Iterable[Preset]) -> tuple[str, ...]:
    """Return one sentence per wanted preset that the font lacks and General MIDI plays with another."""
    font = read_soundfont(path)
    names = font.presets
    found = {preset: font.nearest_preset(preset) for preset in set(presets)}
    return tuple(
        f"{path.name} has no preset {bank}/{program + 1}; {names[other]!r} ({other[0]}/{other[1] + 1}) plays instead"
        for (bank, program), other in sorted(found.items())
        if other != (bank, program)
    )


def file_fingerprint(path: Path) -> str:
    """Return a short text that changes when the file does: name, size and time of change (not 100 MB of content)."""
    status = os.stat(path)
    return f"{path.name}-{status.st_size}-{status.st_mtime_ns}"
