import numpy as np
import pytest

from hitpoint.model.errors import MediaError
from hitpoint_panel.player.mixer import Choice, Mixer, load_score


@pytest.fixture
def score(engine):
    return load_score(engine.make_version({}))


@pytest.fixture
def other(engine):
    engine.stored["v1"] = {}
    return load_score(engine.make_version({}))


def heard(mixer, at_sample=48_000, count=960):
    mixer.render(at_sample - 960, 960)  # past the fade
    return mixer.render(at_sample, count)


def test_with_nothing_muted_the_mix_itself_is_heard(score):
    mixer = Mixer()
    mixer.choose(Choice(score=score))
    np.testing.assert_array_equal(heard(mixer), np.full((960, 2), 0.4375, np.float32))


@pytest.mark.parametrize(
    ("muted", "soloed", "level"),
    [
        ({"brass"}, set(), 0.3125),
        ({"brass", "drums", "strings"}, set(), 0.0),
        (set(), {"drums"}, 0.0625),
        ({"drums"}, {"drums", "brass"}, 0.1875),  # solo wins over mute
        ({"no such stem"}, {"nor this"}, 0.4375),
    ],
)
def test_mute_and_solo(score, muted, soloed, level):
    mixer = Mixer()
    mixer.choose(Choice(score=score, muted=frozenset(muted), soloed=frozenset(soloed)))
    np.testing.assert_allclose(heard(mixer), level, atol=1e-6)


def test_a_change_is_no_click(score, other):
    mixer = Mixer()
    mixer.choose(Choice(score=score))
    before = heard(mixer)
    mixer.choose(Choice(score=other))  # A/B at the same place
    turn = mixer.render(48_960, 960)
    after = mixer.render(49_920, 960)
    steps = np.abs(np.diff(np.concatenate([before, turn, after]), axis=0)).max()
    assert steps < 0.001
    assert after[0, 0] == pytest.approx(0.21875)


def test_level_and_the_end_of_the_score(score):
    mixer = Mixer()
    mixer.choose(Choice(score=score, gain=0.5))
    np.testing.assert_allclose(heard(mixer), 0.21875, atol=1e-6)
    assert not mixer.render(score.end_sample, 960).any()
    mixer.choose(Choice())
    assert not heard(mixer).any()


def test_a_score_that_begins_before_the_cut(engine):
    version = engine.make_version({})
    for item in (version["mix"], *version["stems"].values()):
        item["start_sample"] = -480
    mixer = Mixer()
    mixer.choose(Choice(score=load_score(version)))
    mixer.render(-960, 480)
    block = mixer.render(-480 - 240, 480)
    assert not block[:240].any()
    assert np.all(block[240:] == np.float32(0.4375))


def test_a_version_whose_files_are_gone_is_told(engine, tmp_path):
    version = engine.make_version({})
    version["mix"]["path"] = str(tmp_path / "none.wav")
    with pytest.raises(MediaError, match="is gone"):
        load_score(version)
