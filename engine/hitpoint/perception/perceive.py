"""Everything that can be perceived in a cut."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hitpoint.media import FeatureStore
from hitpoint.model.cut import Cut
from hitpoint.model.features import PictureFeatures, SoundFeatures
from hitpoint.model.progress import SILENT, Progress
from hitpoint.perception.eyes import Eyes, Sight, recognise
from hitpoint.perception.heard_music import HeardMusic, find_music
from hitpoint.perception.picture import see
from hitpoint.perception.sound import hear

#: The share of the progress bar that the picture gets; sound is much cheaper.
_PICTURE_SHARE = 0.8
#: Where eyes look too, the share of that which is left to the rest.
_SHARE_BESIDE_EYES = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Perception:
    """What was seen and heard in a cut, over record time; `warnings` are sentences about what could not be.

    `sight` is what was recognised, None where no eyes looked.
    """

    picture: PictureFeatures
    sound: SoundFeatures
    heard_music: tuple[HeardMusic, ...] = ()
    sight: Sight | None = None
    warnings: tuple[str, ...] = ()


def perceive(
    cut: Cut, *, store: FeatureStore | None = None, eyes: Eyes | None = None, progress: Progress = SILENT
) -> Perception:
    """Look at the picture of a cut and listen to its sound; what was before is taken from the store.

    Sound is listened to in a thread beside the picture, whose decoder leaves a core idle now and then. `eyes`, where
    there are any, recognise what is shown.
    """
    stopping = Progress(should_stop=progress.should_stop)
    sight: Sight | None = None
    unrecognised: tuple[str, ...] = ()
    with ThreadPoolExecutor(max_workers=1) as beside:
        listening = beside.submit(hear, cut, store=store, progress=stopping)
        try:
            seeing = progress.part(0.0, _PICTURE_SHARE)
            if eyes is None:
                picture, unseen = see(cut, store=store, progress=seeing)
            else:
                picture, unseen = see(cut, store=store, progress=seeing.part(0.0, _SHARE_BESIDE_EYES))
                part = seeing.part(_SHARE_BESIDE_EYES, 1.0)
                sight, unrecognised = recognise(cut, picture.cuts_s.tolist(), eyes=eyes, store=store, progress=part)
        except BaseException:
            listening.cancel()
            raise
        progress.update(_PICTURE_SHARE, "listening to the cut")
        sound, unheard = listening.result()
    return Perception(
        picture=picture,
        sound=sound,
        heard_music=find_music(sound),
        sight=sight,
        warnings=(*unseen, *unrecognised, *unheard),
    )
