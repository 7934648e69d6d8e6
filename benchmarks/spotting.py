"""Do the proposed cues lie where a real composer put his? Measured on Forrest Gump (studyforrest annotations).

    python benchmarks/spotting.py [FOLDER]     a folder with *locations.tsv, *emotions*.tsv, *music.tsv

The film's shots, settings and observed emotions are made into a scenery; proposed cues are compared with the score cues
(songs are out of play: nobody proposes or misses a cue there). Beside them stand random cues of the same number and the
same lengths, music wherever nobody speaks, and music throughout. "Held out" cuts the film into six blocks and fits the
weights without the block that is judged.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "resources" / "spotting"))

import itertools

from fit import BLOCKS, Film, fitted, load_film, score_of

from hitpoint.spotting.music_places import MusicPlace, load_place_weights, place_music

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "annotations" / "forrest_gump"
DRAWS = 1000


def as_mask(places: list[tuple[float, float]], film: Film) -> np.ndarray:
    mask = np.zeros(len(film.score), bool)
    for start_s, end_s in places:
        mask[round(start_s) : round(end_s)] = True
    return mask


def random_cues(places: list[tuple[float, float]], film: Film, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return cues of the same lengths at random places that do not overlap."""
    lengths = [end_s - start_s for start_s, end_s in places]
    rng.shuffle(lengths)
    free_s = len(film.score) - sum(lengths)
    gaps = np.sort(rng.uniform(0, max(0.0, free_s), len(lengths)))
    starts = gaps + np.concatenate(([0.0], np.cumsum(lengths)[:-1]))
    return [(start_s, start_s + length_s) for start_s, length_s in zip(starts, lengths, strict=True)]


def start_errors(places: list[tuple[float, float]], film: Film) -> list[float]:
    """Return |start error| of each proposed cue that overlaps one of his by half of the shorter."""
    errors = []
    for start_s, end_s in places:
        for own_start_s, own_end_s in film.cues:
            together_s = min(end_s, own_end_s) - max(start_s, own_start_s)
            if together_s >= 0.5 * min(end_s - start_s, own_end_s - own_start_s):
                errors.append(abs(start_s - own_start_s))
                break
    return errors


def report(name: str, places: list[tuple[float, float]], film: Film) -> None:
    precision, recall, f1 = score_of(as_mask(places, film), film)
    errors = start_errors(places, film)
    rng = np.random.default_rng(0)
    draws = [random_cues(places, film, rng) for _ in range(DRAWS)]
    chance = np.array([score_of(as_mask(draw, film), film)[2] for draw in draws])
    matched = np.array([len(start_errors(draw, film)) for draw in draws[:200]])
    starts = f"start error {np.median(errors):.1f} s in the median" if errors else "no start to compare"
    print(
        f"{name:22} {len(places):3} cues  precision {precision:.2f}  recall {recall:.2f}  F1 {f1:.2f}   random F1 "
        f"{chance.mean():.2f} ({np.percentile(chance, 2.5):.2f} to {np.percentile(chance, 97.5):.2f}), better than "
        f"{np.mean(chance < f1):.0%};  {len(errors)} meet one of his (random {matched.mean():.1f}), {starts}"
    )


def spans(places: tuple[MusicPlace, ...]) -> list[tuple[float, float]]:
    return [(place.start_s, place.end_s) for place in places]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=FIXTURES)
    parser.add_argument("--no-fit", action="store_true", help="only judge the shipped weights")
    options = parser.parse_args()
    film = load_film(options.folder)
    lengths = [end_s - start_s for start_s, end_s in film.cues]
    print(
        f"{len(film.score)} s, {len(film.cues)} score cues ({film.score.mean():.0%} of the film), "
        f"{np.median(lengths):.0f} s in the median; songs {film.songs.mean():.0%}"
    )
    report("shipped weights", spans(place_music(film.scenery, weights=load_place_weights())), film)
    if not options.no_fit:
        held_out: list[tuple[float, float]] = []
        edges = np.linspace(0, len(film.score), BLOCKS + 1).astype(int)
        for first, last in itertools.pairwise(edges):
            train = np.ones(len(film.score), bool)
            train[first:last] = False
            for start_s, end_s in spans(place_music(film.scenery, weights=fitted(film, train))):
                low_s, high_s = max(start_s, float(first)), min(end_s, float(last))
                if high_s - low_s > 4:
                    held_out.append((low_s, high_s))
        report("held out", held_out, film)
    quiet = np.nan_to_num(film.scenery.speech) < 0.3
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet.astype(int), [0]))))
    silent = [(float(a), float(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= 8]
    report("where nobody speaks", silent, film)
    report("throughout", [(0.0, float(len(film.score)))], film)


if __name__ == "__main__":
    main()
