"""What the check script (hitpoint_canary.lua) found when the user last clicked it, for `hitpoint doctor`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hitpoint_panel.hosts.resolve.launcher_files import LUA_MENU_ENTRY
from hitpoint_panel.hosts.resolve.mailbox import bridge_entries
from hitpoint_panel.hosts.resolve.places import preference_files

_SENTENCES = {
    "too_old": "is too old for Hitpoint, which needs 18.5 or later",
    "lua": f"lists no Python scripts: open the panel, then click Workspace > Scripts > {LUA_MENU_ENTRY}",
    "python": "should list Workspace > Scripts > Hitpoint; if it does not, it finds no Python (docs/resolve.md)",
}


@dataclass(frozen=True, slots=True)
class CanaryReport:
    """Which Resolve the check ran in, and what `verdict` ("too_old", "lua", "python") it came to."""

    verdict: str
    product: str
    version_text: str
    left_in_sandbox: str

    @property
    def sentence(self) -> str:
        """What to tell the user."""
        return f"{self.product} {self.version_text} {_SENTENCES.get(self.verdict, '')}".rstrip()


def last_check(preferences: Iterable[Path] | None = None) -> CanaryReport | None:
    """Return the newest report, or None where the check was never clicked."""
    for path in preferences if preferences is not None else preference_files():
        try:
            entry = bridge_entries(path.read_text(encoding="latin-1")).get("Canary", "")
        except OSError:
            continue
        parts = entry.split("|")
        if len(parts) == 4:
            return CanaryReport(*parts)
    return None
