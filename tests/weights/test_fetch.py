"""Fetching a model from a hub on this machine, with everything that goes wrong on the way."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from hitpoint.model.errors import Cancelled, MissingWeightsError, OutputError
from hitpoint.model.progress import Progress
from hitpoint.weights import find_card, find_weights, state_of
from hitpoint.weights.manifest import read_manifest

pytest.importorskip("huggingface_hub")

from hitpoint.weights.fetch import fetch_model
from hitpoint.weights.hub import Hub

CLIP, MODEL = find_card("clip-vit-b-32"), "open_clip_model.safetensors"
TOKEN = "hf_secretsecret"


def fetch(**options: object):
    return fetch_model(CLIP, Hub(), pause_s=0.01, **options)


def content(hub, name: str = MODEL) -> bytes:
    return hub.repositories[CLIP.repository].files[name]


def part(folder: Path) -> Path:
    return next((folder / "clip-vit-b-32.partial").glob("*.part"))


def test_a_model_comes_whole(hub, folder: Path) -> None:
    assert state_of(CLIP) == "absent"
    manifest = fetch()
    place = folder / "clip-vit-b-32"
    assert (place / MODEL).read_bytes() == content(hub)
    assert {file.path for file in manifest.files} == {"open_clip_config.json", MODEL}  # no pickle beside safetensors
    assert read_manifest(place) == manifest
    assert manifest.commit == hub.repositories[CLIP.repository].commit
    assert (manifest.licence, manifest.repository) == ("MIT", CLIP.repository)
    by_path = {file.path: file for file in manifest.files}
    assert by_path[MODEL].sha256 == hashlib.sha256(content(hub)).hexdigest()
    assert state_of(CLIP) == "there"
    assert find_weights(CLIP.id, kind="eyes").folder == place
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == ["clip-vit-b-32"]


def test_progress_runs_to_the_end_and_names_the_file(hub) -> None:
    told: list[tuple[float, str]] = []
    hub.pace_s = 0.01
    fetch(progress=Progress(report=lambda fraction, sentence: told.append((fraction, sentence))))
    assert any(sentence == f"clip-vit-b-32: fetching {MODEL}" for _, sentence in told)
    assert [fraction for fraction, _ in told if fraction > 1] == []


def test_a_connection_that_breaks_is_taken_up_where_it_broke(hub) -> None:
    hub.breaks = [17, 100_000, 50_000, 0, 60_000]  # the first is that of the small file
    fetch()
    ranges = [asked for name, asked in hub.files_asked() if name == MODEL]
    assert ranges == ["", "bytes=100000-", "bytes=150000-", "bytes=150000-", "bytes=210000-"]
    assert hub.sent_bytes == 300_000 + len(content(hub, "open_clip_config.json"))


def test_a_connection_that_never_brings_anything_is_given_up(hub, folder: Path) -> None:
    hub.breaks = [17, 100_000, *[0] * 10]
    with pytest.raises(MissingWeightsError, match=r"stopped at 100,000 of 300,000 bytes .* it goes on from there"):
        fetch()
    assert part(folder).stat().st_size == 100_000
    hub.breaks = []
    assert state_of(CLIP) == "begun"
    fetch()
    assert hub.files_asked()[-1] == (MODEL, "bytes=100000-")


def test_a_hub_that_is_busy_is_asked_again(hub) -> None:
    hub.busy = [503, 429, 500]
    fetch()
    assert state_of(CLIP) == "there"


def test_a_hub_that_stays_busy(hub) -> None:
    hub.busy = [503] * 5
    with pytest.raises(MissingWeightsError, match=r"stopped at 0 of .* \(the server answered 503\)"):
        fetch()


def test_a_server_that_knows_no_ranges_sends_everything_again(hub) -> None:
    hub.breaks, hub.ignores_ranges = [17, 100_000], True
    fetch()
    assert state_of(CLIP) == "there"


def test_a_stop_keeps_what_came(hub, folder: Path) -> None:
    seen: list[str] = []

    def report(fraction: float, sentence: str) -> None:
        seen.append(sentence)

    hub.pace_s = 0.01
    wish = Progress(report, should_stop=lambda: any("fetching open_clip_model" in told for told in seen))
    with pytest.raises(Cancelled):
        fetch(progress=wish)
    had = part(folder).stat().st_size
    assert 0 < had < 300_000
    hub.pace_s = 0
    fetch()
    assert hub.files_asked()[-1] == (MODEL, f"bytes={had}-")


def test_a_file_that_is_not_what_was_announced_is_thrown_away(hub, folder: Path) -> None:
    hub.repositories[CLIP.repository].lies = {MODEL}
    with pytest.raises(MissingWeightsError, match="is not what its publisher announced"):
        fetch()
    assert list((folder / "clip-vit-b-32.partial").glob("*.part")) == []
    assert state_of(CLIP) == "begun"
    with pytest.raises(MissingWeightsError, match="fetch them once"):
        find_weights(CLIP.id, kind="eyes")


def test_a_small_file_that_is_not_what_was_announced(hub) -> None:
    hub.repositories[CLIP.repository].lies = {"open_clip_config.json"}
    with pytest.raises(MissingWeightsError, match=r"open_clip_config\.json .* is not what its publisher announced"):
        fetch()


def test_a_spoilt_beginning_is_fetched_anew(hub, folder: Path) -> None:
    hub.breaks = [17, 100_000, *[0] * 10]
    with pytest.raises(MissingWeightsError):
        fetch()
    hub.breaks = []
    with part(folder).open("r+b") as stream:
        stream.write(b"another beginning")
    fetch()
    assert (folder / "clip-vit-b-32" / MODEL).read_bytes() == content(hub)


def test_a_beginning_longer_than_the_file(hub, folder: Path) -> None:
    hub.breaks = [17, 100_000, *[0] * 10]
    with pytest.raises(MissingWeightsError):
        fetch()
    hub.breaks = []
    part(folder).write_bytes(bytes(400_000))
    fetch()
    assert (folder / "clip-vit-b-32" / MODEL).read_bytes() == content(hub)


def test_a_newer_state_takes_over_what_did_not_change(hub, folder: Path) -> None:
    fetch()
    (folder / "clip-vit-b-32" / "old-note.txt").write_text("from before")
    repository = hub.repositories[CLIP.repository]
    repository.commit = "f" * 40
    repository.files["open_clip_config.json"] = b'{"model_cfg": {"newer": true}}'
    hub.asked.clear()
    manifest = fetch()
    assert [name for name, _ in hub.files_asked()] == ["open_clip_config.json"]
    assert manifest.commit == "f" * 40
    assert b"newer" in (folder / "clip-vit-b-32" / "open_clip_config.json").read_bytes()


def test_an_interrupted_fetch_and_a_newer_state_are_not_mixed(hub, folder: Path) -> None:
    hub.breaks = [17, 100_000, *[0] * 10]
    with pytest.raises(MissingWeightsError):
        fetch()
    hub.breaks = []
    repository = hub.repositories[CLIP.repository]
    repository.files[MODEL] = repository.files[MODEL][::-1]
    repository.commit = "e" * 40
    fetch()
    place = folder / "clip-vit-b-32"
    assert (place / MODEL).read_bytes() == repository.files[MODEL]
    assert list(place.glob("*.part")) == []


def test_gated_without_a_token(hub) -> None:
    card = find_card("stable-audio-open-small")
    with pytest.raises(MissingWeightsError, match=r"is gated; accept the licence .* --token-from FILE"):
        fetch_model(card, Hub(), pause_s=0.01)


def test_gated_with_a_token_that_is_not_let_in(hub) -> None:
    card = find_card("stable-audio-open-small")
    with pytest.raises(MissingWeightsError, match="your token is not let in") as caught:
        fetch_model(card, Hub("hf_ofanotherone"), pause_s=0.01)
    assert "hf_ofanotherone" not in str(caught.value)


def test_gated_with_a_token(hub, folder: Path) -> None:
    card = find_card("stable-audio-open-small")
    fetch_model(card, Hub(TOKEN), pause_s=0.01)
    place = folder / card.id
    assert sorted(path.name for path in place.iterdir()) == [
        "LICENSE.md",
        "hitpoint-weights.json",
        "model.safetensors",
        "model_config.json",
    ]
    on_cdn = [headers for _, path, headers in hub.asked if path.startswith("/cdn/")]
    assert on_cdn
    assert not any("authorization" in headers for headers in on_cdn)  # the token is shown to the hub alone
    assert not any(TOKEN.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_file_that_is_gone(hub) -> None:
    hub.repositories[CLIP.repository].gone = {"open_clip_config.json"}
    with pytest.raises(MissingWeightsError, match=r"open_clip_config\.json was answered with 404; its publisher"):
        fetch()


def test_no_such_repository(hub) -> None:
    card = dataclasses.replace(CLIP, repository="nobody/nothing")
    with pytest.raises(MissingWeightsError, match="there is no repository nobody/nothing"):
        fetch_model(card, Hub(), pause_s=0.01)


def test_no_such_state(hub) -> None:
    card = dataclasses.replace(CLIP, revision="v9")
    with pytest.raises(MissingWeightsError, match="has no state 'v9'"):
        fetch_model(card, Hub(), pause_s=0.01)


def test_a_repository_without_what_is_needed(hub) -> None:
    hub.repositories[CLIP.repository].files = {"open_clip_config.json": b"{}"}
    with pytest.raises(MissingWeightsError, match="holds no file of weights that fits open_clip_config"):
        fetch()


def test_a_pickle_where_there_is_nothing_else(hub) -> None:
    del hub.repositories[CLIP.repository].files[MODEL]
    assert {file.path for file in fetch().files} == {"open_clip_config.json", "open_clip_pytorch_model.bin"}


@pytest.mark.parametrize("path", ["../outside.json", "/etc/outside.json", "a/../../outside.json", "c:outside.json"])
def test_a_path_that_leads_out_of_the_folder(hub, path: str) -> None:
    card = dataclasses.replace(CLIP, files=("*",))
    hub.repositories[CLIP.repository].announced = [{"rfilename": path, "size": 3, "blobId": "0" * 40}]
    with pytest.raises(MissingWeightsError, match="would lie outside the model's folder"):
        fetch_model(card, Hub(), pause_s=0.01)


def test_a_hub_that_cannot_be_reached(hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(MissingWeightsError, match=r"127\.0\.0\.1:9 cannot be reached \(ConnectError\)"):
        fetch()


def test_where_the_user_forbids_the_network(hub, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(MissingWeightsError, match="HF_HUB_OFFLINE"):
        fetch()
    assert hub.asked == []


def test_no_room_is_said_before_anything_comes(hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 5 * 10**8, 500_200_000))
    with pytest.raises(OutputError, match=r"needs 0\.0 GB, and 0\.0 GB are free .* set HITPOINT_MODELS"):
        fetch()
    assert hub.files_asked() == []


def test_what_is_there_needs_no_room(hub, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 5 * 10**8, 500_000_100))
    fetch()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_disk_that_fills_up_on_the_way(hub, folder: Path) -> None:
    unfinished = folder / "clip-vit-b-32.partial"
    unfinished.mkdir()
    oid = hashlib.sha256(content(hub)).hexdigest()
    (unfinished / f"{MODEL}.{oid[:16]}.part").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="the disk is full; make room"):
        fetch()
    assert state_of(CLIP) == "begun"


def test_a_folder_that_cannot_be_written(hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *arguments: object, **options: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError, match="the disk is read-only"):
        fetch()


def test_two_fetches_of_the_same_model(hub, folder: Path) -> None:
    from filelock import FileLock

    with FileLock(folder / ".clip-vit-b-32.lock"), pytest.raises(OutputError, match="by another process"):
        fetch()
    fetch()


def test_the_manifest_is_the_last_thing_that_is_written(hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hitpoint.weights.fetch as module

    def power_cut(folder: Path, manifest: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_manifest", power_cut)
    with pytest.raises(KeyboardInterrupt):
        fetch()
    assert state_of(CLIP) == "begun"
    monkeypatch.undo()


def test_a_file_that_was_lost_is_noticed_when_the_model_is_asked_for(hub, folder: Path) -> None:
    fetch()
    (folder / "clip-vit-b-32" / MODEL).unlink()
    assert state_of(CLIP) == "damaged"
    with pytest.raises(MissingWeightsError, match=r"are gone from .* fetch them again"):
        find_weights(CLIP.id, kind="eyes")


def test_the_manifest_can_be_read_by_others(hub, folder: Path) -> None:
    fetch()
    told = json.loads((folder / "clip-vit-b-32" / "hitpoint-weights.json").read_text())
    assert set(told) == {"model", "repository", "commit", "fetched_on", "licence", "licence_url", "files"}
