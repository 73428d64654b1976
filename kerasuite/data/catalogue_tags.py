"""The catalogue's entries of pictures with any number of tags."""

from kerasuite.data.entry import Entry


def tagged(known: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The entries, some of which have the files of others in `known`."""
    files = {entry.name: entry.files for entry in known}
    return (
        Entry(
            name="emoji_tags",
            title="Noto emoji and Twemoji, 64x64 in colour, with the keywords of each",
            kind="tagged",
            licence="Apache-2.0 (Noto); CC-BY-4.0 (Twemoji); Unicode-3.0 (keywords)",
            citation="Google LLC: Noto emoji; Twitter, Inc and other contributors: Twemoji; "
            "Unicode, Inc.: Unicode Common Locale Data Repository, release 48.2",
            attribution="Google LLC; Twitter, Inc and other contributors; Unicode, Inc.; from npm "
            "emoji-datasource 16.0.0 and cldr-annotations-full 48.2.0",
            splits=(("train", 2290), ("validation", 490), ("test", 492)),
            files=(*files["noto_emoji"], *files["twemoji"], *files["emoji_captions"]),
            mirrors=False,
            note="both styles of an emoji, and emoji that differ only in who does it, are in one "
            "split",
        ),
    )
