"""One step of MusicGen's decoder, over memory that is set aside beforehand, so that a graph of it can be captured.

The library's own step allocates, asks the device for lengths, and goes through some fifty Python calls a layer: on a
card most of the time of a token is spent there. This one runs the same weights (the layers are the model's own modules)
in the same order; tests hold its logits against the library's.
"""

from __future__ import annotations

from typing import Any

from hitpoint.accelerator.device import import_torch

Tensor = Any

_EVEN = 64


class DecoderStep:
    """The decoder with its memory of what it has heard.

    Parameters
    ----------
    decoder : MusicgenForCausalLM or MusicgenMelodyForCausalLM
    rows : int
        Of a batch; with guidance twice the number of windows.
    longest : int
        Most positions, with what stands before the first code.
    heard : tensor [shape=(rows, n, hidden)] or None
        What the plain model attends to beside its own codes: the text.
    """

    def __init__(self, decoder: Any, *, rows: int, longest: int, heard: Tensor | None) -> None:
        torch = import_torch()
        self._torch = torch
        self._decoder = decoder
        self._stack = decoder.model.decoder
        self._heads = decoder.lm_heads
        config = decoder.config
        self.codebooks = config.num_codebooks
        # kernels for attention with a mask want even lengths
        self.longest = longest = -(-longest // _EVEN) * _EVEN
        weight = self._heads[0].weight
        self._parts = config.num_attention_heads
        shape = (rows, self._parts, longest, config.hidden_size // self._parts)
        self._keys, self._values = (
            [torch.zeros(shape, dtype=weight.dtype, device=weight.device) for _ in self._stack.layers] for _ in range(2)
        )
        table = self._stack.embed_positions.get_embedding(longest, config.hidden_size)
        self._positions = table.to(dtype=weight.dtype, device=weight.device)
        self._places = torch.arange(longest, device=weight.device)
        self._heard: list[tuple[Tensor, Tensor]] = []
        if heard is not None:
            for layer in self._stack.layers:
                crossing = layer.encoder_attn
                self._heard.append((self._split(crossing.k_proj(heard)), self._split(crossing.v_proj(heard))))

    def embed(self, codes: Tensor) -> Tensor:
        """Return codes [shape=(rows, codebooks, n)] as what the layers read [shape=(rows, n, hidden)]."""
        tables = self._stack.embed_tokens
        return sum(tables[book](codes[:, book]) for book in range(self.codebooks))

    def __call__(self, embedded: Tensor, places: Tensor, span: int) -> Tensor:
        """Return the logits [shape=(rows, codebooks, vocabulary), float32] after the last of some positions.

        Parameters
        ----------
        embedded : tensor [shape=(rows, n, hidden)]
        places : tensor of int [shape=(n,)]
            Where they stand, rising.
        span : int
            Positions to look back at; above every place.
        """
        mask = self._places[:span] <= places[:, None]
        hidden = embedded + self._positions[places]
        for index, layer in enumerate(self._stack.layers):
            hidden = hidden + self._listen_back(index, layer, layer.self_attn_layer_norm(hidden), places, span, mask)
            if self._heard:
                keys, values = self._heard[index]
                crossing = layer.encoder_attn
                query = self._split(crossing.q_proj(layer.encoder_attn_layer_norm(hidden)))
                hidden = hidden + crossing.out_proj(self._joined(self._attend(query, keys, values, None)))
            inner = layer.fc1(layer.final_layer_norm(hidden))
            hidden = hidden + layer.fc2(layer.activation_fn(inner))
        last = self._stack.layer_norm(hidden[:, -1])
        return self._torch.stack([head(last) for head in self._heads], dim=1).float()

    def _listen_back(self, index: int, layer: Any, hidden: Tensor, places: Tensor, span: int, mask: Tensor) -> Tensor:
        own = layer.self_attn
        self._keys[index][:, :, places] = self._split(own.k_proj(hidden))
        self._values[index][:, :, places] = self._split(own.v_proj(hidden))
        keys, values = self._keys[index][:, :, :span], self._values[index][:, :, :span]
        return own.out_proj(self._joined(self._attend(self._split(own.q_proj(hidden)), keys, values, mask)))

    def _attend(self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
        return self._torch.nn.functional.scaled_dot_product_attention(query, keys, values, attn_mask=mask)

    def _split(self, hidden: Tensor) -> Tensor:
        rows, count, width = hidden.shape
        return hidden.view(rows, count, self._parts, width // self._parts).transpose(1, 2)

    def _joined(self, attended: Tensor) -> Tensor:
        rows, _, count, _ = attended.shape
        return attended.transpose(1, 2).reshape(rows, count, -1)
