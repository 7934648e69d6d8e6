"""What a service answers instead of a result, as the errors that a step would have raised here."""

from __future__ import annotations

import json

import httpx

from hitpoint.model import errors
from hitpoint.model.errors import HitpointError


class ServiceGone(HitpointError):
    """The service does not answer: it ended, or was never there. `connect_or_start` gets a new one."""


class JobEnded(HitpointError):
    """A job has no result because it was cancelled, or because its service ended while it ran."""


def error_of(kind: str, sentence: str) -> HitpointError:
    """Return the error of that name; `HitpointError` for a name that this version does not know."""
    found = getattr(errors, kind, None)
    if isinstance(found, type) and issubclass(found, HitpointError):
        return found(sentence)
    return HitpointError(sentence)


def raise_for(response: httpx.Response) -> None:
    """Raise what an answer tells of; nothing for one that is well. The body must have been read."""
    if response.is_success:
        return
    try:
        told = json.loads(response.content)
        raise error_of(str(told["kind"]), str(told["error"]))
    except (json.JSONDecodeError, KeyError, TypeError):
        raise HitpointError(
            f"the service answered {response.status_code} to {response.request.method} "
            f"{response.request.url.path}; update Hitpoint, or end the other program on that port"
        ) from None
