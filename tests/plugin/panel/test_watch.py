import pytest

from hitpoint_panel.watch import FileWatch

LIMIT_MS = 15_000


@pytest.fixture
def watched(qtbot, tmp_path):
    path = tmp_path / "reel.otio"
    path.write_text("one")
    watch = FileWatch()
    watch.told = []
    watch.changed.connect(lambda name: watch.told.append(("changed", name)))
    watch.gone.connect(lambda name: watch.told.append(("gone", name)))
    watch.watch(path)
    yield path, watch
    watch.watch(None)


def write_in_place(path):
    path.write_text("two, and longer")


def write_beside(path):
    other = path.with_name("new")
    other.write_text("three")
    other.replace(path)


def write_bit_by_bit(path):
    with path.open("w") as stream:
        for _ in range(5):
            stream.write("four")
            stream.flush()


@pytest.mark.parametrize("way", [write_in_place, write_beside, write_bit_by_bit])
def test_a_change_is_told_once(watched, qtbot, way):
    path, watch = watched
    way(path)
    qtbot.waitUntil(lambda: bool(watch.told), timeout=LIMIT_MS)
    qtbot.wait(1500)
    assert watch.told == [("changed", str(path))]


def test_every_change_after_the_file_was_replaced_is_told_as_well(watched, qtbot):
    path, watch = watched
    for count, way in enumerate((write_beside, write_in_place), 1):
        way(path)
        qtbot.waitUntil(lambda c=count: len(watch.told) == c, timeout=LIMIT_MS)


def test_a_file_that_is_gone_is_told_and_its_return_as_well(watched, qtbot):
    path, watch = watched
    path.unlink()
    qtbot.waitUntil(lambda: watch.told == [("gone", str(path))], timeout=LIMIT_MS)
    path.write_text("back again")
    qtbot.waitUntil(lambda: watch.told[-1] == ("changed", str(path)), timeout=LIMIT_MS)


def test_nothing_is_told_about_another_file(watched, qtbot):
    path, watch = watched
    path.with_name("other.txt").write_text("x")
    qtbot.wait(1200)
    assert watch.told == []
