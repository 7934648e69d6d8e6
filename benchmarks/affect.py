"""How well are valence, arousal and dominance of a sentence read? Pearson r on EmoBank's test split.

    python benchmarks/affect.py [EMOBANK.csv]

The neural model is measured where sentence-transformers and the files of all-MiniLM-L6-v2 are installed.
"""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path

import numpy as np

from hitpoint.model.errors import SettingError
from hitpoint.perception.words import affect_model, emobank_ratings

FIXTURE = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "emobank.csv"


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else FIXTURE
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] == "test"]
    ratings = np.array([[float(row[name]) for name in "VAD"] for row in rows])
    texts = [row["text"] for row in rows]
    for name in ("embedded", "neural"):
        try:
            model = affect_model(name)
        except SettingError as error:
            print(f"{name:9} not measured: {error}")
            continue
        read = emobank_ratings if name == "embedded" else model.read  # before wordless lines are set to 0
        read(texts[:10])
        began = time.perf_counter()
        own = read(texts)
        took_s = time.perf_counter() - began
        r = [np.corrcoef(own[:, d], ratings[:, d])[0, 1] for d in range(3)]
        print(
            f"{name:9} r of valence {r[0]:.3f}, arousal {r[1]:.3f}, dominance {r[2]:.3f}; "
            f"{len(texts) / took_s:,.0f} sentences a second"
        )


if __name__ == "__main__":
    main()
