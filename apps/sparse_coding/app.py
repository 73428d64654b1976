"""Patches of photographs into few numbers: sparse codes, and independent components."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasuite.app import App
from kerasuite.apps.sparse_coding import measuring
from kerasuite.apps.sparse_coding.config import SparseCodingConfig
from kerasuite.apps.sparse_coding.drawing import coder_figures
from kerasuite.apps.sparse_coding.serving import coder_checks, coder_signatures
from kerasuite.data.batches import steps_per_epoch
from kerasuite.data.patches import load_patches
from kerasuite.data.splits import Info, Splits
from kerasuite.errors import InputError
from kerasuite.export.signature import Check, Signature
from kerasuite.layers import SparseCode, Whitening
from kerasuite.report.figure import Figure
from kerasuite.training import fitting
from kerasuite.training.patch_coders import DictionaryLearning, FastICA, PatchCoder, orthonormal


class SparseCoding(App):
    """Learns what patches of photographs are made of."""

    def data(self, info: Info | None = None) -> Splits:
        config = self.config
        return load_patches(config.data, side=config.patch, count=config.patches, seed=config.seed)

    def build(self, info: Info) -> keras.Model:
        return patch_coder(self.config)

    def fit(
        self,
        model: PatchCoder,
        splits: Splits,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int = 0,
    ) -> None:
        config, train = self.config, splits.train
        if not first_epoch:
            self._begin(model, train.rows)
        # A fixed point of FastICA is one of all patches: its step takes them at once.
        batch = len(train) if config.kind == "ica" else config.batch_size
        fitting.fit(
            model,
            train.shuffled_batches(batch, config.seed, first_epoch),
            steps_per_epoch=steps_per_epoch(len(train), batch),
            validation_data=self.validation_batches(splits),
            initial_epoch=first_epoch,
            epochs=config.epochs,
            callbacks=list(callbacks),
        )

    def evaluate(self, model: PatchCoder, splits: Splits) -> dict[str, Any]:
        return measuring.evaluate(model, splits, self.config)

    def signatures(self, model: PatchCoder, info: Info) -> dict[str, Signature]:
        return coder_signatures(model, self.config)

    def checks(self, model: PatchCoder, splits: Splits) -> dict[str, Check]:
        return coder_checks(model, splits, self.config)

    def figures(
        self, model: PatchCoder, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        return coder_figures(model, splits, evaluation, self.config)

    def _begin(self, model: PatchCoder, rows: np.ndarray) -> None:
        """Whitens by the training patches; atoms begin as patches, components at random."""
        try:
            model.whitening.adapt(rows)
        except ValueError as e:
            raise InputError(f"--components is too large for these patches: {e}") from e
        shape = model.code.kernel.shape
        rng = np.random.default_rng(self.config.seed)
        if self.config.kind == "ica":
            random = tf.constant(rng.standard_normal(shape), tf.float32)
            model.code.kernel.assign(orthonormal(random))
            return
        some = rows[rng.choice(len(rows), shape[1], replace=shape[1] > len(rows))]
        atoms = keras.ops.convert_to_numpy(model.whitening(some)).T
        # Patches drawn twice must become different atoms.
        atoms = atoms + 1e-3 * rng.standard_normal(shape)
        model.code.kernel.assign(atoms / np.linalg.norm(atoms, axis=0))


def patch_coder(config: SparseCodingConfig) -> PatchCoder:
    """The compiled model: patches (batch, patch * patch) from 0 to 1 → codes (batch, code)."""
    inputs = keras.Input((config.patch**2,), name="patches")
    whitened = Whitening(config.components, dtype="float32", name="whitening")(inputs)
    if config.kind == "ica":
        code = keras.layers.Dense(config.code, use_bias=False, dtype="float32", name="code")
        model = FastICA(inputs, code(whitened), name="ica")
    else:
        code = SparseCode(
            config.code, config.penalty, config.steps, config.inference, dtype="float32",
            name="code",
        )  # fmt: skip
        model = DictionaryLearning(inputs, code(whitened), name="dictionary")
    # Both learn by rules of their own: the optimizer only stands for what Keras asks for.
    model.compile(keras.optimizers.SGD(config.learning_rate), jit_compile=config.jit)
    return model


APP = SparseCoding
