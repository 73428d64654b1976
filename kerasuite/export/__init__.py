"""Keras model → SavedModel: signatures that take raw input, checked before they are published.

Import from the modules: `versions` and `inputs` need no TensorFlow.
"""
