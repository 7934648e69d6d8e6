"""The arc: in range, smooth, and shaped by what is marked, said and asked for."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.model.cut import Cut, Marker, Shot, Subtitle
from hitpoint.model.story import EmotionArc
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.resources import resources_folder
from hitpoint.story import build_arc, read_screenplay
from hitpoint.timeline import load_timeline, read_cut


def cut_of(*markers: tuple[str, int], frames: int = 2500, shots: int = 1, lines: tuple[Subtitle, ...] = ()) -> Cut:
    edges = np.linspace(0, frames, shots + 1).astype(int)
    return Cut(
        name="c",
        rate=FrameRate(25),
        start_timecode_frame=0,
        duration_frames=frames,
        shots=tuple(
            Shot(index=i, span=FrameSpan(int(edges[i]), int(edges[i + 1])), name=f"s{i}", media=None)
            for i in range(shots)
        ),
        markers=tuple(
            Marker(id=f"{n}{f}", frame=f, duration_frames=1, name=n, note="", color="")
            for n, f in sorted(markers, key=lambda m: m[1])
        ),
        subtitles=lines,
    )


def line(text: str, start_s: int) -> Subtitle:
    return Subtitle(start_s=Fraction(start_s), end_s=Fraction(start_s + 3), text=text)


def test_one_value_per_hop_to_the_end() -> None:
    arc = build_arc(cut_of(frames=2510))
    assert arc.hop_s == 0.5
    assert len(arc.arousal) == len(arc.valence) == len(arc.tension) == 202  # 100.4 s


def test_the_music_rises_towards_the_heaviest_marker() -> None:
    arc = build_arc(cut_of(("HIT", 500), ("HIT !!!", 2000)))
    assert abs(arc.hop_s * int(arc.arousal.argmax()) - 80) <= 1
    assert arc.at("arousal", 79) > arc.at("arousal", 60) > arc.at("arousal", 35)
    assert arc.at("arousal", 79) > arc.at("arousal", 95)


def test_a_stop_is_followed_by_calm() -> None:
    arc = build_arc(cut_of(("silence", 1000)))
    assert arc.at("arousal", 41) < arc.at("arousal", 39)


def test_moods_on_markers_hold_from_there_on() -> None:
    arc = build_arc(cut_of(("happy", 500), ("sad", 1500)))
    assert arc.at("valence", 40) > 0.1 > -0.1 > arc.at("valence", 80)
    assert abs(arc.at("valence", 5)) < 0.1


def test_what_is_said_is_heard() -> None:
    cut = cut_of(lines=(line("I love you, I am so happy", 30), line("They are dead. All dead. Terror, fear.", 70)))
    arc = build_arc(cut)
    assert arc.at("valence", 31) > arc.at("valence", 50) > arc.at("valence", 72)


def test_fast_cutting_is_exciting() -> None:
    assert build_arc(cut_of(shots=100)).arousal.mean() > build_arc(cut_of(shots=5)).arousal.mean()


@pytest.mark.parametrize(
    ("brief", "early", "late"),
    [("builds", 0.1, 0.9), ("it fades", 0.9, 0.1)],
)
def test_shapes_that_a_brief_asks_for(brief: str, early: float, late: float) -> None:
    arc = build_arc(cut_of(shots=20), brief_text=brief)
    assert arc.at("arousal", 100 * late) > arc.at("arousal", 100 * early) + 0.3


def test_builds_to_a_named_place() -> None:
    arc = build_arc(cut_of(("the bridge", 1750), shots=20), brief_text="tense, builds to the bridge")
    assert abs(arc.hop_s * int(arc.arousal.argmax()) - 70) <= 1.5


def test_a_cut_that_says_nothing_gets_a_gentle_arch() -> None:
    arc = build_arc(cut_of())
    assert arc.arousal.max() - arc.arousal.min() > 0.2
    assert 0.4 < arc.arousal.argmax() / len(arc.arousal) < 0.8


def test_the_demo_is_tense_but_not_all_the_time() -> None:
    folder = resources_folder() / "demo"
    cut = read_cut(load_timeline(folder / "chase.otio"), subtitles=folder / "chase.srt")
    arc = build_arc(
        cut, brief_text="tense, builds to the bridge", screenplay=read_screenplay(folder / "chase.fountain")
    )
    assert (arc.tension > 0.95).mean() < 0.25
    assert arc.tension.max() - arc.tension.min() > 0.4


@settings(max_examples=60, deadline=None)
@given(
    frames=st.integers(1, 5000),
    marks=st.lists(
        st.tuples(st.sampled_from(["HIT", "sad", "silence", "joy", "MUSIC IN", "climax"]), st.integers(0, 4999)),
        max_size=12,
    ),
    brief=st.text(max_size=30),
)
def test_any_cut_has_an_arc_in_range(frames: int, marks: list[tuple[str, int]], brief: str) -> None:
    arc: EmotionArc = build_arc(cut_of(*((n, f) for n, f in marks if f < frames), frames=frames), brief_text=brief)
    for values, low in ((arc.valence, -1), (arc.arousal, -1), (arc.tension, 0)):
        assert np.isfinite(values).all()
        assert low <= values.min()
        assert values.max() <= 1
