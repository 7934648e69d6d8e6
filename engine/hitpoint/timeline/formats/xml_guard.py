"""Reads XML that others wrote, without what only attackers put into it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from hitpoint.model.errors import CutError

#: The largest projects are some tens of megabytes.
_MAX_BYTES = 512 << 20
_HEAD_BYTES = 1 << 16


def parse_xml(path: Path, what: str) -> ET.Element:
    """Return the root of an XML file; `what` names the format ("an FCPXML file") in errors.

    Raises `CutError` for what is no XML, is cut off, or declares entities (they can fill the memory or fetch files).
    """
    content = _content(path, what)
    try:
        return ET.fromstring(content)
    except ET.ParseError as error:
        line = error.position[0]
        raise CutError(f"{path.name} breaks off or is damaged at line {line}; export it again as {what}") from error
    except (ValueError, LookupError) as error:  # an encoding that does not exist
        raise CutError(f"{path.name} is not {what} that can be read ({error}); export it again") from error


def xml_kind(path: Path) -> str:
    """Return the name of the root element, "" where there is none."""
    head = _content(path, "XML")[:_HEAD_BYTES].decode("utf-8", errors="ignore").replace("\x00", "")
    match = re.search(r"<([A-Za-z_][\w.\-]*)", re.sub(r"<[?!][^>]*>", "", head))
    return match[1].lower() if match else ""


def _content(path: Path, what: str) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise CutError(f"{path.name} is larger than half a gigabyte, which is no timeline; export it again")
        content = path.read_bytes()
    except OSError as error:
        raise CutError(f"{path} cannot be read: {error.strerror or error}") from error
    if not content.strip():
        raise CutError(f"{path.name} is empty; export it again as {what}")
    if b"<!ENTITY" in content or "<!ENTITY".encode("utf-16-le") in content or "<!ENTITY".encode("utf-16-be") in content:
        raise CutError(f"{path.name} declares XML entities, which no editor writes; it is not opened")
    return content
