"""Real services in processes of their own, and what they are asked about."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import httpx
import psutil
import pytest

from hitpoint.client import Client, ServiceAddress, read_address

HERE = Path(__file__).parent
REPO = HERE.parents[1]

#: Generous: the machine may be busy with other things.
PATIENCE_S = 120.0


def until(condition: Callable[[], Any], *, limit_s: float = PATIENCE_S, what: str = "it") -> Any:
    """Wait for something to become true, and return it."""
    latest_s = time.monotonic() + limit_s
    while time.monotonic() < latest_s:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {limit_s} s")


@dataclass
class RunningService:
    process: subprocess.Popen[bytes]
    folder: Path
    address: ServiceAddress
    _client: Client | None = field(default=None, init=False)

    @property
    def client(self) -> Client:
        if self._client is None:
            self._client = Client(self.address)
        return self._client

    @property
    def http(self) -> httpx.Client:
        """Calls with the token, and nothing of our client's."""
        return httpx.Client(
            base_url=self.address.url,
            headers={"Authorization": f"Bearer {self.address.token}"},
            timeout=PATIENCE_S,
            trust_env=False,
        )

    def workers(self) -> list[psutil.Process]:
        """All processes below the service."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self._client is not None:
            self._client.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def run(self, session_id: str, kind: str = "look", **extra: Any) -> dict[str, Any]:
        """Do a job of the small session and return its result."""
        return self.client.wait(self.ask(session_id, kind, **extra)["id"])

    def ask(self, session_id: str, kind: str = "look", **extra: Any) -> dict[str, Any]:
        """Ask for a job of the small session that goes wrong in a way."""
        call = self.client.look if kind == "look" else self.client.compose
        return call(session_id, {"extra": extra})

    def until_running(self, job_id: str, *, sentence: str = "") -> dict[str, Any]:
        def running() -> Any:
            job = self.client.job(job_id)
            assert job["state"] in ("queued", "running"), job
            return job["state"] == "running" and sentence in job["sentence"]

        return until(running, what=f"job {job_id}: {sentence}")

    def until_ended(self, job_id: str) -> dict[str, Any]:
        for event in self.client.events(job_id):
            if event.name == "end":
                return event.data
        raise AssertionError("no end")


StartService = Callable[..., RunningService]


def start_service(folder: Path, **settings: Any) -> RunningService:
    folder.mkdir(exist_ok=True)
    told = {"folder": str(folder), "session_factory": "small_session:SmallSession", "heartbeat_s": 0.5, **settings}
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    errors = folder.parent / f"{folder.name}.stderr"
    with errors.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "run_service.py"), json.dumps(told)], stderr=stream, env=environment
        )

    def announced() -> ServiceAddress | None:
        assert process.poll() is None, errors.read_text()
        address = read_address(folder)
        return address if address is not None and address.pid == process.pid else None

    try:
        return RunningService(process, folder, until(announced, what="the service's start"))
    except BaseException:
        process.kill()
        process.wait()
        raise


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartService]:
    """Start services in this test's own folder; all of them are gone after it, and so are their workers."""
    services: list[RunningService] = []

    def start_one(name: str = "state", **settings: Any) -> RunningService:
        services.append(start_service(tmp_path / name, **settings))
        return services[-1]

    yield start_one
    left: list[psutil.Process] = []
    for service in services:
        left += service.workers()
        service.stop()
    _, alive = psutil.wait_procs(left, timeout=PATIENCE_S)
    for process in alive:
        process.kill()
    assert not alive, f"workers outlive their service: {alive}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service that the tests of a module share."""
    running = start_service(
        tmp_path_factory.mktemp("shared") / "state", upload_bytes=3_000_000, json_bytes=1_000_000, janitor_every_s=0.5
    )
    yield running
    workers = running.workers()
    running.stop()
    _, alive = psutil.wait_procs(workers, timeout=PATIENCE_S)
    assert not alive


@pytest.fixture
def cut_path() -> Path:
    return REPO / "resources" / "demo" / "chase.otio"


@pytest.fixture
def session_id(service: RunningService, cut_path: Path) -> str:
    return str(service.client.open_session(cut_path)["session_id"])


def cut_film(target: Path, *, seconds: float) -> Path:
    """Write the beginning of the demo film, packet by packet; the suffix chooses the container."""
    with av.open(str(REPO / "resources" / "demo" / "chase.mp4")) as source, av.open(str(target), "w") as output:
        stream = source.streams.video[0]
        copy = output.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.pts is not None and packet.pts * packet.time_base < seconds:
                packet.stream = copy
                output.mux(packet)
    return target


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of the demo film."""
    return cut_film(tmp_path_factory.mktemp("film") / "a short film.mp4", seconds=2.0)
