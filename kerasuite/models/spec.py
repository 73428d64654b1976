"""What is known of a model before it is built. Imports no deep-learning framework."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Spec:
    """One model of the registry.

    Attributes:
        name: what it is called on the command line.
        builder: the function that builds it, as "module:function".
        summary: one line on what it is.
        paper: where it was published, "" if nowhere.
        input_shape: the input of the paper, (height, width, channels), of clips
            (frames, height, width, channels).
        classes: the classes of the paper.
        parameters: trainable parameters as published, for `input_shape` and `classes`; None if
            nowhere published.
        size: height and width to which pictures of another origin are brought.
        arguments: what the builder is called with beside the above.
        figure: what the paper measured with it, in a few words, "" if nothing.
        task: "classify" for one probability a class; "classify_video" for the same of a clip,
            "segment" of each pixel, "multitask" for a dict with the probabilities of each task,
            "detect" for a dict with the logits of classes and the codes of boxes at each anchor,
            "generate" for an example made of noise, "discriminate" for scores of how real an
            example looks, "translate_pictures" for a picture made of another.
            Other tasks have outputs of their own.
        weights: the catalogue's entry of weights learned from ImageNet, None if there is none.
    """

    name: str
    builder: str
    summary: str
    paper: str = ""
    input_shape: tuple[int, ...] = (32, 32, 3)
    classes: int = 10
    parameters: int | None = None
    size: tuple[int, int] = (32, 32)
    arguments: dict[str, Any] = field(default_factory=dict)
    figure: str = ""
    task: str = "classify"
    weights: str | None = None
