"""What was decided about the cut: where music is, what it must hit, and what it should be like."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from hitpoint.model.time import FrameSpan


class HitKind(StrEnum):
    """What the music does at the moment (music.md §1)."""

    ACCENT = "accent"  # a stab, an impact
    TURN = "turn"  # the mood changes: new harmony, new texture
    PEAK = "peak"  # a crescendo arrives
    START = "start"  # the cue begins here
    OUT = "out"  # the cue ends here, with a button or a fade
    SILENCE = "silence"  # the music stops dead


@dataclass(frozen=True, slots=True, kw_only=True)
class HitPoint:
    """A moment of the picture that the music must acknowledge.

    Attributes
    ----------
    id : str
        Stable for the same marker.
    frame : int
        Record frame.
    weight : float, 0..1
        0.5 is a plain marker; >= `STRONG_WEIGHT` belongs on a downbeat.
    is_hard : bool
        Hard hits are exact; soft hits may be missed by `tolerance_frames`.
    marker_id : str
        "" where the engine proposed the hit itself.
    """

    id: str
    frame: int
    kind: HitKind
    weight: float = 0.5
    is_hard: bool = True
    tolerance_frames: int = 0
    label: str = ""
    marker_id: str = ""

    def __post_init__(self) -> None:
        if not 0.0 <= self.weight <= 1.0:
            raise ValueError(f"hit {self.label!r}: weight {self.weight} must lie in 0..1")

    @property
    def is_strong(self) -> bool:
        """Whether the hit belongs on a downbeat rather than on any beat."""
        return self.weight >= STRONG_WEIGHT


#: From this weight on, a hard hit is placed on a downbeat.
STRONG_WEIGHT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """An editor's word about how the music goes on from a frame: `kind` is "mood", "key", "tempo" or "theme"."""

    frame: int
    kind: str
    value: str
    marker_id: str = ""


#: What a cue is for; "" where nobody said.
CUE_FUNCTIONS = (
    "main title", "end title", "underscore", "montage", "chase", "action", "suspense", "love scene", "transition",
    "sting",
)  # fmt: skip
#: What a brief may ask the intensity to do; "" follows the arc.
BRIEF_SHAPES = ("builds", "fades", "steady", "arch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What the music should be like, as an editor and a composer talk about it.

    A brief with a tempo that cannot be played is a brief still: the tempo solver makes it playable.

    Attributes
    ----------
    palette_id : str
        Name of a palette in resources/palettes (the style).
    tempo_range_bpm : (float, float)
        Quarter notes per minute; the solver stays inside where it can.
    tempo_bpm : float
        What the scene asks for.
    key : str
        Tonic and mode such as "D minor".
    is_key_open : bool
        Nobody asked for this key: it may be moved to fit the other cues and the music in the scene.
    function : str
        One of `CUE_FUNCTIONS`, or "".
    mood : str
        A short sentence for people: "dark and tense, more and more agitated".
    words : tuple of str
        Mood words found in the user's brief, lower case.
    instruments, avoid : tuple of str
        Wanted and unwanted: ids of resources/instruments.toml, or names of stems ("brass").
    intensity : tuple of (share, level)
        Points of a line over the cue: share 0..1 of its length, rising; level 0 (softest) .. 1 (fullest). () follows
        the arc.
    shape : str
        "" follow the arc; or one of `BRIEF_SHAPES`: what the brief asked for.
    theme : str
        Name of the theme to state; "" for the project's main one.
    text : str
        The user's own brief.
    notes : str
        Why it is so, for people.
    """

    palette_id: str
    tempo_range_bpm: tuple[float, float]
    tempo_bpm: float
    key: str
    function: str = ""
    mood: str = ""
    words: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    intensity: tuple[tuple[float, float], ...] = ()
    shape: str = ""
    theme: str = ""
    text: str = ""
    notes: str = ""
    is_key_open: bool = False

    def __post_init__(self) -> None:
        if self.function and self.function not in CUE_FUNCTIONS:
            raise ValueError(f"brief: function {self.function!r} is not one of {', '.join(CUE_FUNCTIONS)}")
        if self.shape and self.shape not in BRIEF_SHAPES:
            raise ValueError(f"brief: shape {self.shape!r} is not one of {', '.join(BRIEF_SHAPES)}")
        both = sorted(set(self.instruments) & set(self.avoid))
        if both:
            raise ValueError(f"brief: {', '.join(both)} cannot be wanted and avoided at once")
        for share, level in self.intensity:
            if not (0.0 <= share <= 1.0 and 0.0 <= level <= 1.0):
                raise ValueError(f"brief: the intensity point ({share}, {level}) must lie in 0..1")
        shares = [share for share, _ in self.intensity]
        if any(later <= earlier for earlier, later in pairwise(shares)):
            raise ValueError(f"brief: the shares {shares} of the intensity must rise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One piece of music: number "1m1", where it is, what it hits.

    `hits` are sorted by frame and lie in [span.start_frame, span.end_frame]; a hit of kind OUT may sit on end_frame.
    `entry` is "downbeat" or "sneak" (fade in under); `exit` is "button", "ring-out", "fade" (out under
    the scene) or "cut" (in full flight, and gone with the last frame, hall and all).
    `usage` is the cue sheet's code (BI background instrumental, MT main title, ET end title).
    """

    number: str
    title: str
    span: FrameSpan
    hits: tuple[HitPoint, ...]
    brief: Brief
    directions: tuple[Direction, ...] = ()
    entry: str = "downbeat"
    exit: str = "button"
    usage: str = "BI"


class Verdict(StrEnum):
    """The answer to a marker."""

    HIT = "hit"
    NEAR = "near"
    DIRECTION = "direction"  # obeyed as an instruction, not a moment to hit
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerAnswer:
    """Every marker is a contract with an answer: hit, near, direction, or refused and why."""

    marker_id: str
    verdict: Verdict
    reason: str
    hit_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spotting:
    """All cues of a cut, and the answers to markers that did not become hits of a cue."""

    cues: tuple[Cue, ...]
    answers: tuple[MarkerAnswer, ...] = ()
    warnings: tuple[str, ...] = ()
