"""The file route: any editor exports its timeline into a folder, and takes the score from there.

host            OtioFileHost: the Host
watch           which files in the folder are exports, which one is the newest, is it written to its end?
facts           what an export says, as the engine read it
difference      what is different between two exports, in a sentence
subtitles       which subtitle file belongs to an export
exchange        the folder that the score is handed out into, and what in it is ours
hand_out        a score, written into that folder and looked at again
engine_process  asks the engine, in a process of its own

What an export says is the engine's to find out, for every format alike: a second reader in here would sooner or later
read another rate, or other markers, than the one that composes. Looking at the folder costs a listing; the engine is
asked only about a file that has changed (a third of a second for most timelines).
"""

from hitpoint_panel.hosts.otio_file.host import OtioFileHost

__all__ = ["OtioFileHost"]
