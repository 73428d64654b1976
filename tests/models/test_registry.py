"""Registering a model is testing it."""

import subprocess
import sys

import pytest

from kerasuite import models
from kerasuite.errors import InputError
from tests import cases

# Models with other outputs have tests of their own; here, of their size.
CLASSIFIERS = [name for name in models.names() if cases.is_classifier(name)]
LIGHT = [name for name in CLASSIFIERS if cases.is_light(name)]
HEAVY = [name for name in CLASSIFIERS if not cases.is_light(name)]


@pytest.mark.parametrize(
    "name", [*LIGHT, *(pytest.param(name, marks=pytest.mark.slow) for name in HEAVY)]
)
def test_model(name, tmp_path):
    cases.run_builder_test(name, tmp_path)


@pytest.mark.parametrize("name", sorted(set(models.names()) - set(LIGHT)))
def test_size_of_model(name):
    cases.run_size_test(name)


def test_names_match_patterns_in_order():
    assert models.names() == sorted(models.names())
    assert models.names("lenet5*") == ["lenet5", "lenet5_1998"]
    assert models.names("no_such*") == []


def test_every_spec_is_complete():
    for name in models.names():
        spec = models.spec(name)
        assert spec.name == name
        assert spec.summary
        assert spec.parameters is None or spec.paper


def test_unknown_names_suggest_near_ones():
    with pytest.raises(InputError, match=r"no model 'lenet'.*lenet5"):
        models.create("lenet")
    with pytest.raises(ValueError, match="small_cnn"):
        models.check_names(["mlp", "smallcnn"])


def test_create_passes_arguments_on():
    assert models.create("mlp", hidden_units=(5,), name="own").name == "own"
    with pytest.raises(TypeError):
        models.create("mlp", no_such_argument=1)


def test_builders_are_found_lazily():
    assert "LeNet5" in dir(models)
    assert models.SmallCNN.__name__ == "SmallCNN"
    with pytest.raises(AttributeError, match="no attribute 'NoSuchNet'"):
        _ = models.NoSuchNet


def test_listing_imports_no_framework():
    script = (
        "import sys; from kerasuite import models; models.names(); models.spec('mlp');"
        "print(sorted({'keras', 'tensorflow', 'numpy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
