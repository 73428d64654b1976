"""A detector's classes by logistic regression on what held nets see in the true boxes."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from kerasuite.data.boxed import Boxed
from kerasuite.data.reading import with_bar
from kerasuite.layers.box_means import box_means
from kerasuite.models.retinanet_classes import TRUST

# scikit-learn's C is this divided by the number of things: however many views there are of a few
# hundred things, a thousand maps must not be weighed freely.
_STRENGTH = 1.25
# The logit of a class that no thing has.
_NEVER = -20.0
# With which the names of the held nets begin.
_HELD = "held_"
# Batches; fewer take a few seconds.
_SLOW = 20


def learn_box_classes(model: keras.Model, part: Boxed, batch_size: int) -> None:
    """Sets the layers "told_…" of a RetinaNet with `class_head="boxes"`.

    What a net's own classifier hints at is added to the answers of this layer as it is, less its
    mean over all things: where it knows nothing of a class it says nothing.

    Args:
        model: pictures from 0 to 255 → a layer "normalize", then the RetinaNet.
        part: pictures with boxes to learn from.
        batch_size: pictures at once.
    """
    net = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    members = [x.name.removeprefix(_HELD) for x in net.layers if x.name.startswith(_HELD)]
    seen, labels = _looked_at(model, net, members, part, batch_size)
    for member in members:
        told = net.get_layer(f"told_{member}")
        maps = seen[f"maps_{member}"]
        scale = StandardScaler().fit(maps)
        kernel, bias = _regression(scale.transform(maps), labels, told.units)
        kernel = kernel / scale.scale_[:, None]
        bias = bias - scale.mean_ @ kernel
        if f"hints_{member}" in seen:
            bias = bias - TRUST * seen[f"hints_{member}"].mean(0)
        told.set_weights([kernel, bias])


def _looked_at(
    model: keras.Model, net: keras.Model, members: Sequence[str], part: Boxed, batch_size: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Of each thing the mean of each member's last maps and of its hints; and its class."""
    most = max(1, *(len(these) for these in part.labels))
    pictures, boxes = keras.Input(part.shape), keras.Input((most, 4))
    x, names = model.get_layer("normalize")(pictures), {layer.name for layer in net.layers}
    outputs = {}
    for member in members:
        rescaled = f"rescaled_{member}"
        maps = net.get_layer(f"{_HELD}{member}")(
            net.get_layer(rescaled)(x) if rescaled in names else x
        )
        outputs[f"maps_{member}"] = box_means(ops.cast(maps, "float32"), boxes)
        if f"evidence_{member}" in names:
            known = net.get_layer(f"known_{member}")(maps)
            evidence = net.get_layer(f"evidence_{member}")(known)
            outputs[f"hints_{member}"] = box_means(evidence, boxes)
    height, width = part.shape[:2]
    shares = np.array([width, height, width, height], "float32")
    look = keras.Model([pictures, boxes], outputs)
    count = -(-len(part) // batch_size)
    batches = with_bar(part.batches(batch_size), count, "Learning classes", least=_SLOW)
    found = [look.predict_on_batch([x, boxes / shares]) for x, boxes, _ in batches]
    there = np.array([[i < len(these) for i in range(most)] for these in part.labels])
    seen = {name: np.concatenate([batch[name] for batch in found])[there] for name in outputs}
    return seen, np.concatenate(part.labels)


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
