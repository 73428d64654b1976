"""What sparse_coding is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Expected, Study, option_error


@dataclass(frozen=True)
class SparseCodingConfig(Config):
    """Options of sparse_coding."""

    data: str | None = None
    """photographs (two that come with scikit-learn), tuxpaint_scenes (28, fetched once), a set of
    labelled pictures, or a folder of pictures; left out, photographs."""
    epochs: int = 20
    """Passes over the patches; of ica, iterations on all of them at once."""
    batch_size: int = 256
    """Patches per step; ica takes all."""
    learning_rate: float = 1e-3
    """Not used: neither way of learning has a step size."""
    kind: Literal["sparse_coding", "ica"] = "sparse_coding"
    """A dictionary with a sparse code, or independent components (FastICA)."""
    patch: int = 12
    """Side of a patch in pixels."""
    patches: int = 20_000
    """How many patches to learn from."""
    components: int = 100
    """Principal components of a patch that are kept, and whitened."""
    code: int = 200
    """Numbers of the code: atoms of the dictionary, or independent components."""
    penalty: float = 0.5
    """Sparse coding: weight of the code's absolute values."""
    inference: Literal["fista", "ista"] = "fista"
    """Sparse coding: how codes are found."""
    steps: int = 100
    """Steps of the inference of a code; twice as many where pictures are cleaned of noise."""
    noise: float = 0.1
    """Deviation of the noise that a test picture is cleaned of; 1 is from black to white."""
    shrinkage: float = 1.0
    """Weight of the code's absolute values when cleaning, in deviations of the noise."""
    stride: int = 3
    """By how many pixels the overlapping patches lie apart when cleaning."""
    picture_size: int = 240
    """Side of the pictures that the SavedModel codes, and of the test picture."""

    @property
    def cleaning_steps(self) -> int:
        """Steps for codes in the pixels' own space.

        It is not whitened, so codes take longer to settle there; unsettled ones would depend on how
        a machine rounds.
        """
        return 2 * self.steps

    def check(self) -> None:
        super().check()
        limits = {
            "patch": (4, 32),
            "patches": (100, 1_000_000),
            "code": (1, 16_384),
            "steps": (1, 10_000),
            "picture_size": (self.patch, 1024),
            "stride": (1, self.patch),
        }
        for name, (low, high) in limits.items():
            if not low <= (value := getattr(self, name)) <= high:
                raise option_error(name, f"from {low} to {high}", value)
        numbers = self.patch**2
        if not 1 <= self.components < numbers:
            expected = f"from 1 to {numbers - 1}, below the {numbers} pixels of a patch"
            raise option_error("components", expected, self.components)
        if self.kind == "ica" and self.code > self.components:
            expected = f"at most the {self.components} of --components with --kind ica"
            raise option_error("code", expected, self.code)
        for name in ("penalty", "noise", "shrinkage"):
            if not 0 < (value := getattr(self, name)) < float("inf"):
                raise option_error(name, "a number above 0", value)
        if self.picture_size % self.patch:
            raise option_error(
                "picture_size", f"a multiple of --patch {self.patch}", self.picture_size
            )
        if (self.picture_size - self.patch) % self.stride:
            raise option_error("stride", "such that patches reach the picture's edge", self.stride)


ABOUT = About(
    title="Patches of photographs into few numbers",
    summary="Learns dictionaries for sparse codes, or independent components, of photographs; "
    "their Gabor-like atoms are measured, and pictures cleaned of noise",
    papers=(
        "B. Olshausen, D. Field: Emergence of Simple-Cell Receptive Field Properties by Learning a "
        "Sparse Code for Natural Images. Nature 381, 1996",
        "A. Hyvärinen: Fast and Robust Fixed-Point Algorithms for Independent Component Analysis. "
        "IEEE Transactions on Neural Networks 10(3), 1999",
        "A. Beck, M. Teboulle: A Fast Iterative Shrinkage-Thresholding Algorithm for Linear "
        "Inverse Problems. SIAM Journal on Imaging Sciences 2(1), 2009",
        "J. Mairal, F. Bach, J. Ponce, G. Sapiro: Online Learning for Matrix Factorization and "
        "Sparse Coding. JMLR 11, 2010",
        "M. Elad, M. Aharon: Image Denoising via Sparse and Redundant Representations over Learned "
        "Dictionaries. IEEE Transactions on Image Processing 15(12), 2006",
    ),
    tags=("pictures", "dictionary", "unsupervised", "denoising"),
    expected=(
        Expected(
            "gabor_fit",
            "Olshausen & Field 1996: localised, oriented, bandpass; the suite wants a median of "
            "0.7 of the variance",
            {"data": None, "patch": 12, "patches": 20_000},
            at_least=0.7,
        ),
    ),
)

_DEFAULT = SparseCodingConfig()

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "ica": dataclasses.replace(_DEFAULT, kind="ica", code=100, epochs=60),
    "smoke": dataclasses.replace(
        _DEFAULT,
        patch=6,
        patches=600,
        components=24,
        code=32,
        steps=20,
        epochs=3,
        batch_size=100,
        stride=3,
        picture_size=36,
        tensorboard=False,
    ),
    "full": dataclasses.replace(
        _DEFAULT,
        data="tuxpaint_scenes",
        patch=16,
        patches=100_000,
        components=180,
        code=400,
        stride=4,
        epochs=30,
    ),
}

STUDIES: dict[str, Study] = {
    "penalty": Study(
        "How sparse a code",
        "fewer numbers of the code are used, and less of the patch is explained",
        ("penalty=0.2,0.5,1",),
        {"tensorboard": "false"},
    ),
}
