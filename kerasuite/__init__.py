"""kerasuite: the classic deep-learning canon as Keras 3 applications."""

__version__ = "0.1.0"
