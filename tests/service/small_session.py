"""A session that is small and real: it reads the cut, writes a tone as WAV, and can be told to fail in any way.

Imported by the workers of services under test, as `small_session:SmallSession`. `edits.extra` says what goes wrong:
`{"fault": "sleep", "seconds": 5}` and so on.
"""

import ctypes
import os
import subprocess
import sys
import time
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hitpoint.model.errors import MediaError
from hitpoint.timeline import load_timeline, read_cut


@dataclass(frozen=True)
class SessionSettings:
    soundfont_path: Path | None = None


class SmallSession:
    def __init__(self, request, *, folder, settings):
        self._request, self._folder, self._settings = request, folder, settings
        self._looks = 0

    def look(self, edits, *, progress):
        self._looks += 1
        self._go_wrong(edits.extra, progress)
        loaded = load_timeline(self._request.cut_path, rate=self._request.rate)
        cut = read_cut(loaded)
        progress.update(1.0, "looked")
        return {
            "look_id": f"l{self._looks}",
            "pid": os.getpid(),
            "cut_frames": [shot.span.start_frame for shot in cut.shots],
            "markers": [{"frame": marker.frame, "name": marker.name} for marker in cut.markers],
            "brief": edits.brief_text,
        }

    def compose(self, edits, *, parent_version_id, redo_bars, new_take_of_stem, progress, ready):
        progress.update(0.1, "composing")
        self._go_wrong(edits.extra, progress)
        number = 1 + len(list(self._folder.glob("v*")))
        folder = self._folder / f"v{number}"
        folder.mkdir()
        tone_hz = 220.0 + (edits.seed or 0)
        samples = (0.3 * np.sin(2 * np.pi * tone_hz * np.arange(48_000) / 48_000) * 32767).astype("<i2")
        path = folder / "mix.wav"
        with wave.open(str(path), "wb") as stream:
            stream.setnchannels(1)
            stream.setsampwidth(2)
            stream.setframerate(48_000)
            stream.writeframes(samples.tobytes())
        ready({"version_id": f"v{number}", "mix": {"path": str(path)}})
        progress.update(0.9, "writing")
        return {
            "version_id": edits.extra.get("version_id", f"v{number}"),
            "parent_version_id": parent_version_id,
            "seed": edits.seed,
            "report": {"long": "x" * 1000},
            "mix": {"path": str(path), "start_sample": 0, "length_samples": 48_000},
            "waveform": {"hop_samples": 480, "peak": [0.3] * 100},
            "bars": [[span.cue, span.first_bar, span.last_bar] for span in redo_bars],
            "new_take_of_stem": new_take_of_stem,
        }

    def versions(self):
        """All but what `forget` in the folder names."""
        forgotten = (self._folder / "forget").read_text().split() if (self._folder / "forget").exists() else []
        return [{"version_id": path.name} for path in self._folder.glob("v*") if path.name not in forgotten]

    def export(self, version_id, *, folder, what, profile, progress):
        source = self._folder / version_id / "mix.wav"
        target = folder / f"{version_id}.wav"
        folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        progress.update(1.0, "exported")
        return {"files": {"stems": str(target)}, "warnings": [f"{profile}: {', '.join(what)}"]}

    def _go_wrong(self, told, progress):
        fault = told.get("fault")
        until_s = time.monotonic() + told.get("seconds", 30.0)
        if fault == "sleep":  # but asks whether to stop
            share = 0.0
            while time.monotonic() < until_s:
                share = min(0.9, share + 0.01)
                progress.update(share, "sleeping")
                time.sleep(0.02)
        elif fault == "deaf":  # as a library that never returns, with a child of its own
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            Path(told["note"]).write_text(f"{os.getpid()} {child.pid}")
            progress.update(0.2, "deaf")
            time.sleep(600)
        elif fault == "crash":
            ctypes.string_at(0)
        elif fault == "exit":
            os._exit(3)
        elif fault == "error":
            raise MediaError("film.mov cannot be read (it is a stone); export it again")
        elif fault == "bug":
            raise RuntimeError("a fault of ours")
        elif fault == "print":
            print("a library talks\nwhere it should not", flush=True)
            os.write(1, b"{not an answer}\n")
        elif fault == "memory":
            raise MemoryError
