"""One question to a server that speaks OpenAI's protocol, with limits on time and length, and nothing sent unasked."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from hitpoint.model.errors import MissingToolError
from hitpoint.model.progress import Progress
from hitpoint.spotting.brief_writer.chat import ChatError
from hitpoint.spotting.brief_writer.endpoint_settings import EndpointSettings

TEMPERATURE = 0.2
LONGEST_ANSWER_BYTES = 200_000
_POLL_S = 0.1
#: How strictly the form of the answer is asked for, and at last no temperature: some models take none.
_FORMS = ("json_schema", "json_object", "text", "bare")
#: All headers that leave: the client library would also tell the system, its version and the user's organization. By
#: the last one (it says "stream") it knows later that we read the answer ourselves.
_HEADERS = frozenset(
    {
        "host", "accept", "accept-encoding", "connection", "content-type", "content-length", "authorization",
        "user-agent", "x-stainless-raw-response",
    }
)  # fmt: skip
_STATUS = {
    401: "refused the key",
    403: "refused the key",
    404: "knows no such model or address",
    413: "finds the question too long",
    429: "is too busy (429)",
}


class Endpoint:
    """A `Chat` with one server; opens no connection before the first question."""

    def __init__(self, settings: EndpointSettings) -> None:
        try:
            import openai
        except ImportError as error:
            raise MissingToolError(
                "the language model needs the openai library, which is not installed; run pip install 'hitpoint[llm]'"
            ) from error
        self.settings = settings
        self.who = f"the language model at {settings.host}"
        self._form = 0
        # a redirect would carry the script to a host that nobody named; a proxy has no business on the way to ourselves
        client = openai.DefaultHttpxClient(
            follow_redirects=False,
            trust_env=not settings.is_local,
            event_hooks={"request": [self._bare], "response": [_refuse_all_but_plain_success]},
        )
        self._client = openai.OpenAI(
            base_url=settings.url, api_key=settings.key or "none", max_retries=0, http_client=client
        )

    def ask(
        self,
        messages: Sequence[dict[str, str]],
        *,
        schema: dict[str, Any],
        timeout_s: float,
        progress: Progress,
        sentence: str,
    ) -> str:
        """Return the text of an answer, asked for in the strictest form that the server takes; see `Chat`."""
        question = {"model": self.settings.model, "messages": list(messages), **_options(_FORMS[self._form], schema)}
        try:
            return self._answer(question, timeout_s=timeout_s, progress=progress, sentence=sentence)
        except ChatError as error:
            if error.is_form and self._form + 1 < len(_FORMS):
                self._form += 1  # also for the cues to come
            elif error.is_form:
                raise ChatError(str(error)) from None
            raise

    def notice(self, numbers: str, material: str) -> str:
        """Return the sentence that says what left the machine, and where it went."""
        settings = self.settings
        where = "on this machine" if settings.is_local else "on the network"
        open_line = "" if settings.is_local or settings.is_encrypted else ", over a connection others can read"
        return (
            f"the language model {settings.model} at {settings.host} ({where}{open_line}) was asked about {numbers}; "
            f"it was sent {material}"
        )

    def _answer(self, question: dict[str, Any], *, timeout_s: float, progress: Progress, sentence: str) -> str:
        """Return the text of an answer; `question` are model, messages and options of a chat completion.

        The request runs in a thread of its own, so that neither a server that sends one letter a second nor a cancelled
        run is waited for.
        """
        answers: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        until = time.monotonic() + timeout_s
        is_given_up = threading.Event()

        def work() -> None:
            try:
                answers.put(self._body(question, timeout_s, is_given_up))
            except Exception as error:  # whatever the library raises is an answer too
                answers.put(error)

        threading.Thread(target=work, name="language model", daemon=True).start()
        try:
            while True:
                progress.update(0.0, sentence)
                left_s = until - time.monotonic()
                try:
                    answer = answers.get(timeout=max(0.0, min(_POLL_S, left_s)))
                    break
                except queue.Empty:
                    if left_s <= 0:
                        raise ChatError(f"did not answer within {timeout_s:.3g} s") from None
        finally:
            is_given_up.set()
        if isinstance(answer, Exception):
            raise _explained(answer) from None  # the cause may hold the key
        return content_of(answer)

    def _body(self, question: dict[str, Any], timeout_s: float, is_given_up: threading.Event) -> bytes:
        completions: Any = self._client.chat.completions.with_streaming_response
        body = bytearray()
        with completions.create(**question, timeout=timeout_s) as response:
            for piece in response.iter_bytes():
                body += piece
                if len(body) > LONGEST_ANSWER_BYTES:
                    raise ChatError(f"answered with more than {LONGEST_ANSWER_BYTES // 1000} kB")
                if is_given_up.is_set():
                    break
        return bytes(body)

    def _bare(self, request: Any) -> None:
        """Let nothing leave but what the protocol needs."""
        for name in list(request.headers):
            if name.lower() not in _HEADERS or (name.lower() == "authorization" and not self.settings.key):
                del request.headers[name]
        request.headers["user-agent"] = "hitpoint"
        request.headers["accept-encoding"] = "identity"  # a packed answer could be of any length


def _options(form: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a question in one of `_FORMS`."""
    if form == "bare":
        return {}
    options: dict[str, Any] = {"temperature": TEMPERATURE}
    if form == "json_object":
        options["response_format"] = {"type": "json_object"}
    elif form == "json_schema":
        named = {"name": "brief", "strict": True, "schema": schema}
        options["response_format"] = {"type": "json_schema", "json_schema": named}
    return options


def content_of(body: bytes) -> str:
    """Return the text in the JSON of a chat completion; `ChatError` for anything else."""
    try:
        document = json.loads(body.decode("utf-8-sig"))
        choice = document["choices"][0]
        message, reason = choice["message"], choice.get("finish_reason")
        content, refusal = message.get("content"), message.get("refusal")
    except UnicodeDecodeError:
        raise ChatError("answered with something that is not UTF-8 text") from None
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise ChatError("answered with something that is not a chat completion") from None
    if refusal or reason == "content_filter":
        raise ChatError("declined to answer")
    if reason == "length":
        raise ChatError("broke off in the middle of its answer")
    if not isinstance(content, str) or not content.strip():
        raise ChatError("answered nothing")
    return content


class _StatusError(Exception):
    """The server answered with another status than 200, and its words were not read."""

    def __init__(self, status: int, wait_s: float, is_packed: bool) -> None:
        super().__init__(status)
        self.status, self.wait_s, self.is_packed = status, wait_s, is_packed


def _refuse_all_but_plain_success(response: Any) -> None:
    is_packed = response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")
    if response.status_code != 200 or is_packed:
        try:
            wait_s = max(0.0, float(response.headers.get("retry-after", "0")))
        except ValueError:  # a date
            wait_s = 0.0
        raise _StatusError(response.status_code, wait_s, is_packed)


def _explained(error: Exception) -> ChatError:
    """Return what an error of the library means, without its words, which may quote the key."""
    import openai

    for link in _chain(error):
        if isinstance(link, ChatError):
            return link
        if isinstance(link, _StatusError):
            return _of_status(link)
    if isinstance(error, openai.APITimeoutError):
        return ChatError("did not answer in time")
    if isinstance(error, openai.APIConnectionError):
        return ChatError("cannot be reached", is_passing=True)
    names = {type(link).__name__ for link in _chain(error)}
    if any("Timeout" in name for name in names):
        return ChatError("did not answer in time")
    if any(name.endswith(("ProtocolError", "ReadError", "WriteError")) for name in names):
        return ChatError("broke the connection off", is_passing=True)
    return ChatError(f"could not be asked ({type(error).__name__})")


def _of_status(error: _StatusError) -> ChatError:
    status = error.status
    if status == 200:
        return ChatError("answered in a packed form")
    if 300 <= status < 400:
        return ChatError("sends on to another address, which is not followed; mend the url", is_final=True)
    if status in (400, 415, 422):
        return ChatError(f"does not understand the question ({status})", is_form=True)
    if status == 429 or status >= 500:
        return ChatError(_STATUS.get(status, f"has a fault ({status})"), is_passing=True, wait_s=error.wait_s)
    return ChatError(_STATUS.get(status, f"refused the question ({status})"), is_final=status in (401, 403, 404))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__
