"""Edits as JSON: there and back the same, unknown names kept, wrong values answered with the key's name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitpoint.model.edits import BarSpan, CueEdit, Edits, MarkerEdit
from hitpoint.model.errors import InputError
from hitpoint.model.spotting import HitKind

_TEXTS = st.text(max_size=12)
_NAMES = st.text(min_size=1, max_size=8)
_FRAMES = st.integers(0, 10**6)
_SHARES = st.floats(0, 1)


def _or_none(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


_MARKERS = st.builds(
    MarkerEdit,
    marker_id=_NAMES,
    frame=_or_none(_FRAMES),
    name=_or_none(_TEXTS),
    note=_or_none(_TEXTS),
    color=_or_none(_TEXTS),
    kind=_or_none(st.sampled_from(HitKind)),
    weight=_or_none(_SHARES),
    duration_frames=_or_none(_FRAMES),
    is_hard=_or_none(st.booleans()),
)
_CUES = st.builds(
    CueEdit,
    number=_NAMES,
    has_music=st.booleans(),
    style=_or_none(_TEXTS),
    tempo_bpm=_or_none(st.floats(30, 280)),
    tempo_range_bpm=_or_none(st.tuples(st.floats(15, 400), st.floats(15, 400))),
    key=_or_none(_TEXTS),
    instruments=_or_none(st.lists(_NAMES, max_size=3).map(tuple)),
    avoid=_or_none(st.lists(_NAMES, max_size=3).map(tuple)),
    theme=_or_none(_TEXTS),
    text=_or_none(_TEXTS),
    intensity=st.lists(st.tuples(_SHARES, _SHARES), max_size=4, unique_by=lambda point: point[0]).map(
        lambda points: tuple(sorted(points))
    ),
    emphasis=st.lists(
        st.tuples(_FRAMES, st.integers(1, 500), st.floats(-1, 1)).map(lambda e: (e[0], e[0] + e[1], e[2])), max_size=3
    ).map(tuple),
)
_BARS = st.builds(
    lambda cue, first, more: BarSpan(cue=cue, first_bar=first, last_bar=first + more),
    _NAMES,
    st.integers(1, 99),
    st.integers(0, 20),
)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXTS, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def _any_edits(draw: st.DrawFn) -> Edits:
    markers = draw(st.lists(_MARKERS, max_size=4, unique_by=lambda marker: marker.marker_id))
    placed = [marker.marker_id for marker in markers if marker.frame is not None]
    return Edits(
        markers=tuple(markers),
        added=frozenset(draw(st.sets(st.sampled_from(placed)))) if placed else frozenset(),
        removed=draw(st.frozensets(_NAMES, max_size=3)),
        cues=tuple(draw(st.lists(_CUES, max_size=3, unique_by=lambda cue: cue.number))),
        locked_bars=tuple(draw(st.lists(_BARS, max_size=3))),
        brief_text=draw(_TEXTS),
        style=draw(_or_none(_TEXTS)),
        seed=draw(_or_none(st.integers(0, 2**53))),
        extra=draw(st.dictionaries(st.sampled_from(["stars", "window", "extra", "markers", ""]), _JSON, max_size=2)),
    )


@given(_any_edits())
def test_there_and_back_is_the_same(edits: Edits) -> None:
    text = json.dumps(edits.to_json(), allow_nan=False)
    again = Edits.from_json(json.loads(text))
    assert again == edits
    assert json.dumps(again.to_json(), allow_nan=False) == text


def test_nothing_is_a_document_too() -> None:
    assert Edits.from_json({}) == Edits()
    assert Edits().to_json() == {"schema_version": "edits.1"}
    assert Edits().is_empty
    assert Edits(extra={"stars": 3}).is_empty
    assert not Edits(removed=frozenset({"m1"})).is_empty


def test_null_and_empty_fields_of_a_form_ask_for_nothing() -> None:
    document = {"style": "", "markers": None, "cues": [{"number": "1m1", "key": "", "style": "", "tempo_bpm": None}]}
    assert Edits.from_json(document) == Edits(cues=(CueEdit(number="1m1"),))


def test_unknown_names_are_kept() -> None:
    document = {"schema_version": "edits.1", "stars": {"v3": 4}, "extra": {"window": [1, 2]}}
    edits = Edits.from_json(document)
    assert edits.extra == {"stars": {"v3": 4}, "window": [1, 2]}
    assert edits.to_json() == {"schema_version": "edits.1", "extra": {"stars": {"v3": 4}, "window": [1, 2]}}
    assert Edits.from_json({"version": "edits.1", "extra": {}}) == Edits()


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ([], r"edits: \[\] must be an object"),
        ({"version": "edits.2"}, 'schema_version is "edits.2"'),
        ({"extra": 3}, "edits: extra: 3 must be an object"),
        ({"schema_version": "edits.9"}, "schema_version is \"edits.9\" and this Hitpoint reads 'edits.1'"),
        ({"markers": {}}, "edits: markers: {} must be a list"),
        ({"markers": [3]}, r"edits: markers\[0\]: 3 must be an object"),
        ({"markers": [{}]}, r"edits: markers\[0\]: marker_id is missing"),
        ({"markers": [{"marker_id": "m", "frame": 1.5}]}, 'marker "m": frame: 1.5 must be a whole number'),
        ({"markers": [{"marker_id": "m", "frame": True}]}, 'marker "m": frame: True must be a whole number'),
        ({"markers": [{"marker_id": "m", "frame": 10**30}]}, "a huge number frames are longer than any cut"),
        ({"markers": [{"marker_id": "m", "frame": -1}]}, "marker m: frame -1 lies before the cut"),
        ({"markers": [{"marker_id": "m", "weight": float("nan")}]}, "weight: nan must be a number"),
        ({"markers": [{"marker_id": "m", "weight": 1.5}]}, "weight 1.5 must lie in 0..1"),
        ({"markers": [{"marker_id": "m", "kind": "stabb"}]}, "kind: there is no 'stabb'"),
        ({"markers": [{"marker_id": "m", "wieght": 0.5}]}, "nothing called 'wieght'; did you mean 'weight'"),
        ({"markers": [{"marker_id": "m"}, {"marker_id": "m"}]}, "a marker is edited twice"),
        ({"added": ["m"]}, "the added marker m has no frame"),
        ({"added": "m"}, 'edits: added: "m" must be a list'),
        ({"removed": [""]}, r"edits: removed\[0\]: it must not be empty"),
        ({"cues": [{"number": "1m1", "has_music": 1}]}, 'cue "1m1": has_music: 1 must be true or false'),
        ({"cues": [{"number": "1m1", "tempo_range_bpm": [80]}]}, "tempo_range_bpm: .80. must be a list of 2 values"),
        ({"cues": [{"number": "1m1", "intensity": [[0.5, 2]]}]}, r"intensity point \(0.5, 2.0\) must lie in 0..1"),
        ({"cues": [{"number": "1m1", "intensity": [[0.5, 1], [0.5, 0]]}]}, "the intensity's points must rise in time"),
        ({"cues": [{"number": "1m1", "emphasis": [[9, 3, 0.5]]}]}, "emphasis 9-3 of 0.5 makes no sense"),
        ({"cues": [{"number": "1m1"}, {"number": "1m1"}]}, "cue 1m1 is edited twice"),
        ({"locked_bars": [{"cue": "1m1", "first_bar": 1}]}, "last_bar is missing"),
        ({"locked_bars": [{"cue": "1m1", "first_bar": 0, "last_bar": 2}]}, "the first bar is 1"),
        ({"brief_text": 5}, "edits: brief_text: 5 must be text"),
        ({"brief_text": "x" * 30_000}, "edits: brief_text: it is longer than"),
        ({"seed": -1}, "seed -1 must be a whole number from 0 on"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_its_key(document: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        Edits.from_json(document)
    assert "\n" not in str(caught.value)


@given(_JSON)
def test_whatever_comes_is_read_or_answered(document: Any) -> None:
    for shaped in (
        document,
        {"markers": document},
        {"cues": [document]},
        {"cues": [{"number": "1m1", "key": document}]},
    ):
        try:
            edits = Edits.from_json(shaped)
        except InputError:
            continue
        assert Edits.from_json(edits.to_json()) == edits
