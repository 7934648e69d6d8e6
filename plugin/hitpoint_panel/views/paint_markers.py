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
    """Where a marker stands on the screen; `name_px` is the room for its name, 0 for none.

    The name stands right of the flag, or left of it where the strip ends.
    """

    marker: StripMarker
    x: float
    y: float
    name_px: float
    is_name_left: bool = False


def error_label(error_ms: float | None) -> str:
    """Return a signed error to be read beside a name: "+12 ms" is late."""
    return "" if error_ms is None else f"{error_ms:+.0f} ms".replace("-", "−")


def place_flags(scene: StripScene, markers: Iterable[StripMarker]) -> list[Flag]:
    """Return where the visible ones of `markers` (by frame) stand, in their order.

    Two rows; the selected and the heavy choose first, the others write their names where there is still room.
    """
    axis, lane = scene.axis, scene.lanes["hits"]
    radius = FLAG_RADIUS_LINES * scene.line_px
    reach = 10 * axis.frames_per_px
    seen = [m for m in markers if axis.start_frame - reach <= m.frame <= axis.end_frame + reach]
    rows = [lane.top() + lane.height() * share for share in (0.28, 0.73)]
    heads: list[list[float]] = [[], []]  # left and right ends by turns, rising
    xs = [axis.x_of(m.frame) for m in seen]
    order = sorted(range(len(seen)), key=lambda i: (seen[i].id not in scene.selected, -seen[i].weight, xs[i]))
    # a name may not run over a flag of its row; who comes first takes the row where his name has room
    placed: dict[int, tuple[int, float, bool]] = {}
    metrics = [QFontMetricsF(scene.theme.font(is_small=True, is_bold=is_bold)) for is_bold in (False, True)]
    for i in order:
        wanted = min(_name_px(seen[i], metrics[seen[i].id in scene.selected]), _NAME_MOST_LINES * scene.line_px)
        least = min(wanted, _NAME_LEAST_LINES * scene.line_px)
        left, right = xs[i] - radius - 2, xs[i] + radius + 2
        best = (0, 0.0)
        for row in (0, 1):
            name = min(wanted, min(_room(heads[row], left), axis.right_px + 8 - left) - 2 * radius - 8)
            if name >= least and name > best[1]:
                best = (row, name)
            if name >= wanted:
                break
        row, name = best
        is_left = False
        if name <= 0:
            free = [r for r in (0, 1) if _room(heads[r], left) >= 2 * radius + 4]
            row = free[0] if free else 0
            whole = xs[i] - radius - 8 - wanted
            is_left = right + least > axis.right_px and any(_room(heads[r], whole) >= right - whole for r in free)
            if is_left:
                row = next(r for r in free if _room(heads[r], whole) >= right - whole)
                name, left = wanted, whole
        placed[i] = (row, max(name, 0.0), is_left)
        _take(heads[row], left, right if is_left or name <= 0 else right + 4 + name)
    return [Flag(seen[i], xs[i], rows[placed[i][0]], *placed[i][1:]) for i in range(len(seen))]


def _name_px(marker: StripMarker, metrics: QFontMetricsF) -> float:
    """Return how wide a marker's name is with the error that is written behind it."""
    wide = metrics.horizontalAdvance(marker.name or marker.kind) + 2
    return wide + (metrics.horizontalAdvance(error_label(marker.error_ms)) + 8 if _shows_error(marker) else 0)


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
    """Paint the lines first, then the flags and their names."""
    painter.setClipRect(rect)
    paint_lines(painter, rect, scene, flags)
    paint_heads(painter, scene, flags)


def paint_lines(painter: QPainter, exposed: QRect, scene: StripScene, flags: list[Flag]) -> None:
    """Paint the lines of hit points through the lanes, those within what is exposed, the selected ones last."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    crowd = scene.axis.width_px / max(len(flags), 1)
    faint = 0.5 if crowd > _CROWDED_PX else max(0.5 * crowd / _CROWDED_PX, 0.12)
    bottom = max(lane.bottom() for lane in scene.lanes.values())
    selected = []
    for flag in flags:
        if not exposed.left() - 2 <= flag.x <= exposed.right() + 2:
            continue
        if flag.marker.id in scene.selected:
            selected.append(flag)
        else:
            _paint_line(painter, bottom, scene, flag, faint)
    for flag in selected:
        _paint_line(painter, bottom, scene, flag, 1.0)


def paint_heads(painter: QPainter, scene: StripScene, flags: list[Flag]) -> None:
    """Paint the flags and their names, the selected ones last."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for flag in sorted(flags, key=lambda f: (f.marker.id in scene.selected, f.marker.weight)):
        paint_one(painter, scene, flag, is_selected=flag.marker.id in scene.selected)


def _paint_line(painter: QPainter, bottom_px: int, scene: StripScene, flag: Flag, alpha: float) -> None:
    color = ink(scene.theme.verdict_color(flag.marker.verdict), alpha)
    painter.setPen(QPen(color, 1.0, Qt.PenStyle.SolidLine if flag.marker.kind else Qt.PenStyle.DotLine))
    x = round(flag.x) + 0.5
    painter.drawLine(QLineF(x, flag.y, x, bottom_px))


def paint_one(painter: QPainter, scene: StripScene, flag: Flag, *, is_selected: bool) -> None:
    """Paint one flag with its name."""
    marker, theme = flag.marker, scene.theme
    radius = FLAG_RADIUS_LINES * scene.line_px
    at = QPointF(round(flag.x) + 0.5, flag.y)
    if is_selected or marker.id == scene.hovered:
        wide = 2 * radius + 8 + (flag.name_px + 4 if flag.name_px else 0)
        left = at.x() + radius + 4 - wide if flag.is_name_left else at.x() - radius - 4
        box = QRectF(left, at.y() - scene.line_px * 0.62, wide, scene.line_px * 1.24)
        painter.setPen(QPen(ink(theme.focus), 1) if is_selected else Qt.PenStyle.NoPen)
        painter.setBrush(ink(theme.selection) if is_selected else ink(theme.rule))
        painter.drawRoundedRect(box, 3, 3)
    paint_flag(painter, at, marker.kind, marker.verdict, theme, radius_px=radius, is_ours=marker.is_ours)
    if flag.name_px <= 0:
        return
    font = theme.font(is_small=True, is_bold=is_selected)
    metrics = QFontMetricsF(font)
    left = at.x() - radius - 6 - flag.name_px if flag.is_name_left else at.x() + radius + 5
    baseline = at.y() + (metrics.ascent() - metrics.descent()) / 2
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
