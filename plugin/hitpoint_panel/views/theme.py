"""Colours and fonts of the views, in one frozen value.

The dark default is made for a dim suite: text has a contrast of at least 4.5:1 on what it stands on, and the colours of
the verdicts differ for the colour-blind as well (bluish green, yellow, vermilion, after Okabe and Ito), beside a sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PyQt6.QtGui import QColor, QFont, QFontDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colours as "#rrggbb"; font sizes in points (0 is that of the application), so that they scale with the screen."""

    paper: str = "#131518"
    lane: str = "#1a1d21"
    lane_alternate: str = "#1e2126"
    gutter: str = "#16181c"
    rule: str = "#2b2f36"
    rule_strong: str = "#454b55"
    text: str = "#dfe2e7"
    muted: str = "#9da5b0"
    focus: str = "#6cb6ff"
    selection: str = "#1f334a"
    playhead: str = "#f4f5f7"
    loop: str = "#6cb6ff"
    shot: str = "#2c3540"
    shot_alternate: str = "#343e4a"
    subtitle: str = "#443f61"
    subtitle_text: str = "#d5cfee"
    cue: str = "#1f3a3d"
    cue_edge: str = "#4f8f8f"
    cue_text: str = "#d3efea"
    locked: str = "#d9c48a"
    wave: str = "#5f9ea6"
    wave_rms: str = "#86c5c9"
    bubble: str = "#2a2f37"
    hit: str = "#2fc4a0"
    near: str = "#f0c94a"
    refused: str = "#f4734a"
    unscored: str = "#aab2bd"
    direction: str = "#b79be8"
    valence: str = "#6fb3ea"
    arousal: str = "#f2b75c"
    tension: str = "#ee7d6b"
    loudness: str = "#39424c"
    intensity: str = "#e8ecf1"
    planned: str = "#8a939f"
    button: str = "#2a2f36"
    font_family: str = ""
    fixed_family: str = ""
    font_points: float = 0.0
    small_share: float = 0.9

    def verdict_color(self, verdict: str | None) -> str:
        """Return the colour of a verdict; None is not scored yet."""
        return {"hit": self.hit, "near": self.near, "refused": self.refused, "direction": self.direction}.get(
            verdict or "", self.unscored
        )

    def font(self, *, is_small: bool = False, is_bold: bool = False) -> QFont:
        """Return the font of labels."""
        font = QFont(self.font_family) if self.font_family else QFont()
        return self._sized(font, is_small, is_bold)

    def fixed_font(self, *, is_small: bool = False) -> QFont:
        """Return the font of timecodes and figures: all digits are equally wide."""
        if self.fixed_family:
            font = QFont(self.fixed_family)
        else:
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            font.setPointSizeF(QFont().pointSizeF())
        return self._sized(font, is_small, False)

    def _sized(self, font: QFont, is_small: bool, is_bold: bool) -> QFont:
        points = self.font_points or font.pointSizeF()
        if points > 0:  # an application font given in pixels has none
            font.setPointSizeF(points * (self.small_share if is_small else 1.0))
        font.setBold(is_bold)
        return font


#: What the views wear unless they are told otherwise.
DARK = Theme()

#: A word and a sign for each verdict, so that colour is never the only one.
VERDICT_SIGNS = {"hit": "●", "near": "◐", "refused": "✕", "direction": "➔", None: "○"}
VERDICT_WORDS = {"hit": "hit", "near": "near", "refused": "refused", "direction": "direction", None: "not scored"}

#: A shape for each kind (the strip draws them, tables and menus write them).
KIND_SIGNS = {"accent": "▼", "turn": "◆", "peak": "▲", "start": "▶", "out": "■", "silence": "‖", "": "➔"}

#: The marker colours of Resolve and their values there, softened for a dark strip.
MARKER_COLORS = {
    "blue": "#5b9bd5", "cyan": "#5cc8d6", "green": "#66bb6a", "yellow": "#e6d35a", "red": "#e26a5f", "pink": "#ea8fb6",
    "purple": "#9b6fd0", "fuchsia": "#cf5fa8", "rose": "#e09aa0", "lavender": "#a99be0", "sky": "#8fc4ea",
    "mint": "#8fdcb4", "lemon": "#eee08a", "sand": "#d3b98a", "cocoa": "#a5785a", "cream": "#efe6cf",
    "orange": "#eda04f", "magenta": "#cf5fa8", "white": "#e8eaee", "black": "#6b7078",
}  # fmt: skip


@lru_cache(maxsize=512)
def ink(color: str, alpha: float = 1.0) -> QColor:
    """Return a colour of the theme as Qt wants it; `alpha` lies in 0..1. Do not change what is returned."""
    made = QColor(color)
    made.setAlphaF(alpha)
    return made


def marker_color(name: str) -> str | None:
    """Return "#rrggbb" for an editor's name of a colour (any case) or "#rrggbb"; None where it says nothing known."""
    if name.startswith("#"):
        return name if QColor.isValidColorName(name) else None
    return MARKER_COLORS.get(name.lower())


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1..21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    given = QColor(color)
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (given.redF(), given.greenF(), given.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
