"""Small nets without a paper of their own."""

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
)
