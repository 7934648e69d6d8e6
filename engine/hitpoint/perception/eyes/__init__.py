"""What is in the picture: feelings, places, light, things, how near the camera is. By a model that was shown captions.

registry    which eyes there are; clip: by open_clip
moments     which pictures of the sources are looked at
look        each picture as a vector, once ever; what hardly differs shares one
questions   what is asked, resources/eyes.toml
answers     from vectors to probabilities, their meaning, and how sure they are
recognise   all of it over record time
values      what was recognised
"""

from hitpoint.perception.eyes.recognise import recognise
from hitpoint.perception.eyes.registry import AUTO, NONE, Eyes, load_eyes
from hitpoint.perception.eyes.values import SeenShot, Sight, tell_shot

__all__ = ["AUTO", "NONE", "Eyes", "SeenShot", "Sight", "load_eyes", "recognise", "tell_shot"]
