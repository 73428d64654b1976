"""How good the classifier is, and how likely its lowest machine finds pictures."""

from typing import Any

import keras
import numpy as np

from kerasuite.apps.deep_belief_net.config import DeepBeliefNetConfig
from kerasuite.apps.deep_belief_net.nets import Parts
from kerasuite.data.splits import Splits
from kerasuite.evaluation.classification import evaluate_classifier
from kerasuite.evaluation.partition import annealed_log_partition, pseudo_log_likelihood

_MOST_PICTURES = 2000


def evaluate(model: keras.Model, splits: Splits, config: DeepBeliefNetConfig) -> dict[str, Any]:
    """Measures a trained net on the test split; see `App.evaluate`."""
    test = splits.test
    probabilities = model.predict(test.batches(config.batch_size), verbose=0)
    evaluation = evaluate_classifier(test.labels, probabilities, splits.info.class_names)
    headline = {
        "error": 1 - evaluation["accuracy"],
        **{name: evaluation[name] for name in ("accuracy", "loss")},
    }
    # Up-down unties the lower machines: what they are is then no machine's distribution.
    if config.pretrain_epochs and config.kind == "classifier":
        evaluation |= likelihoods(Parts.of(model, splits.info), splits, config)
    return {"headline": headline, "evaluation": evaluation}


def likelihoods(parts: Parts, splits: Splits, config: DeepBeliefNetConfig) -> dict[str, float]:
    """What the lowest machine says of test pictures, and of as many that it learnt from.

    `free_energy_gap` is the mean free energy of test pictures above that of training pictures: it
    grows where the machine learns these by heart. The other figures, of binary units only, are
    in nats a picture, of pictures whose pixels are drawn to be 0 or 1.
    """
    machine = parts.down[0]
    train, test = (_some(parts, part, config.seed) for part in (splits.train, splits.test))
    energies = [np.asarray(machine.free_energy(rows), "float64").mean() for rows in (train, test)]
    found = {"free_energy_gap": float(energies[1] - energies[0])}
    if machine.visible == "gaussian":
        return found
    found["pseudo_log_likelihood"] = pseudo_log_likelihood(machine, test, config.seed)
    if config.ais_steps:
        log_z, spread = annealed_log_partition(
            machine, train.mean(0), config.ais_steps, seed=config.seed
        )
        found |= {
            "log_partition": log_z,
            "log_partition_spread": spread,
            "log_likelihood": float(-energies[1] - log_z),
        }
    return found


def _some(parts: Parts, pictures: Any, seed: int) -> np.ndarray:
    rows = parts.rows(pictures.subset(_MOST_PICTURES, seed))
    if parts.machines[0].visible == "gaussian":
        return rows
    return (np.random.default_rng(seed).random(rows.shape) < rows).astype("float32")
