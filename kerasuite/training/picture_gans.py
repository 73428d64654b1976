"""Adversarial nets that make a picture of another one: pix2pix from pairs, CycleGAN without.

Pictures are float tensors (batch, height, width, channels) from -1 to 1.
"""

from typing import Any

import keras

from kerasuite.training.adversarial import Adversarial


class _Nets(Adversarial):
    """Saving of what is made of nets and plain arguments."""

    NETS: tuple[str, ...] = ()

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        nets = {
            name: keras.saving.serialize_keras_object(getattr(self, name)) for name in self.NETS
        }
        return {**nets, **self.arguments, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "_Nets":
        nets = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects)
            for name in cls.NETS
        }
        return cls(**{**config, **nets})
