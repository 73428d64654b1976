"""The model: the way of recognition, the machines beside it, and what answers with a class."""

from dataclasses import dataclass

import keras
import numpy as np

from kerasuite.apps.deep_belief_net.config import DeepBeliefNetConfig
from kerasuite.data.pictures import Pictures
from kerasuite.data.splits import Info
from kerasuite.layers import RBM, Beside, ClassRBM
from kerasuite.training.adam import Adam

_UP, _DOWN, _TOP = "hidden", "machine", "predictions"
_LEAST_STD = 1.0
_CHUNK = 4096


def deep_belief_net(config: DeepBeliefNetConfig, info: Info) -> keras.Model:
    """The compiled model: pictures from 0 to 255 → probabilities of the classes.

    The machines, which know the way down, are kept beside the layers that lead up: fine-tuning
    changes those by themselves.
    """
    inputs = keras.Input(info.shape, name="pictures")
    x = x_down = keras.layers.Flatten(name="flatten")(_scaled(inputs, config, info))
    joint = config.kind == "joint"
    lower = config.hidden_units[:-1] if joint else config.hidden_units
    for i, units in enumerate(lower, 1):
        if config.dropout and i > 1 and not joint:
            x = keras.layers.Dropout(config.dropout, seed=config.seed + i)(x)
        x = keras.layers.Dense(units, "sigmoid", dtype="float32", name=f"{_UP}{i}")(x)
        visible = config.visible if i == 1 else "binary"
        machine = RBM(units, visible, dtype="float32", trainable=False, name=f"{_DOWN}{i}")
        x_down = machine(x_down)
    classes = len(info.class_names)
    if joint:
        top = ClassRBM(config.hidden_units[-1], classes, dtype="float32", name=_TOP)
    else:
        top = keras.layers.Dense(classes, "softmax", dtype="float32", name=_TOP)
        if config.dropout:
            x = keras.layers.Dropout(config.dropout, seed=config.seed)(x)
    outputs = Beside(name="class")([top(x), x_down])
    model = keras.Model(inputs, outputs, name=f"{config.kind}_belief_net")
    model.compile(
        Adam(config.learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
        jit_compile=config.jit,
    )
    return model


def _scaled(
    inputs: keras.KerasTensor, config: DeepBeliefNetConfig, info: Info
) -> keras.KerasTensor:
    if config.visible == "binary":
        return keras.layers.Rescaling(1 / 255, name="scale")(inputs)
    variance = [max(s, _LEAST_STD) ** 2 for s in info.std]
    return keras.layers.Normalization(mean=info.mean, variance=variance, name="scale")(inputs)


@dataclass(frozen=True)
class Parts:
    """The layers of a model by what they are for.

    Attributes:
        up: dense layers of recognition, from below.
        down: the machine of each, which knows the way down.
        top: the machine with the classes, of a joint model; None for a classifier.
        info: of the data: shape, mean and deviation.
    """

    up: list[keras.layers.Dense]
    down: list[RBM]
    top: ClassRBM | None
    info: Info

    @classmethod
    def of(cls, model: keras.Model, info: Info) -> "Parts":
        def called(name: str) -> list[keras.layers.Layer]:
            found = [layer for layer in model.layers if layer.name.startswith(name)]
            return sorted(found, key=lambda layer: int(layer.name.removeprefix(name)))

        top = model.get_layer(_TOP)
        joint = isinstance(top, ClassRBM)
        return cls(called(_UP), called(_DOWN), top if joint else None, info)

    @property
    def machines(self) -> list[RBM]:
        """All machines from below."""
        return [*self.down, *([self.top] if self.top else [])]

    def rows(self, pictures: Pictures) -> np.ndarray:
        """Pictures as the lowest machine takes them, float32 [n, features]."""
        pieces = []
        for start in range(0, len(pictures), _CHUNK):
            which = np.arange(start, min(start + _CHUNK, len(pictures)))
            values = pictures.array(which).astype("float32")
            pieces.append(self._taken(values).reshape(len(which), -1))
        return np.concatenate(pieces)

    def pictures(self, rows: np.ndarray) -> np.ndarray:
        """Values from 0 to 1 [n, height, width, channels] out of the lowest machine's means.

        Works on tensors, too.
        """
        shaped = keras.ops.reshape(rows, (-1, *self.info.shape))
        if self.machines[0].visible == "binary":
            return shaped
        mean, std = (np.array(v, "float32") for v in (self.info.mean, self._std))
        return keras.ops.clip((shaped * std + mean) / 255, 0, 1)

    @property
    def _std(self) -> list[float]:
        return [max(s, _LEAST_STD) for s in self.info.std]

    def _taken(self, values: np.ndarray) -> np.ndarray:
        if self.machines[0].visible == "binary":
            return values / 255
        return (values - np.array(self.info.mean, "float32")) / np.array(self._std, "float32")
