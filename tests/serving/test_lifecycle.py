"""Versions come and go while requests are answered: polling, policies, labels, reloading."""

import shutil
import threading
import time

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import model_management_pb2, model_service_pb2_grpc
from tensorflow_serving.apis.model_pb2 import ModelSpec

from kerasuite.serving import model_config
from kerasuite.serving.manager import ModelManager, Policy
from kerasuite.serving.metrics import Metrics
from kerasuite.serving.model_config import ModelServerConfig
from kerasuite.serving.status import ServingError
from kerasuite.serving.version_states import State
from tests.serving import models


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """SavedModels of x / 2 + n for n = 1, 2, 3, to be copied where a version is wanted."""
    folder = tmp_path_factory.mktemp("built")
    for n in (1, 2, 3):
        models.half_plus(folder / str(n), float(n))
    return folder


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "m"


@pytest.fixture
def manager():
    made = ModelManager(Policy(retry_seconds=0.0, max_retries=1))
    yield made
    made.close()


def publish(built, folder, *versions):
    """Puts a version in place at once, as `kerasuite export` does."""
    for version in versions:
        shutil.copytree(built / str(version), folder.parent / f".new-{version}")
        folder.mkdir(exist_ok=True)
        (folder.parent / f".new-{version}").rename(folder / str(version))


def config(folder, policy="", labels="", name="m"):
    made = ModelServerConfig()
    entry = made.model_config_list.config.add(name=name, base_path=str(folder))
    if policy == "all":
        entry.model_version_policy.all.SetInParent()
    elif policy.startswith("latest"):
        entry.model_version_policy.latest.num_versions = int(policy.split()[1])
    elif policy:
        entry.model_version_policy.specific.versions.extend(map(int, policy.split()))
    for label in labels.split():
        key, _, version = label.partition("=")
        entry.version_labels[key] = int(version)
    return made


def ask(manager, version=None, label=None):
    spec = ModelSpec(name="m")
    if version:
        spec.version.value = version
    if label:
        spec.version_label = label
    with manager.acquire(spec) as servable:
        return float(servable.run("", {"x": np.zeros(1, np.float32)})["y"][0])


def states(manager, name="m"):
    return {v: s.state.name for v, s in manager.status(ModelSpec(name=name)).items()}


@pytest.mark.parametrize(
    ("policy", "loaded"),
    {"": [3], "latest 2": [2, 3], "all": [1, 2, 3], "1 3 9": [1, 3]}.items(),
)
def test_version_policies(built, folder, manager, policy, loaded):
    publish(built, folder, 1, 2, 3)
    (folder / "draft").mkdir()
    (folder / "7.txt").write_text("")
    for name in ("9" * 19, "9" * 20, "٩", "01"):  # too large, no ASCII digits, there is a "1"
        (folder / name).mkdir()
    manager.apply(config(folder, policy))
    assert states(manager) == dict.fromkeys(reversed(loaded), "AVAILABLE")
    assert [ask(manager, v) for v in loaded] == loaded
    assert ask(manager) == loaded[-1]


def test_a_new_version_takes_over(built, folder, manager):
    publish(built, folder, 1)
    manager.apply(config(folder))
    publish(built, folder, 2)
    assert ask(manager) == 1
    manager.poll()
    assert ask(manager) == 2
    assert states(manager) == {2: "AVAILABLE", 1: "END"}
    with pytest.raises(ServingError, match=r"Specific\(m, 1\)"):
        ask(manager, 1)


def test_no_request_fails_during_a_swap(built, folder, manager):
    publish(built, folder, 1)
    manager.apply(config(folder))
    answers, errors, done = [], [], threading.Event()

    def keep_asking():
        while not done.is_set():
            try:
                answers.append(ask(manager))
            except Exception as e:
                errors.append(e)

    threads = [threading.Thread(target=keep_asking) for _ in range(4)]
    for thread in threads:
        thread.start()
    for version in (2, 3):
        publish(built, folder, version)
        manager.poll()
        shutil.rmtree(folder / str(version - 1))
        manager.poll()
    done.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert answers[0] == 1 and ask(manager) == 3 and set(answers) <= {1, 2, 3}


def test_a_version_in_use_is_closed_by_its_last_user(built, folder, manager):
    publish(built, folder, 1)
    manager.apply(config(folder))
    with manager.acquire(ModelSpec(name="m")) as servable:
        publish(built, folder, 2)
        manager.poll()
        assert states(manager) == {2: "AVAILABLE", 1: "UNLOADING"}
        assert servable.run("", {"x": np.zeros(1, np.float32)})["y"] == [1]
    wait_for(lambda: states(manager) == {2: "AVAILABLE", 1: "END"})
    assert servable._loaded is None


def test_a_broken_version_leaves_the_old_one_answering(built, folder, manager):
    publish(built, folder, 1)
    manager.apply(config(folder))
    (folder / "2").mkdir()
    (folder / "2" / "saved_model.pb").write_bytes(b"\xff\xff broken")
    (folder / "3").mkdir()
    manager.poll()
    assert ask(manager) == 1
    found = manager.status(ModelSpec(name="m"))
    assert found[3].state is State.END and found[3].code.name == "NOT_FOUND"
    assert "Could not find SavedModel" in found[3].message
    # The copy is finished later: no wait, since the files have changed.
    shutil.rmtree(folder / "3")
    publish(built, folder, 3)
    manager.poll()
    assert ask(manager) == 3
    assert found[3] != manager.status(ModelSpec(name="m"))[3]


def test_damaged_weights(built, folder, manager):
    publish(built, folder, 1, 2)
    (folder / "2" / "variables" / "variables.index").write_bytes(b"x")
    with pytest.raises(ServingError, match="did not become available: m: version 2"):
        manager.apply(config(folder))
    manager.apply(config(folder, "all"))
    assert states(manager) == {2: "END", 1: "AVAILABLE"}


def test_a_signature_without_a_dtype(built, folder, manager):
    publish(built, folder, 1, 2)
    file = folder / "2" / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    model.meta_graphs[0].signature_def["serving_default"].inputs["x"].dtype = 0
    file.write_bytes(model.SerializeToString())
    manager.apply(config(folder, "all"))
    assert states(manager) == {2: "END", 1: "AVAILABLE"}


def test_a_failed_version_is_tried_again_a_few_times(built, folder):
    tries = []

    def fail(servable):
        tries.append(servable.version)
        raise ServingError(model_config.Code.INTERNAL, "not today")

    manager = ModelManager(Policy(retry_seconds=0.0, max_retries=2), warm_up=fail)
    publish(built, folder, 1)
    with pytest.raises(ServingError, match="not today"):
        manager.apply(config(folder))
    for _ in range(5):
        manager.poll()
    assert tries == [1, 1, 1]
    patient = ModelManager(Policy(retry_seconds=60.0), warm_up=fail)
    with pytest.raises(ServingError):
        patient.apply(config(folder))
    patient.poll()
    assert len(tries) == 4


def test_vanished_versions_are_unloaded_but_a_vanished_disk_is_not(built, folder, manager):
    publish(built, folder, 1)
    manager.apply(config(folder))
    away = folder.rename(folder.parent / "away")
    manager.poll()
    assert ask(manager) == 1
    away.rename(folder)
    shutil.rmtree(folder / "1")
    manager.poll()
    with pytest.raises(ServingError, match=r"Latest\(m\)"):
        ask(manager)
    assert manager.unavailable() == {"m": "no version was found"}


def test_labels(built, folder, manager):
    publish(built, folder, 1, 2)
    manager.apply(config(folder, "all", "stable=1 canary=2"))
    assert (ask(manager, label="stable"), ask(manager, label="canary")) == (1, 2)
    with pytest.raises(ServingError, match="label to version 9 of model m, which is not currently"):
        manager.apply(config(folder, "all", "stable=2 canary=9"))
    assert ask(manager, label="stable") == 1  # none was moved
    manager.apply(config(folder, "all", "stable=2"))
    assert ask(manager, label="stable") == 2
    with pytest.raises(ServingError, match="Unrecognized servable version label: canary"):
        ask(manager, label="canary")


def test_labels_of_versions_yet_to_come(built, folder):
    manager = ModelManager(Policy(labels_for_unavailable=True))
    publish(built, folder, 1)
    manager.apply(config(folder, "all", "next=2"))
    with pytest.raises(ServingError, match=r"Specific\(m, 2\)"):
        ask(manager, label="next")
    publish(built, folder, 2)
    manager.poll()
    assert ask(manager, label="next") == 2
    shutil.rmtree(folder / "2")
    manager.poll()
    manager.apply(config(folder, "all", "next=2"))  # as it was
    with pytest.raises(ServingError, match="label to version 3 of model m, which is not currently"):
        manager.apply(config(folder, "all", "next=3"))
    manager.close()


def test_another_base_path_under_the_same_name(built, folder, manager, tmp_path):
    publish(built, folder, 1)
    manager.apply(config(folder))
    other = tmp_path / "other"
    shutil.copytree(built / "3", other / "1")
    manager.apply(config(other))
    assert ask(manager) == 3


WRONG_CONFIGS = {
    "": "must contain a model_config_list",
    "custom_model_config {}": "custom_model_config is not supported",
    'model_config_list { config { base_path: "/x" } }': "name must be set",
    'model_config_list { config { name: "a/b" base_path: "/x" } }': "no '/' or ':'",
    'model_config_list { config { name: "a" } }': "no base_path",
    'model_config_list { config { name: "a" base_path: "/x" model_platform: "onnx" } }': "onnx",
    'model_config_list { config { name: "a" base_path: "/x" } config { name: "a" base_path: "/y" }'
    "}": "multiple times",
}


@pytest.mark.parametrize("text", WRONG_CONFIGS)
def test_wrong_configs(text, tmp_path, manager):
    file = tmp_path / "models.config"
    file.write_text(text)
    with pytest.raises(ValueError, match=WRONG_CONFIGS[text]):
        model_config.from_file(file)


def test_config_files_that_are_none(tmp_path):
    file = tmp_path / "models.config"
    for content, hint in ((b"model_config_list {", "protobuf's text form"), (b"\xff", "UTF-8")):
        file.write_bytes(content)
        with pytest.raises(ValueError, match=hint):
            model_config.from_file(file)
    with pytest.raises(ValueError, match="cannot be read"):
        model_config.from_file(tmp_path / "none")


def test_reloading_over_grpc(built, folder, tmp_path):
    publish(built, folder, 1, 2)
    server = models.start(model_name="m", model_base_path=str(folder))
    rest = models.rest_of(server)
    attempts = "/tensorflow/cc/saved_model/load_attempt_count"
    with models.channel_of(server) as channel:
        stub = model_service_pb2_grpc.ModelServiceStub(channel)

        def reload(new):
            request = model_management_pb2.ReloadConfigRequest(config=new, metric_names=[attempts])
            return stub.HandleReloadConfigRequest(request)

        def refusal(new):
            with pytest.raises(grpc.RpcError) as caught:
                reload(new)
            return caught.value.code().name, caught.value.details()

        answer = reload(config(folder, "all", "stable=1"))
        assert answer.HasField("status") and answer.status.error_code == 0
        # Version 2 was there already.
        assert [(m.name, m.int64_value_increase) for m in answer.metric] == [(attempts, 1)]
        assert rest("m/labels/stable:predict", {"instances": [0]}).json()["predictions"] == [1]
        code, reason = refusal(config(folder, "all", "stable=7"))
        assert code == "FAILED_PRECONDITION" and "label to version 7" in reason
        code, reason = refusal(ModelServerConfig())
        assert code == "INVALID_ARGUMENT" and "Only ModelConfigList" in reason
        code, reason = refusal(config(tmp_path / "nowhere", name="n"))
        assert code == "UNKNOWN" and "1 model(s) did not become available" in reason
        assert rest("m:predict", {"instances": [0]}).status_code == 404
        assert rest("/readyz").status_code == 503
    server.stop()


def test_polling_and_a_changed_config_file(built, folder, tmp_path):
    publish(built, folder, 1)
    file = tmp_path / "models.config"
    file.write_text(f'model_config_list {{ config {{ name: "m" base_path: "{folder}" }} }}')
    server = models.start(
        model_config_file=file,
        model_config_file_poll_wait_seconds=1,
        file_system_poll_wait_seconds=1,
    )
    rest = models.rest_of(server)
    publish(built, folder, 2)
    wait_for(lambda: rest("m:predict", {"inputs": [0]}).json() == {"outputs": [2]})
    file.write_text("model_config_list {")  # someone is writing it
    time.sleep(1.1)
    assert rest("m:predict", {"inputs": [0]}).status_code == 200
    file.write_text(f'model_config_list {{ config {{ name: "n" base_path: "{folder}" }} }}')
    wait_for(lambda: rest("n:predict", {"inputs": [0]}).status_code == 200)
    assert rest("m:predict", {"inputs": [0]}).status_code == 404
    with models.channel_of(server) as channel:
        health, question = health_pb2_grpc.HealthStub(channel), health_pb2.HealthCheckRequest()
        assert health.Check(question).status == health_pb2.HealthCheckResponse.SERVING
        shutil.rmtree(folder)
        folder.mkdir()
        away = health_pb2.HealthCheckResponse.NOT_SERVING
        wait_for(lambda: health.Check(question).status == away)
        assert rest("/readyz").status_code == 503
        assert rest("/healthz").status_code == 200
    server.stop()


def wait_for(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)


def test_a_server_without_its_model_does_not_start(tmp_path):
    with pytest.raises(ValueError, match=r"Failed to start: .*did not become available: default"):
        models.start(model_base_path=str(tmp_path / "nowhere"))


# --- warm-up -------------------------------------------------------------------------------------


def test_warm_up_comes_before_going_live(built, folder):
    from kerasuite.export.signature import Check
    from kerasuite.export.warmup import write_warmup
    from kerasuite.serving.inference import run_alone
    from kerasuite.serving.warm_up import WarmUp

    calls = []

    def run(servable, signature, inputs):
        with pytest.raises(ServingError):
            ask(manager)
        calls.append((signature, len(inputs["x"])))
        return run_alone(servable, signature, inputs)

    manager = ModelManager(warm_up=WarmUp(run, Metrics(), rounds=2))
    publish(built, folder, 1)
    checks = {"serving_default": Check({"x": np.zeros(3, np.float32)}, {})}
    assert write_warmup(folder / "1", "m", checks) == 2
    manager.apply(config(folder))
    assert calls == [("serving_default", 1)] * 2 + [("serving_default", 3)] * 2
    assert ask(manager) == 1
    manager.close()


def test_a_failing_warm_up_keeps_a_version_away(built, folder):
    from kerasuite.export.signature import Check
    from kerasuite.export.warmup import FILE, write_warmup
    from kerasuite.serving.inference import run_alone
    from kerasuite.serving.warm_up import WarmUp

    manager = ModelManager(warm_up=WarmUp(run_alone, Metrics()))
    publish(built, folder, 1, 2, 3)
    write_warmup(folder / "3", "m", {"serving_default": Check({"x": np.zeros((1, 1))}, {})})
    write_warmup(folder / "2", "m", {"serving_default": Check({"x": np.zeros(1)}, {})})
    (folder / "2" / FILE).write_bytes(b"no records at all" * 9)
    with pytest.raises(ServingError, match="Warm-up request 0 failed: Input 'x' is expected"):
        manager.apply(config(folder))
    manager.apply(config(folder, "all"))
    found = manager.status(ModelSpec(name="m"))
    assert (found[2].code.name, found[1].state) == ("DATA_LOSS", State.AVAILABLE)
    manager.close()
