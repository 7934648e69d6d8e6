#!/usr/bin/env python3
"""Opens Hitpoint's panel from DaVinci Resolve (Workspace > Scripts) and answers its questions about the timeline.

Runs inside Resolve's own Python: standard library only, syntax of Python 3.6, one file, nothing of Hitpoint imported.
The panel is a process of its own, in Hitpoint's environment; it asks over its standard output and is answered on its
standard input, one request at a time (docs/resolve.md has the methods). No port is opened. When the panel ends, so does
this script; when this script or Resolve ends, the panel's input closes and the panel knows.

The installer fills in the three texts in capitals below (base64 of UTF-8, so that spaces and other letters are safe).
`hitpoint panel --resolve` loads the same file as a module and uses its `Bridge` on Resolve's external scripting.
"""

import base64
import json
import os
import queue
import subprocess
import sys
import threading
import time
import traceback
import zlib

#: The interpreter of Hitpoint's environment, and the arguments that open the panel (a JSON list).
PYTHON_BASE64 = "@HITPOINT_PYTHON_BASE64@"
ARGUMENTS_BASE64 = "@HITPOINT_ARGUMENTS_BASE64@"
VERSION = "@HITPOINT_VERSION@"

#: Both sides must speak the same; the panel checks it in `hello`.
PROTOCOL = 1
MARK = b"HITPOINT/1 "
DEFAULT_ARGUMENTS = ["-m", "hitpoint_panel", "--stdio-host"]
#: Seconds between looks whether Resolve is still there, and how many of them may fail.
HEARTBEAT_S = 2.0
HEARTBEATS_LOST = 3
#: Seconds that the panel has to end by itself after Resolve went away.
FAREWELL_S = 20.0
LOG_BYTES = 1000000
#: What Resolve brings into its processes and a program of another environment must not inherit.
FOREIGN_PREFIXES = ("QT_", "DYLD_", "RESOLVE_SCRIPT_", "FUSION_", "PYTHON")
FOREIGN_NAMES = ("LD_LIBRARY_PATH", "LD_PRELOAD", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV")


class Refusal(Exception):
    """Resolve did not do what it was asked; `kind` is for the program, `detail` for people, `func` the call."""

    def __init__(self, kind, detail, func=""):
        Exception.__init__(self, detail)
        self.kind = kind
        self.detail = detail
        self.func = func


# --- asking Resolve ---------------------------------------------------------------------------------------------------


def has(thing, name):
    """Return whether Resolve's object has a method; `hasattr` says yes to every name."""
    return name in dir(thing)


def ask(thing, name, *args):
    """Call a method of Resolve's; whatever it raises becomes a `Refusal` that names the call."""
    method = getattr(thing, name, None)
    if method is None:
        raise Refusal("missing", "this Resolve has no {}".format(name), name)
    try:
        return method(*args)
    except Exception as error:
        raise Refusal("raised", "{}: {}".format(type(error).__name__, error), name)


def ask_if_there(thing, name, *args):
    """Call a method where this version has it, else return None."""
    return ask(thing, name, *args) if has(thing, name) else None


def whole(number):
    """Return a frame number as an int, whether Resolve gave 96 or 96.0; None for anything else."""
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    return int(round(number))


def plain(value):
    """Return a text, a number or None: what JSON can carry and what an answer may rightly be."""
    return value if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None


def setting(owner, name):
    """Return a setting of a project or timeline; 21.1 has one call that returns all, older versions one for each."""
    if has(owner, "GetSetting"):
        return plain(ask(owner, "GetSetting", name))
    settings = ask_if_there(owner, "GetSettings")
    return plain(settings.get(name)) if isinstance(settings, dict) else None


def unique_id(thing):
    """Return an object's id; None for a handle that is dead."""
    value = ask_if_there(thing, "GetUniqueId") or ask_if_there(thing, "GetMediaId")
    return value if isinstance(value, str) and value else None


class Bridge:
    """Answers the panel's methods by calls to one `resolve` object; lua and python launchers serve the same ones.

    Every method takes and returns plain JSON values. Frames are in the space of the call that they come from or go to:
    markers count from the timeline's start, items and `record` are absolute (docs/resolve.md).
    """

    def __init__(self, resolve):
        self.resolve = resolve
        self.methods = {name[3:]: getattr(self, name) for name in sorted(dir(type(self))) if name.startswith("do_")}

    def call(self, method, params):
        """Run one method; raises `Refusal`."""
        function = self.methods.get(method)
        if function is None:
            raise Refusal("unknown_method", "the launcher knows no {}".format(method), str(method))
        try:
            return function(**params)
        except Refusal:
            raise
        except Exception as error:
            log(traceback.format_exc())
            raise Refusal("raised", "{}: {}".format(type(error).__name__, error), str(method))

    # what is open

    def project(self):
        """Return the open project."""
        manager = ask(self.resolve, "GetProjectManager")
        if not manager:
            if ask(self.resolve, "GetProductName") is None:
                raise Refusal("gone", "Resolve was closed", "GetProjectManager")
            raise Refusal("blocked", "Resolve answers nothing, probably it shows a dialogue", "GetProjectManager")
        project = ask(manager, "GetCurrentProject")
        if not project:
            raise Refusal("no_project", "no project is open", "GetCurrentProject")
        return project

    def timeline(self, project, timeline_id=None):
        """Return the current timeline, which must be the one that is meant."""
        timeline = ask(project, "GetCurrentTimeline")
        if not timeline:
            raise Refusal("no_timeline", "no timeline is open", "GetCurrentTimeline")
        if timeline_id is not None and unique_id(timeline) != timeline_id:
            raise Refusal("other_timeline", "another timeline was opened", "GetCurrentTimeline")
        return timeline

    def here(self, timeline_id=None):
        """Return project, media pool and timeline."""
        project = self.project()
        timeline = self.timeline(project, timeline_id)
        pool = ask(project, "GetMediaPool")
        if not pool:
            raise Refusal("blocked", "the media pool does not answer", "GetMediaPool")
        return project, pool, timeline

    def do_hello(self):
        """Say who is there: the product, its version, and which protocol this launcher speaks."""
        product = ask(self.resolve, "GetProductName")
        if not isinstance(product, str):
            kind = "gone" if product is None else "blocked"
            raise Refusal(kind, "Resolve answers nothing, probably it shows a dialogue", "GetProductName")
        return {
            "protocol": PROTOCOL,
            "launcher": "python",
            "launcher_version": VERSION,
            "product": product,
            "version": [plain(part) for part in ask(self.resolve, "GetVersion") or []],
            "version_text": plain(ask(self.resolve, "GetVersionString")),
        }

    def do_look(self, wanted=(), budget_ms=500, with_markers=True):
        """Describe the open timeline: tracks, markers, playhead, and of its items those that are wanted.

        `wanted` holds [track type, track index, first item, number of items]. Reading stops when the budget is used
        up; `is_complete` tells.
        """
        project = self.project()
        answer = {
            "project": {"id": unique_id(project), "name": plain(ask(project, "GetName"))},
            "page": plain(ask(self.resolve, "GetCurrentPage")),
            "timeline": None,
        }
        timeline = ask(project, "GetCurrentTimeline")
        if not timeline:
            return answer
        is_custom = setting(timeline, "useCustomSettings") in ("1", 1)
        owners = (timeline, project) if is_custom else (project, timeline)
        settings = {}
        for key, name in (("rate", "timelineFrameRate"), ("drop", "timelineDropFrameTimecode")):
            values = [setting(owner, name) for owner in owners]
            settings[key] = next((value for value in values if value not in (None, "")), None)
        answer["timeline"] = {
            "id": unique_id(timeline),
            "name": plain(ask(timeline, "GetName")),
            "start": whole(ask(timeline, "GetStartFrame")),
            "end": whole(ask(timeline, "GetEndFrame")),
            "start_timecode": plain(ask(timeline, "GetStartTimecode")),
            "rate": settings["rate"],
            "drop": settings["drop"],
        }
        answer["timecode"] = plain(ask(timeline, "GetCurrentTimecode"))
        answer["markers"] = self.markers(timeline) if with_markers else None
        answer["tracks"], lists = self.tracks(timeline)
        answer["rows"], answer["is_complete"] = self.rows(lists, wanted, budget_ms)
        return answer

    def markers(self, timeline):
        """Return the markers as [frame from the timeline's start, colour, name, note, duration, custom data]."""
        found = []
        for frame, marker in (ask(timeline, "GetMarkers") or {}).items():
            texts = [plain(marker.get(key)) or "" for key in ("color", "name", "note", "customData")]
            found.append([whole(frame), texts[0], texts[1], texts[2], whole(marker.get("duration")) or 1, texts[3]])
        return sorted(found)

    def tracks(self, timeline):
        """Return the picture and sound tracks, and their items."""
        tracks = []
        lists = {}
        for kind in ("video", "audio"):
            for index in range(1, (whole(ask(timeline, "GetTrackCount", kind)) or 0) + 1):
                items = ask(timeline, "GetItemListInTrack", kind, index) or []
                lists[(kind, index)] = items
                tracks.append(
                    {
                        "type": kind,
                        "index": index,
                        "name": plain(ask(timeline, "GetTrackName", kind, index)),
                        "is_enabled": bool(ask(timeline, "GetIsTrackEnabled", kind, index)),
                        "is_locked": bool(ask(timeline, "GetIsTrackLocked", kind, index)),
                        "count": len(items),
                    }
                )
        return tracks, lists

    def rows(self, lists, wanted, budget_ms):
        """Return [type, track, item, start, end, left offset, name, is enabled] of the wanted items, in time."""
        end_s = time.time() + budget_ms / 1000.0
        rows = []
        for kind, index, first, number in wanted:
            items = lists.get((kind, index), [])
            for place in range(first, min(first + number, len(items))):
                if rows and time.time() > end_s:
                    return rows, False
                item = items[place]
                enabled = ask_if_there(item, "GetClipEnabled")
                rows.append(
                    [
                        kind,
                        index,
                        place,
                        whole(ask(item, "GetStart")),
                        whole(ask(item, "GetEnd")),
                        whole(ask(item, "GetLeftOffset")),
                        plain(ask(item, "GetName")),
                        enabled is not False,
                    ]
                )
        return rows, True

    # reading

    def do_export_otio(self, path, timeline_id):
        """Have Resolve write the timeline as OTIO; the panel looks whether the file came."""
        timeline = self.here(timeline_id)[2]
        what = getattr(self.resolve, "EXPORT_OTIO", None)
        how = getattr(self.resolve, "EXPORT_NONE", None)
        if what is None or how is None:
            raise Refusal("missing", "this Resolve exports no OTIO", "Export")
        return {"is_done": bool(ask(timeline, "Export", path, what, how))}

    def do_subtitles(self, timeline_id):
        """Return the items of the subtitle tracks as [track, start, end, name]."""
        timeline = self.here(timeline_id)[2]
        found = []
        for index in range(1, (whole(ask(timeline, "GetTrackCount", "subtitle")) or 0) + 1):
            for item in ask(timeline, "GetItemListInTrack", "subtitle", index) or []:
                span = [whole(ask(item, "GetStart")), whole(ask(item, "GetEnd"))]
                found.append([index, span[0], span[1], plain(ask(item, "GetName"))])
        return found

    # what is ours: media with our note

    def note_of(self, media):
        """Return the note that we left on a media pool item, or None."""
        if has(media, "GetThirdPartyMetadata"):
            notes = ask(media, "GetThirdPartyMetadata")
            note = notes.get("hitpoint") if isinstance(notes, dict) else None
            if note:
                return note
        texts = ask_if_there(media, "GetMetadata")
        note = texts.get("Comments") if isinstance(texts, dict) else None
        return note[10:] if isinstance(note, str) and note.startswith("Hitpoint: ") else None

    def leave_note(self, media, note):
        """Leave our note on a media pool item; return whether it is there."""
        if has(media, "SetThirdPartyMetadata"):
            ask(media, "SetThirdPartyMetadata", {"hitpoint": note})
            if self.note_of(media) == note:
                return True
        ask(media, "SetMetadata", {"Comments": "Hitpoint: " + note})
        return self.note_of(media) == note

    def folder(self, pool, name, is_made=False):
        """Return our bin below the root bin, or None."""
        root = ask(pool, "GetRootFolder")
        if not root:
            raise Refusal("blocked", "the media pool does not answer", "GetRootFolder")
        for folder in ask(root, "GetSubFolderList") or []:
            if ask(folder, "GetName") == name:
                return folder
        return ask(pool, "AddSubFolder", root, name) if is_made else None

    def media_in(self, folder):
        """Return the media pool items in a bin of ours by their ids."""
        clips = (ask(folder, "GetClipList") or []) if folder else []
        return {unique_id(clip): clip for clip in clips}

    def our_items(self, timeline):
        """Return (item, its description) for every item of ours on the sound tracks."""
        found = []
        notes = {}
        for index in range(1, (whole(ask(timeline, "GetTrackCount", "audio")) or 0) + 1):
            for item in ask(timeline, "GetItemListInTrack", "audio", index) or []:
                media = ask(item, "GetMediaPoolItem")
                media_id = unique_id(media) if media else None
                if media_id is None:
                    continue
                if media_id not in notes:
                    notes[media_id] = self.note_of(media)
                if notes[media_id]:
                    span = [whole(ask(item, name)) for name in ("GetStart", "GetEnd", "GetLeftOffset")]
                    about = {"track": index, "start": span[0], "end": span[1], "left": span[2]}
                    about.update(media_id=media_id, note=notes[media_id], name=plain(ask(item, "GetName")))
                    found.append((item, media, about))
        return found

    def do_inventory(self, bin, timeline_id):
        """Return everything ours: media in our bin that carry our note, and items on the timeline."""
        _, pool, timeline = self.here(timeline_id)
        media = []
        for media_id, clip in self.media_in(self.folder(pool, bin)).items():
            note = self.note_of(clip)
            if note:
                path = plain(ask(clip, "GetClipProperty", "File Path"))
                media.append({"id": media_id, "note": note, "name": plain(ask(clip, "GetName")), "path": path})
        return {"media": media, "items": [about for _, _, about in self.our_items(timeline)]}

    # writing

    def do_open_page(self, page):
        """Open one of Resolve's pages; return which one was open."""
        old = plain(ask(self.resolve, "GetCurrentPage"))
        if old != page:
            ask(self.resolve, "OpenPage", page)
        return {"old": old, "page": plain(ask(self.resolve, "GetCurrentPage"))}

    def do_import_media(self, bin, files, timeline_id):
        """Bring files into our bin, each with its note; the user's bin is the current one again afterwards."""
        _, pool, _ = self.here(timeline_id)
        old = ask(pool, "GetCurrentFolder")  # before a bin is made: that opens it
        try:
            folder = self.folder(pool, bin, is_made=True)
            if not folder:
                raise Refusal("refused", "the bin {} could not be made".format(bin), "AddSubFolder")
            if not ask(pool, "SetCurrentFolder", folder):
                raise Refusal("refused", "the bin {} could not be opened".format(bin), "SetCurrentFolder")
            before = set(self.media_in(folder))
            for entry in files:
                if not ask(pool, "ImportMedia", [entry["path"]]):
                    ask(pool, "ImportMedia", [{"FilePath": entry["path"]}])
        finally:
            if old:
                ask(pool, "SetCurrentFolder", old)
        answer = []
        new = [(media_id, clip) for media_id, clip in self.media_in(folder).items() if media_id not in before]
        for entry in files:
            for media_id, clip in new:
                path = plain(ask(clip, "GetClipProperty", "File Path")) or ""
                if same_path(path, entry["path"]):
                    about = {"path": entry["path"], "id": media_id, "is_noted": self.leave_note(clip, entry["note"])}
                    about.update(name=plain(ask(clip, "GetName")), fps=plain(ask(clip, "GetClipProperty", "FPS")))
                    about["frames"] = plain(ask(clip, "GetClipProperty", "Frames"))
                    answer.append(about)
                    break
        return answer

    def do_add_tracks(self, timeline_id, names, subtype):
        """Append sound tracks of ours; return their indices. `subtype` None where the version knows none."""
        timeline = self.here(timeline_id)[2]
        indices = []
        for name in names:
            before = whole(ask(timeline, "GetTrackCount", "audio")) or 0
            kind = ("audio",) if subtype is None else ("audio", subtype)
            ask(timeline, "AddTrack", *kind)
            index = whole(ask(timeline, "GetTrackCount", "audio")) or 0
            if index != before + 1:
                break
            indices.append(index)
            ask(timeline, "SetTrackName", "audio", index, name)
        return {"indices": indices}

    def do_append_clips(self, timeline_id, bin, clips):
        """Put media on tracks at absolute frames, `end` exclusive; the panel looks what came of it."""
        _, pool, timeline = self.here(timeline_id)
        media = self.media_in(self.folder(pool, bin))
        for _, clip, about in self.our_items(timeline):
            media.setdefault(about["media_id"], clip)
        answers = []
        for clip in clips:
            self.here(timeline_id)  # the call acts on whatever timeline is current
            if clip["media_id"] not in media:
                answers.append(False)
                continue
            info = {"mediaPoolItem": media[clip["media_id"]], "mediaType": 2, "trackIndex": clip["track"]}
            info.update(startFrame=clip["start"], endFrame=clip["end"], recordFrame=clip["record"])
            answers.append(bool(ask(pool, "AppendToTimeline", [info])))
        return answers

    def do_delete_items(self, timeline_id, media_ids):
        """Delete items of ours by their media; return how many are left."""
        timeline = self.here(timeline_id)[2]
        items = [item for item, _, about in self.our_items(timeline) if about["media_id"] in media_ids]
        if items and not ask(timeline, "DeleteClips", items, False):
            ask(timeline, "DeleteClips", items, False)  # it is known to fail once and then work
        left = [about for _, _, about in self.our_items(timeline) if about["media_id"] in media_ids]
        return {"left": len(left), "deleted": len(items) - len(left)}

    def do_delete_tracks(self, timeline_id, tracks):
        """Delete sound tracks, given as {index, name}: only if that is still its name, and only if it is empty."""
        timeline = self.here(timeline_id)[2]
        deleted = 0
        for track in sorted(tracks, key=lambda entry: -entry["index"]):
            index = track["index"]
            if ask(timeline, "GetTrackName", "audio", index) != track["name"]:
                continue
            if ask(timeline, "GetItemListInTrack", "audio", index):
                continue
            before = ask(timeline, "GetTrackCount", "audio")
            ask(timeline, "DeleteTrack", "audio", index)
            deleted += ask(timeline, "GetTrackCount", "audio") != before
        return {"deleted": deleted}

    def do_set_track(self, timeline_id, index, is_enabled=None, is_locked=None):
        """Enable or lock a sound track; None leaves it."""
        timeline = self.here(timeline_id)[2]
        if is_enabled is not None:
            ask(timeline, "SetTrackEnable", "audio", index, is_enabled)
        if is_locked is not None:
            ask(timeline, "SetTrackLock", "audio", index, is_locked)
        return {}

    def do_add_markers(self, timeline_id, markers):
        """Add markers, given as in `look`; return for each whether Resolve says that it did."""
        timeline = self.here(timeline_id)[2]
        answers = []
        for frame, color, name, note, duration, custom_data in markers:
            answers.append(bool(ask(timeline, "AddMarker", frame, color, name, note, duration, custom_data)))
        return answers

    def do_delete_markers(self, timeline_id, custom_data):
        """Delete markers by exactly their custom data, which is never empty here."""
        timeline = self.here(timeline_id)[2]
        wanted = set(text for text in custom_data if text)
        for frame, marker in sorted((ask(timeline, "GetMarkers") or {}).items()):
            if marker.get("customData") in wanted:
                ask(timeline, "DeleteMarkerAtFrame", whole(frame))
        return {"left": sum(marker[5] in wanted for marker in self.markers(timeline))}

    def do_delete_media(self, timeline_id, bin, media_ids, budget_ms=20000):
        """Take media of ours out of our bin where no timeline of the project uses them; return those that stay."""
        project, pool, _ = self.here(timeline_id)
        media = self.media_in(self.folder(pool, bin))
        wanted = {key: clip for key, clip in media.items() if key in media_ids and self.note_of(clip)}
        used = self.used_media(project, wanted, budget_ms) if wanted else set()
        clips = [clip for key, clip in wanted.items() if key not in used]
        if clips:
            ask(pool, "DeleteClips", clips)
        folder = self.folder(pool, bin)
        left = self.media_in(folder)
        is_empty = folder and not left and not ask(folder, "GetSubFolderList")
        if is_empty:
            current = ask(pool, "GetCurrentFolder")
            if current and unique_id(current) == unique_id(folder):
                ask(pool, "SetCurrentFolder", ask(pool, "GetRootFolder"))
            ask(pool, "DeleteFolders", [folder])
        return {"left": [key for key in wanted if key in left]}

    def used_media(self, project, media, budget_ms):
        """Return the ids of those media that some timeline holds; all of them when the time does not suffice."""
        end_s = time.time() + budget_ms / 1000.0
        used = set()
        for number in range(1, (whole(ask(project, "GetTimelineCount")) or 0) + 1):
            timeline = ask(project, "GetTimelineByIndex", number)
            for index in range(1, (whole(ask(timeline, "GetTrackCount", "audio")) or 0) + 1):
                for item in ask(timeline, "GetItemListInTrack", "audio", index) or []:
                    if time.time() > end_s:
                        return set(media)
                    clip = ask(item, "GetMediaPoolItem")
                    used.add(unique_id(clip) if clip else None)
        return used

    def do_duplicate(self, timeline_id, name):
        """Duplicate the timeline under a new name and open it; return its id."""
        project, _, timeline = self.here(timeline_id)
        copy = ask(timeline, "DuplicateTimeline", name)
        if not copy:
            raise Refusal("refused", "the timeline could not be duplicated as {}".format(name), "DuplicateTimeline")
        ask(project, "SetCurrentTimeline", copy)
        return {"timeline_id": unique_id(copy)}

    def timeline_by_id(self, project, timeline_id):
        """Return a timeline of the project, or None."""
        for number in range(1, (whole(ask(project, "GetTimelineCount")) or 0) + 1):
            timeline = ask(project, "GetTimelineByIndex", number)
            if timeline and unique_id(timeline) == timeline_id:
                return timeline
        return None

    def do_timeline_names(self):
        """Return the names of the project's timelines."""
        project = self.project()
        count = whole(ask(project, "GetTimelineCount")) or 0
        return [plain(ask(ask(project, "GetTimelineByIndex", number), "GetName")) for number in range(1, count + 1)]

    def do_select_timeline(self, timeline_id):
        """Open a timeline of the project; return whether it is open now."""
        project = self.project()
        timeline = self.timeline_by_id(project, timeline_id)
        if timeline:
            ask(project, "SetCurrentTimeline", timeline)
        current = ask(project, "GetCurrentTimeline")
        return {"is_open": bool(current) and unique_id(current) == timeline_id}

    def do_delete_timeline(self, timeline_id):
        """Delete a timeline (a duplicate that we made, when writing on it failed)."""
        project = self.project()
        timeline = self.timeline_by_id(project, timeline_id)
        if timeline:
            ask(ask(project, "GetMediaPool"), "DeleteTimelines", [timeline])
        return {"is_gone": self.timeline_by_id(project, timeline_id) is None}

    def do_save(self):
        """Save the project; a project that was never named cannot be."""
        name = ask(self.project(), "GetName")
        if name == "Untitled Project":
            return {"is_saved": False, "is_untitled": True}
        saved = ask(ask(self.resolve, "GetProjectManager"), "SaveProject")
        return {"is_saved": bool(saved), "is_untitled": False}

    def do_playhead(self, timecode=None):
        """Return the playhead's timecode, after moving it where one is given."""
        timeline = self.timeline(self.project())
        is_moved = bool(ask(timeline, "SetCurrentTimecode", timecode)) if timecode is not None else False
        timecode = plain(ask(timeline, "GetCurrentTimecode"))
        return {"timecode": timecode, "is_moved": is_moved, "timeline_id": unique_id(timeline)}


def same_path(one, other):
    """Return whether two texts name one file, however Resolve spells it."""
    import unicodedata

    def spelled(path):
        return unicodedata.normalize("NFC", os.path.normcase(os.path.realpath(path)))

    return spelled(one) == spelled(other)


# --- talking with the panel -------------------------------------------------------------------------------------------


def encode(message):
    """Return a message as one line: mark, checksum, JSON in ASCII."""
    body = json.dumps(message).encode("ascii")
    return MARK + b"%08x " % (zlib.crc32(body) & 0xFFFFFFFF) + body + b"\n"


def decode(line):
    """Return the message in a line, or None where it is no message or was disturbed (somebody printed into it)."""
    _, mark, rest = line.rpartition(MARK)
    checksum, _, body = rest.rstrip(b"\r\n").partition(b" ")
    if not mark or checksum != b"%08x" % (zlib.crc32(body) & 0xFFFFFFFF):
        return None
    try:
        return json.loads(body.decode("ascii"))
    except ValueError:
        return None


def answer_to(bridge, message):
    """Return the JSON-RPC answer to a request."""
    answer = {"jsonrpc": "2.0", "id": message.get("id")}
    try:
        answer["result"] = bridge.call(message.get("method"), message.get("params") or {})
    except Refusal as refusal:
        log("{} refused: {} in {}: {}".format(message.get("method"), refusal.kind, refusal.func, refusal.detail))
        data = {"error": refusal.kind, "detail": refusal.detail, "func": refusal.func}
        answer["error"] = {"code": -32000, "message": refusal.detail, "data": data}
    return answer


class Server:
    """Serves one panel: a thread reads its requests, the main thread alone talks with Resolve."""

    def __init__(self, bridge, child):
        self.bridge = bridge
        self.child = child
        self.requests = queue.Queue()
        self.is_busy = threading.Event()
        self.write_lock = threading.Lock()

    def read(self):
        """Put the panel's requests into the queue until it ends; answer `busy` while one is being worked on."""
        try:
            for line in iter(self.child.stdout.readline, b""):
                message = decode(line)
                if message is None:
                    log("panel said: " + line[:500].decode("utf-8", "replace").rstrip())
                elif self.is_busy.is_set():
                    data = {"error": "busy", "detail": "Resolve still works on the request before", "func": ""}
                    error = {"code": -32001, "message": data["detail"], "data": data}
                    self.write({"jsonrpc": "2.0", "id": message.get("id"), "error": error})
                else:
                    self.is_busy.set()
                    self.requests.put(message)
        except (OSError, ValueError) as error:
            log("reading from the panel ended: {}".format(error))
        self.requests.put(None)

    def write(self, message):
        """Send an answer; False when nobody listens any more."""
        try:
            with self.write_lock:
                self.child.stdin.write(encode(message))
                self.child.stdin.flush()
            return True
        except (OSError, ValueError):
            return False

    def run(self):
        """Serve until the panel ends or Resolve is gone; return why."""
        thread = threading.Thread(target=self.read)
        thread.daemon = True
        thread.start()
        lost = 0
        parent = os.getppid()
        while True:
            try:
                message = self.requests.get(timeout=HEARTBEAT_S)
            except queue.Empty:
                # a dead parent does not show in getppid on Windows: ask Resolve itself
                lost = 0 if is_alive(self.bridge.resolve) else lost + 1
                if lost >= HEARTBEATS_LOST or os.getppid() != parent:
                    return "Resolve is gone"
                continue
            if message is None:
                return "the panel ended"
            answer = answer_to(self.bridge, message)
            self.is_busy.clear()
            if not self.write(answer):
                return "the panel does not listen any more"


def is_alive(resolve):
    """Return whether Resolve still answers; while it shows a dialogue it answers False, which is a life sign too."""
    try:
        return resolve.GetProductName() is not None
    except Exception:
        return False


# --- starting the panel -----------------------------------------------------------------------------------------------


def clean_environment(environment):
    """Return a process environment without the libraries, Qt and Python settings that Resolve brings."""
    return {
        name: value
        for name, value in environment.items()
        if name not in FOREIGN_NAMES and not name.startswith(FOREIGN_PREFIXES)
    }


def baked(text, default):
    """Return a text that the installer filled in, or the default where it did not."""
    if text.startswith("@"):
        return default
    return base64.b64decode(text.encode("ascii")).decode("utf-8")


def panel_command():
    """Return the command that opens the panel, or None where the installer never ran."""
    python = baked(PYTHON_BASE64, "")
    if not python:
        return None
    return [python] + json.loads(baked(ARGUMENTS_BASE64, json.dumps(DEFAULT_ARGUMENTS)))


def state_folder():
    """Return the folder for our log, by the system's custom."""
    home = os.path.expanduser("~")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Logs", "hitpoint")
    if os.name == "nt":
        return os.path.join(os.environ.get("LOCALAPPDATA") or home, "hitpoint", "Logs")
    return os.path.join(os.environ.get("XDG_STATE_HOME") or os.path.join(home, ".local", "state"), "hitpoint", "log")


def log_path():
    """Return where the log is."""
    return os.path.join(state_folder(), "resolve-launcher.log")


def log(text):
    """Add a line to the log; a full disk must not stop anything."""
    try:
        path = log_path()
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path) and os.path.getsize(path) > LOG_BYTES:
            os.replace(path, path + ".old")
        with open(path, "a", encoding="utf-8") as stream:
            stream.write("{} {}\n".format(time.strftime("%Y-%m-%d %H:%M:%S"), text))
    except OSError:
        pass


def tell(text):
    """Say something in Resolve's console and in the log."""
    log(text)
    try:
        print("Hitpoint: " + text)
    except Exception:  # Resolve may give a script no usable output
        log("nowhere to print to")


def start_panel(command):
    """Start the panel with pipes of its own; its error output goes to our log."""
    options = {}
    if os.name == "nt":
        options["creationflags"] = 0x08000000  # CREATE_NO_WINDOW
    log("starting {}".format(command))
    try:
        errors = open(log_path(), "ab")
    except OSError:
        errors = open(os.devnull, "ab")
    with errors:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=clean_environment(os.environ),
            close_fds=True,
            cwd=os.path.expanduser("~"),
            **options,
        )


def say_goodbye(child):
    """Close the panel's input, so that it knows; end it if it does not go by itself.

    Its output stays open: another thread waits on it, and closing would wait for that one.
    """
    try:
        child.stdin.close()
    except OSError:
        pass
    try:
        child.wait(timeout=FAREWELL_S)
    except subprocess.TimeoutExpired:
        log("the panel did not end by itself")
        child.terminate()


def main(resolve):
    """Open the panel and serve it until one of the two ends."""
    command = panel_command()
    if command is None:
        tell("this script was copied by hand and does not know where Hitpoint is: run Hitpoint's installer")
        return 1
    try:
        child = start_panel(command)
    except OSError as error:
        tell("cannot start {} ({}): run Hitpoint's installer again".format(command[0], error))
        return 1
    reason = "an error"
    try:
        reason = Server(Bridge(resolve), child).run()
    except Exception:
        log(traceback.format_exc())
        raise
    finally:
        say_goodbye(child)
        log("ended: {} (exit status {})".format(reason, child.returncode))
    if reason == "the panel ended" and child.returncode:
        tell("the panel ended with status {}; what it said is in {}".format(child.returncode, log_path()))
        return 1
    return 0


if __name__ != "hitpoint_resolve_launcher":  # as which the panel loads it; hosts of scripts do not all say __main__
    found = globals().get("resolve")
    if found is None:
        tell("this is started from Resolve: Workspace > Scripts")
    else:
        main(found)
