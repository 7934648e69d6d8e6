"""What a publisher offers: which files, of which size and checksum, in which state; asked of the hub's own library.

The bytes themselves come by httpx (transfer.py): huggingface_hub 2.4 downloads into a file of a name of its own for
each process and deletes it when the process ends, so what a killed fetch had could never be used again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, NoReturn, cast

from hitpoint import __version__
from hitpoint.model.errors import MissingToolError, MissingWeightsError
from hitpoint.weights.cards import ModelCard

_PICKLES = (".bin", ".ckpt", ".pt", ".pth")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedFile:
    """One file as its publisher announces it.

    A large file is announced with the SHA-256 of its content (`sha256`), a small one with the SHA-1 that Git gives it
    (`git_sha1`).
    """

    path: str
    size_bytes: int
    sha256: str | None = None
    git_sha1: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is needed of a repository: the state (`commit`) and the files that a card asks for."""

    commit: str
    files: tuple[OfferedFile, ...]

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(file.size_bytes for file in self.files)


class Hub:
    """The hub, with a token or without.

    Parameters
    ----------
    token : str or None
        For gated models; None takes the one that the library knows (HF_TOKEN, or its own login).

    Raises
    ------
    MissingToolError
        huggingface_hub, which comes with the neural extra, is not installed.
    """

    def __init__(self, token: str | None = None) -> None:
        try:
            from huggingface_hub import HfApi, get_token
        except ImportError as error:
            raise MissingToolError(
                "fetching models needs huggingface_hub, which comes with the neural extra; "
                "run: python3 installer/run.py install --neural"
            ) from error
        self._token = token or get_token()
        # read anew: the library reads it once, when it is imported
        self._endpoint = os.environ.get("HF_ENDPOINT") or None
        self._api: Any = HfApi(
            endpoint=self._endpoint, token=self._token, library_name="hitpoint", library_version=__version__
        )

    @property
    def has_token(self) -> bool:
        """Whether there is a token to show."""
        return bool(self._token)

    @property
    def headers(self) -> dict[str, str]:
        """What to send when a file is asked for."""
        own = {"User-Agent": f"hitpoint/{__version__}"}
        return {**own, "Authorization": f"Bearer {self._token}"} if self._token else own

    def offer(self, card: ModelCard) -> Offer:
        """Return what is offered of a model now.

        Raises `MissingWeightsError`: it cannot be reached, is gated, or lacks what is needed.
        """
        from huggingface_hub.errors import HfHubHTTPError

        # of the HTTP library that huggingface_hub is built on, which was another one in every version of it
        of_transport = cast(type[Exception], HfHubHTTPError.__bases__[0])
        try:
            told = self._api.model_info(card.repository, revision=card.revision, files_metadata=True, timeout=30)
            if told.gated:
                self._api.auth_check(card.repository)
        except (of_transport, OSError) as error:
            self._explain(card, error)
        chosen = chosen_files(card, [_offered(card, sibling) for sibling in told.siblings or ()])
        return Offer(commit=told.sha, files=chosen)

    def address(self, card: ModelCard, offer: Offer, file: OfferedFile) -> str:
        """Return where a file is to be had."""
        from huggingface_hub import hf_hub_url

        url: str = hf_hub_url(card.repository, file.path, revision=offer.commit, endpoint=self._endpoint)
        return url

    def _explain(self, card: ModelCard, error: Exception) -> NoReturn:
        from huggingface_hub.errors import (
            GatedRepoError,
            HfHubHTTPError,
            OfflineModeIsEnabled,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )

        what = f"{card.title} cannot be fetched"
        if isinstance(error, OfflineModeIsEnabled):
            sentence = "HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) forbids it; unset it for this command"
        elif isinstance(error, GatedRepoError):
            sentence = refused(card, has_token=self.has_token)
        elif isinstance(error, RevisionNotFoundError):
            sentence = f"{card.repository} has no state {card.revision!r}; Hitpoint's list of models is too old"
        elif isinstance(error, RepositoryNotFoundError):
            sentence = f"there is no repository {card.repository}, or it is shown to others only, or the token is wrong"
        elif isinstance(error, HfHubHTTPError):
            sentence = f"{card.repository} was answered with {error.response.status_code}; try again later"
        else:
            where = self._endpoint or "the hub"
            sentence = f"{where} cannot be reached ({type(error).__name__}); check the network and try again"
        raise MissingWeightsError(f"{what}: {sentence}") from error


def refused(card: ModelCard, *, has_token: bool) -> str:
    """Return the sentence about a gate."""
    if has_token:
        return (
            f"your token is not let in to {card.repository}; accept the licence on its page with the account that the "
            "token belongs to, and wait for the publisher's consent where he asks for that"
        )
    return (
        f"{card.repository} is gated; accept the licence on its page with an account of yours, and give a token of "
        f"that account: hitpoint models fetch {card.id} --token-from FILE (or in HF_TOKEN)"
    )


def chosen_files(card: ModelCard, offered: list[OfferedFile]) -> tuple[OfferedFile, ...]:
    """Return what a card's patterns ask for; a pickle only where no safetensors file lies in the same folder.

    Raises `MissingWeightsError` where there are no weights, or a path leads out of the folder.
    """
    found = [file for file in offered if any(fnmatchcase(file.path, pattern) for pattern in card.files)]
    for file in found:
        if not _is_inside(file.path):
            raise MissingWeightsError(
                f"{card.title} cannot be fetched: {card.repository} names a file {file.path!r}, which would lie "
                "outside the model's folder"
            )
    safe = {PurePosixPath(file.path).parent for file in found if file.path.endswith(".safetensors")}
    found = [file for file in found if not (file.path.endswith(_PICKLES) and PurePosixPath(file.path).parent in safe)]
    if not any(file.path.endswith((".safetensors", *_PICKLES)) for file in found):
        raise MissingWeightsError(
            f"{card.title} cannot be fetched: {card.repository} holds no file of weights that fits "
            f"{', '.join(card.files)}; its publisher changed it, or Hitpoint's list of models is too old"
        )
    return tuple(sorted(found, key=lambda file: file.path))


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and not any(c in path for c in "\\:\0")


def _offered(card: ModelCard, sibling: Any) -> OfferedFile:
    lfs = sibling.lfs
    size = lfs.size if lfs is not None else sibling.size
    if size is None or (lfs is None and sibling.blob_id is None):
        raise MissingWeightsError(
            f"{card.title} cannot be fetched: the hub does not say size and checksum of {sibling.rfilename}"
        )
    return OfferedFile(
        path=sibling.rfilename,
        size_bytes=size,
        sha256=lfs.sha256 if lfs is not None else None,
        git_sha1=None if lfs is not None else sibling.blob_id,
    )
