"""Pictures of agents: how the reward grew, and how it is spread in the end."""

from collections.abc import Sequence

import numpy as np

from kerasuite.report import drawing
from kerasuite.report.figure import Figure
from kerasuite.report.words import number

_DASHED = (0, (4, 2))
_MOST_DOTS = 1500


def reward_curve(
    steps: Sequence[float],
    rewards: Sequence[float],
    validated: Sequence[float],
    validation: Sequence[float],
    threshold: float | None = None,
    name: str = "reward_curve",
) -> Figure:
    """Draws the rewards of training episodes and of validation over the steps.

    Args:
        steps: float [episodes], of the environments, at the end of each training episode.
        rewards: float [episodes].
        validated: float [n], steps at which the agent was measured.
        validation: float [n], mean reward then.
        threshold: what counts as solved; None for nothing.
        name: of the figure.
    """
    steps, rewards = np.asarray(steps, float), np.asarray(rewards, float)
    with drawing.theme():
        canvas = drawing.canvas(720, 300)
        axes = canvas.subplots()
        chosen = np.unique(np.linspace(0, len(steps) - 1, _MOST_DOTS).round().astype(int))
        if len(steps):
            axes.plot(
                steps[chosen], rewards[chosen], ".", color=drawing.colour("series-2"), alpha=0.35,
                markersize=4, markeredgewidth=0, label="training episode",
            )  # fmt: skip
        axes.plot(
            validated, validation, color=drawing.colour("series-1"), marker="o", markersize=4,
            label="validation",
        )  # fmt: skip
        if threshold is not None:
            axes.axhline(
                threshold, color=drawing.colour("muted"), linestyle=_DASHED, linewidth=1,
                label=f"solved: {number(float(threshold))}",
            )  # fmt: skip
        axes.set(xlabel="steps of the environments", ylabel="reward of an episode")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=3)
        caption = (
            "Each dot is an episode of training, where the agent explores; the line is the mean "
            "over validation episodes, where it does not."
        )
        return drawing.finish(canvas, name, "How it learned", caption)


def reward_histogram(
    rewards: Sequence[float], random: float | None = None, name: str = "test_rewards"
) -> Figure:
    """Draws how the rewards of test episodes are spread.

    Args:
        rewards: float [episodes].
        random: the mean reward of random actions; None if it is not known.
        name: of the figure.
    """
    values = np.asarray(rewards, float)
    with drawing.theme():
        canvas = drawing.canvas(560, 260)
        axes = canvas.subplots()
        axes.hist(values, bins=min(20, len(values)), color=drawing.colour("series-1"), rwidth=0.92)
        axes.axvline(values.mean(), color=drawing.colour("ink"), linewidth=2, label="mean")
        if random is not None:
            axes.axvline(
                random, color=drawing.colour("muted"), linestyle=_DASHED, label="random actions"
            )
        axes.set(xlabel="reward of an episode", ylabel="test episodes")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2)
        caption = f"{len(values)} episodes on seeds that training never used."
        return drawing.finish(canvas, name, "Rewards of the test", caption)
