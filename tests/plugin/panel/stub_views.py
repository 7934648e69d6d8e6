"""Stand-ins with the views' interface, for as long as the views themselves are not in this tree."""

import sys
from dataclasses import make_dataclass
from types import ModuleType
from typing import Any

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QTableView, QWidget


def _with(**fields: Any) -> dict[str, Any]:
    return fields


_VALUES: dict[str, dict[str, Any]] = {
    "StripCut": _with(name="", rate=None, duration_frames=0, start_timecode_frame=0, cut_frames=(), shots=(),
                     subtitles=(), thumbnails=()),
    "StripMarker": _with(id="", frame=0, name="", color="", kind="accent", weight=0.5, verdict=None, error_ms=None,
                        is_ours=False),
    "StripCue": _with(number="", title="", start_frame=0, end_frame=0, bars=()),
    "StripVersion": _with(cues=(), peaks=(), hop_s=0.01, start_s=0.0, locked_bars=()),
    "HitRow": _with(marker_id="", hit_id="", timecode="", frame=0, name="", kind="accent", weight=0.5, verdict=None,
                   error_ms=None, error_frames=None, bar=None, reason=""),
    "ArcCurves": _with(hop_s=0.0, valence=(), arousal=(), tension=()),
    "IntensityLine": _with(cue="", start_frame=0, end_frame=0, points=(), planned=()),
    "LoudnessCurve": _with(start_s=0.0, hop_s=0.0, lufs=()),
}  # fmt: skip


class TimelineStrip(QWidget):
    marker_moved = pyqtSignal(str, int)
    marker_added = pyqtSignal(int)
    marker_activated = pyqtSignal(str)
    markers_deleted = pyqtSignal(list)
    selection_changed = pyqtSignal(list)
    playhead_dragged = pyqtSignal(float)
    range_changed = pyqtSignal(float, float)
    emphasis_requested = pyqtSignal(int, int, float)
    bars_locked = pyqtSignal(str, int, int)
    cue_activated = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.told: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("set_"):
            raise AttributeError(name)
        return lambda *values: self.told.__setitem__(name[4:], values if len(values) > 1 else values[0])


class ArcView(TimelineStrip):
    intensity_changed = pyqtSignal(str, object)


class HitTable(QTableView):
    hit_changed = pyqtSignal(str, str, object)
    hit_selected = pyqtSignal(str)
    hits_deleted = pyqtSignal(list)

    def set_rows(self, rows: Any) -> None:
        self.rows = rows


def install() -> None:
    package = ModuleType("hitpoint_panel.views")
    package.__path__ = []
    values = ModuleType("hitpoint_panel.views.values")
    values.VERDICTS = ("hit", "near", "refused", "direction")  # type: ignore[attr-defined]
    for name, fields in _VALUES.items():
        setattr(values, name, make_dataclass(name, [(key, Any, given) for key, given in fields.items()], kw_only=True))
    modules = {"hitpoint_panel.views": package, "hitpoint_panel.views.values": values}
    for kind, place in ((TimelineStrip, "timeline_strip"), (ArcView, "arc_view"), (HitTable, "hit_table")):
        module = ModuleType(f"hitpoint_panel.views.{place}")
        setattr(module, kind.__name__, kind)
        modules[module.__name__] = module
    sys.modules.update(modules)
