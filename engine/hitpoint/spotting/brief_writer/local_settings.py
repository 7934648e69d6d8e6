"""Which language model the user has on this machine (llm_file). Off otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hitpoint.model.errors import SettingError
from hitpoint.resources import user_config_folder
from hitpoint.spotting.brief_writer.llm_file import read_lines, variable_of

_LINES = ("folder", "model_id", "total_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSettings:
    """A model of transformers in a folder; `asked` is the folder or the model's id, `total_s` None is for us to say."""

    asked: str
    total_s: float | None = None


def is_configured() -> bool:
    """Return whether a model on this machine is set up; nothing is loaded here."""
    try:
        return bool(read_lines(_LINES[:2])[0])
    except SettingError:
        return False


def load_local_settings(environment: Mapping[str, str] | None = None) -> LocalSettings:
    """Return the user's model; `environment` None is the process's own.

    Raises `SettingError` for unknown lines, two models, a time that is none, and where no model is named.
    """
    values, source = read_lines(_LINES, environment)
    names = [line for line in _LINES[:2] if line in values]
    if not names:
        raise SettingError(
            f"no language model on this machine is set up; write folder or model_id into "
            f"{user_config_folder() / 'llm.toml'}, or set {variable_of('folder')}"
        )
    if len(names) > 1:
        raise SettingError(f"{source}: folder and model_id name two models; leave one of them out")
    total_s = None
    if "total_s" in values:
        try:
            total_s = float(values["total_s"])
        except ValueError:
            total_s = 0.0
        if not 0.0 < total_s <= 86_400.0:
            raise SettingError(f"{source}: total_s is not a number of seconds between 0 and 86400")
    return LocalSettings(asked=values[names[0]], total_s=total_s)
