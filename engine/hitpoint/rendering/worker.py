"""`python -m hitpoint.rendering.worker`: renders stems on request of `hitpoint.rendering.stems` and `.warm`.

A process of its own because TinySoundFont holds Python's lock while it renders. Jobs come pickled on standard input,
one JSON object per line goes out: {"fraction": x}, {"done": true} or {"error": class, "message": sentence}. When the
parent dies, the pipe breaks and the worker ends with it.
"""

from __future__ import annotations

import json
import pickle
import signal
import sys
import time
from typing import BinaryIO

from hitpoint.model.errors import HitpointError
from hitpoint.rendering.stem import StemJob, render_stem
from hitpoint.rendering.window import FontJob, Fonts, WindowJob, render_window

_REPORT_EVERY_S = 0.1


def main(requests: BinaryIO, answers: BinaryIO) -> None:
    """Render every job that arrives, until the requests end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends its workers
    last_report_s = 0.0
    fonts = Fonts()

    def answer(**fields: object) -> None:
        answers.write(json.dumps(fields).encode() + b"\n")
        answers.flush()

    def report(fraction: float) -> None:
        nonlocal last_report_s
        if time.monotonic() - last_report_s >= _REPORT_EVERY_S:
            last_report_s = time.monotonic()
            answer(fraction=fraction)

    while True:
        try:
            job: StemJob | WindowJob | FontJob = pickle.load(requests)
        except EOFError:
            return
        try:
            if isinstance(job, WindowJob):
                render_window(job, fonts, report)
            elif isinstance(job, FontJob):
                for presets in job.fonts:
                    fonts.font(job.soundfont, presets)
            else:
                render_stem(job, report)
        except HitpointError as error:
            answer(error=type(error).__name__, message=str(error))
        except Exception as error:  # a fault of ours must reach the user in words too
            answer(
                error="HitpointError",
                message=f"rendering the {getattr(job, 'stem', '')} stem failed ({error!r}); please report it",
            )
        else:
            answer(done=True)


if __name__ == "__main__":
    try:
        main(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:  # the parent is gone; nobody is left to tell
        sys.stderr.close()
