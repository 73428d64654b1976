"""What an agent has learned, as one Keras model that plays without the agent."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from gymnasium import spaces
from keras import ops
from PIL import Image

from kerasuite.layers import RunningNormalization
from kerasuite.rl.callbacks import Callback
from kerasuite.rl.core import Agent
from kerasuite.rl.environments import Environments
from kerasuite.rl.memory import Transition
from kerasuite.rl.processors import Normalizer

MASK = "action_mask"
_NORMALIZATION = "normalize"


def player_model(
    answer: Callable[[Any, Any], dict[str, Any]],
    net: keras.Model,
    environments: Environments,
    normalizer: Normalizer | None = None,
    name: str = "player",
) -> keras.Model:
    """Builds a model from raw observations to actions and values.

    Args:
        answer: (states, mask or None) → tensors by name: "action" among them, of discrete ones
            counted from 0.
        net: the net that takes the states: it says whether these have an axis for a window.
        environments: what is played; reset, so that it is known whether they give masks.
        normalizer: the agent's; `copy_normalizer` brings its figures into the model.
        name: of the model.

    Returns:
        A functional model. Inputs by name: "observation" [batch, ...], and "action_mask" int8
        [batch, actions] where the environments give masks. Outputs by name: those of `answer`;
        discrete actions count as the environment's own do.
    """
    space, actions = environments.vector.single_observation_space, environments.action_space
    observation = keras.Input(space.shape, dtype=_input_dtype(space), name="observation")
    inputs, mask, x = {"observation": observation}, None, observation
    if environments.masks is not None:
        mask = inputs[MASK] = keras.Input((int(actions.n),), dtype="int8", name=MASK)
    if normalizer is not None and normalizer.observations is not None:
        x = RunningNormalization(normalizer.clip, name=_NORMALIZATION)(x)
    x = ops.cast(x, net.inputs[0].dtype)
    if len(net.input_shape) == len(space.shape) + 2:
        x = ops.expand_dims(x, 1)
    outputs = answer(x, mask)
    if isinstance(actions, spaces.Discrete):
        outputs["action"] = ops.cast(outputs["action"], "int32") + int(actions.start)
    model = keras.Model(inputs, outputs, name=name)
    model.optimizer = None  # the agent's is saved with the agent
    return model


def inputs_of(model: keras.Model) -> dict[str, Any]:
    """The inputs of a player by name."""
    return {tensor.name: tensor for tensor in model.inputs}


def copy_normalizer(normalizer: Normalizer | None, model: keras.Model) -> None:
    """Brings the figures that an agent's normaliser has gathered into its player."""
    if normalizer is None or normalizer.observations is None or not normalizer.observations.count:
        return
    layer = model.get_layer(_NORMALIZATION)
    layer.mean.assign(normalizer.observations.mean.astype("float32"))
    layer.std.assign(normalizer.observations.std.astype("float32"))


class Player(Agent):
    """Plays as a `player_model` says, by `test`; it does not learn.

    Args:
        model: a `player_model`; None to act at random.
        seed: see `Agent`.
    """

    def __init__(self, model: keras.Model | None, seed: int | None = None) -> None:
        super().__init__(seed=seed)
        self.model = model
        if model is not None:
            self._inputs = inputs_of(model)
            self._call = tf.function(lambda given: model(given, training=False)["action"])

    def check(self, environments: Environments) -> None:
        self._space = environments.action_space
        self._space.seed(self.seed)

    def forward(self, states: np.ndarray, masks: np.ndarray | None) -> np.ndarray:
        start = int(getattr(self._space, "start", 0)) if _is_discrete(self._space) else 0
        if self.model is None:
            mask = [None] * len(states) if masks is None else masks.astype("int8")
            if _is_discrete(self._space):
                return np.array([self._space.sample(m) for m in mask]) - start
            return np.stack([self._space.sample() for _ in states])
        given = {"observation": tf.cast(states, self._inputs["observation"].dtype)}
        if MASK in self._inputs:
            given[MASK] = tf.constant(masks, tf.int8)
        return self._call(given).numpy() - start

    def backward(self, transition: Transition) -> None:
        raise RuntimeError("A player does not learn")

    def networks(self) -> dict[str, keras.Model]:
        return {} if self.model is None else {"model": self.model}


class Frames(Callback):
    """Collects pictures of what is played, as many as asked for, evenly over all steps.

    Args:
        most: how many to keep.
        shrink: make height and width so many times smaller.

    Attributes:
        frames: uint8 arrays [height, width, 3].
        every: steps from one to the next.
    """

    def __init__(self, most: int = 150, shrink: int = 1) -> None:
        super().__init__()
        self.most, self.shrink = most, shrink
        self.frames: list[np.ndarray] = []
        self.every, self._steps = 1, 0

    def on_action_begin(self, action: np.ndarray, logs: dict[str, Any] | None = None) -> None:
        if self._steps % self.every == 0:
            picture = Image.fromarray(np.asarray(self.env.render()))
            self.frames.append(np.array(picture.reduce(self.shrink)))
        self._steps += 1
        if len(self.frames) > self.most:  # nobody knows how long it will last
            self.frames, self.every = self.frames[::2], 2 * self.every


def _input_dtype(space: spaces.Space) -> str:
    """Of an input: pictures stay bytes, other numbers get the usual size."""
    kind = np.dtype(space.dtype).kind
    if space.dtype == np.uint8:
        return "uint8"
    return "int32" if kind in "iub" else "float32"


def _is_discrete(space: spaces.Space) -> bool:
    return isinstance(space, spaces.Discrete)
