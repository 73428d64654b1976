"""Small nets: without a paper of their own, or made to show one idea."""

from kerasuite.models.spec import Spec

SPECS = (
    Spec(
        name="mlp",
        builder="kerasuite.models.mlp:MLP",
        summary="Fully connected layers on the pixels: the baseline",
        input_shape=(28, 28, 1),
    ),
    Spec(
        name="small_cnn",
        builder="kerasuite.models.small_cnn:SmallCNN",
        summary="Six convolutions with batch norm, made to train fast on a CPU",
        input_shape=(28, 28, 1),
    ),
    Spec(
        name="zeiler_cnn",
        builder="kerasuite.models.zeiler_cnn:ZeilerCNN",
        summary="Three convolutions with stochastic pooling, the first net that had it",
        paper="Zeiler & Fergus 2013, Stochastic pooling for regularization of deep convolutional "
        "neural networks",
        input_shape=(32, 32, 3),
        figure="CIFAR-10 84.87 % without augmentation",
    ),
)
