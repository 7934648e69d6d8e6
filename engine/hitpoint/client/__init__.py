"""A client of the engine's service (docs/service.md), for the panel and for scripts. Knows no step and no FastAPI.

from hitpoint.client import connect_or_start
with connect_or_start() as client:
    session = client.open_session(Path("reel1.otio"))
    version = client.wait(client.compose(session["session_id"])["id"])
"""

from __future__ import annotations

from hitpoint.client.address import API_VERSION, ServiceAddress, read_address, state_folder
from hitpoint.client.client import Client, connect_or_start
from hitpoint.client.edits_json import edits_to_plain
from hitpoint.client.faults import JobEnded, ServiceGone
from hitpoint.client.sse import ServerEvent
from hitpoint.client.start import clean_environment, find_or_start, find_service

__all__ = [
    "API_VERSION",
    "Client",
    "JobEnded",
    "ServerEvent",
    "ServiceAddress",
    "ServiceGone",
    "clean_environment",
    "connect_or_start",
    "edits_to_plain",
    "find_or_start",
    "find_service",
    "read_address",
    "state_folder",
]
