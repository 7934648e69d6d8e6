"""Which brief writers are installed."""

from __future__ import annotations

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.progress import SILENT, Progress
from hitpoint.resources import user_config_folder
from hitpoint.spotting.brief_writer.builtin import BuiltinWriter
from hitpoint.spotting.brief_writer.request import BriefWriter

#: Entry points of this group are brief writers: a class without arguments that fulfils `BriefWriter`.
ENTRY_POINT_GROUP = "hitpoint.brief_writers"
DEFAULT_WRITER = "builtin"
LANGUAGE_MODEL = "language-model"
LOCAL_MODEL = "local-model"


def configured_writer() -> str:
    """Return the writer that is used where nobody names one: the user's server, his own model, the built-in one."""
    from hitpoint.spotting.brief_writer import endpoint_settings, local_settings

    if endpoint_settings.is_configured():
        return LANGUAGE_MODEL
    return LOCAL_MODEL if local_settings.is_configured() else DEFAULT_WRITER


def load_brief_writer(name: str = DEFAULT_WRITER, *, progress: Progress = SILENT) -> BriefWriter:
    """Return a brief writer by name: "builtin", "language-model", "local-model", or one of an installed package.

    `progress` lets a slow writer be stopped. Raises `SettingError` for an unknown name and for a language model that
    is not configured, `MissingToolError` where its library is not installed, `MissingWeightsError` where the files of
    a model on this machine are not there.
    """
    if name == DEFAULT_WRITER:
        return BuiltinWriter()
    if name == LANGUAGE_MODEL:
        return _with_endpoint(progress)
    if name == LOCAL_MODEL:
        return _with_local_model(progress)
    from importlib.metadata import entry_points

    others = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    if name not in others:
        known = {DEFAULT_WRITER, LANGUAGE_MODEL, LOCAL_MODEL, *others}
        raise SettingError(f"there is no brief writer {name!r}; {did_you_mean(name, known)}")
    writer: BriefWriter = others[name].load()()
    return writer


def _with_endpoint(progress: Progress) -> BriefWriter:
    from hitpoint.spotting.brief_writer.endpoint import Endpoint
    from hitpoint.spotting.brief_writer.endpoint_settings import load_endpoint_settings
    from hitpoint.spotting.brief_writer.language_model import LanguageModelWriter

    settings = load_endpoint_settings()
    if settings is None:
        raise SettingError(
            f"no language model is set up; write url and model into {user_config_folder() / 'llm.toml'}, or set "
            "HITPOINT_LLM_URL and HITPOINT_LLM_MODEL"
        )
    return LanguageModelWriter(Endpoint(settings), progress=progress)


def _with_local_model(progress: Progress) -> BriefWriter:
    from hitpoint.accelerator import shared_shelf
    from hitpoint.spotting.brief_writer.language_model import LanguageModelWriter
    from hitpoint.spotting.brief_writer.local_model import REQUEST_SHARE, LocalModel, usual_total_s
    from hitpoint.spotting.brief_writer.local_settings import load_local_settings
    from hitpoint.weights import find_weights

    settings = load_local_settings()
    weights = find_weights(settings.asked, kind="language")
    shelf = shared_shelf()
    total_s = settings.total_s or usual_total_s(shelf.device)
    return LanguageModelWriter(
        LocalModel(weights, shelf=shelf), progress=progress, total_s=total_s, request_s=REQUEST_SHARE * total_s
    )
