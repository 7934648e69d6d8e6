"""Randomness from a seed for libraries that only know torch's global generator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hitpoint.accelerator.device import Device, import_torch


@contextmanager
def seeded(seed: int, device: Device) -> Iterator[None]:
    """Run with torch's generators of the CPU and of the device set to a seed, and put them back afterwards.

    Not for several threads at once: the generators are the process's.
    """
    torch = import_torch()
    devices = [device.index] if device.kind == "cuda" else [0] if device.kind == "mps" else []
    kind = device.kind if device.kind != "cpu" else "cuda"
    with torch.random.fork_rng(devices=devices, device_type=kind):
        torch.manual_seed(seed % 2**63)
        yield
