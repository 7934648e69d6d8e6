"""How well does a screenplay find its times in the cut? Measured on Elephants Dream.

    python benchmarks/alignment.py [FOLDER]     the folder with elephants_dream.*.vtt (default: the shared fixtures)

The film's audio description is action text with known times: the times are taken away, the description is interleaved
with the dialogue into a screenplay with a heading per chapter, and this is aligned against the captions. Then again
with a fifth of the dialogue cut from the script, moved within it, or reworded; with lines that are not in the film;
with a chapter missing from the cut; and with the script of another film.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from hitpoint.model.cut import Subtitle
from hitpoint.story.alignment import said_words
from hitpoint.story.placement import Placement, place_screenplay
from hitpoint.story.screenplay import Screenplay, ScriptLine

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"
#: Little words that a rewording exchanges.
OTHER_WORDS = {
    "the": "this", "a": "one", "is": "seems", "are": "look", "you": "ye", "i": "me", "it": "that", "not": "never",
    "we": "us", "what": "which thing", "this": "the", "that": "it", "to": "towards", "of": "from", "see": "watch",
    "go": "leave", "come": "get", "here": "over here", "there": "yonder", "safe": "secure", "look": "see",
}  # fmt: skip


@dataclass(frozen=True)
class Timed:
    """One line of the script with the time that it really has (None: it is not in the cut)."""

    kind: str
    text: str
    speaker: str
    start_s: float | None
    end_s: float | None


@dataclass(frozen=True)
class Result:
    """What one alignment came to."""

    errors_s: np.ndarray
    placed_share: float
    invented: int
    absent: int
    dialogue_f1: float
    missing_scenes: int

    def __str__(self) -> str:
        errors = self.errors_s
        spread = (
            f"{np.median(errors):5.2f} s median, {np.percentile(errors, 90):5.2f} at 90 %, "
            f"{np.mean(errors <= 3):4.0%} within 3 s"
            if len(errors)
            else "-"
        )
        return (
            f"action {spread}; placed {self.placed_share:4.0%}; invented {self.invented} of {self.absent}; "
            f"dialogue F1 {self.dialogue_f1:.3f}; scenes missing {self.missing_scenes}"
        )


def subtitles_of(path: Path) -> list[Subtitle]:
    from hitpoint.model.time import FrameRate
    from hitpoint.timeline.subtitles import read_subtitles

    lines, _ = read_subtitles(path, start_timecode_s=Fraction(0), duration_s=Fraction(10_000), rate=FrameRate(24))
    return list(lines)


def true_script(folder: Path) -> list[Timed]:
    """Return description and dialogue by time, with a heading per chapter."""
    said = subtitles_of(folder / "elephants_dream.voices.en.vtt")
    shown = subtitles_of(folder / "elephants_dream.descriptions.en.vtt")
    chapters = subtitles_of(folder / "elephants_dream.chapters.en.vtt")
    lines = [Timed("dialogue", s.text, s.speaker or "SOMEBODY", float(s.start_s), float(s.end_s)) for s in said]
    lines += [Timed("action", s.text, "", float(s.start_s), float(s.end_s)) for s in shown]
    lines += [Timed("heading", f"INT. {s.text.upper()} - DAY", "", float(s.start_s), float(s.end_s)) for s in chapters]
    order = {"heading": 0, "action": 1, "dialogue": 2}
    return sorted(lines, key=lambda line: (line.start_s or 0.0, order[line.kind]))


def screenplay_of(lines: list[Timed]) -> Screenplay:
    return Screenplay(
        path=Path("script.fountain"),
        lines=tuple(ScriptLine(kind=line.kind, text=line.text, speaker=line.speaker) for line in lines),
    )


def measured(
    lines: list[Timed], captions: list[Subtitle], *, duration_s: float, gone: set[int] = frozenset()
) -> Result:
    """Align and compare; `gone` are the places of lines whose time is not in this cut."""
    screenplay = screenplay_of(lines)
    placement: Placement = place_screenplay(screenplay, captions, duration_s=duration_s)
    placed = {id(line.line): line for line in placement.lines}
    errors, actions, invented, absent = [], 0, 0, 0
    right = found = there = 0
    for place, (line, own) in enumerate(zip(lines, screenplay.lines, strict=True)):
        got = placed.get(id(own))
        is_absent = line.start_s is None or place in gone
        if is_absent and line.kind != "heading":
            absent += 1
            invented += got is not None
        if line.kind == "action" and not is_absent:
            actions += 1
            if got is not None:
                errors.append(abs(got.start_s - (line.start_s or 0.0)))
        if line.kind == "dialogue" and said_words(line.text):  # not "(howling wind)"
            there += not is_absent
            found += got is not None
            right += got is not None and not is_absent and abs(got.start_s - (line.start_s or 0.0)) <= 2.0
    precision, recall = right / max(1, found), right / max(1, there)
    return Result(
        errors_s=np.array(errors),
        placed_share=len(errors) / max(1, actions),
        invented=invented,
        absent=absent,
        dialogue_f1=2 * precision * recall / max(1e-9, precision + recall),
        missing_scenes=len(getattr(placement, "missing_scenes", ())),
    )


def disturbed(lines: list[Timed], seed: int, how: str) -> list[Timed]:
    """Return the script with a fifth of its dialogue "cut", "moved" or "reworded"; "all" takes a third of each."""
    rng = random.Random(seed)
    spoken = [place for place, line in enumerate(lines) if line.kind == "dialogue"]
    chosen = rng.sample(spoken, len(spoken) // 5)
    kinds = {place: how if how != "all" else rng.choice(("cut", "moved", "reworded")) for place in chosen}
    kept: list[Timed] = []
    moved: list[Timed] = []
    for place, line in enumerate(lines):
        if kinds.get(place) == "cut":
            continue
        if kinds.get(place) == "moved":
            moved.append(line)
        elif kinds.get(place) == "reworded":
            kept.append(Timed(line.kind, reworded(line.text, rng), line.speaker, line.start_s, line.end_s))
        else:
            kept.append(line)
    for line in moved:
        kept.insert(rng.randrange(len(kept)), line)
    return kept


def reworded(text: str, rng: random.Random) -> str:
    words = text.split()
    result: list[str] = []
    for word in words:
        draw = rng.random()
        plain = word.lower().strip(".,!?")
        if plain in OTHER_WORDS and draw < 0.7:
            result.append(OTHER_WORDS[plain])
        elif draw < 0.1:
            continue
        elif draw > 0.92:
            result += [word, rng.choice(("well", "really", "you know", "then"))]
        else:
            result.append(word)
    return " ".join(result) or text


def foreign_lines(folder: Path, count: int) -> list[Timed]:
    """Return lines of another film."""
    from hitpoint.story.screenplay import read_screenplay

    other = read_screenplay(next(folder.glob("**/client.fountain")))
    lines = [line for line in other.lines if line.kind in ("dialogue", "action")]
    return [Timed(line.kind, line.text, line.speaker, None, None) for line in lines[:count]]


def with_foreign(lines: list[Timed], extra: list[Timed], seed: int) -> list[Timed]:
    """Return the script with runs of lines of another film in it."""
    rng = random.Random(seed)
    result = list(lines)
    for start in range(0, len(extra), 4):
        at = rng.randrange(1, len(result))
        result[at:at] = extra[start : start + 4]
    return result


def without_chapter(
    lines: list[Timed], captions: list[Subtitle], chapter: int
) -> tuple[set[int], list[Subtitle], list[Timed]]:
    """Return a cut without one chapter: places of its lines, the captions left, and the script at its new times."""
    headings = [place for place, line in enumerate(lines) if line.kind == "heading"]
    first, after = headings[chapter], headings[chapter + 1]
    start_s, end_s = lines[first].start_s or 0.0, lines[after].start_s or 0.0
    gap_s = end_s - start_s
    left = []
    for line in captions:
        if not start_s - 0.5 <= line.start_s < end_s - 0.5:
            shift_s = Fraction(gap_s) if line.start_s >= end_s - 0.5 else Fraction(0)
            left.append(Subtitle(start_s=line.start_s - shift_s, end_s=line.end_s - shift_s, text=line.text))
    shifted = [
        line
        if place < after
        else Timed(line.kind, line.text, line.speaker, (line.start_s or 0.0) - gap_s, (line.end_s or 0.0) - gap_s)
        for place, line in enumerate(lines)
    ]
    return set(range(first, after)), left, shifted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=FIXTURES / "subtitles")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    lines = true_script(options.folder)
    captions = subtitles_of(options.folder / "elephants_dream.captions.en.vtt")
    duration_s = max(line.end_s or 0.0 for line in lines)
    count = {kind: sum(line.kind == kind for line in lines) for kind in ("heading", "action", "dialogue")}
    print(f"Elephants Dream: {count}, {len(captions)} captions, {duration_s:.0f} s")
    print(f"faithful          {measured(lines, captions, duration_s=duration_s)}")
    for how in ("cut", "moved", "reworded", "all"):
        for seed in range(options.seeds):
            result = measured(disturbed(lines, seed, how), captions, duration_s=duration_s)
            print(f"a fifth {how:9} {seed} {result}")
    scripts = options.folder.parent / "scripts"
    extra = foreign_lines(scripts, count["dialogue"] // 4)
    for seed in range(options.seeds):
        print(f"a fifth foreign   {measured(with_foreign(lines, extra, seed), captions, duration_s=duration_s)}")
    for chapter in range(1, count["heading"] - 1):
        gone, left, shifted = without_chapter(lines, captions, chapter)
        length_s = max(line.end_s or 0.0 for line in shifted)
        result = measured(shifted, left, duration_s=length_s, gone=gone)
        print(f"chapter {chapter} not there {result}")
    result = measured(foreign_lines(scripts, 10_000), captions, duration_s=duration_s)
    print(f"another film      {result}")


if __name__ == "__main__":
    main()
