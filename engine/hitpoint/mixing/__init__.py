"""From dry stems to a mix at its loudness: one hall, one gain, stems that sum to the mix.

settings    MixSettings and the loudness targets
tone        what each bus sounds like and what depth does to it (resources/mixing.toml)
filters     spectra of minimum-phase filters
hall        the impulse response of our hall, and how much of it each seat gets
convolver   streaming convolution that leaves the dry sound on its sample
automation  gates, fades and ducking as gain over record samples
level_points  the same as points in dB, for the report and the MIDI file
loudness    BS.1770 loudness and true peak, streaming (FFmpeg's meter)
limiter     a look-ahead true-peak limiter whose gain curve is shared by all stems
raw         raw float stereo files, read and written by blocks
mix         mix_stems: the chain from top to bottom
"""

from hitpoint.mixing.automation import GainCurve, stand_in, stood_in
from hitpoint.mixing.mix import mix_stems
from hitpoint.mixing.settings import LOUDNESS_TARGETS, MixSettings

__all__ = ["LOUDNESS_TARGETS", "GainCurve", "MixSettings", "mix_stems", "stand_in", "stood_in"]
