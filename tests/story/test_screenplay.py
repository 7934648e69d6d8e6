"""Screenplays in every spelling, placed on the cut by their dialogue."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path

import pytest

from hitpoint.model.cut import Subtitle
from hitpoint.model.errors import ScriptError
from hitpoint.story import place_screenplay, read_screenplay

FOUNTAIN = """INT. CAR - NIGHT

Mara starts the engine. It dies.

MARA
(softly)
Come on, come on.

EXT. BRIDGE - DAWN

The car flies over the gap.

TOM
We made it to the other side.
"""
FDX = """<?xml version="1.0"?><FinalDraft><Content>
<Paragraph Type="Scene Heading"><Text>INT. CAR - NIGHT</Text></Paragraph>
<Paragraph Type="Action"><Text>Mara starts the </Text><Text Style="Bold">engine.</Text></Paragraph>
<Paragraph Type="Character"><Text>MARA</Text></Paragraph>
<Paragraph Type="Dialogue"><Text>Come on, come on.</Text></Paragraph></Content></FinalDraft>"""


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_fountain(tmp_path: Path) -> None:
    lines = read_screenplay(write(tmp_path, "x.fountain", FOUNTAIN)).lines
    assert [(line.kind, line.speaker) for line in lines] == [
        ("heading", ""),
        ("action", ""),
        ("dialogue", "MARA"),
        ("heading", ""),
        ("action", ""),
        ("dialogue", "TOM"),
    ]


def test_final_draft(tmp_path: Path) -> None:
    lines = read_screenplay(write(tmp_path, "x.fdx", FDX)).lines
    assert [(line.kind, line.text) for line in lines] == [
        ("heading", "INT. CAR - NIGHT"),
        ("action", "Mara starts the engine."),
        ("dialogue", "Come on, come on."),
    ]


def test_indented_plain_text(tmp_path: Path) -> None:
    text = "\n".join("      " + line for line in FOUNTAIN.splitlines())
    kinds = [line.kind for line in read_screenplay(write(tmp_path, "x.txt", text)).lines]
    assert kinds.count("heading") == 2
    assert kinds.count("dialogue") == 2


def test_a_script_is_placed_by_its_dialogue(tmp_path: Path) -> None:
    script = read_screenplay(write(tmp_path, "x.fountain", FOUNTAIN))
    said = (
        Subtitle(start_s=Fraction(10), end_s=Fraction(12), text="Come on, come on!"),
        Subtitle(start_s=Fraction(50), end_s=Fraction(53), text="We made it to the other side."),
    )
    placement = place_screenplay(script, said, duration_s=60.0)
    assert placement.missing == ()
    flies = next(placed for placed in placement.lines if "flies" in placed.line.text)
    assert 12 <= flies.start_s <= 50


def test_dialogue_that_is_not_spoken_is_missing(tmp_path: Path) -> None:
    script = read_screenplay(write(tmp_path, "x.fountain", FOUNTAIN))
    said = (Subtitle(start_s=Fraction(10), end_s=Fraction(12), text="Come on, come on!"),)
    assert [line.text for line in place_screenplay(script, said, duration_s=60.0).missing] == [
        "We made it to the other side."
    ]
    assert place_screenplay(script, (), duration_s=60.0).lines == ()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.pdf", b"%PDF-1.4", "PDF"),
        ("x.docx", b"PK\x03\x04", "packed"),
        ("x.fdx", b"<FinalDraft><Content>", "cannot be read"),
        ("x.fountain", b"", "x.fountain"),
        ("x.txt", b"\x00\x01\x02" * 50, "x.txt"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    with pytest.raises(ScriptError, match=words):
        read_screenplay(write(tmp_path, name, content))


def test_a_missing_script(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="gone"):
        read_screenplay(tmp_path / "gone.fountain")


@pytest.mark.fixtures
def test_every_script_is_lines_or_a_sentence(fixtures: Path) -> None:
    files = [path for path in (fixtures / "scripts").rglob("*") if path.suffix in (".fountain", ".fdx", ".txt")]
    assert len(files) > 40
    read = 0
    for path in files:
        with contextlib.suppress(ScriptError):
            assert read_screenplay(path).lines, path.name
            read += 1
    assert read > len(files) * 0.8
