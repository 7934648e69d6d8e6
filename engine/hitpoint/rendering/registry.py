"""What a renderer is, and which ones are installed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from hitpoint.model.audio import StemFile
from hitpoint.model.errors import SettingError, did_you_mean
from hitpoint.model.music import AttackTable, Instrument, Performance
from hitpoint.model.progress import SILENT, Progress
from hitpoint.rendering.attacks import Sound, measure_attacks
from hitpoint.rendering.stems import render_stems

#: Entry points of this group are renderers: a class without arguments that fulfils `Renderer`.
ENTRY_POINT_GROUP = "hitpoint.renderers"
DEFAULT_RENDERER = "soundfont"


class Renderer(Protocol):
    """Turns performances into audio; `soundfont` is the file with its sounds, whatever its format."""

    def measure_attacks(self, soundfont: Path, needed: Iterable[Sound], *, cache: Path) -> AttackTable:
        """Return how long each sound takes to speak."""
        ...

    def render_stems(
        self,
        performances: tuple[Performance, ...],
        *,
        soundfont: Path,
        instruments: Mapping[str, Instrument],
        work_folder: Path,
        start_sample: int,
        length_samples: int,
        processes: int | None = None,
        progress: Progress = SILENT,
    ) -> tuple[StemFile, ...]:
        """Write dry files, one or more per stem that has notes; see `hitpoint.rendering.stems.render_stems`."""
        ...


class SoundFontRenderer:
    """The embedded default: TinySoundFont in worker processes."""

    measure_attacks = staticmethod(measure_attacks)
    render_stems = staticmethod(render_stems)


def load_renderer(name: str = DEFAULT_RENDERER) -> Renderer:
    """Return a renderer by name: "soundfont", or one that an installed package declares.

    Raises `SettingError` for an unknown name.
    """
    if name == DEFAULT_RENDERER:
        return SoundFontRenderer()
    from importlib.metadata import entry_points

    others = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    if name not in others:
        raise SettingError(f"there is no renderer {name!r}; {did_you_mean(name, {DEFAULT_RENDERER, *others})}")
    renderer: Renderer = others[name].load()()
    return renderer
