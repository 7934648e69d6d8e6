"""How well are valence, arousal and dominance of a sentence read? Pearson r on EmoBank's test split.

    python benchmarks/affect.py [EMOBANK.csv]

The neural model is measured where sentence-transformers and the files of all-MiniLM-L6-v2 are installed.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hitpoint.model.errors import MissingToolError, SettingError
from hitpoint.perception.words import affect_model, emobank_ratings
from hitpoint.perception.words.neural import NeuralAffect

Reader = Callable[[Sequence[str]], NDArray[np.floating]]
FIXTURE = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "emobank.csv"


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else FIXTURE
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] == "test"]
    ratings = np.array([[float(row[name]) for name in "VAD"] for row in rows])
    texts = [row["text"] for row in rows]
    # EmoBank's own scale knows no language and no doubt; what `read` gives is drawn to 0 where words are unknown
    # nor does the neural head alone
    readers: dict[str, Reader] = {"EmoBank's scale": emobank_ratings}
    for name in ("embedded", "neural"):
        try:
            reader = affect_model(name)
            readers[name] = reader.read
            if isinstance(reader, NeuralAffect):
                readers["neural, head alone"] = reader.answers
        except (SettingError, MissingToolError) as error:
            print(f"{name:18} not measured: {error}")
    for name, read in readers.items():
        read(texts[:10])
        began = time.perf_counter()
        own = read(texts)
        took_s = time.perf_counter() - began
        r = [np.corrcoef(own[:, d], ratings[:, d])[0, 1] for d in range(3)]
        print(
            f"{name:18} r of valence {r[0]:.3f}, arousal {r[1]:.3f}, dominance {r[2]:.3f}; "
            f"{len(texts) / took_s:,.0f} sentences a second"
        )


if __name__ == "__main__":
    main()
