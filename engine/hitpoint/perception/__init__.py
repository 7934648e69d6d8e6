"""What can be seen, heard and read in the cut, over record time.

picture, sound   the features of the sources, mapped through trims and time warps (record_time)
heard_music      a temp track, or a song in the scene; heard_speech: when somebody speaks
eyes             what is in the picture, recognised by a model, where there is one
words            what words feel like, and what they tell
perceive         picture and sound together
"""

from hitpoint.perception.heard_music import HeardMusic
from hitpoint.perception.heard_speech import find_speech
from hitpoint.perception.perceive import Perception, perceive

__all__ = ["HeardMusic", "Perception", "find_speech", "perceive"]
