"""Which scene is heard in which palette, and by what a finished take is known again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from statistics import fmean

from hitpoint.audition.scene import Scene
from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.music import Palette
from hitpoint.resources import resources_folder

#: Raise it when what a take's folder holds changes its form.
_FORM = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One scene in one palette."""

    scene: Scene
    palette: Palette

    @property
    def id(self) -> str:
        """Name of its folder."""
        return f"{self.scene.id}--{self.palette.id}"


def choose(asked: Sequence[str], known: Iterable[str], what: str) -> tuple[str, ...]:
    """Return what was asked for, all that is known where nothing was; `SettingError` for a name that is not known."""
    names = tuple(known)
    for name in asked:
        if name not in names:
            raise SettingError(f"no {what} {name!r}; {did_you_mean(name, names)}")
    return tuple(name for name in names if name in asked) if asked else names


def choose_takes(scenes: Sequence[Scene], palettes: Mapping[str, Palette], *, every: bool) -> tuple[Take, ...]:
    """Return each scene with the palettes that suit it, and each palette at least once; with `every`, all pairs.

    A palette that suits no scene is heard on the one whose feeling is nearest to its own.
    """
    wanted = {(s.id, p) for s in scenes for p in palettes if every or p in s.palettes}
    for palette in palettes.values():
        if scenes and not any(palette_id == palette.id for _, palette_id in wanted):
            wanted.add((min(scenes, key=lambda scene: _distance(scene, palette)).id, palette.id))
    return tuple(
        Take(scene=scene, palette=palette)
        for scene in scenes
        for palette in sorted(palettes.values(), key=lambda p: _place(scene, p.id))
        if (scene.id, palette.id) in wanted
    )


def _place(scene: Scene, palette_id: str) -> tuple[int, str]:
    known = palette_id in scene.palettes
    return scene.palettes.index(palette_id) if known else len(scene.palettes), palette_id


def _distance(scene: Scene, palette: Palette) -> float:
    valence, arousal = fmean(p.valence for p in scene.arc), fmean(p.arousal for p in scene.arc)
    return math.hypot(valence - palette.valence, arousal - palette.arousal)


def take_hash(take: Take, *, seed: int, soundfont: Path) -> str:
    """Return what everything that is heard depends on: scene, palette, seed, SoundFont, and the engine itself."""
    font = soundfont.stat()
    told = {
        "form": _FORM,
        "scene": asdict(take.scene),
        "palette": asdict(take.palette),
        "seed": seed,
        "soundfont": (soundfont.name, font.st_size, font.st_mtime_ns),
        "engine": engine_fingerprint(),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


@cache
def engine_fingerprint() -> str:
    """Return a hash of the engine's own files and tables: what older code wrote is not what would be heard now."""
    engine = Path(__file__).resolve().parents[1]
    tables = (path for path in resources_folder().rglob("*.toml") if path.parent.name != "audition")
    digest = hashlib.sha256()
    for path in sorted((*engine.rglob("*.py"), *tables)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
