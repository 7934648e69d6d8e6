"""What answers a chat: a server, or a model on this machine. The writer of briefs knows no difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from hitpoint.model.progress import Progress


class ChatError(Exception):
    """There is no usable answer; `str(error)` goes on "the language model … ".

    Attributes
    ----------
    is_passing : bool
        Asking again may help.
    is_final : bool
        It will be the same for every other question.
    is_form : bool
        The form of the question was not taken; the next one has a simpler form, and may be asked at once.
    wait_s : float
        How long the model wants to be left alone.
    """

    def __init__(
        self,
        sentence: str,
        *,
        is_passing: bool = False,
        is_final: bool = False,
        is_form: bool = False,
        wait_s: float = 0.0,
    ) -> None:
        super().__init__(sentence)
        self.is_passing, self.is_final, self.is_form, self.wait_s = is_passing, is_final, is_form, wait_s


class Chat(Protocol):
    """Answers one question after the other, each by itself.

    Attributes
    ----------
    who : str
        For sentences: "the language model at localhost:11434".
    """

    who: str

    def ask(
        self,
        messages: Sequence[dict[str, str]],
        *,
        schema: dict[str, Any],
        timeout_s: float,
        progress: Progress,
        sentence: str,
    ) -> str:
        """Return the text of an answer.

        Parameters
        ----------
        messages : sequence of {"role": "system" or "user", "content": text}
        schema : dict
            The JSON schema of the answer that is wanted; whether the model can be held to it is its own affair.
        timeout_s : float
            After so long there is no answer.
        progress, sentence : Progress, str
            Told while the answer is waited for; a stop is obeyed within a second.

        Raises
        ------
        ChatError
            There is no usable answer.
        Cancelled
        """
        ...

    def notice(self, numbers: str, material: str) -> str:
        """Return the sentence that says what became of what it was asked: which cues, and what was told of them."""
        ...
