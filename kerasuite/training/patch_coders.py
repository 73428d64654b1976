"""How codes of patches learn: dictionaries for sparse codes, and independent components."""

from typing import Any

import keras
import tensorflow as tf

_LEAST_USE = 1e-6


class PatchCoder(keras.Model):
    """A functional model of a `Whitening` layer and a layer that codes what comes out of it.

    The second layer has a `kernel` (units, atoms), whose columns make whitened patches out of
    codes. A subclass says how it learns from a batch, and what the loss is.

    Args:
        inputs, outputs, name: as of a functional `keras.Model`: patches (batch, features) →
            codes (batch, atoms).
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
        self.whitening, self.code = self.layers[-2:]
        self._loss_mean = keras.metrics.Mean("loss")

    def losses_of(self, whitened: Any, codes: Any) -> Any:
        """The loss of each patch (batch,)."""
        raise NotImplementedError

    def learn(self, whitened: Any, codes: Any) -> None:
        """Changes the kernel by one batch."""
        raise NotImplementedError

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self._loss_mean]

    def train_step(self, data: Any) -> dict[str, Any]:
        whitened, codes = self._coded(data)
        self._loss_mean.update_state(self.losses_of(whitened, codes))
        self.learn(whitened, codes)
        return self.get_metrics_result()

    def test_step(self, data: Any) -> dict[str, Any]:
        self._loss_mean.update_state(self.losses_of(*self._coded(data)))
        return self.get_metrics_result()

    def rebuilt(self, codes: Any) -> Any:
        """Patches (batch, features), without their means, out of codes (batch, atoms)."""
        return self.whitening.inverse(tf.matmul(codes, self.code.kernel, transpose_b=True))

    def atoms(self) -> Any:
        """What each number of the code stands for: patches, one a column (features, atoms)."""
        return tf.matmul(self.whitening.inverse_kernel, self.code.kernel, transpose_a=True)

    def _coded(self, data: Any) -> tuple[Any, Any]:
        patches, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        whitened = self.whitening(patches)
        return whitened, self.code(whitened)


@keras.saving.register_keras_serializable(package="kerasuite")
class DictionaryLearning(PatchCoder):
    """Learns the atoms of a `SparseCode` layer: codes first, then the atoms that fit them best.

    Of all batches so far only two products of codes and patches are kept, of which older ones
    count less. Each atom in turn becomes the best one of norm 1 if the others stay as they are.
    An atom that no code uses is replaced by a patch of the batch. The loss is
    `|x - D z|² / 2 + penalty |z|₁` of a whitened patch.

    Reference:
        Mairal, Bach, Ponce, Sapiro 2010, "Online learning for matrix factorization and sparse
        coding", algorithms 1 and 2, and section 3.4 (older batches; unused atoms).
    """

    forgetting = 5.0

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
        features, atoms = self.code.kernel.shape

        def weight(name: str, *shape: int) -> Any:
            return self.add_weight(
                shape=shape, initializer="zeros", trainable=False, name=name, dtype="float32"
            )

        self.seen = weight("seen")
        self.code_products = weight("code_products", atoms, atoms)
        self.patch_products = weight("patch_products", atoms, features)

    def losses_of(self, whitened: Any, codes: Any) -> Any:
        rest = whitened - tf.matmul(codes, self.code.kernel, transpose_b=True)
        squares = 0.5 * tf.reduce_sum(tf.square(rest), -1)
        return squares + self.code.penalty * tf.reduce_sum(tf.abs(codes), -1)

    def learn(self, whitened: Any, codes: Any) -> None:
        count = tf.cast(tf.shape(codes)[0], tf.float32)
        self.seen.assign_add(1.0)
        kept = (1.0 - 1.0 / self.seen) ** self.forgetting
        for products, others in ((self.code_products, codes), (self.patch_products, whitened)):
            new = tf.matmul(codes, others, transpose_a=True) / count
            products.assign(kept * products + new)
        self.code.kernel.assign(tf.transpose(self._improved(whitened)))

    def _improved(self, whitened: Any) -> Any:
        """The atoms, one a row, after a round of coordinate descent."""
        products = tf.convert_to_tensor(self.code_products)
        wanted = tf.convert_to_tensor(self.patch_products)
        uses = tf.linalg.diag_part(products)
        used = uses > _LEAST_USE * tf.reduce_max(uses)
        patches = tf.shape(whitened)[0]

        def step(j: Any, rows: Any) -> tuple[Any, Any]:
            better = rows[j] + (wanted[j] - tf.linalg.matvec(rows, products[j], True)) / uses[j]
            row = tf.where(used[j], better, whitened[j % patches])
            row = tf.math.divide_no_nan(row, tf.norm(row))
            return j + 1, tf.tensor_scatter_nd_update(rows, [[j]], [row])

        start = tf.constant(0), tf.transpose(self.code.kernel)
        return tf.while_loop(lambda j, _: j < uses.shape[0], step, start)[1]


@keras.saving.register_keras_serializable(package="kerasuite")
class FastICA(PatchCoder):
    """Learns independent components by the fixed point of FastICA, all components at once.

    The code layer is linear, without bias; its columns stay orthonormal. One step is one iteration
    on the batch, which is best all examples there are. The loss is the mean of log cosh of a
    component, low where components are sparser than a normal distribution; `change` is 1 minus the
    least cosine between a column and what it was before the step.

    Reference:
        Hyvärinen 1999, "Fast and robust fixed-point algorithms for independent component analysis",
        equations 20 and 45 (with G = log cosh).
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
        self._change = keras.metrics.Mean("change")

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self._loss_mean, self._change]

    def losses_of(self, whitened: Any, codes: Any) -> Any:
        # log cosh, without the overflow of cosh.
        size = tf.abs(codes)
        return tf.reduce_mean(size + tf.math.softplus(-2.0 * size) - tf.math.log(2.0), -1)

    def learn(self, whitened: Any, codes: Any) -> None:
        bent = tf.tanh(codes)
        count = tf.cast(tf.shape(codes)[0], tf.float32)
        slope = tf.reduce_mean(1.0 - tf.square(bent), 0)
        before = tf.convert_to_tensor(self.code.kernel)
        pulled = tf.matmul(whitened, bent, transpose_a=True) / count - before * slope
        new = orthonormal(pulled)
        cosines = tf.abs(tf.reduce_sum(new * before, 0))
        self._change.update_state(tf.reduce_max(1.0 - cosines))
        self.code.kernel.assign(new)


def orthonormal(matrix: Any) -> Any:
    """The nearest matrix with orthonormal columns, of one with as many rows or more."""
    _, left, right = tf.linalg.svd(matrix)
    return tf.matmul(left, right, transpose_b=True)
