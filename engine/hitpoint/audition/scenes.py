"""Reads the scenes from resources/audition/scenes.toml, and says in one sentence which line is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitpoint.audition.scene import ArcPoint, Scene, SceneHit
from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.spotting import HitKind
from hitpoint.model.time import FrameRate
from hitpoint.resources import load_toml, resources_folder

_COMMON = ("title", "listen_for", "palettes", "function", "brief")
_WRITTEN = (*_COMMON, "rate", "duration_s", "arc", "hits", "dialogue", "entry", "exit")
_TAKEN = (*_COMMON, "cut", "folder", "subtitles", "script", "from_s", "to_s")
FOLDERS = ("resources", "fixtures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A scene that is taken from a cut: `folder` is where its paths start, `from_s` and `to_s` are record seconds."""

    id: str
    title: str
    listen_for: str
    palettes: tuple[str, ...]
    folder: str
    cut: str
    subtitles: str = ""
    script: str = ""
    from_s: float
    to_s: float
    function: str = ""
    brief: str = ""

    def __post_init__(self) -> None:
        if self.folder not in FOLDERS:
            raise ValueError(f"folder {self.folder!r}; {did_you_mean(self.folder, FOLDERS)}")
        if not 0 <= self.from_s < self.to_s:
            raise ValueError(f"from_s {self.from_s:g} and to_s {self.to_s:g} must rise from 0 on")


def scenes_path() -> Path:
    """Return where the scenes lie."""
    return resources_folder() / "audition" / "scenes.toml"


def read_scenes(path: Path, *, palettes: Iterable[str]) -> tuple[Scene | Excerpt, ...]:
    """Return all scenes of a file, in its order; `palettes` are the styles that exist.

    Raises `SettingError` that names file, scene and line.
    """
    known = tuple(palettes)
    scenes: list[Scene | Excerpt] = []
    for scene_id, row in load_toml(path).items():
        try:
            if not isinstance(row, dict):
                raise ValueError("a scene is a table")
            scene = _excerpt(scene_id, row) if "cut" in row else _written(scene_id, row)
            for palette_id in scene.palettes:
                if palette_id not in known:
                    raise ValueError(f"no style {palette_id!r}; {did_you_mean(palette_id, known)}")
        except (KeyError, TypeError, ValueError) as error:
            sentence = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise SettingError(f"{path}: [{scene_id}] {sentence}") from error
        scenes.append(scene)
    if not scenes:
        raise SettingError(f"{path} holds no scene")
    return tuple(scenes)


def _check_keys(row: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    for key in row:
        if key not in allowed:
            raise ValueError(f"unknown line {key!r}; {did_you_mean(key, allowed)}")


def _written(scene_id: str, row: Mapping[str, Any]) -> Scene:
    _check_keys(row, _WRITTEN)
    return Scene(
        id=scene_id,
        title=_text(row, "title"),
        listen_for=_text(row, "listen_for"),
        palettes=_texts(row, "palettes"),
        rate=FrameRate.snap(str(row["rate"])),
        duration_s=_number(row["duration_s"], "duration_s"),
        arc=tuple(_arc_point(point) for point in _rows(row, "arc")),
        hits=tuple(_hit(hit) for hit in _rows(row, "hits")),
        dialogue_s=tuple(_span(span) for span in _rows(row, "dialogue")),
        entry=_text(row, "entry", "downbeat"),
        exit=_text(row, "exit", "button"),
        function=_text(row, "function", ""),
        brief=_text(row, "brief", ""),
    )


def _excerpt(scene_id: str, row: Mapping[str, Any]) -> Excerpt:
    _check_keys(row, _TAKEN)
    return Excerpt(
        id=scene_id,
        title=_text(row, "title"),
        listen_for=_text(row, "listen_for"),
        palettes=_texts(row, "palettes"),
        folder=_text(row, "folder"),
        cut=_text(row, "cut"),
        subtitles=_text(row, "subtitles", ""),
        script=_text(row, "script", ""),
        from_s=_number(row["from_s"], "from_s"),
        to_s=_number(row["to_s"], "to_s"),
        function=_text(row, "function", ""),
        brief=_text(row, "brief", ""),
    )


def _text(row: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = row[key] if default is None else row.get(key, default)
    if not isinstance(value, str):
        raise ValueError(f"{key} = {value!r} must be a text")
    return value


def _texts(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = row[key]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{key} = {value!r} must be a list of texts")
    return tuple(value)


def _rows(row: Mapping[str, Any], key: str) -> list[list[Any]]:
    value = row[key] if key == "arc" else row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, list) for item in value):
        raise ValueError(f"{key} must be a list of lists")
    return value


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name}: {value!r} must be a number")
    return float(value)


def _arc_point(point: list[Any]) -> ArcPoint:
    if len(point) != 4:
        raise ValueError(f"arc point {point} must be [seconds, valence, arousal, tension]")
    at_s, valence, arousal, tension = (_number(value, f"arc point {point}") for value in point)
    return ArcPoint(at_s=at_s, valence=valence, arousal=arousal, tension=tension)


def _hit(hit: list[Any]) -> SceneHit:
    if len(hit) not in (3, 4) or not isinstance(hit[1], str) or not isinstance(hit[-1], str | int | float):
        raise ValueError(f"hit {hit} must be [seconds, kind, weight, label]")
    if hit[1] not in tuple(HitKind):
        raise ValueError(f"hit {hit}: {did_you_mean(hit[1], tuple(kind.value for kind in HitKind))}")
    return SceneHit(
        at_s=_number(hit[0], f"hit {hit}"),
        kind=HitKind(hit[1]),
        weight=_number(hit[2], f"hit {hit}"),
        label=str(hit[3]) if len(hit) == 4 else "",
    )


def _span(span: list[Any]) -> tuple[float, float]:
    if len(span) != 2:
        raise ValueError(f"dialogue {span} must be [start, end] in seconds")
    return _number(span[0], "dialogue"), _number(span[1], "dialogue")
