"""`python -m hitpoint_panel`: what `hitpoint panel` runs. Exit codes are those of `hitpoint`."""

from __future__ import annotations

import os
import sys
import time


def main(arguments: list[str] | None = None) -> int:
    """Run the panel until its window is closed."""
    began_s = time.perf_counter()
    from hitpoint_panel.options import build_parser, checked

    options = build_parser().parse_args(arguments)
    if wrong := checked(options):
        print(f"hitpoint panel: {wrong}", file=sys.stderr)
        return 3 if options.cut is not None and not options.cut.exists() else 2
    if options.screenshot is not None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.*=false")  # codecs talk a lot about themselves
    try:
        import PyQt6.QtWidgets  # noqa: F401
    except ImportError as error:
        print(
            f"hitpoint panel: the window needs PyQt6 ({error}); install it with: pip install 'hitpoint[panel]'",
            file=sys.stderr,
        )
        return 5
    from hitpoint_panel.app import run

    return run(options, began_s=began_s)


if __name__ == "__main__":
    sys.exit(main())
