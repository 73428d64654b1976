"""Text in the graph: tokenizers and decoding that live inside a SavedModel."""
