"""Fit how musical means move what listeners hear to the ratings of 200 pieces.

    python resources/means/fit.py FOLDER      writes means.toml beside this file and prints its header

FOLDER holds design_matrix.csv (factor levels of each piece) and mean_emotion_ratings.csv of Eerola, Friberg and
Bresin, "Emotional expression in music: contribution, linearity, and additivity of primary musical cues", Frontiers in
Psychology 4:487, 2013: seven factors varied independently, each piece rated (1..7) scary, happy, sad and peaceful.

The model is a ridge regression on the levels (one-hot): the study found no interactions, and quadratic terms hardly
help. Held-out r is the correlation of ten-fold predictions with the ratings, the mean of ten shuffles; it is the same
to three digits for a ridge from 0.1 to 5. What the numbers of the levels mean is read from the ratings (`ORDER`), not
from a table.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "engine"))

from hitpoint.means import RATINGS, MeansModel, expected_ratings, wished

RIDGE = 2.0
FOLDS, SHUFFLES = 10, 10
#: Each ordered factor with the rating that must fall or rise from its first level to its last, so that a table with
#: other numbers does not pass: low registers scare, fast and detached pieces are happier, loud ones less peaceful, and
#: mode 1 is the happier one, so major.
ORDER = {
    "register": ("scary", -1),
    "mode": ("happy", -1),
    "tempo": ("happy", 1),
    "soundlevel": ("peaceful", -1),
    "articulation": ("happy", 1),
}
#: Feelings over which `decision` is chosen.
GRID = np.linspace(-1.0, 1.0, 9)


def load(folder: Path) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the levels of each factor, int [shape=(pieces,)] from 0, and the ratings [shape=(pieces, 4)]."""
    design, rated = (
        {row["Nro"]: row for row in csv.DictReader((folder / name).open(encoding="utf-8", newline=""))}
        for name in ("design_matrix.csv", "mean_emotion_ratings.csv")
    )
    if not design or design.keys() != rated.keys():
        raise SystemExit(f"{folder}: the two tables do not hold the same pieces")
    factors = [name for name in next(iter(design.values())) if name != "Nro"]
    levels = {name.lower(): np.array([int(row[name]) - 1 for row in design.values()]) for name in factors}
    return levels, np.array([[float(rated[piece][name.capitalize()]) for name in RATINGS] for piece in design])


def one_hot(levels: dict[str, np.ndarray]) -> np.ndarray:
    return np.hstack([np.eye(column.max() + 1)[column] for column in levels.values()])


def ridge(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weights [shape=(levels, ratings)] and intercepts of a ridge that leaves the mean alone."""
    centred = x - x.mean(axis=0)
    weights = np.linalg.solve(centred.T @ centred + RIDGE * np.eye(x.shape[1]), centred.T @ (y - y.mean(axis=0)))
    return weights, y.mean(axis=0) - x.mean(axis=0) @ weights


def held_out_r(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return one correlation per rating."""
    found = []
    for seed in range(SHUFFLES):
        order = np.random.default_rng(seed).permutation(len(x))
        predicted = np.zeros_like(y)
        for fold in range(FOLDS):
            held = order[fold::FOLDS]
            weights, intercepts = ridge(np.delete(x, held, axis=0), np.delete(y, held, axis=0))
            predicted[held] = x[held] @ weights + intercepts
        found.append([np.corrcoef(predicted[:, k], y[:, k])[0, 1] for k in range(y.shape[1])])
    return np.mean(found, axis=0)


def fitted(levels: dict[str, np.ndarray], ratings: np.ndarray) -> MeansModel:
    """Return the model: per factor the weights of its levels around their mean, and where each level lies in 0..1."""
    weights, intercepts = ridge(one_hot(levels), ratings)
    rows, positions, first = {}, {}, 0
    for name, column in levels.items():
        own = weights[first : first + column.max() + 1]
        first += len(own)
        intercepts = intercepts + own.mean(axis=0)
        rows[name] = own - own.mean(axis=0)
        if name in ORDER:
            rating, direction = ORDER[name]
            moved = rows[name][-1, RATINGS.index(rating)] - rows[name][0, RATINGS.index(rating)]
            if moved * direction <= 0:
                raise SystemExit(
                    f"{name}: {rating} moves by {moved:.2f} from the first level to the last, not as known"
                )
            positions[name] = np.linspace(0.0, 1.0, len(own))
    positions["mode"] = 1.0 - positions["mode"]  # 0 minor, 1 major
    peaceful = rows["timbre"][:, RATINGS.index("peaceful")]
    positions["timbre"] = (peaceful.max() - peaceful) / np.ptp(peaceful)  # 0 the gentlest, 1 the most piercing
    model = MeansModel(
        weights={name: rows[name].round(3) for name in rows},
        positions={name: positions[name].round(3) for name in positions},
        intercepts=intercepts.round(3),
        decision=1.0,
    )
    return max(
        (
            MeansModel(model.weights, model.positions, model.intercepts, float(value))
            for value in np.arange(1, 12.1, 0.5)
        ),
        key=lambda candidate: -misses(candidate),
    )


def misses(model: MeansModel) -> float:
    """Return how far, over the square of feelings, the strongest wished rating is from its share of what can be had.

    A wish of 1 asks for all that the means can do for a rating, one of 1/4 (no feeling) for none of it.
    """
    most = sum(rows.max(axis=0) for name, rows in model.weights.items() if name in model.positions)
    errors = []
    for valence in GRID:
        for arousal in GRID:
            wish = wished(valence, arousal)
            top = int(np.argmax(wish))
            share = (expected_ratings(model, wish)[top] - model.intercepts[top]) / most[top]
            errors.append(share - (wish[top] - 0.25) / 0.75)
    return float(np.mean(np.square(errors)))


def table(folder: Path) -> str:
    """Return means.toml."""
    levels, ratings = load(folder)
    r = held_out_r(one_hot(levels), ratings)
    model = fitted(levels, ratings)
    scores = ", ".join(f"{name} {value:.3f}" for name, value in zip(RATINGS, r, strict=True))
    lines = [
        "# How musical means move what listeners hear: written by fit.py beside this file, not by hand.",
        "# Origin: Eerola, Friberg & Bresin 2013, Frontiers in Psychology 4:487; its data (200 pieces) are CC0.",
        f"# Held-out r (ten folds): {scores}.",
        "#",
        "# Weights are points of the 1..7 scale around the factor's mean level. Positions are 0..1: register low to",
        "# high, mode minor to major, tempo (note onsets per second) slow to fast, sound level soft to loud,",
        "# articulation legato to staccato, timbre gentle to piercing (by how peaceful it is heard). The melodies are",
        "# four tunes without order; the third is the one that scares. `decision`: how firmly a feeling is followed.",
        "",
        f"decision = {model.decision:g}",
        f"intercepts = {_row(dict(zip(RATINGS, model.intercepts, strict=True)))}",
    ]
    for name, rows in model.weights.items():
        lines += ["", f"[{name}]"]
        if name in model.positions:
            lines.append(f"position = {_list(model.positions[name])}")
        lines += [f"{rating} = {_list(rows[:, k])}" for k, rating in enumerate(RATINGS)]
    return "\n".join(lines) + "\n"


def _list(values: np.ndarray) -> str:
    return "[" + ", ".join(f"{value + 0.0:.3f}" for value in values) + "]"


def _row(values: dict[str, float]) -> str:
    return "{ " + ", ".join(f"{name} = {value:.3f}" for name, value in values.items()) + " }"


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    text = table(Path(sys.argv[1]))
    Path(__file__).with_name("means.toml").write_text(text, encoding="utf-8")
    print(text.split("\n\n")[0])


if __name__ == "__main__":
    main()
