#!/usr/bin/env python3
"""Sets Hitpoint up on a fresh machine and runs it. Standard library only; Python 3.11 or later.

    python3 installer/run.py install              set up, and put Hitpoint into Resolve's menu and the menu of programs
    python3 installer/run.py install --neural     and the neural libraries (about 6 GB), which stay from then on
    python3 installer/run.py install --dry-run    only say what that would put where
    python3 installer/run.py install --uninstall  remove exactly what it put
    python3 installer/run.py demo [--out DIR]     set up, then score the demo cut
    python3 installer/run.py test [PYTEST ...]    set up with the test tools, then run the tests
    python3 installer/run.py test --all           and those that kill, fuzz and wait, which take some minutes more
    python3 installer/run.py ANYTHING …           set up, then run `hitpoint ANYTHING …`: panel, score, doctor …

Setting up happens once and again only when pyproject.toml changes: an isolated environment in .venv (made by uv),
a General MIDI SoundFont, and on Debian and Ubuntu the libraries that the panel needs.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys

from environment import NEURAL_GB, PYTHON, REPO, VENV, find_uv, sync
from system_packages import ensure_qt_libraries, ensure_soundfont, ensure_test_programs, say, stop

sys.path.insert(0, str(REPO / "engine"))  # hitpoint.installation needs no environment


def without_environment(arguments: list[str]) -> int:
    """Say what an installation would do, or undo one: nothing has to be downloaded for that."""
    from hitpoint.installation.command import main as installation

    if "--neural" in arguments:
        say(f"--neural would also install the neural libraries, about {NEURAL_GB} GB, into {VENV}")
        arguments = [argument for argument in arguments if argument != "--neural"]
    code = installation(["--python", str(PYTHON), *arguments], resources=REPO / "resources")
    if "--uninstall" in arguments and VENV.exists():
        say(f"the environment stays in {VENV}; delete this folder's .venv (and .venv-uv) to be rid of it too")
    return code


def qt_libraries(*, purpose: str) -> None:
    """Bring what PyQt6 needs of the system."""
    from hitpoint.installation.qt_libraries import DEBIAN_PACKAGES, debian_packages, probe_qt

    known = tuple(DEBIAN_PACKAGES)
    ensure_qt_libraries(lambda: probe_qt(PYTHON)[1], debian_packages, known=known, purpose=purpose)


def main(arguments: list[str]) -> int:
    """Set up, then do what was asked for."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is started by whatever Python there is
        stop(f"Python 3.11 or later is needed; this is {platform.python_version()}")
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    if arguments[0] == "uninstall":
        arguments = ["install", "--uninstall", *arguments[1:]]
    if arguments[0] == "install" and {"--uninstall", "--dry-run", "-h", "--help"} & set(arguments):
        return without_environment(arguments[1:])
    testing = arguments[0] == "test"
    with_neural = arguments[0] == "install" and "--neural" in arguments
    if with_neural:
        arguments = [argument for argument in arguments if argument != "--neural"]
    uv = find_uv()
    sync(uv, with_test_tools=testing, with_neural=with_neural)
    ensure_soundfont(uv, PYTHON)
    if testing:
        qt_libraries(purpose="the tests of the panel fail")
        ensure_test_programs()
        # Two workers: what the smallest machines have; more only makes the SoundFont load more often. Each gets a half
        # of the list as it stands, so that what tests of a room share is made once; the quicker one helps the other.
        asked = [argument for argument in arguments[1:] if argument != "--all"]
        if "--all" not in arguments and "-m" not in asked:
            asked += ["-m", "not endurance"]
        command = [str(PYTHON), "-m", "pytest", "-n", "2", "--dist", "worksteal", *asked]
    else:
        if arguments[0] in ("install", "panel"):
            qt_libraries(purpose="the panel cannot open its window")
        command = [str(PYTHON), "-m", "hitpoint.cli", *arguments]
    environment = dict(os.environ)
    if testing:  # hundreds of processes: each library is compiled once, even where containers forbid Python to keep it
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # The demo and the tests may be started from anywhere; paths of the user's stay relative to where he stands.
    try:
        return subprocess.run(command, cwd=REPO if testing else None, env=environment).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
