"""Small pictures come in behind the window's back, and no more of them are kept than fit."""

import pytest
from PyQt6.QtGui import QColor, QImage

from hitpoint_panel.views.thumbnails import ThumbnailCache


@pytest.fixture
def paths(tmp_path) -> list[str]:
    out = []
    for i in range(12):
        image = QImage(160, 90, QImage.Format.Format_RGB32)
        image.fill(QColor.fromHsv(i * 30, 200, 200))
        out.append(str(tmp_path / f"{i}.png"))
        assert image.save(out[-1])
    return out


def test_it_answers_at_once_and_tells_when_the_picture_is_there(qtbot, paths) -> None:
    cache = ThumbnailCache()
    with qtbot.waitSignal(cache.arrived, timeout=20_000) as arrived:
        assert cache.pixmap(paths[3], 45) is None
    assert arrived.args == [paths[3]]
    pixmap = cache.pixmap(paths[3], 45)
    assert (pixmap.width(), pixmap.height()) == (80, 45)
    assert pixmap.toImage().pixelColor(40, 20).hue() == pytest.approx(90, abs=2)


def test_what_was_not_seen_for_long_is_dropped(qtbot, paths) -> None:
    cache = ThumbnailCache(bound_bytes=5 * 80 * 45 * 4)
    for path in paths:
        with qtbot.waitSignal(cache.arrived, timeout=20_000):
            cache.pixmap(path, 45)
        assert cache.kept_bytes <= 5 * 80 * 45 * 4
    assert cache.pixmap(paths[-1], 45) is not None
    assert cache.pixmap(paths[0], 45) is None


def test_a_picture_that_cannot_be_read_is_asked_for_once(qtbot, tmp_path) -> None:
    cache, broken = ThumbnailCache(), str(tmp_path / "broken.jpg")
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with qtbot.waitSignal(cache.arrived, timeout=20_000):
        cache.pixmap(broken, 45)
    assert cache.is_missing(broken)
    assert cache.pixmap(broken, 45) is None
    with qtbot.assertNotEmitted(cache.arrived, wait=80):
        cache.pixmap(broken, 45)


def test_a_view_may_go_while_pictures_are_read(qtbot, paths) -> None:
    for _ in range(20):
        cache = ThumbnailCache()
        for path in paths:
            cache.pixmap(path, 45)
        cache.deleteLater()
        del cache
        qtbot.wait(1)


def test_the_strip_shows_a_picture_when_it_has_come(qtbot, strip, cut, paths) -> None:
    from dataclasses import replace

    strip.set_cut(replace(cut, thumbnails=((0, paths[0]), (250, paths[8]))))
    lane = strip.scene.lanes["pictures"]

    def hue_at(frame: int) -> int:
        image, ratio = strip.grab().toImage(), strip.devicePixelRatioF()
        x, y = round((strip.axis.x_of(frame) + 8) * ratio), round(lane.center().y() * ratio)
        return image.pixelColor(x, y).hue()

    strip.repaint()
    qtbot.waitUntil(lambda: abs(hue_at(250) - 240) < 4, timeout=20_000)
    assert hue_at(0) in (*range(6), *range(354, 360))
