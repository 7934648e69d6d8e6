"""Which subtitles belong to which export, and that new ones are noticed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hitpoint_panel.hosts.otio_file import OtioFileHost
from hitpoint_panel.hosts.otio_file.subtitles import subtitles_for
from hitpoint_panel.hosts.otio_file.watch import Export, Signature

#: the files in the folder, oldest first; the export; its subtitles
PAIRS = {
    "the same name": ("Reel 3.otio Reel 3.srt other.srt", "Reel 3.otio", "Reel 3.srt"),
    "with a language": ("Reel 3.otio Reel 3.en.srt other.srt", "Reel 3.otio", "Reel 3.en.srt"),
    "as Resolve names its track": ("Reel 3.otio Reel 3_Subtitle 1.srt z.srt", "Reel 3.otio", "Reel 3_Subtitle 1.srt"),
    "the bare one before the language": ("Reel 3.srt Reel 3.en.srt Reel 3.otio", "Reel 3.otio", "Reel 3.srt"),
    "of an older version": ("Reel 3 v1.srt Reel 3 v2.otio", "Reel 3 v2.otio", "Reel 3 v1.srt"),
    "of this version, not an older": ("Reel 3 v2.srt Reel 3 v1.srt Reel 3 v2.otio", "Reel 3 v2.otio", "Reel 3 v2.srt"),
    "the only one": ("cut.otio dialogue.srt", "cut.otio", "dialogue.srt"),
    "the newest of strangers": ("cut.otio old.srt new.vtt", "cut.otio", "new.vtt"),
    "not another's": ("Reel 2.otio Reel 2.srt Reel 3.otio", "Reel 3.otio", None),
    "none": ("Reel 3.otio", "Reel 3.otio", None),
}
assert PAIRS


@pytest.mark.parametrize("name", PAIRS)
def test_pairs(name: str) -> None:
    files, export, expected = PAIRS[name]
    # names hold blanks; suffixes end them
    names = [
        part.strip()
        for part in files.replace(".otio", ".otio|").replace(".srt", ".srt|").replace(".vtt", ".vtt|").split("|")
    ]
    found = [
        Export(path=Path(name), signature=Signature(1, number, number), order=(number, 0), is_settled=True)
        for number, name in enumerate(filter(None, names))
    ]
    chosen = subtitles_for(Path(export), found)
    assert (None if chosen is None else chosen.path.name) == expected


def test_new_subtitles_are_a_change(host: OtioFileHost, folder: Path, export: Callable[..., Path], clock) -> None:
    export(folder / "Reel 3.otio")
    first = host.read(folder)
    (folder / "Reel 3.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nWhere is she?\n")
    told = []
    for _ in range(3):
        clock.sleep(1.0)
        told.append(host.poll())
    changes = [change for change in told if change]
    assert [(change.kind, change.sentence) for change in changes] == [
        ("cut", "Reel 3.otio: new subtitles in Reel 3.srt")
    ]
    second = host.read(folder)
    assert second.subtitles_path == folder / "Reel 3.srt"
    assert second.revision == changes[0].revision != first.revision
    (folder / "Reel 3.srt").unlink()
    clock.sleep(1.0)
    change = host.poll()
    assert change is not None
    assert change.sentence == "Reel 3.otio: the subtitles are gone"
    assert change.revision == first.revision
