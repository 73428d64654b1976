"""What actors learn from: nets of states and actions to values."""

from typing import Any

import keras
import tensorflow as tf

from kerasuite.errors import InputError
from kerasuite.rl.acting import outputs
from kerasuite.rl.checks import check_input, check_output
from kerasuite.rl.environments import Environments


class Critics:
    """One critic or two: the lesser value of two overestimates less.

    Args:
        critic: a model of two inputs, a state and an action, to one value; or a model of states to
            a value for each of `nb_actions` actions; or two such models.
        action_input: which of the inputs takes the action (keras-rl's `critic_action_input`); None
            for the one called "action".
        count: how many critics; of one that is given the second is a copy with weights of its own.
        nb_actions: how many numbers an action has, or how many actions there are.
        seed: of the copy's weights.

    Attributes:
        discrete: whether they give a value for each action.

    Raises:
        InputError: if a model is no such net.
    """

    def __init__(
        self, critic: Any, action_input: Any, count: int, nb_actions: int, seed: int
    ) -> None:
        models = list(critic) if isinstance(critic, list | tuple) else [critic]
        if len(models) < count:
            models.append(fresh_copy(models[0], seed))
        self.models = models[:count]
        self.discrete = len(models[0].inputs) == 1
        if self.discrete:
            check_output(models[0], nb_actions, "critic")
        else:
            self.action_place = _action_place(models[0], action_input)

    def check(self, environments: Environments, window_length: int) -> None:
        """Refuses critics that do not take what the environments show and are told.

        Raises:
            InputError: naming both shapes.
        """
        for model in self.models:
            if self.discrete:
                check_input(model, environments.observation_space, window_length)
                continue
            shapes = [tuple(x.shape) for x in model.inputs]
            action, state = shapes[self.action_place], shapes[1 - self.action_place]
            expected = (None, *environments.action_space.shape)
            if action != expected:
                raise InputError(
                    f"The critic's input of actions must have the shape {expected}. "
                    f"Received: {action}"
                )
            if environments.processor is None:  # which may change shapes
                check_input(state, environments.observation_space, window_length)

    def values(
        self, states: Any, actions: Any = None, nets: list[keras.Model] | None = None
    ) -> list[tf.Tensor]:
        """Values float32 of each critic (or of each of `nets`, copies of them).

        Returns:
            [batch, 1] each, or [batch, nb_actions] if they are discrete.
        """
        inputs = [states]
        if not self.discrete:
            inputs = [states, actions] if self.action_place else [actions, states]
        return [outputs(net, *inputs) for net in nets or self.models]

    def named(self) -> dict[str, keras.Model]:
        """The models by name."""
        if len(self.models) == 1:
            return {"critic": self.models[0]}
        return {f"critic_{i + 1}": model for i, model in enumerate(self.models)}

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """Of all of them."""
        return [v for model in self.models for v in model.trainable_variables]


def fresh_copy(model: keras.Model, seed: int) -> keras.Model:
    """Returns a copy of the architecture with other weights, even where initializers have seeds."""

    def copy(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        for value in config.values():
            inner = value.get("config") if isinstance(value, dict) else None
            if isinstance(inner, dict) and inner.get("seed") is not None:
                inner["seed"] = seed
        return type(layer).from_config(config)

    return keras.models.clone_model(model, clone_function=copy)


def least(values: list[tf.Tensor]) -> tf.Tensor:
    """The least of several tensors, element by element."""
    return values[0] if len(values) == 1 else tf.minimum(*values)


def optimizers(given: Any, count: int) -> list[keras.optimizers.Optimizer]:
    """Returns `count` optimizers: those given, or copies of one.

    Raises:
        ValueError: if another number was given.
    """
    if not isinstance(given, list | tuple):
        first = keras.optimizers.get(given)
        copies = [type(first).from_config(first.get_config()) for _ in range(count - 1)]
        return [first, *copies]
    if len(given) != count:
        raise ValueError(
            f"`optimizer` must be one optimizer or {count} of them. Received: {len(given)}"
        )
    return [keras.optimizers.get(optimizer) for optimizer in given]


def _action_place(model: keras.Model, action_input: Any) -> int:
    """Which of the two inputs takes actions."""
    if len(model.inputs) != 2 or model.output_shape != (None, 1):
        raise InputError(
            "A critic must have two inputs, an action and a state, and one value as output. "
            f"Received: inputs {[tuple(x.shape) for x in model.inputs]}, "
            f"output {model.output_shape}"
        )
    for i, x in enumerate(model.inputs):
        if x is action_input or (action_input is None and x.name == "action"):
            return i
    raise InputError(
        "critic_action_input must be the critic's input that takes actions; without it the input "
        f'called "action" is. Received: {action_input}, inputs {[x.name for x in model.inputs]}'
    )
