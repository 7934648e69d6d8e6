"""A small instruct model on this machine answers: Gemma 2, or any other that transformers loads.

Its answer begins with a brace that we wrote for it, is made of the likeliest words (the same question has the same
answer), and ends where the object ends. What it says is checked as what a server says.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hitpoint.accelerator import Device, Shelf, is_out_of_memory
from hitpoint.accelerator.device import import_torch
from hitpoint.accelerator.libraries import first_line, quiet_transformers
from hitpoint.model.errors import DeviceMemoryError
from hitpoint.model.progress import Progress
from hitpoint.spotting.brief_writer.chat import ChatError
from hitpoint.weights import Weights

#: What all cues may take, and one of them of that: a CPU reads a long question for a minute.
_TOTAL_S, _TOTAL_ON_CPU_S = 120.0, 600.0
REQUEST_SHARE = 0.5
#: Of an answer; a brief has some 200 to 400.
MOST_TOKENS = 900
#: How our part of the answer begins.
_BEGINNING = "{"
#: Between two looks at whether to stop.
_LOOK_S = 0.1


def usual_total_s(device: Device) -> float:
    """Return how long all briefs may take where the user says nothing."""
    return _TOTAL_ON_CPU_S if device.kind == "cpu" else _TOTAL_S


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    model: Any
    tokenizer: Any


class LocalModel:
    """A `Chat` with a model from local files; loaded at the first question, shared on the shelf."""

    def __init__(self, weights: Weights, *, shelf: Shelf, most_tokens: int = MOST_TOKENS) -> None:
        self._weights, self._shelf, self._most_tokens = weights, shelf, most_tokens
        self.who = f"the language model {weights.name}"

    def notice(self, numbers: str, material: str) -> str:
        """Return the sentence that says who was asked; it stayed on this machine."""
        return (
            f"{self.who}, loaded on this machine ({self._shelf.device.name}), was asked about {numbers}; nothing of it "
            "left the machine"
        )

    def ask(
        self,
        messages: Sequence[dict[str, str]],
        *,
        schema: dict[str, Any],
        timeout_s: float,
        progress: Progress,
        sentence: str,
    ) -> str:
        """Return the text of an answer; see `Chat`."""
        watch = _Watch(progress, sentence, timeout_s)
        device = self._shelf.device
        key = f"language {self._weights.folder} {device.number_format}"
        try:
            with self._shelf.lend(key, self._load, size_bytes=self._size_bytes()) as loaded:
                return self._answer(loaded, with_form(messages, schema), watch)
        except DeviceMemoryError as error:
            raise ChatError(f"does not fit into memory ({error})", is_final=True) from None
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        self._shelf.put_idle_away()  # outside the except: the traceback holds on to what filled the memory
        raise ChatError(f"ran out of memory on {device.name}", is_final=True)

    def _size_bytes(self) -> int:
        halves = 1 if self._shelf.device.number_format == "float16" else 2
        if self._weights.card is not None:
            return self._weights.card.device_bytes * halves
        files = [file for pattern in ("*.safetensors", "*.bin") for file in self._weights.folder.glob(pattern)]
        return sum(file.stat().st_size for file in files)

    def _load(self) -> _Loaded:
        folder, device, torch = str(self._weights.folder), self._shelf.device, import_torch()
        with quiet_transformers() as transformers:
            try:
                config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
                model = transformers.AutoModelForCausalLM.from_pretrained(
                    folder, config=config, local_files_only=True, dtype=getattr(torch, number_format(config, device))
                )
                tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
            except (OSError, ValueError, KeyError, ImportError) as error:
                raise ChatError(
                    f"cannot be loaded from {folder} ({first_line(error)}); fetch its files again", is_final=True
                ) from error
        return _Loaded(model=model.eval().requires_grad_(False).to(device.torch_name), tokenizer=tokenizer)

    def _answer(self, loaded: _Loaded, messages: Sequence[dict[str, str]], watch: _Watch) -> str:
        torch, model, tokenizer = import_torch(), loaded.model, loaded.tokenizer
        asked = question_text(tokenizer, messages) + _BEGINNING
        # the template has written the signs of the beginning already
        tokens = tokenizer(asked, add_special_tokens=False, return_tensors="pt")["input_ids"].to(model.device)
        count = tokens.shape[1]
        longest = getattr(model.config, "max_position_embeddings", None)
        if longest is not None and count + self._most_tokens > longest:
            raise ChatError(f"reads {longest} tokens at most, and the question has {count}")
        with quiet_transformers() as transformers, torch.inference_mode(), _watched(model, watch):
            # of the settings that come with the model only the signs of the end count: the rest is for sampling
            settings = transformers.GenerationConfig(
                do_sample=False,
                max_new_tokens=self._most_tokens,
                bos_token_id=model.generation_config.bos_token_id,
                eos_token_id=model.generation_config.eos_token_id or tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id or tokenizer.eos_token_id or 0,
            )

            def said(ids: Any) -> str:
                return _BEGINNING + str(tokenizer.decode(ids[0, count:], skip_special_tokens=True))

            def is_whole(ids: Any, scores: Any, **_: Any) -> Any:
                watch.look()
                may_end = "}" in tokenizer.decode(ids[0, -1:])
                return torch.full((len(ids),), may_end and _is_object(said(ids)), device=ids.device)

            answered = model.generate(
                tokens,
                attention_mask=torch.ones_like(tokens),
                generation_config=settings,
                stopping_criteria=transformers.StoppingCriteriaList([is_whole]),
            )
        if answered.shape[1] - count >= self._most_tokens and not _is_object(said(answered)):
            raise ChatError("broke off in the middle of its answer")
        return said(answered)


class _Watch:
    """Looks whether to stop, a few times a second; raises out of the model's layers where it must."""

    def __init__(self, progress: Progress, sentence: str, timeout_s: float) -> None:
        self._progress, self._sentence, self._timeout_s = progress, sentence, timeout_s
        self._until = time.monotonic() + timeout_s
        self._next = 0.0

    def look(self, *_: Any) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _LOOK_S
        self._progress.update(0.0, self._sentence)
        if now > self._until:
            raise ChatError(f"did not answer within {self._timeout_s:.3g} s")


@contextmanager
def _watched(model: Any, watch: _Watch) -> Iterator[None]:
    """Look before every part of every layer: a long question is read in one go, which takes a CPU a minute."""
    hooks = [part.register_forward_pre_hook(watch.look) for part in model.modules() if not any(part.children())]
    try:
        watch.look()
        yield
    finally:
        for hook in hooks:
            hook.remove()


def number_format(config: Any, device: Device) -> str:
    """Return torch's name of the numbers for the weights.

    What was trained in bfloat16 (Gemma 2) leaves the range of float16 in the middle of the model.
    """
    if device.kind == "cpu":
        return device.number_format
    torch = import_torch()
    trained = getattr(config, "dtype", None) or getattr(config, "torch_dtype", None)
    has_bfloat = device.kind == "mps" or torch.cuda.is_bf16_supported()
    return "bfloat16" if has_bfloat and trained in (torch.bfloat16, "bfloat16") else device.number_format


def with_form(messages: Sequence[dict[str, str]], schema: dict[str, Any]) -> list[dict[str, str]]:
    """Return the messages with the form of the answer at their end: nothing else tells a model of its own about it."""
    names = {
        line: part["type"] if part["type"] != "array" else [_form_of(part["items"])]
        for line, part in schema["properties"].items()
    }
    *first, last = messages
    form = f"\n\nThe form of your answer, with all these lines and nothing around it:\n{json.dumps(names)}"
    return [*first, {**last, "content": last["content"] + form}]


def _form_of(part: dict[str, Any]) -> Any:
    if part["type"] == "object":
        return {line: inner["type"] for line, inner in part["properties"].items()}
    return part["type"]


def question_text(tokenizer: Any, messages: Sequence[dict[str, str]]) -> str:
    """Return the messages as the model was taught to read them.

    A template that knows no system message (Gemma 2's raises an error) gets its text at the head of the user's.

    Raises
    ------
    ChatError
        There is no template, or it takes neither.
    """
    if not getattr(tokenizer, "chat_template", None):
        raise ChatError("has no chat template: it is not made to be asked; take an instruct model", is_final=True)
    folded = [
        {"role": "user", "content": "\n\n".join(message["content"] for message in messages)},
    ]
    told = ""
    for said in (list(messages), folded):
        try:
            return str(tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True))
        except Exception as error:  # whatever a template does: it is a program of its own
            told = first_line(error)
    raise ChatError(f"has a chat template that does not work ({told})", is_final=True)


def _is_object(text: str) -> bool:
    """Return whether a text holds a whole JSON object from its first brace on."""
    try:
        json.JSONDecoder().raw_decode(text, text.index("{"))
    except (ValueError, RecursionError):
        return False
    return True
