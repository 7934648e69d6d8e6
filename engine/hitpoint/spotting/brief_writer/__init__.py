"""Who writes the briefs: the built-in writer, a language model where the user has one, or an installed package.

request         what a writer is asked, and what a writer is
builtin         from the scene, the markers and the user's words
scene           what each cue asks, and the spotting with the answers
registry        which writers there are
language_model  a brief from whoever answers a chat; off unless configured
chat            what answers a chat
endpoint        any server that speaks OpenAI's protocol: one question over the network, with limits
local_model     a small instruct model on this machine
llm_file        the lines of llm.toml and the environment; endpoint_settings and local_settings read theirs
prompt          what is sent
answer          what comes back, checked strictly
"""

from hitpoint.spotting.brief_writer.builtin import BuiltinWriter
from hitpoint.spotting.brief_writer.registry import (
    DEFAULT_WRITER,
    LANGUAGE_MODEL,
    LOCAL_MODEL,
    configured_writer,
    load_brief_writer,
)
from hitpoint.spotting.brief_writer.request import BriefRequest, BriefWriter
from hitpoint.spotting.brief_writer.scene import brief_requests, write_spotting_briefs

__all__ = [
    "DEFAULT_WRITER",
    "LANGUAGE_MODEL",
    "LOCAL_MODEL",
    "BriefRequest",
    "BriefWriter",
    "BuiltinWriter",
    "brief_requests",
    "configured_writer",
    "load_brief_writer",
    "write_spotting_briefs",
]
