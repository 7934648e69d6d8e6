"""Takes lines out of a table that somebody else wrote, checked one by one.

Whatever is wrong is a `SettingError` that names the file, the table and the line. Lines without a default are needed.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hitpoint.model.errors import SettingError, did_you_mean


class TableReader:
    """Takes lines out of one table and says in a sentence which line is wrong."""

    def __init__(self, where: str, table: object) -> None:
        if not isinstance(table, dict):
            raise SettingError(f"{where} is missing or not a table; see resources/palettes/tense.toml for its form")
        self.where = where
        self.rows: dict[str, Any] = dict(table)

    def fail(self, line: str, problem: str) -> SettingError:
        """Return the error that names a line and what is wrong with it."""
        return SettingError(f"{self.where}: {line} {problem}")

    def table(self, name: str) -> TableReader:
        """Take a table out of this one."""
        return TableReader(f"{self.where} [{name}]", self.rows.pop(name, None))

    def tables(self, name: str) -> list[TableReader]:
        """Take a list of tables, none where it is missing."""
        rows = self.rows.pop(name, [])
        if not isinstance(rows, list):
            raise self.fail(name, f"must be written as [[{name}]] tables")
        return [TableReader(f"{self.where} [[{name}]] {index}", row) for index, row in enumerate(rows, start=1)]

    def number(self, line: str, low: float, high: float, default: float | None = None) -> float:
        """Take a number from low to high."""
        value = self.rows.pop(line, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.fail(line, f"= {value!r} must be a number from {low:g} to {high:g}")
        return float(value)

    def pair(
        self, line: str, low: float, high: float, default: tuple[float, float] | None = None
    ) -> tuple[float, float]:
        """Take two rising numbers from low to high."""
        value = self.rows.pop(line, default)
        ok = isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(v, int | float) for v in value)
        if not ok or not low <= value[0] <= value[1] <= high:
            raise self.fail(line, f"= {value!r} must be two rising numbers from {low:g} to {high:g}")
        return float(value[0]), float(value[1])

    def integers(self, line: str, low: int, high: int, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Take a list of whole numbers from low to high."""
        value = self.rows.pop(line, default)
        if not isinstance(value, list | tuple) or not all(isinstance(v, int) and low <= v <= high for v in value):
            raise self.fail(line, f"= {value!r} must be a list of whole numbers from {low} to {high}")
        return tuple(value)

    def word(self, line: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """Take one of some known words."""
        value = self.rows.pop(line, default)
        if value not in choices:
            raise self.fail(line, f"= {value!r} is not known; {did_you_mean(str(value), choices)}")
        return str(value)

    def texts(self, line: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Take a list of texts."""
        value = self.rows.pop(line, default)
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise self.fail(line, f"= {value!r} must be a list of texts")
        return tuple(value)

    def words(self, line: str, choices: tuple[str, ...], default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Take a list of known words."""
        for word in (value := self.texts(line, default)):
            if word not in choices:
                raise self.fail(line, f"has {word!r}, which is not known; {did_you_mean(word, choices)}")
        return value

    def flag(self, line: str) -> bool:
        """Take true or false; false where the line is missing."""
        value = self.rows.pop(line, False)
        if not isinstance(value, bool):
            raise self.fail(line, f"= {value!r} must be true or false")
        return value

    def fraction(self, line: str, default: str | None = None) -> Fraction:
        """Take a fraction of a beat, greater than 0, written as a text."""
        value = self.rows.pop(line, default)
        try:
            fraction = Fraction(str(value))
        except (ValueError, ZeroDivisionError) as error:
            raise self.fail(line, f'= {value!r} must be a fraction of a beat such as "1/2"') from error
        if fraction <= 0:
            raise self.fail(line, f"= {value!r} must be greater than 0")
        return fraction

    def finish(self) -> None:
        """Refuse what nobody has taken: a misspelt line must not be silently without effect."""
        if self.rows:
            raise self.fail(next(iter(self.rows)), "is a line that nobody reads; remove it or mend its name")
