"""An engine for tests: small and quick; it obeys the edits, writes real WAVs, and can be made to fail or to wait."""

import itertools
import threading
import time
import wave
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hitpoint.model.errors import InputError
from hitpoint_panel.engine import EngineGone

FPS = 24
DURATION_FRAMES = 480
#: What of the engine's files belongs to what is asked for, by the names that its answer has (session/export.py).
EXPORTED = {
    "otio": ("timeline", "marker_edl", "mix", "strings", "brass", "drums"),
    "stems": ("mix", "strings", "brass", "drums"),
    "midi": ("midi", "musicxml", "click"),
    "cue_sheet": ("cue_sheet",),
    "mp4": ("video",),
    "report": ("report", "plan"),
}
STEMS = {"strings": 0.25, "brass": 0.125, "drums": 0.0625}


def cut_markers(shift_frames: int = 0) -> list[dict[str, Any]]:
    names = {"m1": (48, "door slams"), "m2": (120 + shift_frames, "she turns"), "m3": (300, "PEAK")}
    return [
        {"id": key, "frame": frame, "duration_frames": 1, "name": name, "note": "", "color": "RED", "is_edited": False}
        for key, (frame, name) in names.items()
    ]


class FakeEngine:
    """`gate` holds jobs back while it is cleared; `gone` makes every call fail; `steps` are progress events a job."""

    def __init__(self, folder: Path, media: Path | None = None) -> None:
        self.folder, self.media = folder, media
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.markers = cut_markers()
        self.revision = "r1"
        self.changes: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.gone = False
        self.refusal = ""
        self.steps = 3
        self.cancelled: set[str] = set()
        self.stored: dict[str, dict[str, Any]] = {}
        self.closed = 0
        self._jobs: dict[str, tuple[str, dict[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def asked(self, kind: str) -> list[dict[str, Any]]:
        return [fields for name, fields in self.calls if name == kind]

    def open_session(self, cut_path: Path, *, inputs: Mapping[str, str]) -> dict[str, Any]:
        self._say("open", {"cut_path": cut_path, **inputs})
        return {"session_id": "s1", "cut_path": str(cut_path), "name": cut_path.stem}

    def versions(self, session_id: str) -> list[dict[str, Any]]:
        self._say("versions", {})
        short = ("version_id", "parent_version_id", "created", "seed", "edits", "label")
        return [{name: version[name] for name in short} for version in reversed(self.stored.values())]

    def version(self, session_id: str, version_id: str) -> dict[str, Any]:
        self._say("version", {"version_id": version_id})
        if version_id not in self.stored:
            raise InputError(f"there is no version {version_id}; it was cleaned away")
        return self.stored[version_id]

    def start_job(self, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        self._say(kind, dict(fields))
        with self._lock:
            job_id = f"j{next(self._numbers)}"
            self._jobs[job_id] = (kind, dict(fields))
        return {"id": job_id, "kind": kind, "state": "queued"}

    def events(self, job_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for step in range(self.steps):
            yield (
                "progress",
                {"share": step / self.steps, "sentence": f"writing step {step + 1}", "seconds_left": self.steps - step},
            )
            while not self.gate.wait(0.01):
                if job_id in self.cancelled:
                    break
                if self.gone:
                    raise EngineGone("the engine does not answer; start it again")
        state = "cancelled" if job_id in self.cancelled else "done"
        error = None
        if self.refusal and state == "done":
            state, error = "failed", {"error": self.refusal, "kind": "InputError", "exit_code": 3}
        yield ("end", {"id": job_id, "state": state, "error": error})

    def result(self, job_id: str) -> dict[str, Any]:
        kind, fields = self._jobs[job_id]
        if kind == "look":
            return self.make_look()
        if kind == "export":
            return self._export(fields)
        version = self.make_version(fields)
        self.stored[version["version_id"]] = version
        return version

    def cancel(self, job_id: str) -> None:
        self._say("cancel", {"job_id": job_id})
        self.cancelled.add(job_id)

    def close(self) -> None:
        self.closed += 1
        self.gate.set()

    def _say(self, name: str, fields: dict[str, Any]) -> None:
        if self.gone:
            raise EngineGone("the engine does not answer; start it again")
        self.calls.append((name, fields))

    # --- what is answered --------------------------------------------------------------------------------------------

    def make_look(self) -> dict[str, Any]:
        media = str(self.media) if self.media else None
        shots = [(0, 88), (88, 200), (200, DURATION_FRAMES)]
        hop_s = 0.5
        ramp = np.linspace(-1, 1, 41)
        return {
            "look_id": f"look-{self.revision}",
            "revision": self.revision,
            "analysis": {
                "cut": {
                    "name": "reel",
                    "rate": "24",
                    "drop_frame": False,
                    "start_timecode": "01:00:00:00",
                    "duration_frames": DURATION_FRAMES,
                    "duration_s": DURATION_FRAMES / FPS,
                },
                "arc": {
                    "hop_s": hop_s,
                    "valence": ramp.tolist(),
                    "arousal": (-ramp).tolist(),
                    "tension": ((ramp + 1) / 2).tolist(),
                    "confidence": [1.0] * 41,
                },
            },
            "markers": self.markers,
            "cut_frames": [88, 200],
            "shots": [
                {
                    "index": index,
                    "start_frame": start,
                    "end_frame": end,
                    "name": f"shot {index}",
                    "media_path": media,
                    "source_start_s": 2.0 + 10 * index,
                    "speed": 1,
                }
                for index, (start, end) in enumerate(shots)
            ],
            "subtitles": [{"start_s": 3.0, "end_s": 4.5, "text": "Wait."}],
            "cues": [
                {
                    "number": "1m1",
                    "title": "Chase",
                    "start_frame": 0,
                    "end_frame": 400,
                    "brief": {"palette_id": "tense", "tempo_bpm": 120.0, "key": "D minor", "mood": "dark"},
                    "hits": [
                        {"id": f"h-{m['id']}", "marker_id": m["id"], "frame": m["frame"], "kind": "accent",
                         "weight": 0.5, "is_hard": True, "label": m["name"]}
                        for m in self.markers
                    ],
                }
            ],
            "styles": [
                {"id": "tense", "name": "Tense", "description": "strings and pulses"},
                {"id": "heroic", "name": "Heroic", "description": "brass"},
            ],
            "thumbnails": [],
            "changes": {"sentences": self.changes},
        }  # fmt: skip

    def make_version(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        number = len(self.stored) + 1
        edits = dict(fields.get("edits") or {})
        changed = {edit["marker_id"]: edit for edit in edits.get("markers", ())}
        frames = {m["id"]: m["frame"] for m in self.markers if m["id"] not in edits.get("removed", ())}
        frames |= {key: edit["frame"] for key, edit in changed.items() if edit.get("frame") is not None}
        folder = self.folder / f"v{number}"
        folder.mkdir(parents=True, exist_ok=True)
        length = DURATION_FRAMES * 2000
        stems = {name: folder / f"{name}.wav" for name in STEMS}
        for name, level in STEMS.items():
            write_constant(stems[name], level * (1 if number % 2 else 0.5), length)
        write_constant(folder / "mix.wav", sum(STEMS.values()) * (1 if number % 2 else 0.5), length)
        placed = {"start_sample": 0, "length_samples": length}
        return {
            "version_id": f"v{number}",
            "parent_version_id": fields.get("parent_version_id"),
            "created": f"2026-11-28T12:{number:02d}:00",
            "seed": edits.get("seed") or 1,
            "edits": edits,
            "label": "",
            "report": self._report(frames),
            "mix": {"path": str(folder / "mix.wav"), **placed},
            "stems": {name: {"path": str(path), **placed} for name, path in stems.items()},
            "waveform": {"hop_samples": 480, "peak": [0.4] * (length // 480)},
            "suggestions": [
                {"sentence": "move this cut two frames later and three hits fall on the bar", "kind": "move_cut",
                 "frame": 88, "delta_frames": 2, "gain": 0.7, "edits": None},
                {"sentence": "move this hit two frames later and it lies on the bar", "kind": "move_marker",
                 "frame": 120, "delta_frames": 2, "gain": 0.4, "marker_id": "m2",
                 "edits": {**edits, "version": "edits.1", "markers": [{"marker_id": "m2", "frame": 122}]}},
            ],
            "changed": {"samples": [], "bars": [], "sentences": [f"version {number} was written"]},
            "step_s": {},
        }  # fmt: skip

    def _report(self, frames: Mapping[str, int]) -> dict[str, Any]:
        hits = [
            {"id": f"h-{key}", "cue": "1m1", "label": key, "kind": "accent", "weight": 0.5, "is_hard": True,
             "marker_id": key, "frame": frame, "verdict": "hit", "reason": "", "bar": 1 + frame // 48,
             "measured_error_ms": 1.5, "measured_error_frames": 0.04}
            for key, frame in frames.items()
        ]  # fmt: skip
        markers = [
            {"id": key, "frame": frame, "verdict": "hit", "reason": "", "hit_id": f"h-{key}"}
            for key, frame in frames.items()
        ]
        bars_s = [2.0 * bar for bar in range(9)]
        return {
            "cues": [
                {"number": "1m1", "title": "Chase", "start_frame": 0, "end_frame": 400, "start_s": 0.0,
                 "end_s": 400 / FPS, "palette": "tense", "key": "D minor",
                 "planned_intensity": {"start_s": 0.0, "hop_s": 1.0, "values": [0.5] * 16},
                 "tempo": {"bar_lines_s": bars_s, "segments": [{"start_s": 0.0, "start_bpm": 120.0}]}}
            ],
            "hits": hits,
            "markers": markers,
            "hit_summary": {"hit": len(hits), "near": 0, "refused": 0, "worst_error_ms": 1.5},
            "loudness": {"short_term_start_s": 0.0, "short_term_hop_s": 1.0, "short_term_lufs": [-23.0] * 20},
            "warnings": [],
        }  # fmt: skip

    def _export(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        folder = Path(fields["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        files = {}
        for name in fields["what"]:
            for kind in EXPORTED[name]:
                path = folder / ("reel.scored.otio" if kind == "timeline" else f"reel.{kind}")
                path.write_text(kind)
                files[kind] = str(path)
        return {"files": files, "warnings": []}


def write_constant(path: Path, level: float, length_samples: int) -> None:
    """Write a stereo WAV of 48 kHz, 24 bit, in which every sample is `level`."""
    value = round(level * (1 << 23)).to_bytes(3, "little", signed=True)
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(2)
        stream.setsampwidth(3)
        stream.setframerate(48_000)
        stream.writeframes(value * 2 * length_samples)


def wait_until(condition: Any, seconds: float = 10.0) -> bool:
    """Wait without Qt."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return bool(condition())
