"""What object_detector is and which options it has."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from kerasuite.app import About, Config, Expected, option_error
from kerasuite.data.scene_cutouts import FOLDS
from kerasuite.models import registry


@dataclass(frozen=True)
class ObjectDetectorConfig(Config):
    """Options of object_detector."""

    model: str = "retinanet_small"
    """The net: retinanet_small, or retinanet in its published size."""
    backbone: str | None = None
    """The net under the pyramid, one that gives its maps; left out, the model's own."""
    pretrained: Literal["imagenet"] | None = None
    """Begin the backbone with learned weights (fetched once), and hold its batch norms."""
    backbone_rate: float = 1.0
    """What the learning rate of the backbone is multiplied by; 0 leaves it as it is."""
    backbone_held: int = 0
    """Hold the backbone's weights up to its maps at a stride of 2 to the power of this; 0: none."""
    levels: tuple[int, ...] = ()
    """The finest and the coarsest level of the pyramid, of strides 2 to the power of these; left
    out, the model's own. Finer ones find smaller things, and cost most."""
    anchor_strides: float = 4.0
    """The side of a level's smallest anchors in strides of the level. More than the paper's 4 lets
    finer levels, which know better where things end, find larger ones."""
    head_depth: int | None = None
    """Convolutions of each head before its last; left out, the model's own. More see more of a
    large thing."""
    head_width: int | None = None
    """Maps of the pyramid and of the heads; left out, the model's own."""
    head_groups: int = 0
    """Maps of each group that is normalized in the heads; 0: none, as in the paper."""
    box_loss: Literal["smooth_l1", "giou"] = "smooth_l1"
    """How boxes are learned: by their four numbers, as in the paper, or by their overlap."""
    class_head: Literal["anchors", "boxes"] = "anchors"
    """How classes are told: anchors: of each anchor how probable every class is, as in the paper;
    boxes: whether there is a thing, and apart from that of which class by logistic regression on
    the last maps of the pretrained backbone as it was, averaged over the box."""
    class_hints: bool = False
    """Of a backbone with ImageNet's weights: what its own classifier says of the classes' names
    (English nouns, by WordNet, fetched once), for the class head boxes."""
    regions: int = 0
    """For the class head boxes: how many boxes of a picture, the surest, are looked at again, each
    cut out by itself, as in R-CNN."""
    region_backbone: str | None = None
    """The net for that, with ImageNet's weights; left out, the backbone as it was."""
    region_size: int = 160
    """Side in pixels that such a cut-out is brought to."""
    target: Literal["classes", "kinds", "foreground"] = "classes"
    """What to find: the classes of the data, their wider kinds, or things of whatever class."""
    image_size: int = 128
    """Side in pixels of the pictures that the net sees; boxes are brought back to any size."""
    reduction: int = 1
    """By how much pictures are made smaller where things are looked for; classes need more."""
    augment: tuple[Literal["flip", "shift", "scale", "colour", "exchange"], ...] = (
        "flip",
        "shift",
        "scale",
        "colour",
    )
    """How training pictures vary at random (exchange: of colour channels); alone, not at all."""
    scenes: int | None = None
    """How many training scenes to compose (and hold in memory); left out, the set's own number."""
    things: int | None = None
    """The most things of a training scene (more teach more at once); left out, 3 as in the test."""
    vary_things: bool = False
    """Turn and stretch the things of training scenes at random."""
    drawings: bool = False
    """Let training scenes hold openclipart's drawings of the same classes too (fetched once)."""
    grounds: bool = False
    """Let training scenes stand on the photographs of tuxpaint_grounds too (fetched once)."""
    fold: int | None = None
    """Which quarter of the scenes' things (0 to 3) to test with, and learn from the rest; left out,
    the set's own division."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """How the learning rate falls over the run."""
    warmup: int = 0
    """Epochs over which the learning rate first rises to its highest."""
    box_weight: float = 1.0
    """Weight of the boxes' loss beside the classes' 1."""
    clip_norm: float = 10.0
    """Longest gradient; a longer one is shortened."""
    score: float = 0.05
    """The least score of a detection."""
    drawn: float = 0.4
    """The least score of a detection that is drawn, in the report and by the SavedModel."""
    overlap: float = 0.5
    """The largest overlap (IoU) of two detections of one class; of more, the surest stays. With
    --regions, of two regions."""
    detections: int = 20
    """The largest number of detections of a picture."""
    mirrored: bool = False
    """Look at the mirror image of each picture too, and average both answers (twice the work)."""
    limit: int | None = None
    """Use at most this many pictures of each split."""

    def check(self) -> None:
        super().check()
        if registry.spec(self.model).task != "detect":
            raise option_error("model", "a model that detects", self.model)
        if self.backbone is not None:
            registry.check_names([self.backbone])
        for name, low, high in (
            ("image_size", 32, 2048),
            ("detections", 1, 1000),
            ("regions", 0, 100),
            ("region_size", 32, 2048),
            ("warmup", 0, self.epochs - 1),
            ("backbone_rate", 0, 1),
            ("backbone_held", 0, 5),
        ):
            if not low <= getattr(self, name) <= high:
                raise option_error(name, f"from {low} to {high}", getattr(self, name))
        for name in ("scenes", "things", "limit"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise option_error(name, "at least 1", value)
        if self.levels and not (
            len(self.levels) == 2 and 2 <= self.levels[0] <= self.levels[1] <= 9
        ):
            raise option_error("levels", "two numbers from 2 to 9, the finer first", self.levels)
        if self.class_head == "boxes" and not self.pretrained:
            raise option_error("class_head", "anchors unless --pretrained is given", "boxes")
        if self.regions and self.class_head != "boxes":
            raise option_error("regions", "0 unless --class-head boxes", self.regions)
        if self.region_backbone is not None:
            registry.check_names([self.region_backbone])
            if not self.regions or not registry.spec(self.region_backbone).weights:
                raise option_error(
                    "region_backbone",
                    "a model with weights from ImageNet, with --regions",
                    self.region_backbone,
                )
        if self.class_hints and self.class_head != "boxes":
            raise option_error("class_hints", "--class-head boxes with it", True)
        if self.reduction < 1 or self.image_size % self.reduction:
            raise option_error(
                "reduction", f"a divisor of --image-size {self.image_size}", self.reduction
            )
        coarsest = (self.levels or registry.spec(self.model).arguments.get("levels", (3, 7)))[1]
        if self.mirrored and self.image_size % 2**coarsest:
            raise option_error(
                "mirrored", f"used with an --image-size that {2**coarsest} divides", self.image_size
            )
        if self.head_depth is not None and not 1 <= self.head_depth <= 16:
            raise option_error("head_depth", "from 1 to 16", self.head_depth)
        if self.fold is not None and not 0 <= self.fold < FOLDS:
            raise option_error("fold", f"from 0 to {FOLDS - 1}", self.fold)
        if not 0 <= self.score < 1:
            raise option_error("score", "at least 0 and below 1", self.score)
        if not 0 <= self.drawn < 1:
            raise option_error("drawn", "at least 0 and below 1", self.drawn)
        if not 0 < self.overlap <= 1:
            raise option_error("overlap", "above 0 and at most 1", self.overlap)
        for name in ("box_weight", "clip_norm", "anchor_strides"):
            if not 0 < getattr(self, name) < float("inf"):
                raise option_error(name, "a number above 0", getattr(self, name))


_SUITE = "kerasuite's own floor"

ABOUT = About(
    title="Boxes around things",
    summary="Trains RetinaNet to find things in pictures, with your own boxes or composed scenes",
    papers=(
        "T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollár: Focal Loss for Dense Object "
        "Detection. ICCV 2017",
        "T.-Y. Lin, P. Dollár, R. Girshick, K. He, B. Hariharan, S. Belongie: Feature Pyramid "
        "Networks for Object Detection. CVPR 2017",
    ),
    tags=("pictures", "detection", "convolution"),
    expected=(Expected("map_50", _SUITE, {"data": "tuxpaint_scenes"}, at_least=0.8),),
)

_DEFAULT = ObjectDetectorConfig(epochs=12, batch_size=16, image_size=96)

PRESETS: dict[str, Config] = {
    "default": _DEFAULT,
    "smoke": dataclasses.replace(
        _DEFAULT,
        image_size=64,
        epochs=2,
        batch_size=8,
        limit=32,
        tensorboard=False,
    ),
    "photographs": dataclasses.replace(
        _DEFAULT,
        data="tuxpaint_scenes",
        backbone="mobilenet_v2",
        pretrained="imagenet",
        backbone_rate=0.3,
        backbone_held=2,
        levels=(4, 6),
        head_depth=4,
        head_groups=8,
        box_loss="giou",
        box_weight=2.0,
        class_head="boxes",
        class_hints=True,
        regions=16,
        region_backbone="efficientnet_lite2",
        image_size=384,
        reduction=2,
        batch_size=8,
        scenes=3600,
        things=6,
        vary_things=True,
        drawings=True,
        grounds=True,
        epochs=10,
        mirrored=True,
        score=0.01,
        # The best mean F1 of the validation scenes, among 0.05, 0.1, …, 0.5.
        drawn=0.25,
        detections=100,
        # The validation scenes have some 15 things: which epoch is best for these says little.
        keep="last",
    ),
    "full": dataclasses.replace(
        _DEFAULT,
        data="tuxpaint_scenes",
        model="retinanet",
        image_size=512,
        scenes=4000,
        epochs=90,
        learning_rate=1e-4,
        detections=100,
    ),
}
