"""Which of the system's libraries the panel's Qt needs on Linux, and whether they are there.

PyQt6's wheels bring Qt but not what Qt finds on a desktop: OpenGL, X11, fonts, sound. `DEBIAN_PACKAGES` was made from
what Qt's own libraries ask for (`readelf -d`, Qt 6.10: QtWidgets, QtMultimedia, their FFmpeg plugin, the platforms
xcb, wayland and offscreen), less what every Debian has and what the others bring with them.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

#: Library -> the Debian (Ubuntu) package that holds it.
DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libpulse.so.0": "libpulse0",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libXext.so.6": "libxext6",
    "libXrandr.so.2": "libxrandr2",
    "libdrm.so.2": "libdrm2",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
_TIMEOUT_S = 120

# Run by the environment's own Python. A plugin is opened with Qt already loaded, as Qt does it, and lazily, so that
# only its libraries count. Each failure names one library; what lies behind it is not known before it is there.
_PROBE = """
import ctypes, json, os, pathlib, sys
found = {"qt": "", "missing": []}
def note(error):
    name = str(error).split(":")[0]
    found["missing"].append(name if ".so" in name else str(error))
try:
    from PyQt6 import QtCore
    found["qt"] = QtCore.PYQT_VERSION_STR
    try:
        from PyQt6 import QtWidgets, QtMultimedia, QtMultimediaWidgets, QtSvg
    except ImportError as error:
        note(error)
    plugins = pathlib.Path(QtCore.QLibraryInfo.path(QtCore.QLibraryInfo.LibraryPath.PluginsPath))
    for name in ("platforms/libqoffscreen.so", "platforms/libqxcb.so", "multimedia/libffmpegmediaplugin.so"):
        if sys.platform.startswith("linux") and (plugins / name).exists():
            try:
                ctypes.CDLL(str(plugins / name), mode=os.RTLD_LAZY)
            except OSError as error:
                note(error)
except ImportError as error:
    if getattr(error, "name", None) not in ("PyQt6",):
        note(error)
print(json.dumps(found))
"""


def probe_qt(python: Path) -> tuple[str, tuple[str, ...]]:
    """Return the version of PyQt6 in an environment ("" where it is not installed), and the libraries that are missing.

    Asked in a process of its own: a library that does not fit may end the process that loads it.
    """
    try:
        done = subprocess.run(
            [str(python), "-c", _PROBE], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT_S
        )
        found = json.loads(done.stdout)
        return str(found["qt"]), tuple(dict.fromkeys(str(name) for name in found["missing"]))
    except (OSError, ValueError, LookupError, subprocess.TimeoutExpired) as error:
        return "", (f"Qt cannot be asked ({type(error).__name__})",)


def debian_packages(missing: tuple[str, ...]) -> tuple[str, ...]:
    """Return the Debian packages that hold libraries."""
    return tuple(dict.fromkeys(DEBIAN_PACKAGES[name] for name in missing if name in DEBIAN_PACKAGES))
