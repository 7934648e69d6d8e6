"""OpenTimelineIO JSON, made fit for the OpenTimelineIO that is installed.
What OpenTimelineIO gets is a checked and mended copy (`otio_mender`); the document itself stays untouched, to be
written back to.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hitpoint.model.errors import CutError
from hitpoint.timeline.formats.otio_mender import COMPOSITIONS, MAX_DEPTH, Mender, listed, schema

if TYPE_CHECKING:
    import opentimelineio as otio

Json = dict[str, Any]

_COLLECTIONS = ("SerializableCollection", "SerializeableCollection")


def parse_document(content: bytes, where: str) -> Json:
    """Return the JSON object that a file holds; `where` names the file in errors."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CutError(
            f"{where} is not an OpenTimelineIO file: byte {error.start} is no text; export the timeline again"
        ) from error
    except json.JSONDecodeError as error:
        what = "is empty" if not content.strip() else f"breaks off or is damaged at line {error.lineno}: {error.msg}"
        raise CutError(f"{where} {what}; export the timeline again") from error
    except RecursionError as error:
        raise CutError(f"{where} is nested too deeply to be a timeline") from error
    if not isinstance(document, dict) or "OTIO_SCHEMA" not in document:
        raise CutError(f"{where} is JSON but not an OpenTimelineIO file; export the timeline as OTIO")
    return document


def read_document(content: bytes, where: str) -> tuple[otio.schema.Timeline, Json, list[str]]:
    """Return the timeline of an OpenTimelineIO document, its JSON untouched, and warnings about what had to be mended.

    A clip, track or stack on its own is wrapped in a timeline; of a collection the first timeline is taken.
    """
    import opentimelineio as otio

    warnings: list[str] = []
    document = parse_document(content, where)
    _check_depth(document, where)
    document = _as_timeline(_choose_root(document, where, warnings))
    copy = json.loads(json.dumps(document))
    mender = Mender(where)
    mender.mend(copy)
    warnings += mender.warnings()
    try:
        timeline = otio.adapters.read_from_string(json.dumps(copy), "otio_json")
    except Exception as error:  # OpenTimelineIO raises many kinds
        reason = " ".join(str(error).split()).partition(" (near")[0]
        raise CutError(f"{where} does not hold a valid timeline ({reason[:160]}); export it again") from error
    return timeline, document, warnings


def _check_depth(document: Json, where: str) -> None:
    pending: list[tuple[Any, int]] = [(document, 0)]
    while pending:
        node, depth = pending.pop()
        if depth > 4 * MAX_DEPTH:
            raise CutError(f"{where} is nested too deeply to be a timeline")
        if isinstance(node, dict):
            pending += [(value, depth + 1) for value in node.values() if isinstance(value, dict | list)]
        elif isinstance(node, list):
            pending += [(value, depth + 1) for value in node if isinstance(value, dict | list)]


def _choose_root(document: Json, where: str, warnings: list[str]) -> Json:
    name, _ = schema(document)
    if name in _COLLECTIONS:
        children = [child for child in listed(document.get("children")) if isinstance(child, dict)]
        timelines = [child for child in children if schema(child)[0] == "Timeline"]
        if not (timelines or children):
            raise CutError(f"{where} holds an empty collection and no timeline; export the timeline itself")
        chosen = (timelines or children)[0]
        if len(timelines) > 1:
            warnings.append(
                f"{where} holds {len(timelines)} timelines; the first, {chosen.get('name') or 'unnamed'!r}, is scored"
            )
        return _choose_root(chosen, where, warnings)
    if name not in ("Timeline", *COMPOSITIONS, "Clip"):
        raise CutError(f"{where} holds a {name or 'thing without a schema'}, not a timeline; export the timeline")
    if name == "Timeline" and not isinstance(document.get("tracks"), dict):
        raise CutError(f"{where} holds a timeline without tracks; export it again")
    return document


def _as_timeline(root: Json) -> Json:
    """Wrap a stack, track or clip in a timeline."""
    name, _ = schema(root)
    if name == "Timeline":
        return root
    if name == "Clip":
        root = {"OTIO_SCHEMA": "Track.1", "name": "Video 1", "kind": "Video", "children": [root]}
    if schema(root)[0] != "Stack":
        root = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [root]}
    return {"OTIO_SCHEMA": "Timeline.1", "name": root.get("name"), "metadata": {}, "tracks": root}
