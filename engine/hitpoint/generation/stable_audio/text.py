"""The text encoder of a model: from a folder of this machine, never from a hub.

The library's own conditioner fetches "t5-base" by that name and knows no folder (models/conditioners.py). So its place
is taken by this one, which gives the same embeddings and the same names in the state dict.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hitpoint.accelerator.device import import_torch
from hitpoint.generation.stable_audio.config import TextFacts
from hitpoint.model.errors import MissingWeightsError, SettingError
from hitpoint.weights import Weights, find_weights, load_cards


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFolders:
    """Where an encoder's weights lie, and where its tokenizer."""

    encoder: Path
    tokenizer: Path


def find_text(facts: TextFacts, weights: Weights) -> TextFolders:
    """Return where a text encoder lies: with the model, else among the models of this machine by its name.

    Raises
    ------
    MissingWeightsError
        It is not there; the sentence says how to fetch it.
    """
    name = facts.encoder.rsplit("/", 1)[-1]
    pairs = [("text_encoder", "tokenizer"), (name, name)]
    for encoder, tokenizer in pairs:
        if (weights.folder / encoder / "config.json").is_file() and (weights.folder / tokenizer).is_dir():
            return TextFolders(encoder=weights.folder / encoder, tokenizer=weights.folder / tokenizer)
    if name not in load_cards():
        raise SettingError(
            f"{weights.name} needs the text encoder {facts.encoder}, which Hitpoint does not know; put its files into "
            f"{weights.folder / name}"
        )
    folder = find_weights(name, kind="part").folder
    return TextFolders(encoder=folder, tokenizer=folder)


def load_text(facts: TextFacts, folders: TextFolders, *, width: int, number_format: str) -> Any:
    """Return a conditioner for the library's `MultiConditioner`: texts in, (embeddings, mask) out.

    Embeddings are of shape (texts, most_tokens, width), zero beyond each text.

    Raises
    ------
    MissingWeightsError
        A file is missing or damaged; nothing is looked for anywhere else.
    """
    torch = import_torch()
    from transformers import AutoTokenizer, T5EncoderModel

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folders.tokenizer), local_files_only=True)
        encoder = T5EncoderModel.from_pretrained(
            str(folders.encoder), local_files_only=True, dtype=getattr(torch, number_format)
        )
    except (OSError, ValueError) as error:
        told = " ".join(str(error).split())[:200]
        raise MissingWeightsError(
            f"the text encoder in {folders.encoder} is not whole ({told}); fetch the model again"
        ) from error
    encoder.requires_grad_(False)
    own_width = int(encoder.config.d_model)

    module: Any = torch.nn.Module

    class TextConditioner(module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            is_same = own_width == width and not facts.is_projected
            self.proj_out = torch.nn.Identity() if is_same else torch.nn.Linear(own_width, width)
            # not a submodule: the state dict of the model does not hold the encoder
            self.__dict__["encoder"] = encoder

        def forward(self, texts: list[str], device: Any) -> tuple[Any, Any]:
            self.__dict__["encoder"].to(device)
            tokens = tokenizer(
                texts, truncation=True, max_length=facts.most_tokens, padding="max_length", return_tensors="pt"
            )
            mask = tokens["attention_mask"].to(device).bool()
            found = encoder(input_ids=tokens["input_ids"].to(device), attention_mask=mask).last_hidden_state
            if not isinstance(self.proj_out, torch.nn.Identity):
                found = found.to(next(self.proj_out.parameters()).dtype)
            # as numbers of the other conditions, which it is put beside
            return self.proj_out(found).float() * mask.unsqueeze(-1), mask

        def count_tokens(self, text: str) -> int:
            return len(tokenizer(text, truncation=False, verbose=False)["input_ids"])

    return TextConditioner()
