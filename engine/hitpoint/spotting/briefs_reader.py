"""Reads a briefs file strictly: what is not understood is one sentence that names the file, the cue and the line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from hitpoint.model.cut import Cut
from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.music import Palette
from hitpoint.model.spotting import BRIEF_SHAPES, CUE_FUNCTIONS, HitKind
from hitpoint.model.time import seconds_to_nearest_frame, timecode_to_frames
from hitpoint.spotting.briefs_values import BriefsFile, CueEntry, FileHit, IntensityPoint
from hitpoint.spotting.instrument_names import instrument_choices, instrument_named
from hitpoint.story.words import TEMPO_RANGE_BPM, key_in

_SECTIONS = ("cut", "cue")
_CUT_LINES = ("name", "rate", "ends")
_TEXT_LINES = {"mood": "mood", "theme": "theme", "notes": "notes"}
_CUE_LINES = (
    "number", "title", "music", "in", "out", "style", "function", "tempo_bpm", "tempo_range_bpm", "key", "instruments",
    "avoid", "shape", "intensity", "hit", *_TEXT_LINES,
)  # fmt: skip
_HIT_LINES = ("at", "kind", "weight", "reason", "use")
_HIT_KINDS = tuple(kind.value for kind in HitKind if kind not in (HitKind.START, HitKind.OUT))
_NUMBER = re.compile(r"\d{1,6}m\d{1,6}[a-z]{0,6}")
_SECONDS = re.compile(r"(\d{1,9}(?:\.\d{1,12})?)\s*s")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,400})?)\s*%")
_KEY_START = re.compile(r"[A-Ha-h](?:s|es|is|[#♯♭b])?m?")
_MODES = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian")
#: The ends of a range may lie a little outside what a tempo may be.
_RANGE_LIMITS_BPM = (TEMPO_RANGE_BPM[0] * 0.5, TEMPO_RANGE_BPM[1] * 1.5)
_LONGEST_TEXT = 20_000


def read_briefs(path: Path, *, cut: Cut, palettes: Mapping[str, Palette]) -> BriefsFile:
    """Return what a briefs file says about a cut.

    Raises `SettingError` for a missing or damaged file, and for any line that is unknown or has an impossible value.
    """
    return _Reader(path, cut, palettes).read()


def read_cue_entry(
    row: dict[str, Any], *, source: Path, cut: Cut, palettes: Mapping[str, Palette]
) -> tuple[CueEntry, tuple[str, ...]]:
    """Return what one `[[cue]]` says, and sentences about it, where it comes from elsewhere than a briefs file.

    `source` is named in the sentences. Raises `SettingError` as `read_briefs` does.
    """
    reader = _Reader(source, cut, palettes)
    return reader.cue(row), tuple(reader.warnings)


def read_key(text: str, palettes: Mapping[str, Palette]) -> str:
    """Return the key that a whole text names ("d-Moll" is "D minor"); "" where it is not one.

    Keys that palettes like are taken as they are written there.
    """
    text = text.strip()
    if any(text in palette.tonics for palette in palettes.values()):
        return text
    words = text.replace("-", " ").split()
    return key_in(text) if 1 <= len(words) <= 3 and _KEY_START.fullmatch(words[0]) else ""


class _Reader:
    """Reads one file; `where` is what the next error names."""

    def __init__(self, path: Path, cut: Cut, palettes: Mapping[str, Palette]) -> None:
        self.path, self.cut, self.palettes = path, cut, palettes
        self.where = ""
        self.warnings: list[str] = []

    def read(self) -> BriefsFile:
        document = self._load()
        self._known(document, _SECTIONS)
        self._check_cut(document.get("cut", {}))
        rows = document.get("cue", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._fail("cue must be written as [[cue]]")
        entries: dict[str, CueEntry] = {}
        for count, row in enumerate(rows, 1):
            self.where = f"cue {count}"
            entry = self.cue(row)
            if entry.number in entries:
                self._fail("its number is given twice; change one of them")
            entries[entry.number] = entry
        return BriefsFile(path=self.path, entries=entries, warnings=tuple(self.warnings))

    def _load(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError as error:
            raise SettingError(f"there is no briefs file {self.path}; write one first") from error
        except UnicodeDecodeError as error:
            raise SettingError(f"{self.path} is not UTF-8 text; save it as UTF-8") from error
        except OSError as error:
            raise SettingError(f"cannot read the briefs file {self.path}: {error.strerror or error}") from error
        except (ValueError, RecursionError) as error:  # tomllib's errors are ValueErrors
            raise SettingError(f"{self.path} is not a valid TOML file: {error}; mend that line") from error

    def _check_cut(self, about: Any) -> None:
        """Refuse a file of another frame rate; tell of a cut that has another length by now."""
        self.where = "[cut]"
        if not isinstance(about, dict):
            self._fail("it must be written as [cut]")
        self._known(about, _CUT_LINES)
        rate, ends = about.get("rate"), about.get("ends")
        if rate is not None and rate != str(self.cut.rate):
            self._fail(
                f"it was written at {rate} and the cut runs at {self.cut.rate}; write it anew, or mend the timecodes "
                "and then this line"
            )
        now = self.cut.timecode(self.cut.duration_frames)
        if ends is not None and ends != now:
            self.warnings.append(
                f"{self.path.name} was written for a cut that ends at {ends}, and it ends at {now} now: look whether "
                "in and out are still right; a cue follows its markers where you delete those lines"
            )

    def cue(self, row: dict[str, Any]) -> CueEntry:
        number = row.get("number")
        if not isinstance(number, str) or not _NUMBER.fullmatch(number):
            self._fail(f'number = {_shown(number)} must be a cue number such as "1m2"')
        self.where = f"cue {number}"
        self._known(row, _CUE_LINES)
        entry = CueEntry(
            number=number,
            title=self._text(row, "title") if "title" in row else None,
            has_music=self._flag(row, "music"),
            start_frame=self._frame(row, "in") if "in" in row else None,
            end_frame=self._frame(row, "out") if "out" in row else None,
            values=self._values(row),
            intensity=self._intensity(row["intensity"]) if "intensity" in row else None,
            hits=self._hits(row["hit"]) if "hit" in row else None,
        )
        if entry.start_frame is not None and entry.end_frame is not None and entry.start_frame >= entry.end_frame:
            self._fail(f"out {row['out']} does not come after in {row['in']}")
        return entry

    def _values(self, row: dict[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {field: self._text(row, line) for line, field in _TEXT_LINES.items() if line in row}
        if "style" in row:
            values["palette_id"] = self._choice(row, "style", tuple(self.palettes))
        if "function" in row:
            values["function"] = self._choice(row, "function", CUE_FUNCTIONS) if row["function"] != "" else ""
        if "shape" in row:
            values["shape"] = self._choice(row, "shape", BRIEF_SHAPES) if row["shape"] != "" else ""
        if "tempo_bpm" in row:
            values["tempo_bpm"] = self._number(row["tempo_bpm"], "tempo_bpm", *TEMPO_RANGE_BPM)
        if "tempo_range_bpm" in row:
            values["tempo_range_bpm"] = self._range(row["tempo_range_bpm"])
        if "key" in row:
            values["key"], values["is_key_open"] = self._key(row), False
        if "instruments" in row:
            values["instruments"] = self._instruments(row)
        if "avoid" in row:
            values["avoid"] = self._avoid(row)
        both = sorted(set(values.get("instruments", ())) & set(values.get("avoid", ())))
        if both:
            self._fail(f"{', '.join(both)} cannot be wanted and avoided at once")
        return values

    def _range(self, value: Any) -> tuple[float, float]:
        if not isinstance(value, list) or len(value) != 2:
            self._fail(f"tempo_range_bpm = {_shown(value)} must be two tempi such as [80, 120]")
        low, high = (self._number(end, "tempo_range_bpm", *_RANGE_LIMITS_BPM) for end in value)
        if low > high:
            self._fail(f"tempo_range_bpm = {_shown(value)} must name the slower tempo first")
        return low, high

    def _key(self, row: dict[str, Any]) -> str:
        text = self._text(row, "key")
        key = read_key(text, self.palettes)
        if not key:
            import difflib

            choices = [f"{tonic}{sign} {mode}" for tonic in "ABCDEFG" for sign in ("", "♭", "♯") for mode in _MODES]
            near = difflib.get_close_matches(text, choices, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            self._fail(f'key = {_shown(text)} is not a key; {hint}Write "D minor", "E♭ major" or "G dorian"')
        return key

    def _instruments(self, row: dict[str, Any]) -> tuple[str, ...]:
        found = []
        for word in self._texts(row, "instruments"):
            name = instrument_named(word)
            if not name:
                self._fail(f"instruments: there is no {word!r}; {did_you_mean(word, instrument_choices())}")
            found.append(name)
        return tuple(dict.fromkeys(found))

    def _avoid(self, row: dict[str, Any]) -> tuple[str, ...]:
        """Return what to avoid; words that are no instrument are kept for people, and told."""
        found = []
        for word in self._texts(row, "avoid"):
            name = instrument_named(word)
            if not name:
                self.warnings.append(
                    f"{self.path.name}, {self.where}: to avoid {word!r} is left to people, since no instrument here "
                    "is called so"
                )
            found.append(name or word)
        return tuple(dict.fromkeys(found))

    def _intensity(self, value: Any) -> tuple[IntensityPoint, ...]:
        if not isinstance(value, list):
            self._fail('intensity must be a list such as [["0%", 0.2], ["100%", 0.9]]')
        points = []
        for pair in value:
            if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
                self._fail(f'intensity: {_shown(pair)} must be a point such as ["50%", 0.8] or ["01:00:10:00", 0.8]')
            level = self._number(pair[1], "intensity", 0.0, 1.0)
            match = _PERCENT.fullmatch(pair[0].strip())
            if match:
                share = self._number(_decimal(match[1]), "intensity", 0.0, 100.0, scale=Decimal(100))
                points.append(IntensityPoint(level=level, share=share))
            else:
                points.append(IntensityPoint(level=level, frame=self._frame({"intensity": pair[0]}, "intensity")))
        return tuple(points)

    def _hits(self, rows: Any) -> tuple[FileHit, ...]:
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._fail("hits must be written as [[cue.hit]]")
        cue, hits = self.where, []
        for row in rows:
            self.where = f"{cue}, hit {row.get('at', '')}".rstrip()
            self._known(row, _HIT_LINES)
            if "at" not in row:
                self._fail('it needs a moment: at = "01:00:10:00"')
            hits.append(
                FileHit(
                    frame=self._frame(row, "at"),
                    kind=HitKind(self._choice(row, "kind", _HIT_KINDS)) if "kind" in row else HitKind.ACCENT,
                    weight=self._number(row.get("weight", 0.5), "weight", 0.0, 1.0),
                    reason=self._text(row, "reason") if "reason" in row else "",
                    use=self._flag(row, "use"),
                )
            )
        self.where = cue
        return tuple(hits)

    def _frame(self, row: dict[str, Any], line: str) -> int:
        """Return the record frame of a timecode or of seconds; the end of the cut is the last one allowed."""
        value, cut = row[line], self.cut
        if not isinstance(value, str):
            self._fail(
                f'{line} = {_shown(value)} must be a timecode or seconds in quotes: "{cut.timecode(0)}", "12.5 s"'
            )
        seconds = _SECONDS.fullmatch(value.strip())
        if seconds:
            frame = seconds_to_nearest_frame(Fraction(seconds[1]), cut.rate)
        else:
            try:
                label = timecode_to_frames(value, cut.rate)
            except ValueError as error:
                self._fail(f'{line}: {error}; write a timecode such as "{cut.timecode(0)}", or "12.5 s"')
            day = timecode_to_frames("23:59:59:" + f"{cut.rate.timecode_base - 1:02d}", cut.rate) + 1
            frame = (label - cut.start_timecode_frame) % day
        if frame > cut.duration_frames:
            self._fail(
                f"{line} = {_shown(value)} lies outside the cut, which runs from {cut.timecode(0)} to "
                f"{cut.timecode(cut.duration_frames)}"
            )
        return frame

    def _known(self, row: Mapping[str, Any], lines: tuple[str, ...]) -> None:
        for line in row:
            if line not in lines:
                self._fail(f"there is no line {line!r} here; {did_you_mean(line, lines)}")

    def _choice(self, row: dict[str, Any], line: str, choices: tuple[str, ...]) -> str:
        value = self._text(row, line)
        if value not in choices:
            self._fail(f"{line}: there is no {value!r}; {did_you_mean(value, choices)}")
        return value

    def _text(self, row: dict[str, Any], line: str) -> str:
        value = row[line]
        if not isinstance(value, str):
            self._fail(f"{line} = {_shown(value)} must be words in quotes")
        if len(value) > _LONGEST_TEXT:
            self._fail(f"{line} is longer than {_LONGEST_TEXT} letters; shorten it")
        return value

    def _texts(self, row: dict[str, Any], line: str) -> list[str]:
        value = row[line]
        if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
            self._fail(f'{line} = {_shown(value)} must be a list of words such as ["piano", "strings"]')
        return value

    def _flag(self, row: dict[str, Any], line: str) -> bool:
        value = row.get(line, True)
        if not isinstance(value, bool):
            self._fail(f"{line} = {_shown(value)} must be true or false, without quotes")
        return value

    def _number(self, value: Any, line: str, low: float, high: float, *, scale: Decimal = Decimal(1)) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or value != value:  # NaN
            self._fail(f"{line} = {_shown(value)} must be a number, without quotes")
        if not low <= value <= high:
            self._fail(f"{line} = {_shown(value)} must lie between {low:g} and {high:g}")
        return float(value / scale) if isinstance(value, Decimal) else float(value)

    def _fail(self, what: str) -> NoReturn:
        raise SettingError(f"{self.path}: {self.where}: {what}" if self.where else f"{self.path}: {what}")


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _shown(value: Any) -> str:
    """Return a value for a sentence, shortened."""
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 60 else text[:57] + "…"
