"""What the editor changed in the panel, over what the cut itself says.

values   markers, cues, locked bars, and all of them together
as_json  the same as JSON, `edits.1` (docs/service.md), there and back exactly
"""

from hitpoint.model.edits.values import EDITS_VERSION, BarSpan, CueEdit, Edits, MarkerEdit

__all__ = ["EDITS_VERSION", "BarSpan", "CueEdit", "Edits", "MarkerEdit"]
