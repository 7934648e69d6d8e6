"""The lines of llm.toml in the configuration folder, and the environment over them; all of it is off by default.

::

    url = "http://localhost:11434/v1"    # HITPOINT_LLM_URL       a server (endpoint_settings)
    model = "llama3.1"                   # HITPOINT_LLM_MODEL
    key = ""                             # HITPOINT_LLM_KEY; most local servers want none

    folder = "~/models/gemma-2-2b-it"    # HITPOINT_LLM_FOLDER    a model on this machine (local_settings)
    model_id = "gemma-2-2b-it"           # HITPOINT_LLM_MODEL_ID  or one that `hitpoint models` has fetched
    total_s = "600"                      # HITPOINT_LLM_TOTAL_S   what all its briefs may take
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.resources import load_toml, user_config_folder

_LINES = ("url", "model", "key", "folder", "model_id", "total_s")


def variable_of(line: str) -> str:
    """Return the environment's name of a line."""
    return f"HITPOINT_LLM_{line.upper()}"


def read_lines(wanted: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[dict[str, str], str]:
    """Return those of the wanted lines that say something, and where they stand, for sentences.

    `environment` None is the process's own. Raises `SettingError` for a line that does not exist, wanted or not, and
    for one that is not words in quotes.
    """
    environment = os.environ if environment is None else environment
    path = user_config_folder() / "llm.toml"
    values: dict[str, str] = {}
    source = str(path)
    for name, value in (load_toml(path) if path.is_file() else {}).items():
        if name not in _LINES:
            raise SettingError(f"{path}: there is no line {name!r} here; {did_you_mean(name, _LINES)}")
        if name == "total_s" and isinstance(value, int | float) and not isinstance(value, bool):
            value = f"{value:g}"
        if not isinstance(value, str):
            raise SettingError(f"{path}: {name} must be words in quotes")
        values[name] = value.strip()
    for name in wanted:
        if environment.get(variable_of(name), "").strip():
            values[name] = environment[variable_of(name)].strip()
            source = f"{path} or the environment (HITPOINT_LLM_…)"
    return {name: values[name] for name in wanted if values.get(name)}, source
