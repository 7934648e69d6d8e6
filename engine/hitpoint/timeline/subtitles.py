"""Subtitle files as lines in record time. pysubs2 parses; this module makes sense of encodings, speakers and times."""

from __future__ import annotations

import html
import re
import warnings
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from hitpoint.model.cut import Subtitle
from hitpoint.model.errors import SubtitleError
from hitpoint.model.time import FrameRate

#: A script of a whole season is smaller.
_MAX_BYTES = 64 << 20
_READABLE = "SRT, WebVTT, ASS or TTML"
_REFUSED = {
    ".stl": "EBU STL is binary",
    ".scc": "SCC captions are coded for broadcast",
    ".sbv": "SBV is YouTube's own",
    ".idx": "VobSub subtitles are pictures",
    ".sup": "PGS subtitles are pictures",
    ".pac": "PAC is binary",
    ".cap": "CAP is binary",
}
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
#: WebVTT's voice tag is put into private characters, which the parser lets through.
_VOICE = re.compile(r"<v(?:\.[^\s>]*)*\s+([^>\n]{1,80})>")
_KEPT_VOICE = re.compile("\ue000([^\ue001]*)\ue001")
#: "ANNA: …", "DR. FELL (O.S.): …": a name in capitals, not a sentence.
_NAMED = re.compile(
    r"^(?:-\s*)?(?P<name>[A-ZÀ-Þ][A-ZÀ-Þ0-9'’.\-]*(?: [A-ZÀ-Þ0-9'’.\-]+){0,3})(?:\s*\([^)]{1,20}\))?:\s+(?=\S)"
)
#: What subtitles are really saved in, apart from Unicode; Western first.
_LEGACY_ENCODINGS = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
    "gb18030", "big5", "cp932", "euc_jp", "cp949", "koi8_r",
]  # fmt: skip


@dataclass(slots=True)
class _Reading:
    """What was found in a file, and what was wrong with some of it."""

    lines: list[Subtitle] = field(default_factory=list)
    without_length: list[Fraction] = field(default_factory=list)
    beyond_end: int = 0


def read_subtitles(
    path: Path, *, start_timecode_s: Fraction, duration_s: Fraction, rate: FrameRate
) -> tuple[tuple[Subtitle, ...], tuple[str, ...]]:
    """Return the lines of a subtitle file in record time, sorted, and warnings.

    Parameters
    ----------
    start_timecode_s, duration_s : Fraction
        Real seconds that the cut's start timecode stands for, and the cut's length. A file whose lines all come after
        the cut's end, but inside it once the start timecode is taken off, is in timecode (as editors export it) and is
        brought back.
    rate : FrameRate
        For formats that count frames (MicroDVD).

    Raises `SubtitleError` with one sentence when the file cannot be read. A file without lines is a warning.
    """
    text, encoding = _text(path)
    told = [] if encoding == "utf-8" else [f"{path.name} is not UTF-8; read as {encoding}"]
    reading = _Reading()
    for start_s, end_s, line, speaker in _events(path, text, rate):
        if end_s <= start_s:
            reading.without_length.append(start_s)
        else:
            reading.lines.append(Subtitle(start_s=start_s, end_s=end_s, text=line, speaker=speaker))
    if not reading.lines:
        return (), (*told, f"{path.name} has no lines; scored without dialogue")
    shift_s = _timecode_shift(reading.lines, start_timecode_s, duration_s, rate)
    if shift_s:
        told.append(f"{path.name} counts in timecode; {float(shift_s):g} s were taken off to start with the cut")
    lines = _inside(reading, shift_s, duration_s)
    if reading.without_length:
        first = float(min(reading.without_length))
        count = len(reading.without_length)
        told.append(f"{path.name}: {count} line{'s' * (count != 1)} (first at {first:g} s) without length left out")
    if reading.beyond_end:
        count = reading.beyond_end
        told.append(f"{path.name}: {count} line{'s' * (count != 1)} beyond the end of the cut left out")
    return tuple(lines), tuple(told)


def _text(path: Path) -> tuple[str, str]:
    """Return a file's text with plain newlines, and the encoding it was in."""
    reason = _REFUSED.get(path.suffix.lower())
    if reason:
        raise SubtitleError(f"{path} cannot be read: {reason}; export the subtitles as {_READABLE}")
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise SubtitleError(f"{path} does not exist; check the path") from error
    except OSError as error:
        raise SubtitleError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > _MAX_BYTES or content[:4] in (b"\x00\x00\x01\xba", b"\x1aE\xdf\xa3"):
        raise SubtitleError(f"{path} is not a subtitle text; export the subtitles as {_READABLE}")
    text, encoding = _decoded(content, path)
    if "\x00" in text:
        raise SubtitleError(f"{path} is binary, not a subtitle text; export the subtitles as {_READABLE}")
    return re.sub(r"\r+\n?", "\n", text), encoding


def _decoded(content: bytes, path: Path) -> tuple[str, str]:
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            try:
                return content.decode(encoding).lstrip("\ufeff"), "utf-8" if encoding == "utf-8-sig" else encoding
            except UnicodeDecodeError as error:
                raise SubtitleError(f"{path}: byte {error.start} is not {encoding}; save it as UTF-8") from error
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(content, cp_isolation=_LEGACY_ENCODINGS).best()
        if best is not None:
            return str(best), best.encoding.replace("_", "-")
        return content.decode("cp1252", errors="replace"), "cp1252"


def _events(path: Path, text: str, rate: FrameRate) -> list[tuple[Fraction, Fraction, str, str]]:
    """Return (start, end, text, speaker) of every line that says something, in the file's own time."""
    import pysubs2

    if not text.strip():
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about colours and alignments
            parsed = pysubs2.SSAFile.from_string(_prepared(text), fps=float(rate.fps))
    except Exception as error:  # pysubs2 lets its parsers' own errors through
        if text.lstrip().startswith("WEBVTT") and "-->" not in text:
            return []
        raise SubtitleError(f"{path} is not a subtitle file that can be read; export it as {_READABLE}") from error
    if not parsed.events and "-->" in text and not text.lstrip().startswith("WEBVTT"):
        number = text[: text.index("-->")].count("\n") + 1
        raise SubtitleError(f"{path} line {number}: these times cannot be read; export the subtitles as {_READABLE}")
    found: dict[tuple[Fraction, Fraction, str], str] = {}
    for event in parsed.events:
        if event.is_comment or event.is_drawing:
            continue
        said, speaker = _said(event.plaintext, event.name)
        if said:
            found.setdefault((Fraction(event.start, 1000), Fraction(event.end, 1000), said), speaker)
    return [(start, end, said, speaker) for (start, end, said), speaker in found.items()]


def _prepared(text: str) -> str:
    """Return the text without what the parser would take for words, and with the speakers that it would drop."""
    if text.lstrip().startswith("WEBVTT"):
        blocks = re.split(r"\n[ \t]*\n+", text)
        text = "\n\n".join(block for block in blocks if not re.match(r"\s*(NOTE|STYLE|REGION)\b(?!.*-->)", block))
    if "<tt" in text[:2000]:
        text = re.sub(r"<br\b[^>]*>", " ", text)
    return _VOICE.sub(lambda match: f"\ue000{match[1].strip()}\ue001", text)


def _said(text: str, name: str) -> tuple[str, str]:
    """Return what is said, without tags, and by whom where the file is sure of it."""
    speakers = [match.strip() for match in _KEPT_VOICE.findall(text)] + ([name.strip()] if name.strip() else [])
    text = html.unescape(_KEPT_VOICE.sub("", text))
    text = re.sub(r"</?[a-zA-Z][^<>\n]{0,60}>|<\d[\d:.]*>", "", text)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    said = "\n".join(line for line in lines if line)
    named = _NAMED.match(said)
    if named and not speakers:
        speakers = [named["name"].strip()]
        said = said[named.end() :]
    return said, speakers[0] if len(set(speakers)) == 1 else ""


def _timecode_shift(
    lines: list[Subtitle], start_timecode_s: Fraction, duration_s: Fraction, rate: FrameRate
) -> Fraction:
    """Return the seconds by which a file in timecode is late; 0 for a file in record time."""
    first, last = min(line.start_s for line in lines), max(line.start_s for line in lines)
    if first < duration_s or start_timecode_s <= 0:
        return Fraction(0)
    # an hour of timecode is 3,600 s on its label and 3,603.6 s on the clock at 23.976: both are written
    label_s = start_timecode_s * rate.fps / rate.timecode_base
    for shift_s in (label_s, start_timecode_s):
        if first >= shift_s and last - shift_s < duration_s:
            return shift_s
    return label_s if label_s <= first < label_s + duration_s else Fraction(0)


def _inside(reading: _Reading, shift_s: Fraction, duration_s: Fraction) -> list[Subtitle]:
    kept = []
    for line in reading.lines:
        start_s, end_s = max(line.start_s - shift_s, Fraction(0)), min(line.end_s - shift_s, duration_s)
        if start_s >= duration_s or end_s <= start_s:
            reading.beyond_end += 1
            continue
        kept.append(Subtitle(start_s=start_s, end_s=end_s, text=line.text, speaker=line.speaker))
    return sorted(kept, key=lambda line: (line.start_s, line.end_s))
