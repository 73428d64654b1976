"""Luong's encoder-decoder in PyTorch, of the layers that kerasuite's EncoderDecoder has."""

import torch
from torch import nn
from torch.nn.utils import rnn


class EncoderDecoder(nn.Module):
    """Two layers on either side, the bottom one of the encoder in both directions; "general"."""

    def __init__(self, vocabulary: int, units: int, dropout: float):
        super().__init__()
        self.sources = nn.Embedding(vocabulary, units)
        self.targets = nn.Embedding(vocabulary, units)
        for embedding in (self.sources, self.targets):
            nn.init.normal_(embedding.weight, std=units**-0.5)
        self.both = nn.LSTM(units, units // 2, bidirectional=True, batch_first=True)
        self.upper = nn.LSTM(units, units, batch_first=True)
        self.decoder = nn.LSTM(units, units, 2, dropout=dropout, batch_first=True)
        self.keys = nn.Linear(units, units, bias=False)
        self.combine = nn.Linear(2 * units, units)
        self.drop = nn.Dropout(dropout)

    def read(self, embedding: nn.Embedding, ids: torch.Tensor) -> torch.Tensor:
        return self.drop(embedding(ids)) * embedding.embedding_dim**0.5

    def forward(self, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        lengths = (source != 0).sum(1)
        packed = rnn.pack_padded_sequence(
            self.read(self.sources, source), lengths, batch_first=True, enforce_sorted=False
        )
        x, bottom = self.both(packed)
        x, _ = rnn.pad_packed_sequence(x, batch_first=True, total_length=source.shape[1])
        packed = rnn.pack_padded_sequence(
            self.drop(x), lengths, batch_first=True, enforce_sorted=False
        )
        x, upper = self.upper(packed)
        memory, _ = rnn.pad_packed_sequence(x, batch_first=True, total_length=source.shape[1])
        state = tuple(
            torch.stack([torch.cat([low[0], low[1]], 1), high[0]])
            for low, high in zip(bottom, upper, strict=True)
        )
        x, _ = self.decoder(self.read(self.targets, target), state)
        scores = x @ self.keys(memory).transpose(1, 2)
        weights = scores.masked_fill((source == 0)[:, None], -1e9).softmax(-1)
        x = torch.tanh(self.combine(torch.cat([x, weights @ memory], -1)))
        return self.drop(x) @ self.targets.weight.T
