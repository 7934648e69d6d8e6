"""An open cut that is scored again and again: only what changed is written, played, rendered and mixed anew.

session    Session: look, compose, export, versions
known      what is known of the cut: read, seen and heard once, spotted again with every edit
edited     edits laid over markers and cues
revise     which cues stay, which bars are written again
windows    which bars that are, by what happened to the hits
changes    what of the sound is another, note by note
sound      rendered and mixed in windows
tape       audio as an edit list of files
wave_file  the WAVs of a version, made from those of the version before
listen     loudness and hits, measured where the sound is another
take       the music of a version
store      versions on disk
answers    looks and versions as JSON
report     the report of a version
export     a version delivered
"""

from hitpoint.session.session import Session, SessionSettings

__all__ = ["Session", "SessionSettings"]
