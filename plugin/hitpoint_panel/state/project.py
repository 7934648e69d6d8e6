"""All that is kept beside the cut, as one value and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from hitpoint.model.edits import Edits
from hitpoint.model.errors import InputError
from hitpoint_panel.state.edits_json import edits_from_json, edits_to_json
from hitpoint_panel.state.takes import Take

FORMAT = "hitpoint-panel.1"
_KNOWN = frozenset({"format", "edits", "takes", "current_version_id", "compared_version_id", "view", "inputs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What the editor made of one cut.

    `view` is where he was: playhead and loop in frames, what is muted. `inputs` are paths of subtitles and screenplay.
    `extra` are keys that this version does not know; they are written back as they were.
    """

    edits: Edits = field(default_factory=Edits)
    takes: tuple[Take, ...] = ()
    current_version_id: str = ""
    compared_version_id: str = ""
    view: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


def project_to_json(project: Project) -> dict[str, Any]:
    """Return a project as JSON values."""
    return {
        **project.extra,
        "format": FORMAT,
        "edits": edits_to_json(project.edits),
        "takes": [{**asdict(take), "edits": dict(take.edits)} for take in project.takes],
        "current_version_id": project.current_version_id,
        "compared_version_id": project.compared_version_id,
        "view": dict(project.view),
        "inputs": dict(project.inputs),
    }


def project_from_json(value: Any) -> Project:
    """Return the project that JSON values say; raises InputError where it is none of ours, or a newer one."""
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        kind = value.get("format") if isinstance(value, dict) else None
        raise InputError(f"it is of kind {kind!r}, this panel knows {FORMAT}")
    names = {item.name for item in fields(Take)}
    try:
        takes = tuple(Take(**{key: item[key] for key in item if key in names}) for item in value.get("takes", ()))
        return Project(
            edits=edits_from_json(value.get("edits") or {}),
            takes=takes,
            current_version_id=str(value.get("current_version_id") or ""),
            compared_version_id=str(value.get("compared_version_id") or ""),
            view=dict(value.get("view") or {}),
            inputs=dict(value.get("inputs") or {}),
            extra={key: item for key, item in value.items() if key not in _KNOWN},
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"something in it is not what it should be ({error})") from error
