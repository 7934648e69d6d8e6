"""What goes wrong with Resolve, each as one sentence: what, where, what to do."""

from __future__ import annotations

from hitpoint.model.errors import HitpointError

#: By the kinds that launchers and transports name. `{detail}` is the launcher's own text, `{func}` the call.
_SENTENCES = {
    "gone": "the connection to DaVinci Resolve has ended; open Hitpoint again from Workspace > Scripts",
    "blocked": "DaVinci Resolve answers nothing, probably because it shows a dialogue; close it and try again",
    "busy": "DaVinci Resolve still works on the request before; wait a moment and try again",
    "timeout": "DaVinci Resolve has not answered {detail}; look whether it shows a dialogue or renders, then try again",
    "no_launcher": "DaVinci Resolve does not answer; click Workspace > Scripts > {detail} in Resolve",
    "no_project": "no project is open in DaVinci Resolve; open one and try again",
    "no_timeline": "no timeline is open in DaVinci Resolve; open one and try again",
    "other_timeline": "another timeline was opened in DaVinci Resolve; open the one with the cut and try again",
    "missing": "this version of DaVinci Resolve cannot do that ({detail}); Hitpoint needs 18.5 or later",
    "unknown_method": "Hitpoint's script in Resolve is of another version ({detail}); run the installer again",
    "old_launcher": "Hitpoint's script in Resolve is of another version ({detail}); run the installer again",
    "raised": "DaVinci Resolve failed in {func} ({detail}); try again, and send the log if it stays so",
    "refused": "DaVinci Resolve refused: {detail}; try again, and restart Resolve if it stays so",
}


class ResolveError(HitpointError):
    """Resolve, or the way to it, did not do what it should.

    Attributes
    ----------
    kind : str
        For the program: "gone", "blocked", "timeout", "no_timeline", "refused", ...
    func : str
        The call of Resolve's that failed, "" where there was none.
    """

    def __init__(self, kind: str, detail: str = "", func: str = "", *, sentence: str | None = None) -> None:
        self.kind = kind
        self.detail = detail
        self.func = func
        super().__init__(sentence or _SENTENCES.get(kind, _SENTENCES["refused"]).format(detail=detail, func=func))

    @property
    def is_lost(self) -> bool:
        """Whether there is nobody left to talk to."""
        return self.kind in ("gone", "no_launcher")
