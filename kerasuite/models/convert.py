"""Weights of other libraries' models, brought into models of kerasuite."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from kerasuite.models.pairing import counterparts, in_order

# "layer/weight" to array, by the names and in the layouts of Keras.
Arrays = dict[str, np.ndarray]
# What else is known of a layer: its strides, its epsilon.
Facts = dict[tuple[str, str], Any]

_TORCH_EPSILON = 1e-5
_TORCH_NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}
# What a layer computes with where it has no such weight.
_DEFAULTS = {"gamma": 1.0, "beta": 0.0, "bias": 0.0}


def load_weights_from(source: str, model: keras.Model, reference: Any) -> None:
    """Sets the weights of a model from another library's model of the same structure.

    Biases of convolutions that the model has without bias move into the batch norm after them;
    scales that the reference lacks are ones, offsets zeros; different epsilons are evened out
    in the variances. The model then computes what the reference does. A model without top
    leaves the reference's classifier.

    From keras.applications: ResNet50, 101 and 152 (into models with `stride_first=True`),
    DenseNet121, 169 and 201, VGG16 and 19, InceptionV3 and InceptionResNetV2. From timm (or
    torchvision, whose names are the same): the resnet, wide_resnet and resnext models with the
    plain stem, and the densenets; inception_v4, inception_resnet_v2, mobilenetv2_100 and
    tf_efficientnet_lite0 to 4. ResNet v2 is built otherwise in both, PyTorch's inception_v3
    averages over its padding too, and MobileNetV2 is padded otherwise in keras.applications.
    Strides are compared where the reference is a model; a mapping does not tell them, nor its
    epsilon (taken as the model's own, and as 1e-5 of timm's residual and dense nets).

    Inception nets, MobileNets and EfficientNets have no names in common with ours: there the n-th
    convolution gives its weights to the n-th convolution, in the order in which code makes them,
    branch after branch.

    Args:
        source: "keras.applications" or "timm".
        model: a model of kerasuite; either all of its weights are set, or none.
        reference: the other model (a `keras.Model`, or a `torch.nn.Module`), or a mapping of
            its arrays: "layer/weight" to array, such as "conv1_conv/kernel", or a state dict.
            A file of PyTorch's becomes one by `kerasuite.data.torch_file.read_state_dict`.

    Raises:
        ValueError: if `source` is another, a weight of `model` has no counterpart or one of
            another shape, or a weight of the reference has no place in `model`. The message
            names the first such weight.
    """
    readers = {"keras.applications": _from_keras, "timm": _from_timm}
    if source not in readers:
        raise ValueError(f"`source` must be one of {sorted(readers)}. Received: source={source!r}")
    arrays, facts = _named_alike(model, *readers[source](reference))
    _check_facts(model, facts)
    _fold_biases(model, arrays)
    _check_all_used(model, arrays)
    values = [
        (variable, _value(layer, variable, arrays, facts))
        for layer in model.layers
        for variable in layer.weights
    ]
    for variable, value in values:
        variable.assign(value)


def _named_alike(model: keras.Model, arrays: Arrays, facts: Facts) -> tuple[Arrays, Facts]:
    """Returns both with the names of `model`'s layers."""
    names = counterparts(model, arrays)
    renamed = {}
    for name, value in arrays.items():
        layer, _, weight = name.rpartition("/")
        renamed[f"{names[layer]}/{weight}"] = value
    return renamed, {(names[layer], fact): value for (layer, fact), value in facts.items()}


def _from_keras(reference: keras.Model | Mapping[str, Any]) -> tuple[Arrays, Facts]:
    if isinstance(reference, Mapping):
        return {name: np.asarray(value) for name, value in reference.items()}, {}
    arrays, facts = {}, {}
    for layer in in_order(reference):
        for variable in layer.weights:
            arrays[f"{layer.name}/{variable.name}"] = keras.ops.convert_to_numpy(variable)
            for fact in ("strides", "epsilon"):
                if hasattr(layer, fact):
                    facts[layer.name, fact] = getattr(layer, fact)
    return arrays, facts


def _from_timm(reference: Any) -> tuple[Arrays, Facts]:
    state, modules = reference, {}
    if not isinstance(reference, Mapping):
        state, modules = reference.state_dict(), dict(reference.named_modules())
    arrays, facts = {}, {}
    names = _keras_names(state)
    for path, value in state.items():
        module, _, weight = path.rpartition(".")
        if weight == "num_batches_tracked":
            continue
        layer = names[module]
        value = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
        if f"{module}.running_mean" in state:
            weight = _TORCH_NORM.get(weight, weight)
            if module in modules or layer != module:
                facts[layer, "epsilon"] = getattr(modules.get(module), "eps", _TORCH_EPSILON)
        elif weight == "weight":
            weight = "kernel"
            # Torch: (output maps, input maps, height, width), or (units, inputs).
            value = value.transpose((2, 3, 1, 0) if value.ndim == 4 else (1, 0))
            if hasattr(modules.get(module), "stride"):
                facts[layer, "strides"] = modules[module].stride
        arrays[f"{layer}/{weight}"] = value
    return arrays, facts


def _resnet_name(stage: str, block: str, kind: str, index: str) -> str:
    return f"conv{int(stage) + 1}_block{int(block) + 1}_{index}_{kind}"


def _shortcut_name(stage: str, block: str, index: str) -> str:
    return _resnet_name(stage, block, ("conv", "bn")[int(index)], "0")


def _densenet_name(block: str, layer: str, kind: str, index: str) -> str:
    if kind == "norm":
        return f"conv{int(block) + 1}_block{layer}_{int(index) - 1}_bn"
    return f"conv{int(block) + 1}_block{layer}_{index}_conv"


# Names of modules in PyTorch, and of the same layers here.
_TIMM_NAMES: tuple[tuple[str, Callable[..., str]], ...] = (
    (r"conv1|features\.conv0", lambda: "conv1_conv"),
    (r"bn1|features\.norm0", lambda: "conv1_bn"),
    (r"layer(\d+)\.(\d+)\.(conv|bn)(\d)", _resnet_name),
    (r"layer(\d+)\.(\d+)\.downsample\.([01])", _shortcut_name),
    (r"features\.denseblock(\d+)\.denselayer(\d+)\.(norm|conv)([12])", _densenet_name),
    (r"features\.transition(\d+)\.norm", lambda block: f"pool{int(block) + 1}_bn"),
    (r"features\.transition(\d+)\.conv", lambda block: f"pool{int(block) + 1}_conv"),
    (r"features\.norm5", lambda: "bn"),
    (r"fc|classifier", lambda: "predictions"),
)


def _keras_names(state: Mapping[str, Any]) -> dict[str, str]:
    """Returns the names of modules here, or as they are if the first is of no net known by name."""
    names = {path.rpartition(".")[0]: _keras_name(path.rpartition(".")[0]) for path in state}
    if next(iter(names.values()), None) in (None, "predictions"):
        return {module: module for module in names}
    for path in state:
        if names[path.rpartition(".")[0]] is None:
            raise ValueError(f"`reference` has a weight of no known layer. Received: {path}")
    return names


def _keras_name(module: str) -> str | None:
    for pattern, name in _TIMM_NAMES:
        if found := re.fullmatch(pattern, module):
            return name(*found.groups())
    return None


def _check_facts(model: keras.Model, facts: Facts) -> None:
    for layer in model.layers:
        expected = getattr(layer, "strides", None)
        received = facts.get((layer.name, "strides"), expected)
        if received is not None and tuple(received) != tuple(expected):
            raise ValueError(
                f"{layer.name} must have the strides {expected}; models with bottlenecks have an "
                f"argument `stride_first`. Received: strides={tuple(received)}"
            )


def _fold_biases(model: keras.Model, arrays: Arrays) -> None:
    """Moves biases of convolutions that have none in `model` into the norms after them."""
    for layer in model.layers:
        bias, norm = f"{layer.name}/bias", layer.name.replace("_conv", "_bn")
        if bias not in arrays or getattr(layer, "use_bias", True):
            continue
        mean = f"{norm}/moving_mean"
        if mean not in arrays or arrays[mean].shape != arrays[bias].shape:
            raise ValueError(
                f"There is no batch norm to take the bias of a convolution. Received: {bias}"
            )
        arrays[mean] = arrays[mean] - arrays.pop(bias)


def _check_all_used(model: keras.Model, arrays: Arrays) -> None:
    used = {f"{layer.name}/{variable.name}" for layer in model.layers for variable in layer.weights}
    if not any(name.startswith("predictions/") for name in used):
        used |= {"predictions/kernel", "predictions/bias"}
    for name in arrays:
        if name not in used:
            raise ValueError(
                f"`reference` has a weight without a place in {model.name}. Received: {name}"
            )


def _value(
    layer: keras.layers.Layer, variable: keras.Variable, arrays: Arrays, facts: Facts
) -> np.ndarray:
    """Returns the value for a variable of `layer`."""
    name, shape = f"{layer.name}/{variable.name}", tuple(variable.shape)
    if name not in arrays:
        known = any(other.startswith(f"{layer.name}/") for other in arrays)
        if not known or variable.name not in _DEFAULTS:
            raise ValueError(f"`reference` lacks a weight of {layer.name}. Expected: {name}{shape}")
        return np.full(shape, _DEFAULTS[variable.name], "float32")
    value = arrays[name]
    if isinstance(layer, keras.layers.DepthwiseConv2D) and value.shape[2] == 1:
        # Torch has one filter for each map of input; Keras counts them the other way round.
        value = value.transpose(0, 1, 3, 2)
    if value.shape != shape:
        raise ValueError(f"{name} must have the shape {shape}. Received: {value.shape}")
    if variable.name == "moving_variance":
        return value + (facts.get((layer.name, "epsilon"), layer.epsilon) - layer.epsilon)
    return value
