"""kerasuite's Transformer as a model of CTranslate2, to compare how fast sentences are translated.

CTranslate2 has no recurrent nets, so the Transformer is what can be compared: converted weight by
weight, it writes the same ids, which the benchmark checks.
"""

from pathlib import Path
from typing import Any

import numpy as np

HEADS, DEPTH, FEED_FORWARD = 4, 3, 1024
EPSILON = 1e-6  # of kerasuite's layer normalizations


def token(number: int, start: int, end: int) -> str:
    """The word by which CTranslate2 knows an id."""
    return {start: "<s>", end: "</s>", 1: "<unk>"}.get(number, str(number))


def convert(net: Any, folder: Path, vocabulary: int, longest: int, start: int, end: int) -> None:
    """Writes a model of `kerasuite.models.transformer.Transformer` for CTranslate2.

    Args:
        net: the model, of `HEADS` and `DEPTH`.
        folder: where; it must not exist.
        vocabulary: how many ids there are, on either side.
        longest: how many positions to write down.
        start: the id that translations begin with.
        end: the id that ends them.
    """
    from ctranslate2.specs import TransformerSpec

    spec = TransformerSpec.from_config(DEPTH, HEADS, pre_norm=True)
    encoder, decoder = net.get_layer("encoder"), net.get_layer("decoder")
    waves = _positions(encoder, longest)
    for name, part, keras_part in (
        ("encoder", spec.encoder, encoder),
        ("decoder", spec.decoder, decoder),
    ):
        part.position_encodings.encodings = waves
        for i, layer in enumerate(part.layer):
            _attention(layer.self_attention, net, f"{name}_{i}_self", fused=3)
            if name == "decoder":
                _attention(layer.attention, net, f"{name}_{i}_source", fused=2)
            _feed_forward(layer.ffn, keras_part, f"{name}_{i}_feed_forward")
        _norm(part.layer_norm, _last_norm(keras_part))
    spec.encoder.embeddings[0].weight = _array(encoder.get_layer("source_embedding").embeddings)
    spec.decoder.embeddings.weight = _array(decoder.get_layer("target_embedding").embeddings)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    words = [token(i, start, end) for i in range(vocabulary)]
    spec.register_source_vocabulary(words)
    spec.register_target_vocabulary(words)
    spec.config.layer_norm_epsilon = EPSILON
    spec.validate()
    spec.optimize()
    folder.mkdir()
    spec.save(str(folder))


def _array(variable: Any) -> np.ndarray:
    return np.ascontiguousarray(variable.numpy(), "float32")


def _positions(encoder: Any, longest: int) -> np.ndarray:
    """What SinusoidalPositions adds to each step."""
    from kerasuite.layers import SinusoidalPositions

    units = encoder.get_layer("source_embedding").embeddings.shape[-1]
    return np.array(SinusoidalPositions()(np.zeros((1, longest, units), "float32"))[0])


def _attention(spec: Any, net: Any, name: str, fused: int) -> None:
    """Copies an attention; of itself, three projections are one product, else the last two.

    The memory's keys and values are the encoder's.
    """
    found = {
        layer.name: layer
        for part in ("encoder", "decoder")
        for layer in net.get_layer(part).layers
        if layer.name.startswith(name)
    }
    _norm(spec.layer_norm, found[f"{name}_norm"])
    projections = [found[f"{name}_{part}"] for part in ("query", "keys", "values")]
    weights = [_array(p.kernel).T for p in projections]
    biases = [_array(p.bias) for p in projections]
    groups = [range(3)] if fused == 3 else [range(1), range(1, 3)]
    for linear, group in zip(spec.linear, groups, strict=False):
        linear.weight = np.concatenate([weights[i] for i in group])
        linear.bias = np.concatenate([biases[i] for i in group])
    output = found[f"{name}_output"]
    spec.linear[-1].weight = np.ascontiguousarray(_array(output.kernel).T)
    spec.linear[-1].bias = _array(output.bias)


def _feed_forward(spec: Any, net: Any, name: str) -> None:
    _norm(spec.layer_norm, net.get_layer(f"{name}_norm"))
    for linear, part in ((spec.linear_0, "in"), (spec.linear_1, "out")):
        dense = net.get_layer(f"{name}_{part}")
        linear.weight = np.ascontiguousarray(_array(dense.kernel).T)
        linear.bias = _array(dense.bias)


def _last_norm(net: Any) -> Any:
    from keras.layers import LayerNormalization

    return [layer for layer in net.layers if isinstance(layer, LayerNormalization)][-1]


def _norm(spec: Any, layer: Any) -> None:
    spec.gamma, spec.beta = _array(layer.gamma), _array(layer.beta)
