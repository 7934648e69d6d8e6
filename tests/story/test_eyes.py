"""Eyes as one more modality: the arc follows them as far as they are sure, and nothing changes where none look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hitpoint.model.cut import Cut, Shot
from hitpoint.model.features import PICTURE_ROWS, SOUND_ROWS, PictureFeatures, SoundFeatures
from hitpoint.model.time import FrameRate, FrameSpan
from hitpoint.perception import Perception
from hitpoint.perception.eyes import SeenShot, Sight
from hitpoint.perception.eyes.values import SIGHT_ROWS
from hitpoint.resources import load_palettes, resources_folder
from hitpoint.spotting import SpottingSettings, load_marker_table, spot
from hitpoint.spotting.brief_writer import BuiltinWriter, brief_requests
from hitpoint.spotting.brief_writer.prompt import scene
from hitpoint.spotting.scenery import scenery_of
from hitpoint.story import Story, load_arc_weights, read_story
from hitpoint.story.fit import RatedClip, fit_weights
from hitpoint.story.fusion import MODALITIES, fuse
from hitpoint.story.signals import Modality

HOPS, SHOT_S = 121, 30.0
SAD, GLAD = {"valence": -0.8, "arousal": -0.3, "tension": 0.1}, {"valence": 0.8, "arousal": 0.4, "tension": -0.4}


def cut() -> Cut:
    spans = (FrameSpan(0, 720), FrameSpan(720, 1440))
    shots = tuple(Shot(index=i, span=span, name=("grave", "wedding")[i], media=None) for i, span in enumerate(spans))
    return Cut(name="c", rate=FrameRate(24), start_timecode_frame=0, duration_frames=1440, shots=shots)


def shot(
    index: int, feeling: str, affect: dict[str, float], confidence: float, **choices: dict[str, float]
) -> SeenShot:
    return SeenShot(
        start_s=index * SHOT_S,
        end_s=(index + 1) * SHOT_S,
        shot_index=index,
        name=("grave", "wedding")[index],
        frames=3,
        choices={"emotion": {feeling: 0.9, "neutral": 0.1}, **choices},
        contains={"a face": 0.8, "a horse": 0.1},
        aesthetics=0.6,
        agreement=0.8,
        confidence=confidence,
        **affect,
    )


def sight(first: dict[str, float] = SAD, second: dict[str, float] = GLAD, *, confidence: float = 0.8) -> Sight:
    half = np.arange(HOPS) < HOPS // 2
    rows = {name: np.zeros(HOPS, np.float32) for name in SIGHT_ROWS}
    for name in SAD:
        rows[name] = np.where(half, first[name], second[name]).astype(np.float32)
    rows["confidence"] = np.full(HOPS, confidence, np.float32)
    rows["exterior"] = np.where(half, 0.9, 0.1).astype(np.float32)
    rows["night"] = np.where(half, 0.9, 0.1).astype(np.float32)
    outside = {"setting": {"outdoors": 0.9, "indoors": 0.1}, "light": {"at night": 0.8, "by day": 0.2}}
    shots = (
        shot(0, "sad", first, confidence, **outside),
        shot(1, "joyful", second, confidence, setting={"outdoors": 0.2, "indoors": 0.8}),
    )
    return Sight(model="m", known=np.ones(HOPS, bool), shots=shots, frames_seen=6, frames_embedded=2, **rows)


def perceived(seen: Sight | None) -> Perception:
    rows = {name: np.zeros((HOPS, 12) if name == "hues" else HOPS, np.float32) for name in PICTURE_ROWS}
    rows["brightness"], rows["change"] = rows["brightness"] + 0.35, rows["change"] + 0.02
    heard = {name: np.zeros((HOPS, 12) if name == "chroma" else HOPS, np.float32) for name in SOUND_ROWS}
    heard["loudness_db"] = heard["loudness_db"] - 35
    everywhere = np.ones(HOPS, bool)
    return Perception(
        picture=PictureFeatures(known=everywhere, cuts_s=np.array([SHOT_S]), **rows),
        sound=SoundFeatures(known=everywhere, impact_s=np.zeros(0), impact_db=np.zeros(0), **heard),
        sight=seen,
    )


def test_the_arc_goes_where_eyes_say() -> None:
    blind = read_story(cut(), perception=perceived(None)).arc
    seeing = read_story(cut(), perception=perceived(sight())).arc
    first, second = slice(4, 50), slice(70, 116)
    assert seeing.valence[first].mean() < blind.valence[first].mean() - 0.2
    assert seeing.valence[second].mean() > blind.valence[second].mean() + 0.1
    turned = read_story(cut(), perception=perceived(sight(GLAD, SAD))).arc
    assert turned.valence[first].mean() > blind.valence[first].mean() + 0.2


def test_it_goes_as_far_as_they_are_sure() -> None:
    moved = []
    blind = read_story(cut(), perception=perceived(None))
    for confidence in (0.0, 0.1, 0.4, 0.9):
        story = read_story(cut(), perception=perceived(sight(confidence=confidence)))
        moved.append(float(np.abs(story.arc.valence - blind.arc.valence).mean()))
        # the share is that of the formula: own share times confidence times loudness, over all and nobody's
        assert story.evidence.opinions.shares["eyes"][0].max() == pytest.approx(_share(story, confidence), rel=0.02)
    assert moved[0] == pytest.approx(0, abs=1e-6)
    assert moved[0] < moved[1] < moved[2] < moved[3]


def _share(story: Story, confidence: float) -> float:
    weights, opinions = load_arc_weights(), story.evidence.opinions
    at = int(opinions.shares["eyes"][0].argmax())
    raw = weights.shares["eyes"][0] * confidence * np.exp(0.8 * abs(opinions.estimates["eyes"][0][at]))
    left_to_nobody = 1 - sum(share[0][at] for share in opinions.shares.values())
    return float(raw * left_to_nobody / weights.shares["nobody"][0])


def test_without_eyes_nothing_changes() -> None:
    """Neither the modality nor its weights leave a trace."""
    story = read_story(cut(), perception=perceived(None))
    assert set(story.evidence.opinions.shares) == {"cutting", "picture", "sound", "words"}
    weights = load_arc_weights()
    deaf = replace(weights, shares={**weights.shares, "eyes": np.full(3, 99.0)})
    other = read_story(cut(), perception=perceived(None), weights=deaf)
    assert np.array_equal(story.arc.valence, other.arc.valence)


def test_the_story_says_which_shot_turned_it() -> None:
    beats = read_story(cut(), perception=perceived(sight())).beats
    turn = next(beat for beat in beats if beat.kind == "turn")
    assert turn.time_s == pytest.approx(SHOT_S, abs=4)
    assert turn.evidence == ("what is shown (wedding: joyful) brightens",)


def test_weights_of_a_house_from_before_get_ours_for_the_eyes(tmp_path: Path) -> None:
    text = (resources_folder() / "arc.toml").read_text(encoding="utf-8")
    start, end = text.index("[eyes]"), text.index("[memory]")
    old = "\n".join(line for line in (text[:start] + text[end:]).splitlines() if not line.startswith("eyes ")).replace(
        "pace = [0.0, 0.90, 0.40]", "pace = [0.0, 0.50, 0.40]"
    )
    (tmp_path / "arc.toml").write_text(old, encoding="utf-8")
    weights, ours = load_arc_weights(tmp_path / "arc.toml"), load_arc_weights()
    assert weights.signals["cutting"]["pace"][1] == 0.5
    assert np.array_equal(weights.shares["eyes"], ours.shares["eyes"])
    assert weights.signals["eyes"].keys() == ours.signals["eyes"].keys()


def test_a_house_teaches_how_far_its_eyes_are_to_be_trusted() -> None:
    rng = np.random.default_rng(2)
    clips = []
    for number in range(6):
        walk = np.clip(np.cumsum(rng.normal(0, 0.2, 120)), -1, 1)
        modalities = {name: Modality({}, np.zeros(120)) for name in MODALITIES if name != "eyes"}
        eyes = Modality({"valence": walk, "arousal": -walk, "tension": walk}, np.full(120, 0.7))
        ratings = np.stack([walk, np.full(120, np.nan), -walk])  # right about valence, wrong about tension
        clips.append(RatedClip(str(number), {**modalities, "eyes": eyes}, ratings, 0.5))
    before = load_arc_weights()
    fitted = fit_weights(clips, before)
    assert fitted.signals["eyes"]["tension"][2] < before.signals["eyes"]["tension"][2] - 0.3
    assert fitted.signals["eyes"]["valence"][0] > 0.8
    blind = [replace(clip, modalities={k: v for k, v in clip.modalities.items() if k != "eyes"}) for clip in clips]
    untaught = fit_weights(blind, before)
    assert np.array_equal(untaught.shares["eyes"], before.shares["eyes"])
    assert fuse(blind[0].modalities, untaught, hop_s=0.5).fused.shape == (3, 120)


def requests(seen: Sight | None):
    story = read_story(cut(), perception=perceived(seen))
    settings = SpottingSettings(marker_table=load_marker_table(), palettes=load_palettes())
    spotting = spot(cut(), story.arc, settings=settings, story=story)
    return brief_requests(spotting, cut=cut(), arc=story.arc, settings=settings, sight=seen)


def test_a_brief_writer_hears_what_is_seen() -> None:
    (request, *_) = requests(sight())
    assert request.seen[0] == "0.0 s: outdoors, at night; sad"
    assert request.seen[1].endswith("indoors; joyful")
    brief = BuiltinWriter().write(replace(request, end_s=request.start_s + 20, setting="outdoors, at night"))
    assert brief.notes == "Seen: outdoors, at night."
    assert scene(request, brief)["seen"] == list(request.seen)
    (blind, *_) = requests(None)
    assert blind.seen == ()
    assert "seen" not in scene(blind, BuiltinWriter().write(blind))
    assert "Seen" not in BuiltinWriter().write(blind).notes


def test_outdoors_is_what_the_screenplay_leaves_open() -> None:
    story = read_story(cut(), perception=perceived(sight()))
    seen = scenery_of(cut(), story.arc, story).exterior
    assert seen[5] == pytest.approx(0.9)
    assert seen[50] == pytest.approx(0.1)
    blind = read_story(cut(), perception=perceived(None))
    assert np.isnan(scenery_of(cut(), blind.arc, blind).exterior).all()
