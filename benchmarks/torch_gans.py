"""DCGAN and pix2pix in plain PyTorch, of the layers that kerasuite's nets have, to compare with.

A step is that of PyTorch's own DCGAN example and of the pix2pix authors' code: the generator
answers once, the discriminator learns from the answer, and then the generator from what the
discriminator says.
"""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional


class Generator(nn.Sequential):
    """DCGAN's, noise (batch, latent, 1, 1) to pictures of 28x28."""

    def __init__(self, latent: int, width: int, channels: int):
        super().__init__(
            nn.ConvTranspose2d(latent, 2 * width, 7, bias=False),
            nn.BatchNorm2d(2 * width), nn.ReLU(inplace=True),
            nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Tanh(),
        )  # fmt: skip


class Discriminator(nn.Sequential):
    """DCGAN's, pictures of 28x28 to scores."""

    def __init__(self, width: int, channels: int):
        super().__init__(
            nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(2 * width, 1, 7, bias=False), nn.Flatten(),
        )  # fmt: skip


class UNet(nn.Module):
    """pix2pix's generator, for pictures of 64x64: six halvings."""

    def __init__(self, width: int, channels: int, depth: int = 6):
        super().__init__()
        maps = [width * min(8, 2**i) for i in range(depth)]
        self.downs, self.ups = nn.ModuleList(), nn.ModuleList()
        for i, n in enumerate(maps):
            parts = [nn.Conv2d(maps[i - 1] if i else channels, n, 4, 2, 1, bias=False)]
            if 0 < i < depth - 1:
                parts.append(nn.BatchNorm2d(n))
            self.downs.append(nn.Sequential(*([nn.LeakyReLU(0.2)] if i else []), *parts))
        ins = maps[-1]
        for i, n in enumerate(reversed(maps[:-1])):
            parts = [nn.ConvTranspose2d(ins, n, 4, 2, 1, bias=False), nn.BatchNorm2d(n)]
            parts += [nn.Dropout(0.5)] if i == 0 else []
            self.ups.append(nn.Sequential(nn.ReLU(), *parts))
            ins = 2 * n
        last = nn.ConvTranspose2d(ins, channels, 4, 2, 1)
        self.last = nn.Sequential(nn.ReLU(), last, nn.Tanh())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        bridges = []
        for down in self.downs:
            x = down(x)
            bridges.append(x)
        x = bridges.pop()
        for up in self.ups:
            x = torch.cat([bridges.pop(), up(x)], 1)
        return self.last(x)


class PatchDiscriminator(nn.Sequential):
    """pix2pix's discriminator of patches of 16 pixels: both pictures' channels to scores."""

    def __init__(self, width: int, channels: int):
        super().__init__(
            nn.Conv2d(2 * channels, width, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width, 2 * width, 4, 1, 1, bias=False),
            nn.BatchNorm2d(2 * width), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(2 * width, 1, 4, 1, 1),
        )  # fmt: skip


def dcgan_step(real: torch.Tensor, latent: int, width: int) -> Callable[[], float]:
    """Returns a step of training on a batch of real pictures."""
    layout = _layout(real)
    generator = Generator(latent, width, real.shape[1]).to(memory_format=layout)
    discriminator = Discriminator(width, real.shape[1]).to(memory_format=layout)
    optimizers = [_adam(generator), _adam(discriminator)]

    def step() -> float:
        fake = generator(torch.randn(len(real), latent, 1, 1))
        optimizers[1].zero_grad()
        told = _judged(discriminator(real), True) + _judged(discriminator(fake.detach()), False)
        told.backward()
        optimizers[1].step()
        optimizers[0].zero_grad()
        loss = _judged(discriminator(fake), True)
        loss.backward()
        optimizers[0].step()
        return loss.item() + told.item()

    return step


def pix2pix_step(given: torch.Tensor, wanted: torch.Tensor, width: int) -> Callable[[], float]:
    """Returns a step of training on a batch of pairs of pictures."""
    layout = _layout(given)
    generator = UNet(width, given.shape[1]).to(memory_format=layout)
    discriminator = PatchDiscriminator(width, given.shape[1]).to(memory_format=layout)
    optimizers = [_adam(generator), _adam(discriminator)]

    def step() -> float:
        made = generator(given)
        discriminator.requires_grad_(True)
        optimizers[1].zero_grad()
        real = _judged(discriminator(torch.cat([given, wanted], 1)), True)
        fake = _judged(discriminator(torch.cat([given, made.detach()], 1)), False)
        told = 0.5 * (real + fake)
        told.backward()
        optimizers[1].step()
        discriminator.requires_grad_(False)
        optimizers[0].zero_grad()
        fooling = _judged(discriminator(torch.cat([given, made], 1)), True)
        loss = fooling + 100 * functional.l1_loss(made, wanted)
        loss.backward()
        optimizers[0].step()
        return loss.item() + told.item()

    return step


def _judged(scores: torch.Tensor, real: bool) -> torch.Tensor:
    labels = torch.full_like(scores, float(real))
    return functional.binary_cross_entropy_with_logits(scores, labels)


def _adam(net: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999))


def _layout(pictures: torch.Tensor) -> torch.memory_format:
    last = pictures.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format
