"""What one media file shows and sounds like, in its own time: decoded once, kept by content.

open_media      opening a file, and what its headers say
picture_scan    one pass through the picture; shot_detection finds the cuts in it
picture_meter   motion, light, colour; figures: faces and people
picture         the whole of it for a file or for stretches of it, from the store where it is there
sound_scan      its sound as numbers; sound_meter: loudness, speech, impacts, music
sound           the same for stretches of a file, from the store where they are there
store           what was found out, kept by the file's content; stretches: which hops of it
"""

from hitpoint.media.picture import look_at, scan_film
from hitpoint.media.picture_scan import PictureScan
from hitpoint.media.sound import listen_ahead, listen_to
from hitpoint.media.sound_meter import has_speech_model
from hitpoint.media.store import FeatureStore

__all__ = ["FeatureStore", "PictureScan", "has_speech_model", "listen_ahead", "listen_to", "look_at", "scan_film"]
