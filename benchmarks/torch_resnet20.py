"""ResNet-20 for CIFAR in PyTorch, with shortcuts of zero maps, as kerasuite builds it."""

import itertools

import torch
from torch import nn
from torch.nn import functional


class _Unit(nn.Module):
    def __init__(self, ins: int, outs: int):
        super().__init__()
        self.stride, self.missing = (1, 0) if ins == outs else (2, outs - ins)
        self.conv1 = nn.Conv2d(ins, outs, 3, self.stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outs)
        self.conv2 = nn.Conv2d(outs, outs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        if self.missing:
            x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.missing))
        return functional.relu(x + y, inplace=True)


class ResNet20(nn.Sequential):
    """(batch, 3, height, width) to the logits of 10 classes."""

    def __init__(self):
        widths = [16] * 4 + [32] * 3 + [64] * 3
        units = [_Unit(a, b) for a, b in itertools.pairwise(widths)]
        super().__init__(
            nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True),
            *units,
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
        )  # fmt: skip
