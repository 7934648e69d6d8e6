"""Films that are sent: told by their content, counted, looked at in a worker with limits, kept under names of ours."""

import http.client
import re

import pytest

from hitpoint.model.errors import InputError, OutputError
from hitpoint.service.film_kinds import suffix_of_film
from hitpoint.service.layout import Layout, is_upload_name, upload_name

from .conftest import cut_film, until


def send(service, parts, *, content_type="multipart/form-data; boundary=cut"):
    """Send a form whose every byte is ours: (disposition, content) of each part."""
    body = b"".join(b"--cut\r\nContent-Disposition: %s\r\n\r\n%s\r\n" % part for part in parts) + b"--cut--\r\n"
    return service.http.post("/upload", content=body, headers={"Content-Type": content_type})


def film_part(content, name=b"a.mp4"):
    return (b'form-data; name="file"; filename="%s"' % name, content)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".ts"])
def test_a_film_is_known_by_its_content(service, tmp_path, suffix):
    film = cut_film(tmp_path / f"film{suffix}", seconds=0.5)
    disguised = tmp_path / "letter.txt"
    film.rename(disguised)
    told = service.client.upload(disguised)
    assert re.fullmatch(rf"letter-[0-9a-f]{{8}}\{suffix}", told["filename"])
    assert told["size_bytes"] == disguised.stat().st_size
    assert (told["width"], told["height"], told["codec"], told["has_sound"]) == (960, 540, "h264", False)
    kept = service.folder / "uploads" / told["filename"]
    assert kept.read_bytes() == disguised.read_bytes()
    assert not list((service.folder / "jobs").iterdir()), "the look at it leaves nothing"


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (b"\x00\x00\x00\x18ftypisom", ".mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", ".mov"),
        (b"\x00\x00\x00\x08wide\x00", ".mov"),
        (b"\x1aE\xdf\xa3\x93B\x82\x88webm", ".webm"),
        (b"\x1aE\xdf\xa3\x93B\x82\x88matroska", ".mkv"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", ".avi"),
        (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01", ".mxf"),
        (b"0&\xb2u\x8ef\xcf\x11", ".wmv"),
        (b"\x00\x00\x01\xba", ".mpg"),
        ((b"G" + bytes(187)) * 4, ".ts"),
        ((bytes(4) + b"G" + bytes(187)) * 4, ".m2ts"),
        (b"", None),
        (b"G", None),
        (b"GIF89a", None),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
        (b"RIFF\x00\x00\x00\x00WEBP", None),
        (b"\x00\x00\x00\x18ftypheic", None),
        (b"\x00\x00\x00\x18ftypM4A ", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"<html>", None),
        (b"#!/bin/sh\n", None),
        (b"PK\x03\x04", None),
        (b"#EXTM3U\nfile:///etc/passwd", None),
    ],
)
def test_containers(head, suffix):
    assert suffix_of_film(head) == suffix


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd",
        "..\\..\\x.mp4",
        "/abs.mp4",
        "CON.mp4",
        "a\x00b.mp4",
        "",
        ".",
        "…",
        "ä ö.mp4",
        "x" * 5000,
        "-rf.mp4",
        "a;rm -rf.mp4",
        "a.mp4.exe",
        "\u202egp4.mp4",
        "file://x.mp4",
        "~/x.mp4",
        "$HOME.mp4",
        "%2e%2e%2f",
    ],
)
def test_names_are_made_harmless(tmp_path, name):
    layout = Layout(tmp_path)
    made = upload_name(name, ".mp4")
    assert is_upload_name(made)
    assert layout.upload(made).parent == layout.uploads
    assert layout.upload(made).resolve().is_relative_to(tmp_path)


def test_a_name_that_climbs_stays_in_the_folder(service, film):
    told = send(service, [film_part(film.read_bytes(), b"../../../escaped.mp4")]).json()
    assert told["filename"].startswith("escaped-")
    assert (service.folder / "uploads" / told["filename"]).is_file()


@pytest.mark.parametrize(
    ("parts", "status", "match"),
    [
        ([], 4, ""),
        ([film_part(b"")], 415, "no film"),
        ([film_part(b"hello" * 1000)], 415, "no film"),
        ([film_part(b"\x89PNG\r\n\x1a\n" + bytes(5000), b"a.mp4")], 415, "no film"),
        ([film_part(b"\x00\x00\x00\x18ftypisom" + bytes(100_000))], 415, "not a video"),
        ([film_part(b"\x1aE\xdf\xa3" + b"\xff" * 100_000)], 415, "not a video"),
        ([(b'form-data; name="film"; filename="a.mp4"', b"\x00\x00\x00\x18ftypisom")], 422, "field 'file'"),
        ([(b'form-data; name="file"', b"\x00\x00\x00\x18ftypisom")], 422, "field 'file'"),
        ([film_part(b"\x00\x00\x00\x18ftypisom")] * 2, 422, "nothing else"),
        ([film_part(b"\x00\x00\x00\x18ftypisom" + bytes(3_010_000))], 413, "GB"),
    ],
)
def test_what_is_no_film_is_refused_and_leaves_nothing(service, parts, status, match):
    before = sorted(service.folder.glob("uploads/*"))
    response = send(service, parts)
    assert response.status_code == status or response.status_code // 100 == status
    assert match in response.json()["error"]
    assert "/" not in response.json()["error"].replace("multipart/form-data", ""), "no path of ours"
    assert sorted(service.folder.glob("uploads/*")) == before
    assert not list(service.folder.glob("uploads/.*"))


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", "text/plain", ""])
def test_what_is_no_form_is_refused(service, film, content_type):
    response = send(service, [film_part(film.read_bytes())], content_type=content_type)
    assert response.status_code == 415
    assert "multipart/form-data" in response.json()["error"]


def test_a_film_that_breaks_off_leaves_nothing(service, film):
    connection = http.client.HTTPConnection("127.0.0.1", service.address.port, timeout=60)
    connection.putrequest("POST", "/upload")
    connection.putheader("Authorization", f"Bearer {service.address.token}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=cut")
    connection.putheader("Content-Length", "1000000")
    connection.endheaders(
        b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n' + film.read_bytes()[:50_000]
    )
    until(lambda: list(service.folder.glob("uploads/.*")), what="the beginning of the film")
    connection.close()
    until(lambda: not list(service.folder.glob("uploads/.*")), what="the end of it")


def test_a_film_whose_middle_is_noise_is_looked_at_without_harm(service, film):
    """Whatever FFmpeg makes of it, the answer is a film or one sentence, and the service lives."""
    content = bytearray(film.read_bytes())
    for start in range(2000, len(content) - 100, 700):
        content[start : start + 40] = bytes((start * 7 + n * 31) % 256 for n in range(40))
    response = send(service, [film_part(bytes(content))])
    assert response.status_code in (200, 415)
    assert service.client.jobs() is not None


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        ({"probe_memory_bytes": 30_000_000}, "memory|crashed|not a video|unexpectedly|fault"),
        ({"probe_wall_s": 0.05}, "longer than"),
    ],
)
def test_the_look_at_a_film_is_limited(start, film, limits, match):
    service = start(**limits)
    with pytest.raises(InputError, match=match):
        service.client.upload(film)
    assert not list(service.folder.glob("uploads/*"))
    assert service.client.jobs() == [], "such a look is nobody's job"
    assert service.client.sessions() == []


def test_errors_come_back_as_errors(service, tmp_path):
    path = tmp_path / "no.mp4"
    path.write_bytes(b"no film")
    with pytest.raises(InputError, match="no is no film"):
        service.client.upload(path)
    with pytest.raises(InputError, match="no upload of that name"):
        service.client.generate("film-00000000.mp4")
    assert not issubclass(InputError, OutputError)
