"""From dry stems to a mix at its loudness: one hall, one gain, stems that sum to the mix.

settings    MixSettings and the loudness targets
hall        the impulse response of our hall, and how much of it each stem gets
convolver   streaming convolution that leaves the dry sound on its sample
automation  gates, fades and ducking as gain over record samples
loudness    BS.1770 loudness and true peak, streaming (FFmpeg's meter)
limiter     a look-ahead true-peak limiter whose gain curve is shared by all stems
raw         raw float stereo files, read and written by blocks
mix         mix_stems: the chain from top to bottom
"""

from hitpoint.mixing.mix import mix_stems
from hitpoint.mixing.settings import LOUDNESS_TARGETS, MixSettings

__all__ = ["LOUDNESS_TARGETS", "MixSettings", "mix_stems"]
