"""What passes through the layers of a net, at the start and at the end of training."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasuite.report import drawing
from kerasuite.report.figure import Figure
from kerasuite.report.words import number

PANELS = {
    "signal": "Signal forward",
    "gradient": "Gradient back",
    "flat": "Flat answers",
    "dead": "Dead units",
}
SHARES = ("flat", "dead")
# What is 0 has no place on a logarithmic axis; it is drawn at the foot.
SMALLEST = 1e-12


def layer_profile(
    profiles: Mapping[str, Sequence[Mapping[str, Any]]], name: str = "layers"
) -> Figure:
    """Draws `layer_statistics` layer by layer.

    Args:
        profiles: moment ("start", "end") to the rows of `layer_statistics`.
        name: name of the figure.

    Returns:
        The figure: one panel each for signal, gradient, flat answers and dead units.

    Raises:
        ValueError: if there is no layer.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if not profiles or not all(profiles.values()):
        raise ValueError("At least one layer is needed at each moment. Received: none")
    with drawing.theme():
        canvas = drawing.canvas(760, 440)
        canvas.get_layout_engine().set(w_pad=8 / 72, h_pad=8 / 72)
        for axes, (key, title) in zip(canvas.subplots(2, 2).flat, PANELS.items(), strict=True):
            for i, (moment, rows) in enumerate(profiles.items()):
                values = np.array([row[key] for row in rows], "float64")
                values = values if key in SHARES else np.maximum(values, SMALLEST)
                depth = np.arange(1, len(values) + 1)
                style = {"color": drawing.series(1 - i), "markersize": 4}
                axes.plot(depth, values, "o-" if i else "o--", label=moment, **style)
            axes.set(title=title, xlabel="layer")
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            if key in SHARES:
                axes.set_ylim(-0.03, 1.03)
                axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v * 100:.0f} %"))
            else:
                # Whole decades: within one, a logarithmic axis would have no number to show.
                low, high = axes.dataLim.intervaly
                axes.set(
                    yscale="log",
                    ylim=(_decade(low * 0.99, np.floor), _decade(high * 1.01, np.ceil)),
                )
                axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: number(v)))
                axes.yaxis.set_minor_formatter(FuncFormatter(lambda v, _: ""))
        canvas.axes[0].legend(loc="best")
        caption = (
            "Layer by layer: the spread of the activations, the size of the loss's gradient by "
            "them, the share of answers where the activation is flat (switched off or saturated) "
            "and of units that are flat for every example."
        )
        return drawing.finish(canvas, name, "What passes through the layers", caption)


def _decade(value: float, rounded: Callable[[float], float]) -> float:
    return float(10.0 ** rounded(np.log10(value)))
