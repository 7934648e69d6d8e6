"""Which server with a language model the user has (llm_file). Off otherwise."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from hitpoint.model.errors import SettingError
from hitpoint.spotting.brief_writer.llm_file import read_lines, variable_of

_LINES = ("url", "model", "key")
_KEY = re.compile(r"[\x21-\x7e]*")  # a header can hold nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """A server that speaks OpenAI's protocol; `url` is what its clients call the base URL. The key is never shown."""

    url: str
    model: str
    key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError as error:
            raise ValueError("url is not an address such as http://localhost:11434/v1") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or re.search(r"\s", self.url):
            raise ValueError("url is not an address such as http://localhost:11434/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("url must hold the address only; the key has a line of its own")
        if not self.model.strip():
            raise ValueError("model is empty; name the model that the server should use")
        if not _KEY.fullmatch(self.key):
            raise ValueError("key holds a space, a line break or a letter that no key has; copy it again")

    @property
    def host(self) -> str:
        """Host and port, for sentences."""
        return urlsplit(self.url).netloc

    @property
    def is_local(self) -> bool:
        """Whether the server runs on this machine."""
        name = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return name == "localhost" or name.endswith(".localhost")

    @property
    def is_encrypted(self) -> bool:
        """Whether what is sent cannot be read on the way."""
        return urlsplit(self.url).scheme == "https"


def is_configured() -> bool:
    """Return whether a server is set up, so that it may be asked; nothing is asked here."""
    try:
        return load_endpoint_settings() is not None
    except SettingError:
        return False


def load_endpoint_settings(environment: Mapping[str, str] | None = None) -> EndpointSettings | None:
    """Return the user's server, None where there is none; `environment` None is the process's own.

    Raises `SettingError` for unknown lines, a wrong address, and a model without an address or the other way round.
    """
    values, source = read_lines(_LINES, environment)
    if not values.keys() & {"url", "model"}:
        return None
    missing = [name for name in ("url", "model") if name not in values]
    if missing:
        raise SettingError(
            f"{source}: the language model has no {missing[0]}; add it, or set {variable_of(missing[0])}"
        )
    try:
        return EndpointSettings(**values)
    except ValueError as error:
        raise SettingError(f"{source}: {error}") from None  # the cause would show the values
