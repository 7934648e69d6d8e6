"""`hitpoint install`: the launchers into Resolve's folders, the entry into the menu of programs; `--uninstall`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from hitpoint.installation.apply import Step, Wanted, install, uninstall
from hitpoint.installation.desktop_entry import desktop_entry
from hitpoint.installation.places import SYSTEMS, Places
from hitpoint.installation.record import load_record
from hitpoint.installation.resolve_scripts import filled_in_scripts, resolve_places, source_folder
from hitpoint.model.errors import HitpointError

RESOLVE_CHOICES = ("auto", "yes", "no")
_WORDS = {
    "new": "put",
    "updated": "brought up to date",
    "same": "is as it should be",
    "left": "LEFT as it is",
    "removed": "removed",
    "gone": "was gone already",
    "failed": "FAILED",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `hitpoint install`."""
    parser.add_argument("--uninstall", action="store_true", help="remove exactly what an installation put")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument(
        "--resolve",
        choices=RESOLVE_CHOICES,
        default="auto",
        help="DaVinci Resolve's launchers: where it is found (auto), also where it is not, or not at all",
    )
    parser.add_argument("--no-desktop", action="store_true", help="no entry in the menu of programs")
    parser.add_argument("--python", type=Path, metavar="FILE", help="the interpreter of Hitpoint's environment")
    parser.add_argument("--home", type=Path, metavar="DIR", help="another home folder (to try it out)")
    parser.add_argument("--system", choices=SYSTEMS, help="another system's folders (to try it out, with --home)")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(options: argparse.Namespace, *, resources: Path) -> int:
    """Do what the options ask for; return 0, or 4 where something could not be written.

    Raises `HitpointError` when nothing could be done at all.
    """
    places = Places.below(options.home, system=options.system) if options.home else Places.here()
    record = load_record(places.data)
    if options.uninstall:
        steps, notes = uninstall(record, is_dry_run=options.dry_run), []
        if not steps:
            notes.append("nothing of Hitpoint's is installed here")
    else:
        wanted, notes = wanted_files(
            places,
            python=options.python or Path(sys.executable),
            resources=resources,
            resolve=options.resolve,
            has_desktop_entry=not options.no_desktop,
        )
        steps = install(wanted, record, is_dry_run=options.dry_run)
        if any(step.outcome in ("new", "updated") and "Scripts" in step.path.parts for step in steps):
            notes.append("restart DaVinci Resolve; Hitpoint is then in its menu Workspace > Scripts")
    _tell(steps, notes, as_json=options.json, is_dry_run=options.dry_run)
    return 4 if any(step.outcome == "failed" for step in steps) else 0


def wanted_files(
    places: Places, *, python: Path, resources: Path, resolve: str = "auto", has_desktop_entry: bool = True
) -> tuple[list[Wanted], list[str]]:
    """Return the files that should be there for this user, and sentences about what is left out.

    Parameters
    ----------
    python : Path
        The interpreter of Hitpoint's environment.
    resources : Path
        Where icons/ lies.
    resolve : str
        "auto": Resolve's launchers where a Resolve is found; "yes": in any case; "no".
    """
    wanted: list[Wanted] = []
    notes: list[str] = []
    if resolve != "no":
        candidates = resolve_places(places)
        # without any Resolve there is no telling which build will come: the usual one
        chosen = [place for place in candidates if place.evidence is not None]
        if not chosen and resolve == "yes":
            chosen = list(candidates[:1])
        if chosen:
            scripts = filled_in_scripts(source_folder(), python=python, mailbox=places.mailbox)
            wanted += [
                Wanted(path=place.folder / name, content=content)
                for place in chosen
                for name, content in scripts.items()
            ]
        else:
            notes.append(
                "no DaVinci Resolve found, so its launchers are left out; install it and run this again, or say "
                "--resolve yes"
            )
    if has_desktop_entry:
        entry = desktop_entry(places, python=python, icons=resources / "icons")
        wanted += [Wanted(path=file.path, content=file.content, is_program=file.is_program) for file in entry]
    return wanted, notes


def main(arguments: list[str], *, resources: Path) -> int:
    """Run it by itself, before there is an environment (installer/run.py)."""
    parser = argparse.ArgumentParser(prog="installer/run.py install", description=__doc__)
    add_options(parser)
    try:
        return run(parser.parse_args(arguments), resources=resources)
    except HitpointError as error:
        print(f"hitpoint: {error}", file=sys.stderr)
        return error.exit_code


def _tell(steps: Iterable[Step], notes: list[str], *, as_json: bool, is_dry_run: bool) -> None:
    if as_json:
        done = [{"outcome": step.outcome, "path": str(step.path), "sentence": step.sentence} for step in steps]
        print(json.dumps({"steps": done, "notes": notes, "is_dry_run": is_dry_run}, indent=2))
        return
    for step in steps:
        would = "would be " if is_dry_run and step.outcome in ("new", "updated", "removed") else ""
        print(f"{step.path}: {would}{_WORDS[step.outcome]}{f' ({step.sentence})' if step.sentence else ''}")
    for note in notes:
        print(note)
