"""The theme can be read in a dark suite, and told apart by the colour-blind."""

from itertools import combinations

import numpy as np
import pytest
from PyQt6.QtGui import QColor

from hitpoint_panel.views.theme import DARK, KIND_SIGNS, VERDICT_SIGNS, contrast, marker_color
from hitpoint_panel.views.values import KINDS, VERDICTS

_GROUNDS = ("paper", "lane", "lane_alternate", "gutter", "bubble")
_TEXT_ON_GROUND = [
    *((text, ground) for text in ("text", "muted") for ground in _GROUNDS),
    *((verdict, ground) for verdict in ("hit", "near", "refused", "unscored", "direction") for ground in _GROUNDS),
    *((verdict, "selection") for verdict in ("hit", "near", "refused", "direction", "unscored", "text")),
    ("text", "shot"), ("text", "shot_alternate"), ("subtitle_text", "subtitle"), ("cue_text", "cue"),
    ("text", "button"), ("text", "rule"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "ground"), _TEXT_ON_GROUND)
def test_text_stands_out(text, ground) -> None:
    assert contrast(getattr(DARK, text), getattr(DARK, ground)) >= 4.5


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


#: Linear RGB as the colour-blind see it (Viénot, Brettel and Mollon 1999): red-blind, green-blind.
_BLIND = {
    "protan": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deutan": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}


@pytest.mark.parametrize("kind", _BLIND)
def test_verdicts_differ_for_the_colour_blind(kind) -> None:
    def seen(color: str) -> np.ndarray:
        given = QColor(color)
        linear = np.array([given.redF(), given.greenF(), given.blueF()]) ** 2.2
        return np.clip(np.array(_BLIND[kind]) @ linear, 0, 1) ** (1 / 2.2)

    for one, other in combinations((DARK.hit, DARK.near, DARK.refused), 2):
        assert np.abs(seen(one) - seen(other)).max() > 0.15, f"{one} and {other} look alike"


def test_every_kind_and_verdict_has_a_sign_of_its_own() -> None:
    assert set(KIND_SIGNS) == {*KINDS, ""}
    assert set(VERDICT_SIGNS) == {*VERDICTS, None}
    assert len(set(KIND_SIGNS.values())) == len(KIND_SIGNS)
    assert len(set(VERDICT_SIGNS.values())) == len(VERDICT_SIGNS)


@pytest.mark.parametrize(
    ("name", "known"), [("RED", True), ("Mint", True), ("#12ab34", True), ("#zz", False), ("", False)]
)
def test_editors_colours(name, known) -> None:
    assert (marker_color(name) is not None) == known
