"""A dense variational autoencoder in PyTorch, of the layers that kerasuite's has."""

import itertools
from collections.abc import Sequence

import torch
from torch import nn


class VAE(nn.Module):
    """Pixels from 0 to 1 → logits, and mean and logarithm of the variance of the code."""

    def __init__(self, pixels: int, hidden_units: Sequence[int], code: int):
        super().__init__()
        self.encoder = _layers([pixels, *hidden_units, 2 * code])
        self.decoder = _layers([code, *reversed(hidden_units), pixels])

    def forward(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        mean, log_variance = self.encoder(values).chunk(2, dim=1)
        code = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        return self.decoder(code), mean, log_variance


def _layers(sizes: Sequence[int]) -> nn.Sequential:
    made = []
    for before, after in itertools.pairwise(sizes):
        made += [nn.Linear(before, after), nn.ELU()]
    return nn.Sequential(*made[:-1])
