"""The command line: `hitpoint score CUT`, `demo`, `spot`, `analyse`, `train-arc`, `audition`, `styles`, `models`,
`panel`, `install`, `serve`, `doctor`.

Exit codes: 0 done; 1 a fault of ours; 2 wrong usage; 3 the input cannot be used; 4 the result cannot be written;
5 something is not installed; 130 stopped by the user. With --json the report goes to standard output, and an error is
one JSON object there; progress and sentences go to standard error.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from hitpoint import __version__
from hitpoint.model.errors import Cancelled, HitpointError, MissingToolError
from hitpoint.model.progress import Progress

if TYPE_CHECKING:
    from hitpoint.model.edits import Edits
    from hitpoint.model.time import FrameRate
    from hitpoint.pipeline import ScoreSettings
    from hitpoint.understanding import CutRequest

LOUDNESS_CHOICES = ("ebu", "atsc", "online", "underscore")
PROFILE_CHOICES = ("generic", "resolve")
SOUND_CHOICES = ("sampled", "hybrid", "generated")
PLACES_CHOICES = ("auto", "whole", "proposed")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line (cheap: imports no step)."""
    parser = argparse.ArgumentParser(
        prog="hitpoint",
        description="A cut goes in, and the same cut comes out with a score on it, every hit on its frame.",
    )
    parser.add_argument("--version", action="version", version=f"hitpoint {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    score = commands.add_parser("score", help="score a cut", description="Write a score for a cut, beside the cut.")
    _add_cut_argument(score)
    _add_score_options(score)

    demo = commands.add_parser("demo", help="score the demo cut, a car chase that ends on a bridge")
    _add_score_options(demo)

    analyse = commands.add_parser(
        "analyse",
        help="look, listen and read: the arc, the story, the cues",
        description="Understand a cut without composing: its arc and who said it, its story, where music should be.",
    )
    _add_cut_argument(analyse)
    _add_reading_options(analyse)
    analyse.add_argument("--plot", type=Path, metavar="FILE", help="draw it as PNG")
    analyse.add_argument("--html", type=Path, metavar="FILE", help="write it as one page")
    analyse.add_argument("--score", type=Path, metavar="DIR", help="draw the loudness of this score of the cut as well")
    analyse.add_argument("--json", action="store_true", help="print all of it as JSON instead of a summary")

    spot = commands.add_parser(
        "spot",
        help="write where music is and what it should be like, to be edited",
        description="Spot a cut without composing; `score --briefs FILE` obeys what you make of it.",
    )
    _add_cut_argument(spot)
    _add_reading_options(spot)
    spot.add_argument("--out", type=Path, metavar="FILE", help="default: NAME.briefs.toml here")
    spot.add_argument("--force", action="store_true", help="write over a briefs file that is there")
    spot.add_argument("--json", action="store_true", help="print the cues as JSON")

    train = commands.add_parser(
        "train-arc",
        help="teach the arc your taste, from clips that you rated",
        description="Fit how picture, sound and words become feeling to clips rated second by second.",
    )
    train.add_argument("ratings", type=Path, metavar="CSV", help="columns clip, time_s, valence, arousal (-1..1)")
    train.add_argument("--out", type=Path, metavar="FILE", help="default: arc.toml in your configuration folder")
    train.add_argument("--json", action="store_true", help="print the figures as JSON")

    listen = commands.add_parser(
        "audition",
        help="hear the composer on a dozen scenes: piano rolls, spectrograms, plans and figures on one page",
        description="Play scenes in the styles that suit them, and lay everything heard and measured on one HTML page.",
    )
    listen.add_argument("--out", type=Path, required=True, metavar="DIR", help="takes that are there already are kept")
    listen.add_argument("--scenes", default="", metavar="A,B", help="only these (resources/audition/scenes.toml)")
    listen.add_argument("--palettes", default="", metavar="X,Y", help="only these styles")
    listen.add_argument("--all", action="store_true", help="every scene in every style")
    listen.add_argument("--seed", type=int, default=1, metavar="N", help="another seed, other music (default: 1)")
    listen.add_argument("--soundfont", type=Path, metavar="FILE", help="another General MIDI SoundFont (.sf2 .sf3)")
    listen.add_argument("--processes", type=int, metavar="N", help="how many takes at once (default: all cores)")
    listen.add_argument("--json", action="store_true", help="print all figures as JSON instead of the medians")

    styles = commands.add_parser("styles", help="list the styles that --style takes")
    styles.add_argument("--json", action="store_true", help="for machines")

    from hitpoint.installation.command import add_options  # cheap, and its choices belong to it

    put = commands.add_parser(
        "install",
        help="put Hitpoint into DaVinci Resolve's menu and the menu of programs; --uninstall",
        description="Put the launchers where Resolve looks and an entry into the menu of programs, for this user only.",
    )
    add_options(put)
    serve = commands.add_parser(
        "serve",
        help="run the engine for the panel and for scripts, on this machine only",
        description="Run the engine as a service on 127.0.0.1 (docs/service.md) until it is stopped.",
    )
    serve.add_argument("--port", type=int, default=0, metavar="N", help="default: a free one, written to service.json")
    serve.add_argument("--idle-exit", type=float, metavar="SECONDS", help="end when nobody needed it for this long")
    commands.add_parser("panel", help="the window beside your editor (`hitpoint panel --help`)", add_help=False)

    models = commands.add_parser(
        "models",
        help="neural models: which there are, under which licence; fetch, check, remove them",
        description="A model is fetched when you ask for it, and used from this machine alone (docs/neural-models.md).",
    )
    _add_models_options(models)

    doctor = commands.add_parser("doctor", help="say what is installed, what is missing, and how to mend it")
    doctor.add_argument("--json", action="store_true", help="for machines")
    doctor.add_argument("--neural", action="store_true", help="also try torch and its device (takes seconds)")
    return parser


def _add_models_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for machines")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="all models, their licences, and which are here (the default)")
    fetch = actions.add_parser("fetch", help="fetch a model's files, after telling licence, size and place, and asking")
    fetch.add_argument("model", metavar="ID")
    fetch.add_argument("--yes", action="store_true", help="do not ask: you know the licence and accept it")
    fetch.add_argument(
        "--token-from", metavar="FILE", help="where the token for a gated model is read from (-: standard input)"
    )
    fetch.add_argument("--again", action="store_true", help="mend it, or look for a newer state of it")
    check = actions.add_parser("check", help="compare every byte of a model (or of all) with what was fetched")
    check.add_argument("model", metavar="ID", nargs="?")
    remove = actions.add_parser("remove", help="remove a model's files from this machine")
    remove.add_argument("model", metavar="ID")
    for action in (fetch, check, remove):
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="for machines")


def _add_cut_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "cut",
        type=Path,
        metavar="CUT",
        help=".otio .otioz .otiod .xml (FCP 7) .fcpxml .edl .aaf, or a video (.mp4 .mov .avi .mkv)",
    )


def _add_reading_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--style", metavar="NAME", help="one of `hitpoint styles` (default: chosen from the scene)")
    parser.add_argument(
        "--brief", default="", metavar="TEXT", help='what it should be like: "tense, builds to the bridge"'
    )
    parser.add_argument(
        "--subtitles", type=Path, metavar="FILE", help=".srt .vtt .ass: the music makes room for the words"
    )
    parser.add_argument("--script", type=Path, metavar="FILE", help="the screenplay: .fountain .fdx .txt .json")
    parser.add_argument("--rate", metavar="FPS", help="frame rate of an EDL: 25, 23.976, 29.97 (29.97df: drop-frame)")
    parser.add_argument(
        "--markers", type=Path, metavar="FILE", help="your own table of marker words and colours (TOML)"
    )
    parser.add_argument("--briefs", type=Path, metavar="FILE", help="what `hitpoint spot` wrote and you edited")
    parser.add_argument(
        "--edits", type=Path, metavar="FILE", help="what the panel saved beside the cut (NAME.hitpoint-panel.json)"
    )
    parser.add_argument(
        "--places",
        choices=PLACES_CHOICES,
        default="auto",
        help="where music plays without MUSIC IN and OUT: the whole cut, where it is proposed, or (auto) proposed in "
        "cuts over four minutes",
    )
    parser.add_argument(
        "--brief-writer",
        metavar="NAME",
        help="builtin, or language-model or local-model where one is configured (docs/briefs.md)",
    )
    parser.add_argument(
        "--affect",
        default="embedded",
        metavar="NAME",
        help="what reads feelings in words: embedded (default), or neural, where its model is here (hitpoint models)",
    )
    parser.add_argument("--no-look", action="store_true", help="do not look at the picture or listen to the sound")
    parser.add_argument(
        "--eyes",
        default="auto",
        metavar="MODEL",
        help="who recognises what is in the picture: a model (`clip-vit-l-14`, or the folder of one), none, or auto: "
        "the one that was fetched, where there is a GPU (docs/neural-eyes.md)",
    )


def _add_score_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the result (default: NAME-score here)")
    _add_reading_options(parser)
    parser.add_argument(
        "--seed", type=int, metavar="N", help="another seed, another score (default: the project's, or 1)"
    )
    parser.add_argument(
        "--loudness", choices=LOUDNESS_CHOICES, default="ebu", help="target of the mix (default: ebu, -23 LUFS)"
    )
    parser.add_argument(
        "--profile", choices=PROFILE_CHOICES, default="generic", help="for whom the scored OTIO is written"
    )
    parser.add_argument(
        "--themes",
        type=Path,
        metavar="FILE",
        help="the project's themes: read, and uses written (default: hitpoint-themes.toml beside the cut where there "
        "is one, else NAME.themes.toml among the score's files)",
    )
    parser.add_argument("--stems-only", action="store_true", help="enable the stem tracks instead of the mix")
    parser.add_argument(
        "--tempo-choice", type=int, default=1, metavar="N", help="take the Nth tempo map (1 is the best)"
    )
    parser.add_argument("--soundfont", type=Path, metavar="FILE", help="another General MIDI SoundFont (.sf2 .sf3)")
    parser.add_argument(
        "--video", action="store_true", help="also write NAME.mp4: picture, its own sound, and the score"
    )
    parser.add_argument("--plot", action="store_true", help="also draw NAME.png: the score over the cut")
    parser.add_argument(
        "--alternates",
        nargs="?",
        const="all",
        default="",
        metavar="NAMES",
        help="also write other versions into ALT (after CUT; all, or some of no-melody,no-percussion,lighter,30s,15s)",
    )
    parser.add_argument(
        "--reference", type=Path, metavar="FILE", help="a track that the score should be like (and not a copy of)"
    )
    parser.add_argument(
        "--sound",
        choices=SOUND_CHOICES,
        default="sampled",
        help="hybrid: music of a neural model lies under the samples, held to the same hits; generated: it stands "
        "instead of them wherever it follows the score (docs/neural.md)",
    )
    parser.add_argument("--model", metavar="NAME", help="the neural model: its id, or the folder that it lies in")
    parser.add_argument(
        "--candidates",
        type=int,
        default=2,
        metavar="N",
        help="takes of each cue, of which the best is kept (default: 2)",
    )
    parser.add_argument("--device", metavar="NAME", help="cuda, cuda:1, mps or cpu (default: the fastest there is)")
    parser.add_argument(
        "--processes", type=int, metavar="N", help="how many stems to render at once (default: all cores)"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of a summary")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["panel"]:
        return _become_panel(given[1:])
    options = build_parser().parse_args(given)
    _make_termination_an_interrupt()
    try:
        return _run(options)
    except HitpointError as error:
        return _fail(options, error.exit_code, str(error))
    except KeyboardInterrupt:
        return _fail(options, Cancelled.exit_code, "stopped; nothing was changed")
    except BrokenPipeError:
        return 0  # the reader of our output went away, which is its right


def _become_panel(arguments: list[str]) -> int:
    """Replace this process by the panel's: Qt is never imported here, and what this one imported is gone there."""
    import importlib.util
    import os
    import subprocess

    if importlib.util.find_spec("PyQt6") is None or importlib.util.find_spec("hitpoint_panel") is None:
        print("hitpoint: the panel needs PyQt6; install it with: pip install 'hitpoint[panel]'", file=sys.stderr)
        return MissingToolError.exit_code
    command = [sys.executable, "-m", "hitpoint_panel", *arguments]
    if sys.platform == "win32":  # exec there ends this process at once, and the shell does not wait for the new one
        return subprocess.call(command)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, command)


def _make_termination_an_interrupt() -> None:
    """Let a polite kill clean up just as Ctrl-C does."""

    def interrupt(signal_number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def _fail(options: argparse.Namespace, exit_code: int, sentence: str) -> int:
    if getattr(options, "json", False):
        print(json.dumps({"error": sentence, "exit_code": exit_code}))
    print(f"hitpoint: {sentence}", file=sys.stderr)
    return exit_code


def _run(options: argparse.Namespace) -> int:
    if options.command == "install":
        return _install(options)
    if options.command == "doctor":
        from hitpoint.doctor import examine, report_findings

        return report_findings(examine(tries_neural=options.neural), as_json=options.json)
    if options.command == "models":
        from hitpoint.weights.command import run

        return run(options, bar=lambda: _progress_bar(quiet=options.json))
    if options.command == "styles":
        return _print_styles(as_json=options.json)
    if options.command == "analyse":
        return _analyse(options)
    if options.command == "spot":
        return _spot(options)
    if options.command == "train-arc":
        return _train_arc(options)
    if options.command == "audition":
        return _audition(options)
    if options.command == "serve":
        from hitpoint.service.serve import serve
        from hitpoint.service.settings import ServiceSettings

        return serve(ServiceSettings(port=options.port, idle_exit_s=options.idle_exit))
    from hitpoint.pipeline import score

    settings = _settings(options)
    with _progress_bar(quiet=options.json) as progress:
        report = score(settings, progress=progress)
    if options.json:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        _print_summary(report)
    return 0


def _install(options: argparse.Namespace) -> int:
    from hitpoint.installation.command import run
    from hitpoint.resources import resources_folder

    exit_code = run(options, resources=resources_folder())
    if not (options.uninstall or options.json or options.home):
        from hitpoint.doctor import find_sound
        from hitpoint.doctor.panel import qt

        for finding in (find_sound(), qt(Path(sys.executable))):
            told = f"; {finding.cost}: {finding.mend}" if finding.state != "ok" else ""
            print(f"{finding.subject}: {finding.found}{told}")
        print("`hitpoint doctor` says whether everything else is there")
    return exit_code


def _analyse(options: argparse.Namespace) -> int:
    from rich.console import Console

    from hitpoint.analysis import AnalyseSettings, analyse
    from hitpoint.delivery.summary import analysis_table

    settings = AnalyseSettings(
        request=_cut_request(options), plot_path=options.plot, html_path=options.html, score_folder=options.score
    )
    with _progress_bar(quiet=options.json) as progress:
        analysis = analyse(settings, progress=progress)
    if options.json:
        print(json.dumps(analysis, indent=1, ensure_ascii=False))
    else:
        Console().print(analysis_table(analysis))
    return 0


def _spot(options: argparse.Namespace) -> int:
    from hitpoint.analysis import write_spotting

    with _progress_bar(quiet=options.json) as progress:
        known, path = write_spotting(
            _cut_request(options), out_path=options.out, overwrite=options.force, progress=progress
        )
    cues = [
        {
            "number": cue.number,
            "title": cue.title,
            "in": known.cut.timecode(cue.span.start_frame),
            "out": known.cut.timecode(cue.span.end_frame),
            "style": cue.brief.palette_id,
            "mood": cue.brief.mood,
            "why": cue.brief.notes,
        }
        for cue in known.spotting.cues
    ]
    if options.json:
        print(json.dumps({"briefs": str(path), "cues": cues, "warnings": known.warnings}, indent=1, ensure_ascii=False))
        return 0
    for cue in cues:
        print(f"{cue['number']:6} {cue['in']}  {cue['out']}  {cue['style']:14} {cue['mood']}")
    for warning in known.warnings:
        print(f"! {warning}")
    print(f"written to {path}; edit it and give it to `hitpoint score --briefs`")
    return 0


def _train_arc(options: argparse.Namespace) -> int:
    from hitpoint.training import train_arc

    with _progress_bar(quiet=options.json) as progress:
        told = train_arc(options.ratings, out_path=options.out, progress=progress)
    if options.json:
        print(json.dumps(told, indent=1))
    else:
        print(f"{told['clips']} clips, {told['seconds']:.0f} s rated; written to {told['path']}")
        for dimension, (before, after) in told["correlation"].items():
            print(
                f"{dimension:8} correlation with the ratings, clips held out: {before:+.2f} before, {after:+.2f} after"
            )
    return 0


def _audition(options: argparse.Namespace) -> int:
    from hitpoint.audition import AuditionSettings, audition, median_lines
    from hitpoint.model.errors import SettingError

    if options.seed < 0:
        raise SettingError(f"--seed {options.seed}: a seed is a whole number from 0 on")
    settings = AuditionSettings(
        out_folder=options.out,
        scenes=tuple(name.strip() for name in options.scenes.split(",") if name.strip()),
        palettes=tuple(name.strip() for name in options.palettes.split(",") if name.strip()),
        seed=options.seed,
        processes=options.processes,
        every=options.all,
        soundfont_path=options.soundfont,
    )
    with _progress_bar(quiet=options.json) as progress:
        told = audition(settings, progress=progress)
    if options.json:
        print(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        print(f"{len(told['takes'])} takes ({told['kept']} of them kept), medians against targets:")
        print("\n".join(median_lines(told["takes"])))
        for note in told["notes"]:
            print(f"! {note}")
        print(f"sit down with {told['page']}")
    return 1 if told["failed"] else 0


def _cut_request(options: argparse.Namespace) -> CutRequest:
    from hitpoint.understanding import CutRequest

    return CutRequest(
        cut_path=options.cut,
        rate=_rate(options.rate),
        subtitles_path=options.subtitles,
        script_path=options.script,
        marker_table_path=options.markers,
        briefs_path=options.briefs,
        style=options.style,
        brief_text=options.brief,
        places=options.places,
        brief_writer=options.brief_writer,
        looks=not options.no_look,
        affect=options.affect,
        eyes=options.eyes,
        edits=_edits(options),
    )


def _settings(options: argparse.Namespace) -> ScoreSettings:
    from hitpoint.pipeline import ScoreSettings

    subtitles, script, out, brief = options.subtitles, options.script, options.out, options.brief
    if options.command == "demo":
        from hitpoint.resources import resources_folder

        folder = resources_folder() / "demo"
        cut = folder / "chase.otio"
        subtitles, script = subtitles or folder / "chase.srt", script or folder / "chase.fountain"
        out, brief = out or Path("hitpoint-demo"), brief or "tense, builds to the bridge"
    else:
        cut = options.cut
    return ScoreSettings(
        cut_path=cut,
        out_folder=out,
        style=options.style,
        brief_text=brief,
        subtitles_path=subtitles,
        script_path=script,
        marker_table_path=options.markers,
        seed=options.seed,
        loudness=options.loudness,
        profile=options.profile,
        is_stems_only=options.stems_only,
        tempo_choice=options.tempo_choice,
        soundfont_path=options.soundfont,
        wants_video=options.video or options.command == "demo",
        wants_plot=options.plot or options.command == "demo",
        processes=options.processes,
        rate=_rate(options.rate),
        briefs_path=options.briefs,
        places=options.places,
        brief_writer=options.brief_writer,
        looks=not options.no_look,
        affect=options.affect,
        eyes=options.eyes,
        edits=_edits(options),
        themes_path=options.themes,
        alternates=tuple(name.strip() for name in options.alternates.split(",") if name.strip()),
        reference_path=options.reference,
        sound=options.sound,
        model=options.model,
        candidates=options.candidates,
        device=options.device,
    )


def _edits(options: argparse.Namespace) -> Edits | None:
    from hitpoint.spotting.edits import read_edits

    return None if options.edits is None else read_edits(options.edits)


def _rate(text: str | None) -> FrameRate | None:
    from hitpoint.model.time import frame_rate_from_text

    return None if text is None else frame_rate_from_text(text)


@contextmanager
def _progress_bar(*, quiet: bool) -> Iterator[Progress]:
    """Show one bar on standard error while it is a terminal; otherwise a line for each step."""
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        seen: set[str] = set()

        def say(fraction: float, sentence: str) -> None:
            if not quiet and sentence not in seen:
                seen.add(sentence)
                print(f"{fraction:4.0%} {sentence}", file=sys.stderr, flush=True)

        yield Progress(say)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading the cut", total=1.0)
        yield Progress(lambda fraction, sentence: bar.update(task, completed=fraction, description=sentence))


def _print_summary(report: dict[str, Any]) -> None:
    from rich.console import Console

    from hitpoint.delivery.summary import summary_table

    Console().print(summary_table(report))


def _print_styles(*, as_json: bool) -> int:
    from hitpoint.resources import load_palettes

    palettes = load_palettes()
    if as_json:
        print(json.dumps({p.id: {"name": p.name, "description": p.description} for p in palettes.values()}, indent=2))
    else:
        for palette in palettes.values():
            print(f"{palette.id:18} {palette.description}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
