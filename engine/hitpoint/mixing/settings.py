"""What the user may choose about the mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hitpoint.mixing.tone import DeskTable, load_desk_table
from hitpoint.model.errors import SettingError, did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class LoudnessTarget:
    """Integrated loudness (LUFS; ATSC writes LKFS for the same unit) and the ceiling of the true peak."""

    name: str
    integrated_lufs: float
    ceiling_dbtp: float


#: ebu: EBU R128. atsc: ATSC A/85. online: AES TD1008 asks -16 LUFS for music on its own; -14, which some services
#: play at, is a level they turn louder music *down* to, and a score with real dynamics gets there only through the
#: limiter (its peaks lie 15 to 20 dB over its loudness), so we deliver -16. underscore: see `target_of`.
LOUDNESS_TARGETS = {
    "ebu": LoudnessTarget(name="ebu", integrated_lufs=-23.0, ceiling_dbtp=-1.0),
    "atsc": LoudnessTarget(name="atsc", integrated_lufs=-24.0, ceiling_dbtp=-2.0),
    "online": LoudnessTarget(name="online", integrated_lufs=-16.0, ceiling_dbtp=-1.0),
    "underscore": LoudnessTarget(name="underscore", integrated_lufs=-30.0, ceiling_dbtp=-1.0),
}

#: More than this is heard as a fader, not as room for the voice (music.md §6: ducking is the last resort).
MAX_DUCK_DB = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MixSettings:
    """How the mix is made.

    Attributes
    ----------
    loudness : str
        One of `LOUDNESS_TARGETS`.
    dialogue_lufs : float or None
        Integrated loudness of the cut's own dialogue, where it was measured; only "underscore" asks for it.
    underscore_lu : float, >= 0
        How far below the dialogue "underscore" lies.
    desk : DeskTable
        Tone of the buses and of the room; resources/mixing.toml unless another was read.
    hall_send_db : float
        Hall against dry sound for a stem at depth 0.5; a palette's `mix.hall_send_db` takes its place.
    duck_db : float, 0..4
        How far a bus with `duck_share` 1 steps back while somebody speaks; 0 switches ducking off.
    gain_db : float or None
        This static gain instead of the one that reaches the loudness target (whose ceiling still holds): for versions
        of a mix that have to lie beside it.
    """

    loudness: str = "ebu"
    dialogue_lufs: float | None = None
    underscore_lu: float = 12.0
    desk: DeskTable = field(default_factory=load_desk_table)
    hall_send_db: float = -9.0
    duck_db: float = 2.5
    gain_db: float | None = None

    def __post_init__(self) -> None:
        if self.loudness not in LOUDNESS_TARGETS:
            raise SettingError(
                f"loudness {self.loudness!r} does not exist; {did_you_mean(self.loudness, LOUDNESS_TARGETS)}"
            )
        if not 0.0 <= self.duck_db <= MAX_DUCK_DB:
            raise SettingError(f"duck_db {self.duck_db:g} must lie in 0..{MAX_DUCK_DB:g}")
        if self.underscore_lu < 0:
            raise SettingError(f"underscore_lu {self.underscore_lu:g} must not be negative")


def target_of(settings: MixSettings) -> tuple[LoudnessTarget, str]:
    """Return what the mix is brought to, and a sentence for the user where something had to be assumed ("" if not).

    "underscore" is `underscore_lu` below the dialogue's own loudness, and -30 LUFS where that is not known.
    """
    target = LOUDNESS_TARGETS[settings.loudness]
    if settings.loudness != "underscore":
        return target, ""
    if settings.dialogue_lufs is None:
        return target, (
            f"the loudness of the dialogue is not known, so the underscore was set to {target.integrated_lufs:g} LUFS, "
            "which suits dialogue near -18; give the dialogue's loudness to set it exactly"
        )
    lufs = settings.dialogue_lufs - settings.underscore_lu
    return LoudnessTarget(name="underscore", integrated_lufs=lufs, ceiling_dbtp=target.ceiling_dbtp), ""


def hall_send_of(settings: MixSettings, palette_mix: Mapping[str, Any]) -> float:
    """Return the send in dB for a stem at depth 0.5: the palette's, else the settings'."""
    send_db = palette_mix.get("hall_send_db", settings.hall_send_db)
    if isinstance(send_db, bool) or not isinstance(send_db, int | float) or not -60.0 <= send_db <= 6.0:
        raise SettingError(f"mix.hall_send_db = {send_db!r} in the palette must be a number of dB in -60..6")
    return float(send_db)
