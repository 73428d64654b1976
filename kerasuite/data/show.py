"""What 'kerasuite data' shows of the catalogue: a table, details, and a look at the examples.

Nothing here imports TensorFlow.
"""

from typing import Any

import numpy as np

from kerasuite.data import catalogue, embedded_sets
from kerasuite.data.fetch import folder, is_cached
from kerasuite.data.torch_file import read_state_dict
from kerasuite.data.wordnet import wordnet_lines

_EXAMPLES = 8


def rows() -> list[dict[str, str]]:
    """One row per data set: name, kind, examples, size, licence, state, title.

    The state is "embedded", "cached", or how it can be had, such as "to be fetched with npm".
    """
    return [_row(e) for e in catalogue.entries()]


def describe(name: str) -> dict[str, Any]:
    """All that is known of a data set, and first examples if it is on this machine.

    Returns:
        "name", "title", "kind", "splits", "licence", "citation", "attribution", "redistributable",
        "note", "size", "state", "path", and "examples": what `examples` returns, or None if the
        set is still to be fetched.

    Raises:
        InputError: if there is no such data set.
    """
    entry = catalogue.find(name)
    here = is_cached(name)
    at = entry.embedded_paths()[0].parent if entry.embedded else folder(name)
    return {
        **{k: getattr(entry, k) for k in ("name", "title", "kind")},
        "splits": dict(entry.splits),
        **{k: getattr(entry, k) for k in ("licence", "citation", "attribution")},
        "redistributable": entry.redistributable,
        "note": entry.note,
        "size": _bytes(entry.size),
        "state": _state(entry),
        "path": str(at) if here else "",
        "examples": examples(name) if here else None,
    }


def examples(name: str) -> list[tuple[str, Any]]:
    """The first examples of a data set on this machine.

    Returns:
        Pairs of a caption and the example: uint8 [h, w, c] for pictures, with tags or without,
        scenes and grounds; otherwise a string.
    """
    kind = catalogue.find(name).kind
    return {
        "pictures": _picture_examples,
        "tagged": _tagged_examples,
        "scenes": _scene_examples,
        "captions": _caption_examples,
        "captioned": _captioned_examples,
        "pairs": _pair_examples,
        "messages": _message_examples,
        "speech": _speech_examples,
        "text": _text_examples,
        "table": _table_examples,
        "ratings": _rating_examples,
        "weights": _weight_examples,
        "nouns": _noun_examples,
        "grounds": _ground_examples,
    }[kind](name)


def half_blocks(picture: np.ndarray, width: int = 24) -> Any:
    """A picture as coloured half blocks for a terminal, two pixels to a character.

    Args:
        picture: uint8 [h, w, 1 or 3].
        width: of the result, in characters.

    Returns:
        A `rich.text.Text`.
    """
    from PIL import Image
    from rich.text import Text

    grey = picture.shape[-1] == 1
    image = Image.fromarray(picture[..., 0] if grey else picture).convert("RGB")
    height = max(2, round(width * image.height / image.width) // 2 * 2)
    pixels = np.asarray(image.resize((width, height), Image.Resampling.BOX))
    text = Text()
    for upper, lower in zip(pixels[::2], pixels[1::2], strict=True):
        for above, below in zip(upper, lower, strict=True):
            text.append("▀", style=f"rgb({_rgb(above)}) on rgb({_rgb(below)})")
        text.append("\n")
    return text


def preview(name: str, width: int = 18) -> Any:
    """The first examples for a terminal, ready for `rich.print`: pictures as half blocks."""
    from rich.columns import Columns
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    shown = examples(name)
    if catalogue.find(name).kind in ("pictures", "tagged", "captioned", "scenes", "grounds"):
        return Columns([Group(half_blocks(x, width), Text(caption)) for caption, x in shown])
    table = Table(show_header=False)
    for caption, example in shown:
        table.add_row(Text(caption), Text(str(example)))
    return table


def _row(entry: catalogue.Entry) -> dict[str, str]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "examples": f"{sum(n for _, n in entry.splits):,}",
        "size": _bytes(entry.size),
        "licence": entry.licence,
        "state": _state(entry),
        "title": entry.title,
    }


def _state(entry: catalogue.Entry) -> str:
    if entry.embedded:
        return "embedded"
    clients = " and ".join(sorted({source.client for source in entry.sources}))
    return "cached" if is_cached(entry.name) else f"to be fetched with {clients}"


def _bytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def _rgb(pixel: np.ndarray) -> str:
    return ",".join(str(int(v)) for v in pixel)


def _picture_examples(name: str) -> list[tuple[str, np.ndarray]]:
    """The first picture of each class, as far as they go."""
    parts, class_names = embedded_sets.picture_arrays(name)
    images, labels = next(iter(parts.values()))
    _, first = np.unique(labels, return_index=True)
    return [(class_names[labels[i]], images[i]) for i in first[:_EXAMPLES]]


def _tagged_examples(name: str) -> list[tuple[str, np.ndarray]]:
    """Pictures from all over the set that have tags, with these."""
    from kerasuite.data.tagged_sets import picture_of, tagged_set

    found = tagged_set(name)
    some = np.flatnonzero(found.labels.any(axis=1))
    some = some[np.linspace(0, len(some) - 1, _EXAMPLES).astype(int)]
    names = np.array(found.tags)
    return [(", ".join(names[found.labels[i] > 0]), picture_of(found, i)) for i in some]


def _scene_examples(name: str) -> list[tuple[str, np.ndarray]]:
    """The first test scenes, with what is in them."""
    from kerasuite.data.compose import Recipe, compose
    from kerasuite.data.scene_materials import materials
    from kerasuite.data.splits import SPLITS

    found = materials(name)
    cutouts, backgrounds = found.cutouts["test"], found.backgrounds["test"]
    scenes = [
        compose(cutouts, backgrounds, Recipe(64), SPLITS.index("test"), i) for i in range(_EXAMPLES)
    ]
    return [(", ".join(found.class_names[k] for k in s.labels), s.image) for s in scenes]


def _weight_examples(name: str) -> list[tuple[str, str]]:
    state = read_state_dict(folder(name) / catalogue.find(name).members[0].name)
    return [(k, " x ".join(map(str, array.shape))) for k, array in state.items()][:_EXAMPLES]


def _noun_examples(_: str) -> list[tuple[str, str]]:
    lines = wordnet_lines(0)[100 : 100 + _EXAMPLES]
    parts = [line.partition(" | ") for line in lines]
    return [(line.split(" ")[4].replace("_", " "), meaning.strip()) for line, _, meaning in parts]


def _ground_examples(name: str) -> list[tuple[str, np.ndarray]]:
    from kerasuite.data.scene_materials import photograph

    files = [folder(name) / member.name for member in catalogue.find(name).members[:_EXAMPLES]]
    return [(path.stem.replace("_", " "), photograph(path)) for path in files]


def _caption_examples(name: str) -> list[tuple[str, str]]:
    if name == "emoji_names_30":
        names = embedded_sets.emoji_names()
        return [(language, names[language][100]) for language in list(names)[:_EXAMPLES]]
    some = embedded_sets.emoji_captions()[100 : 100 + _EXAMPLES]
    return [(c["c"], ", ".join(c["en"])) for c in some]


def _captioned_examples(name: str) -> list[tuple[str, np.ndarray]]:
    from kerasuite.data.captioned_sets import captioned_set

    found = captioned_set(name)
    some = np.linspace(0, len(found) - 1, _EXAMPLES).astype(int)
    return [(found.captions[i][0], found.picture(i)) for i in some]


def _pair_examples(name: str) -> list[tuple[str, str]]:
    from kerasuite.data.pair_sets import pair_set

    return [pair[:2] for pair in pair_set(name)[:_EXAMPLES]]


def _message_examples(name: str) -> list[tuple[str, str]]:
    from kerasuite.data.message_sets import message_set

    messages = message_set(name)
    some = messages[:: len(messages) // _EXAMPLES][:_EXAMPLES]
    return [(m.label, m.raw[:300].decode("utf-8", "replace")) for m in some]


def _speech_examples(name: str) -> list[tuple[str, str]]:
    sounds, texts, rate = embedded_sets.spoken_prompts()
    pairs = zip(sounds[:_EXAMPLES], texts, strict=False)
    return [(f"{len(sound) / rate:.1f} s", text) for sound, text in pairs]


def _text_examples(name: str) -> list[tuple[str, str]]:
    from kerasuite.data.text_sets import text_set

    lines = [line.strip() for line in text_set(name)[0].text[:5000].splitlines() if line.strip()]
    return [(f"line {i}", line) for i, line in enumerate(lines[:_EXAMPLES], 1)]


def _table_examples(name: str) -> list[tuple[str, str]]:
    from kerasuite.data.fetch import paths
    from kerasuite.data.tables import read_table

    first = read_table(paths(name)[0]).iloc[0]
    return [(str(k), str(v)) for k, v in [*first.items()][:_EXAMPLES]]


def _rating_examples(name: str) -> list[tuple[str, str]]:
    from kerasuite.data.fetch import paths
    from kerasuite.data.r_data import r_object

    first = r_object(*paths(name), name).head(_EXAMPLES)
    return [(f"user {u}", f"{t}: {r}") for u, t, r in first[["userId", "title", "rating"]].values]
