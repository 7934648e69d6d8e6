"""Subtitle files of every kind and encoding become lines in record time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from hitpoint.model.cut import Subtitle
from hitpoint.model.errors import SubtitleError
from hitpoint.model.time import FrameRate
from hitpoint.timeline.subtitles import read_subtitles

SRT = "1\n00:00:01,000 --> 00:00:02,500\nGo!\n\n2\n00:00:04,000 --> 00:00:05,000\n<i>Now.</i>\n"


FILM = FrameRate(24)


def read(
    path: Path, *, start: int = 0, duration: int = 10_000, rate: FrameRate = FILM
) -> tuple[tuple[Subtitle, ...], tuple[str, ...]]:
    start_s = Fraction(start) * rate.timecode_base / rate.fps
    return read_subtitles(path, start_timecode_s=start_s, duration_s=Fraction(duration), rate=rate)


def write(folder: Path, text: str | bytes, name: str = "lines.srt") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_an_srt(tmp_path: Path) -> None:
    lines, warnings = read(write(tmp_path, SRT))
    assert [(line.start_s, line.end_s, line.text) for line in lines] == [
        (1, Fraction(5, 2), "Go!"),
        (4, 5, "Now."),
    ]
    assert warnings == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\r\r\n"])
def test_newlines_of_every_system(tmp_path: Path, newline: str) -> None:
    assert len(read(write(tmp_path, SRT.replace("\n", newline)))[0]) == 2


@pytest.mark.parametrize(
    ("encoding", "text", "named"),
    [
        ("utf-8-sig", "Übermut", ""),
        ("utf-16", "Übermut", "utf-16"),
        ("utf-32", "Übermut", "utf-32"),
        ("cp1252", "Où êtes-vous passés ? Le café est fermé, à côté du théâtre, près de l’église.", "cp125"),
        ("gb18030", "宇宙守护神 保护我们远离邪恶 他能徒手抓住子弹 拦住疾速的火车", "gb"),
        ("shift_jis", "左に見えるのは、右に見えるのは、彼らはどこへ行ったのでしょうか", "932|jis"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, text: str, named: str) -> None:
    content = f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n".encode(encoding)
    lines, warnings = read(write(tmp_path, content))
    assert lines[0].text == text
    assert bool(warnings) == bool(named)
    assert not named or any(part in warnings[0] for part in named.split("|"))


@pytest.mark.parametrize(
    ("said", "text", "speaker"),
    [
        ("ANNA: Go!", "Go!", "ANNA"),
        ("DR. FELL (O.S.): No.", "No.", "DR. FELL"),
        ("Anna: go", "Anna: go", ""),
        ("NOTE TO SELF", "NOTE TO SELF", ""),
        ("At 10: 30", "At 10: 30", ""),
        ("[door slams]", "[door slams]", ""),
        ("Tom &amp; Jerry &lt;3", "Tom & Jerry <3", ""),
        ("{\\an8}up here", "up here", ""),
        ('<font color="red">red</font>', "red", ""),
    ],
)
def test_what_is_said_and_by_whom(tmp_path: Path, said: str, text: str, speaker: str) -> None:
    lines, _ = read(write(tmp_path, f"1\n00:00:01,000 --> 00:00:02,000\n{said}\n"))
    assert [(line.text, line.speaker) for line in lines] == [(text, speaker)]


def test_voices_and_notes_of_webvtt(tmp_path: Path) -> None:
    vtt = "WEBVTT\n\nNOTE not said\n\n00:01.000 --> 00:02.000\n<v.loud Anna>Go!</v>\n\nNOTE nor this\n"
    lines, _ = read(write(tmp_path, vtt, "lines.vtt"))
    assert [(line.text, line.speaker) for line in lines] == [("Go!", "Anna")]


def test_frames_of_microdvd_are_frames_of_the_cut(tmp_path: Path) -> None:
    lines, _ = read(write(tmp_path, "{25}{50}Go!\n", "lines.sub"), rate=FrameRate(25))
    assert [(line.start_s, line.end_s) for line in lines] == [(1, 2)]


@pytest.mark.parametrize("rate", [FrameRate(24), FrameRate(24000, 1001), FrameRate(30000, 1001, True)])
def test_a_file_in_timecode_is_brought_back(tmp_path: Path, rate: FrameRate) -> None:
    lines, warnings = read(write(tmp_path, SRT.replace("00:00:", "01:00:")), start=3600, duration=60, rate=rate)
    assert [line.start_s for line in lines] == [1, 4]
    assert "timecode" in warnings[0]


def test_a_file_in_record_time_stays_although_the_cut_starts_at_an_hour(tmp_path: Path) -> None:
    assert [line.start_s for line in read(write(tmp_path, SRT), start=3600, duration=60)[0]] == [1, 4]


def test_lines_beyond_the_end_and_without_length(tmp_path: Path) -> None:
    odd = SRT + "\n3\n00:00:03,000 --> 00:00:03,000\nno length\n\n4\n00:01:00,000 --> 00:01:05,000\nlate\n"
    lines, warnings = read(write(tmp_path, odd), duration=5)
    assert [line.text for line in lines] == ["Go!", "Now."]
    assert any("1 line (first at 3 s) without length" in text for text in warnings)
    assert any("1 line beyond the end" in text for text in warnings)


def test_overlapping_and_repeated_lines(tmp_path: Path) -> None:
    srt = "".join(f"1\n00:00:0{at},000 --> 00:00:09,000\n{text}\n\n" for at, text in [(5, "b"), (2, "a"), (2, "a")])
    assert [line.text for line in read(write(tmp_path, srt))[0]] == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.stl", b"850STL25.01", "EBU STL"),
        ("x.idx", b"# VobSub", "pictures"),
        ("x.sub", b"\x00\x00\x01\xba\x44", "not a subtitle text"),
        ("x.srt", b"this is not a subtitle\n", "cannot be read|not a subtitle"),
        ("x.srt", b"1\n00:00:aa,000 --> 00:00:02\nGo\n", "line 2|not a subtitle"),
        ("x.srt", b"\x00\x01\x02\x03" * 100, "binary|not a subtitle"),
        ("x.srt", b"\xff\xfe\x00", "utf-16"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    with pytest.raises(SubtitleError, match=words) as caught:
        read(write(tmp_path, content, name))
    assert name in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SubtitleError, match="does not exist"):
        read(tmp_path / "gone.srt")
    with pytest.raises(SubtitleError, match="cannot be read"):
        read(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"WEBVTT\n", b"WEBVTT\n\nNOTE x\n"])
def test_an_empty_file_is_a_warning(tmp_path: Path, content: bytes) -> None:
    lines, warnings = read(write(tmp_path, content, "x.vtt"))
    assert lines == ()
    assert "has no lines" in warnings[0]


#: File, lines, start of the first, start of the last (seconds, as written in it).
REAL_FILES = [
    ("elephants_dream.captions.en.vtt", 78, 15.0, 537.0),
    ("elephants_dream.captions.ja.vtt", 77, 15.042, 537.333),
    ("elephants_dream.voices.en.vtt", 89, 15.0, 545.0),
    ("elephants_dream.descriptions.en.vtt", 63, 0.0, 647.5),
    ("popeye_p2.srt", 16, 0.0, 58.684),
    ("odd/cdown.gb2312.srt", 3, 27.0, 34.1),
    ("odd/pysrt.bom-utf-32-be.srt", 7, 6.5, 43.0),
    ("odd/pycaption.einstein.srt", 1847, 9.209, 6534.661),
    ("odd/astisub.example-in.ttml", 5, 99.0, 148.32),
    ("odd/captioning.1.3-non-normative_other-features_4.vtt", 6, 0.0, 12.5),
    ("odd/webvttpy.comments.vtt", 3, 135.0, 145.0),
]
assert REAL_FILES


@pytest.mark.fixtures
@pytest.mark.parametrize(("name", "count", "first_s", "last_s"), REAL_FILES)
def test_real_files(fixtures: Path, name: str, count: int, first_s: float, last_s: float) -> None:
    lines, _ = read(fixtures / "subtitles" / name)
    assert (len(lines), float(lines[0].start_s), float(lines[-1].start_s)) == (count, first_s, last_s)


@pytest.mark.fixtures
def test_every_odd_file_gives_lines_or_a_sentence(fixtures: Path) -> None:
    files = [path for path in (fixtures / "subtitles").rglob("*") if path.is_file()]
    assert len(files) > 50
    refused = set()
    for path in files:
        try:
            lines, told = read(path)
        except SubtitleError as error:
            lines, told = (), (str(error),)
            refused.add(path.suffix)
        assert lines or path.name in told[-1]
    assert {".stl", ".sbv"} <= refused
