"""A detector's classes by logistic regression on what held nets see in the true boxes."""

from typing import Any

import keras
import numpy as np
from keras import ops
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from kerasuite.data.boxed import Boxed
from kerasuite.data.reading import with_bar
from kerasuite.layers.box_means import box_means
from kerasuite.models.retinanet_classes import REGION, TRUST, has_layer

# scikit-learn's C is this divided by the number of things: however many views there are of a few
# hundred things, a thousand maps must not be weighed freely.
_STRENGTH = 1.25
# The logit of a class that no thing has.
_NEVER = -20.0
# Batches; fewer take a few seconds.
_SLOW = 20


def learn_box_classes(model: keras.Model, part: Boxed, batch_size: int) -> None:
    """Sets the layers "told" of a RetinaNet with `class_head="boxes"`: its own and its regions'.

    What a net's own classifier hints at is added to the answers of this layer as it is, less its
    mean over all things: where it knows nothing of a class it says nothing.

    Args:
        model: pictures from 0 to 255 → a layer "normalize", then the RetinaNet.
        part: pictures with boxes to learn from.
        batch_size: pictures at once.
    """
    net = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    most = max(1, *(len(these) for these in part.labels))
    pictures, boxes = keras.Input(part.shape), keras.Input((most, 4))
    x = model.get_layer("normalize")(pictures)
    outputs, told = {"": _in_pictures(net, x, boxes)}, {"": net.get_layer("told")}
    if has_layer(net, "regions"):
        regions = net.get_layer("regions")
        outputs[REGION] = _in_regions(regions, x, boxes)
        told[REGION] = regions.get_layer(f"{REGION}told")
    look = keras.Model([pictures, boxes], outputs)
    seen = _looked_at(look, part, most, batch_size)
    labels = np.concatenate(part.labels)
    for prefix, layer in told.items():
        maps, *hints = seen[prefix]
        scale = StandardScaler().fit(maps)
        kernel, bias = _regression(scale.transform(maps), labels, layer.units)
        kernel = kernel / scale.scale_[:, None]
        bias = bias - scale.mean_ @ kernel
        for these in hints:
            bias = bias - TRUST * these.mean(0)
        layer.set_weights([kernel, bias])


def _in_pictures(net: keras.Model, x: Any, boxes: Any) -> list[Any]:
    """Means of the maps of whole pictures over boxes, and of the hints if there are any."""
    maps = net.get_layer("held")(x)
    return [
        box_means(ops.cast(these, "float32"), boxes) for these in (maps, *_hints(net, maps, ""))
    ]


def _in_regions(regions: keras.Model, x: Any, boxes: Any) -> list[Any]:
    """Means of the maps of the boxes' cut-outs, and of the hints if there are any."""
    crops = regions.get_layer("crops")(x, boxes)
    x = ops.reshape(crops, (-1, *crops.shape[2:]))
    if has_layer(regions, f"{REGION}rescaled"):
        x = regions.get_layer(f"{REGION}rescaled")(x)
    maps = regions.get_layer(f"{REGION}held")(x)
    means = [
        ops.mean(ops.cast(y, "float32"), (1, 2)) for y in (maps, *_hints(regions, maps, REGION))
    ]
    return [ops.reshape(y, (-1, boxes.shape[1], y.shape[-1])) for y in means]


def _hints(net: keras.Model, maps: Any, prefix: str) -> list[Any]:
    if not has_layer(net, f"{prefix}evidence"):
        return []
    known, evidence = (net.get_layer(f"{prefix}{name}") for name in ("known", "evidence"))
    return [evidence(known(maps))]


def _looked_at(
    look: keras.Model, part: Boxed, most: int, batch_size: int
) -> dict[str, list[np.ndarray]]:
    """What `look` answers of each thing, [things, maps]."""
    height, width = part.shape[:2]
    shares = np.array([width, height, width, height], "float32")
    count = -(-len(part) // batch_size)
    batches = with_bar(part.batches(batch_size), count, "Learning classes", least=_SLOW)
    found = [look.predict_on_batch([x, boxes / shares]) for x, boxes, _ in batches]
    there = np.array([[i < len(these) for i in range(most)] for these in part.labels])
    return {
        name: [np.concatenate(each)[there] for each in zip(*(x[name] for x in found), strict=True)]
        for name in look.output
    }


def _regression(seen: np.ndarray, labels: np.ndarray, classes: int) -> tuple[Any, Any]:
    """Kernel [maps, classes] and bias [classes]."""
    present = np.unique(labels)
    kernel, bias = np.zeros((seen.shape[1], classes)), np.full(classes, _NEVER)
    bias[present] = 0
    if len(present) > 1:
        fitted = LogisticRegression(C=_STRENGTH / len(labels), max_iter=1000).fit(seen, labels)
        weights, offsets = fitted.coef_, fitted.intercept_
        if len(present) == 2:  # one row: of the second against the first
            weights, offsets = (np.concatenate([-x, x]) / 2 for x in (weights, offsets))
        kernel[:, present], bias[present] = weights.T, offsets
    return kernel, bias
