"""What the panel saved beside the cut: NAME.hitpoint-panel.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from hitpoint.model.edits import Edits
from hitpoint.model.errors import InputError, SettingError

#: What a panel's file ends with, after the cut's name.
PANEL_SUFFIX = ".hitpoint-panel.json"
#: No editor marks that much by hand.
_LARGEST_BYTES = 64 * 1024 * 1024


def read_edits(path: Path) -> Edits:
    """Return the edits in a file: a document `edits.1`, or a panel's file that holds one under "edits".

    Raises `SettingError` that names the file for one that is missing, damaged, or holds a wrong value.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise SettingError(f"{path} is far too large for edits; give the file that the panel saved")
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise SettingError(f"there is no file of edits {path}; the panel saves one as NAME{PANEL_SUFFIX}") from error
    except UnicodeDecodeError as error:
        raise SettingError(f"{path} is not UTF-8 text; give the file that the panel saved") from error
    except OSError as error:
        raise SettingError(f"cannot read the edits {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:  # json's errors are ValueErrors; so are ours above
        if isinstance(error, SettingError):
            raise
        raise SettingError(f"{path} is not JSON ({error}); give the file that the panel saved") from error
    if isinstance(document, Mapping) and isinstance(document.get("edits"), Mapping):
        document = document["edits"]
    try:
        return Edits.from_json(document)
    except InputError as error:
        raise SettingError(f"{path}: {error}") from error
