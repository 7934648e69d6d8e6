"""The MP4 is decoded again: every picture carries its number, every click must sound on its sample."""

import wave
from fractions import Fraction as F

import av
import numpy as np
import pytest

from hitpoint.delivery.video import plain_source, write_video
from hitpoint.delivery.video_sound import decode_from
from hitpoint.model.audio import AudioFile
from hitpoint.model.cut import AudioClip, Cut, MediaRange, Shot
from hitpoint.model.errors import Cancelled
from hitpoint.model.progress import Progress
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_samples

BITS = 10
FILM = FrameRate(24000, 1001)


def number_picture(number, size=(320, 64)):
    """A picture that shows its number as ten black or white fields."""
    width, height = size
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    for bit in range(BITS):
        picture[:, bit * width // BITS : (bit + 1) * width // BITS] = 230 if number >> bit & 1 else 25
    return av.VideoFrame.from_ndarray(picture, format="rgb24")


def read_number(frame):
    """The number a picture shows; None for black (fields of 25 are not black)."""
    grey = frame.to_ndarray(format="gray").astype(int)
    if grey.max() < 24:
        return None
    fields = [grey[8:-8, (2 * bit + 1) * grey.shape[1] // (2 * BITS)].mean() for bit in range(BITS)]
    return sum(1 << bit for bit, field in enumerate(fields) if field > 128)


def write_film(path, *, rate, frames, size=(320, 64), codec="libx264", clicks_s=(), options=None):
    with av.open(str(path), "w") as output:
        video = output.add_stream(codec, rate=rate.fps, options=options or {})
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        sound = output.add_stream("aac", rate=44_100, layout="mono")
        for number in range(frames):
            frame = number_picture(number, size)
            frame.pts, frame.time_base = number, rate.frame_s
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        samples = np.zeros((1, int(float(frames * rate.frame_s) * 44_100)), dtype=np.float32)
        for moment in clicks_s:
            at = round(moment * 44_100)
            samples[0, at : at + 882] = 0.5 * np.sin(np.arange(882) * 2 * np.pi * 1000 / 44_100)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 44_100, 0, F(1, 44_100)
        output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    return path


def write_mix(path, *, start_sample, length_samples, click_samples):
    samples = np.zeros((length_samples, 2))
    shape = 0.5 * np.exp(-np.arange(400) / 80) * np.cos(np.arange(400) * 2 * np.pi * 2500 / 48_000)
    for sample in click_samples:
        samples[sample - start_sample :][:400] += shape[:, None]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return AudioFile(path=path, start_sample=start_sample, length_samples=length_samples)


def silent_mix(path, seconds=1):
    return write_mix(path, start_sample=0, length_samples=48_000 * seconds, click_samples=())


def media(path, start, *, rate=FILM, speed=1, is_missing=False):
    return MediaRange(
        path=path, is_missing=is_missing, source_start_s=start * rate.frame_s, source_duration_s=F(1), speed=F(speed)
    )


def make_cut(shots, duration_frames, *, rate=FILM, audio_clips=()):
    return Cut(
        name="x",
        rate=rate,
        start_timecode_frame=86_400,
        duration_frames=duration_frames,
        shots=tuple(
            Shot(index=i, span=FrameSpan(a, b), name=f"{i}", media=range_) for i, (a, b, range_) in enumerate(shots)
        ),
        audio_clips=tuple(audio_clips),
    )


def shown(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [(frame.pts * stream.time_base, read_number(frame)) for frame in container.decode(stream)]
    assert frames[0][0] == 0
    return [number for _, number in frames], [moment for moment, _ in frames]


def click_errors(path, samples, *, level=0.15):
    """How many samples after the wanted one each click rises, in the decoded AAC."""
    heard = np.concatenate(list(decode_from(path, F(0))))[:, 0]
    errors = []
    for sample in samples:
        around = np.abs(heard[max(0, sample - 1500) : sample + 1500])
        assert around.max() > level, f"nothing sounds at sample {sample}"
        errors.append(int(np.argmax(around > level)) - min(1500, sample))
    return errors


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    return write_film(path, rate=FILM, frames=120, clicks_s=(1.0, 3.0))


def test_a_plain_film_keeps_its_picture_packet_by_packet(film, tmp_path):
    cut = make_cut([(0, 50, media(film, 0)), (50, 120, media(film, 50))], 120)
    assert plain_source(cut) == film
    clicks = [0, 48_000, frames_to_samples(99, FILM)]
    mix = write_mix(tmp_path / "m.wav", start_sample=0, length_samples=48_000 * 6, click_samples=clicks)
    assert write_video(tmp_path / "x.mp4", cut=cut, mix=mix) == ()
    assert shown(tmp_path / "x.mp4")[0] == list(range(120))
    with av.open(str(film)) as before, av.open(str(tmp_path / "x.mp4")) as after:
        pictures = [[bytes(p) for p in c.demux(video=0) if p.size] for c in (before, after)]
        assert pictures[0] == pictures[1]
    assert click_errors(tmp_path / "x.mp4", clicks) == [0, 0, 0]


def test_a_film_that_was_cut_off_is_told(film, tmp_path):
    whole = film.read_bytes()
    with (
        av.open(str(film)) as container,
        av.open(str(tmp_path / "fast.mp4"), "w", options={"movflags": "faststart"}) as o,
    ):
        copy = o.add_stream_from_template(container.streams.video[0])
        for packet in container.demux(video=0):
            if packet.dts is not None:
                packet.stream = copy
                o.mux(packet)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes((tmp_path / "fast.mp4").read_bytes()[: -len(whole) // 4])
    cut = make_cut([(0, 120, media(broken, 0))], 120)
    assert plain_source(cut) == broken
    told = write_video(tmp_path / "x.mp4", cut=cut, mix=silent_mix(tmp_path / "m.wav"))
    assert any("ends early" in sentence for sentence in told)


@pytest.mark.parametrize(
    ("shots", "duration"),
    [
        ([(0, 100, (1, 1))], 100),  # trimmed in front
        ([(0, 100, (0, 1))], 100),  # trimmed behind
        ([(0, 119, (0, 1))], 120),  # a black frame at the end
        ([(0, 60, (0, 1)), (60, 120, (61, 1))], 120),
        ([(0, 120, (0, 2))], 120),
    ],
)
def test_anything_else_is_encoded_again(film, shots, duration):
    cut = make_cut([(a, b, media(film, start, speed=speed)) for a, b, (start, speed) in shots], duration)
    assert plain_source(cut) is None


@pytest.mark.parametrize("rate", [FILM, FrameRate(25, 1), FrameRate(30000, 1001)], ids=str)
def test_every_frame_of_an_edited_cut(tmp_path, rate):
    source = write_film(tmp_path / "s.mp4", rate=rate, frames=120)
    other = write_film(tmp_path / "o.mkv", rate=rate, frames=60, size=(640, 128), codec="mpeg4", options={"g": "12"})
    shots = [
        (4, 20, media(source, 40, rate=rate)),  # frames 0..3 are black
        (20, 30, media(other, 7, rate=rate)),
        (30, 60, media(source, 90, rate=rate, speed=-1)),
        (60, 70, media(source, 10, rate=rate, speed=2)),
        (70, 80, media(source, 33, rate=rate, speed=0)),
        (80, 90, media(tmp_path / "gone.mov", 0, rate=rate, is_missing=True)),
        (92, 100, media(source, 0, rate=rate, speed=F(1, 2))),
    ]
    cut = make_cut(shots, 103, rate=rate)
    clicks = [frames_to_samples(frame, rate) for frame in (0, 20, 61, 100)]
    mix = write_mix(tmp_path / "m.wav", start_sample=0, length_samples=48_000 * 6, click_samples=clicks)
    told = write_video(tmp_path / "x.mp4", cut=cut, mix=mix)
    numbers, moments = shown(tmp_path / "x.mp4")
    expected = [None] * 4 + list(range(40, 56)) + list(range(7, 17)) + list(range(90, 60, -1))
    expected += list(range(10, 30, 2)) + [33] * 10 + [None] * 10 + [None] * 2 + [0, 0, 1, 1, 2, 2, 3, 3] + [None] * 3
    assert numbers == expected
    assert all(abs(moment - frame * rate.frame_s) < F(1, 10_000) for frame, moment in enumerate(moments))
    assert click_errors(tmp_path / "x.mp4", clicks) == [0, 0, 0, 0]
    assert len(told) == 1
    assert "1 shot without media" in told[0]


def test_the_score_may_start_before_or_after_the_picture(film, tmp_path):
    cut = make_cut([(0, 120, media(film, 0))], 120)
    for name, start in (("early", -24_000), ("late", 30_000)):
        clicks = [48_000, 100_000]
        mix = write_mix(tmp_path / f"{name}.wav", start_sample=start, length_samples=200_000, click_samples=clicks)
        write_video(tmp_path / f"{name}.mp4", cut=cut, mix=mix)
        assert click_errors(tmp_path / f"{name}.mp4", clicks) == [0, 0]


def test_the_cuts_own_sound_stays_in_sync(film, tmp_path):
    """The film clicks at 3 s; a clip that starts at 2 s of it, at record frame 24, must click 2.001 s in."""
    starts_s = 2 / FILM.frame_s
    sound = AudioClip(span=FrameSpan(24, 72), name="a", track_name="A1", media=media(film, starts_s))
    cut = make_cut([(0, 100, media(film, 10))], 100, audio_clips=[sound])
    write_video(tmp_path / "x.mp4", cut=cut, mix=silent_mix(tmp_path / "m.wav"))
    heard = np.concatenate(list(decode_from(tmp_path / "x.mp4", F(0))))[:, 0]
    tone = np.sin(np.arange(960) * 2 * np.pi * 1000 / 48_000)
    match = np.correlate(heard, tone, "valid")
    assert abs(int(np.argmax(match)) - (frames_to_samples(24, FILM) + 48_000)) <= 2
    assert np.abs(heard[: frames_to_samples(24, FILM) - 100]).max() < 1e-3


def test_sound_and_score_too_loud_together_is_told(film, tmp_path):
    loud = AudioClip(span=FrameSpan(0, 100), name="a", track_name="A1", media=media(film, 0))
    cut = make_cut([(0, 100, media(film, 10))], 100, audio_clips=[loud, loud, loud, loud])
    told = write_video(tmp_path / "x.mp4", cut=cut, mix=silent_mix(tmp_path / "m.wav"))
    assert any("too loud for the MP4" in sentence for sentence in told)


def test_unreadable_media_is_black_and_told_once(tmp_path):
    broken = tmp_path / "broken.mov"
    broken.write_bytes(b"no film at all" * 100)
    sound = AudioClip(span=FrameSpan(0, 24), name="a", track_name="A1", media=media(broken, 0))
    cut = make_cut([(0, 12, media(broken, 0)), (12, 24, media(broken, 40))], 24, audio_clips=[sound])
    told = write_video(tmp_path / "x.mp4", cut=cut, mix=silent_mix(tmp_path / "m.wav"))
    assert shown(tmp_path / "x.mp4")[0] == [None] * 24
    assert sum("cannot be decoded" in sentence for sentence in told) == 1
    assert sum("cannot be heard" in sentence for sentence in told) == 1


def test_another_shape_is_letterboxed(film, tmp_path):
    tall = write_film(tmp_path / "tall.mp4", rate=FILM, frames=12, size=(64, 64))
    cut = make_cut([(0, 4, media(film, 5)), (4, 8, media(tall, 0))], 8)
    write_video(tmp_path / "x.mp4", cut=cut, mix=silent_mix(tmp_path / "m.wav"))
    with av.open(str(tmp_path / "x.mp4")) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert {frame.shape for frame in frames} == {(64, 320)}
    assert frames[6][:, :120].max() < 24
    assert frames[6][:, 200:].max() < 24
    assert frames[6][:, 132:188].min() > 8


def test_large_pictures_are_scaled_down(tmp_path):
    large = write_film(tmp_path / "l.mp4", rate=FILM, frames=3, size=(2560, 1440))
    cut = make_cut([(0, 2, media(large, 1))], 2)
    write_video(tmp_path / "x.mp4", cut=cut, mix=silent_mix(tmp_path / "m.wav"))
    with av.open(str(tmp_path / "x.mp4")) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (1920, 1080)


def test_stopping_leaves_nothing_behind(film, tmp_path):
    mix = silent_mix(tmp_path / "m.wav")
    target = tmp_path / "out" / "x.mp4"
    target.parent.mkdir()
    target.write_bytes(b"the good one")
    calls = iter([False, False, True])
    cut = make_cut([(0, 100, media(film, 3))], 100)
    with pytest.raises(Cancelled, match="stopped"):
        write_video(target, cut=cut, mix=mix, progress=Progress(should_stop=lambda: next(calls)))
    assert [path.name for path in target.parent.iterdir()] == ["x.mp4"]
    assert target.read_bytes() == b"the good one"


def test_progress_runs_to_the_end_at_least_once_a_second_of_film(film, tmp_path):
    told = []
    cut = make_cut([(0, 100, media(film, 3))], 100)
    write_video(
        tmp_path / "x.mp4",
        cut=cut,
        mix=silent_mix(tmp_path / "m.wav"),
        progress=Progress(report=lambda fraction, _: told.append(fraction)),
    )
    assert told == sorted(told)
    assert len(told) >= 5


@pytest.mark.fixtures
def test_a_real_film_keeps_picture_and_beeps(fixtures, tmp_path):
    """Five minutes with a frame counter and beeps: the copy has every frame, and its beeps where the film has them."""
    path = fixtures / "video" / "wpt_movie_300s_counter.mp4"
    rate = FrameRate(24, 1)
    whole = MediaRange(path=path, is_missing=False, source_start_s=F(0), source_duration_s=F(300))
    sound = AudioClip(span=FrameSpan(0, 7200), name="a", track_name="A1", media=whole)
    cut = make_cut([(0, 7200, whole)], 7200, rate=rate, audio_clips=[sound])
    clicks = [48_000 * second + 1234 for second in (0, 10, 19)]
    mix = write_mix(tmp_path / "m.wav", start_sample=0, length_samples=48_000 * 20, click_samples=clicks)
    write_video(tmp_path / "x.mp4", cut=cut, mix=mix)
    with av.open(str(tmp_path / "x.mp4")) as container:
        assert sum(packet.size > 0 for packet in container.demux(video=0)) == 7200
    assert click_errors(tmp_path / "x.mp4", clicks, level=0.4) == [0, 0, 0]
    for start_s in (30, 200):
        before, after = (
            np.concatenate([b for b, _ in zip(decode_from(p, F(start_s)), range(200), strict=False)])[:90_000, 0]
            for p in (path, tmp_path / "x.mp4")
        )
        assert np.abs(before).max() > 0.01
        spectrum = np.fft.rfft(before, 1 << 18).conj() * np.fft.rfft(after, 1 << 18)
        lag = int(np.argmax(np.fft.irfft(spectrum)))
        assert min(lag, (1 << 18) - lag) <= 1
