"""What libraries print, warn of and change for the whole process stays here."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from logging import ERROR


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Run with standard output, error and warnings thrown away, and leave torch's compiler set as it was.

    For loading alone: the streams are the process's. stable-audio-tools prints while it is imported and there sets the
    compiler to hide its errors; transformers draws a bar while it loads.
    """
    import torch._dynamo
    from transformers.utils import logging

    compiler = torch._dynamo.config
    kept = {name: getattr(compiler, name) for name in ("suppress_errors", "cache_size_limit")}
    verbosity = logging.get_verbosity()
    logging.set_verbosity(ERROR)
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
        for name, value in kept.items():
            setattr(compiler, name, value)
