"""Which brief writers are installed."""

from __future__ import annotations

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.progress import SILENT, Progress
from hitpoint.spotting.brief_writer.builtin import BuiltinWriter
from hitpoint.spotting.brief_writer.request import BriefWriter

#: Entry points of this group are brief writers: a class without arguments that fulfils `BriefWriter`.
ENTRY_POINT_GROUP = "hitpoint.brief_writers"
DEFAULT_WRITER = "builtin"
LANGUAGE_MODEL = "language-model"


def load_brief_writer(name: str = DEFAULT_WRITER, *, progress: Progress = SILENT) -> BriefWriter:
    """Return a brief writer by name: "builtin", "language-model", or one that an installed package declares.

    `progress` lets a slow writer be stopped. Raises `SettingError` for an unknown name and for a language model that
    is not configured, `MissingToolError` where its library is not installed.
    """
    if name == DEFAULT_WRITER:
        return BuiltinWriter()
    if name == LANGUAGE_MODEL:
        from hitpoint.spotting.brief_writer.language_model import LanguageModelWriter

        return LanguageModelWriter.configured(progress=progress)
    from importlib.metadata import entry_points

    others = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    if name not in others:
        known = {DEFAULT_WRITER, LANGUAGE_MODEL, *others}
        raise SettingError(f"there is no brief writer {name!r}; {did_you_mean(name, known)}")
    writer: BriefWriter = others[name].load()()
    return writer
