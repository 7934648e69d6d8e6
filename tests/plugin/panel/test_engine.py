"""The adapter of the service's client."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hitpoint.model.edits import BarSpan
from hitpoint_panel.engine import ClientEngine, EngineGone

client_room = pytest.importorskip("hitpoint.client", reason="the service's client is not in this tree")


@dataclass
class Event:
    name: str
    data: Any


class Client:
    """A client that remembers what it was asked, as `hitpoint.client.Client` is called."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.is_gone = False

    def __getattr__(self, name: str) -> Any:
        def call(*values: Any, **named: Any) -> Any:
            if self.is_gone:
                raise client_room.ServiceGone("the engine does not answer; start it again")
            self.asked.append((name, values, named))
            return {"id": "j1"}

        return call

    def events(self, job_id: str) -> Iterator[Event]:
        yield Event("progress", {"share": 0.5})
        if self.is_gone:
            raise client_room.ServiceGone("the engine does not answer; start it again")
        yield Event("end", {"state": "done"})


def test_calls_are_those_of_the_client():
    client = Client()
    engine = ClientEngine(client)
    engine.open_session(Path("/a.otio"), inputs={"subtitles_path": "/a.srt"})
    engine.start_job("look", {"session_id": "s"})
    engine.start_job(
        "compose",
        {"session_id": "s", "edits": {}, "redo_bars": [{"cue": "1m1", "first_bar": 2, "last_bar": 3}]},
    )
    engine.start_job(
        "export", {"session_id": "s", "version_id": "v1", "folder": "/out", "what": ["otio"], "profile": "resolve"}
    )
    assert client.asked == [
        ("open_session", (Path("/a.otio"),), {"subtitles_path": Path("/a.srt")}),
        ("look", ("s",), {}),
        ("compose", ("s",), {"edits": {}, "redo_bars": (BarSpan(cue="1m1", first_bar=2, last_bar=3),)}),
        ("export", ("s", "v1"), {"folder": Path("/out"), "what": ["otio"], "profile": "resolve"}),
    ]
    for name, values, named in client.asked:  # and the real one takes them
        real = getattr(client_room.Client, name)
        inspect.signature(real).bind(None, *values, **named)


def test_an_engine_that_is_gone_is_told_apart():
    client = Client()
    client.is_gone = True
    engine = ClientEngine(client)
    with pytest.raises(EngineGone, match="does not answer"):
        engine.versions("s")
    stream = engine.events("j1")
    assert next(stream) == ("progress", {"share": 0.5})
    with pytest.raises(EngineGone, match="does not answer"):
        next(stream)
