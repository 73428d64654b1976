"""Show, Attend and Tell in PyTorch, of the layers that kerasuite's `CaptionNet` has."""

import numpy as np
import torch
from torch import nn


class CaptionNet(nn.Module):
    """Features of a grid and words → logits and attention; `step` makes one word of it."""

    def __init__(self, vocabulary: int, channels: int, units: int, embedding: int, dropout: float):
        super().__init__()
        self.standardize = nn.BatchNorm1d(channels, eps=1e-3, affine=False)
        self.first_output = nn.Linear(channels, units)
        self.first_carry = nn.Linear(channels, units)
        self.memory = nn.Linear(channels, units)
        self.keys = nn.Linear(units, units, bias=False)
        self.words = nn.Embedding(vocabulary, embedding)
        self.query = nn.Linear(units, units, bias=False)
        self.score = nn.Linear(units, 1, bias=False)
        self.gate = nn.Linear(units, 1)
        self.cell = nn.LSTMCell(embedding + units, units)
        self.say = nn.Linear(2 * units, embedding)
        self.logits = nn.Linear(embedding, vocabulary)
        self.drop, self.drop_memory = nn.Dropout(dropout), nn.Dropout(dropout / 2)

    def forward(self, features: torch.Tensor, ids: torch.Tensor) -> tuple[torch.Tensor, ...]:
        state = self.start(features)
        words = self.drop(self.words(ids))
        said, attention = [], []
        for x in words.unbind(1):
            vector, weights, state = self._look(x, state)
            said.append(vector)
            attention.append(weights)
        x = words + self.say(torch.stack(said, 1))
        return self.logits(self.drop(x)), torch.stack(attention, 1)

    def start(self, features: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What is known before the first word: output, carry, memory, keys."""
        places = self.standardize(features.flatten(0, 2)).unflatten(0, (len(features), -1))
        # A channel is dropped at all places.
        places = places * self.drop(places.new_ones(len(places), 1, places.shape[-1]))
        pooled, memory = places.mean(1), self.memory(places).relu()
        memory = memory * self.drop_memory(memory.new_ones(len(memory), 1, memory.shape[-1]))
        output, carry = self.first_output(pooled).tanh(), self.first_carry(pooled).tanh()
        return output, carry, memory, self.keys(memory)

    def step(self, ids: torch.Tensor, state: tuple[torch.Tensor, ...]):
        """One word [batch] → logits, and the state after it."""
        words = self.words(ids)
        vector, _, state = self._look(words, state)
        return self.logits(words + self.say(vector)), state

    def _look(self, x: torch.Tensor, state: tuple[torch.Tensor, ...]):
        output, carry, memory, keys = state
        scores = self.score(torch.tanh(self.query(output)[:, None] + keys)).squeeze(-1)
        weights = scores.softmax(-1)
        seen = torch.bmm(weights[:, None], memory)[:, 0] * self.gate(output).sigmoid()
        output, carry = self.cell(torch.cat([x, seen], 1), (output, carry))
        return torch.cat([output, seen], 1), weights, (output, carry, memory, keys)

    @torch.no_grad()
    def take(self, net) -> None:
        """Takes the weights of a Keras `CaptionNet` of the kind "soft_attention"."""
        by_path = {w.path: w.numpy() for w in net.weights}

        def put(parameter: nn.Parameter, *ends: str) -> None:
            (value,) = (v for path, v in by_path.items() if path.endswith(ends))
            value = value.T if value.ndim == 2 and parameter.shape == value.T.shape else value
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(value).reshape(parameter.shape)))

        put(self.standardize.running_mean, "standardize/moving_mean")
        put(self.standardize.running_var, "standardize/moving_variance")
        for name in ("first_output", "first_carry", "memory", "say", "logits"):
            put(getattr(self, name).weight, f"{name}/kernel")
            put(getattr(self, name).bias, f"{name}/bias")
        put(self.keys.weight, "keys/kernel")
        put(self.words.weight, "target_embedding/embeddings")
        put(self.query.weight, "attention/kernel")
        put(self.score.weight, "attention/vector")
        put(self.gate.weight, "gate/kernel")
        put(self.gate.bias, "gate/bias")
        put(self.cell.weight_ih, "cell_0/kernel")
        put(self.cell.weight_hh, "cell_0/recurrent_kernel")
        put(self.cell.bias_ih, "cell_0/bias")
        self.cell.bias_hh.zero_()


@torch.no_grad()
def beam_search(
    net: CaptionNet,
    features: torch.Tensor,
    *,
    start: int,
    end: int,
    longest: int,
    beams: int,
    alpha: float,
) -> list[list[int]]:
    """The best caption of each picture, all pictures and beams in one batch."""
    batch, never = len(features), float("-inf")
    state = tuple(x.repeat_interleave(beams, 0) for x in net.start(features))
    ids = torch.full((batch, beams, 1), start)
    totals = torch.full((batch, beams), never)
    totals[:, 0] = 0.0
    best = torch.full((batch,), never)
    found: list[list[int]] = [[] for _ in range(batch)]
    ended, done = torch.zeros(batch, dtype=torch.long), torch.zeros(batch, dtype=torch.bool)
    first = torch.arange(batch)[:, None] * beams
    for length in range(1, longest + 1):
        logits, state = net.step(ids[:, :, -1].reshape(-1), state)
        logs = totals[..., None] + logits.log_softmax(-1).view(batch, beams, -1)
        scores, index = logs.flatten(1).topk(2 * beams)
        parents, words = index // logits.shape[-1], index % logits.shape[-1]
        longer = torch.cat([ids.gather(1, parents[..., None].expand(-1, -1, length)),
                            words[..., None]], -1)  # fmt: skip
        ends = (words == end) | (length == longest)
        finished = ends[:, :beams] & scores[:, :beams].isfinite() & ~done[:, None]
        ranked = torch.where(finished, scores[:, :beams] / ((5 + length) / 6) ** alpha, never)
        value, which = ranked.max(1)
        for i in torch.nonzero(value > best).flatten().tolist():
            best[i], found[i] = value[i], longer[i, which[i], 1:].tolist()
        ended += finished.sum(1)
        totals, going = scores.masked_fill(ends, never).topk(beams)
        ids = longer.gather(1, going[..., None].expand(-1, -1, length + 1))
        rows = (first + parents.gather(1, going)).flatten()
        state = tuple(x[rows] for x in state)
        hope = totals[:, 0] / ((5 + longest) / 6) ** alpha
        done |= (ended >= beams) | (best >= hope)
        if done.all():
            break
    return found
