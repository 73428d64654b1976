"""The player as a SavedModel: observations → actions and values."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from gymnasium.vector import VectorEnv

from kerasuite.export.signature import Check, Signature
from kerasuite.rl.environments import Environments
from kerasuite.rl.player import MASK, Player, inputs_of

CHECKED = 64


def signature(model: keras.Model) -> Signature:
    """The player's function, for batches of any size."""
    inputs = inputs_of(model)
    names = list(inputs)
    specs = tuple(tf.TensorSpec(inputs[n].shape, inputs[n].dtype, n) for n in names)

    def act(*given: tf.Tensor) -> dict[str, tf.Tensor]:
        return dict(model(dict(zip(names, given, strict=True)), training=False))

    vectors = len(inputs["observation"].shape) == 2 and inputs["observation"].dtype == "float32"
    kinds = dict.fromkeys(names, "row" if vectors and MASK not in names else "array")
    return Signature(
        act, specs, kinds, "observations → actions, and what the agent expects of them"
    )


def check(model: keras.Model, env: VectorEnv, seed: int) -> Check:
    """Observations of random play, and the player's own answers to them."""
    environments, actor = Environments(env), Player(None, seed)
    environments.reset(seed)
    actor.check(environments)
    wanted = inputs_of(model)
    seen: dict[str, list[Any]] = {name: [] for name in wanted}
    for _ in range(CHECKED):
        seen["observation"].append(environments.observations[0])
        if MASK in seen:
            seen[MASK].append(environments.masks[0])
        environments.step(actor.forward(environments.observations, environments.masks))
    inputs = {name: np.asarray(v, wanted[name].dtype) for name, v in seen.items()}
    answers = model({name: tf.constant(v) for name, v in inputs.items()}, training=False)
    return Check(inputs, {name: np.asarray(v) for name, v in answers.items()})
