"""Print what alternates cost and how they sound: `python benchmarks/alternates.py [--styles tense heroic …]`.

Each style scores the demo cut (without looking at its picture) twice with all full-length alternates: once using files
of stems again in which nothing changed, once rendering everything for each alternate; then the short versions.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from hitpoint.alternates import make
from hitpoint.alternates.choose import CUTDOWN_S, FULL_LENGTH
from hitpoint.pipeline import ScoreSettings, score
from hitpoint.resources import load_palettes, resources_folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--styles", nargs="*", default=sorted(load_palettes()))
    parser.add_argument("--processes", type=int, default=None)
    arguments = parser.parse_args()
    real, render = make.unchanged_layers, make.render_stems
    spent_s: list[float] = []

    def timed(*a: Any, **k: Any) -> Any:
        began_s = worker_s()
        stems = render(*a, **k)
        spent_s.append(worker_s() - began_s)
        return stems

    make.render_stems = timed
    for style in arguments.styles:
        with tempfile.TemporaryDirectory() as folder:

            def scored(names: tuple[str, ...], style: str = style, folder: str = folder) -> dict[str, Any]:
                return score(
                    ScoreSettings(
                        cut_path=resources_folder() / "demo" / "chase.otio",
                        out_folder=Path(folder),
                        style=style,
                        alternates=names,
                        looks=False,
                        processes=arguments.processes,
                    )
                )

            scored(FULL_LENGTH)  # attacks are measured, imports are done
            make.unchanged_layers = lambda *a: dict.fromkeys(real(*a), False)
            spent_s.clear()
            anew_s = scored(FULL_LENGTH)["step_s"]["alternates"]
            anew_cpu_s = sum(spent_s)
            make.unchanged_layers = real
            spent_s.clear()
            report = scored(FULL_LENGTH)
            again_s = report["step_s"]["alternates"]
            mix = report["loudness"]["integrated_lufs"]
            print(
                f"{style}: three full-length alternates {again_s:.1f} s, all rendered anew {anew_s:.1f} s; "
                f"rendering alone {sum(spent_s):.1f} and {anew_cpu_s:.1f} s CPU"
            )
            tell(report, mix, Path(folder))
            report = scored(tuple(CUTDOWN_S))
            print(f"  two short versions {report['step_s']['alternates']:.1f} s")
            tell(report, mix, Path(folder))


def worker_s() -> float:
    """Return the CPU seconds of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tell(report: dict[str, Any], mix_lufs: float, folder: Path) -> None:
    """Print a line for each alternate; the last is the peak of 50 ms before a short version is closed."""
    for row in report["alternates"]:
        line = f"  {row['name']:14s} {row['integrated_lufs'] - mix_lufs:+6.1f} LU, heard {row['heard']}/{row['hits']}"
        if row["cue"]:
            samples, rate_hz = soundfile.read(folder / row["path"])
            tail = samples[-rate_hz * 35 // 100 : -rate_hz * 30 // 100]
            end_dbfs = 20 * np.log10(np.abs(tail).max() + 1e-9)
            line += f", worst {row['worst_error_ms']:.1f} ms, {end_dbfs:.0f} dBFS at its end"
        print(line)


if __name__ == "__main__":
    main()
