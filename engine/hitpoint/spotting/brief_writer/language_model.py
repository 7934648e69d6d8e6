"""Briefs by a language model, where the user has set one up; whatever fails, the built-in brief stands."""

from __future__ import annotations

import time

from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.spotting import Brief
from hitpoint.spotting.brief_writer.answer import AnswerError, read_answer
from hitpoint.spotting.brief_writer.builtin import BuiltinWriter
from hitpoint.spotting.brief_writer.chat import Chat, ChatError
from hitpoint.spotting.brief_writer.prompt import answer_schema, messages
from hitpoint.spotting.brief_writer.request import BriefRequest

#: What all cues together and one request may take, of a server.
TOTAL_S, REQUEST_S = 20.0, 10.0
#: A server that is busy or has a fault is asked once more, after this long or as long as it says.
_RETRIES, _WAIT_S = 1, 0.5
#: After so many failures in a row the other cues are not asked for.
_MOST_FAILURES = 2
#: Less time than this is not worth a question.
_SHORTEST_S = 0.5


class LanguageModelWriter:
    """Asks one language model for each brief."""

    def __init__(
        self, chat: Chat, *, progress: Progress = SILENT, total_s: float = TOTAL_S, request_s: float = REQUEST_S
    ) -> None:
        self._chat, self._progress = chat, progress
        self._left_s, self._request_s = total_s, request_s
        self._failures = 0
        self._given_up = ""
        self._asked: list[BriefRequest] = []
        self._without: list[str] = []
        self._notes: list[str] = []

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was sent where, and what was not taken from the answers."""
        left = []
        if self._without:
            left.append(
                f"{', '.join(self._without)}: not asked for, since the language model {self._given_up}; the built-in "
                "brief stands"
            )
        return (*self._notice(), *self._notes, *left)

    def write(self, request: BriefRequest) -> Brief:
        """Return the model's brief for a cue, or the built-in one with a warning. Raises `Cancelled` only."""
        builtin = BuiltinWriter().write(request)
        if not self._given_up and self._left_s < _SHORTEST_S:
            self._given_up = "had taken all the time that it is given"
        if self._given_up:
            self._without.append(request.number)
            return builtin
        self._asked.append(request)
        try:
            brief, notes = read_answer(self._ask(request, builtin), request)
        except (ChatError, AnswerError) as error:
            self._failures += 1
            self._notes.append(f"{request.number}: {self._chat.who} {error}; the built-in brief stands")
            if self._failures >= _MOST_FAILURES or (isinstance(error, ChatError) and error.is_final):
                self._given_up = str(error)
            return builtin
        self._failures = 0
        self._notes += [f"{request.number}: the language model {note}" for note in notes]
        return brief

    def _ask(self, request: BriefRequest, builtin: Brief) -> str:
        """Return the text of an answer; what may pass is tried once more."""
        retries = _RETRIES
        while True:
            try:
                return self._timed(request, builtin)
            except ChatError as error:
                if error.is_form and self._left_s >= _SHORTEST_S:
                    continue
                wait_s = max(_WAIT_S, error.wait_s)
                if not (error.is_passing and retries and wait_s + _SHORTEST_S <= min(self._left_s, self._request_s)):
                    raise
                retries -= 1
                self._wait(wait_s, request)

    def _timed(self, request: BriefRequest, builtin: Brief) -> str:
        began = time.monotonic()
        try:
            return self._chat.ask(
                messages(request, builtin),
                schema=answer_schema(request),
                timeout_s=min(self._request_s, self._left_s),
                progress=self._progress,
                sentence=f"asking the language model about {request.number}",
            )
        finally:
            self._left_s -= time.monotonic() - began

    def _wait(self, wait_s: float, request: BriefRequest) -> None:
        until = time.monotonic() + wait_s
        while (left_s := until - time.monotonic()) > 0:
            self._progress.update(0.0, f"the language model is busy; asking again about {request.number}")
            time.sleep(min(0.1, left_s))
        self._left_s -= wait_s

    def _notice(self) -> tuple[str, ...]:
        """Return the sentence that says what was told to whom; none where nothing was."""
        if not self._asked:
            return ()
        lines = sum(len(request.subtitles) for request in self._asked)
        action = sum(len(request.action) for request in self._asked)
        material = (
            f"the name of the cut, the timecodes and feelings of these cues, {lines} subtitles, {action} lines of the "
            "script, and your brief and markers"
        )
        return (self._chat.notice(", ".join(request.number for request in self._asked), material),)
