"""The arc from all modalities: who is listened to, what is remembered, what the words and the picture change."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hitpoint.model.cut import Cut, Shot, Subtitle
from hitpoint.model.errors import SettingError
from hitpoint.model.features import PICTURE_ROWS, SOUND_ROWS, PictureFeatures, SoundFeatures
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.perception import Perception
from hitpoint.story import load_arc_weights, read_story
from hitpoint.story.fit import RatedClip, correlation, fit_weights
from hitpoint.story.fusion import DIMENSIONS, MODALITIES, fuse
from hitpoint.story.signals import Modality

HOPS = 241
TRAGIC = (
    "They are all dead.",
    "I have lost everything.",
    "She died in my arms.",
    "There is no hope.",
    "Goodbye, my son.",
)
JOYFUL = ("We won!", "I am so happy that you are here.", "What a wonderful day!", "I love you all.", "Let us dance!")


def perceived(
    *, motion: float | np.ndarray = 0.08, brightness: float | np.ndarray = 0.4, loudness_db: float = -35.0
) -> Perception:
    rows = {name: np.zeros((HOPS, 12) if name == "hues" else HOPS, np.float32) for name in PICTURE_ROWS}
    rows["motion"], rows["brightness"] = rows["motion"] + motion, rows["brightness"] + brightness
    rows["saturation"], rows["change"] = rows["saturation"] + 0.3, rows["change"] + 0.02
    heard = {name: np.zeros((HOPS, 12) if name == "chroma" else HOPS, np.float32) for name in SOUND_ROWS}
    heard["loudness_db"] = heard["loudness_db"] + loudness_db
    everywhere = np.ones(HOPS, bool)
    return Perception(
        picture=PictureFeatures(known=everywhere, cuts_s=np.zeros(0), **{k: np.float32(v) for k, v in rows.items()}),
        sound=SoundFeatures(
            known=everywhere,
            impact_s=np.zeros(0),
            impact_db=np.zeros(0),
            **{k: np.float32(v) for k, v in heard.items()},
        ),
    )


def cut_of(*lines: tuple[float, str]) -> Cut:
    return Cut(
        name="c",
        rate=FrameRate(24),
        start_timecode_frame=0,
        duration_frames=2880,
        shots=tuple(Shot(index=i, span=FrameSpan(i * 96, (i + 1) * 96), name=f"s{i}", media=None) for i in range(30)),
        subtitles=tuple(
            Subtitle(start_s=Fraction(at), end_s=Fraction(at) + 2, text=text) for at, text in sorted(lines)
        ),
    )


def spoken(texts: tuple[str, ...], *, first_s: float = 10.0, every_s: float = 20.0) -> tuple[tuple[float, str], ...]:
    return tuple((first_s + every_s * number, text) for number, text in enumerate(texts))


def test_words_change_valence_over_the_same_picture() -> None:
    tragic = read_story(cut_of(*spoken(TRAGIC)), perception=perceived()).arc
    joyful = read_story(cut_of(*spoken(JOYFUL)), perception=perceived()).arc
    assert joyful.valence.mean() > tragic.valence.mean() + 0.3


def test_picture_changes_the_arc_over_the_same_words() -> None:
    lines = spoken(("The train is on time.",) * 5)
    calm = read_story(cut_of(*lines), perception=perceived(motion=0.01, brightness=0.6)).arc
    wild = read_story(cut_of(*lines), perception=perceived(motion=0.8, brightness=0.15, loudness_db=-12)).arc
    assert wild.arousal.mean() > calm.arousal.mean() + 0.4
    assert wild.tension.mean() > calm.tension.mean() + 0.1
    assert wild.valence.mean() < calm.valence.mean() - 0.1


def test_who_says_nothing_is_not_listened_to() -> None:
    silent = read_story(cut_of(), perception=perceived()).evidence.opinions
    assert silent.shares["words"].max() < 0.01
    talking = read_story(cut_of(*spoken(TRAGIC)), perception=perceived()).evidence.opinions
    assert talking.shares["words"][0].max() > 0.3
    blind = read_story(cut_of(*spoken(TRAGIC))).evidence.opinions
    assert set(blind.shares) == {"cutting", "words"}
    assert blind.confidence.mean() < talking.confidence.mean()


def test_shares_are_shares() -> None:
    opinions = read_story(cut_of(*spoken(JOYFUL)), perception=perceived()).evidence.opinions
    total = sum(opinions.shares.values())
    assert total.min() >= 0
    assert total.max() < 1
    assert all(np.abs(estimate).max() <= 1 for estimate in opinions.estimates.values())


def test_joy_after_a_loss_is_not_plain_joy() -> None:
    after_loss = spoken(TRAGIC, first_s=4, every_s=6) + spoken(JOYFUL, first_s=60, every_s=8)
    only_joy = spoken(("It is Tuesday.",) * 5, first_s=4, every_s=6) + spoken(JOYFUL, first_s=60, every_s=8)
    marked = read_story(cut_of(*after_loss), perception=perceived()).arc
    plain = read_story(cut_of(*only_joy), perception=perceived()).arc
    assert marked.at("valence", 75) < plain.at("valence", 75) - 0.05
    assert marked.at("valence", 75) > marked.at("valence", 30)


def test_the_story_says_why() -> None:
    beats = read_story(
        cut_of((20, "Anna is dead."), (60, "You're alive! I have missed you."), (90, "I am your father.")),
        perception=perceived(motion=np.where(np.arange(HOPS) > 160, 0.8, 0.02)),
    ).beats
    kinds = {beat.kind for beat in beats}
    assert {"establishing", "death", "reunion", "reveal", "turn"} <= kinds
    turn = next(beat for beat in beats if beat.kind == "turn" and 70 < beat.time_s < 90)
    assert "picture" in turn.evidence[0]
    assert next(beat for beat in beats if beat.kind == "death").evidence == ("‘Anna is dead.’",)
    assert all(place < len(beats) for beat in beats for place in beat.leads_to)
    assert [beat.time_s for beat in beats] == sorted(beat.time_s for beat in beats)


@pytest.mark.parametrize(
    ("line", "words"),
    [("pace = [0.0, 0.9]", "three numbers"), ("pace = 3", "three numbers"), ("pace = ['a', 0, 0]", "three numbers")],
)
def test_a_wrong_line_is_told(tmp_path: Path, line: str, words: str) -> None:
    from hitpoint.resources import resources_folder

    text = (resources_folder() / "arc.toml").read_text(encoding="utf-8")
    path = tmp_path / "arc.toml"
    path.write_text(text.replace("pace = [0.0, 0.90, 0.40]", line), encoding="utf-8")
    with pytest.raises(SettingError, match=words):
        load_arc_weights(path)


def rated_clips(seed: int, *, count: int = 6) -> list[RatedClip]:
    """Clips of a house for which darkness is joy and motion is nothing."""
    rng = np.random.default_rng(seed)
    clips = []
    for number in range(count):
        walk = {
            name: np.clip(np.cumsum(rng.normal(0, 0.15, 120)), -1, 1) for name in ("brightness", "motion", "saturation")
        }
        modalities = {
            name: Modality(walk if name == "picture" else {}, np.full(120, 1.0 if name == "picture" else 0.0))
            for name in MODALITIES
        }
        ratings = np.stack([-0.6 * walk["brightness"], 0.5 * walk["saturation"], np.full(120, np.nan)])
        clips.append(
            RatedClip(
                name=str(number), modalities=modalities, ratings=ratings + rng.normal(0, 0.1, (3, 120)), hop_s=0.5
            )
        )
    return clips


def test_a_house_teaches_its_taste() -> None:
    before = load_arc_weights()
    fitted = fit_weights(rated_clips(0), before)
    held_out = rated_clips(1)
    old, new = correlation(held_out, before), correlation(held_out, fitted)
    assert new["valence"] > old["valence"] + 0.3
    assert new["arousal"] > old["arousal"]
    assert fitted.signals["words"].keys() == before.signals["words"].keys()
    assert all((share >= 0).all() for share in fitted.shares.values())


def test_few_ratings_change_little() -> None:
    before = load_arc_weights()
    clip = rated_clips(0)[0]
    few = replace(clip, ratings=np.where(np.arange(120) < 6, clip.ratings, np.nan))
    after = fit_weights([few], before)
    for name, weight in after.signals["picture"].items():
        assert np.abs(weight - before.signals["picture"][name]).max() < 0.15


def test_any_number_of_modalities_can_be_missing() -> None:
    weights = load_arc_weights()
    for names in ((), ("words",), MODALITIES):
        modalities = {name: Modality({}, np.zeros(10)) for name in ("cutting", *names)}
        opinions = fuse(modalities, weights, hop_s=0.5)
        assert opinions.fused.shape == (len(DIMENSIONS), 10)
        assert not opinions.fused.any()
        assert not opinions.confidence.any()
