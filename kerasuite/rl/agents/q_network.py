"""A net of action values out of the user's: dueling, noisy, with distributions."""

import keras

from kerasuite.errors import InputError
from kerasuite.layers import Dueling, NoisyDense


def q_network(
    model: keras.Model,
    nb_actions: int,
    dueling_type: str | None = None,
    noisy: bool = False,
    atoms: int = 1,
    seed: int = 0,
) -> keras.Model:
    """Returns a model with `nb_actions * atoms` outputs; `model` itself if nothing is to change.

    Args:
        model: its last layer is a `Dense` of `nb_actions` units.
        nb_actions: how many actions there are.
        dueling_type: puts a `Dueling` head in the place of the last layer; None for none.
        noisy: puts a `NoisyDense` in the place of every `Dense`.
        atoms: how many numbers a value is.
        seed: of the new layers.

    Raises:
        InputError: if the model's output does not fit, or its last layer cannot be replaced.
    """
    if model.output_shape != (None, nb_actions):
        raise InputError(
            f"The model's output does not fit the actions: shape {(None, nb_actions)} is expected, "
            f"a value for each action. Received: {model.output_shape}"
        )
    if dueling_type is None and not noisy and atoms == 1:
        return model
    last = model.layers[-1]
    if not isinstance(last, keras.layers.Dense) or last.activation is not keras.activations.linear:
        raise InputError(
            "Dueling, noisy and categorical nets replace the model's last layer, which must be a "
            f"Dense without activation. Received: {type(last).__name__}"
        )
    seeds = iter(range(seed, seed + len(model.layers) + 1))
    body = keras.Model(model.input, last.input)
    if noisy:
        body = keras.models.clone_model(body, clone_function=lambda layer: _noisy(layer, seeds))
    units = atoms * (nb_actions if dueling_type is None else nb_actions + 1)
    if noisy:
        head = NoisyDense(units, seed=next(seeds), name="head")
    else:
        head = keras.layers.Dense(
            units, kernel_initializer=keras.initializers.GlorotUniform(next(seeds)), name="head"
        )
    outputs = head(body.output)
    if dueling_type is not None:
        outputs = Dueling(dueling_type, atoms, name="dueling")(outputs)
    return keras.Model(body.input, outputs, name=model.name)


def twin(model: keras.Model) -> keras.Model:
    """Returns a copy of the architecture, whose noise is independent."""

    def copy(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if isinstance(layer, NoisyDense) and layer.seed is not None:
            config["seed"] = layer.seed + 1_000_003
        return type(layer).from_config(config)

    return keras.models.clone_model(model, clone_function=copy)


def _noisy(layer: keras.layers.Layer, seeds: object) -> keras.layers.Layer:
    if type(layer) is keras.layers.Dense:
        return NoisyDense(layer.units, layer.activation, seed=next(seeds), name=layer.name)
    return type(layer).from_config(layer.get_config())
