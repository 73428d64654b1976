"""A detector's classes by logistic regression on what a held net sees in the true boxes."""

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
# Batches; fewer take a few seconds.
_SLOW = 20


def learn_box_classes(model: keras.Model, part: Boxed, batch_size: int) -> None:
    """Sets the layer "told" of a RetinaNet with `class_head="boxes"`.

    What the net's own classifier hints at is added to the answers of this layer as it is, less its
    mean over all things: where it knows nothing of a class it says nothing.

    Args:
        model: pictures from 0 to 255 → a layer "normalize", then the RetinaNet.
        part: pictures with boxes to learn from.
        batch_size: pictures at once.
    """
    net = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    told = net.get_layer("told")
    seen, hints, labels = _looked_at(model, net, part, batch_size)
    scale = StandardScaler().fit(seen)
    kernel, bias = _regression(scale.transform(seen), labels, told.units)
    kernel = kernel / scale.scale_[:, None]
    bias = bias - scale.mean_ @ kernel
    if hints is not None:
        bias = bias - TRUST * hints.mean(0)
    told.set_weights([kernel, bias])


def _looked_at(
    model: keras.Model, net: keras.Model, part: Boxed, batch_size: int
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Of each thing the mean of the last maps, that of the hints, and its class."""
    most = max(1, *(len(these) for these in part.labels))
    pictures, boxes = keras.Input(part.shape), keras.Input((most, 4))
    names = {layer.name for layer in net.layers}
    x = model.get_layer("normalize")(pictures)
    if "rescaled" in names:
        x = net.get_layer("rescaled")(x)
    maps = net.get_layer("held")(x)
    outputs = {"seen": box_means(ops.cast(maps, "float32"), boxes)}
    if "evidence" in names:
        evidence = net.get_layer("evidence")(net.get_layer("known")(maps))
        outputs["hints"] = box_means(evidence, boxes)
    height, width = part.shape[:2]
    shares = np.array([width, height, width, height], "float32")
    look = keras.Model([pictures, boxes], outputs)
    count = -(-len(part) // batch_size)
    batches = with_bar(part.batches(batch_size), count, "Learning classes", least=_SLOW)
    found = [look.predict_on_batch([x, boxes / shares]) for x, boxes, _ in batches]
    there = np.array([[i < len(these) for i in range(most)] for these in part.labels])
    whole = {name: np.concatenate([batch[name] for batch in found])[there] for name in outputs}
    return whole["seen"], whole.get("hints"), np.concatenate(part.labels)


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
