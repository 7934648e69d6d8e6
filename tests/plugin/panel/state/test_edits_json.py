import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hitpoint.model.edits import BarSpan, CueEdit, Edits, MarkerEdit
from hitpoint.model.errors import InputError
from hitpoint.model.spotting import HitKind
from hitpoint_panel.state.edits_json import edits_from_json, edits_to_json

FULL = Edits(
    markers=(
        MarkerEdit(marker_id="a", frame=12, kind=HitKind.SILENCE, weight=0.25, name="x", color="RED"),
        MarkerEdit(marker_id="new", frame=3, duration_frames=4, note="n"),
    ),
    added=frozenset({"new"}),
    removed=frozenset({"gone"}),
    cues=(
        CueEdit(
            number="1m1",
            has_music=False,
            style="tense",
            tempo_range_bpm=(90.0, 120.0),
            instruments=("horns",),
            avoid=(),
            intensity=((0.0, 0.2), (1.0, 0.9)),
            emphasis=((10, 20, -0.5),),
        ),
    ),
    locked_bars=(BarSpan(cue="1m1", first_bar=2, last_bar=3),),
    brief_text="tense",
    style="heroic",
    seed=7,
    extra={"later": [1, 2]},
)


def test_everything_comes_back():
    assert edits_from_json(json.loads(json.dumps(edits_to_json(FULL)))) == FULL


def test_what_says_nothing_is_not_written():
    written = edits_to_json(Edits(markers=(MarkerEdit(marker_id="a", frame=3),)))
    assert written["markers"] == [{"marker_id": "a", "frame": 3}]


def test_the_long_form_of_other_writers_is_read_as_well():
    long = dataclasses.asdict(FULL) | {"added": ["new"], "removed": ["gone"], "version": "edits.1"}
    assert edits_from_json(json.loads(json.dumps(long))) == FULL


def test_what_a_newer_hitpoint_added_does_not_stop_us():
    written = edits_to_json(FULL)
    written["markers"][0]["swing"] = 0.3
    assert edits_from_json(written) == FULL


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"version": "edits.2"}, "of kind 'edits.2'"),
        ({"markers": [{"marker_id": "a", "kind": "boom"}]}, "cannot be read"),
        ({"markers": [{"frame": 3}]}, "cannot be read"),
        ({"added": ["a"]}, "the added marker a has no frame"),
        ({"cues": [{"number": "1m1", "intensity": [[0.5, 2.0]]}]}, "must lie in 0..1"),
        ({"markers": 3}, "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(value, said):
    with pytest.raises(InputError, match=said):
        edits_from_json(value)


@settings(deadline=None, max_examples=40)  # a loaded machine is no fault
@given(
    frames=st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 10**6), max_size=5),
    seed=st.none() | st.integers(0, 10**6),
    text=st.text(max_size=20),
)
def test_any_edits_come_back(frames, seed, text):
    markers = tuple(MarkerEdit(marker_id=key, frame=frame) for key, frame in sorted(frames.items()))
    edits = Edits(markers=markers, seed=seed, brief_text=text)
    assert edits_from_json(json.loads(json.dumps(edits_to_json(edits)))) == edits
