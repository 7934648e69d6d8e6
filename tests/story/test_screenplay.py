"""Screenplays in every spelling, placed on the cut by their dialogue."""

from __future__ import annotations

import contextlib
import time
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


PRINTED = """<html><body><pre>
<b>                                   THE MACHINE
</b>
                                                            1.

<b>12        INT. HOUSE - DAY                                        12
</b>
          Mara waits. A PHONE rings
          on the table.                                              *

                              MARA (V.O.)
                         (softly)
                    Come on, come &amp; on.
                    I said it.

          (CONTINUED)
<b>                                                            2.
</b>          CONTINUED:

                              MARA (CONT'D)
                    Really.

                                                       CUT TO:

          13   EXT. BRIDGE / ROAD - DAWN   13

          The car flies.

                              TOM
                    We made it.
                              MARA
                    Yes.
</pre></body></html>"""


def test_a_printed_page_of_a_script_site(tmp_path: Path) -> None:
    script = read_screenplay(write(tmp_path, "x.html", PRINTED))
    assert [(line.kind, line.speaker, line.parenthetical, line.text, line.scene) for line in script.lines] == [
        ("heading", "", "", "INT. HOUSE - DAY", 0),
        ("action", "", "", "Mara waits. A PHONE rings on the table.", 0),
        ("dialogue", "MARA", "softly", "Come on, come & on. I said it.", 0),
        ("dialogue", "MARA", "", "Really.", 0),
        ("transition", "", "", "CUT TO:", 0),
        ("heading", "", "", "EXT. BRIDGE / ROAD - DAWN", 1),
        ("action", "", "", "The car flies.", 1),
        ("dialogue", "TOM", "", "We made it.", 1),
        ("dialogue", "MARA", "", "Yes.", 1),
    ]
    assert [scene.characters for scene in script.scenes] == [("MARA",), ("TOM", "MARA")]


def test_fountain_has_a_title_page_notes_comments_and_forced_elements(tmp_path: Path) -> None:
    text = """Title:
    _**BRICK & STEEL**_
Author: Stu

/* a scene
that /* is */ gone */
.THE VOID #3#

> END OF *ACT ONE* <

@McCABE ^
(sings)
~Happy birthday,
  
to you![[Or not.]]

= A synopsis

# A section

!INT. ACTION

> FADE TO GREEN.
"""
    script = read_screenplay(write(tmp_path, "x.fountain", text))
    assert script.title == "BRICK & STEEL"
    assert [(line.kind, line.speaker, line.text) for line in script.lines] == [
        ("heading", "", "THE VOID"),
        ("action", "", "END OF ACT ONE"),
        ("dialogue", "McCABE", "Happy birthday, to you!"),
        ("action", "", "INT. ACTION"),
        ("transition", "", "FADE TO GREEN."),
    ]


@pytest.mark.parametrize(
    ("heading", "interior", "place", "time_of_day"),
    [
        ("12 INT. MARA'S CAR - NIGHT 12", "INT", "MARA'S CAR", "night"),
        ("INT./EXT. CAR -- MOMENTS LATER", "INT/EXT", "CAR", "later"),
        ("I/E CAR - DUSK", "INT/EXT", "CAR", "dusk"),
        ("ext. bridge - continuous", "EXT", "bridge", "continuous"),
        ("INNEN. MARAS WOHNUNG - NACHT", "INT", "MARAS WOHNUNG", "night"),
        ("AUSSEN. STRASSE - TAG", "EXT", "STRASSE", "day"),
        ("INT. CUISINE – JOUR", "INT", "CUISINE", "day"),
        ("EXT. CALLE. NOCHE", "EXT", "CALLE", "night"),
        ("INT. CASA DE JUAN - MÁS TARDE", "INT", "CASA DE JUAN", "later"),
        ("DINING ROOM - DAY", "", "DINING ROOM", "day"),
        ("EXT. FIELD - DAWN (1943)", "EXT", "FIELD", "dawn"),
    ],
)
def test_headings(tmp_path: Path, heading: str, interior: str, place: str, time_of_day: str) -> None:
    (scene,) = read_screenplay(write(tmp_path, "x.fountain", f"{heading}\n\nSomebody waits.\n")).scenes
    assert (scene.interior, scene.place, scene.time_of_day) == (interior, place, time_of_day)
    assert (scene.first_line, scene.last_line) == (0, 1)


@pytest.mark.parametrize("text", ["Interior designers work.", "Innen ist es dunkel.", "I/O error.", "INTO THE WOODS"])
def test_what_is_no_heading(tmp_path: Path, text: str) -> None:
    assert read_screenplay(write(tmp_path, "x.fountain", text)).lines[0].kind == "action"


JSON = """{"title": "Two", "unknown": 1, "scenes": [
 {"heading": "INT. A - DAY", "action": ["One.", "Two."],
  "dialogue": [{"character": "MARA (V.O.)", "line": "Hi.", "parenthetical": "(softly)"}]},
 {"slugline": "EXT. B - NIGHT", "elements": [
  {"type": "action", "text": "Bang."}, {"type": "character", "text": "TOM"}, {"type": "dialogue", "text": "Hello."},
  {"type": "dialogue", "character": "MARA", "text": "Bye."}]}]}"""


def test_json(tmp_path: Path) -> None:
    script = read_screenplay(write(tmp_path, "x.json", JSON))
    assert script.title == "Two"
    assert [(line.kind, line.speaker, line.parenthetical, line.text) for line in script.lines] == [
        ("heading", "", "", "INT. A - DAY"),
        ("action", "", "", "One."),
        ("action", "", "", "Two."),
        ("dialogue", "MARA", "softly", "Hi."),
        ("heading", "", "", "EXT. B - NIGHT"),
        ("action", "", "", "Bang."),
        ("dialogue", "TOM", "", "Hello."),
        ("dialogue", "MARA", "", "Bye."),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"scenes": [{"heading": "INT. A", "elements": [{"type": "action"}, 5]}]}', r"scenes\[0\].elements\[1\]"),
        ('[{"heading": "INT. A", "dialogue": 5}]', r"\[0\]: its dialogue is not a list"),
        ('{"scenes": [{"heading": "INT. A", "action": {"text": 3}}]}', r"scenes\[0\].action is not a text"),
        ('{"acts": 1}', "no list of scenes"),
        ('{"scenes": 1}', "scenes is not a list"),
        ("{", "not valid JSON"),
        ("[]", "no scene, action or dialogue"),
    ],
)
def test_json_of_another_form_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ScriptError, match=words):
        read_screenplay(write(tmp_path, "x.json", text))


@pytest.mark.parametrize("suffix", [".fountain", ".txt"])
@pytest.mark.parametrize(
    "part",
    [
        FOUNTAIN,
        "[[ a \n",
        "/*\n",
        "/* */",
        "*a _b",
        "ANNA\n\n",
        "ANNA\nhi\n",
        "\n",
        " ",
        "INT. ",
        "1 ",
        "- ",
        "<pre>",
        "(",
    ],
)
def test_no_text_takes_more_than_its_length(tmp_path: Path, part: str, suffix: str) -> None:
    path = write(tmp_path, f"x{suffix}", "INT. A - DAY\n\n" + part * (1_000_000 // len(part)))
    started_s = time.process_time()
    with contextlib.suppress(ScriptError):
        read_screenplay(path)
    assert time.process_time() - started_s < 6.0  # 0.02 to 1.5 s, where this was written


@pytest.mark.parametrize("suffix", [".fountain", ".txt"])
def test_five_megabytes_of_script_take_seconds(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path, f"x{suffix}", (FOUNTAIN + "\n") * (5_000_000 // len(FOUNTAIN)))
    started_s = time.process_time()
    assert len(read_screenplay(path).scenes) > 30_000
    assert time.process_time() - started_s < 20.0  # 4 s, where this was written


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
