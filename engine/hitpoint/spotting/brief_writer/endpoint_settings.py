"""Which language model the user has: llm.toml in the configuration folder, and the environment over it. Off otherwise.

::

    url = "http://localhost:11434/v1"    # HITPOINT_LLM_URL
    model = "llama3.1"                   # HITPOINT_LLM_MODEL
    key = ""                             # HITPOINT_LLM_KEY; most local servers want none
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.resources import load_toml, user_config_folder

_LINES = ("url", "model", "key")
_VARIABLES = {"url": "HITPOINT_LLM_URL", "model": "HITPOINT_LLM_MODEL", "key": "HITPOINT_LLM_KEY"}
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
    """Return whether a language model is set up, so that it may be asked; nothing is asked here."""
    try:
        return load_endpoint_settings() is not None
    except SettingError:
        return False


def load_endpoint_settings(environment: Mapping[str, str] | None = None) -> EndpointSettings | None:
    """Return the user's language model, None where there is none; `environment` None is the process's own.

    Raises `SettingError` for unknown lines, a wrong address, and a model without an address or the other way round.
    """
    environment = os.environ if environment is None else environment
    path = user_config_folder() / "llm.toml"
    values: dict[str, str] = {}
    source = str(path)
    for name, value in (load_toml(path) if path.is_file() else {}).items():
        if name not in _LINES:
            raise SettingError(f"{path}: there is no line {name!r} here; {did_you_mean(name, _LINES)}")
        if not isinstance(value, str):
            raise SettingError(f"{path}: {name} must be words in quotes")
        values[name] = value.strip()
    for name, variable in _VARIABLES.items():
        if environment.get(variable, "").strip():
            values[name] = environment[variable].strip()
            source = f"{path} or the environment (HITPOINT_LLM_…)"
    values = {name: value for name, value in values.items() if value}
    if not values.keys() & {"url", "model"}:
        return None
    missing = [name for name in ("url", "model") if name not in values]
    if missing:
        raise SettingError(f"{source}: the language model has no {missing[0]}; add it, or set {_VARIABLES[missing[0]]}")
    try:
        return EndpointSettings(**values)
    except ValueError as error:
        raise SettingError(f"{source}: {error}") from None  # the cause would show the values
