"""`hitpoint models`: list them, fetch one, check what was fetched, remove it."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from hitpoint.model.errors import Cancelled, MissingWeightsError, SettingError
from hitpoint.model.progress import Progress
from hitpoint.weights.cards import ModelCard, find_card, load_cards, with_needs
from hitpoint.weights.find import model_folder, models_folder, state_of
from hitpoint.weights.manifest import read_manifest

_LINE = "{:28} {:9} {:>6}  {:6} {:5} {}"
Bar = Callable[[], AbstractContextManager[Progress]]

_STATES = {"there": "yes", "damaged": "DAMAGED", "begun": "in part", "absent": "-"}


def run(options: argparse.Namespace, *, bar: Bar) -> int:
    """Do what the options ask for and return the exit code; raises `HitpointError` where nothing could be done."""
    if options.action == "fetch":
        return _fetch(options, bar)
    if options.action == "check":
        return _check(options, bar)
    if options.action == "remove":
        return _remove(options)
    return _list(as_json=options.json)


def _list(*, as_json: bool) -> int:
    cards = load_cards().values()
    if as_json:
        print(json.dumps({"folder": str(models_folder()), "models": [_row(card) for card in cards]}, indent=1))
        return 0
    print(_LINE.format("model", "for", "GB", "gate", "sell", "here"))
    for card in sorted(cards, key=lambda card: (card.kind == "part", card.kind)):
        gate, sell = "token" if card.is_gated else "-", "yes" if card.is_commercial else "NO"
        print(_LINE.format(card.id, card.kind, _gigabytes(card.size_bytes), gate, sell, _STATES[state_of(card)]))
        print(f"    {card.title}: {card.licence}")
        if card.caveat:
            print(f"    ! {card.caveat}")
    print(
        "\ngate: accept the licence on the model's page, then give a token; sell: may music made with it be sold freely"
    )
    for licence, terms, url in dict.fromkeys((card.licence, card.terms, card.licence_url) for card in cards):
        print(f"{licence} ({url}): {terms}")
    print(f"nothing is fetched unasked; `hitpoint models fetch ID` puts it into {models_folder()}")
    return 0


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f}" if size_bytes > 95e6 else f"{size_bytes / 1e9:.1g}"


def _row(card: ModelCard) -> dict[str, object]:
    manifest = read_manifest(model_folder(card))
    return {
        "id": card.id,
        "title": card.title,
        "kind": card.kind,
        "licence": card.licence,
        "licence_url": card.licence_url,
        "terms": card.terms,
        "is_commercial": card.is_commercial,
        "is_gated": card.is_gated,
        "caveat": card.caveat,
        "needs": list(card.needs),
        "size_bytes": card.size_bytes,
        "folder": str(model_folder(card)),
        "state": state_of(card),
        "commit": manifest.commit if manifest else None,
    }


def _fetch(options: argparse.Namespace, bar: Bar) -> int:
    asked = find_card(options.model)
    wanted = [card for card in with_needs(asked) if state_of(card) != "there" or (options.again and card is asked)]
    if not wanted:
        _say(options, f"{asked.title} is in {model_folder(asked)}; --again looks for a newer state of it")
        return 0
    from hitpoint.weights.fetch import check_room, fetch_model
    from hitpoint.weights.hub import Hub, refused

    hub = Hub(_token(options.token_from, is_asked=not options.yes))
    for card in wanted:
        if card.is_gated and not hub.has_token:
            raise MissingWeightsError(f"{card.title} cannot be fetched: {refused(card, has_token=False)}")
        if state_of(card) == "absent":
            check_room(card, card.size_bytes)
    _announce(wanted)
    if not options.yes:
        _ask()
    for card in wanted:
        try:
            with bar() as progress:
                manifest = fetch_model(card, hub, progress=progress)
        except (KeyboardInterrupt, Cancelled):
            raise Cancelled(
                f"stopped; what came of {card.title} stays, and the same command goes on from there "
                f"(hitpoint models remove {card.id} throws it away)"
            ) from None
        _say(
            options,
            f"{card.title}: {len(manifest.files)} files, {manifest.size_bytes / 1e9:.2f} GB, checked, in "
            f"{model_folder(card)}",
        )
    if options.json:
        print(json.dumps([_row(card) for card in wanted], indent=1))
    return 0


def _token(source: str | None, *, is_asked: bool) -> str | None:
    """Return the token from where the user keeps it; never from the command line, which others can read."""
    if source is None:
        return None
    if source == "-" and is_asked:
        raise SettingError("--token-from - reads the token from standard input, so nothing can be asked; add --yes")
    try:
        text = sys.stdin.readline() if source == "-" else Path(source).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"--token-from {source}: the file cannot be read ({type(error).__name__})") from error
    token = text.strip()
    if not token or any(character.isspace() for character in token):
        raise SettingError(f"--token-from {source} must hold the token and nothing else")
    return token


def _announce(wanted: list[ModelCard]) -> None:
    """Say what is to come before anything comes: on standard error, where questions go too."""
    for card in wanted:
        folder = model_folder(card)
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        lines = {
            "licence": f"{card.licence}, {card.licence_url}",
            "terms": card.terms,
            "selling": "music made with it may be sold" if card.is_commercial else "NOT without conditions: read them",
            "gate": "accept the licence on its page first; your token is shown to the hub" if card.is_gated else "",
            "mind": card.caveat,
            "size": f"about {card.size_bytes / 1e9:.2g} GB from {card.repository}",
            "goes to": f"{folder} ({shutil.disk_usage(existing).free / 1e9:.0f} GB free)",
        }
        print(f"{card.title} ({card.id})", file=sys.stderr)
        for name, text in lines.items():
            if text:
                print(f"  {name:8} {text}", file=sys.stderr)


def _ask() -> None:
    if not sys.stdin.isatty():
        raise SettingError(
            "nobody can be asked here (standard input is no terminal); nothing was fetched. Read the licence above, "
            "and add --yes if you accept it"
        )
    print("Fetch it and accept the licence? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Cancelled("nothing was fetched")


def _check(options: argparse.Namespace, bar: Bar) -> int:
    from hitpoint.weights.keep import check_model

    if options.model:
        cards = [find_card(options.model)]
    else:
        cards = [card for card in load_cards().values() if state_of(card) in ("there", "damaged")]
    found: dict[str, list[str]] = {}
    for card in cards:
        with bar() as progress:
            found[card.id] = check_model(card, progress=progress)
    if options.json:
        print(json.dumps(found, indent=1))
    elif not found:
        print(f"no model was fetched into {models_folder()}")
    else:
        for name, faults in found.items():
            print(f"{name}: {'as it was fetched' if not faults else '; '.join(faults)}")
            if faults:
                print(f"  fetch it again with: hitpoint models fetch {name} --again")
    return MissingWeightsError.exit_code if any(found.values()) else 0


def _remove(options: argparse.Namespace) -> int:
    from hitpoint.weights.keep import remove_model

    card = find_card(options.model)
    freed_bytes, left = remove_model(card)
    users = [other.id for other in load_cards().values() if card.id in other.needs and state_of(other) == "there"]
    if options.json:
        print(json.dumps({"freed_bytes": freed_bytes, "left": [str(path) for path in left], "needed_by": users}))
    else:
        print(f"{card.title}: removed, {freed_bytes / 1e9:.2f} GB freed")
        if users:
            print(f"! {', '.join(users)} cannot be used without it")
        for path in left:
            print(f"! {path} was not fetched by Hitpoint, and stays")
    return 0


def _say(options: argparse.Namespace, sentence: str) -> None:
    print(sentence, file=sys.stderr if options.json else sys.stdout)
