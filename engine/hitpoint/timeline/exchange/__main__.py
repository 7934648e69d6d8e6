"""One request, one answer: JSON on standard input, JSON on standard output.

    {"do": "describe", "path": …}                 -> describe.describe
    {"do": "hand_out", "scored_path": …, …}       -> hand_out.hand_out
    {"do": "check", "path": …}                    -> hand_out.check

The exit code is 0, or that of the error, which is then {"error": "one sentence", "kind": "CutError"}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from hitpoint.model.errors import HitpointError

Json = dict[str, Any]


def answer(request: Json) -> Json:
    """Do what a request asks for."""
    if request["do"] == "describe":
        from hitpoint.timeline.exchange.describe import describe

        return describe(Path(request["path"]))
    from hitpoint.timeline.exchange.hand_out import HandOut, check, hand_out
    from hitpoint.timeline.write_back.marker_edl import MarkerRow

    if request["do"] == "check":
        return check(Path(request["path"]))
    markers = request.get("markers")
    return hand_out(
        HandOut(
            scored_path=Path(request["scored_path"]),
            name=request["name"],
            staging=Path(request["staging"]),
            folder=Path(request["folder"]),
            enabled=request.get("enabled", {}),
            markers=None if markers is None else tuple(MarkerRow(**row) for row in markers),
        )
    )


def main() -> int:
    """Answer the one request on standard input."""
    # escaped to ASCII on both ways, so that the system's own encoding does not matter
    try:
        print(json.dumps(answer(json.loads(sys.stdin.buffer.read()))))
    except HitpointError as error:
        print(json.dumps({"error": str(error), "kind": type(error).__name__}))
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
