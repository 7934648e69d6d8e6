"""The plan of the music as a page of text that an editor and a composer can both read."""

from __future__ import annotations

from collections.abc import Sequence

from hitpoint.model.cut import Cut
from hitpoint.model.music import Composition, Phrase
from hitpoint.model.spotting import Cue
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import seconds_to_containing_frame


def plan_text(cut: Cut, cues: Sequence[Cue], plans: Sequence[TempoPlan], compositions: Sequence[Composition]) -> str:
    """Return one line per phrase of every cue: "bars 9-12 (01:00:21:04): build; pulse violas; dominant pedal; …"."""
    lines = []
    for cue, plan, composition in zip(cues, plans, compositions, strict=True):
        tempo = plan.tempo_map.tempo_bpm_at(plan.tempo_map.meters[0].start_beats)
        lines += [f"{cue.number} {cue.title}".strip()]
        lines += [f"  {composition.palette_id}, {composition.key}, {float(tempo):.0f} bpm at the start"]
        lines += [f"  {phrase_line(cut, cue, plan, phrase)}" for phrase in composition.phrases]
        lines += [f"  {line}" for line in _hits(cut, cue, composition)]
        lines.append("")
    return "\n".join(lines)


def phrase_line(cut: Cut, cue: Cue, plan: TempoPlan, phrase: Phrase) -> str:
    """Return a phrase as one line."""
    last = phrase.first_bar + phrase.bars - 1
    bars = f"bar {last}" if phrase.bars == 1 else f"bars {phrase.first_bar}-{last}"
    frame = seconds_to_containing_frame(plan.tempo_map.seconds_at(phrase.start_beats), cut.rate)
    texture = ", ".join(f"{role} {' + '.join(players)}" for role, players in phrase.texture)
    words = [phrase.label, texture or "nothing written", phrase.harmony]
    if phrase.theme:
        words.append(phrase.theme)
    goal = next((hit for hit in cue.hits if hit.id == phrase.towards_hit_id), None)
    if goal is not None:
        label = f' "{goal.label}"' if goal.label else ""
        words.append(f"towards the {goal.kind.value}{label} at {cut.timecode(goal.frame)}")
    return f"{bars} ({cut.timecode(max(0, frame))}): {'; '.join(words)}"


def _hits(cut: Cut, cue: Cue, composition: Composition) -> list[str]:
    written = {row.hit_id: row.idiom for row in composition.hit_writings}
    return [
        f"{cut.timecode(hit.frame)} {hit.kind.value} {hit.label}".strip() + f": {written[hit.id]}"
        for hit in cue.hits
        if hit.id in written
    ]
