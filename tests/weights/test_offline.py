from __future__ import annotations

import os
import subprocess
import sys

import pytest

from hitpoint.weights import local_files_only


def test_what_the_user_set_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "0")
    with local_files_only():
        assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"
        with local_files_only():
            pass
        assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in os.environ
    assert os.environ["TRANSFORMERS_OFFLINE"] == "0"


def test_it_is_put_back_after_an_error() -> None:
    with pytest.raises(RuntimeError, match="loading failed"), local_files_only():
        raise RuntimeError("loading failed")
    assert "HF_HUB_OFFLINE" not in os.environ


@pytest.mark.parametrize(("wish", "after"), [({}, "False"), ({"TRANSFORMERS_OFFLINE": "1"}, "True")])
def test_a_library_imported_meanwhile_is_not_closed_for_good(wish: dict[str, str], after: str) -> None:
    pytest.importorskip("huggingface_hub")
    code = (
        "from hitpoint.weights import local_files_only\n"
        "with local_files_only():\n"
        "    from huggingface_hub import is_offline_mode\n"
        "    assert is_offline_mode()\n"
        "print(is_offline_mode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **wish}
    )
    assert done.stdout.strip() == after
