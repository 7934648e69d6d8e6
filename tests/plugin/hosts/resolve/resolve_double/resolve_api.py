"""Resolve, ProjectManager, Project, Fusion; and how a whole Resolve is made."""

import copy
import os
from pathlib import Path

from . import model
from .base import ApiObject, World, anything, api, flag, integer, made_of, one_of, text
from .faults import Faults
from .media_api import MediaPool
from .profiles import PROFILES
from .timeline_api import Timeline, project_settings

PAGES = ("media", "cut", "edit", "fusion", "color", "fairlight", "deliver")


class Project(ApiObject):
    def _is_alive(self):
        return self._world.project is self._model

    @api()
    def GetMediaPool(self):
        return MediaPool(self._world, self._model)

    @api()
    def GetCurrentTimeline(self):
        if self._model.timeline is None:
            return None if self._world.faults.no_timeline_is_none else False
        return Timeline(self._world, self._model.timeline)

    @api(made_of("Timeline"))
    def SetCurrentTimeline(self, timeline):
        if not timeline._is_alive():
            return False
        self._model.timeline = timeline._model
        return True

    @api()
    def GetTimelineCount(self):
        return self._world.number(len(self._model.timelines))

    @api(integer)
    def GetTimelineByIndex(self, index):
        timelines = self._model.timelines
        return Timeline(self._world, timelines[int(index) - 1]) if 1 <= index <= len(timelines) else None

    @api()
    def GetName(self):
        return self._model.name

    @api()
    def GetUniqueId(self):
        return self._model.id

    @api(text, until=(21, 1))
    def GetSetting(self, name):
        return project_settings(self._model, False, self._world).get(name, "")

    @api(since=(21, 1))
    def GetSettings(self):
        return project_settings(self._model, False, self._world)


class ProjectManager(ApiObject):
    @api()
    def GetCurrentProject(self):
        return Project(self._world, self._world.project) if self._world.project else None

    @api()
    def SaveProject(self):
        project = self._world.project
        if project is None or (project.name == "Untitled Project" and self._world.faults.untitled_is_not_saved):
            return False
        if self._world.faults.appended_vanish_at_save > 0:
            self._world.faults.appended_vanish_at_save -= 1
            for timeline in project.timelines:
                for track in timeline.tracks["audio"]:
                    track.items = [item for item in track.items if not item.is_doubtful]
        for timeline in project.timelines:
            for track in timeline.tracks["audio"]:
                for item in track.items:
                    item.is_doubtful = False
        project.saves += 1
        project.saved = copy.deepcopy(project.snapshot())
        return True

    @api(made_of("Project"))
    def CloseProject(self, project):
        self._world.project = None
        return True


class Resolve(ApiObject):
    def __getattr__(self, name):
        constants = self.__dict__.get("_world").constants
        return constants[name] if name in constants else ApiObject.__getattr__(self, name)

    @api()
    def GetProjectManager(self):
        return ProjectManager(self._world)

    @api()
    def Fusion(self):
        return Fusion(self._world)

    @api(one_of(*PAGES, "photo"))
    def OpenPage(self, page):
        self._world.page = page
        return True

    @api()
    def GetCurrentPage(self):
        return self._world.page if self._world.project else None

    @api()
    def GetProductName(self):
        return self._world.profile.product

    @api()
    def GetVersion(self):
        return [*self._world.profile.version, ""]

    @api()
    def GetVersionString(self):
        return self._world.profile.text

    @api(since=(21, 1))
    def IsStudio(self):
        return self._world.profile.is_studio

    @api(since=(21, 1))
    def GetCurrentProject(self):
        return Project(self._world, self._world.project) if self._world.project else None


class Fusion(ApiObject):
    """Only what scripts may use to leave a message: the preferences, and the file they are saved in."""

    @api(text, anything)
    def SetPrefs(self, key, value):
        self._world.prefs[key] = value
        return True

    @api(text)
    def GetPrefs(self, key):
        return self._world.prefs.get(key)

    @api()
    def SavePrefs(self):
        self._world.prefs_saves += 1
        tree: dict = {}
        for key, value in self._world.prefs.items():
            *folders, name = key.split(".")
            place = tree
            for folder in folders:
                place = place.setdefault(folder, {})
            place[name] = value
        path = Path(self._world.prefs_path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{\n" + _lua_table(tree, 1) + "}\n", encoding="cp1252")  # in place, as Fusion does
        return True


def _lua_table(tree, depth):
    lines = []
    for name, value in tree.items():
        if isinstance(value, dict):
            lines.append("\t" * depth + name + " = {\n" + _lua_table(value, depth + 1) + "\t" * depth + "},\n")
        elif isinstance(value, str):
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            lines.append("\t" * depth + f'{name} = "{quoted}",\n')
        else:
            lines.append("\t" * depth + f"{name} = {str(value).lower()},\n")
    return "".join(lines)


class FakeResolve(World):
    """A running Resolve: `resolve` is what scripts get, all else is the tests' view of it."""

    def __init__(self, profile="21.1 Studio", *, prefs_path="", language="python", seed=7, **faults):
        super().__init__(PROFILES[profile], Faults(**faults), language=language, seed=seed)
        self.project: model.Project | None = None
        self.page = "color"
        self.prefs: dict = {"Global.Other.Path": "C:\\Users\\x", "Global.UserInterface.Skin": "Gray"}
        self.prefs_path = os.fspath(prefs_path)
        self.prefs_saves = 0
        # opaque numbers, floats as in the stub
        self.constants = {"EXPORT_OTIO": 12.0, "EXPORT_NONE": 1.0, "EXPORT_AAF": 3.0}
        self.resolve = Resolve(self)
        self.fusion = Fusion(self)

    def gated_calls(self):
        """Names of the Studio-only methods that were called."""
        gated = {
            name
            for cls in (Resolve, Project, Timeline, MediaPool, ProjectManager)
            for name, method in cls._methods.items()
            if method.is_gated
        }
        return [name for _, name, _ in self.calls if name in gated]


__all__ = ["FakeResolve", "flag"]
