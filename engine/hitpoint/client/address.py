"""Where a running service says who and where it is: `service.json` in the user's state folder."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

#: What the calls of docs/service.md are called; raised when a client of an older one would misunderstand.
API_VERSION = "service.1"

ADDRESS_NAME = "service.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAddress:
    """A running service; `token` is a secret: whoever has it may do what the user may."""

    pid: int
    port: int
    token: str
    version: str
    api: str = API_VERSION

    @property
    def url(self) -> str:
        """The service's own origin."""
        return f"http://127.0.0.1:{self.port}"

    def __repr__(self) -> str:  # a log is no place for a token
        return f"ServiceAddress(pid={self.pid}, port={self.port}, version={self.version!r}, api={self.api!r})"


def state_folder() -> Path:
    """Return the folder for what a service must remember: HITPOINT_STATE_DIR or the system's place; not made here."""
    import platformdirs

    override = os.environ.get("HITPOINT_STATE_DIR")
    return Path(override).absolute() if override else platformdirs.user_state_path("hitpoint", appauthor=False)


def read_address(folder: Path) -> ServiceAddress | None:
    """Return what the last service wrote, which need not run any more; None where there is nothing that can be read."""
    try:
        told = json.loads((folder / ADDRESS_NAME).read_text(encoding="utf-8"))
        return ServiceAddress(
            pid=int(told["pid"]),
            port=int(told["port"]),
            token=str(told["token"]),
            version=str(told["version"]),
            api=str(told["api"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
