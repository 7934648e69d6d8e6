"""Edits as the JSON that is sent, and kept beside the cut."""

from __future__ import annotations

import dataclasses
from typing import Any

from hitpoint.model.edits import EDITS_VERSION, Edits


def edits_to_plain(edits: Edits) -> dict[str, Any]:
    """Return edits as JSON, with their format's mark under `version`."""
    plain = dataclasses.asdict(edits)
    plain["added"], plain["removed"] = sorted(edits.added), sorted(edits.removed)
    return {"version": EDITS_VERSION, **plain}
