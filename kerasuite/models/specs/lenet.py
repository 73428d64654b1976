"""LeNet-5, of 1998 and of today."""

from kerasuite.models.spec import Spec

_PAPER = "LeCun et al. 1998, Gradient-based learning applied to document recognition"

SPECS = (
    Spec(
        name="lenet5",
        builder="kerasuite.models.lenet:LeNet5",
        summary="LeNet-5 as it is taught: every map sees all maps, average pooling, softmax",
        paper=_PAPER,
        input_shape=(32, 32, 1),
        parameters=61_706,
    ),
    Spec(
        name="lenet5_1998",
        builder="kerasuite.models.lenet:LeNet5Original",
        summary="LeNet-5 as published: connection table, trainable subsampling, RBF output",
        paper=_PAPER,
        input_shape=(32, 32, 1),
        parameters=60_000,
        figure="MNIST 99.05 %",
    ),
)
