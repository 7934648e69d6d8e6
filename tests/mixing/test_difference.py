"""A mix from what differs is the mix of all of it: sample by sample, or it says that it cannot be."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hitpoint.mixing import MixSettings
from hitpoint.mixing.again import Hall, MixedAgain, RegionMixer
from hitpoint.mixing.automation import Automation, GainCurve
from hitpoint.mixing.convolver import BLOCK_SAMPLES
from hitpoint.mixing.difference import Difference, DifferenceMixer
from hitpoint.mixing.limiter import WINDOW_SAMPLES

LENGTH = 14 * BLOCK_SAMPLES + 5000
ORIGIN = 48_000
CHANGED = (ORIGIN + 100_000, ORIGIN + 260_000)
LAYERS = (("strings", 0.25), ("strings", 0.5), ("brass", 0.75), ("hits", 0.5))
#: While the music is loud nobody speaks; then a fade that lasts into the region, another one for each stem.
WET = GainCurve((ORIGIN + 90_000, ORIGIN + 120_000, ORIGIN + 200_000, ORIGIN + 230_000), (1.0, 0.6, 0.6, 1.0))
DRY = GainCurve((ORIGIN + 150_000, ORIGIN + 150_500, ORIGIN + 160_000, ORIGIN + 160_500), (1.0, 0.0, 0.0, 1.0))
AUTOMATIONS = {"strings": Automation((), (WET,)), "brass": Automation((DRY,), ()), "hits": Automation((), ())}


class Scene:
    """Old and new dry sound, in which all layers but one differ, and mixers of both kinds."""

    def __init__(self, level: float, pool: ThreadPoolExecutor) -> None:
        rng = np.random.default_rng(3)
        self.pool = pool
        self.hall = Hall(MixSettings(), {})
        self.old = {layer: (level * rng.standard_normal((LENGTH, 2))).astype(np.float32) for layer in LAYERS}
        self.new = {layer: samples.copy() for layer, samples in self.old.items()}
        first, last = CHANGED[0] - ORIGIN, CHANGED[1] - ORIGIN
        for index, layer in enumerate(LAYERS[1:]):
            start = first + 10_000 * index
            self.new[layer][start:last] = level * rng.standard_normal((last - start, 2))

    def anew(self, dry: dict[tuple[str, float], np.ndarray], changed: tuple[int, int]) -> MixedAgain:
        windows = -(-LENGTH // WINDOW_SAMPLES)
        return RegionMixer(
            {layer: lambda at, n, s=samples: s[at - ORIGIN :][:n] for layer, samples in dry.items()},
            settings=MixSettings(),
            hall=self.hall,
            gain_db=-6.0,
            automations=AUTOMATIONS,
            origin_sample=ORIGIN,
            length_samples=LENGTH,
            changed=changed,
            mix_peaks=np.zeros(windows, np.float32),
            stem_peaks=np.zeros(windows, np.float32),
            pool=self.pool,
        ).finish()

    def mixer(self) -> DifferenceMixer:
        first, last = CHANGED[0] - ORIGIN, CHANGED[1] - ORIGIN
        return DifferenceMixer(
            {
                layer: [Difference(CHANGED[0], self.new[layer][first:last] - self.old[layer][first:last])]
                for layer in LAYERS[1:]
            },
            hall=self.hall,
            gain_db=-6.0,
            ceiling_dbtp=-1.0,
            automations=AUTOMATIONS,
            origin_sample=ORIGIN,
            length_samples=LENGTH,
            changed=CHANGED,
            pool=self.pool,
        )


def loudest_db(samples: np.ndarray) -> float:
    return float(20 * np.log10(max(np.abs(samples).max(), 1e-12)))


def test_it_is_the_mix_of_everything() -> None:
    with ThreadPoolExecutor(2) as pool:
        scene = Scene(0.002, pool)
        everything = (ORIGIN, ORIGIN + LENGTH)
        old, wanted, mixer = scene.anew(scene.old, everything), scene.anew(scene.new, everything), scene.mixer()
        region = slice(mixer.start_sample - ORIGIN, mixer.end_sample - ORIGIN)
        found = mixer.mix(old.mix[region], old.mix_peaks, old.stem_peaks)
        stems = mixer.stems({stem: lambda at, n, s=stem: old.stems[s][at - ORIGIN :][:n] for stem in old.stems})
    assert found is not None
    assert stems is not None
    mix, peaks = found
    assert loudest_db(wanted.mix - old.mix) > -60  # something changed
    assert loudest_db(mix - wanted.mix[region]) < -120
    assert np.array_equal(wanted.mix[: region.start], old.mix[: region.start])
    assert loudest_db(wanted.mix[region.stop :] - old.mix[region.stop :]) < -110
    assert set(stems[0]) == {"strings", "brass", "hits"}
    for stem, samples in stems[0].items():
        assert loudest_db(samples - wanted.stems[stem][region]) < -120
    assert loudest_db(sum(stems[0].values()) - mix) < -120
    assert np.allclose(peaks, wanted.mix_peaks, rtol=1e-3, atol=1e-6)
    assert np.allclose(stems[1], wanted.stem_peaks[mixer.windows], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("window", [-2, 0, 60])
def test_where_the_limiter_worked_it_is_not_used(window: int) -> None:
    with ThreadPoolExecutor(1) as pool:
        mixer = Scene(0.002, pool).mixer()
        limited = np.zeros(-(-LENGTH // WINDOW_SAMPLES), dtype=np.bool_)
        assert mixer.may_be_used(limited)
        limited[mixer.windows.start + window] = True
        assert not mixer.may_be_used(limited)


def test_where_the_limiter_has_to_work_it_gives_nothing() -> None:
    with ThreadPoolExecutor(2) as pool:
        scene = Scene(0.4, pool)
        mixer = scene.mixer()
        old = np.zeros((mixer.count, 2), dtype=np.float32)
        quiet = np.zeros(-(-LENGTH // WINDOW_SAMPLES), dtype=np.float32)
        assert mixer.mix(old, quiet, quiet) is None
        assert (
            mixer.stems({"brass": lambda at, n: old, "strings": lambda at, n: old, "hits": lambda at, n: old}) is None
        )
