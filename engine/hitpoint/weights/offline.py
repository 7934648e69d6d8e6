"""Loading a model asks no network: its files are on this machine, or it is an error."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Read by huggingface_hub, on which transformers, sentence-transformers, open_clip and stable-audio-tools build, when
#: it is first imported; afterwards its own switches count.
_VARIABLES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK")
_SWITCHES = ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY")

_lock = threading.Lock()
_inside = 0
_before: dict[str, str | None] = {}
_switches_before: dict[str, object] = {}


@contextmanager
def local_files_only() -> Iterator[None]:
    """Run with every library's way to the network closed; a library that wants a file it has not raises its own error.

    A T5 encoder is what stable-audio-tools would fetch by its name, a tokenizer what transformers would look after.
    Holds for the whole process while any thread is inside, and puts back what was set before.
    """
    global _inside
    with _lock:
        if _inside == 0:
            _close()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                _put_back()


def _close() -> None:
    _before.update({name: os.environ.get(name) for name in _VARIABLES})
    os.environ.update(dict.fromkeys(_VARIABLES, "1"))
    constants = sys.modules.get("huggingface_hub.constants")
    if constants is not None:
        _switches_before.update({name: getattr(constants, name) for name in _SWITCHES})
        for name in _SWITCHES:
            setattr(constants, name, True)


def _put_back() -> None:
    for name, value in _before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    constants = sys.modules.get("huggingface_hub.constants")
    if constants is not None:
        # imported while inside, it took the closed state for the user's own wish: he said so where a variable says so
        wished = {
            "HF_HUB_OFFLINE": _is_true("HF_HUB_OFFLINE") or _is_true("TRANSFORMERS_OFFLINE"),
            "HF_HUB_DISABLE_TELEMETRY": _is_true("HF_HUB_DISABLE_TELEMETRY") or _is_true("DO_NOT_TRACK"),
        }
        for name in _SWITCHES:
            setattr(constants, name, _switches_before.get(name, wished[name]))
    _before.clear()
    _switches_before.clear()


def _is_true(variable: str) -> bool:
    return os.environ.get(variable, "").upper() in ("1", "ON", "YES", "TRUE")
