"""The themes of a project, kept in a file that people edit."""

from fractions import Fraction
from pathlib import Path

import pytest

from hitpoint.ledger import LoggedUse, read_ledger, write_ledger
from hitpoint.model.errors import InputError
from hitpoint.model.music import Theme

ANNA = Theme(name="anna", steps=(0, 4, 3, 2), durations=tuple(Fraction(t) for t in ("3/2", "1/2", "1", "1")))
MAIN = Theme(name="", steps=(0, 2, 1), durations=(Fraction(1), Fraction(1), Fraction(2)))


def use(theme: str, cut: str = "reel 1", timecode: str = "01:00:10:00") -> LoggedUse:
    return LoggedUse(
        theme=theme, cut=cut, cue="1m1", timecode=timecode, form="whole", instrument="horns", key="D minor"
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "themes.toml"
    write_ledger(path, (MAIN, ANNA), (use("anna"), use("")), cut="reel 1", seed=7)
    ledger = read_ledger(path)
    assert dict(ledger.themes) == {"": MAIN, "anna": ANNA}
    assert ledger.for_seed(7) == {"": MAIN, "anna": ANNA}
    assert ledger.for_seed(8) == {"anna": ANNA}, "another take has another main theme"
    assert read_ledger(tmp_path / "none.toml").themes == {}


def test_other_reels_comments_and_edits_stay(tmp_path: Path) -> None:
    path = tmp_path / "themes.toml"
    write_ledger(path, (MAIN, ANNA), (use("anna"),), cut="reel 1", seed=1)
    path.write_text(path.read_text().replace("[theme.anna]", "# she likes this one\n[theme.anna]"))
    write_ledger(path, (MAIN, ANNA), (use("anna", cut="reel 2"),), cut="reel 2", seed=1)
    write_ledger(path, (MAIN, ANNA), (use("anna", timecode="01:00:20:00"),), cut="reel 1", seed=1)
    text = path.read_text()
    assert "she likes this one" in text
    assert text.count("reel 1") == text.count("reel 2") == 1
    assert "01:00:20:00" in text


def test_a_theme_that_is_kept_holds_for_all_seeds(tmp_path: Path) -> None:
    path = tmp_path / "themes.toml"
    write_ledger(path, (MAIN,), (), cut="reel 1", seed=1)
    path.write_text(path.read_text().replace("seed = 1", "seed = 1\nkeep = true"))
    assert read_ledger(path).for_seed(99) == {"": MAIN}


WRONG = [
    ('[theme.a]\nsteps = [0, "x"]\ndurations = ["1", "1"]', "steps must be whole numbers"),
    ('[theme.a]\nsteps = [0, 1]\ndurations = ["1", "no"]', "durations must be beats"),
    ('[theme.a]\nsteps = [0, 1]\ndurations = ["1"]', "as many durations as steps"),
    ('[theme.a]\nsteps = [0, 1]\ndurations = ["1", "-1"]', "longer than 0"),
    ("[theme.a]\nsteps = 5", "needs steps and durations"),
    ("[theme", "cannot read the themes"),
]
assert WRONG


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_wrong_lines_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "themes.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_ledger(path)
