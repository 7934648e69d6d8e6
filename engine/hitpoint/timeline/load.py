"""Loads a timeline of any format that an editor can give."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from hitpoint.model.errors import CutError, SettingError
from hitpoint.model.progress import SILENT, Progress
from hitpoint.model.time import FrameRate
from hitpoint.timeline.formats.frame_rate import start_timecode_frame, timeline_rate
from hitpoint.timeline.formats.otio_document import read_document
from hitpoint.timeline.loaded import LoadedTimeline

VIDEO_SUFFIXES = (
    ".mp4",
    ".mov",
    ".avi",
    ".mkv",
    ".m4v",
    ".webm",
    ".mxf",
    ".mpg",
    ".mpeg",
    ".mts",
    ".m2ts",
    ".ts",
    ".wmv",
)
_READABLE = ".otio, .otioz, .otiod, FCP 7 .xml, .fcpxml, .edl, .aaf, or a video (.mp4, .mov, .avi, .mkv …)"

#: What the JSON of a bundle is called inside it, by OpenTimelineIO's own writers.
_CONTENT = "content.otio"
_MAX_DOCUMENT_BYTES = 1 << 30


def load_timeline(
    path: Path, *, rate: FrameRate | None = None, needs_media: bool = False, progress: Progress = SILENT
) -> LoadedTimeline:
    """Load a timeline, whatever its format; the suffix decides.

    Parameters
    ----------
    rate : FrameRate | None
        The frame rate of an EDL, which does not say its own; an error for other formats that say another.
    needs_media : bool
        Unpack the media of an .otioz, so that its picture can be looked at (into a temporary folder).

    Raises `CutError` (`MediaError` for videos) with one sentence when it cannot be read.
    """
    if not path.exists():
        raise CutError(f"{path} does not exist; check the path")
    suffix = path.suffix.lower()
    if path.is_dir() and suffix not in (".otiod", ".fcpxmld"):
        raise CutError(f"{path} is a folder, not a cut; give one of {_READABLE}")
    try:
        loaded = _load(path, suffix, rate, needs_media, progress)
    except OSError as error:
        raise CutError(f"{path} cannot be read: {error.strerror or error}") from error
    if rate is not None and rate.fps != loaded.rate.fps:
        raise SettingError(f"--rate {rate}: {path.name} itself says {loaded.rate}; leave the option out")
    return loaded


def _load(path: Path, suffix: str, rate: FrameRate | None, needs_media: bool, progress: Progress) -> LoadedTimeline:
    # each reader brings its own libraries, which the others need not wait for
    if suffix in (".otio", ".json"):
        return _load_otio(path, path.read_bytes())
    if suffix == ".otiod":
        return _load_otiod(path)
    if suffix == ".otioz":
        return _load_otioz(path, needs_media=needs_media)
    if suffix == ".edl":
        from hitpoint.timeline.formats.edl import load_edl

        return load_edl(path, rate=rate)
    if suffix in VIDEO_SUFFIXES:
        from hitpoint.timeline.formats.video import load_video

        return load_video(path, progress=progress)
    if suffix == ".aaf":
        from hitpoint.timeline.formats.aaf import load_aaf

        return load_aaf(path)
    if suffix in (".fcpxml", ".fcpxmld", ".xml"):
        return _load_xml(path, suffix)
    hint = "export OTIO from Kdenlive (25.04 or later), or " if suffix in (".kdenlive", ".mlt") else ""
    raise CutError(f"{path.name} is of a kind that cannot be read; {hint}give {_READABLE}")


def _load_xml(path: Path, suffix: str) -> LoadedTimeline:
    from hitpoint.timeline.formats.fcp7 import load_fcp7
    from hitpoint.timeline.formats.fcpxml import load_fcpxml
    from hitpoint.timeline.formats.xml_guard import xml_kind

    is_fcpxml = suffix != ".xml" or xml_kind(path) == "fcpxml"
    return load_fcpxml(path) if is_fcpxml else load_fcp7(path)


def _load_otio(path: Path, content: bytes, *, media_folder: Path | None = None) -> LoadedTimeline:
    timeline, document, warnings = read_document(content, path.name)
    rate, rate_warnings = timeline_rate(timeline)
    return LoadedTimeline(
        timeline=timeline,
        document=document,
        path=path,
        rate=rate,
        start_timecode_frame=start_timecode_frame(timeline, rate),
        warnings=(*warnings, *rate_warnings),
        unpacked_folder=media_folder,
    )


def _load_otiod(path: Path) -> LoadedTimeline:
    content = path / _CONTENT
    if not path.is_dir():
        raise CutError(f"{path} should be a folder with {_CONTENT} in it; export the bundle again")
    if not content.is_file():
        raise CutError(f"{path} is not an OTIO bundle: there is no {_CONTENT} in it; export it again")
    return _load_otio(path, content.read_bytes())


def _load_otioz(path: Path, *, needs_media: bool) -> LoadedTimeline:
    try:
        with zipfile.ZipFile(path) as bundle:
            if _CONTENT not in bundle.namelist():
                raise CutError(f"{path} is not an OTIO bundle: there is no {_CONTENT} in it; export it again")
            if bundle.getinfo(_CONTENT).file_size > _MAX_DOCUMENT_BYTES:
                raise CutError(f"{path}: the timeline in it is larger than a gigabyte, which must be a mistake")
            content = bundle.read(_CONTENT)
            folder = _unpack(bundle) if needs_media else None
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise CutError(f"{path} is not a readable OTIO bundle ({error}); export it again") from error
    loaded = _load_otio(path, content, media_folder=folder)
    return loaded if needs_media else replace(loaded, bundled=frozenset(_members(path)))


def _members(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as bundle:
        return bundle.namelist()


def _unpack(bundle: zipfile.ZipFile) -> Path:
    """Unpack a bundle into a temporary folder that goes when the program ends."""
    folder = Path(tempfile.mkdtemp(prefix="hitpoint-bundle-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    bundle.extractall(folder)  # zipfile keeps members inside the folder, whatever their names say
    return folder
