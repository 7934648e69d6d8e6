"""The figures of the demo's score that must not change unnoticed.

python tests/end_to_end/golden.py REPORT.json    accept those of a report (hitpoint demo) as the new ones
"""

import json
import sys
from pathlib import Path

GOLDEN = Path(__file__).with_name("golden_demo.json")


def figures(report: dict) -> dict:
    """What was planned and written: exact on every machine. What was measured is tested elsewhere."""
    cue = report["cues"][0]
    return {
        "cue": {key: cue[key] for key in ("number", "title", "key", "palette", "entry", "exit", "parts", "notes")},
        "bpm": [[round(s["start_bpm"], 2), round(s["end_bpm"], 2)] for s in cue["tempo"]["segments"]],
        "meters": [[meter["bar"], meter["meter"]] for meter in cue["tempo"]["meters"]],
        "sections": [[section["label"], section["start_bar"]] for section in cue["sections"]],
        "hits": [
            [hit["label"], hit["frame"], hit["bar"], hit["beat"], hit["planned_error_ms"]] for hit in report["hits"]
        ],
        "markers": [[marker["name"], marker["verdict"]] for marker in report["markers"]],
        "arc": {
            name: [round(sum(values[i : i + 20]) / len(values[i : i + 20]), 2) for i in range(0, len(values), 20)]
            for name, values in report["arc"].items()
            if name != "hop_s"
        },
        "loudness_target": report["loudness"]["target"],
        "stems": report["loudness"]["stems"],
    }


if __name__ == "__main__":
    found = figures(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    GOLDEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
