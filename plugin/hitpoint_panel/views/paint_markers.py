"""The hit points over the strip: a flag in their lane, a line through all lanes, their names where there is room."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from PyQt6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter, QPen

from hitpoint_panel.views.marker_shapes import paint_flag
from hitpoint_panel.views.strip_scene import StripScene
from hitpoint_panel.views.theme import ink, marker_color
from hitpoint_panel.views.values import StripMarker

#: Half the size of a flag, in lines of small type.
FLAG_RADIUS_LINES = 0.36

#: A name is cut off at this width, in lines of small type, and left out below the least.
_NAME_MOST_LINES, _NAME_LEAST_LINES = 11.0, 2.2

#: Fewer pixels to a marker than this, and the lines through the lanes are faint.
_CROWDED_PX = 26.0


@dataclass(frozen=True, slots=True)
class Flag:
    """Where a marker stands on the screen: `row` 0 or 1 of its lane; `name_px` is the room for its name, 0 for none."""

    marker: StripMarker
    x: float
    y: float
    name_px: float


def error_label(error_ms: float | None) -> str:
    """Return a signed error to be read beside a name: "+12 ms" is late."""
    return "" if error_ms is None else f"{error_ms:+.0f} ms".replace("-", "−")


def place_flags(scene: StripScene, markers: Iterable[StripMarker]) -> list[Flag]:
    """Return where the visible ones of `markers` (by frame) stand, in their order.

    Two rows; the selected and the heavy choose first, the others write their names where there is still room.
    """
    axis, lane = scene.axis, scene.lanes["hits"]
    radius = FLAG_RADIUS_LINES * scene.line_px
    seen = [m for m in markers if axis.start_frame - 1 <= m.frame <= axis.end_frame + 1]
    metrics = QFontMetricsF(scene.theme.font(is_small=True))
    rows = [lane.top() + lane.height() * share for share in (0.28, 0.73)]
    heads: list[list[float]] = [[], []]  # left and right ends by turns, rising
    xs = [axis.x_of(m.frame) for m in seen]
    order = sorted(range(len(seen)), key=lambda i: (seen[i].id not in scene.selected, -seen[i].weight, xs[i]))
    # a name may not run over a flag of its row; flags come first, each into the row where it has more room
    placed: dict[int, tuple[int, float]] = {}
    for i in order:
        label = seen[i].name or seen[i].kind
        if _shows_error(seen[i]):
            label += "  " + error_label(seen[i].error_ms)
        wanted = min(metrics.horizontalAdvance(label) + 2, _NAME_MOST_LINES * scene.line_px)
        left = xs[i] - radius - 2
        best = (0, 0.0)
        for row in (0, 1):
            room = _room(heads[row], left)
            if room <= 0:
                continue
            name = min(wanted, room - 2 * radius - 8)
            if name >= min(wanted, _NAME_LEAST_LINES * scene.line_px) and name > best[1]:
                best = (row, name)
            if name >= wanted:
                break
        row, name = best
        if name <= 0 and _room(heads[0], left) < 2 * radius < _room(heads[1], left):
            row = 1
        placed[i] = (row, max(name, 0.0))
        _take(heads[row], left, left + 2 * radius + 4 + (name + 4 if name > 0 else 0))
    return [Flag(seen[i], xs[i], rows[placed[i][0]], placed[i][1]) for i in range(len(seen))]


def _room(taken: list[float], left: float) -> float:
    """Return how many pixels are free from `left` on; 0 where it is taken."""
    at = bisect_left(taken, left)
    if at % 2:
        return 0.0
    return taken[at] - left if at < len(taken) else float("inf")


def _take(taken: list[float], left: float, right: float) -> None:
    at = bisect_left(taken, left)
    if at % 2 == 0 and (at == len(taken) or taken[at] >= right):
        taken[at:at] = [left, right]


def _shows_error(marker: StripMarker) -> bool:
    return marker.verdict in ("near", "refused") and marker.error_ms is not None


def paint_flags(painter: QPainter, rect: QRect, scene: StripScene, flags: list[Flag]) -> None:
    """Paint the lines first, then the flags and their names, the selected ones last."""
    painter.setClipRect(rect)
    crowd = scene.axis.width_px / max(len(flags), 1)
    faint = 0.5 if crowd > _CROWDED_PX else max(0.5 * crowd / _CROWDED_PX, 0.12)
    for flag in flags:
        if flag.marker.id not in scene.selected:
            _paint_line(painter, rect, scene, flag, faint)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for flag in sorted(flags, key=lambda f: (f.marker.id in scene.selected, f.marker.weight)):
        is_selected = flag.marker.id in scene.selected
        if is_selected:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            _paint_line(painter, rect, scene, flag, 1.0)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_one(painter, scene, flag, is_selected=is_selected)


def _paint_line(painter: QPainter, rect: QRect, scene: StripScene, flag: Flag, alpha: float) -> None:
    color = ink(scene.theme.verdict_color(flag.marker.verdict), alpha)
    painter.setPen(QPen(color, 1.0, Qt.PenStyle.SolidLine if flag.marker.kind else Qt.PenStyle.DotLine))
    x = round(flag.x) + 0.5
    painter.drawLine(QLineF(x, flag.y, x, rect.bottom()))


def paint_one(painter: QPainter, scene: StripScene, flag: Flag, *, is_selected: bool) -> None:
    """Paint one flag with its name."""
    marker, theme = flag.marker, scene.theme
    radius = FLAG_RADIUS_LINES * scene.line_px
    at = QPointF(round(flag.x) + 0.5, flag.y)
    font = theme.font(is_small=True, is_bold=is_selected)
    metrics = QFontMetricsF(font)
    if is_selected or marker.id == scene.hovered:
        wide = 2 * radius + 8 + (flag.name_px + 4 if flag.name_px else 0)
        box = QRectF(at.x() - radius - 4, at.y() - scene.line_px * 0.62, wide, scene.line_px * 1.24)
        painter.setPen(QPen(ink(theme.focus), 1) if is_selected else Qt.PenStyle.NoPen)
        painter.setBrush(ink(theme.selection) if is_selected else ink(theme.rule))
        painter.drawRoundedRect(box, 3, 3)
    paint_flag(painter, at, marker.kind, marker.verdict, theme, radius_px=radius, is_ours=marker.is_ours)
    if flag.name_px <= 0:
        return
    left, baseline = at.x() + radius + 5, at.y() + (metrics.ascent() - metrics.descent()) / 2
    room = flag.name_px
    painter.setFont(font)
    error = error_label(marker.error_ms) if _shows_error(marker) else ""
    error_px = metrics.horizontalAdvance(error) + 6 if error else 0.0
    name = metrics.elidedText(marker.name or marker.kind, Qt.TextElideMode.ElideRight, room - error_px)
    named = metrics.horizontalAdvance(name)
    color = marker_color(marker.color)
    if color is not None and name:  # the editor's own colour underlines his words
        painter.fillRect(QRectF(left, baseline + 2.0, named, 1.5), ink(color, 0.9))
    painter.setPen(ink(theme.text, 1.0 if marker.kind else 0.85))
    painter.drawText(QPointF(left, baseline), name)
    if error and named + error_px <= room + 1:
        painter.setPen(ink(theme.verdict_color(marker.verdict)))
        painter.drawText(QPointF(left + named + 6, baseline), error)


def paint_bubble(painter: QPainter, scene: StripScene, x: float, lines: tuple[str, ...], *, is_caught: bool) -> QRectF:
    """Paint what a dragged marker says beside it: frame, timecode, what it snaps to; return where."""
    rect = bubble_rect(scene, x, lines)
    theme = scene.theme
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink(theme.focus if is_caught else theme.rule_strong), 1.2))
    painter.setBrush(ink(theme.bubble))
    painter.drawRoundedRect(rect, 4, 4)
    metrics = QFontMetricsF(theme.fixed_font(is_small=True))
    for i, line in enumerate(lines):
        painter.setFont(theme.fixed_font(is_small=True))
        painter.setPen(ink(theme.text if i == 0 else theme.muted))
        painter.drawText(QPointF(rect.left() + 8, rect.top() + 5 + metrics.ascent() + i * metrics.height()), line)
    return rect


def bubble_rect(scene: StripScene, x: float, lines: tuple[str, ...]) -> QRectF:
    """Return where the bubble of a marker at `x` lies: right of it, or left where there is no room."""
    metrics = QFontMetricsF(scene.theme.fixed_font(is_small=True))
    wide = max(metrics.horizontalAdvance(line) for line in lines) + 16
    tall = metrics.height() * len(lines) + 10
    left = x + 12 if x + 12 + wide < scene.axis.right_px else x - 12 - wide
    return QRectF(left, scene.lanes["hits"].bottom() + 6.0, wide, tall)
