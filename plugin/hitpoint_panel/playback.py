"""Picture, score and transport of the open cut, put together; what is heard follows the document."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QImage
from PyQt6.QtMultimedia import QMediaDevices

from hitpoint.model.errors import MediaError
from hitpoint.model.time import FrameRate
from hitpoint_panel.player.mixer import Choice, LoadedScore, Mixer, load_score
from hitpoint_panel.player.picture_player import PicturePlayer
from hitpoint_panel.player.shots import shot_table
from hitpoint_panel.player.sound_output import SoundOutput, default_device
from hitpoint_panel.player.transport import Transport
from hitpoint_panel.state.document import Document


class Playback(QObject):
    """Signals: `failed(sentence)`; `poster(image, text)` where there is no moving picture."""

    failed = pyqtSignal(str)
    poster = pyqtSignal(QImage, str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.mixer = Mixer()
        self._devices = QMediaDevices(self)
        self._sound: SoundOutput | None = None
        self.picture = PicturePlayer(self, wants_sound=default_device() is not None)
        self.transport = Transport(self.picture, sound=None, parent=self)
        self._open_sound()
        self._devices.audioOutputsChanged.connect(self._open_sound)
        self._shots: Any = None
        self._scores: dict[str, LoadedScore] = {}
        self._muted: frozenset[str] = frozenset()
        self._soloed: frozenset[str] = frozenset()
        self._gain = 1.0
        self.picture.failed.connect(self.failed)
        self.picture.is_black.connect(self._show_poster)
        document.look_changed.connect(self._on_look)
        document.version_changed.connect(self.choose)

    @property
    def has_sound(self) -> bool:
        """Whether there is a sound card."""
        return self._sound is not None

    def set_levels(self, *, score: float | None = None, sound: float | None = None) -> None:
        """Set the level of the score, of the production sound, or both; 0..1."""
        if sound is not None:
            self.picture.set_volume(sound)
        if score is not None:
            self._gain = score
            self.choose()

    def set_stems(self, muted: frozenset[str], soloed: frozenset[str]) -> None:
        """Hear some of the stems."""
        self._muted, self._soloed = muted, soloed
        self.choose()

    def hear_early(self, version: Mapping[str, Any]) -> None:
        """Hear a mix whose version is not complete yet; `choose` puts the version in its place when it is."""
        if self._document.is_comparing or not version.get("mix"):
            return
        try:
            score = load_score({**version, "stems": {}})
        except (MediaError, KeyError) as error:
            self.failed.emit(str(error))
            return
        self.mixer.choose(Choice(score=score, gain=self._gain))

    def choose(self) -> None:
        """Hear the version that is to be heard, as it is to be heard."""
        version = self._document.heard_version
        score = None
        if version is not None:
            try:
                score = self._scores.get(version["version_id"]) or load_score(version)
                self._scores[version["version_id"]] = score
            except (MediaError, KeyError) as error:
                self.failed.emit(str(error))
        self.mixer.choose(Choice(score=score, muted=self._muted, soloed=self._soloed, gain=self._gain))
        in_use = {v["version_id"] for v in (self._document.version, self._document.compared) if v is not None}
        self._scores = {name: item for name, item in self._scores.items() if name in in_use}

    def close(self) -> None:
        """Let go of everything."""
        self.transport.close()
        self.mixer.choose(Choice())
        self._scores.clear()
        if self._sound is not None:
            self._sound.close()
            self._sound = None

    def _open_sound(self) -> None:
        device = default_device()
        old = self._sound
        self._sound = SoundOutput(device, self.mixer, self) if device is not None else None
        if self._sound is not None:
            self._sound.failed.connect(self._lose_sound)
        self.transport.set_sound(self._sound)
        if old is not None:
            old.close()

    def _lose_sound(self, sentence: str) -> None:
        self.transport.set_sound(None)
        self.failed.emit(sentence)

    def _on_look(self) -> None:
        look, document = self._document.look, self._document
        shots = (look or {}).get("shots") or []
        if look is None:
            self._shots = None
            self._scores.clear()
            self.transport.frame = float(document.project.view.get("playhead_frame") or 0)
            loop = document.project.view.get("loop")
            self.transport.loop = (int(loop[0]), int(loop[1])) if isinstance(loop, list | tuple) else None
            self.transport.set_cut(FrameRate(24), 0)
            self.picture.set_shots(shot_table((), FrameRate(24)))
            return
        key = (shots, document.rate, document.duration_frames)
        if key != self._shots:
            self._shots = key
            frame = self.transport.frame or float(document.project.view.get("playhead_frame") or 0)
            self.picture.set_shots(shot_table(shots, document.rate))
            self.transport.frame = frame
            self.transport.set_cut(document.rate, document.duration_frames)

    def _show_poster(self, text: str) -> None:
        """Show the thumbnail nearest before the playhead where the media are away."""
        thumbnails = sorted((item["frame"], item["path"]) for item in (self._document.look or {}).get("thumbnails", ()))
        index = bisect_right(thumbnails, self.transport.frame, key=lambda item: item[0]) - 1
        image = QImage()
        if index >= 0 and text and Path(thumbnails[index][1]).is_file():
            image = QImage(thumbnails[index][1])
        self.poster.emit(image, text)
