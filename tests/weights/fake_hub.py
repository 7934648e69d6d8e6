"""A hub on this machine: as much of its protocol as huggingface_hub and our transfer speak, with faults on demand.

Model information with file metadata, the check of a gate, and files: small ones from the hub itself, large ones by a
redirect to a second server (the CDN), with ranges.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "hf_secretsecret"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CHUNK = 4096


@dataclass
class Repository:
    """What lies in it, and what goes wrong with it.

    `large` are files that Git LFS keeps, `lies` are announced with another checksum, `gone` announced and not there.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    large: set[str] = field(default_factory=set)
    commit: str = COMMIT
    is_gated: bool = False
    lets_in: set[str] = field(default_factory=lambda: {TOKEN})
    lies: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    announced: list[dict] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away is what is tested."""


@dataclass
class FakeHub:
    """The repositories, the faults of the wire, and everything that was asked.

    `breaks` holds after how many bytes each of the next answers with a file is cut off; `busy` which statuses the next
    ones are answered with instead; `ignores_ranges` sends everything again; `pace_s` waits between pieces.
    """

    repositories: dict[str, Repository] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)
    busy: list[int] = field(default_factory=list)
    ignores_ranges: bool = False
    pace_s: float = 0.0
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    sent_bytes: int = 0

    def start(self) -> None:
        """Listen on two free ports of this machine."""
        self.servers = [_Server(("127.0.0.1", 0), _handler(self, is_cdn=is_cdn)) for is_cdn in (False, True)]
        self.threads = [threading.Thread(target=server.serve_forever, args=(0.02,)) for server in self.servers]
        for thread in self.threads:
            thread.start()
        self.address, self.cdn = (f"http://127.0.0.1:{server.server_address[1]}" for server in self.servers)

    def stop(self) -> None:
        """Stop listening."""
        for server in self.servers:
            server.shutdown()
            server.server_close()
        for thread in self.threads:
            thread.join()

    def files_asked(self) -> list[tuple[str, str]]:
        """Return (path, Range) of every request for a file's bytes."""
        return [
            (path.rsplit("/", 1)[-1], headers.get("range", ""))
            for method, path, headers in self.asked
            if method == "GET" and ("/cdn/" in path or "/resolve/" in path) and "redirected" not in headers
        ]


def _handler(hub: FakeHub, *, is_cdn: bool) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            path = unquote(urlsplit(self.path).path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            if is_cdn:
                hub.asked.append((self.command, path, headers))
                _, _, owner, name, file = path.split("/", 4)
                self._file(hub.repositories[f"{owner}/{name}"], file)
                return
            api = re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/([^/]+)|/auth-check)?", path)
            resolve = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
            found = api or resolve
            repository = hub.repositories.get(found[1]) if found else None
            token = headers.get("authorization", "").removeprefix("Bearer ")
            if repository is None:
                hub.asked.append((self.command, path, headers))
                self._error(404 if found is None else 401, "RepoNotFound" if found else "")
            elif api is not None:
                hub.asked.append((self.command, path, headers))
                self._api(repository, found[1], path, found[3], token)
            else:
                file = resolve[3]
                is_redirect = file in repository.large
                hub.asked.append((self.command, path, headers | ({"redirected": "1"} if is_redirect else {})))
                if repository.is_gated and token not in repository.lets_in:
                    self._error(403 if token else 401, "GatedRepo")
                elif resolve[2] != repository.commit or file not in repository.files or file in repository.gone:
                    self._error(404, "EntryNotFound")
                elif is_redirect:
                    self._plain(302, {"Location": f"{hub.cdn}/cdn/{resolve[1]}/{file}"})
                else:
                    self._file(repository, file)

        def _api(self, repository: Repository, name: str, path: str, revision: str | None, token: str) -> None:
            if path.endswith("/auth-check"):
                if token not in repository.lets_in:
                    self._error(403 if token else 401, "GatedRepo")
                else:
                    self._json({})
            elif revision not in (None, "main", repository.commit):
                self._error(404, "RevisionNotFound")
            else:
                siblings = [_sibling(repository, file) for file in repository.files] + repository.announced
                gate = "auto" if repository.is_gated else False
                self._json({"id": name, "sha": repository.commit, "gated": gate, "siblings": siblings})

        def _file(self, repository: Repository, file: str) -> None:
            if hub.busy:
                self._error(hub.busy.pop(0), "")
                return
            content = repository.files[file]
            start = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
            if start and start >= len(content):
                self._error(416, "")
                return
            if hub.ignores_ranges:
                start = 0
            extra = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
            self._head(206 if start else 200, {"Content-Length": str(len(content) - start), **extra})
            stop = hub.breaks.pop(0) if hub.breaks else None
            body = content[start:] if stop is None else content[start : start + stop]
            for at in range(0, len(body), CHUNK):
                try:
                    self.wfile.write(body[at : at + CHUNK])
                except OSError:
                    self.close_connection = True
                    return
                hub.sent_bytes += len(body[at : at + CHUNK])
                if hub.pace_s:
                    self.wfile.flush()
                    threading.Event().wait(hub.pace_s)
            if stop is not None:
                self.close_connection = True

        def _json(self, told: dict) -> None:
            body = json.dumps(told).encode()
            self._head(200, {"Content-Type": "application/json", "Content-Length": str(len(body))})
            self.wfile.write(body)

        def _error(self, status: int, code: str) -> None:
            self._plain(status, {"X-Error-Code": code} if code else {})

        def _plain(self, status: int, headers: dict[str, str]) -> None:
            self._head(status, {"Content-Length": "0", **headers})

        def _head(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

    return Handler


def _sibling(repository: Repository, file: str) -> dict:
    content = repository.files[file]
    told = b"another thing" if file in repository.lies else content
    git = hashlib.sha1(b"blob %d\0" % len(told) + told).hexdigest()
    row = {"rfilename": file, "size": len(content), "blobId": git}
    if file in repository.large:
        row["lfs"] = {"size": len(content), "sha256": hashlib.sha256(told).hexdigest(), "pointerSize": 134}
    return row
