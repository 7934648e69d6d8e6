"""Which device neural models run on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal

from hitpoint.model.errors import MissingToolError, SettingError, did_you_mean

DeviceKind = Literal["cuda", "mps", "cpu"]

#: Names a device; "--device" of the command line counts before it.
VARIABLE = "HITPOINT_DEVICE"
_KINDS: tuple[DeviceKind, ...] = ("cuda", "mps", "cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device.

    Attributes
    ----------
    kind : str
        "cuda" (NVIDIA; AMD's ROCm answers to this name too), "mps" (Apple), "cpu".
    name : str
        For people: "NVIDIA H100".
    memory_bytes : int
        All of its memory; on "mps" and "cpu" that of the machine.
    index : int
        Which of several cards.
    """

    kind: DeviceKind
    name: str
    memory_bytes: int
    index: int = 0

    @property
    def torch_name(self) -> str:
        """What torch calls it."""
        return f"cuda:{self.index}" if self.kind == "cuda" else self.kind

    @property
    def number_format(self) -> str:
        """Name of torch's number type for weights: half precision where it is faster, float32 on a CPU."""
        return "float32" if self.kind == "cpu" else "float16"

    def free_bytes(self) -> int:
        """Return how much memory nobody uses: on a card all programs count, Resolve's too."""
        if self.kind == "cuda":
            torch = import_torch()
            free, _ = torch.cuda.mem_get_info(self.index)
            # what torch holds in reserve for itself is free for us
            return int(free + torch.cuda.memory_reserved(self.index) - torch.cuda.memory_allocated(self.index))
        import psutil

        return int(psutil.virtual_memory().available)

    def give_back(self) -> None:
        """Let other programs have what torch holds in reserve."""
        if self.kind == "cpu":
            return
        torch = import_torch()
        (torch.cuda if self.kind == "cuda" else torch.mps).empty_cache()


def import_torch() -> Any:
    """Return torch; `MissingToolError` where it is not installed."""
    try:
        import torch
    except ImportError as error:
        raise MissingToolError(
            f"the neural engine needs torch, which cannot be imported ({error}); "
            "run: python3 installer/run.py install --neural"
        ) from error
    return torch


def choose_device(asked: str | None = None) -> Device:
    """Return the device that was asked for (or that HITPOINT_DEVICE names), else the fastest there is.

    `asked` is "cuda", "cuda:1", "mps", "cpu" or None.

    Raises
    ------
    SettingError
        There is no such device on this machine.
    MissingToolError
        torch is not installed.
    """
    wanted = (asked or os.environ.get(VARIABLE) or "").strip().lower()
    kind, _, index = wanted.partition(":")
    if (kind and kind not in _KINDS) or (index and not (index.isdecimal() and kind == "cuda")):
        raise SettingError(f"there is no device {wanted!r}; {did_you_mean(wanted, _KINDS)}")
    torch = import_torch()
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    chosen = kind or next(name for name in _KINDS if there[name])
    if not there[chosen]:
        raise SettingError(
            f"torch finds no {chosen} device on this machine (driver? a build of torch for CPUs only?); "
            "use --device cpu, or leave it out"
        )
    if chosen == "cuda":
        number = int(index or 0)
        if number >= torch.cuda.device_count():
            raise SettingError(f"there is no device cuda:{number}; this machine has {torch.cuda.device_count()}")
        properties = torch.cuda.get_device_properties(number)
        return Device(kind="cuda", name=properties.name, memory_bytes=properties.total_memory, index=number)
    import platform

    import psutil

    name = f"{platform.machine()} GPU" if chosen == "mps" else f"{platform.machine()} CPU"
    return Device(kind="mps" if chosen == "mps" else "cpu", name=name, memory_bytes=psutil.virtual_memory().total)
