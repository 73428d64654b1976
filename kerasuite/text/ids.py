"""The ids that mean the same in every tokenizer."""

PAD, UNKNOWN, START, END = 0, 1, 2, 3

SPECIAL = ("<pad>", "⁇", "<start>", "<end>")
"""How the special ids are written in vocabulary files. An unknown piece is shown as ⁇."""
