"""What the service asks of a session: the one door through which it reaches `hitpoint.session`, by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from hitpoint.model.edits import BarSpan, Edits
from hitpoint.model.errors import HitpointError
from hitpoint.model.progress import Progress

if TYPE_CHECKING:
    from hitpoint.generation import SoundChoice
    from hitpoint.understanding import CutRequest


class CutSession(Protocol):
    """An open cut, kept warm in a worker. All answers are JSON as in docs/service.md; errors are `HitpointError`s."""

    def look(self, edits: Edits, *, progress: Progress) -> Mapping[str, Any]:
        """Return what is in the cut."""
        ...

    def compose(
        self,
        edits: Edits,
        *,
        parent_version_id: str | None,
        redo_bars: Sequence[BarSpan],
        new_take_of_stem: str | None,
        progress: Progress,
        ready: Callable[[Mapping[str, Any]], None],
    ) -> Mapping[str, Any]:
        """Make a version of the score, and return it; `ready` is told what of it can be heard before it is whole."""
        ...

    def versions(self) -> Sequence[Mapping[str, Any]]:
        """Return the versions that are kept, newest first."""
        ...

    def export(
        self,
        version_id: str,
        *,
        folder: Path,
        what: Sequence[str],
        profile: str,
        sound: SoundChoice | None = None,
        progress: Progress,
    ) -> Mapping[str, Any]:
        """Write a version into a folder of the user's; return `{"files": {kind: path}, "warnings": []}`.

        `sound` asks for a generated layer, and is only given where one is asked for.
        """
        ...


class OpenSession(Protocol):
    """Opens a session; what is slow in it belongs to its first job, which can be watched and cancelled."""

    def __call__(self, request: CutRequest, *, folder: Path, soundfont_path: Path | None) -> CutSession:
        """Open a cut; `folder` is the session's own, where it finds again what it kept there before."""
        ...


def load_factory(name: str) -> OpenSession:
    """Import what `module:name` says; `HitpointError` where this installation has no such thing.

    The class is called with the request, `folder`, and `settings`, a `SessionSettings` of the same module.
    """
    module_name, _, attribute = name.partition(":")
    try:
        module = importlib.import_module(module_name)
        session, settings = getattr(module, attribute), module.SessionSettings
    except (ImportError, AttributeError) as error:
        raise HitpointError(
            f"sessions cannot be opened: {name} is not installed ({error}); reinstall Hitpoint"
        ) from error

    def open_session(request: CutRequest, *, folder: Path, soundfont_path: Path | None) -> CutSession:
        return cast(CutSession, session(request, folder=folder, settings=settings(soundfont_path=soundfont_path)))

    return open_session
