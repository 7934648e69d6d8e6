"""Our cues beside what people wrote: the same statistics on both, by the same algorithms.

    python benchmarks/human_music.py [--cues 6] [--palettes tense heroic …]

Human side: excerpts of about a minute of symphonic movements and late quartets (CC0, in the shared fixtures) and of
music21's corpus (classical quartets, piano pieces and songs, Bach's chorales): 10th, 50th and 90th percentile over the
excerpts of a group. Our side: random cues of 30 to 90 s in every palette, the median over a palette; * marks a median
outside the middle 80 % of the human groups that the palette is compared with (groups count equally, however many
excerpts they have). Then how many of our cues lie inside (of people's excerpts it is 80 % by definition, 90 % where
only too much is a fault), and how far outside the medians are.

Not every excerpt lends itself to every figure: without a tempo there are no seconds, without marks no dynamics. The
first run parses the scores (some minutes); they are kept in the cache.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from itertools import pairwise

import numpy as np
from composition import random_score
from human_scores import excerpts, read_works
from human_works import GROUPS, all_works

from hitpoint.measure.texture import Texture, TextureNote, Voice, highest_line
from hitpoint.measure.texture_bars import USUAL_VALUES_BEATS, value_counts
from hitpoint.measure.texture_figures import TextureFigures, texture_figures
from hitpoint.measure.texture_harmony import count_parallels, heard_harmony
from hitpoint.measure.texture_line import melodic_moves
from hitpoint.model.music import Composition, Part
from hitpoint.performance.velocity import level_at
from hitpoint.resources import load_instruments, load_palettes

#: What a palette is compared with: groups of human music, taken together.
COMPARED_WITH: Mapping[str, Sequence[str]] = {
    "minimal-piano": ("keyboard", "chamber"),
    "documentary": ("keyboard", "chamber", "orchestral"),  # a piano among strings and winds
}
OTHERWISE = ("orchestral", "chamber")

NAMES = tuple(field.name for field in fields(TextureFigures))
#: Of these fewer is better: below the human range is no fault.
FAULTS = (
    "parallels_per_100_changes",
    "wide_gaps_per_100_chords",
    "low_intervals_per_100_chords",
    "range_faults_per_100_notes",
)
#: Shown, not judged: a first violin or a marked main voice sings by definition, a cue's melody waits for its moment.
NOT_JUDGED = ("sung_share",)
#: What is asked of us, whatever people write: at most this much, mean over the cues.
ASKED_AT_MOST = {
    "parallels_per_100_changes": 1.0,
    "low_intervals_per_100_chords": 1.0,
    "range_faults_per_100_notes": 0.0,
}
#: Classes of melodic moves: up to so many semitones.
MOVES = {"same": 0, "step": 2, "third": 4, "to fifth": 7, "to octave": 12, "wider": 127}
#: General MIDI presets from here on are drums and noises; bank 128 are drum kits.
FIRST_DRUM_PROGRAM, DRUM_BANK = 112, 128
EFFECTS = ("impact", "riser")
SHORTEST_S, LONGEST_S = 30.0, 90.0


def our_texture(composition: Composition) -> Texture:
    """Return a cue as a texture; velocities are as played, with the dynamic line of each part."""
    known = load_instruments()
    last = max(note.onset_beats for part in composition.parts for note in part.notes)
    tempo_map = composition.tempo_map
    lines = list(tempo_map.bar_lines(last + Fraction(1, 480)))
    lines.append(lines[-1] + tempo_map.meter_at(lines[-1]).bar_beats)
    voices = []
    for part in composition.parts:
        instrument = known[part.instrument_id]
        is_drum = instrument.bank == DRUM_BANK or instrument.program >= FIRST_DRUM_PROGRAM
        voices.append(
            Voice(
                name=part.id,
                notes=_played(part),
                is_pitched=not is_drum and part.role not in EFFECTS,
                low_midi=instrument.low_midi,
                high_midi=instrument.high_midi,
            )
        )
    return Texture(
        voices=tuple(voice for voice in voices if voice.notes),
        bar_lines_beats=tuple(lines),
        bar_lines_s=tuple(float(tempo_map.seconds_at(line)) for line in lines),
        melody=_sung(composition, lines),
    )


def _played(part: Part) -> tuple[TextureNote, ...]:
    notes = (
        TextureNote(
            n.onset_beats, n.duration_beats, n.pitch_midi, max(1, round(n.velocity * level_at(part, n.onset_beats)))
        )
        for n in part.notes
    )
    return tuple(sorted(notes, key=lambda note: (note.onset_beats, note.pitch_midi)))


def _sung(composition: Composition, lines: Sequence[Fraction]) -> tuple[tuple[TextureNote, ...], ...]:
    """Return the melody, one singer at a time: who sings most of a bar, the one before if he still does."""
    singers = {part.id: _played(part) for part in composition.parts if part.role == "melody"}
    stretches: list[list[TextureNote]] = []
    singer = ""
    for start, end in pairwise(lines):
        own = {name: [n for n in notes if start <= n.onset_beats < end] for name, notes in singers.items()}
        most = max(own, key=lambda name: len(own[name]), default="")
        if not most or not own[most]:
            continue
        if not own.get(singer):
            singer = most
            stretches.append([])
        stretches[-1] += own[singer]
    return tuple(highest_line(stretch) for stretch in stretches)


@dataclass
class Side:
    """One column of the table: the known values of every statistic, and what is counted over all its textures.

    `moves` and `values` are shares of the melody's moves by class, and of note values in quarter notes (all pitched
    voices), each texture counting equally. `parallels` are (faults, chord changes) of all textures together.
    """

    columns: dict[str, list[float]]
    moves: dict[str, float]
    values: dict[str, float]
    parallels: tuple[int, int] = (0, 0)


def gather(textures: Sequence[Texture]) -> Side:
    """Measure some textures."""
    columns: dict[str, list[float]] = {name: [] for name in NAMES}
    moves: list[dict[str, float]] = []
    values: list[dict[str, float]] = []
    parallels = [count_parallels(heard_harmony(texture)) for texture in textures]
    for texture in textures:
        for name, value in asdict(texture_figures(texture)).items():
            if value is not None:
                columns[name].append(float(value))
        own = Counter(
            next(name for name, widest in MOVES.items() if abs(move) <= widest)
            for run in melodic_moves(texture)
            for move in run
        )
        moves.append(_shares({name: own[name] for name in MOVES}))
        written = value_counts(voice.notes for voice in texture.voices if voice.is_pitched)
        values.append(_shares({str(value): written[value] for value in USUAL_VALUES_BEATS}))
    together = (sum(faults for faults, _ in parallels), sum(changes for _, changes in parallels))
    return Side(columns, _mean_of(moves), _mean_of(values), together)


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()} if total else {}


def _mean_of(shares: Sequence[Mapping[str, float]]) -> dict[str, float]:
    known = [each for each in shares if each]
    return {name: float(np.mean([each[name] for each in known])) for name in known[0]} if known else {}


def human_sides() -> dict[str, Side]:
    """Return the figures of all excerpts by group."""
    cuts: dict[str, list[Texture]] = {group: [] for group in GROUPS}
    works = dict.fromkeys(GROUPS, 0)
    for work, texture in read_works(all_works()):
        works[work.group] += 1
        cuts[work.group] += excerpts(texture)
    print("; ".join(f"{group}: {len(cuts[group])} excerpts of {works[group]} works" for group in GROUPS))
    return {group: gather(cuts[group]) for group in GROUPS}


def our_sides(palette_ids: Sequence[str], cues: int) -> dict[str, Side]:
    """Return the figures of random cues by palette."""
    sides = {}
    for palette_id in palette_ids:
        palette, found = load_palettes()[palette_id], []
        for seed in range(cues):
            rng = np.random.default_rng(seed)
            duration_s, hits = float(rng.uniform(SHORTEST_S, LONGEST_S)), int(rng.integers(2, 7))
            found.append(our_texture(random_score(palette, rng, duration_s, hits).composition))
        sides[palette_id] = gather(found)
    return sides


def human_range(human: Mapping[str, Side], palette_id: str, name: str) -> tuple[float, float] | None:
    """Return the 10th and 90th percentile of what a palette is compared with; faults count from none on.

    Every group has the same weight, whatever its number of excerpts. None where nothing is known or judged.
    """
    groups = [human[group].columns[name] for group in COMPARED_WITH.get(palette_id, OTHERWISE)]
    weighted = sorted((value, 1 / len(values)) for values in groups for value in values)
    if not weighted or name in NOT_JUDGED:
        return None
    found, weights = (np.array(each) for each in zip(*weighted, strict=True))
    middles = (np.cumsum(weights) - weights / 2) / weights.sum()
    low, high = np.interp((0.1, 0.9), middles, found)
    return (0.0 if name in FAULTS else float(low)), float(high)


def _heading(title: str, human: Mapping[str, Side], ours: Mapping[str, Side]) -> str:
    groups = "".join(f"{group:>26s}" for group in human)
    return f"{title:30s}{groups} |" + "".join(f"{palette_id[:10]:>11s}" for palette_id in ours)


def table(human: Mapping[str, Side], ours: Mapping[str, Side]) -> list[str]:
    """Return the lines of the table: 10th, 50th, 90th percentile of each human group, our medians, marked if outside.

    Faults have a second line: the means.
    """
    lines = [_heading("", human, ours)]
    for name in NAMES:
        line = f"{name:30s}"
        for side in human.values():
            marks = np.percentile(side.columns[name], (10, 50, 90)) if side.columns[name] else ()
            line += f"{' / '.join(f'{mark:.3g}' for mark in marks) or '-':>26s}"
        line += " |"
        for palette_id, side in ours.items():
            if not side.columns[name]:
                line += f"{'-':>10s} "
                continue
            bounds = human_range(human, palette_id, name)
            middle = float(np.median(side.columns[name]))
            is_inside = bounds is None or bounds[0] <= middle <= bounds[1]
            line += f"{middle:10.3g}{' ' if is_inside else '*'}"
        lines.append(line)
        if name in FAULTS:
            means = [float(np.mean(side.columns[name] or 0)) for side in (*human.values(), *ours.values())]
            groups = "".join(f"{mean:26.3g}" for mean in means[: len(human)])
            lines.append(f"{'  mean':30s}{groups} |" + "".join(f"{mean:10.3g} " for mean in means[len(human) :]))
    return lines


def distributions(human: Mapping[str, Side], ours: Mapping[str, Side]) -> list[str]:
    """Return how melodic moves and note values are spread, in per cent."""
    lines = [_heading("melodic moves, %", human, ours)]
    sides = [*human.values(), *ours.values()]
    for name in MOVES:
        lines.append(_spread_line(name, [side.moves.get(name, 0.0) for side in sides], len(human)))
    lines.append(_heading("note values in quarters, %", human, ours))
    for value in map(str, USUAL_VALUES_BEATS):
        lines.append(_spread_line(value, [side.values.get(value, 0.0) for side in sides], len(human)))
    return lines


def _spread_line(name: str, shares: Sequence[float], groups: int) -> str:
    human = "".join(f"{100 * share:26.1f}" for share in shares[:groups])
    return f"{name:30s}{human} |" + "".join(f"{100 * share:10.1f} " for share in shares[groups:])


def _inside(human: Mapping[str, Side], palette_id: str, side: Side, name: str) -> list[bool]:
    bounds = human_range(human, palette_id, name)
    return [bounds[0] <= value <= bounds[1] for value in side.columns[name]] if bounds else []


def share_inside(human: Mapping[str, Side], ours: Mapping[str, Side]) -> list[str]:
    """Return how many of our cues lie inside, per statistic and palette."""
    lines = [f"{'share of cues inside':30s}" + "".join(f"{palette_id[:10]:>11s}" for palette_id in ours)]
    for title, names in [*((name, [name]) for name in NAMES), ("all that is judged", NAMES)]:
        line = f"{title:30s}"
        for palette_id, side in ours.items():
            inside = [each for name in names for each in _inside(human, palette_id, side, name)]
            line += f"{np.mean(inside):11.0%}" if inside else f"{'-':>11s}"
        lines.append(line)
    return lines


def outside(human: Mapping[str, Side], ours: Mapping[str, Side]) -> list[str]:
    """Return a line per statistic and palette whose median lies outside the human range, farthest first."""
    found = []
    for palette_id, side in ours.items():
        for name in NAMES:
            bounds = human_range(human, palette_id, name)
            if bounds is None or not side.columns[name]:
                continue
            low, high = bounds
            middle = float(np.median(side.columns[name]))
            widths = max(low - middle, middle - high) / (high - low) if high > low else float(low != middle)
            if widths > 0:
                share = np.mean(_inside(human, palette_id, side, name))
                words = f"{palette_id:16s}{name:30s}{middle:8.3g} {'below' if middle < low else 'above'}"
                found.append((widths, f"{words} {low:.3g} … {high:.3g} by {widths:.2f} widths; {share:.0%} inside"))
    return [line for _, line in sorted(found, key=lambda item: -item[0])]


def asked(ours: Mapping[str, Side]) -> list[str]:
    """Return what is asked of us beside the human range, and whether it holds."""
    lines = []
    for name, most in ASKED_AT_MOST.items():
        means = {palette_id: float(np.mean(side.columns[name] or 0)) for palette_id, side in ours.items()}
        broken = ", ".join(f"{palette_id} {mean:.3g}" for palette_id, mean in means.items() if mean > most)
        lines.append(f"{name} at most {most:g}: {f'no: {broken}' if broken else 'yes'}")
    counts = {palette_id: side.parallels for palette_id, side in ours.items()}
    rates = ", ".join(f"{palette_id} {100 * n / max(1, of):.2g}" for palette_id, (n, of) in counts.items())
    faults, changes = (sum(column) for column in zip(*counts.values(), strict=True))
    lines.append(
        f"parallels over all cues together: {faults} in {changes} changes, {100 * faults / max(1, changes):.2f} per 100"
    )
    lines.append(f"  by palette: {rates}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description="Our cues beside human music.")
    parser.add_argument("--cues", type=int, default=6, help="random cues per palette")
    parser.add_argument("--palettes", nargs="*", default=sorted(load_palettes()), help="default: all")
    settings = parser.parse_args()
    human = human_sides()
    ours = our_sides(settings.palettes, settings.cues)
    print(f"ours: {settings.cues} cues per palette, {SHORTEST_S:g} to {LONGEST_S:g} s; compared with")
    for palette_id in ours:
        print(f"  {palette_id}: {', '.join(COMPARED_WITH.get(palette_id, OTHERWISE))}")
    print("\nhuman: 10th / 50th / 90th percentile; ours: median, * outside the middle 80 %")
    for lines in (table, distributions, share_inside):
        print("\n".join(lines(human, ours)), end="\n\n")
    print("medians outside, in widths of the human range, farthest first")
    print("\n".join(outside(human, ours)), end="\n\n")
    print("asked of us, mean over the cues")
    print("\n".join(asked(ours)))


if __name__ == "__main__":
    main()
