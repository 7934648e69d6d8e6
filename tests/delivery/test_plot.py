"""The picture is drawn from any report, in the promised size; what it shows was looked at by eye."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from hitpoint.delivery.envelope import peaks
from hitpoint.delivery.plot import plot_score
from hitpoint.delivery.report import ReportInputs, build_report
from hitpoint.model.audio import StemFile


def size_of(path):
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def raw_mix(path: Path, samples: np.ndarray, start_sample: int = 0) -> StemFile:
    np.stack([samples, samples], axis=1).astype("<f4").tofile(path)
    return StemFile(stem="mix", path=path, start_sample=start_sample, length_samples=len(samples))


@pytest.fixture
def report(scored_24):
    made = scored_24
    values = {name: getattr(made, name) for name in ("cut", "cues", "plans", "compositions", "answers", "arc", "mix")}
    return build_report(ReportInputs(**values, measurements=made.measurements))


def test_full_report(report, tmp_path):
    mix = raw_mix(tmp_path / "m.raw", np.sin(np.arange(48_000 * 30) / 50))
    plot_score(report, tmp_path / "p.png", waveform=mix)
    assert size_of(tmp_path / "p.png") == (1920, 1080)
    assert "matplotlib.pyplot" not in sys.modules, "no global state"


def test_a_report_read_from_json_without_sound_arc_hits_or_cues(report, tmp_path):
    bare = json.loads(json.dumps(report)) | {"arc": None, "loudness": None, "hits": [], "cues": []}
    plot_score(bare, tmp_path / "p.png")
    assert size_of(tmp_path / "p.png") == (1920, 1080)


def test_the_outline_is_where_the_sound_is(tmp_path):
    samples = np.zeros(48_000 * 4)
    samples[48_000 * 2] = 0.5
    samples[48_000 * 3] = -0.25
    mix = raw_mix(tmp_path / "m.raw", samples, start_sample=-24_000)
    moments_s, low, high, rms = peaks(mix, duration_s=10.0, columns=1000)
    assert moments_s[np.argmax(high)] == pytest.approx(1.505)
    assert moments_s[np.argmin(low)] == pytest.approx(2.505)
    assert (high.max(), low.min()) == (0.5, -0.25)
    assert rms[150] == pytest.approx(np.sqrt(0.25 / 480))
