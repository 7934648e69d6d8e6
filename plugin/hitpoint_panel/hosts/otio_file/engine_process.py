"""Asks the engine about a file, in a process of its own: no file an editor wrote can harm the window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from hitpoint.model import errors

Json = dict[str, Any]
#: One request, one answer; raises `HitpointError` with one sentence. See hitpoint/timeline/exchange/__main__.py.
Ask = Callable[[Json], Json]

#: Far longer than the longest timeline takes to read, and a two-hour score to copy to a slow disk.
TIMEOUT_S = {"describe": 180.0, "check": 180.0, "hand_out": 3_600.0}


def ask_engine(request: Json) -> Json:
    """Send one request and return the answer.

    Raises the error that the engine raised, or `HitpointError` when it broke or took too long.
    """
    subject = request.get("path") or request.get("scored_path")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "hitpoint.timeline.exchange"],
            input=json.dumps(request).encode("ascii"),
            capture_output=True,
            timeout=TIMEOUT_S[request["do"]],
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            env={**os.environ, "PYTHONUTF8": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise errors.HitpointError(
            f"{subject} took the engine longer than {TIMEOUT_S[request['do']]:.0f} s; is the disk away or very slow?"
        ) from error
    try:
        answer: Json = json.loads(done.stdout)
    except ValueError as error:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
        raise errors.HitpointError(
            f"the engine broke on {subject} (exit {done.returncode}: {said[-1][:200]}); please send us that file"
        ) from error
    if "error" in answer:
        kind = getattr(errors, str(answer.get("kind")), errors.HitpointError)
        raise kind(answer["error"])
    return answer
