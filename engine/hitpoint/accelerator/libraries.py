"""The library that loads language and music models, without what it says and draws on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from hitpoint.accelerator.device import import_torch
from hitpoint.model.errors import MissingToolError


@contextmanager
def quiet_transformers() -> Iterator[Any]:
    """Give the transformers library, with its messages and bars off until the end; then they are as they were.

    Building a model draws random weights before it reads the real ones: not from the program's own generator.
    `MissingToolError` where it is not installed.
    """
    try:
        transformers: Any = import_module("transformers")
        logging: Any = import_module("transformers.utils.logging")
    except ImportError as error:
        raise MissingToolError(
            f"the neural engine needs the transformers library, which cannot be imported ({error}); "
            "run: python3 installer/run.py install --neural"
        ) from error
    level, had_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with import_torch().random.fork_rng(devices=[]):
            yield transformers
    finally:
        logging.set_verbosity(level)
        if had_bars:
            logging.enable_progress_bar()


def first_line(error: BaseException) -> str:
    """Return the beginning of what a library's error says, for a sentence of ours."""
    text = str(error).strip()
    return text.splitlines()[0][:160] if text else type(error).__name__
