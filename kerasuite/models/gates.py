"""Logic gates of McCulloch-Pitts units: functions that are wired, not learned."""

from typing import Any

import keras

from kerasuite.layers import McCullochPitts

# Per gate its layers, each (connections, thresholds). Inhibition is absolute, so one unit can
# fire for "neither" but not for "not both": NAND and XOR take two layers.
WIRING: dict[str, tuple[tuple[Any, Any], ...]] = {
    "and": (([[1, 1]], [2]),),
    "or": (([[1, 1]], [1]),),
    "not": (([[-1]], [0]),),
    "nor": (([[-1, -1]], [0]),),
    "nand": (([[-1, 0], [0, -1]], [0, 0]), ([[1, 1]], [1])),
    "xor": (([[1, -1], [-1, 1]], [1, 1]), ([[1, 1]], [1])),
}


def LogicGate(gate: str, name: str | None = None) -> keras.Model:
    """Builds a gate of McCulloch-Pitts units.

    Args:
        gate: "and", "or", "not", "nor", "nand" or "xor".
        name: name of the model; the gate's if left out.

    Returns:
        A functional `keras.Model` from (batch, 2) inputs, 0 or 1 ("not": (batch, 1)), to
        (batch, 1) answers, 0 or 1. It has no weight to train.

    Raises:
        ValueError: if there is no such gate.

    Reference:
        McCulloch & Pitts 1943, "A logical calculus of the ideas immanent in nervous activity",
        figure 1.
    """
    if gate not in WIRING:
        raise ValueError(f"`gate` must be one of {', '.join(WIRING)}. Received: gate={gate!r}")
    inputs = keras.Input((len(WIRING[gate][0][0][0]),), name="inputs")
    x = inputs
    for i, (connections, thresholds) in enumerate(WIRING[gate], 1):
        x = McCullochPitts(connections, thresholds, name=f"units{i}")(x)
    return keras.Model(inputs, x, name=name or f"{gate}_gate")
