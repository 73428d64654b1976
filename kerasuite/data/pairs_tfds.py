"""Translation sets by way of TensorFlow Datasets."""

import tensorflow_datasets as tfds

from kerasuite.data.from_tfds import known_splits, prepared
from kerasuite.data.pairs import Pairs
from kerasuite.errors import InputError


def read_tfds(name: str) -> tuple[Pairs, list[str]]:
    """Reads a translation set of TensorFlow Datasets.

    Args:
        name: as `tfds.builder` takes it, such as "wmt14_translate/de-en".

    Returns:
        Its pairs, each a document by itself, and the split of each.

    Raises:
        InputError: if there is no such set, or it holds no translations.
        KerasuiteError: if it cannot be prepared.
    """
    builder = prepared(name)
    features = builder.info.features
    if not isinstance(features, tfds.features.Translation) or len(features) != 2:
        raise InputError(
            f"tfds:{name} cannot be used here: expected translations of two languages. "
            f"Received: {features}"
        )
    source, target = features
    pairs, marks = Pairs(), []
    for split, ours in known_splits(name, builder).items():
        for i, row in enumerate(tfds.as_numpy(builder.as_dataset(split))):
            texts = [row[code].decode("utf-8", "replace").strip() for code in (source, target)]
            if all(texts):
                columns = (*texts, f"{split}:{i}", source, target)
                for column, value in zip(vars(pairs).values(), columns, strict=True):
                    column.append(value)
                marks.append(ours)
    return pairs, marks
