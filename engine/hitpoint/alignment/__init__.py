"""Generated audio is pulled onto a known score, so that every hit is heard on its sample; or honestly refused.

warp      where in the generated audio each moment of the score lies
features  what two renderings of the same notes have in common
path      the path of one along the other: places and speeds, two scales
refine    the last milliseconds, and a knot on every hit
stretch   time stretching that obeys the warp and keeps attacks
patch     what cannot be aligned is faded, or the sketch is heard there
seams     windows of generated audio joined on a downbeat, and whether the seam can be heard
candidates  the best of several
align     all of it: `align` gives `Aligned` or `Unaligned`
"""

from hitpoint.alignment.align import align
from hitpoint.alignment.features import Listened, listen
from hitpoint.alignment.values import Agreement, Aligned, AlignedHit, AlignmentSettings, SampleSpan, Unaligned
from hitpoint.alignment.warp import Warp

__all__ = [
    "Agreement",
    "Aligned",
    "AlignedHit",
    "AlignmentSettings",
    "Listened",
    "SampleSpan",
    "Unaligned",
    "Warp",
    "align",
    "listen",
]
