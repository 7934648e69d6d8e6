"""Which human scores benchmarks/human_music.py looks at, and where they lie.

CC0 scores of the shared fixtures (symphonic movements whose melody somebody marked, late-romantic quartets), and the
corpus that comes with music21, read from the installed package. Nothing is copied into the project.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(os.environ.get("HITPOINT_FIXTURES", Path(__file__).resolve().parents[2] / "shared" / "fixtures"))
GROUPS = ("orchestral", "chamber", "keyboard", "chorale")
#: Works of music21's corpus by group; the chorales are every sixth one of Bach's.
CORPUS: Mapping[str, Sequence[str]] = {
    "orchestral": (),
    "chamber": (
        *(f"haydn/opus1no1/movement{n}" for n in (1, 3)),
        *(f"haydn/opus74no1/movement{n}" for n in (1, 2, 3, 4)),
        *(f"mozart/k155/movement{n}" for n in (1, 2)),
        *(f"mozart/k156/movement{n}" for n in (1, 2)),
        *(f"mozart/k458/movement{n}" for n in (1, 2, 3, 4)),
        *(f"beethoven/opus18no1/movement{n}" for n in (1, 2, 3, 4)),
        "beethoven/opus18no4",
        "beethoven/opus59no2/movement2",
        "beethoven/opus59no3/movement3",
        "beethoven/opus74",
        *(f"schumann_robert/opus41no1/movement{n}" for n in (1, 2, 3, 4, 5)),
        "schumann_clara/opus17/movement3",
        "weber/concertino_clarinet",
    ),
    "keyboard": (
        "bach/bwv846",
        "cpebach/h186",
        "mozart/k545/movement1_exposition",
        "chopin/mazurka06-2",
        *(f"schumann_clara/polonaise_op1n{n}" for n in (1, 2, 3, 4)),
        "joplin/maple_leaf_rag",
        "schoenberg/opus19/movement2",
        "schoenberg/opus19/movement6",
        "schubert/Lindenbaum",
        "schumann_robert/opus48no2",
    ),
}
EVERY_NTH_CHORALE = 6


@dataclass(frozen=True)
class Work:
    """A score to read: `annotations` names who sings when, where somebody has marked it."""

    group: str
    name: str
    path: Path
    annotations: Path | None = None


def all_works(fixtures: Path = FIXTURES) -> list[Work]:
    """Return what there is to read; without the fixtures there is no symphony, and a line on stderr says so."""
    return [*fixture_works(fixtures), *corpus_works()]


def fixture_works(fixtures: Path = FIXTURES) -> list[Work]:
    """Return the CC0 scores of the shared fixtures."""
    folder = fixtures / "music"
    if not folder.is_dir():
        print(f"no scores at {folder}: symphonies and late quartets are missing", file=sys.stderr)
        return []
    works = []
    for path in sorted((folder / "hauptstimme").glob("*.mxl")):
        if not path.stem.endswith("_melody"):
            works.append(Work("orchestral", path.stem, path, path.with_name(f"{path.stem}_annotations.csv")))
    works += [Work("chamber", path.stem, path) for path in sorted((folder / "string_quartets").glob("*.mxl"))]
    return works


def corpus_works() -> list[Work]:
    """Return the chosen works of music21's corpus."""
    from music21 import corpus

    # one work may lie there in several formats: MusicXML says more than Humdrum
    paths = sorted(map(Path, corpus.getCorePaths()), key=lambda path: (path.suffix not in (".mxl", ".xml"), path))
    by_name: dict[str, Path] = {}
    for path in paths:
        for depth in (2, 3):
            by_name.setdefault("/".join(path.with_suffix("").parts[-depth:]), path)
    works = [Work(group, name, by_name[name]) for group, names in CORPUS.items() for name in names]
    chorales = [path for path in paths if path.parts[-2] == "bach" and path.suffix == ".mxl" and path.stem != "bwv846"]
    return [*works, *(Work("chorale", f"bach/{path.stem}", path) for path in chorales[::EVERY_NTH_CHORALE])]
