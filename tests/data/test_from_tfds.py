"""Sets are generated under a TFDS_DATA_DIR of the test's own, and read from there by name."""

import numpy as np
import pytest

from kerasuite.data.load import load_pictures
from kerasuite.errors import InputError, KerasuiteError

tfds = pytest.importorskip("tensorflow_datasets")


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    return tmp_path / "tfds"


def generate(data_dir, name, splits, features=None):
    """Writes a set of random pictures whose first value is the label."""
    rng = np.random.default_rng(0)
    if features is None:
        features = tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(shape=(6, 5, 3), encoding_format="png"),
                "label": tfds.features.ClassLabel(names=["cat", "dog"]),
            }
        )

    def examples(count):
        for i in range(count):
            image = rng.integers(0, 256, (6, 5, 3), dtype="uint8")
            image[0, 0] = i % 2
            example = {"image": image, "label": i % 2}
            yield f"{i:03}", {k: v for k, v in example.items() if k in features}

    tfds.dataset_builders.store_as_tfds_dataset(
        name=name,
        version="1.0.0",
        features=features,
        split_datasets={s: list(examples(n)) for s, n in splits.items()},
        data_dir=data_dir,
        disable_shuffling=True,
    )


def test_a_set_that_lies_there(data_dir):
    generate(data_dir, "pets", {"train": 40, "test": 10})
    splits = load_pictures("tfds:pets")
    assert [len(s) for s in (splits.train, splits.validation, splits.test)] == [34, 6, 10]
    assert splits.info.name == "tfds:pets" and splits.info.class_names == ("cat", "dog")
    assert splits.info.shape == (6, 5, 3) and len(splits.info.mean) == 3
    for split in (splits.train, splits.validation, splits.test):
        np.testing.assert_array_equal(split.images[:, 0, 0, 0], split.labels)
    assert load_pictures("tfds:pets", size=(9, 9), channels=1, limit=4).train.shape == (9, 9, 1)


def test_sets_without_classes_or_training(data_dir):
    image = tfds.features.Image(shape=(6, 5, 3), encoding_format="png")
    generate(data_dir, "bare", {"train": 3}, tfds.features.FeaturesDict({"image": image}))
    with pytest.raises(
        InputError, match=r"expected the features image and label\. Received: image"
    ):
        load_pictures("tfds:bare")
    generate(data_dir, "untrained", {"test": 3})
    with pytest.raises(InputError, match=r"expected a split called train\. Received: test"):
        load_pictures("tfds:untrained")


def test_sets_that_are_not_there(monkeypatch):
    with pytest.raises(InputError, match="TensorFlow Datasets has no set called 'nonesuch'"):
        load_pictures("tfds:nonesuch")

    def fails(*args, **kwargs):
        raise ConnectionError("no network\nmore")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fails)
    with pytest.raises(
        KerasuiteError, match=r"tfds:mnist is not in .* be prepared: no network$"
    ) as e:
        load_pictures("tfds:mnist")
    assert e.value.exit_code == 1
