"""The client by itself: finding and starting a service, reading streams, errors as errors."""

import ast
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import psutil
import pytest

from hitpoint.client import (
    Client,
    ServiceAddress,
    ServiceGone,
    clean_environment,
    connect_or_start,
    edits_to_plain,
    find_or_start,
    find_service,
    read_address,
    state_folder,
)
from hitpoint.client.faults import error_of
from hitpoint.client.sse import ServerEvent, read_events
from hitpoint.model import errors
from hitpoint.model.edits import BarSpan, CueEdit, Edits, MarkerEdit
from hitpoint.model.spotting import HitKind
from hitpoint.service.bodies import edits_from_plain

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def state(tmp_path):
    """A state folder whose service, if any, is ended after the test."""
    folder = tmp_path / "state"
    yield folder
    address = read_address(folder)
    if address is not None and psutil.pid_exists(address.pid):
        process = psutil.Process(address.pid)
        process.terminate()
        process.wait(120)


def test_two_panels_start_one_service(state, monkeypatch):
    """Both find none, both start one, and both end up with the same; a third finds it."""
    monkeypatch.setenv("HITPOINT_STATE_DIR", str(state))
    monkeypatch.setenv("PYTHONHOME", "/nowhere")  # as a host program may have set it
    assert find_service() is None
    found: list[ServiceAddress] = []
    panels = [threading.Thread(target=lambda: found.append(find_or_start(limit_s=120.0))) for _ in range(2)]
    for panel in panels:
        panel.start()
    for panel in panels:
        panel.join(180.0)
    assert len(found) == 2
    assert found[0] == found[1]
    with connect_or_start() as client:
        assert client.address == found[0]
        assert client.jobs() == []
        command = psutil.Process(found[0].pid).cmdline()
        assert command[1:4] == ["-m", "hitpoint.cli", "serve"]
        if os.name == "posix":
            assert os.getpgid(found[0].pid) != os.getpgid(0), "it outlives whoever started it"


def test_a_service_that_cannot_start_is_explained(tmp_path):
    blocked = tmp_path / "state"
    blocked.mkdir()
    (blocked / "jobs").write_text("in the way")
    with pytest.raises(ServiceGone, match=r"could not be started \(hitpoint: .*run `hitpoint serve`"):
        find_or_start(blocked, limit_s=60.0)


@pytest.mark.parametrize("told", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "port": 1, "token": "t"}'])
def test_an_address_that_cannot_be_read_is_none(tmp_path, told):
    (tmp_path / "service.json").write_text(told)
    assert read_address(tmp_path) is None
    assert find_service(tmp_path) is None


def test_an_address_of_a_process_that_is_somebody_else_is_none(tmp_path):
    told = {"pid": os.getpid(), "port": 9, "token": "t", "version": "1", "api": "service.1"}
    (tmp_path / "service.json").write_text(json.dumps(told))
    assert read_address(tmp_path) is not None
    assert find_service(tmp_path) is None


def test_the_state_folder_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("HITPOINT_STATE_DIR", str(tmp_path))
    assert state_folder() == tmp_path
    monkeypatch.delenv("HITPOINT_STATE_DIR")
    assert state_folder().name == "hitpoint"


def test_the_environment_is_cleaned_of_the_host():
    dirty = {
        "PATH": "/bin",
        "HOME": "/home/e",
        "HITPOINT_CONFIG": "/c",
        "PYTHONHOME": "/opt/resolve",
        "PYTHONPATH": "/opt/resolve/modules",
        "LD_LIBRARY_PATH": "/opt/resolve/libs",
        "DYLD_INSERT_LIBRARIES": "x",
        "QT_PLUGIN_PATH": "/opt/resolve/qt",
        "RESOLVE_SCRIPT_API": "x",
    }
    assert clean_environment(dirty) == {"PATH": "/bin", "HOME": "/home/e", "HITPOINT_CONFIG": "/c"}


def test_a_stream_is_read_as_the_standard_says():
    lines = [
        *(": beat", "", "id: 4", "event: progress", 'data: {"share":', "data: 0.5}", ""),
        *("event:end", "id:5", "data:1", "", "id: 6", "event: end", "data: cut off"),
    ]
    assert list(read_events(lines)) == [ServerEvent(4, "progress", {"share": 0.5}), ServerEvent(5, "end", 1)]


ALL_ERRORS = [
    name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.HitpointError)
]


@pytest.mark.parametrize("name", ALL_ERRORS)
def test_every_error_comes_back_as_itself(name):
    assert len(ALL_ERRORS) >= 10
    error = error_of(name, "what, where, what to do")
    assert type(error).__name__ == name
    assert str(error) == "what, where, what to do"


@pytest.mark.parametrize("name", ["ValueError", "os", "did_you_mean", "__name__", "", "Iterable"])
def test_an_unknown_kind_is_an_error_all_the_same(name):
    assert type(error_of(name, "x")) is errors.HitpointError


class _Flaky(httpx.BaseTransport):
    """A service whose stream breaks after each event, and which answers 401 to the first token."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.headers['authorization'][-1]} {request.headers.get('last-event-id')}")
        if request.headers["authorization"] == "Bearer a":
            return httpx.Response(401, json={"error": "no", "kind": "HitpointError", "exit_code": 1})
        if request.url.path == "/jobs":
            return httpx.Response(200, json=[])
        number = int(request.headers["last-event-id"]) + 1
        name = "end" if number == 3 else "progress"
        text = f'id: {number}\nevent: {name}\ndata: {{"n": {number}}}\n\nid: {number + 1}\nevent: prog'
        return httpx.Response(200, text=text)


def test_a_stream_that_breaks_is_taken_up_where_it_broke(monkeypatch):
    monkeypatch.setattr("hitpoint.client.client._RETRY_S", 0.001)
    address = ServiceAddress(pid=1, port=1, token="b", version="1")
    client = Client(address)
    flaky = _Flaky()
    client._http = httpx.Client(transport=flaky)
    assert [event.number for event in client.events("0123")] == [1, 2, 3]
    assert flaky.asked == ["b 0", "b 1", "b 2"]


def test_an_old_token_is_replaced(monkeypatch):
    monkeypatch.setattr("hitpoint.client.client._RETRY_S", 0.001)
    new = ServiceAddress(pid=1, port=1, token="b", version="1")
    client = Client(ServiceAddress(pid=1, port=1, token="a", version="1"), find_again=lambda: new)
    flaky = _Flaky()
    client._http = httpx.Client(transport=flaky)
    assert client.jobs() == []
    assert client.address == new
    assert [answer[0] for answer in flaky.asked] == ["a", "b"]


def test_edits_survive_the_way_to_the_service():
    edits = Edits(
        markers=(MarkerEdit(marker_id="m1", frame=3, kind=HitKind.PEAK, weight=0.5), MarkerEdit(marker_id="m2")),
        added=frozenset({"m1"}),
        removed=frozenset({"x", "a"}),
        cues=(CueEdit(number="1m1", tempo_range_bpm=(80.0, 90.0), intensity=((0.0, 0.2), (1.0, 0.9))),),
        locked_bars=(BarSpan(cue="1m1", first_bar=1, last_bar=4),),
        seed=7,
        extra={"anything": [1, 2]},
    )
    plain = json.loads(json.dumps(edits_to_plain(edits)))
    assert edits_from_plain(plain) == edits
    with pytest.raises(errors.InputError, match=r"edits\.9"):
        edits_from_plain({**plain, "version": "edits.9"})


def test_the_client_knows_no_step_and_no_server():
    """Neither by an import at the top nor by one inside a function: the panel may import all that this one does."""
    files = list((ROOT / "engine" / "hitpoint" / "client").glob("*.py"))
    assert len(files) >= 5
    ours = ("hitpoint.client", "hitpoint.model", "hitpoint.files")
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert not name.startswith(("fastapi", "starlette", "uvicorn", "pydantic")), (path, name)
                assert not name.startswith("hitpoint") or name.startswith(ours), (path, name)


def test_importing_the_client_is_cheap():
    heavy = ("fastapi", "numpy", "av", "opentimelineio")
    code = f"import sys, hitpoint.client; print([name for name in {heavy} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert told.stdout.strip() == "[]"
