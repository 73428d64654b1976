"""Sentences into another language: recurrent encoder-decoders, with attention and without."""
