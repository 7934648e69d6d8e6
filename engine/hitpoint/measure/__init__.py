"""What the report says, measured on the audio itself; and what a page of music shows, whoever wrote it.

onsets    where something starts to sound: a detector that knows nothing of the plan
hits      how far from its frame each hit is heard
levels    whether the level follows the arc and makes room for the voice
residual  whether the stems sum to the mix, on the delivered files
texture   written music as a neutral value; texture_bars, _line, _harmony count on it, _figures gathers
"""

from hitpoint.measure.hits import hear_hits, hit_statistics, measure_hits
from hitpoint.measure.levels import intensity_correlation, speech_band_levels
from hitpoint.measure.onsets import Onsets, detect_onsets
from hitpoint.measure.residual import stem_residual_dbfs

__all__ = [
    "Onsets",
    "detect_onsets",
    "hear_hits",
    "hit_statistics",
    "intensity_correlation",
    "measure_hits",
    "speech_band_levels",
    "stem_residual_dbfs",
]
