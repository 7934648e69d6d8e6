"""Which brief writers are installed."""

from __future__ import annotations

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.spotting.brief_writer.builtin import BuiltinWriter
from hitpoint.spotting.brief_writer.request import BriefWriter

#: Entry points of this group are brief writers: a class without arguments that fulfils `BriefWriter`.
ENTRY_POINT_GROUP = "hitpoint.brief_writers"
DEFAULT_WRITER = "builtin"


def load_brief_writer(name: str = DEFAULT_WRITER) -> BriefWriter:
    """Return a brief writer by name: "builtin", or one that an installed package declares.

    Raises `SettingError` for an unknown name.
    """
    if name == DEFAULT_WRITER:
        return BuiltinWriter()
    from importlib.metadata import entry_points

    others = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    if name not in others:
        known = {DEFAULT_WRITER, *others}
        raise SettingError(f"there is no brief writer {name!r}; {did_you_mean(name, known)}")
    writer: BriefWriter = others[name].load()()
    return writer
