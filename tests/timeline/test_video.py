"""Plain videos: frames counted, cuts found on their frames, and files that are none."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hitpoint.media import picture_scan
from hitpoint.model.cut import Cut
from hitpoint.model.errors import Cancelled, MediaError
from hitpoint.model.progress import Progress
from hitpoint.timeline import load_timeline, read_cut

SIZE = (160, 96)
CUTS = (30, 47, 80)


def picture(frame: int, cuts: tuple[int, ...] = CUTS) -> np.ndarray:
    """A textured picture that drifts slowly and changes at the cuts."""
    shot = sum(frame >= cut for cut in cuts)
    rng = np.random.default_rng(shot)
    base = rng.integers(30, 220, (12, 20, 3)).repeat(8, axis=0).repeat(8, axis=1)
    return np.roll(base, frame, axis=1).astype(np.uint8)


def make(
    path: Path,
    *,
    rate: Fraction = Fraction(24),
    frames: int = 120,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    timecode: str = "",
    has_sound: bool = False,
    times: list[int] | None = None,
    size: tuple[int, int] = SIZE,
    container: dict[str, str] | None = None,
) -> Path:
    with av.open(str(path), "w", options=container or {}) as target:
        stream = target.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        if timecode:
            target.metadata["timecode"] = timecode
        sound = target.add_stream("aac", rate=48_000, layout="mono") if has_sound else None
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24").reformat(*size)
            frame.pts, frame.time_base = (times[number] if times else number), 1 / Fraction(rate)
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
        if sound is not None:
            block = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), format="fltp", layout="mono")
            block.sample_rate, block.pts, block.time_base = 48_000, 0, Fraction(1, 48_000)
            target.mux(sound.encode(block))
            target.mux(sound.encode())
    return path


def read(path: Path) -> Cut:
    return read_cut(load_timeline(path))


def starts(cut: Cut) -> list[int]:
    return [shot.span.start_frame for shot in cut.shots]


@pytest.mark.parametrize(
    ("rate", "told"),
    [
        (Fraction(24), "24 fps"),
        (Fraction(25), "25 fps"),
        (Fraction(24000, 1001), "23.976 fps"),
        (Fraction(30000, 1001), "29.97 fps"),
        (Fraction(50), "50 fps"),
    ],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_cuts_on_their_frames_at_every_rate(tmp_path: Path, rate: Fraction, told: str, suffix: str) -> None:
    cut = read(make(tmp_path / f"film{suffix}", rate=rate))
    assert (str(cut.rate), cut.duration_frames) == (told, 120)
    assert starts(cut) == [0, *CUTS]
    assert not [text for text in cut.warnings if "variable" in text]


@pytest.mark.parametrize(
    "options",
    [
        {"bf": "0"},
        {"bf": "3", "b-pyramid": "normal"},
        {"bf": "3", "sc_threshold": "0", "g": "250"},  # no key frame on a cut
        {"bf": "5", "sc_threshold": "0", "g": "12", "flags": "-cgop"},
    ],
)
def test_cuts_between_frames_that_were_left_out_at_first(tmp_path: Path, options: dict[str, str]) -> None:
    cut = read(make(tmp_path / "film.mp4", options=options))
    assert (starts(cut), cut.duration_frames) == ([0, *CUTS], 120)


@pytest.mark.parametrize(
    ("codec", "suffix"), [("mpeg4", ".avi"), ("prores_ks", ".mov"), ("mjpeg", ".mov"), ("libx265", ".mp4")]
)
def test_other_codecs(tmp_path: Path, codec: str, suffix: str) -> None:
    if codec == "prores_ks" or codec == "mjpeg":
        path = tmp_path / "film.mov"
        with av.open(str(path), "w") as target:
            stream = target.add_stream(codec, rate=24)
            stream.width, stream.height = SIZE
            stream.pix_fmt = "yuv422p10le" if codec == "prores_ks" else "yuvj420p"
            for number in range(120):
                frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
                frame.pts = number
                target.mux(stream.encode(frame))
            target.mux(stream.encode())
    else:
        options = {"x265-params": "log-level=none"} if codec == "libx265" else {"b": "4M"}
        path = make(tmp_path / f"film{suffix}", codec=codec, options=options)
    cut = read(path)
    assert (starts(cut), cut.duration_frames) == ([0, *CUTS], 120)


def test_the_films_own_timecode_is_the_cuts(tmp_path: Path) -> None:
    cut = read(make(tmp_path / "film.mov", rate=Fraction(30000, 1001), timecode="01:00:00;00"))
    assert (cut.timecode(0), cut.start_timecode_frame) == ("01:00:00;00", 107_892)
    assert cut.shots[1].media is not None
    assert cut.shots[1].media.source_start_s == Fraction(30 * 1001, 30000)


def test_sound(tmp_path: Path) -> None:
    assert read(make(tmp_path / "silent.mp4")).audio_clips == ()
    assert len(read(make(tmp_path / "sound.mp4", has_sound=True)).audio_clips) == 1


def test_a_variable_rate_is_said_and_read_by_time(tmp_path: Path) -> None:
    times = [number * 2 if number < 60 else 120 + (number - 60) * 4 for number in range(120)]
    cut = read(make(tmp_path / "film.mkv", rate=Fraction(24), times=times))
    assert any("variable frame rate" in text for text in cut.warnings)
    assert float(cut.duration_s) == pytest.approx(360 / 24, rel=0.05)


def test_the_grid_is_the_rate_a_film_was_made_at(tmp_path: Path) -> None:
    """A drawing that is held is one frame in the file, and makes the header's average 4.6 fps or so."""
    held = [number + 40 * (number // 12) for number in range(120)]
    cut = read(make(tmp_path / "film.mp4", times=held))
    assert (str(cut.rate), cut.duration_frames) == ("24 fps", held[-1] + 1)
    assert starts(cut) == [0, *(held[number] for number in CUTS)]


def test_a_picture_without_key_frames_costs_one_more_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeks = []
    path = make(tmp_path / "film.mp4", options={"bf": "3", "sc_threshold": "0", "g": "1000"})
    seek = picture_scan._Locator._pictures

    def counted(locator: picture_scan._Locator, first: int, last: int) -> dict[int, np.ndarray]:
        frames = locator._frames
        found = seek(locator, first, last)
        seeks.append(locator._frames is not frames)
        return found

    monkeypatch.setattr(picture_scan._Locator, "_pictures", counted)
    assert starts(read(path)) == [0, *CUTS]
    assert seeks.count(True) <= 1


def test_it_can_be_stopped_while_cuts_are_put_on_their_frames(tmp_path: Path) -> None:
    def stop(fraction: float, sentence: str) -> None:
        if "on their frames" in sentence:
            raise Cancelled("stopped")

    path = make(tmp_path / "film.mp4", frames=400, options={"bf": "3", "sc_threshold": "0", "g": "1000"})
    with pytest.raises(Cancelled):
        load_timeline(path, progress=Progress(stop))


def test_recordings_that_were_joined(tmp_path: Path) -> None:
    """The clock of a transport stream starts anew, or jumps by hours, where two recordings meet."""
    part = make(tmp_path / "part.ts").read_bytes()
    later = make(tmp_path / "later.ts", times=[10**6 + number for number in range(120)]).read_bytes()
    for name, whole in (("again.ts", part + part), ("later.ts", part + later)):
        (tmp_path / name).write_bytes(whole)
        cut = read(tmp_path / name)
        assert abs(cut.duration_frames - 240) <= 2
        assert starts(cut)[:4] == [0, *CUTS]
        assert any("jumps at frame 1" in text for text in cut.warnings)


def test_a_picture_that_changes_its_size(tmp_path: Path) -> None:
    small = make(tmp_path / "small.ts").read_bytes()
    large = make(tmp_path / "large.ts", size=(320, 240), times=list(range(120, 240))).read_bytes()
    (tmp_path / "film.ts").write_bytes(small + large)
    cut = read(tmp_path / "film.ts")
    assert starts(cut)[:4] == [0, *CUTS]
    assert abs(cut.duration_frames - 240) <= 3


def test_an_unknown_codec_is_refused(tmp_path: Path) -> None:
    content = make(tmp_path / "film.mp4").read_bytes()
    (tmp_path / "odd.mp4").write_bytes(content.replace(b"avc1", b"zzz1").replace(b"avcC", b"zzzC"))
    with pytest.raises(MediaError, match="FFmpeg cannot decode"):
        load_timeline(tmp_path / "odd.mp4")


def test_a_copy_that_was_cut_off_is_said(tmp_path: Path) -> None:
    whole = make(tmp_path / "whole.mp4", container={"movflags": "faststart"}).read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    cut = read(tmp_path / "half.mp4")
    assert any("is the copy complete" in text for text in cut.warnings)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("film.mp4", b"this is not a film", "not a video that can be read"),
        ("film.mov", b"", "it is empty"),
        ("film.mkv", bytes(range(256)) * 100, "not a video that can be read"),
    ],
)
def test_what_is_no_video_is_refused_in_words(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=words) as caught:
        load_timeline(tmp_path / name)
    assert name in str(caught.value)


def test_sound_alone_and_stills_are_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.mp4"), "w") as target:
        sound = target.add_stream("aac", rate=48_000, layout="mono")
        block = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), format="fltp", layout="mono")
        block.sample_rate = 48_000
        target.mux(sound.encode(block))
        target.mux(sound.encode())
    with pytest.raises(MediaError, match="holds only sound"):
        load_timeline(tmp_path / "sound.mp4")


def test_a_film_without_its_index_is_refused(tmp_path: Path) -> None:
    whole = make(tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])  # the index comes last
    with pytest.raises(MediaError, match=r"cut\.mp4 is not a video"):
        load_timeline(tmp_path / "cut.mp4")


def test_a_film_that_breaks_off_is_scored_so_far(tmp_path: Path) -> None:
    whole = make(tmp_path / "whole.mkv").read_bytes()
    (tmp_path / "half.mkv").write_bytes(whole[: len(whole) // 2])
    cut = read(tmp_path / "half.mkv")
    assert 20 < cut.duration_frames < 110


def test_stopping_it(tmp_path: Path) -> None:
    def stop(fraction: float, sentence: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        load_timeline(make(tmp_path / "film.mp4"), progress=Progress(stop))


#: File, rate, frames (ffprobe -count_frames), cuts that one sees and that are found.
FILMS = [
    ("tears_of_steel_battle_70s.webm", "24 fps", 1691, {52, 122, 158, 221, 309, 715, 788, 872, 901, 987, 1127}),
    ("bbb_opening_60s.mp4", "24 fps", 1440, {285, 378, 553, 1145, 1346}),
    ("popeye_sinbad_T00-1_64s.mkv", "24 fps", 1440, {74, 331, 530, 738, 1071, 1336}),
    ("popeye_sinbad_T01-2_63s.mkv", "24 fps", 1440, {567, 661, 994}),
    ("nasa_13013_17s_multistream.mp4", "25 fps", 325, set()),
    ("tlrender_bart_23s.m4v", "30 fps", 704, set()),
    ("tlrender_psr63.mov", "23.976 fps", 232, set()),
]
assert FILMS


@pytest.mark.fixtures
@pytest.mark.slow
@pytest.mark.parametrize(("name", "rate", "frames", "cuts"), FILMS)
def test_films_that_others_made(fixtures: Path, name: str, rate: str, frames: int, cuts: set[int]) -> None:
    cut = read(fixtures / "video" / name)
    assert (str(cut.rate), cut.duration_frames) == (rate, frames)
    found = set(starts(cut))
    assert cuts <= found
    assert len(found) <= max(3, 2.5 * len(cuts))
