"""Generators and discriminators of adversarial networks."""

from kerasuite.models.spec import Spec

_DCGAN = (
    "Radford et al. 2016, Unsupervised representation learning with deep convolutional generative "
    "adversarial networks"
)
_GAN = "Goodfellow et al. 2014, Generative adversarial nets"
_MODULE = "kerasuite.models.gan"

SPECS = (
    Spec(
        name="dcgan_generator",
        builder=f"{_MODULE}:DCGANGenerator",
        summary="100 numbers of noise into pictures of 64x64, by transposed convolutions alone",
        paper=_DCGAN,
        input_shape=(100,),
        classes=0,
        # Those of PyTorch's example, examples/dcgan.
        parameters=3_576_704,
        size=(64, 64),
        task="generate",
    ),
    Spec(
        name="dcgan_discriminator",
        builder=f"{_MODULE}:DCGANDiscriminator",
        summary="Tells pictures of 64x64 from generated ones, by strided convolutions alone",
        paper=_DCGAN,
        input_shape=(64, 64, 3),
        classes=0,
        parameters=2_765_568,
        size=(64, 64),
        task="discriminate",
    ),
    Spec(
        name="dense_generator",
        builder=f"{_MODULE}:DenseGenerator",
        summary="Noise into pictures of 28x28 by dense layers, as in the first GAN",
        paper=_GAN,
        input_shape=(100,),
        classes=0,
        size=(28, 28),
        task="generate",
    ),
    Spec(
        name="dense_discriminator",
        builder=f"{_MODULE}:DenseDiscriminator",
        summary="Tells pictures of 28x28 from generated ones by dense layers",
        paper=_GAN,
        input_shape=(28, 28, 1),
        classes=0,
        size=(28, 28),
        task="discriminate",
    ),
)
