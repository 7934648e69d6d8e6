"""Suggestions that only such a tool can make: small changes of cut, markers and cues, each one tried out.

An idea is kept only where solving the cue's tempo again with it shows what it promises. How many are tried depends on
the size of the cue, not on the clock: the same cut gets the same suggestions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, zip_longest

from hitpoint.advice.ideas.crowded import crowded_ideas
from hitpoint.advice.ideas.cuts import cut_ideas
from hitpoint.advice.ideas.figures import Spans, measure, worth
from hitpoint.advice.ideas.move_cuts import move_cuts
from hitpoint.advice.ideas.scene import Idea, Scene
from hitpoint.advice.ideas.steps import step_ideas
from hitpoint.advice.ideas.sync import harden_ideas, sync_ideas
from hitpoint.advice.ideas.values import Figures, Suggestion, SuggestionKind
from hitpoint.advice.ideas.words import entry_ideas, masked_ideas
from hitpoint.model.cut import Cut
from hitpoint.model.edits import Edits
from hitpoint.model.errors import HitpointError
from hitpoint.model.spotting import Cue
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.tempo import TempoSettings
from hitpoint.understanding import CutRequest, Understanding, re_spot

__all__ = ["Figures", "ReSpot", "Suggestion", "SuggestionKind", "re_spotter", "suggest"]

#: Returns the cues as they are with other edits and with cuts (frame, frames later) moved: see `re_spotter`.
ReSpot = Callable[[Edits, Sequence[tuple[int, int]]], Sequence[Cue]]

#: Many ask for more than anybody reads.
MOST_SUGGESTIONS, MOST_OF_A_KIND = 8, 2
#: Solving a tempo takes about as long as the cue has hits: so many hits are solved for one cue, and for all of them.
_HITS_PER_CUE, _HITS_IN_ALL = 220, 1600
_FEWEST_TRIES, _MOST_TRIES = 6, 24
#: So many suggestions at most are spotted with their edits.
_CHECKS = 7
#: Less than this is not worth a sentence.
_LEAST_GAIN = 0.25
_GENERATORS: tuple[Callable[[Scene], Iterator[Idea]], ...] = (
    crowded_ideas, step_ideas, entry_ideas, masked_ideas, sync_ideas, harden_ideas, cut_ideas,
)  # fmt: skip


def suggest(
    cut: Cut,
    cues: Sequence[Cue],
    plans: Sequence[TempoPlan],
    *,
    speech_s: Spans = (),
    edits: Edits | None = None,
    spotter: ReSpot | None = None,
    tempo: TempoSettings | None = None,
    most: int = MOST_SUGGESTIONS,
) -> tuple[Suggestion, ...]:
    """Return the best suggestions, best first.

    Parameters
    ----------
    cut, cues, plans
        As scored, with `edits` in force; `plans` are the first of `solve_tempo(…, settings=tempo)`.
    speech_s : (start, end) record seconds in which somebody speaks
    spotter
        Where it is given (`re_spotter`), only so much is promised as the whole cut, spotted again with the change,
        bears out: a moved marker bends the arc a little, too.
    """
    settings = replace(tempo or TempoSettings(), max_alternatives=1)
    found: list[_Kept] = []
    left, cut_frames = _HITS_IN_ALL, cut.cut_frames
    for cue, plan in zip(cues, plans, strict=True):
        size = len(cue.hits) + 4
        tries = min(_MOST_TRIES, max(_FEWEST_TRIES, _HITS_PER_CUE // size), left // size)
        left -= tries * size
        if tries <= 0:
            break
        figures = measure(cue, plan, rate=cut.rate, cut_frames=cut_frames, speech_s=speech_s)
        scene = Scene(
            cut=cut,
            cut_frames=cut_frames,
            cue=cue,
            plan=plan,
            figures=figures,
            speech_s=speech_s,
            edits=edits or Edits(),
            settings=settings,
        )
        found += _tried(scene, tries)
    return _chosen(found, spotter, most)


def re_spotter(known: Understanding, request: CutRequest) -> ReSpot:
    """Return what spots an understood cut again with other edits and moved cuts, in milliseconds."""

    def spotted(edits: Edits, moves: Sequence[tuple[int, int]]) -> Sequence[Cue]:
        cut = move_cuts(known.basis.cut, moves)
        return re_spot(replace(known, basis=replace(known.basis, cut=cut)), request, edits).spotting.cues

    return spotted


@dataclass(frozen=True, slots=True)
class _Kept:
    """A suggestion that held, with the idea and the scene behind it."""

    suggestion: Suggestion
    idea: Idea
    scene: Scene


def _tried(scene: Scene, tries: int) -> list[_Kept]:
    """Return what holds of the ideas about a cue; all kinds of them get their turn."""
    turns = zip_longest(*(generator(scene) for generator in _GENERATORS))
    ideas = (idea for idea in chain.from_iterable(turns) if idea is not None)
    found = []
    for idea in islice(ideas, tries):
        after = scene.solve(idea.cue, idea.cut_frames, idea.speech_s)
        suggestion = _suggestion(idea, scene, after)
        if suggestion is not None:
            found.append(_Kept(suggestion, idea, scene))
    return found


def _suggestion(idea: Idea, scene: Scene, after: Figures) -> Suggestion | None:
    """Return an idea as a suggestion, with what it brings; None where that is not what it promises."""
    sentence = idea.tell(scene.figures, after)
    gain = worth(after) - worth(scene.figures)
    if not sentence or gain < _LEAST_GAIN:
        return None
    return Suggestion(
        kind=idea.kind,
        sentence=sentence,
        cue=scene.cue.number,
        frame=idea.frame,
        delta_frames=idea.delta_frames,
        marker_id=idea.marker_id,
        gain=gain,
        before=scene.figures,
        after=after,
        edits=idea.edits,
        moves=idea.moves,
    )


def _chosen(found: Sequence[_Kept], spotter: ReSpot | None, most: int) -> tuple[Suggestion, ...]:
    """Return the best, of each kind only some and one about each moment, as far as a whole spotting bears them out."""
    chosen: list[Suggestion] = []
    kinds: Counter[SuggestionKind] = Counter()
    moments: set[tuple[str, int]] = set()
    ranked = sorted(found, key=lambda kept: (-kept.suggestion.gain, abs(kept.idea.delta_frames), kept.idea.frame))
    checks, left = _CHECKS, _HITS_PER_CUE
    for kept in ranked:
        moment = kept.scene.cue.number, -1 if kept.idea.kind is SuggestionKind.CUTS_ON_BEATS else kept.idea.frame
        if len(chosen) == most:
            break
        if moment in moments or kinds[kept.idea.kind] == MOST_OF_A_KIND:
            continue
        suggestion: Suggestion | None = kept.suggestion
        if spotter is not None:
            if checks == 0 or left <= 0:
                break
            checks, left = checks - 1, left - len(kept.scene.cue.hits)
            suggestion = _borne_out(kept, spotter)
        if suggestion is not None:
            chosen.append(suggestion)
            kinds[suggestion.kind] += 1
            moments.add(moment)
    return tuple(sorted(chosen, key=lambda suggestion: (-suggestion.gain, suggestion.frame)))


def _borne_out(kept: _Kept, spotter: ReSpot) -> Suggestion | None:
    """Return a suggestion with what it brings when the whole cut is spotted with it; None where it does not hold."""
    edits = kept.idea.edits or kept.idea.rides or kept.scene.edits
    try:
        cues = spotter(edits, kept.idea.moves)
    except HitpointError:  # the edits cannot be laid over the cut
        return None
    cue = next((cue for cue in cues if cue.number == kept.scene.cue.number), None)
    if cue is None:
        return None
    if cue == kept.idea.cue:
        return kept.suggestion
    return _suggestion(kept.idea, kept.scene, kept.scene.solve(cue, kept.idea.cut_frames, kept.idea.speech_s))
