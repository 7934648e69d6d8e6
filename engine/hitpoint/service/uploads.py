"""Taking in a film that is sent: streamed to our own disk, counted while it comes, and looked at before it is kept."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

import anyio.to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from hitpoint.files import output_error
from hitpoint.model.errors import OutputError
from hitpoint.service.failures import CallError
from hitpoint.service.film_kinds import HEAD_BYTES, suffix_of_film
from hitpoint.service.layout import Layout, upload_name

_FIELD = "file"


class Received(NamedTuple):
    """A film that lies on our disk, not yet under its name."""

    unfinished: Path
    name: str
    size_bytes: int


class _Form:
    """The one file of a multipart form, written as it comes; other parts are refused."""

    def __init__(self, boundary: bytes, stream: BinaryIO, *, most_bytes: int) -> None:
        self._stream, self._most_bytes = stream, most_bytes
        self._header: list[bytes] = [b"", b""]
        self._disposition: dict[bytes, bytes] | None = None
        self.head = b""
        self.size_bytes = 0
        self.file_name: str | None = None
        self.is_whole = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_end": self._ends,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise CallError(
                400, "the form is not multipart as it says it is; send the film as its field 'file'"
            ) from error

    def _part_begins(self) -> None:
        self._disposition = None

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _header_ends(self) -> None:
        name, value = self._header
        self._header = [b"", b""]
        if name.lower() == b"content-disposition":
            self._disposition = parse_options_header(value)[1]

    def _headers_end(self) -> None:
        options = self._disposition or {}
        if self.file_name is not None or options.get(b"name") != _FIELD.encode() or b"filename" not in options:
            raise CallError(422, "send one film, as the form's field 'file', and nothing else")
        self.file_name = options[b"filename"].decode("utf-8", "replace")

    def _data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        self.size_bytes += len(piece)
        if self.size_bytes > self._most_bytes:
            raise CallError(413, f"a film may have {self._most_bytes / 1e9:.1f} GB; open larger ones as a cut on disk")
        if len(self.head) < HEAD_BYTES:
            was_known = len(self.head)
            self.head += piece[: HEAD_BYTES - was_known]
            if len(self.head) == HEAD_BYTES and suffix_of_film(self.head) is None:
                raise _no_film(self.file_name)
        self._stream.write(piece)

    def _ends(self) -> None:
        self.is_whole = True


async def receive(chunks: AsyncIterator[bytes], content_type: str, layout: Layout, *, most_bytes: int) -> Received:
    """Write a film to our disk as it comes, and tell its kind by its content.

    Raises `CallError` for what is no form, no film, or too large, `OutputError` for a full disk; nothing is left then.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise CallError(415, "send a film as multipart/form-data, in the field 'file'")
    unfinished = layout.uploads / f".{secrets.token_hex(8)}.partial"
    try:
        with open(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            form = _Form(boundary, stream, most_bytes=most_bytes)
            async for chunk in chunks:
                await anyio.to_thread.run_sync(form.feed, chunk)
        if not form.is_whole or form.file_name is None:
            raise CallError(400, "the film did not arrive whole; send it again")
        suffix = suffix_of_film(form.head)
        if suffix is None:
            raise _no_film(form.file_name)
        return Received(unfinished, upload_name(form.file_name, suffix), form.size_bytes)
    except BaseException as error:
        with suppress(OSError):
            unfinished.unlink()
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise output_error(layout.uploads, error) from error
        raise


def _no_film(name: str | None) -> CallError:
    shown = upload_name(name or "film", "").rpartition("-")[0]
    return CallError(
        415, f"{shown} is no film that we know by its content; send .mp4, .mov, .mkv, .webm, .avi, .mxf or .ts"
    )
