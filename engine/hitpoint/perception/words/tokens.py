"""Texts as the models read them."""

from __future__ import annotations

import re
import unicodedata

#: So much of one text is read; a line of dialogue is never longer.
LONGEST_TEXT = 5000

_MARKUP = re.compile(r"<[^>\n]{1,80}>|\{\\[^}\n]{1,80}\}")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[!?]")
_WHOLE_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def spoken_text(text: str) -> str:
    """Return a text in lower case with plain apostrophes and single spaces, without subtitle markup."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).replace("’", "'").replace("`", "'")
    return " ".join(_MARKUP.sub(" ", plain).casefold().split())


def words_in(text: str) -> list[str]:
    """Return the words of `spoken_text`, with ! and ? as words of their own."""
    return _WORD.findall(text)


def whole_words_in(text: str) -> list[str]:
    """Return the words of `spoken_text` in any script: "död" is one word, of which `words_in` reads d and d."""
    return _WHOLE_WORD.findall(text)
