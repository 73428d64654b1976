"""The two nets of a run, and what each method brings."""

from dataclasses import dataclass
from typing import Any

import keras

from kerasuite import models
from kerasuite.apps.image_generator.config import ImageGeneratorConfig
from kerasuite.training.adam import Adam
from kerasuite.training.gan import GAN


@dataclass(frozen=True)
class Recipe:
    """What the paper of a method has.

    Attributes:
        loss: the adversarial loss.
        optimizer: its name, and its arguments beside the learning rate.
        norm: of dcgan's discriminator.
        gan: further arguments of `GAN`.
    """

    loss: str
    optimizer: tuple[str, dict[str, float]]
    norm: str | None
    gan: dict[str, Any]


_ADAM = ("Adam", {"beta_1": 0.5})

OPTIMIZERS = {"adam": ("Adam", {"beta_1": 0.5, "beta_2": 0.9}), "rmsprop": ("RMSprop", {})}
"""Those that can be asked for; WGAN-GP's authors took this Adam for points."""
POINT_PENALTY = 0.1  # of points, as in the code of WGAN-GP's authors

RECIPES = {
    "gan": Recipe("non_saturating", _ADAM, "batch", {}),
    "wgan": Recipe("wasserstein", ("RMSprop", {}), "batch", {"clip": 0.01, "n_critic": 5}),
    "wgan_gp": Recipe(
        "wasserstein",
        ("Adam", {"beta_1": 0.0, "beta_2": 0.9}),
        "layer",
        {"gradient_penalty": 10.0, "n_critic": 5},
    ),
    "consensus": Recipe("non_saturating", ("RMSprop", {}), "batch", {"consensus": 10.0}),
}


def build_gan(config: ImageGeneratorConfig, shape: tuple[int, ...], classes: int) -> GAN:
    """The compiled GAN of a run.

    Args:
        config: its options.
        shape: of an example: (height, width, channels), or (2,) for points.
        classes: that can be asked for; 0 for none.
    """
    recipe = RECIPES[config.method]
    generator, discriminator = _nets(config, recipe, shape, classes)
    own: dict[str, Any] = {} if config.n_critic is None else {"n_critic": config.n_critic}
    penalty = config.penalty or (POINT_PENALTY if len(shape) == 1 else None)
    weight = "consensus" if config.method == "consensus" else "gradient_penalty"
    if penalty and weight in recipe.gan:
        own[weight] = penalty
    gan = GAN(
        generator,
        discriminator,
        **{**recipe.gan, **own},
        loss=config.loss or recipe.loss,
        smoothing=config.smoothing,
        ema=config.ema,
        augment=config.augment,
        seed=config.seed,
        name=f"{'conditional_' if classes else ''}{config.method}",
    )
    name, arguments = OPTIMIZERS[config.optimizer] if config.optimizer else recipe.optimizer
    optimizer = Adam if name == "Adam" else keras.optimizers.RMSprop
    gan.compile(
        optimizer(config.learning_rate, **arguments),
        optimizer(config.discriminator_rate or config.learning_rate, **arguments),
        jit_compile=config.jit,
    )
    return gan


def critic_steps(config: ImageGeneratorConfig) -> int:
    """How many steps the discriminator takes for one of the generator."""
    return config.n_critic or RECIPES[config.method].gan.get("n_critic", 1)


def _nets(
    config: ImageGeneratorConfig, recipe: Recipe, shape: tuple[int, ...], classes: int
) -> tuple[keras.Model, keras.Model]:
    noise = (config.latent,)
    if config.net == "dense" or len(shape) == 1:
        hidden = {"hidden_units": (8 * config.width,) * 2}
        activation = "tanh" if len(shape) == 3 else None
        return (
            models.DenseGenerator(noise, shape, classes, activation=activation, **hidden),
            models.DenseDiscriminator(shape, classes, **hidden),
        )
    norm = config.norm or recipe.norm
    return (
        models.DCGANGenerator(noise, shape, classes, width=config.width),
        models.DCGANDiscriminator(
            shape,
            classes,
            width=config.width,
            norm=None if norm == "none" else norm,
            projection=config.projection,
        ),
    )
