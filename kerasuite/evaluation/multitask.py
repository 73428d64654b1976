"""What is worth knowing of a net that answers several questions about each example."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from kerasuite.evaluation.classification import evaluate_classifier

Tasks = Sequence[tuple[str, tuple[str, ...]]]


def evaluate_tasks(
    labels: np.ndarray, probabilities: Mapping[str, np.ndarray], tasks: Tasks
) -> dict[str, Any]:
    """Measures the answers to all tasks, each alone and together.

    Args:
        labels: int `[n, tasks]`, the true class of each example in each task.
        probabilities: by task, float `[n, classes]`, each row summing to one.
        tasks: the name of each task with the names of its classes, in the order of `labels`.

    Returns:
        A dict of plain numbers and lists, ready for JSON: `mean_accuracy` over the tasks,
        `joint_accuracy`, the share of examples with all tasks right, `<task>_accuracy` of each,
        and `tasks`, by name what `evaluate_classifier` returns.

    Raises:
        ValueError: if shapes do not fit, or there is no task.
    """
    labels = np.asarray(labels)
    if not tasks or labels.ndim != 2 or labels.shape[1] != len(tasks):
        raise ValueError(
            "`labels` must have a column for each task, at least one. Received: shape "
            f"{labels.shape}, {len(tasks)} tasks"
        )
    details = {
        task: evaluate_classifier(labels[:, i], probabilities[task], names)
        for i, (task, names) in enumerate(tasks)
    }
    right = [probabilities[t].argmax(axis=1) == labels[:, i] for i, (t, _) in enumerate(tasks)]
    return {
        "mean_accuracy": float(np.mean(right)),
        "joint_accuracy": float(np.all(right, axis=0).mean()),
        **{f"{task}_accuracy": one["accuracy"] for task, one in details.items()},
        "tasks": details,
    }


def residual_shares(net: keras.Model, pictures: np.ndarray) -> list[dict[str, Any]]:
    """How much each branch of a cross-residual net takes from itself and from the others.

    Args:
        net: a `CrossResidualNet` with at least one task.
        pictures: float `[n, height, width, channels]`, as the net takes them.

    Returns:
        For each block of each task a record: "task", "block" of its stage from 1, and "shares",
        by source the root mean square of what it adds to the block's sum, as a share of all.
        Sources are "residual" (the block's convolutions), "shortcut" (its own input) and the
        other tasks.
    """
    names = {layer.name for layer in net.layers}
    found, outputs = [], {}
    for task in net.output_names:
        ends = (n.removeprefix(f"{task}_stage3_") for n in names)
        for block in sorted(int(end) for end in ends if end.isdigit()):
            name = f"{task}_stage3_{block}"
            residual, shortcut, *_ = net.get_layer(name).input
            terms = {"residual": residual, "shortcut": shortcut}
            for other in net.output_names:
                if f"{name}_weighted_{other}" in names:
                    terms[other] = net.get_layer(f"{name}_weighted_{other}").output
            outputs |= {f"{len(found)} {source}": term for source, term in terms.items()}
            found.append({"task": task, "block": block})
    pictures = keras.ops.convert_to_tensor(pictures, net.inputs[0].dtype)
    values = keras.Model(net.inputs, outputs)(pictures, training=False)
    values = {key: keras.ops.convert_to_numpy(value) for key, value in values.items()}
    for i, record in enumerate(found):
        sizes = {
            key.partition(" ")[2]: float(np.sqrt(np.mean(np.square(value, dtype="float64"))))
            for key, value in values.items()
            if key.partition(" ")[0] == str(i)
        }
        total = sum(sizes.values()) or 1.0
        record["shares"] = {source: size / total for source, size in sizes.items()}
    return found
