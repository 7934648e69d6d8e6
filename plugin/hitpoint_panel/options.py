"""The command line of the panel: `hitpoint panel`, or `python -m hitpoint_panel`. Imports no Qt."""

from __future__ import annotations

import argparse
from pathlib import Path


def build_parser(parser: argparse.ArgumentParser | None = None) -> argparse.ArgumentParser:
    """Return the parser, or fill one that is there already."""
    parser = parser or argparse.ArgumentParser(
        prog="hitpoint panel", description="The window beside your editor: see the cut, set hits, hear the score."
    )
    parser.add_argument("cut", type=Path, nargs="?", metavar="CUT", help="a timeline, or a video")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--resolve", action="store_true", help="work with the DaVinci Resolve (Studio) that is running")
    where.add_argument(
        "--mailbox", action="store_true", help="work with the Resolve whose menu started Hitpoint's Lua script"
    )
    where.add_argument("--folder", type=Path, metavar="DIR", help="work with what any editor exports into this folder")
    where.add_argument(
        "--stdio-host", action="store_true", help="work with Resolve over standard input and output (its launcher)"
    )
    parser.add_argument(
        "--screenshot", type=Path, metavar="PNG", help="open CUT, wait until it is scored, draw the window, and end"
    )
    parser.add_argument("--scale", type=float, default=1.0, metavar="N", help="of the screenshot: 1 to 4 (default: 1)")
    parser.add_argument("--time-start", action="store_true", help="print how long it took until the window was up")
    return parser


def checked(options: argparse.Namespace) -> str:
    """Return "" or a sentence about what is wrong with the options."""
    if options.screenshot is not None and options.cut is None:
        return "--screenshot needs a CUT to show; give one"
    if not 1.0 <= options.scale <= 4.0:
        return f"--scale {options.scale}: a screenshot is drawn at 1 to 4 times its size"
    if options.cut is not None and not options.cut.exists():
        return f"{options.cut} is not there; give the path of a timeline or a video"
    return ""
