"""Pictures with captions from anywhere: the catalogue, an own table, COCO's JSON file."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from kerasuite.data import catalogue
from kerasuite.data.captioned_sets import DEFAULT, captioned_set
from kerasuite.data.decoding import fit_array
from kerasuite.data.labelled import SHARES, split_indices
from kerasuite.data.load import looks_like_path
from kerasuite.data.pictures import Pictures
from kerasuite.data.reading import mean_and_std, picture_sums, read_pictures
from kerasuite.data.splits import Info, Splits
from kerasuite.data.tagged import given_splits, picture_files, picture_table
from kerasuite.errors import InputError

COLUMN = "caption"
_TABLES = ("captions.csv", "captions.tsv", "captions.jsonl", "captions.parquet", "captions.json")
_LEAST = 6


@dataclasses.dataclass(frozen=True)
class Captioned:
    """The pictures of one split.

    Attributes:
        pictures: of one size.
        captions: per picture at least one.
        languages: per caption the number of its language; None where there is but one.
    """

    pictures: Pictures
    captions: tuple[tuple[str, ...], ...]
    languages: tuple[tuple[int, ...], ...] | None = None

    def __len__(self) -> int:
        return len(self.captions)

    def pairs(self) -> tuple[np.ndarray, list[str]]:
        """Each caption with the number of its picture, int32 [captions]."""
        numbers = [i for i, each in enumerate(self.captions) for _ in each]
        return np.array(numbers, "int32"), [c for each in self.captions for c in each]

    def spoken(self) -> np.ndarray:
        """The language of each caption of `pairs`, int32 [captions]."""
        if self.languages is None:
            return np.zeros(sum(map(len, self.captions)), "int32")
        return np.array([number for each in self.languages for number in each], "int32")

    def in_language(self, number: int) -> tuple[np.ndarray, list[tuple[str, ...]]]:
        """Which pictures have captions in a language, int64 [n], and these captions of each."""
        if self.languages is None:
            return np.arange(len(self)), list(self.captions)
        pairs = zip(self.captions, self.languages, strict=True)
        found = [
            tuple(c for c, n in zip(texts, numbers, strict=True) if n == number)
            for texts, numbers in pairs
        ]
        return np.flatnonzero([bool(each) for each in found]), [each for each in found if each]


@dataclasses.dataclass
class _Found:
    captions: list[tuple[str, ...]]
    splits: np.ndarray
    info: Info
    images: np.ndarray | None = None
    files: list[Path] | None = None
    languages: list[tuple[int, ...]] | None = None


def load_captioned(
    source: str | None = None,
    *,
    size: tuple[int, int],
    seed: int = 0,
    limit: int | None = None,
    division: int = 0,
    languages: tuple[str, ...] = (),
) -> Splits:
    """Loads pictures with captions, divided by picture.

    Own data is a table (CSV, TSV, Parquet, JSON lines) beside its pictures: the column "caption",
    and one with their files; a picture with several captions has as many rows. A column "split", if
    there is one, says train, validation or test. Or it is a JSON file as COCO's captions are, or a
    folder that holds such a file called captions.csv, captions.jsonl, captions.json, ….

    Args:
        source: a name of the catalogue, or a path; None for emoji with their names.
        size: height and width that pictures are brought to.
        seed: which pictures of own data fall into which split, and which ones `limit` takes.
        limit: at most so many pictures per split.
        division: which of the divisions of a set of the catalogue into splits; 0 is the
            catalogue's own.
        languages: codes of the captions' languages, of emoji; none for English alone.

    Returns:
        Three `Captioned` and their `Info`.

    Raises:
        InputError: if there is no such source, or it cannot be used.
        KerasuiteError: if it cannot be fetched.
    """
    source = DEFAULT if source is None else source
    if source in catalogue.names():
        return _divided(_of_catalogue(source, division, languages), size, 0, seed, limit)
    if not looks_like_path(source):
        raise InputError(
            f"There is no data set called {source!r}{catalogue.near(source, catalogue.names())}; "
            "expected a name that 'kerasuite data list' shows, or the path of a table of captions"
        )
    if languages:
        raise InputError(
            f"--languages is for {DEFAULT}, whose names are known in many. Received: {source}"
        )
    if division:
        raise InputError(
            "--division is of the catalogue's data; own data is divided by --seed, or by its "
            f"column 'split'. Received: {division} for {source}"
        )
    path = _table_of(Path(source).expanduser())
    found = _of_coco(path) if path.suffix.lower() == ".json" else _of_table(path)
    return _divided(found, size, seed, seed, limit)


def _of_catalogue(name: str, division: int, languages: tuple[str, ...]) -> _Found:
    entry = catalogue.find(name, kinds=("captioned",))
    found = captioned_set(name, division, languages)
    info = Info(
        name,
        languages=languages,
        mirrors=entry.mirrors,
        licence=entry.licence,
        citation=entry.citation,
    )
    files = None if found.files is None else list(found.files)
    spoken = None if found.languages is None else list(found.languages)
    return _Found(list(found.captions), found.splits, info, found.images, files, spoken)


def _table_of(path: Path) -> Path:
    if not path.is_dir():
        if not path.is_file():
            raise InputError(f"{path} does not exist; expected a table of pictures and captions")
        return path
    for name in _TABLES:
        if (path / name).is_file():
            return path / name
    raise InputError(f"{path} holds none of {', '.join(_TABLES)}, which say its captions")


def _of_table(path: Path) -> _Found:
    table = picture_table(path)
    columns = tuple(map(str, table.columns))
    if COLUMN not in columns:
        raise InputError(
            f"{path} has no column {COLUMN!r}{catalogue.near(COLUMN, columns)}. Received: the "
            f"columns {', '.join(columns[:20])}"
        )
    files = picture_files(path, table.drop(columns=COLUMN))
    splits = given_splits(path, table) if "split" in columns else np.full(len(files), "", "U10")
    texts = ["" if c is None or c != c else str(c) for c in table[COLUMN]]
    return _joined(path, files, texts, splits)


def _of_coco(path: Path) -> _Found:
    """The form of COCO's captions_train2017.json; pictures lie beside the file or below."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        names = {image["id"]: str(image["file_name"]) for image in record["images"]}
        pairs = [(a["image_id"], str(a["caption"])) for a in record["annotations"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as e:
        raise InputError(
            f'{path} is not in the form of COCO\'s captions; expected "images" with "id" and '
            f'"file_name", and "annotations" with "image_id" and "caption". Received: {e!r:.80}'
        ) from e
    folder = path.parent.resolve()
    by_picture: dict[Any, list[str]] = {key: [] for key in names}
    for key, text in pairs:
        if key not in by_picture:
            raise InputError(
                f"{path} has a caption of an unknown picture. Received: image_id={key}"
            )
        by_picture[key].append(text)
    files, texts = [], []
    for key, name in names.items():
        file = folder / name
        if "\0" in name or not file.resolve().is_relative_to(folder):
            raise InputError(f"{path} names the picture {name!r}, outside of {path.parent}")
        for text in by_picture[key] or [""]:
            files.append(file)
            texts.append(text)
    return _joined(path, files, texts, np.full(len(files), "", "U10"))


def _joined(path: Path, files: list[Path], texts: list[str], splits: np.ndarray) -> _Found:
    """Rows of one picture become one; pictures without a caption are left out and named."""
    captions: dict[Path, list[str]] = {}
    split_of: dict[Path, str] = {}
    for file, text, split in zip(files, texts, splits, strict=True):
        captions.setdefault(file, [])
        if (words := " ".join(text.split())) and words not in captions[file]:
            captions[file].append(words)
        if split_of.setdefault(file, str(split)) != split:
            raise InputError(f"{path} has {file.name} in two splits: {split_of[file]} and {split}")
    skipped = tuple((str(f), "has no caption") for f, each in captions.items() if not each)
    kept = [f for f, each in captions.items() if each]
    if not kept:
        raise InputError(f"{path}: none of its {len(captions)} pictures has a caption")
    info = Info(str(path), skipped=skipped)
    chosen = np.array([split_of[f] for f in kept], "U10")
    return _Found([tuple(captions[f]) for f in kept], chosen, info, files=kept)


def _divided(
    found: _Found, size: tuple[int, int], split_seed: int, limit_seed: int, limit: int | None
) -> Splits:
    captions, splits, info = found.captions, found.splits, found.info
    if found.files is not None:
        reading = read_pictures(found.files, size, 3)
        captions = [c for c, ok in zip(captions, reading.readable, strict=True) if ok]
        splits = splits[reading.readable]
        info = dataclasses.replace(info, skipped=(*info.skipped, *reading.skipped))
        if reading.images is None:
            raise InputError(
                f"{info.name}: its pictures do not fit into memory at {size[0]}x{size[1]} pixels; "
                "use a smaller --image-size or --limit"
            )
        images, sums = reading.images, reading.sums
    else:
        images = fit_array(found.images, size, 3)
        sums = picture_sums(images)
    if len(captions) < _LEAST:
        raise InputError(
            f"{info.name}: too few pictures can be read; expected at least {_LEAST}. "
            f"Received: {len(captions)}"
        )
    index = split_indices(np.zeros((len(captions), 1), "int32"), splits, split_seed)
    rng = np.random.default_rng(limit_seed)
    parts = {}
    for split, chosen in index.items():
        if limit is not None and limit < len(chosen):
            chosen = index[split] = np.sort(rng.choice(chosen, limit, replace=False))
        pictures = Pictures(np.zeros(len(chosen), "int32"), images=images[chosen])
        spoken = found.languages and tuple(found.languages[i] for i in chosen)
        parts[split] = Captioned(pictures, tuple(captions[i] for i in chosen), spoken)
        if not len(chosen):
            raise InputError(f"{info.name} has no picture for {split}; expected at least one")
    mean, std = mean_and_std(sums[index["train"]])
    info = dataclasses.replace(info, shape=(*size, 3), mean=mean, std=std)
    return Splits(*(parts[s] for s in SHARES), info)
