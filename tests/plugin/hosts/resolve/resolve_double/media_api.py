"""Folder, MediaPoolItem, MediaPool."""

import os
from fractions import Fraction
from pathlib import Path

from . import model
from .base import ApiObject, api, flag, integer, list_of, made_of, number, one_of, table, text

CLIP_INFO = table(
    {"mediaPoolItem": made_of("MediaPoolItem")},
    {"startFrame": number, "endFrame": number, "mediaType": integer, "trackIndex": integer, "recordFrame": number},
)
IMPORT_OPTIONS = table({}, {"timelineName": text, "importSourceClips": flag, "sourceClipsPath": text})
TIMELINE_CLIP_INFO = table(
    {"mediaPoolItem": made_of("MediaPoolItem")}, {"startFrame": number, "endFrame": number, "recordFrame": number}
)
IMPORT_INFO = table({"FilePath": text}, {"StartIndex": integer, "EndIndex": integer})


def path_or_info(world, value):
    """Both forms are documented; a build may take one only (`import_takes_dicts_only`)."""
    (text if isinstance(value, str) else IMPORT_INFO)(world, value)


def media_info(path):
    """Return length in seconds of a sound file, or None for what is none."""
    import soundfile

    try:
        about = soundfile.info(path)
    except (OSError, RuntimeError):
        return None
    return about.frames / about.samplerate


class Folder(ApiObject):
    @api()
    def GetName(self):
        return self._model.name

    @api()
    def GetClipList(self):
        return [MediaPoolItem(self._world, clip) for clip in self._model.clips]

    @api()
    def GetSubFolderList(self):
        return [Folder(self._world, folder) for folder in self._model.folders]

    @api()
    def GetUniqueId(self):
        return self._model.id


class MediaPoolItem(ApiObject):
    def _is_alive(self):
        return any(clip is self._model for clip in self._world.project.media()) if self._world.project else False

    @api()
    def GetName(self):
        return self._model.name

    @api(text)
    def SetName(self, name):
        self._model.name = name
        return True

    @api()
    def GetMediaId(self):
        return self._model.id

    @api()
    def GetUniqueId(self):
        return self._model.id

    @api(text, optional=1)
    def GetClipProperty(self, name=None):
        clip = self._model
        values = {
            "Clip Name": clip.name,
            "File Name": os.path.basename(clip.path),
            "File Path": clip.path,
            "Type": clip.kind,
            "FPS": float(clip.fps),
            "Frames": str(clip.frames),
            "Online Status": "Offline" if clip.is_offline else "Online",
        }
        return values if name is None else values.get(name, "")

    @api(text, optional=1)
    def GetMetadata(self, name=None):
        return dict(self._model.metadata) if name is None else self._model.metadata.get(name, "")

    @api(table({}, {"Comments": text, "Keywords": text, "Description": text}))
    def SetMetadata(self, values):
        self._model.metadata.update(values)
        return True

    @api(text, optional=1, since=(19, 0))
    def GetThirdPartyMetadata(self, name=None):
        return dict(self._model.third_party) if name is None else self._model.third_party.get(name, "")

    @api(lambda world, value: list_of(text)(world, [*value, *value.values()]), since=(19, 0))
    def SetThirdPartyMetadata(self, values):
        self._model.third_party.update(values)
        return True


class MediaPool(ApiObject):
    def _is_alive(self):
        return self._world.project is self._model

    @api()
    def GetRootFolder(self):
        return Folder(self._world, self._model.root)

    @api()
    def GetCurrentFolder(self):
        return Folder(self._world, self._model.folder)

    @api(made_of("Folder"))
    def SetCurrentFolder(self, folder):
        if all(known is not folder._model for known in self._model.root.walk()):
            return False
        self._model.folder = folder._model
        return True

    @api(made_of("Folder"), text)
    def AddSubFolder(self, folder, name):
        made = model.Bin(name)
        folder._model.folders.append(made)
        self._model.folder = made  # making a folder opens it
        return Folder(self._world, made)

    @api(list_of(path_or_info))
    def ImportMedia(self, infos):
        found = []
        for info in infos:
            if isinstance(info, str) and self._world.faults.import_takes_dicts_only:
                continue
            path = info if isinstance(info, str) else info["FilePath"]
            duration_s = media_info(path) if os.path.isabs(path) else None
            if duration_s is None:
                continue
            project = self._model
            rate = project.rate if self._world.faults.wav_takes_project_rate else project.timeline.rate
            clip = model.Media(Path(path).name, path, float(round(rate, 3)), round(duration_s * float(rate)))
            folder = project.folder if self._world.faults.imports_into_current_folder else project.root
            folder.clips.append(clip)
            found.append(MediaPoolItem(self._world, clip))
        return found

    @api(list_of(CLIP_INFO))
    def AppendToTimeline(self, infos):
        timeline = self._model.timeline
        if timeline is None:
            return None
        found = []
        for info in infos:
            placed = self._append(timeline, info)
            if not isinstance(placed, model.Item):
                return placed
            from .timeline_api import TimelineItem

            found.append(TimelineItem(self._world, placed, is_dead=placed.duration < 0))
        return found

    def _append(self, timeline, info):
        """Return the item that came of it, or what the whole call answers."""
        faults = self._world.faults
        media = info["mediaPoolItem"]._model
        if not info["mediaPoolItem"]._is_alive():
            return None
        first = info.get("startFrame", 0)
        frames = info.get("endFrame", media.frames) - first + (not faults.has_exclusive_ends)
        source_rate = Fraction(str(media.fps))
        length = Fraction(frames) * timeline.rate / source_rate
        if abs(timeline.rate - source_rate) / source_rate < Fraction(1, 10_000):
            length = Fraction(frames)  # 23.976 as a float is 24000/1001
        duration = int(length) if faults.floors_durations else round(length)
        kind = "audio" if info.get("mediaType", 2) == 2 else "video"
        tracks = timeline.tracks[kind]
        index = int(info.get("trackIndex", 1))
        if not 1 <= index <= len(tracks):
            return [] if faults.missing_track_gives_empty else None
        track = tracks[index - 1]
        if track.is_locked:
            return None if faults.locked_track_gives_none else []
        start = int(info.get("recordFrame", max((i.end for i in track.items), default=timeline.start)))
        if start < timeline.start and not faults.accepts_before_start:
            return []
        if any(start < item.end and item.start < start + duration for item in track.items):
            if not faults.gives_dead_handles:
                return []
            return model.Item("", 0, -1)
        item = model.Item(
            media.name, start, duration, media, left=int(first), is_renderable=start >= timeline.start, is_doubtful=True
        )
        track.items.append(item)
        track.items.sort(key=lambda entry: entry.start)
        return item

    @api(text)
    def CreateEmptyTimeline(self, name):
        if any(timeline.name == name for timeline in self._model.timelines):
            return None
        return self._new(model.Timeline(name, rate=self._model.rate))

    @api(text, list_of(TIMELINE_CLIP_INFO))
    def CreateTimelineFromClips(self, name, infos):
        here = self._model.folder.clips
        if self._world.faults.creates_from_current_folder_only and any(
            all(info["mediaPoolItem"]._model is not clip for clip in here) for info in infos
        ):
            return None
        timeline = model.Timeline(name, rate=self._model.rate)
        timeline.tracks["audio"].append(model.Track("Audio 1", "stereo"))
        made = self._new(timeline)
        for info in infos:
            self._append(timeline, {**info, "trackIndex": 1, "mediaType": 2})
        return made

    def _new(self, timeline):
        from .timeline_api import Timeline

        self._model.timelines.append(timeline)
        self._model.timeline = timeline
        return Timeline(self._world, timeline)

    @api(text, IMPORT_OPTIONS, optional=1)
    def ImportTimelineFromFile(self, path, options=None):
        from .otio_export import import_otio

        options = options or {}
        name = options.get("timelineName") or Path(path).stem
        faults = self._world.faults
        if faults.import_is_picky and (
            self._model.name == "Untitled Project" or any(t.name == name for t in self._model.timelines)
        ):
            return None
        timeline = import_otio(path, name, is_picky=faults.import_is_picky)
        if timeline is None:
            return None
        is_offline = faults.otio_import_is_offline and options.get("importSourceClips", True) is False
        for kind in ("video", "audio"):
            for track in timeline.tracks[kind]:
                for item in track.items:
                    item.media.is_offline = is_offline
        return self._new(timeline)

    @api(list_of(made_of("MediaPoolItem")))
    def DeleteClips(self, clips):
        gone = [clip._model for clip in clips]
        for folder in self._model.root.walk():
            folder.clips = [clip for clip in folder.clips if all(clip is not other for other in gone)]
        for timeline in self._model.timelines:  # what used them goes with them
            for tracks in timeline.tracks.values():
                for track in tracks:
                    track.items = [i for i in track.items if all(i.media is not other for other in gone)]
        return bool(gone)

    @api(list_of(made_of("Folder")))
    def DeleteFolders(self, folders):
        for gone in folders:
            for folder in self._model.root.walk():
                folder.folders = [known for known in folder.folders if known is not gone._model]
            if self._model.folder is gone._model:
                self._model.folder = self._model.root
        return True

    @api(list_of(made_of("Timeline")))
    def DeleteTimelines(self, timelines):
        gone = [timeline._model for timeline in timelines]
        self._model.timelines = [t for t in self._model.timelines if all(t is not other for other in gone)]
        if any(self._model.timeline is other for other in gone):
            self._model.timeline = self._model.timelines[0] if self._model.timelines else None
        return True

    @api()
    def GetUniqueId(self):
        return self._model.id


TRACK_KIND = one_of("video", "audio", "subtitle")
