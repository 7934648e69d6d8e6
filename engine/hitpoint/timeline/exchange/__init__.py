"""Exchange with editors through files, as a process of its own: `python -m hitpoint.timeline.exchange`.

describe    what an export says, as JSON: rate, shots, markers, and digests that change exactly when the cut does
hand_out    a scored timeline into a folder, for every editor at once: its WAVs, both profiles, a marker EDL
check       what was handed out, read back

A process of its own, because what editors export is not always well made: whatever a file does to its reader, the
window that watches the folder goes on. The panel imports none of this (plugin/hitpoint_panel/hosts/otio_file).
"""
