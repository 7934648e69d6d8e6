"""The panel's own process, `python -m hitpoint_panel CUT`, with somebody at its controls: a line is a thing to do.

    m               add a hit under the playhead, from the menu
    seek N          go to a frame
    move NAME N     drag the hit of that name by N frames
    brief TEXT      type the brief of the whole cut
    stars N         rate the take in use
    compose         write the score, from the menu

Each line is answered by one, `state` by what the window knows.
"""

import json
import sys
import threading

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QApplication

from hitpoint_panel.app import make_application


class Hand(QObject):
    came = pyqtSignal(str)

    def __init__(self):
        super().__init__()
        self.came.connect(self.do)

    def read(self):
        for line in sys.stdin:
            self.came.emit(line.strip())

    def do(self, line):
        name, _, rest = line.partition(" ")
        window = next(widget for widget in QApplication.topLevelWidgets() if hasattr(widget, "workflow"))
        document = window.document
        if name == "m":
            window.actions_by_name["add_hit"].trigger()
        elif name == "seek":
            window.transport.seek(int(rest))
        elif name == "move":
            hit, _, frames = rest.rpartition(" ")
            marker = next(marker for marker in document.markers() if marker.name == hit)
            window.parts.strip.markers_moved.emit({marker.id: marker.frame + int(frames)})
        elif name == "brief":
            window.parts.brief.changed.emit("", "brief_text", rest)
        elif name == "stars":
            window.parts.takes.rated.emit(document.version["version_id"], int(rest))
        elif name == "compose":
            window.actions_by_name["compose"].trigger()
        state = {
            "is_looked": document.look is not None,
            "is_busy": window.workflow.is_busy,
            "version": (document.version or {}).get("version_id"),
            "markers": [[marker.name, marker.frame] for marker in document.markers()],
        }
        print(json.dumps(state), flush=True)


if __name__ == "__main__":
    from hitpoint_panel.__main__ import main

    make_application()  # the one that the panel then takes
    hand = Hand()
    threading.Thread(target=hand.read, daemon=True).start()  # what it says waits for the window
    sys.exit(main(sys.argv[1:]))
