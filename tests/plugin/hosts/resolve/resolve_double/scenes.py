"""Projects to begin with."""

import wave
from fractions import Fraction

from hitpoint.model.time import FrameRate, timecode_to_frames

from . import model

RATES = {
    "24": (Fraction(24), False, "01:00:00:00"),
    "25": (Fraction(25), False, "01:00:00:00"),
    "23.976": (Fraction(24000, 1001), False, "01:00:00:00"),
    "29.97 DF": (Fraction(30000, 1001), True, "01:00:00;00"),
    "60, from 0": (Fraction(60), False, "00:00:00:00"),
}


def marker(name, color="Blue", note="", duration=1, custom=""):
    return {"color": color, "name": name, "note": note, "duration": duration, "customData": custom}


def write_wav(path, seconds, rate_hz=48_000):
    """Write a silent stereo WAV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(2)
        stream.setsampwidth(2)
        stream.setframerate(rate_hz)
        stream.writeframes(bytes(4 * round(seconds * rate_hz)))
    return path


def cut_project(fake, folder, *, rate="24", clips=5, project_rate=None, name="Film"):
    """Open a project with a cut: picture, production sound, a locked music track, markers, subtitles, two timelines."""
    fps, is_drop, start_timecode = RATES[rate]
    project = model.Project(name, rate=project_rate or fps, is_drop=is_drop)
    start = timecode_to_frames(start_timecode, FrameRate(fps.numerator, fps.denominator, is_drop))
    timeline = model.Timeline(
        "Reel 1 – größer", fps, is_drop, project_rate is not None, start_timecode, start, start_timecode
    )
    picture, dialogue = model.Track("Video 1"), model.Track("Audio 1", "stereo")
    temp = model.Track("Temp", "stereo", is_locked=True)
    media_rate = float(round(fps, 3))
    for number in range(clips):
        media = model.Media(f"shot {number}.mov", str(folder / f"shot {number}.mov"), media_rate, 1000, "Video + Audio")
        media.start_frame = start
        project.root.clips.append(media)
        for track in (picture, dialogue):
            track.items.append(model.Item(media.name, start + 100 * number, 100, media, left=10))
    song = write_wav(folder / "temp.wav", 3)
    temp_media = model.Media("temp.wav", str(song), media_rate, round(3 * media_rate))
    project.root.clips.append(temp_media)
    temp.items.append(model.Item("temp.wav", start + 10, 48, temp_media))
    picture.items.insert(1, model.Item("Cross Dissolve", start + 94, 12, None, kind="transition"))
    timeline.tracks["video"].append(picture)
    timeline.tracks["audio"] += [dialogue, temp]
    words = model.Track("Subtitle 1")
    words.items = [
        model.Item("Who is there?", start + 24, 48, kind="subtitle"),
        model.Item("Nobody.\nNobody at all.", start + 96, 24, kind="subtitle"),
    ]
    timeline.tracks["subtitle"].append(words)
    timeline.markers = {
        120: marker("HIT: door", "Red", "hard"),
        240: marker("MUSIC IN", "Green", custom="of another plugin"),
        # somebody's script took marker frames for absolute ones: accepted, echoed, never seen (ledger 1)
        start + 50 if start else 100_000: marker("lost", "Sky"),
    }
    other = model.Timeline("Other", fps, start=start, start_timecode=start_timecode)
    other.tracks["audio"].append(model.Track("Audio 1", "stereo"))
    project.timelines = [timeline, other]
    project.timeline = timeline
    users_bin = model.Bin("Rushes")
    project.root.folders.append(users_bin)
    project.folder = users_bin
    fake.project = project
    fake.page = "color"
    return project
