"""C3D, nets for clips."""

from kerasuite.models.spec import Spec

SPECS = (
    Spec(
        name="c3d",
        builder="kerasuite.models.c3d:C3D",
        summary="C3D as published: eight 3x3x3 convolutions, two dense layers of 4096",
        paper="Tran et al. 2014, Learning spatiotemporal features with 3D convolutional networks",
        input_shape=(16, 112, 112, 3),
        classes=487,
        parameters=79_991_015,
        size=(112, 112),
        task="classify_video",
    ),
    Spec(
        name="c3d_small",
        builder="kerasuite.models.c3d:SmallC3D",
        summary="Three 3x3x3 convolutions for small clips, trains on a CPU",
        input_shape=(16, 32, 32, 1),
        task="classify_video",
    ),
)
