"""How well does a screenplay find its times in the cut? Measured on Elephants Dream.

    python benchmarks/alignment.py [FOLDER]     the folder with elephants_dream.*.vtt (default: the shared fixtures)

The film's audio description is action text with known times: the times are taken away, the description is interleaved
with the dialogue into a screenplay with a heading per chapter, and this is aligned against the captions. Then again
with a fifth of the dialogue cut from the script, moved within it, or reworded; with a fifth of lines, or scenes, that
are not in the film; with a chapter missing from the cut, or two chapters in other order; and with scripts of other
films. At last, how long a script of 5 MB takes. "Invented" counts lines that are not in the cut and got a time.
"""

from __future__ import annotations

import argparse
import itertools
import random
import time
from collections.abc import Set
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from hitpoint.model.cut import Subtitle
from hitpoint.story.alignment import said_words
from hitpoint.story.placement import Placement, place_screenplay
from hitpoint.story.screenplay import Screenplay, ScriptLine, read_screenplay

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

    errors_s: np.ndarray  # of the starts of action lines
    overlaps: np.ndarray  # 0..1: shared time by all time of an action line, true and found
    placed_share: float
    invented: int
    absent: int
    precision: float
    recall: float
    scene_errors_s: np.ndarray
    missing_scenes: int
    agreement: float

    @property
    def dialogue_f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)

    def __str__(self) -> str:
        errors = self.errors_s
        spread = (
            f"{np.median(errors):5.2f} s median, {np.percentile(errors, 90):5.2f} at 90 %, "
            f"{np.mean(errors <= 3):4.0%} within 3 s, overlap {np.mean(self.overlaps):.2f}"
            if len(errors)
            else "-"
        )
        scenes = f"{np.median(self.scene_errors_s):.1f} s off" if len(self.scene_errors_s) else "-"
        return (
            f"action {spread}; placed {self.placed_share:4.0%}; invented {self.invented} of {self.absent}; dialogue "
            f"P {self.precision:.3f} R {self.recall:.3f} F1 {self.dialogue_f1:.3f}; scenes {scenes}, missing "
            f"{self.missing_scenes}; agreement {self.agreement:.2f}"
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
    lines: list[Timed], captions: list[Subtitle], *, duration_s: float, gone: Set[int] = frozenset()
) -> Result:
    """Align and compare; `gone` are the places of lines whose time is not in this cut."""
    screenplay = screenplay_of(lines)
    placement: Placement = place_screenplay(screenplay, captions, duration_s=duration_s)
    placed = {id(line.line): line for line in placement.lines}
    errors, overlaps, actions, invented, absent = [], [], 0, 0, 0
    right = found = there = 0
    scene_starts_s = {scene.scene.heading: scene.start_s for scene in placement.scenes}
    scene_errors = []
    for place, (line, own) in enumerate(zip(lines, screenplay.lines, strict=True)):
        got = placed.get(id(own))
        is_absent = line.start_s is None or place in gone
        start_s, end_s = line.start_s or 0.0, line.end_s or 0.0
        if line.kind == "heading":
            if not is_absent and line.text in scene_starts_s:
                scene_errors.append(abs(scene_starts_s[line.text] - start_s))
            continue
        if is_absent:
            absent += 1
            invented += got is not None
        elif line.kind == "action":
            actions += 1
            if got is not None:
                errors.append(abs(got.start_s - start_s))
                shared_s = min(got.end_s, end_s) - max(got.start_s, start_s)
                overlaps.append(max(0.0, shared_s) / max(1e-9, max(got.end_s, end_s) - min(got.start_s, start_s)))
        if line.kind == "dialogue" and said_words(line.text):  # not "(howling wind)"
            there += not is_absent
            found += got is not None
            right += got is not None and not is_absent and abs(got.start_s - start_s) <= 2.0
    return Result(
        errors_s=np.array(errors),
        overlaps=np.array(overlaps),
        placed_share=len(errors) / max(1, actions),
        invented=invented,
        absent=absent,
        precision=right / max(1, found),
        recall=right / max(1, there),
        scene_errors_s=np.array(scene_errors),
        missing_scenes=len(placement.missing_scenes),
        agreement=placement.agreement,
    )


def disturbed(lines: list[Timed], seed: int, how: str) -> list[Timed]:
    """Return the script with a fifth of its dialogue "cut", "moved" or "reworded", or ("all") a third of each."""
    rng = random.Random(seed)
    spoken = [place for place, line in enumerate(lines) if line.kind == "dialogue" and said_words(line.text)]
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


def foreign_lines(folder: Path, count: int, *, name: str = "client.fountain") -> list[Timed]:
    """Return lines of another film."""
    other = read_screenplay(next(folder.glob(f"**/{name}")))
    lines = [line for line in other.lines if line.kind in ("dialogue", "action")]
    return [Timed(line.kind, line.text, line.speaker, None, None) for line in lines[:count]]


def with_foreign(lines: list[Timed], extra: list[Timed], seed: int, *, is_scene: bool = False) -> list[Timed]:
    """Return the script with runs of four lines, or scenes of eight, of another film in it."""
    rng = random.Random(seed)
    result = list(lines)
    length = 8 if is_scene else 4
    for start in range(0, len(extra), length):
        run = extra[start : start + length]
        if is_scene:  # before a heading, as scenes are
            places = [place for place, line in enumerate(result) if place and line.kind == "heading"]
            run = [Timed("heading", f"INT. DINING ROOM {start} - DAY", "", None, None), *run]
        else:
            places = list(range(1, len(result)))
        at = rng.choice(places)
        result[at:at] = run
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


def with_two_chapters_exchanged(lines: list[Timed], chapter: int) -> list[Timed]:
    """Return the script with a chapter before the one that it follows."""
    headings = [place for place, line in enumerate(lines) if line.kind == "heading"] + [len(lines)]
    first, middle, last = headings[chapter : chapter + 3]
    return lines[:first] + lines[middle:last] + lines[first:middle] + lines[last:]


def seconds_for_five_megabytes() -> tuple[float, float]:
    """Return how long a film's own script takes within 5 MB of other scripts, and its agreement."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnopqrst", k=rng.randint(2, 8))) for _ in range(8000)]
    weights = list(itertools.accumulate(1 / (number + 1) for number in range(len(words))))
    said = [" ".join(rng.choices(words, cum_weights=weights, k=rng.randint(1, 14))) for _ in range(55_000)]
    lines = []
    for number, text in enumerate(said):
        if number % 20 == 0:
            lines.append(ScriptLine(kind="heading", text=f"INT. ROOM {number} - DAY"))
        lines.append(ScriptLine(kind="action", text=rng.choice(said)))
        lines.append(ScriptLine(kind="dialogue", text=text, speaker="ANNA"))
    spoken = [
        Subtitle(start_s=Fraction(2 * k), end_s=Fraction(2 * k + 1), text=text)
        for k, text in enumerate(said[20_000:23_000])
    ]
    screenplay = Screenplay(path=Path("script.fountain"), lines=tuple(lines))
    started_s = time.process_time()
    placement = place_screenplay(screenplay, spoken, duration_s=6000.0, cuts_s=[3.1 * k for k in range(1900)])
    return time.process_time() - started_s, placement.agreement


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
    nonsense = "complete_and_utter_nonsense.fountain"
    extra = foreign_lines(scripts, len(lines) // 5, name=nonsense)
    for seed in range(options.seeds):
        result = measured(with_foreign(lines, extra, seed), captions, duration_s=duration_s)
        print(f"a fifth other lines  {seed}  {result}")
        result = measured(with_foreign(lines, extra, seed, is_scene=True), captions, duration_s=duration_s)
        print(f"a fifth other scenes {seed}  {result}")
    extra = foreign_lines(scripts, len(lines) // 5)
    for seed in range(options.seeds):  # half of this one's lines are action, which nothing tells from ours
        result = measured(with_foreign(lines, extra, seed), captions, duration_s=duration_s)
        print(f"a fifth other action {seed}  {result}")
    for chapter in range(1, count["heading"] - 1):
        gone, left, shifted = without_chapter(lines, captions, chapter)
        length_s = max(line.end_s or 0.0 for line in shifted)
        result = measured(shifted, left, duration_s=length_s, gone=gone)
        print(f"chapter {chapter} not there  {result}")
    for chapter in range(1, count["heading"] - 2):
        result = measured(with_two_chapters_exchanged(lines, chapter), captions, duration_s=duration_s)
        print(f"chapters {chapter}, {chapter + 1} exchanged {result}")
    for name in ("client.fountain", nonsense, "gitflow_talking_head_de.fountain", "Writer-output.fountain"):
        for subtitles in ("elephants_dream.captions.en.vtt", "popeye_p2.srt", "popeye_p3.srt"):
            result = measured(
                foreign_lines(scripts, 10_000, name=name),
                subtitles_of(options.folder / subtitles),
                duration_s=duration_s,
            )
            print(f"{name:33} on {subtitles:32} agreement {result.agreement:.3f}, invented {result.invented}")
    for subtitles in ("popeye_p2.srt", "popeye_p3.srt", "odd/pycaption.einstein.srt"):
        result = measured(lines, subtitles_of(options.folder / subtitles), duration_s=duration_s)
        print(f"Elephants Dream on {subtitles:32} agreement {result.agreement:.3f}")
    taken_s, agreement = seconds_for_five_megabytes()
    print(f"5 MB of script, 3000 subtitles: {taken_s:.1f} s, agreement {agreement:.2f}")


if __name__ == "__main__":
    main()
