"""Generators and discriminators of adversarial networks."""

import functools

from kerasuite.models.spec import Spec

_DCGAN = (
    "Radford et al. 2016, Unsupervised representation learning with deep convolutional generative "
    "adversarial networks"
)
_GAN = "Goodfellow et al. 2014, Generative adversarial nets"
_MODULE = "kerasuite.models.gan"

_generator = functools.partial(Spec, input_shape=(100,), classes=0, task="generate")
_discriminator = functools.partial(Spec, classes=0, task="discriminate")

# The parameters of DCGAN's nets are those of PyTorch's example, examples/dcgan.
SPECS = (
    _generator(
        name="dcgan_generator",
        builder=f"{_MODULE}:DCGANGenerator",
        summary="100 numbers of noise into pictures of 64x64, by transposed convolutions alone",
        paper=_DCGAN,
        parameters=3_576_704,
        size=(64, 64),
    ),
    _discriminator(
        name="dcgan_discriminator",
        builder=f"{_MODULE}:DCGANDiscriminator",
        summary="Tells pictures of 64x64 from generated ones, by strided convolutions alone",
        paper=_DCGAN,
        input_shape=(64, 64, 3),
        parameters=2_765_568,
        size=(64, 64),
    ),
    _generator(
        name="dense_generator",
        builder=f"{_MODULE}:DenseGenerator",
        summary="Noise into pictures of 28x28 by dense layers, as in the first GAN",
        paper=_GAN,
        size=(28, 28),
    ),
    _discriminator(
        name="dense_discriminator",
        builder=f"{_MODULE}:DenseDiscriminator",
        summary="Tells pictures of 28x28 from generated ones by dense layers",
        paper=_GAN,
        input_shape=(28, 28, 1),
        size=(28, 28),
    ),
)
