"""Keras model → SavedModel: signatures that take raw input, checked before they are published."""

from kerasuite.export.publish import Published, publish
from kerasuite.export.signature import Check, Signature

__all__ = ["Check", "Published", "Signature", "publish"]
