"""Sizes of a family are functions that say what they are."""

import inspect

import pytest

from kerasuite import models
from kerasuite.models.resnet import ResNet
from kerasuite.models.sizes import sized


def test_a_size_is_a_function_of_its_own():
    parameters = inspect.signature(models.ResNet50).parameters
    assert list(parameters) == list(inspect.signature(ResNet).parameters)
    assert parameters["blocks"].default == (3, 4, 6, 3)
    assert parameters["name"].default == "resnet50"
    assert models.ResNet50.__name__ == "ResNet50"
    assert "bottleneck=True" in models.ResNet50.__doc__


def test_callers_may_override_what_makes_a_size():
    size = sized(dict_of, "Size", "A size.", b=2)
    assert size(5) == {"a": 5, "b": 2, "name": "size"}
    assert size(b=3, name="own") == {"a": 1, "b": 3, "name": "own"}
    with pytest.raises(TypeError, match="unexpected keyword argument 'c'"):
        size(c=1)


def test_defaults_must_be_arguments():
    with pytest.raises(ValueError, match=r"arguments of dict_of.*Received: c"):
        sized(dict_of, "Size", "A size.", c=1)


def dict_of(a=1, b=1, name=""):
    return {"a": a, "b": b, "name": name}
