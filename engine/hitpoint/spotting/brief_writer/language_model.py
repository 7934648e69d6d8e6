"""Briefs by a language model, where the user has set one up; whatever fails, the built-in brief stands."""

from __future__ import annotations

import time
from typing import Any

from hitpoint.model.errors import SettingError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.spotting import Brief
from hitpoint.resources import user_config_folder
from hitpoint.spotting.brief_writer.answer import AnswerError, read_answer
from hitpoint.spotting.brief_writer.builtin import BuiltinWriter
from hitpoint.spotting.brief_writer.endpoint import TEMPERATURE, Endpoint, EndpointError
from hitpoint.spotting.brief_writer.endpoint_settings import EndpointSettings, is_configured, load_endpoint_settings
from hitpoint.spotting.brief_writer.prompt import answer_schema, messages
from hitpoint.spotting.brief_writer.request import BriefRequest

__all__ = ["LanguageModelWriter", "is_configured"]

#: What all cues together and one request may take.
TOTAL_S, REQUEST_S = 20.0, 10.0
#: A server that is busy or has a fault is asked once more, after this long or as long as it says.
_RETRIES, _WAIT_S = 1, 0.5
#: After so many failures in a row the other cues are not asked for.
_MOST_FAILURES = 2
#: Less time than this is not worth a question.
_SHORTEST_S = 0.5
#: How strictly the form of the answer is asked for, and at last no temperature: some models take none.
_FORMS = ("json_schema", "json_object", "text", "bare")


class LanguageModelWriter:
    """Asks one server for each brief; see `EndpointSettings`."""

    def __init__(
        self,
        settings: EndpointSettings,
        *,
        progress: Progress = SILENT,
        total_s: float = TOTAL_S,
        request_s: float = REQUEST_S,
    ) -> None:
        self._settings, self._progress = settings, progress
        self._left_s, self._request_s = total_s, request_s
        self._endpoint = Endpoint(settings)
        self._form = 0
        self._failures = 0
        self._given_up = ""
        self._asked: list[BriefRequest] = []
        self._without: list[str] = []
        self._notes: list[str] = []

    @classmethod
    def configured(cls, *, progress: Progress = SILENT) -> LanguageModelWriter:
        """Return a writer for the user's language model; `SettingError` where there is none."""
        settings = load_endpoint_settings()
        if settings is None:
            raise SettingError(
                f"no language model is set up; write url and model into {user_config_folder() / 'llm.toml'}, or set "
                "HITPOINT_LLM_URL and HITPOINT_LLM_MODEL"
            )
        return cls(settings, progress=progress)

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
        except (EndpointError, AnswerError) as error:
            self._failures += 1
            self._notes.append(
                f"{request.number}: the language model at {self._settings.host} {error}; the built-in brief stands"
            )
            if self._failures >= _MOST_FAILURES or (isinstance(error, EndpointError) and error.is_final):
                self._given_up = str(error)
            return builtin
        self._failures = 0
        self._notes += [f"{request.number}: the language model {note}" for note in notes]
        return brief

    def _ask(self, request: BriefRequest, builtin: Brief) -> str:
        """Return the text of an answer, asked for in the strictest form that the server takes."""
        said = messages(request, builtin)
        retries = _RETRIES
        while True:
            question = {"model": self._settings.model, "messages": said, **_options(_FORMS[self._form], request)}
            try:
                return self._timed(question, request)
            except EndpointError as error:
                if error.is_form and self._form + 1 < len(_FORMS) and self._left_s >= _SHORTEST_S:
                    self._form += 1  # also for the cues to come
                    continue
                wait_s = max(_WAIT_S, error.wait_s)
                if not (error.is_passing and retries and wait_s + _SHORTEST_S <= min(self._left_s, self._request_s)):
                    raise
                retries -= 1
                self._wait(wait_s, request)

    def _timed(self, question: dict[str, Any], request: BriefRequest) -> str:
        began = time.monotonic()
        try:
            return self._endpoint.ask(
                question,
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
        """Return the sentence that says what left the machine; none where nothing did."""
        if not self._asked:
            return ()
        lines = sum(len(request.subtitles) for request in self._asked)
        action = sum(len(request.action) for request in self._asked)
        where = "on this machine" if self._settings.is_local else "on the network"
        open_line = (
            "" if self._settings.is_local or self._settings.is_encrypted else ", over a connection others can read"
        )
        return (
            f"the language model {self._settings.model} at {self._settings.host} ({where}{open_line}) was asked about "
            f"{', '.join(request.number for request in self._asked)}; it was sent the name of the cut, the timecodes "
            f"and feelings of these cues, {lines} subtitles, {action} lines of the script, and your brief and markers",
        )


def _options(form: str, request: BriefRequest) -> dict[str, Any]:
    """Return the options of a question in one of `_FORMS`."""
    if form == "bare":
        return {}
    options: dict[str, Any] = {"temperature": TEMPERATURE}
    if form == "json_object":
        options["response_format"] = {"type": "json_object"}
    elif form == "json_schema":
        schema = {"name": "brief", "strict": True, "schema": answer_schema(request)}
        options["response_format"] = {"type": "json_schema", "json_schema": schema}
    return options
