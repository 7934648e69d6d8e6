"""Is this the beginning of a film? Told by the container's own marks, never by the name that a file was sent under."""

from __future__ import annotations

#: Boxes that QuickTime and MP4 files begin with.
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_STILLS = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif", b"ftypM4A ", b"ftypM4B ", b"ftypcrx ")
_TS_PACKET_BYTES, _M2TS_PACKET_BYTES = 188, 192

#: How much of the beginning is needed to tell.
HEAD_BYTES = 1024


def suffix_of_film(head: bytes) -> str | None:
    """Return the file suffix of the container that begins with `head` (`HEAD_BYTES`, or all); None for none."""
    if head[4:8] in _BOXES:
        if head[4:12] in _STILLS:
            return None
        return ".mov" if head[4:12] == b"ftypqt  " or head[4:8] != b"ftyp" else ".mp4"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return ".webm" if b"webm" in head[:64] else ".mkv"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return ".avi"
    if head.startswith(b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02"):
        return ".mxf"
    if head.startswith(b"0&\xb2u\x8ef\xcf\x11"):
        return ".wmv"
    if head.startswith((b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")):
        return ".mpg"
    if _is_every(head, 0, _TS_PACKET_BYTES):
        return ".ts"
    if _is_every(head, 4, _M2TS_PACKET_BYTES):
        return ".m2ts"
    return None


def _is_every(head: bytes, first: int, step: int) -> bool:
    """Return whether transport packets follow each other at this distance."""
    marks = head[first::step]
    return len(marks) >= 3 and all(mark == 0x47 for mark in marks)
