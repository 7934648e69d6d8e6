"""What is said and described in the cut, line by line, and what it feels like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hitpoint.model.cut import Cut
from hitpoint.perception.words import (
    NarrativeCue,
    TextAffect,
    affect_confidence,
    affect_model,
    label_emotions,
    narrative_cues,
)
from hitpoint.story.placement import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLine:
    """One subtitle, or one action line of the screenplay, in record time.

    Attributes
    ----------
    kind : str
        "subtitle" or "action".
    valence, arousal, dominance : float, -1..1
    confidence : float, 0..1
        How much the words say, and for an action line how sure its place is.
    emotions : mapping of label to 0..1
    cues : narrative cues (a threat, a death, a reunion …)
    """

    start_s: float
    end_s: float
    text: str
    kind: str
    valence: float
    arousal: float
    dominance: float
    confidence: float
    emotions: Mapping[str, float]
    cues: tuple[NarrativeCue, ...]
    speaker: str = ""


#: What a screenplay describes is seen in the picture too; its place is estimated.
_ACTION_SHARE = 0.7


def told_lines(cut: Cut, placement: Placement | None, *, affect: TextAffect | None = None) -> tuple[ToldLine, ...]:
    """Return the subtitles and the placed action lines of a cut, by their start.

    `affect` reads what they feel like; None is the embedded model.
    """
    duration_s = float(cut.duration_s)
    found = [
        (float(line.start_s), float(line.end_s), line.text, "subtitle", 1.0, line.speaker)
        for line in cut.subtitles
        if float(line.start_s) < duration_s and line.end_s > 0
    ]
    if placement is not None:
        found += [
            (placed.start_s, placed.end_s, placed.line.text, "action", _ACTION_SHARE * placed.confidence, "")
            for placed in placement.lines
            if placed.line.kind == "action"
        ]
    found.sort(key=lambda row: row[:2])
    return _read(found, affect or affect_model())


def _read(found: Sequence[tuple[float, float, str, str, float, str]], model: TextAffect) -> tuple[ToldLine, ...]:
    texts = [row[2] for row in found]
    if not texts:
        return ()
    return tuple(
        ToldLine(
            start_s=start_s,
            end_s=end_s,
            text=text,
            kind=kind,
            valence=float(affect[0]),
            arousal=float(affect[1]),
            dominance=float(affect[2]),
            confidence=float(share * sureness),
            emotions=label_emotions(text),
            cues=narrative_cues(text),
            speaker=speaker,
        )
        for (start_s, end_s, text, kind, share, speaker), affect, sureness in zip(
            found, model.read(texts), affect_confidence(texts), strict=True
        )
    )
