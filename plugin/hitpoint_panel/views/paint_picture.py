"""Painters of what the editor made: ruler, small pictures, shots, subtitles. Each paints one lane of the strip."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from PyQt6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter, QPen, QPixmap

from hitpoint.model.time import frames_to_timecode
from hitpoint_panel.views.axis import FrameAxis, tick_frames
from hitpoint_panel.views.strip_scene import CutIndex, StripScene
from hitpoint_panel.views.theme import ink

#: What is narrower than this is not written on.
_LABEL_LEAST_PX = 26.0

#: What reaches beyond the right end is painted so far at most; it is cut off there, so that it can be scrolled in.
_BEYOND_PX = 2000.0

#: A text of which no more letters would be left than this is left out.
_LETTERS_LEAST = 3

#: Shots narrower than this are painted as one stretch with their neighbours.
_SHOT_LEAST_PX = 2.0

#: Returns a picture by its path if it has been read.
PictureOf = Callable[[str], QPixmap | None]


def paint_ruler(painter: QPainter, rect: QRect, scene: StripScene) -> None:
    """Timecode and ticks, and the loop as a bar."""
    painter.fillRect(rect, ink(scene.theme.gutter))
    painter.setPen(ink(scene.theme.rule))
    painter.drawLine(rect.bottomLeft(), rect.bottomRight())
    if scene.cut is None:
        return
    painter.setClipRect(scene.open_area(rect))
    axis, cut = scene.axis, scene.cut.cut
    if scene.loop is not None:
        start, end = (axis.x_of(frame) for frame in scene.loop)
        painter.fillRect(QRectF(start, rect.bottom() - 4, end - start, 4), ink(scene.theme.loop, 0.9))
    font = scene.theme.fixed_font(is_small=True)
    metrics = QFontMetricsF(font)
    label_px = metrics.horizontalAdvance("00:00:00:00")
    wider = axis.widened(label_px + 34)  # a label may reach in from the left, and stays when it is scrolled out
    big, small = tick_frames(wider, cut.rate, cut.start_timecode_frame, apart_px=label_px + 34)
    bottom = rect.bottom()
    painter.setPen(ink(scene.theme.rule_strong))
    ticks = [QLineF(x, bottom - 4, x, bottom) for x in (round(axis.x_of(f)) + 0.5 for f in small)]
    painter.drawLines(ticks)  # type: ignore[call-overload]  # PyQt takes lists, its stubs do not know
    painter.setFont(font)
    for frame in big:
        x = round(axis.x_of(frame)) + 0.5
        if not rect.left() - label_px - 8 < x < rect.right() + 2:
            continue
        painter.setPen(ink(scene.theme.rule_strong))
        painter.drawLine(QLineF(x, rect.top() + 5, x, bottom))
        painter.setPen(ink(scene.theme.muted))
        label = frames_to_timecode(frame + cut.start_timecode_frame, cut.rate)
        painter.drawText(QPointF(x + 5, rect.top() + 3 + metrics.ascent()), label)


def paint_shots(painter: QPainter, rect: QRect, scene: StripScene) -> None:
    """The shots, alternating in tone, with their names where there is room; gaps stay black."""
    _background(painter, rect, scene)
    if scene.cut is None:
        return
    axis, cut, theme = scene.axis, scene.cut.cut, scene.theme
    seen = scene.cut.shots_between(*scene.frames_under(rect))
    far_px = axis.right_px + _BEYOND_PX
    font = theme.font(is_small=True)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    top, height = rect.top() + 1, rect.height() - 2
    grounds: tuple[list[QRectF], list[QRectF]] = ([], [])  # by tone
    edges: list[QRectF] = []
    names: list[tuple[QRectF, str]] = []
    run = QRectF()  # neighbours that are too narrow to be told apart
    for index in range(seen.start, seen.stop):
        start_frame, end_frame, name = cut.shots[index]
        left, right = axis.x_of(start_frame), axis.x_of(end_frame)
        if right - left < _SHOT_LEAST_PX:
            if not run.isEmpty() and left - run.right() < 1.0:
                run.setRight(right)
                continue
            grounds[0].append(run)
            run = QRectF(left, top, right - left, height)
            continue
        left, right = max(left, scene.gutter_px - 4.0), min(right, far_px)
        grounds[index % 2].append(QRectF(left, top, right - left, height))
        edges.append(QRectF(left, top, 1.0, height))
        left = max(left, float(scene.gutter_px))
        if right - left >= _LABEL_LEAST_PX:
            names.append((QRectF(left + 6, top, right - left - 10, height), name))
    grounds[0].append(run)
    for rects, color in ((grounds[0], theme.shot_alternate), (grounds[1], theme.shot), (edges, theme.rule_strong)):
        painter.setBrush(ink(color))
        painter.drawRects(rects)  # type: ignore[call-overload]  # PyQt takes lists, its stubs do not know
    painter.setPen(ink(theme.text, 0.92))
    for room, name in names:
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, legible(metrics, name, room.width()))


def paint_subtitles(painter: QPainter, rect: QRect, scene: StripScene) -> None:
    """What is said, where it is said."""
    _background(painter, rect, scene, is_alternate=True)
    if scene.cut is None:
        return
    axis, cut, theme = scene.axis, scene.cut, scene.theme
    font = theme.font(is_small=True)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    seen = cut.subtitles_between(*scene.frames_under(rect))
    far_px = axis.right_px + _BEYOND_PX
    painted_to = float("-inf")
    top, height = rect.top() + 1, rect.height() - 2
    for index in range(seen.start, seen.stop):
        left, right = axis.x_of(cut.subtitle_starts[index]), axis.x_of(cut.subtitle_ends[index])
        right = max(right, left + 1.0)
        if right <= painted_to + 0.5:
            continue
        painted_to = right
        left, right = max(left, scene.gutter_px - 4.0), min(right, far_px)
        block = QRectF(left, top, right - left - 1, height)
        if block.width() < 6:
            painter.fillRect(block, ink(theme.subtitle_text, 0.35))
            continue
        painter.fillRect(block, ink(theme.subtitle))
        painter.fillRect(QRectF(left, top, 2, height), ink(theme.subtitle_text, 0.7))
        left = max(left, float(scene.gutter_px))
        if right - left >= _LABEL_LEAST_PX:
            room = right - left - 12
            text = legible(metrics, cut.cut.subtitles[index][2].replace("\n", " "), room)
            painter.setPen(ink(theme.subtitle_text))
            painter.drawText(QRectF(left + 7, top, room, height), Qt.AlignmentFlag.AlignVCenter, text)


def pictures_reach(scene: StripScene, before: FrameAxis, after: FrameAxis) -> float:
    """Return up to where the pictures are cut differently after scrolling: the first one, by the left end."""
    came_in_px = max((before.start_frame - after.start_frame) / after.frames_per_px, 0.0)
    return after.left_px + came_in_px + scene.lanes["pictures"].height() * 16 / 9 + 2


def shots_reach(scene: StripScene, before: FrameAxis, after: FrameAxis) -> float:
    """Return up to where the shots are written differently after scrolling: the one at the left end keeps its name."""
    if scene.cut is None:
        return 0.0
    ends = [scene.cut.cut.shots[at][1] for at in _at_left_ends(scene, before, after, scene.cut.shots_between)]
    return after.x_of(max(ends)) + 2 if ends else 0.0


def subtitles_reach(scene: StripScene, before: FrameAxis, after: FrameAxis) -> float:
    """Return up to where the subtitles are written differently after scrolling."""
    if scene.cut is None:
        return 0.0
    ends = [scene.cut.subtitle_ends[at] for at in _at_left_ends(scene, before, after, scene.cut.subtitles_between)]
    return after.x_of(max(ends)) + 2 if ends else 0.0


def _at_left_ends(
    scene: StripScene, before: FrameAxis, after: FrameAxis, between: Callable[[float, float], slice]
) -> list[int]:
    """Return what lies across the left end, before or after."""
    lefts = [axis.frame_at(scene.gutter_px) for axis in (before, after)]
    return [at for left in lefts for at in range(*between(left - 1e-6, left + 1e-6).indices(1 << 40))]


def legible(metrics: QFontMetricsF, text: str, room_px: float) -> str:
    """Return a text, cut off where there is no room; "" where too little of it would be left to be read."""
    cut_off = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room_px)
    return cut_off if cut_off == text or len(cut_off) > _LETTERS_LEAST else ""


def paint_pictures(painter: QPainter, rect: QRect, scene: StripScene, picture_of: PictureOf) -> None:
    """Small pictures: from the head of each shot that is wide enough, else one after the other."""
    painter.fillRect(rect, ink(scene.theme.lane))
    painter.setClipRect(scene.open_area(rect))
    if scene.cut is None or not scene.cut.cut.thumbnails:
        return
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    width = rect.height() * 16 / 9
    for left, right, frame in picture_tiles(scene.cut, scene, width):
        if right < rect.left() or left > rect.right() + 1:
            continue
        path = picture_for(scene.cut, frame)
        pixmap = picture_of(path) if path else None
        tile = QRectF(left, rect.top(), right - left, rect.height())
        if pixmap is None:
            painter.fillRect(tile, ink(scene.theme.shot, 0.5))
        else:
            tall = pixmap.height()
            wide = min(pixmap.width(), tall * tile.width() / tile.height())
            shown = QRectF(tile.left(), tile.top(), wide * tile.height() / tall, tile.height())
            painter.drawPixmap(shown, pixmap, QRectF((pixmap.width() - wide) / 2, 0, wide, tall))
        painter.fillRect(QRectF(left, rect.top(), 1.0, rect.height()), ink(scene.theme.paper))


def picture_tiles(index: CutIndex, scene: StripScene, width_px: float) -> list[tuple[float, float, int]]:
    """Return (left, right, frame) of the pictures in sight: each about `width_px` wide.

    A shot of at least a third of a picture begins with its own; shorter ones share a grid that is bound to frames, so
    that pictures do not swim while the strip is scrolled.
    """
    axis, out = scene.axis, []
    grid_frames = max(width_px * axis.frames_per_px, 1.0)
    end_frame_seen = axis.end_frame + grid_frames  # whole pictures at the right end, so that they can be scrolled in
    seen = index.shots_between(axis.start_frame, end_frame_seen)
    at = axis.start_frame

    def fill_from_grid(first: float, last: float) -> None:
        slot = int(first // grid_frames)
        while slot * grid_frames < last:
            left, right = max(slot * grid_frames, first), min((slot + 1) * grid_frames, last)
            out.append((axis.x_of(left), axis.x_of(right), round((left + right) / 2)))
            slot += 1

    # so many shots that none can be wide enough by itself: no need to look at each
    if (seen.stop - seen.start) * width_px / 3 > axis.width_px * 6:
        fill_from_grid(axis.start_frame, min(end_frame_seen, index.cut.duration_frames))
        return out
    for start_frame, end_frame, _ in index.cut.shots[seen]:
        if axis.x_of(end_frame) - axis.x_of(start_frame) < width_px / 3:
            continue
        if start_frame > at:
            fill_from_grid(at, start_frame)
        left_frame = start_frame + max(0, int((axis.start_frame - start_frame) // grid_frames)) * grid_frames
        while left_frame < min(end_frame, end_frame_seen):
            right_frame = min(left_frame + grid_frames, end_frame)
            out.append((axis.x_of(left_frame), axis.x_of(right_frame), int(left_frame)))
            left_frame += grid_frames
        at = end_frame
    last_end = index.cut.shots[-1][1] if index.cut.shots else index.cut.duration_frames
    if at < min(last_end, end_frame_seen):
        fill_from_grid(at, min(last_end, end_frame_seen))
    return out


def picture_for(index: CutIndex, frame: int) -> str:
    """Return the path of the picture that stands for a frame: the last one before it, or the first of its own shot."""
    at = bisect_right(index.thumbnail_frames, frame) - 1
    shot = index.shot_at(frame)
    if shot is not None and (at < 0 or index.thumbnail_frames[at] < index.cut.shots[shot][0]):
        follows = at + 1
        if follows < len(index.thumbnail_frames) and index.thumbnail_frames[follows] < index.cut.shots[shot][1]:
            at = follows
    return index.cut.thumbnails[max(at, 0)][1] if index.cut.thumbnails else ""


def _background(painter: QPainter, rect: QRect, scene: StripScene, *, is_alternate: bool = False) -> None:
    painter.fillRect(rect, ink(scene.theme.lane_alternate if is_alternate else scene.theme.lane))
    painter.setClipRect(scene.open_area(rect))
    painter.setPen(QPen(Qt.PenStyle.NoPen))
