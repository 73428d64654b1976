"""What the report shows of a coder of patches."""

from typing import Any

import numpy as np

from kerasuite.apps.sparse_coding.config import SparseCodingConfig
from kerasuite.apps.sparse_coding.measuring import (
    atom_pictures,
    cleaned,
    noisy_picture,
    principal_pictures,
)
from kerasuite.apps.sparse_coding.pictures import psnr
from kerasuite.data.splits import Splits
from kerasuite.report import figures as draw
from kerasuite.report.figure import Figure
from kerasuite.training.patch_coders import PatchCoder

_SHOWN = 12
_MOST_ATOMS = 256


def coder_figures(
    model: PatchCoder, splits: Splits, evaluation: dict[str, Any], config: SparseCodingConfig
) -> list[Figure]:
    """The atoms, principal components beside them, their plane of waves, patches, a picture."""
    return [
        _filters(atom_pictures(model, config), "atoms", "What the code's numbers stand for"),
        _filters(
            principal_pictures(model, config), "principal", "Principal components of the patches"
        ),
        _waves(evaluation["shapes"]),
        _patches(model, splits, config),
        _cleaned(model, splits, config),
    ]


def _filters(pictures: np.ndarray, name: str, title: str) -> Figure:
    # By how much of the patch they cover: the well localised ones come first.
    energy = np.square(pictures / np.linalg.norm(pictures, axis=(1, 2), keepdims=True))
    order = np.argsort(-np.square(energy).sum((1, 2)), kind="stable")
    kernel = np.moveaxis(pictures[order], 0, -1)[:, :, None]
    figure = draw.filters(kernel, name, most=_MOST_ATOMS)
    caption = f"{figure.caption} Those that cover least of the patch come first."
    return Figure(name, title, caption, figure.data, figure.kind)


def _waves(shapes: list[dict[str, float]]) -> Figure:
    points = np.array([
        [s["frequency"] * np.cos(s["orientation"]), s["frequency"] * np.sin(s["orientation"])]
        for s in shapes
    ])  # fmt: skip
    caption = (
        "Each dot is an atom: its direction is that across its stripes, its distance from the "
        "middle of the lower edge the frequency, in cycles a pixel."
    )
    labels = np.zeros(len(points), "int32")
    return draw.code_plane(points, labels, ["atoms"], "waves", "Orientation and frequency", caption)


def _patches(model: PatchCoder, splits: Splits, config: SparseCodingConfig) -> Figure:
    rows = splits.test.rows[:_SHOWN]
    codes = model.predict(rows, verbose=0)
    rebuilt = np.asarray(model.rebuilt(codes)) + rows.mean(1, keepdims=True)

    def squares(values: np.ndarray) -> np.ndarray:
        return values.reshape(-1, config.patch, config.patch, 1)

    return draw.picture_rows(
        {"test": squares(rows), "rebuilt": squares(rebuilt)},
        "patches",
        "Patches through their codes",
        "Test patches, and what their codes and means make of them.",
    )


def _cleaned(model: PatchCoder, splits: Splits, config: SparseCodingConfig) -> Figure:
    clean, noisy = noisy_picture(splits.test, config)
    found = cleaned(model, noisy, config)
    pictures = {"clean": clean, "with noise": noisy, "by learnt atoms": found["learnt"],
                "by cosines": found["cosines"]}  # fmt: skip
    captions = [
        name if name == "clean" else f"{name}\n{psnr(clean, p):.2f} dB"
        for name, p in pictures.items()
    ]
    images = np.uint8(np.round(255 * np.stack(list(pictures.values())).clip(0, 1)))
    return draw.picture_sheet(
        images[..., None],
        captions,
        columns=4,
        name="denoised",
        title="A test picture cleaned of noise",
        caption="Overlapping patches from sparse codes, in what was learnt and in cosines.",
    )
