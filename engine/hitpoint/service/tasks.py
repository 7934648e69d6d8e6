"""What a worker does, by the kind of the job. Imported by workers alone: nothing of it runs in the service."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hitpoint.files import write_beside
from hitpoint.model.edits import BarSpan, Edits
from hitpoint.model.errors import HitpointError, MediaError
from hitpoint.model.progress import Progress
from hitpoint.model.time import frame_rate_from_text
from hitpoint.service.layout import is_version_id
from hitpoint.service.session_protocol import CutSession, load_factory

#: What a list of versions leaves out.
_WHOLE_ONLY = ("report", "waveform")

#: Frames of an upload that must be decodable before it is taken.
_PROBED_FRAMES = 5


#: Shows a part of a result that is ready early: its name, and JSON.
Preview = Callable[[str, object], None]


class Tasks:
    """The jobs of one worker. `session` is what the worker keeps warm, None in short-lived workers."""

    def __init__(self, session: Mapping[str, Any] | None) -> None:
        self._told = session
        self._session: CutSession | None = None
        if session is not None:
            self._factory = load_factory(session["factory"])

    def run(
        self, kind: str, payload: Mapping[str, Any], folder: Path, *, progress: Progress, preview: Preview
    ) -> dict[str, Any]:
        """Do a job and write its result into `folder`; return what the service itself must know of it."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if kind == "compose":
            return self._compose(payload, folder, progress, preview)
        if kind == "look":
            result = self._open().look(_edits(payload), progress=progress)
        elif kind == "export":
            result = self._open().export(
                payload["version_id"],
                folder=Path(payload["folder"]),
                what=tuple(payload["what"]),
                profile=payload["profile"],
                **_sound(payload),
                progress=progress,
            )
        elif kind in ("score", "generate"):
            result = _score(payload, folder / "files", progress)
        else:
            result = _probe(Path(payload["path"]))
        files = {name: str(path) for name, path in result.get("files", {}).items()}
        write_json(folder / "files.json", files)
        write_json(folder / "result.json", result)  # last: its being there says that the job is done
        return {"probe": result} if kind == "probe" else {}

    def _compose(
        self, payload: Mapping[str, Any], folder: Path, progress: Progress, preview: Preview
    ) -> dict[str, Any]:
        version = self._open().compose(
            _edits(payload),
            parent_version_id=payload.get("parent_version_id"),
            redo_bars=tuple(BarSpan(**span) for span in payload.get("redo_bars", ())),
            new_take_of_stem=payload.get("new_take_of_stem"),
            progress=progress,
            ready=lambda part: preview("mix", part),
        )
        version_id = str(version["version_id"])
        if not is_version_id(version_id):
            raise HitpointError(f"the session calls a version {version_id!r}, which is no name for a file")
        assert self._told is not None
        path = Path(self._told["folder"]) / "versions" / f"{version_id}.json"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_json(path, version)
        write_json(folder / "result.json", {"version_id": version_id})
        kept = [str(other["version_id"]) for other in self._open().versions()]
        return {"version": summary_of(version), "kept": kept}

    def _open(self) -> CutSession:
        if self._session is None:
            from hitpoint.understanding import CutRequest

            assert self._told is not None
            request = self._told["request"]
            folder = Path(self._told["folder"]) / "work"
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._session = self._factory(
                CutRequest(
                    cut_path=Path(request["cut_path"]),
                    rate=frame_rate_from_text(request["rate"]) if request.get("rate") else None,
                    subtitles_path=_path(request.get("subtitles_path")),
                    script_path=_path(request.get("script_path")),
                    marker_table_path=_path(request.get("marker_table_path")),
                ),
                folder=folder,
                soundfont_path=_path(request.get("soundfont_path")),
            )
        return self._session


def summary_of(version: Mapping[str, Any]) -> dict[str, Any]:
    """Return a version as lists show it."""
    return {key: value for key, value in version.items() if key not in _WHOLE_ONLY}


def write_json(path: Path, value: object) -> None:
    """Write JSON, whole or not at all; `OutputError` where the disk does not let us."""
    with write_beside(path) as unfinished:
        unfinished.write_text(json.dumps(value), encoding="utf-8")


def _edits(payload: Mapping[str, Any]) -> Edits:
    from hitpoint.service.bodies import edits_from_plain

    return edits_from_plain(payload.get("edits") or {})


def _sound(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an export is asked to sound like; nothing for what every session can."""
    if payload.get("sound", "sampled") == "sampled":
        return {}
    from hitpoint.generation import SoundChoice

    return {
        "sound": SoundChoice(
            mode=payload["sound"],
            model=payload.get("model"),
            candidates=payload.get("candidates", 2),
            device=payload.get("device"),
        )
    }


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _score(payload: Mapping[str, Any], own_folder: Path, progress: Progress) -> dict[str, Any]:
    from hitpoint.pipeline import ScoreSettings, score

    given = dict(payload["settings"])
    for key in [key for key in given if key.endswith("_path") or key == "out_folder"]:
        given[key] = _path(given[key])
    if given.get("rate") is not None:
        given["rate"] = frame_rate_from_text(given["rate"])
    given["alternates"] = tuple(given.get("alternates", ()))
    given["told"] = tuple(given.get("told", ()))
    if given.get("out_folder") is None:
        own_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        given["out_folder"] = own_folder
    report = score(ScoreSettings(**given), progress=progress)
    folder = Path(given["out_folder"]).resolve()
    return {"report": report, "files": {kind: str(folder / path) for kind, path in report.get("files", {}).items()}}


def _probe(path: Path) -> dict[str, Any]:
    """Return what an upload is; `MediaError` where it is no film, or none that can be decoded."""
    import av

    from hitpoint.media.open_media import expected_frames, frame_rate, opened, picture_stream

    with opened(path) as container:
        stream = picture_stream(container, path)
        rate = frame_rate(stream, path)
        frames = expected_frames(container, stream, rate)
        decoded = 0
        try:
            for _ in container.decode(stream):
                decoded += 1
                if decoded == _PROBED_FRAMES:
                    break
        except av.FFmpegError as error:
            if not decoded:
                raise MediaError(f"{path.name} cannot be decoded ({error}); export it again, H.264 in .mp4") from error
        if not decoded:
            raise MediaError(f"{path.name} has no picture in it; export it again, H.264 in .mp4")
        return {
            "duration_s": round(float(frames / rate.fps), 3),
            "width": stream.codec_context.width,
            "height": stream.codec_context.height,
            "codec": stream.codec_context.name,
            "frame_rate": str(rate),
            "has_sound": bool(container.streams.audio),
        }
