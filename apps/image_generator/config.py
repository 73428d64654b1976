"""What image_generator is, which options it has, and its ready-made studies."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Expected, Study, option_error

GAUSSIANS = ("ring", "grid")


@dataclass(frozen=True)
class ImageGeneratorConfig(Config):
    """Options of image_generator."""

    data: str | None = None
    """ring or grid (of Gaussians), a picture set of the catalogue, or a folder of pictures, with a
    folder per class or without; left out, fashion_mnist_6k."""
    epochs: int = 30
    """Passes over the training data."""
    batch_size: int = 64
    """Examples per step of the discriminator."""
    learning_rate: float = 2e-4
    """Step size of the generator's optimizer."""
    method: Literal["gan", "wgan", "wgan_gp", "consensus"] = "gan"
    """GAN; Wasserstein GAN with clipped weights, or with gradient penalty; consensus optimization.
    Each brings its paper's loss, optimizer, norm, and steps of the critic."""
    net: Literal["dcgan", "dense"] = "dcgan"
    """Convolutions as in DCGAN, or dense layers as in the first GAN (always so for Gaussians)."""
    conditional: bool = False
    """Learn the classes too, and make pictures of a class that is asked for."""
    projection: bool = True
    """conditional dcgan: the discriminator holds the class against its last maps, by their inner
    product; if off, the class is one more channel of the picture."""
    loss: Literal["minimax", "non_saturating", "least_squares", "wasserstein", "hinge"] | None = (
        None
    )
    """The adversarial loss; left out, the method's own."""
    latent: int = 64
    """Numbers of noise that an example is made of."""
    width: int = 32
    """Maps of dcgan next to the picture; units of each hidden layer of dense are eight times it."""
    norm: Literal["batch", "layer", "spectral", "none"] | None = None
    """Normalization in dcgan's discriminator; left out, the method's own."""
    n_critic: int | None = None
    """Steps of the discriminator for one of the generator; left out, the method's own."""
    discriminator_rate: float | None = None
    """Step size of the discriminator's optimizer; left out, --learning-rate."""
    held: float = 1.0
    """Share of the epochs after which both step sizes fall, in a straight line towards 0."""
    optimizer: Literal["adam", "rmsprop"] | None = None
    """Of both sides: Adam with decays of 0.5 and 0.9, or RMSprop; left out, the method's own."""
    penalty: float | None = None
    """Weight of the gradient penalty of wgan_gp, or of consensus; left out, the papers' 10, or 0.1
    for ring and grid."""
    smoothing: float = 0.0
    """One-sided label smoothing: how far the label of real examples is below 1."""
    ema: float = 0.0
    """Answer with an average of the generator's weights; how much of it stays at each step."""
    augment: tuple[Literal["color", "translation", "cutout"], ...] = ()
    """Pictures: how all that the discriminator sees is changed at random, which few pictures need;
    color, translation, cutout, or several of them."""
    image_size: int | None = None
    """Side of the pictures in pixels, a multiple of 4; left out, the data set's own, or 64."""
    points: int = 20_000
    """Points of ring and grid to learn from."""
    judge_epochs: int = 3
    """Passes over the training pictures of the classifier that generated ones are measured by."""
    vae_epochs: int = 10
    """Passes over the training pictures of the variational autoencoder that generated ones are
    compared with; 0 for none."""
    samples: int = 2000
    """How many examples are generated to be measured; half as many after each epoch."""
    limit: int | None = None
    """Use at most this many pictures of each split."""

    def check(self) -> None:
        super().check()
        for name, low in (
            ("latent", 1),
            ("width", 1),
            ("judge_epochs", 1),
            ("vae_epochs", 0),
            ("samples", 20),
            ("points", 100),
        ):
            if (value := getattr(self, name)) < low:
                raise option_error(name, f"a whole number of at least {low}", value)
        if self.n_critic is not None and self.n_critic < 1:
            raise option_error("n_critic", "at least 1", self.n_critic)
        if self.discriminator_rate is not None and not 0 < self.discriminator_rate < float("inf"):
            raise option_error("discriminator_rate", "a number above 0", self.discriminator_rate)
        if not 0 <= self.held <= 1:
            raise option_error("held", "from 0 to 1", self.held)
        if self.penalty is not None and not 0 < self.penalty < float("inf"):
            raise option_error("penalty", "a number above 0", self.penalty)
        if self.penalty is not None and self.method not in ("wgan_gp", "consensus"):
            raise option_error("penalty", "given with wgan_gp or consensus", self.penalty)
        if not 0 <= self.ema < 1:
            raise option_error("ema", "at least 0 and below 1", self.ema)
        if self.image_size is not None and (self.image_size % 4 or not 8 <= self.image_size <= 512):
            raise option_error("image_size", "a multiple of 4 from 8 to 512", self.image_size)
        if self.limit is not None and self.limit < 20:
            raise option_error("limit", "at least 20", self.limit)
        self._check_combinations()

    def _check_combinations(self) -> None:
        if not 0 <= self.smoothing < 0.5:
            raise option_error("smoothing", "at least 0 and below 0.5", self.smoothing)
        loss = self.loss or ("wasserstein" if self.method.startswith("wgan") else "non_saturating")
        if self.smoothing and loss in ("wasserstein", "hinge"):
            raise option_error("smoothing", f"0 with the loss {loss}", self.smoothing)
        if self.method == "wgan_gp" and self.norm == "batch":
            raise option_error("norm", "another one with --method wgan_gp", self.norm)
        if self.method == "consensus":
            if self.n_critic not in (None, 1):
                raise option_error("n_critic", "1 with --method consensus", self.n_critic)
            if self.precision == "mixed_float16":
                raise option_error("precision", "another with --method consensus", self.precision)
        if self.data in GAUSSIANS and self.augment:
            raise option_error("augment", "left out for ring and grid", ",".join(self.augment))
        if self.data in GAUSSIANS and self.conditional:
            raise option_error("conditional", "off for ring and grid", self.conditional)


_MNIST = {"data": "mnist"}
_GOAL = "kerasuite's own goal"

ABOUT = About(
    title="Pictures made of noise",
    summary="Trains adversarial networks to make pictures like yours: GAN, DCGAN, conditional GAN, "
    "WGAN, WGAN-GP, consensus optimization; and measures them",
    papers=(
        "I. Goodfellow et al.: Generative Adversarial Nets. NIPS 2014",
        "M. Mirza, S. Osindero: Conditional Generative Adversarial Nets. arXiv 2014",
        "A. Radford, L. Metz, S. Chintala: Unsupervised Representation Learning with Deep "
        "Convolutional Generative Adversarial Networks. ICLR 2016",
        "M. Arjovsky, S. Chintala, L. Bottou: Wasserstein GAN. ICML 2017",
        "I. Gulrajani et al.: Improved Training of Wasserstein GANs. NIPS 2017",
        "L. Mescheder, S. Nowozin, A. Geiger: The Numerics of GANs. NIPS 2017",
        "S. Zhao, Z. Liu, J. Lin, J.-Y. Zhu, S. Han: Differentiable Augmentation for "
        "Data-Efficient GAN Training. NeurIPS 2020",
    ),
    tags=("pictures", "generation", "adversarial"),
    expected=(
        Expected("modes_found", _GOAL, {"data": "ring", "method": "wgan_gp"}, at_least=8),
        Expected("modes_found", _GOAL, {"data": "ring", "method": "consensus"}, at_least=8),
        Expected("modes_found", _GOAL, {"data": "grid", "method": "wgan_gp"}, at_least=25),
        Expected("modes_found", _GOAL, {"data": "grid", "method": "consensus"}, at_least=25),
        Expected("classes_found", _GOAL, _MNIST, at_least=10),
        Expected("class_accuracy", _GOAL, {**_MNIST, "conditional": True}, at_least=0.97),
    ),
)

_DEFAULT = ImageGeneratorConfig()
_GAUSSIANS = ImageGeneratorConfig(
    data="ring",
    method="wgan_gp",
    net="dense",
    latent=2,
    width=16,
    batch_size=128,
    n_critic=2,
    points=100_000,
    epochs=16,
    optimizer="adam",
    learning_rate=2e-3,
    discriminator_rate=4e-3,
    held=0.0,
)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        epochs=3,
        width=8,
        latent=16,
        limit=400,
        batch_size=32,
        conditional=True,
        learning_rate=1e-3,
        judge_epochs=1,
        vae_epochs=1,
        samples=100,
        tensorboard=False,
    ),
    "gaussians": _GAUSSIANS,
    "digits": dataclasses.replace(
        _DEFAULT,
        data="mnist",
        conditional=True,
        epochs=10,
        learning_rate=5e-4,
        held=0.5,
        ema=0.995,
        judge_epochs=6,
    ),
    # Few pictures: what the discriminator sees is changed at random, or it knows them all by heart.
    "emoji": dataclasses.replace(
        _DEFAULT,
        data="noto_emoji",
        latent=100,
        epochs=110,
        batch_size=32,
        loss="hinge",
        norm="spectral",
        augment=("color", "translation", "cutout"),
        learning_rate=3e-4,
        discriminator_rate=9e-4,
        held=0.6,
        ema=0.995,
        judge_epochs=10,
        samples=1000,
    ),
    "full": dataclasses.replace(
        _DEFAULT, data="mnist", conditional=True, width=64, latent=100, epochs=50, ema=0.999
    ),
}

STUDIES: dict[str, Study] = {
    "modes": Study(
        "Modes of a ring and a grid, by method",
        "a plain GAN loses modes; with consensus optimization it finds them all",
        ("data=ring,grid", "method=gan,consensus"),
        {
            "tensorboard": "false",
            "net": "dense",
            "latent": "2",
            "width": "16",
            "batch_size": "128",
            "points": "100000",
            "epochs": "16",
            "optimizer": "adam",
            "learning_rate": "1e-3",
            "discriminator_rate": "4e-3",
            "held": "0.4",
        },
    ),
}
