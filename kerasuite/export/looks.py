"""A detector that looks twice, taken apart: at whole pictures, and at the boxes found."""

import keras


def split_looks(model: keras.Model) -> tuple[keras.Model, keras.Model | None]:
    """The two nets of a detector with "regions"; what the first says can be changed in between.

    Args:
        model: pictures from 0 to 255 → a layer "normalize", then a `RetinaNet`; or any other
            detector.

    Returns:
        The net of whole pictures; and that of pictures and the first's "things" and "boxes", which
        answers "regions" and "region_classes", see `models.retinanet_classes.region_classes`. For
        a detector without regions itself, and None.
    """
    if "regions" not in model.output:
        return model, None
    net = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    regions, normalize = net.get_layer("regions"), model.get_layer("normalize")
    own = {name: x for name, x in net.output.items() if name not in regions.output}
    pictures = keras.Input(model.input_shape[1:], name="pictures")
    first = keras.Model(pictures, keras.Model(net.inputs, own)(normalize(pictures)))
    pictures, things, boxes = inputs = [
        keras.Input(x.shape[1:], name=x.name) for x in regions.inputs
    ]
    return first, keras.Model(inputs, regions([normalize(pictures), things, boxes]))
