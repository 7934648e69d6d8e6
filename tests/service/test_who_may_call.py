"""Host, Origin, token, sizes, malformed calls: all from outside, over real connections."""

import http.client
import json
import socket

import httpx
import psutil
import pytest

from hitpoint.client import API_VERSION


def call(service, method="GET", path="/jobs", headers=None, body=None):
    """A call whose every header is ours."""
    connection = http.client.HTTPConnection("127.0.0.1", service.address.port, timeout=60)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


@pytest.fixture
def good(service):
    return {"Host": f"127.0.0.1:{service.address.port}", "Authorization": f"Bearer {service.address.token}"}


def is_a_sentence(content: bytes) -> bool:
    told = json.loads(content)
    return set(told) == {"error", "kind", "exit_code"} and 10 < len(told["error"]) < 600 and "\n" not in told["error"]


def test_the_right_call_is_answered(service, good):
    response, content = call(service, headers=good)
    assert response.status == 200
    assert isinstance(json.loads(content), list)
    assert call(service, headers={**good, "Host": f"localhost:{service.address.port}"})[0].status == 200
    assert call(service, headers={**good, "Origin": service.address.url})[0].status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:{port}"}, 403),
        ({"Host": "127.0.0.1"}, 403),
        ({"Host": "127.0.0.1:1"}, 403),
        ({"Host": "127.0.0.1.nip.io:{port}"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "https://127.0.0.1:{port}"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "{token}"}, 401),
        ({"Authorization": "Basic {token}"}, 401),
        ({"Authorization": "Bearer {token}x"}, 401),
        ({"Authorization": ""}, 401),
    ],
)
@pytest.mark.parametrize("path", ["/jobs", "/nothing"])
def test_a_stranger_is_refused(service, good, headers, status, path):
    told = {k: v.format(port=service.address.port, token=service.address.token) for k, v in headers.items()}
    response, content = call(service, path=path, headers={**good, **told})
    assert response.status == status
    assert is_a_sentence(content)
    assert service.address.token not in content.decode()
    assert not [name for name, _ in response.getheaders() if name.lower().startswith("access-control")]


@pytest.mark.parametrize("path", ["/health", "/docs", "/openapi.json"])
def test_what_is_open_is_open_to_programs_of_this_machine_only(service, path):
    host = {"Host": f"127.0.0.1:{service.address.port}"}
    response, content = call(service, path=path, headers=host)
    assert response.status == 200
    assert service.address.token not in content.decode()
    assert call(service, path=path, headers={"Host": "evil.example"})[0].status == 403
    assert call(service, path=path, headers={**host, "Origin": "https://evil.example"})[0].status == 403
    assert call(service, path=path)[0].status in (400, 403)  # no Host at all


def test_health_tells_who_it_is(service):
    told = httpx.get(f"{service.address.url}/health").json()
    assert told == {
        "name": "hitpoint",
        "version": service.address.version,
        "api": API_VERSION,
        "pid": service.process.pid,
    }


def test_a_preflight_gets_nothing(service, good):
    asked = {**good, "Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    asked.pop("Authorization")
    response, content = call(service, "OPTIONS", "/jobs", asked)
    assert response.status == 403
    assert is_a_sentence(content)


def test_it_listens_on_this_machine_only(service):
    listening = [c for c in psutil.Process(service.process.pid).net_connections() if c.status == psutil.CONN_LISTEN]
    assert [connection.laddr.ip for connection in listening] == ["127.0.0.1"]


def test_the_docs_page_needs_no_network_and_runs_no_script(service):
    response = httpx.get(f"{service.address.url}/docs")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "<script" not in response.text
    assert "POST /generate" in response.text
    assert "http" not in response.text.replace("http://127.0.0.1", "").replace("https://json-schema.org", "")


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", "/sessions", b""),
        ("POST", "/sessions", b"{"),
        ("POST", "/sessions", b"[]"),
        ("POST", "/sessions", b"null"),
        ("POST", "/sessions", b"\xff\xfe"),
        ("POST", "/sessions", b'{"cut_path": 3}'),
        ("POST", "/sessions", b'{"cut_path": "relative.otio"}'),
        ("POST", "/sessions", b'{"cut_path": "/not/there.otio"}'),
        ("POST", "/sessions", b'{"cut_path": "/a\\u0000b.otio"}'),
        ("POST", "/sessions", b'{"cut_path": "/\\ud800.otio"}'),
        ("POST", "/sessions", b'{"cut_path": "/tmp", "unknown": 1}'),
        ("POST", "/sessions", b'{"cut_path": "/tmp", "rate": "0"}'),
        ("POST", "/sessions", b"[" * 100_000),
        ("POST", "/sessions", b'{"cut_path": ' + b"9" * 10_000 + b"}"),
        ("POST", "/jobs", b"{}"),
        ("POST", "/jobs", b'{"kind": "dance"}'),
        ("POST", "/jobs", b'{"kind": "probe", "path": "/etc/passwd"}'),
        ("POST", "/jobs", b'{"kind": "look", "session_id": "../../etc"}'),
        ("POST", "/jobs", b'{"kind": "look", "session_id": "0123456789abcdef"}'),
        ("POST", "/jobs", b'{"kind": "score", "settings": {}}'),
        ("POST", "/jobs", b'{"kind": "score", "settings": {"cut_path": "/a.otio", "filename": "a"}}'),
        ("POST", "/jobs", b'{"kind": "score", "settings": {"cut_path": "/a.otio", "seed": -1}}'),
        ("POST", "/jobs", b'{"kind": "score", "settings": {"filename": "../../../etc/passwd"}}'),
        ("POST", "/generate", b'{"filename": "../../../etc/passwd"}'),
        ("POST", "/generate", b'{"filename": "/etc/passwd"}'),
        ("POST", "/generate", b'{"filename": "film-00000000.mp4"}'),
        ("POST", "/upload", b"what?"),
        ("GET", "/nothing", b""),
        ("GET", "/", b""),
        ("GET", "/jobs/", b""),
        ("DELETE", "/jobs", b""),
        ("PUT", "/sessions", b"{}"),
        ("GET", "/jobs?limit=0", b""),
        ("GET", "/jobs?limit=NaN", b""),
        ("GET", "/jobs/..%2f..%2fservice.json", b""),
        ("GET", "/jobs/../../service.json", b""),
        ("GET", "/jobs/%00/result", b""),
        ("GET", "/jobs/0123456789abcdef/events", b""),
        ("POST", "/jobs/0123456789abcdef/cancel", b""),
        ("GET", "/sessions/0123456789abcdef/versions/..%2f..%2f..%2fservice", b""),
    ],
)
def test_a_malformed_call_gets_one_sentence(service, good, method, path, content):
    headers = {**good, "Content-Type": "application/json", "Content-Length": str(len(content))}
    response, told = call(service, method, path, headers, content)
    assert 400 <= response.status < 500, told
    assert is_a_sentence(told), told


@pytest.mark.parametrize(
    "edits",
    [
        {"unknown": 1},
        {"version": "edits.99"},
        {"markers": [{"marker_id": "m", "frame": -5}]},
        {"markers": [{"marker_id": "m", "kind": "sneeze"}]},
        {"markers": [{"marker_id": "m", "weight": 1e400}]},
        {"added": ["nowhere"]},
        {"locked_bars": [{"cue": "1m1", "first_bar": 4, "last_bar": 2}]},
        {"cues": [{"number": "1m1", "intensity": [[0.5, 0.5], [0.2, 0.5]]}]},
        [1],
    ],
)
def test_edits_that_make_no_sense_are_refused(service, good, session_id, edits):
    content = json.dumps({"kind": "look", "session_id": session_id, "edits": edits}).encode()
    headers = {**good, "Content-Type": "application/json", "Content-Length": str(len(content))}
    response, told = call(service, "POST", "/jobs", headers, content)
    assert response.status == 422, told
    assert is_a_sentence(told), told


def test_a_method_that_does_not_exist_names_those_that_do(service, good):
    response, _ = call(service, "PATCH", "/jobs", good)
    assert response.status == 405
    assert response.getheader("Allow") == "GET, POST"


def test_a_body_is_limited_whether_it_says_its_length_or_not(service, good):
    headers = {**good, "Content-Type": "application/json"}
    response, content = call(service, "POST", "/jobs", {**headers, "Content-Length": "1000000000000"})
    assert response.status == 413
    assert is_a_sentence(content)
    with socket.create_connection(("127.0.0.1", service.address.port), timeout=60) as line:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line.sendall(f"POST /jobs HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        piece = b"10000\r\n" + b"[" * 65_536 + b"\r\n"
        try:
            for _ in range(40):
                line.sendall(piece)
        except OSError:
            pass  # it hung up, as it may
        assert b" 413 " in line.recv(1000).split(b"\r\n")[0] + b" "


def test_the_token_is_in_no_log(service, good):
    call(service, headers={**good, "Authorization": f"Bearer {service.address.token}x"})
    for path in service.folder.glob("*.log*"):
        assert service.address.token not in path.read_text()
