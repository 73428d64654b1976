"""What is published must be right, whole and small, or not be there at all."""

import json
import resource
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from kerasuite.errors import InputError, KerasuiteError
from kerasuite.export import parity
from kerasuite.export.publish import publish
from kerasuite.export.signature import Check, Signature
from kerasuite.export.versions import locate, versions
from kerasuite.export.warmup import FILE, write_warmup


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((40,)), keras.layers.Dense(300, "relu"), keras.layers.Dense(3, "softmax")]
    )


def export(model, folder, answers=None):
    names = tf.constant(["ant", "bee", "cat"])

    def rank(x):
        scores, order = tf.math.top_k(model(x), 3)
        return {"classes": tf.gather(names, order), "scores": scores}

    x = np.random.default_rng(0).normal(size=(12, 40)).astype("float32")
    scores = model.predict(x, verbose=0) if answers is None else answers
    order = np.argsort(-scores, -1)
    wanted = {
        "classes": np.array([b"ant", b"bee", b"cat"])[order],
        "scores": np.take_along_axis(scores, order, -1),
    }
    signature = Signature(rank, (tf.TensorSpec([None, 40], tf.float32, "x"),), {"x": "array"})
    return publish(
        "insects",
        folder,
        {"serving_default": signature},
        {"serving_default": Check({"x": x}, wanted)},
        {"class_names": ["ant", "bee", "cat"]},
    )


def leftovers(folder):
    return [p.name for p in folder.iterdir() if not p.name.isdecimal()]


def test_versions_count_up_and_nothing_else_remains(model, tmp_path):
    assert [export(model, tmp_path).version for _ in range(2)] == [1, 2]
    (tmp_path / "9").mkdir()
    assert export(model, tmp_path).version == 10
    assert leftovers(tmp_path) == []


def test_each_weight_is_stored_once(model, tmp_path):
    path = export(model, tmp_path).path
    stored = sum(f.stat().st_size for f in (path / "variables").glob("variables.data*"))
    assert stored <= 1.1 * 4 * model.count_params()


def test_a_differing_export_is_refused(model, tmp_path):
    wrong = np.full((12, 3), 1 / 3, "float32")
    with pytest.raises(KerasuiteError, match="differs from the Keras model"):
        export(model, tmp_path, wrong)
    assert list(tmp_path.iterdir()) == []


def test_nan_is_refused(model, tmp_path):
    model.layers[-1].bias.assign([np.nan, 0, 0])
    with pytest.raises(KerasuiteError, match="Not published"):
        export(model, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_equal_scores_may_change_places():
    got = {"classes": np.array([[b"b", b"a"]]), "scores": np.array([[0.5, 0.5]])}
    wanted = {"classes": np.array([[b"a", b"b"]]), "scores": np.array([[0.5, 0.5]])}
    got, wanted = parity.by_class(got), parity.by_class(wanted)
    np.testing.assert_array_equal(got["classes"], wanted["classes"])


def test_warm_up_requests_are_answered(model, tmp_path):
    path = export(model, tmp_path).path
    function = tf.saved_model.load(str(path)).signatures["serving_default"]
    sizes = []
    for record in tf.data.TFRecordDataset(str(path / FILE)):
        log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
        request = log.predict_log.request
        assert request.model_spec.name == "insects"
        x = tf.constant(tf.make_ndarray(request.inputs["x"]))
        sizes.append(len(function(x=x)["scores"]))
    assert sizes == [1, 8]


@pytest.mark.parametrize(("side", "sizes"), [(4, [1, 8]), (256, [1, 3]), (700, [1])])
def test_warmup_requests_are_small(side, sizes, tmp_path):
    """Of float32 pictures as many as a MiB holds, and one of larger ones."""
    pictures = np.zeros((8, side, side), "float32")
    assert write_warmup(tmp_path, "m", {"f": Check({"x": pictures}, {})}) == len(sizes)
    found = []
    for record in tf.data.TFRecordDataset(str(tmp_path / FILE)):
        request = prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
        found.append(request.inputs["x"].tensor_shape.dim[0].size)
    assert found == sizes


def test_signature_file(model, tmp_path):
    about = json.loads((export(model, tmp_path).path / "signature.json").read_text())
    assert about["class_names"] == ["ant", "bee", "cat"]
    described = about["signatures"]["serving_default"]
    assert described["inputs"] == {"x": {"dtype": "float32", "shape": [None, 40], "kind": "array"}}
    assert described["outputs"]["scores"] == {"dtype": "float32", "shape": [None, 3]}


def test_a_process_with_only_tensorflow_can_load_it(model, tmp_path):
    path = export(model, tmp_path).path
    code = """
        import sys, tensorflow as tf
        f = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
        print(f(x=tf.zeros([2, 40]))["scores"].shape, "kerasuite" in sys.modules)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split("\n")[0] == "(2, 3) False"


def test_a_full_disk_leaves_nothing_behind(model, tmp_path):
    # The kernel refuses to let a file grow over the limit, as it does when a disk is full.
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(KerasuiteError, match="failed"):
            export(model, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
    assert export(model, tmp_path).version == 1


def test_an_unwritable_folder_is_named(model, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file"):
        export(model, tmp_path / "file" / "models")


def test_locate(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    for name in ("1", "2", "10", "draft", ".incomplete-x"):
        (tmp_path / "saved_models" / "bees" / name).mkdir(parents=True)
    assert list(versions(tmp_path / "saved_models" / "bees")) == [1, 2, 10]
    assert locate("bees").name == "10"
    assert locate("bees", 2).name == "2"
    with pytest.raises(InputError, match="no version 3"):
        locate("bees", 3)
    with pytest.raises(InputError, match="no exported model"):
        locate("wasps")
