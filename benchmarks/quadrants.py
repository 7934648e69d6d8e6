"""Does one hear which quadrant of feeling a scene lies in? Scores flat scenes of the four quadrants and listens.

    python benchmarks/quadrants.py [--seeds 6] [--style NAME] [--strict]

For each quadrant of valence and arousal (+-0.6 with a spread of 0.12 between scenes, and a wobble inside them; tension
as scenes of that kind have it, see `TENSION`) it makes scenes of 20 to 30 s without a marker, lets the brief choose
palette, tempo and key, composes, performs, renders and mixes. Then it measures on what was played and heard:

* mode: how much better the notes that sound (by length and velocity) fit the best of the twelve major profiles of
  Krumhansl and Kessler than the best minor one; and whether the palette's own name of the key is major;
* tempo: beats per minute of the tempo map, over the cue;
* onsets: moments per second at which any dry stem but the hits has an onset, by the detector that knows nothing of the
  plan (moments within 50 ms are one; in the mix it hears the hits that it is made for, and little of the rest);
* notes: sounding notes per second (density), hits left out;
* pitch: mean pitch of all notes but drums, by length;
* centroid: spectral centroid of the mix, in semitones above middle C, by power.

Printed are the means of each quadrant and Cohen's d (pooled spread over scenes) of each pair of neighbours. Listeners
(resources/means) hear valence in mode and register, and arousal in pace and brightness; what scares is lower than what
is sad, not higher. So mode and pitch are asked to separate the valences at equal arousal; tempo, onsets, notes and
centroid the arousals at equal valence; each by d >= 0.8 in the right direction. The other pairs are printed in
brackets. With --strict, exit 1 where one falls short.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from hitpoint.composition import ComposeContext, compose
from hitpoint.measure.onsets import detect_onsets
from hitpoint.mixing import MixSettings, mix_stems
from hitpoint.model.audio import StemFile
from hitpoint.model.cut import Cut
from hitpoint.model.music import Performance
from hitpoint.model.spotting import Cue
from hitpoint.model.story import EmotionArc
from hitpoint.model.tempo_plan import TempoPlan
from hitpoint.model.time import FrameRate
from hitpoint.performance import load_articulations, needed_sounds, perform
from hitpoint.rendering import find_soundfont, measure_attacks, render_stems
from hitpoint.resources import cache_folder, load_instruments, load_palettes
from hitpoint.spotting import SpottingSettings, load_marker_table, spot
from hitpoint.tempo import solve_tempo

RATE, RATE_HZ = FrameRate(24), 48_000
#: Signs of (valence, arousal), and the tension that scenes of this kind have.
QUADRANTS = {"happy": (1, 1), "scary": (-1, 1), "sad": (-1, -1), "peaceful": (1, -1)}
TENSION = {"happy": 0.3, "scary": 0.65, "sad": 0.3, "peaceful": 0.1}
STRENGTH, SPREAD, WOBBLE, TENSION_SPREAD = 0.6, 0.12, 0.08, 0.08
#: The first of each pair should have more of what separates it.
BY_VALENCE = (("happy", "scary"), ("peaceful", "sad"))
BY_AROUSAL = (("happy", "peaceful"), ("scary", "sad"))
#: Per measure: does it tell valence, does it tell arousal.
ASKED = {
    "mode": (True, False),
    "tempo": (False, True),
    "onsets": (False, True),
    "notes": (False, True),
    "pitch": (True, False),
    "centroid": (False, True),
}
LEAST_D = 0.8
TOGETHER_S = 0.05
#: Krumhansl & Kessler 1982, from the tonic up.
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
MIDDLE_C_HZ = 261.6256


@dataclass(frozen=True)
class Heard:
    """One scene's music: what the brief chose, and the measures of `ASKED` by name."""

    palette: str
    key: str
    figures: dict[str, float]


def scene(quadrant: str, rng: np.random.Generator) -> tuple[Cut, EmotionArc]:
    """Return a cut without markers, and its arc: nearly flat, somewhere in the quadrant."""
    duration_s = float(rng.uniform(20, 30))
    cut = Cut(
        name=quadrant, rate=RATE, start_timecode_frame=86_400, duration_frames=round(duration_s * float(RATE.fps))
    )
    hops = int(duration_s / 0.5) + 2

    def line(level: float, spread: float, low: float) -> np.ndarray:
        knots = level + rng.normal(0, spread) + rng.normal(0, WOBBLE, 5)
        return np.clip(np.interp(np.linspace(0, 4, hops), np.arange(5), knots), low, 1).astype(np.float32)

    valence, arousal = (line(STRENGTH * sign, SPREAD, -1) for sign in QUADRANTS[quadrant])
    tension = line(TENSION[quadrant], TENSION_SPREAD, 0)
    return cut, EmotionArc(hop_s=0.5, valence=valence, arousal=arousal, tension=tension)


def score(quadrant: str, seed: int, style: str | None, folder: Path) -> Heard:
    """Score one scene and measure it."""
    cut, arc = scene(quadrant, np.random.default_rng([seed, list(QUADRANTS).index(quadrant)]))
    instruments, palettes = load_instruments(), load_palettes()
    settings = SpottingSettings(marker_table=load_marker_table(), palettes=palettes, style=style)
    cue = spot(cut, arc, settings=settings).cues[0]
    plan = solve_tempo(cue, rate=cut.rate)[0]
    palette = palettes[cue.brief.palette_id]
    composition = compose(
        cue,
        plan,
        arc,
        palette=palette,
        instruments=instruments,
        context=ComposeContext(rate=cut.rate),
        rng=np.random.default_rng([seed, 1]),
    )
    soundfont = find_soundfont(None)
    articulations = load_articulations()
    sounds = needed_sounds(composition, instruments, articulations)
    performance = perform(
        composition,
        cue=cue,
        plan=plan,
        instruments=instruments,
        articulations=articulations,
        attack_table=measure_attacks(soundfont, sounds, cache=cache_folder()),
        rate=cut.rate,
        rng=np.random.default_rng([seed, 2]),
    )
    stems = render_stems(
        (performance,),
        soundfont=soundfont,
        instruments=instruments,
        work_folder=folder,
        start_sample=performance.start_sample,
        length_samples=performance.length_samples,
    )
    mix = mix_stems(
        stems,
        settings=MixSettings(loudness="ebu"),
        performances=(performance,),
        palette_mix=palette.tables.get("mix", {}),
        work_folder=folder,
    )
    return Heard(palette.id, cue.brief.key, measured(cue, plan, performance, stems, mix.mix))


def measured(
    cue: Cue, plan: TempoPlan, performance: Performance, stems: tuple[StemFile, ...], mix: StemFile
) -> dict[str, float]:
    """Return the measures of `ASKED`."""
    parts = [part for part in performance.parts if part.stem != "hits"]
    notes = [note for part in parts for note in part.notes]
    pitched = [note for note in notes if note.bank != 128]
    length_s = cue.span.duration_frames / float(RATE.fps)
    lengths = np.array([note.duration_samples for note in pitched], dtype=np.float64)
    pitches = np.array([note.pitch_midi for note in pitched])
    loudness = lengths * np.array([note.velocity for note in pitched])
    beats = plan.tempo_map.beats_at(Fraction(length_s)) - plan.tempo_map.beats_at(Fraction(0))
    return {
        "mode": majorness(np.bincount(pitches % 12, weights=loudness, minlength=12)),
        "tempo": 60 * float(beats) / length_s,
        "onsets": len(onset_moments(stems, length_s)) / length_s,
        "notes": len(notes) / length_s,
        "pitch": float(np.average(pitches, weights=lengths)),
        "centroid": centroid_semitones(sound_of(mix, length_s).mean(axis=1)),
    }


def sound_of(stem: StemFile, length_s: float) -> np.ndarray:
    """Return the sound up to the end of the cue, float32 [shape=(n, 2)]: the tail is no music of its own."""
    return np.fromfile(stem.path, dtype="<f4").reshape(-1, 2)[: round(length_s * RATE_HZ) - stem.start_sample]


def onset_moments(stems: tuple[StemFile, ...], length_s: float) -> np.ndarray:
    """Return the seconds at which a stem starts to sound anew, those close together as one."""
    found = [detect_onsets(sound_of(stem, length_s), RATE_HZ).samples for stem in stems if stem.stem != "hits"]
    moments = np.sort(np.concatenate(found)) / RATE_HZ
    return moments[np.diff(moments, prepend=-1.0) > TOGETHER_S]


def majorness(pitch_classes: np.ndarray) -> float:
    """Return the best correlation with a major key profile minus the best one with a minor one."""

    def best(profile: tuple[float, ...]) -> float:
        return max(float(np.corrcoef(np.roll(profile, tonic), pitch_classes)[0, 1]) for tonic in range(12))

    return best(MAJOR) - best(MINOR)


def centroid_semitones(mono: np.ndarray) -> float:
    window = 4096
    frames = mono[: len(mono) // window * window].reshape(-1, window) * np.hanning(window)
    power = (np.abs(np.fft.rfft(frames, axis=1)) ** 2).sum(axis=0)
    hertz = float(power @ np.fft.rfftfreq(window, 1 / RATE_HZ) / max(power.sum(), 1e-20))
    return 12 * float(np.log2(max(hertz, 1.0) / MIDDLE_C_HZ))


def cohens_d(more: np.ndarray, less: np.ndarray) -> float:
    """Return the difference of two means in pooled standard deviations; positive where the first is larger."""
    pooled = np.sqrt((more.var(ddof=1) + less.var(ddof=1)) / 2)
    return float((more.mean() - less.mean()) / max(float(pooled), 1e-9))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--style", choices=sorted(load_palettes()))
    parser.add_argument("--strict", action="store_true")
    options = parser.parse_args()
    if options.seeds < 2:
        parser.error("--seeds: a spread needs two scenes at the least")
    heard: dict[str, list[Heard]] = {quadrant: [] for quadrant in QUADRANTS}
    with tempfile.TemporaryDirectory() as scratch:
        for quadrant in QUADRANTS:
            for seed in range(options.seeds):
                folder = Path(scratch) / f"{quadrant}{seed}"
                heard[quadrant].append(score(quadrant, seed, options.style, folder))
                for path in folder.iterdir():
                    path.unlink()
    values = {
        quadrant: {name: np.array([scene.figures[name] for scene in scenes]) for name in ASKED}
        for quadrant, scenes in heard.items()
    }
    print(f"{options.seeds} scenes per quadrant of 20 to 30 s, style {options.style or 'as the brief chooses'}")
    print(f"{'':10s}" + "".join(f"{name:>16s}" for name in ASKED))
    for quadrant, rows in values.items():
        cells = "".join(f"{rows[name].mean():9.2f} +-{rows[name].std(ddof=1):5.2f}" for name in ASKED)
        chosen = sorted({f"{scene.palette} in {scene.key}" for scene in heard[quadrant]})
        print(f"{quadrant:10s}{cells}  {', '.join(chosen)}")
    print("\nCohen's d, what is not asked for in brackets")
    short = []
    for place, pairs in enumerate((BY_VALENCE, BY_AROUSAL)):
        for more, less in pairs:
            cells = ""
            for name, asked in ASKED.items():
                d = cohens_d(values[more][name], values[less][name])
                cells += f"{d:>+16.2f}" if asked[place] else f"{f'({d:+.2f})':>16s}"
                if asked[place] and d < LEAST_D:
                    short.append(f"{name} of {more} over {less}: {d:+.2f}")
            print(f"{more + ' - ' + less:18s}{cells}")
    print(f"\n{len(short)} of 12 asked effects are under {LEAST_D}" + "".join(f"\n  {line}" for line in short))
    if short and options.strict:
        sys.exit(f"the quadrants are not told apart by {short[0]}, which should be {LEAST_D} or more")


if __name__ == "__main__":
    main()
