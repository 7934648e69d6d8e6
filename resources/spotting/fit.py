"""Fit where music should play to a film whose score is known.

    python resources/spotting/fit.py FOLDER      prints the figures for places.toml

FOLDER holds tables as studyforrest has them: *locations.tsv (onset, duration, major_location, setting, locale,
int_or_ext, flow_of_time, time_of_day), *emotions*.tsv (onset, duration, arousal, valence_positive, valence_negative,
c_verbal, c_narrator), *music.tsv (onset, duration, artist; "OST" is the score, everything else songs).

The weights are those of a logistic regression on the signals, drawn towards the craft's by a strong ridge; the bias
is chosen by the F1 of the cues that come out, on the seconds that are fitted. A weaker ridge, more biases or a choice
of trust fit this film better, and blocks that are held out worse (`benchmarks/spotting.py`).
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "engine"))

import itertools

from hitpoint.spotting.music_places import (
    PlaceWeights,
    Scenery,
    load_place_weights,
    place_music,
    signals_of,
)

BLOCKS = 6
#: What the craft says before any film is looked at (music.md §3, editors' habits): in log-odds per unit.
CRAFT = {
    "quiet": 0.8, "quiet_long": 0.6, "outside": 0.6, "pace": 0.3, "feeling": 0.4, "shift": 0.6, "arousal": 0.0,
    "jump": 0.4, "montage": 0.2,
}  # fmt: skip
#: Seconds are not independent: about one in thirty counts.
INDEPENDENT_S, RIDGE = 30.0, 20.0
BIASES, TRUST = (-1.2, -1.0, -0.8), 0.12


@dataclass(frozen=True)
class Film:
    """A film as tables tell it; masks are per second, True in score, in songs."""

    scenery: Scenery
    score: np.ndarray
    songs: np.ndarray
    cues: list[tuple[float, float]]


def load_film(folder: Path) -> Film:
    shots, emotions, music = (table(folder, pattern) for pattern in ("*locations.tsv", "*emotions*.tsv", "*music.tsv"))
    first_s = min(float(row["onset"]) for row in shots)
    end_s = max(float(row["onset"]) + float(row["duration"]) for row in shots)
    n = int(np.ceil(end_s - first_s))

    def seconds(row: dict[str, str]) -> slice:
        start_s = float(row["onset"]) - first_s
        return slice(max(0, round(start_s)), max(0, round(start_s + float(row["duration"]))))

    score, songs = np.zeros(n, bool), np.zeros(n, bool)
    rows = []
    for row in music:
        is_score = row["artist"].strip() == "OST"
        (score if is_score else songs)[seconds(row)] = True
        if is_score:
            start_s = float(row["onset"]) - first_s
            rows.append((start_s, start_s + float(row["duration"])))
    cues: list[tuple[float, float]] = []
    for start_s, stop_s in sorted(rows):
        if cues and start_s - cues[-1][1] <= 2.0:
            cues[-1] = (cues[-1][0], max(cues[-1][1], stop_s))
        elif start_s < n:
            cues.append((start_s, min(stop_s, float(n))))
    exterior, valence, arousal, observed = (np.zeros(n) for _ in range(4))
    speech = np.zeros(n)
    for row in shots:
        exterior[seconds(row)] = float(row["int_or_ext"] == "ext")
    for row in emotions:
        span = seconds(row)
        observed[span] += 1
        valence[span] += float(row["valence_positive"]) - float(row["valence_negative"])
        arousal[span] += float(row["arousal"])
        speech[span] = np.maximum(speech[span], min(1.0, float(row["c_verbal"]) + float(row["c_narrator"])))
    known = observed > 0
    cuts_s = np.array([float(row["onset"]) - first_s for row in shots[1:]])
    scenery = Scenery(
        duration_s=float(n),
        valence=np.where(known, valence / np.maximum(observed, 1), 0.0),
        arousal=np.where(known, arousal / np.maximum(observed, 1), 0.0),
        speech=np.where(known, speech, 0.5),
        source_music=(songs & ~score).astype(float),
        exterior=exterior,
        cuts_s=cuts_s,
        changes=tuple(changes(shots, first_s)),
        line_ends_s=np.zeros(0),
    )
    return Film(scenery=scenery, score=score, songs=songs & ~score, cues=cues)


def changes(shots: list[dict[str, str]], first_s: float) -> list[tuple[float, float, str]]:
    found = []
    for before, after in itertools.pairwise(shots):
        weight = 1.0 if before["major_location"] != after["major_location"] else 0.0
        if before["setting"] != after["setting"]:
            weight = max(weight, 0.7)
        if after["flow_of_time"] in ("++", "--", "-"):
            weight = max(weight, 0.8)
        if weight:
            found.append((float(after["onset"]) - first_s, weight, after["setting"]))
    return found


def table(folder: Path, pattern: str) -> list[dict[str, str]]:
    path = next(iter(sorted(folder.glob(pattern))), None)
    if path is None:
        raise SystemExit(f"{folder} has no {pattern}")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def score_of(mask: np.ndarray, film: Film, inside: np.ndarray | None = None) -> tuple[float, float, float]:
    """Return precision, recall and F1 per second, songs left out."""
    judged = ~film.songs if inside is None else ~film.songs & inside
    right = float((mask & film.score & judged).sum())
    precision = right / max(1.0, float((mask & judged).sum()))
    recall = right / max(1.0, float((film.score & judged).sum()))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def fitted(film: Film, train: np.ndarray) -> PlaceWeights:
    """Return weights for the seconds in `train`."""
    from scipy.optimize import minimize

    signals = signals_of(film.scenery)
    names = list(CRAFT)
    x = np.stack([signals[name] for name in names], axis=1)
    used = train & ~film.songs
    center = np.array([CRAFT[name] for name in names])
    y = film.score[used].astype(float)

    def loss(parameters: np.ndarray) -> float:
        odds = x[used] @ parameters[:-1] + parameters[-1]
        likelihood = (np.logaddexp(0, odds) - y * odds).sum() / INDEPENDENT_S
        return float(likelihood + 0.5 * RIDGE * ((parameters[:-1] - center) ** 2).sum())

    found = minimize(loss, np.append(center, -1.0), method="L-BFGS-B").x
    weights = replace(
        load_place_weights(), signals={name: round(float(w), 3) for name, w in zip(names, found[:-1], strict=True)}
    )
    best = (-1.0, weights)
    for bias in BIASES:
        trial = replace(weights, bias=bias, trust=TRUST)
        mask = np.zeros(len(film.score), bool)
        for place in place_music(film.scenery, weights=trial):
            mask[round(place.start_s) : round(place.end_s)] = True
        f1 = score_of(mask, film, train)[2]
        if f1 > best[0] + 1e-6:
            best = (f1, trial)
    return best[1]


def main() -> None:
    film = load_film(Path(sys.argv[1]))
    weights = fitted(film, np.ones(len(film.score), bool))
    print(f"bias = {weights.bias}\ntrust = {weights.trust}\n\n[signals]")
    for name, weight in weights.signals.items():
        print(f"{name} = {weight}")
    lengths = np.log([end_s - start_s for start_s, end_s in film.cues])
    print(f"\n# his cues: {len(lengths)}, median {np.exp(np.median(lengths)):.1f} s, spread {lengths.std():.2f}")


if __name__ == "__main__":
    main()
