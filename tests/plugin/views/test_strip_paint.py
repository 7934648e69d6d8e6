"""What is painted: checked on pixels, where a pixel decides."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PyQt6.QtGui import QColor, QImage

from hitpoint_panel.views.marker_shapes import kind_path
from hitpoint_panel.views.paint_markers import place_flags
from hitpoint_panel.views.paint_picture import picture_for, picture_tiles
from hitpoint_panel.views.strip_words import tip_at
from hitpoint_panel.views.theme import DARK
from hitpoint_panel.views.values import KINDS, StripMarker


def pixels(widget) -> np.ndarray:
    """Return what a widget shows, as (height, width, RGB) in device pixels."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), dtype=np.uint8).copy()
    return rows.reshape(image.height(), image.bytesPerLine())[:, : image.width() * 3].reshape(
        image.height(), image.width(), 3
    )


def near(image: np.ndarray, color: str, tolerance: int = 24) -> np.ndarray:
    """Return where an image has about a colour."""
    wanted = QColor(color)
    away = np.abs(image.astype(int) - [wanted.red(), wanted.green(), wanted.blue()]).max(axis=2)
    return away <= tolerance


def lane_rows(strip, lane: str) -> slice:
    ratio, rect = strip.devicePixelRatioF(), strip.scene.lanes[lane]
    return slice(round(rect.top() * ratio), round((rect.bottom() + 1) * ratio))


@pytest.mark.parametrize("frames", [(60, 520), (400, 430), (0, 300)])
def test_what_is_scrolled_looks_as_if_it_were_painted_anew(strip, qtbot, tmp_path, frames) -> None:
    folder, fine = tmp_path, []
    for frame in range(0, 1000, 50):
        picture = QImage(160, 90, QImage.Format.Format_RGB32)
        picture.fill(QColor.fromHsv(frame % 360, 120, 160))
        picture.save(str(folder / f"{frame}.png"))
        fine.append((frame, str(folder / f"{frame}.png")))
    cut = replace(strip.scene.cut.cut, thumbnails=tuple(fine), subtitles=tuple((s, s + 0.9, "So?") for s in range(41)))
    strip.set_cut(cut)
    strip.set_loop((200, 300))
    strip.set_visible_range(*frames)
    qtbot.waitUntil(lambda: None not in [strip._picture_of(path) for _, path in fine], timeout=60_000)
    qtbot.wait(200)  # until what is told of the last of them has been painted
    painted = []
    kept = strip._lanes["shots"]._paint
    strip._lanes["shots"]._paint = lambda painter, rect: (painted.append(rect), kept(painter, rect))
    strip.grab()
    painted.clear()
    per_px = strip.axis.frames_per_px
    for moved_px in (37.4, 250, 3.3, -120, -1, 410, -400):
        strip.show_axis(strip.axis.scrolled(moved_px * per_px))
        if moved_px != 3.3:  # two scrolls between two paintings as well
            scrolled = pixels(strip)
            strip._make_dirty()
            anew = pixels(strip)
            for lane in strip.scene.lanes:
                rows = lane_rows(strip, lane)
                away = np.abs(scrolled[rows].astype(int) - anew[rows]).max(axis=(0, 2))
                assert np.count_nonzero(away > 40) <= 4, f"{lane} after {moved_px} px: {np.flatnonzero(away > 40)}"
    is_exact = strip.devicePixelRatioF().is_integer()
    assert any(rect.width() < strip.width() / 2 for rect in painted) == is_exact, "only what came in is painted"


def test_the_flags_stand_on_their_frames_in_the_colour_of_their_verdict(strip) -> None:
    image, ratio = pixels(strip), strip.devicePixelRatioF()
    for flag, color in zip(strip.flags(), (DARK.hit, DARK.near, DARK.unscored), strict=True):
        x, y = round(strip.axis.x_of(flag.marker.frame) * ratio), round(flag.y * ratio)
        reach = round(8 * ratio)
        around = image[y - reach : y + reach, x - reach : x + reach]
        assert near(around, color).sum() >= 8 * ratio, f"no {color} at {flag.marker.name}"


def test_the_playhead_is_where_it_was_set_and_nowhere_else(strip) -> None:
    strip.set_playhead(5)
    rows = lane_rows(strip, "subtitles")
    before = pixels(strip)[rows].astype(int)
    for frame in (620, 130):
        strip.set_playhead(frame)
        changed = np.abs(pixels(strip)[rows] - before).max(axis=(0, 2))
        columns = changed.nonzero()[0] / strip.devicePixelRatioF()
        columns = columns[np.abs(columns - strip.axis.x_of(5)) > 3]
        assert changed.max() > 100
        assert columns.size
        assert np.abs(columns - strip.axis.x_of(frame)).max() <= 2


def test_only_what_moves_is_painted_again(strip, monkeypatch, mouse_on) -> None:
    painted: list[str] = []
    for lane, layer in (*strip._lanes.items(), ("over", strip._over)):
        paint = layer._paint
        monkeypatch.setattr(layer, "_paint", lambda p, r, n=lane, paint=paint: (painted.append(n), paint(p, r)))
    flag = strip.flags()[0]
    mouse = mouse_on(strip)
    mouse.press(flag.x, flag.y)
    mouse.move(flag.x + 20, flag.y)
    assert set(painted) <= {"over"}, "the selection and the missing flag"
    painted.clear()
    for step in range(10):
        mouse.move(flag.x + 25 + step * 4, flag.y)
        strip.set_playhead(step)
        strip.repaint()
    assert painted == [], "while it is dragged no layer is painted"
    mouse.release(flag.x + 60, flag.y)


def test_the_drag_leaves_no_trace(strip, mouse_on) -> None:
    """What is on the screen after many partial paintings is what a whole painting shows."""
    mouse, flag = mouse_on(strip), strip.flags()[0]
    mouse.press(flag.x, flag.y)
    for step in range(0, 200, 9):
        mouse.move(flag.x + step, flag.y)
        mouse.move(flag.x + step * 0.7, flag.y)
    # the window's own pixels, which partial paintings made, before anything paints it as a whole
    shown = strip.screen().grabWindow(strip.winId()).toImage()
    if strip.devicePixelRatioF() != 1:  # the offscreen platform grabs in logical pixels
        return
    assert shown.convertToFormat(QImage.Format.Format_RGB32) == strip.grab().toImage().convertToFormat(
        QImage.Format.Format_RGB32
    )
    mouse.release(flag.x, flag.y)


def test_the_waveform_is_as_high_as_the_score_is_loud(strip) -> None:
    """The peaks rise from 0 to 1 over 40 s; at 10 s the root of a quarter is half the height."""
    image, ratio = pixels(strip)[lane_rows(strip, "wave")], strip.devicePixelRatioF()
    x = round((strip.axis.x_of(240) + 0.5) * ratio)
    covered = (near(image[:, x - 3 : x + 3], DARK.wave, 70).sum(axis=0) / image.shape[0]).max()
    assert covered == pytest.approx(0.5, abs=0.06)


def test_every_kind_has_a_shape_of_its_own(qapp) -> None:
    assert len(KINDS) > 3
    shapes = [kind_path(kind, 10.0) for kind in (*KINDS, "")]
    for i, shape in enumerate(shapes):
        assert all(shape != other for other in shapes[i + 1 :])


def test_verdicts_are_told_apart_without_colour(strip, markers) -> None:
    """In grey, hit, near, refused and not scored still look different."""
    seen = []
    for verdict in ("hit", "near", "refused", None):
        strip.set_markers((replace(markers[0], verdict=verdict, error_ms=None, name="x"),))
        flag, ratio = strip.flags()[0], strip.devicePixelRatioF()
        reach, x, y = round(7 * ratio), round(flag.x * ratio), round(flag.y * ratio)
        part = pixels(strip)[y - reach : y + reach, x - reach : x + reach].astype(float).mean(axis=2)
        seen.append(part > 80)
    assert all(shape.any() for shape in seen)
    for i, one in enumerate(seen):
        for other in seen[i + 1 :]:
            assert (one != other).mean() > 0.03


def test_names_do_not_run_over_one_another(strip) -> None:
    crowd = tuple(StripMarker(id=f"m{i}", frame=i * 7, name=f"a long name {i}", weight=i % 10 / 10) for i in range(140))
    strip.set_markers(crowd)
    flags = place_flags(strip.scene, strip.scene.markers)
    assert len(flags) == 140
    named = [strip._flag_box(flag) for flag in flags if flag.name_px]
    assert 4 < len(named) < 140
    for i, one in enumerate(named):
        for other in named[i + 1 :]:
            assert not one.adjusted(6, 4, -12, -4).intersects(other.adjusted(6, 4, -12, -4))


def test_the_loop_and_locked_bars_are_seen(strip, version) -> None:
    before = pixels(strip)
    strip.set_loop((300, 400))
    after = pixels(strip)
    outside = slice(round(strip.axis.x_of(450)), round(strip.axis.x_of(480)))
    rows = lane_rows(strip, "cues")
    if strip.devicePixelRatioF() == 1:
        assert after[rows, outside].mean() < before[rows, outside].mean() * 0.8
    strip.set_loop(None)
    assert near(pixels(strip)[rows], DARK.locked, 30).sum() > 20
    strip.set_version(replace(version, locked_bars=()))
    assert near(pixels(strip)[rows], DARK.locked, 30).sum() == 0


def test_the_focus_is_seen(strip) -> None:
    assert near(pixels(strip)[:2], DARK.focus).mean() > 0.9
    strip.clearFocus()
    assert near(pixels(strip)[:2], DARK.focus).mean() < 0.1


def test_pictures_begin_with_their_shots_and_belong_to_them(strip, cut) -> None:
    strip.set_cut(replace(cut, thumbnails=((10, "a"), (110, "b"), (255, "c"), (800, "d"))))
    index = strip.scene.cut
    assert [picture_for(index, frame) for frame in (0, 100, 249, 250, 699, 999)] == ["a", "b", "b", "c", "c", "d"]
    tiles = picture_tiles(index, strip.scene, 90.0)
    heads = {round(strip.axis.frame_at(left)) for left, _, _ in tiles}
    assert {0, 100, 250, 420, 700} <= heads
    for (_, right, _), (left, _, _) in pairwise(tiles):
        assert right == pytest.approx(left, abs=0.01), "no gap, no overlap"


def test_tooltips_say_what_is_there_and_escape_what_others_wrote(strip) -> None:
    from PyQt6.QtCore import QPointF

    flag = strip.flags()[1]
    assert "60 ms early" in tip_at(strip, QPointF(flag.x, flag.y))
    said = tip_at(strip, QPointF(strip.axis.x_of(310), strip.scene.lanes["subtitles"].center().y()))
    assert said == "<b>On the &lt;bridge&gt;.</b>"
    wave = QPointF(strip.axis.x_of(170), strip.scene.lanes["wave"].center().y())
    assert tip_at(strip, wave) == "<b>1m1  chase</b><br>bar 3<br>locked"
