"""Cross-residual nets, several tasks at once."""

from kerasuite.models.spec import Spec

SPECS = (
    Spec(
        name="cross_residual20",
        builder="kerasuite.models.cross_residual:CrossResidualNet",
        summary="Cross-residual net of CIFAR's size: tasks share two stages of three",
        paper="Jou & Chang 2016, Deep cross residual learning for multitask visual recognition",
        arguments={"classes": {"fine": 10, "coarse": 2}},
        task="multitask",
    ),
)
