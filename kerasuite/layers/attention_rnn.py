"""Recurrent layers that look at a memory at every step, and go on from what they saw."""

from typing import Any

import keras
from keras import ops

from kerasuite.layers import attention_loop
from kerasuite.layers.devices import only_tensorflow_on_cpu
from kerasuite.layers.memory_attention import MemoryAttention
from kerasuite.layers.recurrence import tensor_of

CELLS = {"lstm": keras.layers.LSTMCell, "gru": keras.layers.GRUCell}


@keras.saving.register_keras_serializable(package="kerasuite")
class AttentionRNN(keras.layers.Layer):
    """A stack of recurrent cells whose input at each step includes what was attended to.

    With `attend="previous"` (Bahdanau) the top cell's last output is the query, and the context
    goes into the bottom cell beside the input. With `attend="current"` (Luong's input feeding) the
    cells run first, their output is the query, and the attentional vector tanh(W [context;
    output]) goes into the bottom cell at the next step.

    Args:
        units: units of each cell.
        layers: how many cells lie on top of each other.
        cell: "lstm" or "gru".
        score: see `MemoryAttention`.
        attend: "previous" or "current".
        dropout: share of each upper cell's inputs that is dropped in training.
        gated: with "previous", whether the context is multiplied by a number between 0 and 1 that
            follows from the query: how much the next word depends on the memory.

    Call arguments:
        inputs: float [batch, steps, features].
        keys, memory, memory_mask: as for `MemoryAttention`.
        initial_state: float [batch, units] each: `state_count` of them, as returned.
        training: whether to drop.

    Returns:
        Outputs [batch, steps, 2 * units or units + memory units]: the top cell's output and
        the context for "previous", the attentional vector for "current" (units alone);
        attention weights [batch, steps, source steps]; and the list of the states at the end.

    Raises:
        ValueError: if an argument is out of range.

    Reference:
        Bahdanau et al. 2015, appendix A.2; Luong et al. 2015, section 3.3; Xu et al. 2015, "Show,
        attend and tell", section 4.2.1 (the gate).
    """

    def __init__(
        self,
        units: int,
        layers: int = 1,
        cell: str = "lstm",
        score: str = "additive",
        attend: str = "previous",
        dropout: float = 0.0,
        gated: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if gated and attend != "previous":
            raise ValueError(f'`gated` needs `attend="previous"`. Received: attend={attend}')
        for name, value, known in (
            ("cell", cell, CELLS),
            ("attend", attend, ("previous", "current")),
        ):
            if value not in known:
                raise ValueError(
                    f"`{name}` must be one of {', '.join(known)}. Received: {name}={value}"
                )
        for name, value in (("units", units), ("layers", layers)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"`{name}` must be a positive integer. Received: {name}={value}")
        self.units, self.layers, self.cell, self.attend = units, layers, cell, attend
        self.score, self.dropout, self.gated = score, dropout, gated
        # Dropout lies outside the cells, whose own would be another mask at each step of the loop.
        self.cells = [
            CELLS[cell](units, dtype=self.dtype_policy, name=f"cell_{i}") for i in range(layers)
        ]
        self.attention = MemoryAttention(score, dtype=self.dtype_policy, name="attention")
        self.combine = None
        if attend == "current":
            self.combine = keras.layers.Dense(
                units, "tanh", use_bias=False, dtype=self.dtype_policy, name="combine"
            )
        self.gate = None
        if gated:
            self.gate = keras.layers.Dense(1, "sigmoid", dtype=self.dtype_policy, name="gate")
        self.drop = keras.layers.Dropout(dropout, dtype=self.dtype_policy, name="drop")

    @property
    def state_count(self) -> int:
        """How many states there are: the cells', and the attentional vector where it is fed."""
        return self.layers * (2 if self.cell == "lstm" else 1) + (self.attend == "current")

    def build(
        self,
        inputs_shape: tuple[int | None, ...],
        keys_shape: tuple[int | None, ...],
        memory_shape: tuple[int | None, ...],
        memory_mask_shape: tuple[int | None, ...],
        initial_state_shape: Any = None,
    ) -> None:
        fed = memory_shape[-1] if self.attend == "previous" else self.units
        width = inputs_shape[-1] + fed
        for cell in self.cells:
            cell.build((None, width))
            width = self.units
        query = (None, 1, self.units)
        self.attention.build(query, keys_shape, memory_shape, memory_mask_shape)
        if self.gate is not None:
            self.gate.build((None, self.units))
        if self.combine is not None:
            self.combine.build((None, 1, memory_shape[-1] + self.units))

    def call(
        self,
        inputs: Any,
        keys: Any,
        memory: Any,
        memory_mask: Any,
        initial_state: Any,
        training: bool = False,
    ) -> tuple[Any, Any, list[Any]]:
        if training and self._has_own_loop():
            return self._own_loop(inputs, keys, memory, memory_mask, initial_state)
        masks = self._masks(inputs, training)

        def step(carry: tuple[Any, ...], x: Any) -> tuple[Any, Any]:
            carry = self._step(x, list(carry[2:]), keys, memory, memory_mask, masks)
            return carry, carry

        batch = ops.shape(inputs)[0]
        width = self.units + (memory.shape[-1] if self.attend == "previous" else 0)
        states = [ops.cast(s, self.compute_dtype) for s in initial_state]
        first = (
            ops.zeros((batch, width), self.compute_dtype),
            ops.zeros((batch, ops.shape(memory)[1]), "float32"),
            *states,
        )
        last, steps = ops.scan(step, first, ops.swapaxes(inputs, 0, 1))
        return ops.swapaxes(steps[0], 0, 1), ops.swapaxes(steps[1], 0, 1), list(last[2:])

    def _has_own_loop(self) -> bool:
        """Whether `attention_loop` computes the same: the captioner's net, in training."""
        return (
            only_tensorflow_on_cpu()
            and (self.attend, self.layers, self.cell) == ("previous", 1, "lstm")
            and (self.score, self.gated, self.compute_dtype) == ("additive", True, "float32")
        )

    def _own_loop(
        self, inputs: Any, keys: Any, memory: Any, memory_mask: Any, initial_state: Any
    ) -> tuple[Any, Any, list[Any]]:
        cell, gate = self.cells[0], self.gate
        kernel = tensor_of(cell.kernel)
        query_kernel, width = tensor_of(self.attention.kernel), inputs.shape[-1]
        joined = [tensor_of(cell.recurrent_kernel), query_kernel, tensor_of(gate.kernel)]
        weights = attention_loop.Weights(
            ops.concatenate(joined, axis=1),
            kernel[width:],
            tensor_of(self.attention.vector),
            tensor_of(gate.bias),
        )
        projected = ops.matmul(inputs, kernel[:width]) + tensor_of(cell.bias)
        state = tuple(ops.cast(s, self.compute_dtype) for s in initial_state)
        outputs, fed, attention, carry = attention_loop.attend(
            ops.swapaxes(projected, 0, 1), keys, memory, memory_mask, state, weights
        )
        results = ops.swapaxes(ops.concatenate([outputs, fed], axis=-1), 0, 1)
        return results, ops.swapaxes(attention, 0, 1), [outputs[-1], carry]

    def _masks(self, inputs: Any, training: bool) -> list[Any]:
        """What upper cells' inputs are multiplied by: the same at all steps of a sentence."""
        if not (training and self.dropout):
            return [1.0] * self.layers
        ones = ops.ones((ops.shape(inputs)[0], self.units), self.compute_dtype)
        return [1.0] + [self.drop(ones, training=True) for _ in self.cells[1:]]

    def _step(
        self, x: Any, states: list[Any], keys: Any, memory: Any, memory_mask: Any, masks: list[Any]
    ) -> tuple[Any, ...]:
        each = 2 if self.cell == "lstm" else 1
        if self.attend == "previous":
            query = states[each * (self.layers - 1)]
            fed, weights = self.attention(query[:, None], keys, memory, memory_mask)
            fed = fed[:, 0]
            if self.gate is not None:
                fed = fed * self.gate(query)
        else:
            *states, fed = states
        x = ops.concatenate([x, fed], axis=-1)
        after = []
        for i, cell in enumerate(self.cells):
            x, new = cell(x * masks[i], states[i * each : (i + 1) * each])
            after += new
        if self.attend == "previous":
            return ops.concatenate([x, fed], axis=-1), weights[:, 0], *after
        context, weights = self.attention(x[:, None], keys, memory, memory_mask)
        vector = self.combine(ops.concatenate([context[:, 0], x], axis=-1))
        return vector, weights[:, 0], *after, vector

    def compute_output_spec(
        self,
        inputs: Any,
        keys: Any,
        memory: Any,
        memory_mask: Any,
        initial_state: Any,
        training: bool = False,
    ) -> tuple[Any, Any, list[Any]]:
        batch, steps = inputs.shape[:2]
        width = self.units + (memory.shape[-1] if self.attend == "previous" else 0)
        return (
            keras.KerasTensor((batch, steps, width), dtype=self.compute_dtype),
            keras.KerasTensor((batch, steps, memory.shape[1]), dtype="float32"),
            [keras.KerasTensor((batch, self.units), self.compute_dtype) for _ in initial_state],
        )

    def get_config(self) -> dict[str, Any]:
        names = ("units", "layers", "cell", "score", "attend", "dropout", "gated")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
