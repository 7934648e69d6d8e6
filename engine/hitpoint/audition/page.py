"""The page to sit down with: every take with its player, pictures, plan and figures, and all of them in one table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from hitpoint.audition.axes import LEFT, RIGHT
from hitpoint.audition.plan import clock
from hitpoint.audition.summary import FIGURES, FigureKind, medians, value_of
from hitpoint.audition.take_folder import AUDIO, ROLL, SPECTRUM
from hitpoint.files import write_beside
from hitpoint.resources import resources_folder

_HELP = "space plays · ← → previous and next take · , . five seconds back and on · click a picture to go there"


def write_page(path: Path, takes: Sequence[Mapping[str, Any]], *, notes: Sequence[str] = ()) -> None:
    """Write index.html; the takes' folders lie beside it in `takes/`. `notes` say what is missing and why."""
    assets = resources_folder() / "audition"
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Hitpoint audition</title>",
        f"<style>{(assets / 'page.css').read_text(encoding='utf-8')}</style></head><body>",
        f"<header><h1>Audition</h1><p>{len(takes)} takes · {_HELP}</p></header>",
        *(f"<p class='note'>{escape(note)}</p>" for note in notes),
        _medians(takes),
        _table_of_takes(takes),
        "<main>",
        *(_take(take, number) for number, take in enumerate(takes)),
        "</main>",
        f"<script>const LEFT={json.dumps(LEFT)},RIGHT={json.dumps(RIGHT)};",
        (assets / "page.js").read_text(encoding="utf-8"),
        "</script></body></html>",
    ]
    with write_beside(path) as unfinished:
        unfinished.write_text("\n".join(parts), encoding="utf-8")


def _verdict(kind: FigureKind, value: float | None) -> str:
    is_met = kind.is_met(value)
    return "" if is_met is None else "good" if is_met else "bad"


def _medians(takes: Sequence[Mapping[str, Any]]) -> str:
    found = medians(takes)
    chips = (
        f"<div class='chip {_verdict(kind, found[kind.path])}' title='{escape(kind.meaning)}'>"
        f"<b>{escape(kind.text(found[kind.path]))}</b><span>{escape(kind.title)}</span>"
        f"<i>{escape(kind.target) or '&nbsp;'}</i></div>"
        for kind in FIGURES
    )
    return f"<section class='chips' aria-label='medians against targets'>{''.join(chips)}</section>"


def _table_of_takes(takes: Sequence[Mapping[str, Any]]) -> str:
    heads = "".join(
        f"<th title='{escape(kind.meaning)} {escape(kind.target)}'>{escape(kind.title)}</th>" for kind in FIGURES
    )
    rows = []
    for number, take in enumerate(takes):
        cells = []
        for kind in FIGURES:
            value = value_of(take["figures"], kind)
            cells.append(
                f"<td class='n {_verdict(kind, value)}' data-value='{'' if value is None else value}'>"
                f"{escape(kind.text(value))}</td>"
            )
        name = f"<td>{escape(take['scene'])}</td><td>{escape(take['palette'])}</td>"
        rows.append(f"<tr data-take='{number}'>{name}{''.join(cells)}</tr>")
    return (
        "<div class='wide'><table id='summary' class='sortable'><thead><tr><th>scene</th><th>palette</th>"
        f"{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _take(take: Mapping[str, Any], number: int) -> str:
    folder = f"takes/{take['id']}"
    figures = take["figures"]
    facts = (
        f"{take['palette']} · {take['key']} · {take['tempo_bpm']:g} bpm · {take['rate']} · {take['duration_s']:g} s · "
        f"{take['entry']} in, {take['exit']} out · seed {take['seed']} · {figures['loudness_lufs']} LUFS"
    )
    return "\n".join(
        (
            f"<article id='take-{number}' data-duration='{take['audio_duration_s']}'{' hidden' if number else ''}>",
            f"<h2>{escape(take['title'])} <small>{escape(facts)}</small></h2>",
            f"<p class='listen'>{escape(take['listen_for'])}</p>",
            *(f"<p class='note'>{escape(warning)}</p>" for warning in take["warnings"]),
            f"<audio controls preload='none' src='{escape(folder)}/{AUDIO}'></audio>",
            *(
                f"<div class='picture'><img loading='lazy' alt='{name}' src='{escape(folder)}/{file}'>"
                "<div class='cursor'></div></div>"
                for name, file in (("piano roll", ROLL), ("spectrogram, plan and loudness", SPECTRUM))
            ),
            "<div class='columns'><div>",
            "<h3>Plan</h3>",
            _table(
                ("at", "bars", "section", "harmony", "texture", "theme", "towards"),
                (
                    [row[key] for key in ("at", "bars", "label", "harmony", "texture", "theme", "towards")]
                    for row in take["plan"]
                ),
            ),
            "</div><div><h3>Hits</h3>",
            _table(("at", "bar", "hit", "weight", "heard", "idiom"), map(_hit_row, figures["hits"])),
            "<h3>Where</h3>",
            _table(("what", "seconds"), _places(figures)),
            "</div></div></article>",
        )
    )


def _hit_row(hit: Mapping[str, Any]) -> list[str]:
    if hit["kind"] == "silence":
        heard = "–" if hit["stop_db"] is None else f"falls {hit['stop_db']:.0f} dB"
    else:
        heard = "not heard" if hit["error_ms"] is None else f"{hit['error_ms']:+.1f} ms"
    softened = " (softened)" if hit["was_softened"] else ""
    name = hit["kind"] if hit["label"] in ("", hit["kind"]) else f"{hit['kind']}: {hit['label']}"
    bar = f"{hit['bar']}.{hit['beat']:g}"
    return [clock(hit["at_s"]), bar, name + softened, f"{hit['weight']:.2f}", heard, hit["idiom"]]


def _places(figures: Mapping[str, Any]) -> list[list[str]]:
    return [
        [what, ", ".join(f"{clock(start)}–{clock(end)}" for start, end in figures[key]) or "none"]
        for what, key in (("nobody plays", "holes_s"), ("crowded below C4", "crowded_s"))
    ]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f"<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>{body}</tbody></table>"
    )
