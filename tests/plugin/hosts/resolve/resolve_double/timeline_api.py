"""Timeline, TimelineItem."""

import copy

from hitpoint.model.time import FrameRate, timecode_to_frames

from . import model
from .base import ApiObject, WrongCall, anything, api, flag, integer, list_of, made_of, one_of, text
from .media_api import TRACK_KIND, MediaPoolItem
from .otio_export import write_otio

MARKER_COLORS = [
    "Blue",
    "Cyan",
    "Green",
    "Yellow",
    "Red",
    "Pink",
    "Purple",
    "Fuchsia",
    "Rose",
    "Lavender",
    "Sky",
    "Mint",
    "Lemon",
    "Sand",
    "Cocoa",
    "Cream",
]
SUBTYPES = [
    "mono",
    "stereo",
    "lrc",
    "lcr",
    "lrcs",
    "lcrs",
    "quad",
    "5.0",
    "5.0film",
    "5.1",
    "5.1film",
    "7.0",
    "7.0film",
    "7.1",
    "7.1film",
] + [f"adaptive{n}" for n in range(1, 37)]
WORKING_PAGES = ("cut", "edit", "color", "fairlight", "deliver")


def track_kind_and_options(world, value):
    text(world, value)
    if not world.profile.is_at_least(19, 0):
        raise WrongCall("a track's subtype came with 19.0")
    if value not in SUBTYPES:
        raise WrongCall(f"{value!r} is no subtype")


class TimelineItem(ApiObject):
    def _is_alive(self):
        if self._is_dead or self._world.project is None:
            return False
        return any(
            self._model in track.items
            for timeline in self._world.project.timelines
            for tracks in timeline.tracks.values()
            for track in tracks
        )

    @api()
    def GetName(self):
        lost = self._world.faults.subtitle_names_are_lost
        lost = not self._world.profile.reads_subtitles if lost is None else lost
        return "Subtitle" if self._model.kind == "subtitle" and lost else self._model.name

    @api(flag, optional=1)
    def GetStart(self, subframe=False):
        return self._world.number(self._model.start)

    @api(flag, optional=1)
    def GetEnd(self, subframe=False):
        return self._world.number(self._model.end)

    @api(flag, optional=1)
    def GetDuration(self, subframe=False):
        return self._world.number(self._model.duration)

    @api(flag, optional=1)
    def GetLeftOffset(self, subframe=False):
        return self._world.number(self._model.left)

    @api()
    def GetUniqueId(self):
        return self._model.id

    @api()
    def GetMediaPoolItem(self):
        return MediaPoolItem(self._world, self._model.media) if self._model.media else None

    @api()
    def GetClipEnabled(self):
        return self._model.is_enabled

    @api(flag)
    def SetClipEnabled(self, is_enabled):
        self._model.is_enabled = is_enabled
        return True

    @api(since=(21, 1))
    def GetType(self):
        return self._model.kind


class Timeline(ApiObject):
    def _is_alive(self):
        project = self._world.project
        return project is not None and any(timeline is self._model for timeline in project.timelines)

    def _track(self, kind, index):
        tracks = self._model.tracks[kind]
        return tracks[int(index) - 1] if 1 <= index <= len(tracks) else None

    @api()
    def GetName(self):
        return self._model.name

    @api(text)
    def SetName(self, name):
        if any(timeline.name == name for timeline in self._world.project.timelines):
            return False
        self._model.name = name
        return True

    @api()
    def GetUniqueId(self):
        return self._model.id

    @api()
    def GetStartFrame(self):
        return self._world.number(self._model.start)

    @api()
    def GetEndFrame(self):
        return self._world.number(self._model.start + self._model.length)

    @api()
    def GetStartTimecode(self):
        return self._model.start_timecode

    @api()
    def GetCurrentTimecode(self):
        return self._model.timecode if self._world.page in WORKING_PAGES else ""

    @api(text)
    def SetCurrentTimecode(self, timecode):
        if self._world.page not in WORKING_PAGES:
            return False
        rate = FrameRate(self._model.rate.numerator, self._model.rate.denominator, self._model.is_drop)
        try:
            frame = timecode_to_frames(timecode, rate)
        except ValueError:
            return False
        first = timecode_to_frames(self._model.start_timecode, rate)
        if frame < first and self._world.faults.refuses_playhead_before_start:
            return False
        self._model.timecode = timecode
        return True

    @api(TRACK_KIND)
    def GetTrackCount(self, kind):
        return self._world.number(len(self._model.tracks[kind]))

    @api(TRACK_KIND, track_kind_and_options, optional=1)
    def AddTrack(self, kind, subtype=None):
        if kind == "audio":
            subtype = subtype or ("mono" if self._world.faults.adds_mono_tracks else "stereo")
        tracks = self._model.tracks[kind]
        tracks.append(model.Track(f"{kind.title()} {len(tracks) + 1}", subtype or ""))
        return True

    @api(TRACK_KIND, integer)
    def DeleteTrack(self, kind, index):
        if self._track(kind, index) is None:
            return False
        del self._model.tracks[kind][int(index) - 1]
        return True

    @api(TRACK_KIND, integer, since=(19, 0))
    def GetTrackSubType(self, kind, index):
        track = self._track(kind, index)
        return track.subtype if track else ""

    @api(TRACK_KIND, integer)
    def GetTrackName(self, kind, index):
        track = self._track(kind, index)
        return track.name if track else ""

    @api(TRACK_KIND, integer, text)
    def SetTrackName(self, kind, index, name):
        track = self._track(kind, index)
        if track is None:
            return False
        track.name = name
        return True

    @api(TRACK_KIND, integer, flag)
    def SetTrackEnable(self, kind, index, is_enabled):
        self._track(kind, index).is_enabled = is_enabled
        return True

    @api(TRACK_KIND, integer)
    def GetIsTrackEnabled(self, kind, index):
        track = self._track(kind, index)
        return bool(track and track.is_enabled)

    @api(TRACK_KIND, integer, flag)
    def SetTrackLock(self, kind, index, is_locked):
        self._track(kind, index).is_locked = is_locked
        return True

    @api(TRACK_KIND, integer)
    def GetIsTrackLocked(self, kind, index):
        track = self._track(kind, index)
        return bool(track and track.is_locked)

    @api(TRACK_KIND, integer)
    def GetItemListInTrack(self, kind, index):
        track = self._track(kind, index)
        if track is None:
            return None
        items = track.items
        if not self._world.faults.lists_transitions:
            items = [item for item in items if item.kind != "transition"]
        return [TimelineItem(self._world, item) for item in items]

    @api(list_of(made_of("TimelineItem")), flag, optional=1)
    def DeleteClips(self, items, is_ripple=False):
        faults = self._world.faults
        if faults.deletes_on_edit_page_only and self._world.page != "edit":
            return False
        if faults.flaky_deletes > 0:
            faults.flaky_deletes -= 1
            return False
        gone = [item._model for item in items]
        was_deleted = False
        for tracks in self._model.tracks.values():
            for track in tracks:
                if track.is_locked:
                    continue
                left = [item for item in track.items if all(item is not other for other in gone)]
                was_deleted = was_deleted or len(left) != len(track.items)
                track.items = left
        return was_deleted

    @api(integer, text, text, text, integer, text, optional=1)
    def AddMarker(self, frame, color, name, note, duration, custom_data=None):
        frame = int(frame)
        faults = self._world.faults
        if custom_data == "" and faults.rejects_six_argument_markers:
            return False
        if color not in MARKER_COLORS:
            if faults.refuses_unknown_colors:
                return False
            color = "Blue"
        if frame < 0 or (not faults.accepts_invisible_markers and frame >= self._model.length):
            return False
        if frame in self._model.markers and faults.refuses_second_marker:
            return False
        self._model.markers[frame] = {
            "color": color,
            "name": name,
            "note": note,
            "duration": int(duration),
            "customData": custom_data or "",
        }
        return True

    @api()
    def GetMarkers(self):
        return {
            self._world.number(frame): {**marker, "duration": self._world.number(marker["duration"])}
            for frame, marker in self._model.markers.items()
        }

    @api(text)
    def GetMarkerByCustomData(self, custom_data):
        found = [marker for marker in self._model.markers.values() if marker["customData"] == custom_data]
        return dict(found[0]) if found else {}

    @api(integer)
    def DeleteMarkerAtFrame(self, frame):
        return self._model.markers.pop(int(frame), None) is not None

    @api(text)
    def DeleteMarkerByCustomData(self, custom_data):
        for frame, marker in self._model.markers.items():
            if marker["customData"] == custom_data:
                del self._model.markers[frame]
                return True
        return False

    @api(one_of(*MARKER_COLORS, "All"))
    def DeleteMarkersByColor(self, color):
        gone = [frame for frame, marker in self._model.markers.items() if color in ("All", marker["color"])]
        for frame in gone:
            del self._model.markers[frame]
        return bool(gone)

    @api(text)
    def DuplicateTimeline(self, name):
        if any(timeline.name == name for timeline in self._world.project.timelines):
            return None
        twin = copy.deepcopy(self._model, {id(clip): clip for clip in self._world.project.media()})
        twin.name, twin.id = name, model.new_id()
        for tracks in twin.tracks.values():
            for track in tracks:
                for item in track.items:
                    item.id = model.new_id()
        self._world.project.timelines.append(twin)
        return Timeline(self._world, twin)

    @api(text, anything, anything)
    def Export(self, path, what, how):
        constants = self._world.constants
        is_otio = what == constants["EXPORT_OTIO"] and how == constants["EXPORT_NONE"]
        if not is_otio and self._world.faults.export_wants_constant:
            return False
        try:
            write_otio(self._model, path, with_timeline_markers=self._world.faults.otio_has_timeline_markers)
        except OSError:
            return False
        return True

    @api(text, until=(21, 1))
    def GetSetting(self, name):
        return _settings(self._model, self._model.has_own_settings, self._world).get(name, "")

    @api(since=(21, 1))
    def GetSettings(self):
        return _settings(self._model, self._model.has_own_settings, self._world)

    @api(anything, optional=1, is_gated=True)
    def CreateSubtitlesFromAudio(self, settings=None):
        return True

    @api(is_gated=True)
    def DetectSceneCuts(self):
        return True


def _settings(owner, has_own, world):
    """Return settings as this version gives them: text before 21.1, the rate as a number from then on."""
    rate = round(float(owner.rate), 3)
    drop = getattr(owner, "is_drop", False)
    modern = world.profile.is_at_least(21, 1)
    if drop and not modern:
        shown = f"{rate:g} DF"
    elif modern:
        shown = rate
    else:
        shown = f"{rate:g}" if owner.rate.denominator != 1 else world.random.choice((f"{rate:g}", f"{rate:.1f}"))
    return {
        "timelineFrameRate": shown,
        "timelineDropFrameTimecode": "1" if drop else "0",
        "useCustomSettings": "1" if has_own else "0",
        "timelineResolutionWidth": "1920",
    }


project_settings = _settings
