"""The screenplay as scene headings, action and dialogue, and as scenes.

read           Fountain, Final Draft FDX, plain text, JSON (fountain, plain, json_script)
headings       INT. or EXT., place and time of day
value          ScriptLine, Scene, Screenplay
"""

from hitpoint.story.screenplay.read import read_screenplay
from hitpoint.story.screenplay.value import Scene, Screenplay, ScriptLine

__all__ = ["Scene", "Screenplay", "ScriptLine", "read_screenplay"]
