"""house_prices: own tables from training to an answer, and odd rows for the SavedModel."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import requests
import tensorflow as tf

from kerasuite.app import find
from kerasuite.apps.house_prices.app import answers
from kerasuite.cli import main
from kerasuite.errors import InputError
from kerasuite.export.versions import locate
from kerasuite.serving import Client
from tests.serving import models

ENTRY = find("house_prices")
ROWS = 200


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    area, kind = rng.uniform(20, 200, ROWS).round(), rng.choice(["flat", "house"], ROWS)
    price = 1000 * area * np.where(kind == "house", 2.0, 1.0) * rng.lognormal(0, 0.05, ROWS)
    frame = pd.DataFrame(
        {"living area/m²": area, "kind": kind, "age": rng.integers(0, 90, ROWS), "price": price}
    )
    frame.loc[::7, "age"] = np.nan
    frame.loc[::11, "kind"] = ""
    return frame


@pytest.fixture(scope="module")
def trained(table, tmp_path_factory):
    """A home with a model of the table."""
    home = tmp_path_factory.mktemp("home")
    table.to_csv(home / "houses.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERASUITE_HOME", str(home))
        words = ["--preset", "smoke", "--data", str(home / "houses.csv"), "--target", "price"]
        words += ["--epochs", "60", "--hidden-units", "16", "--weight-decay", "0.1"]
        assert main(["train", "house_prices", *words, "--folder", str(home / "run")]) == 0
        yield home


@pytest.fixture
def served(trained):
    """The SavedModel's function."""
    loaded = tf.saved_model.load(str(locate("house_prices")))
    function = loaded.signatures["serving_default"]
    function.owner = loaded
    return function


def ask(function, area, kind, age):
    rows = np.broadcast(area, kind, age).shape or (1,)
    given = {
        "living_area_m_": tf.constant(np.broadcast_to(area, rows), tf.float32),
        "kind": tf.constant(np.broadcast_to(kind, rows).tolist(), tf.string),
        "age": tf.constant(np.broadcast_to(age, rows), tf.float32),
    }
    return function(**given)["price"].numpy()


def test_it_learned(trained, served):
    metrics = json.loads((trained / "run" / "metrics.json").read_text())
    assert metrics["headline"]["rmsle"] < 0.3 and metrics["data"]["columns"] == 3
    assert metrics["evaluation"]["importance"][0]["name"] == "living_area_m_"
    small, large = ask(served, [50.0, 150.0], "house", 30.0)
    assert large > 2 * small
    assert ask(served, 100.0, "house", 30.0) > 1.4 * ask(served, 100.0, "flat", 30.0)


def test_missing_and_unknown_values_get_sensible_answers(served):
    usual = ask(served, 100.0, ["flat", "house"], 30.0)
    for kind, age in (("castle", 30.0), ("", 30.0), ("flat", np.nan), ("x" * 10**6, np.nan)):
        price = ask(served, 100.0, kind, age)
        assert 0.5 * usual.min() < price < 2 * usual.max()
    everything = ask(served, np.nan, "", np.nan)
    assert np.isfinite(everything) and 1e4 < everything < 1e6
    # Beyond what was seen, the nearest that was seen counts.
    limits = ask(served, [199.0, 1e30, np.inf], "house", 30.0)
    assert np.ptp(limits) < 0.1 * limits[0]


def test_an_empty_batch(served):
    assert ask(served, np.array([]), np.array([], "S1"), np.array([])).shape == (0,)


def test_inputs_of_another_type_or_missing_are_refused(served):
    with pytest.raises((TypeError, ValueError, tf.errors.InvalidArgumentError)):
        served(kind=tf.constant(["flat"]), age=tf.constant([1.0]))
    with pytest.raises((TypeError, ValueError, tf.errors.InvalidArgumentError)):
        ask_wrong = {"living_area_m_": tf.constant(["large"]), "kind": tf.constant(["flat"])}
        served(**ask_wrong, age=tf.constant([1.0]))


def predict(capsys, *words):
    code = main(["predict", "house_prices", "--json", *map(str, words)])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, [json.loads(line) for line in out.splitlines()], " ".join(err.split())


def test_predict_takes_tables_and_json(trained, served, table, capsys, tmp_path):
    code, found, _ = predict(capsys, trained / "houses.csv")
    assert code == 0 and len(found) == ROWS
    wanted = ask(served, table["living area/m²"], table["kind"].to_numpy(), table["age"])
    np.testing.assert_allclose([a["price"] for a in found], wanted, rtol=1e-4)
    assert found[3]["input"].endswith("houses.csv, row 4")
    literal = '{"living area/m²": 80, "kind": "flat", "age": null}'
    code, found, _ = predict(capsys, literal)
    assert code == 0 and found[0]["price"] == pytest.approx(
        ask(served, 80.0, "flat", np.nan)[0], rel=1e-4
    )
    assert main(["predict", "house_prices", str(trained / "houses.csv")]) == 0
    assert "row 200" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (['{"kind": "flat"}'], "lacks the columns living_area_m_, age"),
        (
            ['{"living area/m²": "big", "kind": "flat", "age": 1}'],
            "must hold a number. Received: 'big'",
        ),
        (["{oops"], "is not a JSON object"),
        (["nowhere.csv"], "There is no file nowhere.csv"),
    ],
)
def test_predict_refuses(words, hint, trained, capsys):
    code, found, err = predict(capsys, *words)
    assert (code, found) == (2, []) and hint in err


@pytest.mark.parametrize("protocol", ["rest", "grpc"])
def test_a_server_is_asked_by_columns(protocol, trained, served, capsys):
    running = models.start()
    try:
        with Client(running.addresses[protocol]) as client:
            client.wait_until_ready("house_prices")
        rows = [
            json.dumps({"living area/m²": 80, "kind": "flat", "age": age}) for age in (30, None)
        ]
        words = ["--server", running.addresses[protocol], *rows]
        code, found, err = predict(capsys, *words)
    finally:
        running.stop()
    assert code == 0, err
    wanted = ask(served, 80.0, "flat", [30.0, np.nan])
    np.testing.assert_allclose([a["price"] for a in found], wanted, rtol=1e-4)


def test_instances_of_named_columns(trained, served):
    running = models.start()
    try:
        with Client(running.addresses["rest"]) as client:
            client.wait_until_ready("house_prices")
        url = f"{running.addresses['rest']}/v1/models/house_prices:predict"
        row = {"living_area_m_": 80, "kind": "flat", "age": 30}
        good = requests.post(url, json={"instances": [row]}, timeout=30)
        bad = [
            requests.post(url, json={"instances": [one]}, timeout=30)
            for one in ({"kind": "flat"}, {**row, "age": "old"}, {**row, "kind": 5})
        ]
    finally:
        running.stop()
    assert good.json()["predictions"] == pytest.approx(ask(served, 80.0, "flat", 30.0), rel=1e-4)
    assert [answer.status_code for answer in bad] == [400, 400, 400]
    assert "age" in bad[1].json()["error"]


def test_evaluate_on_another_table(trained, table, capsys):
    table.drop(columns="age").to_csv(trained / "no_age.csv", index=False)
    assert main(["evaluate", str(trained / "run"), "--data", str(trained / "no_age.csv")]) == 2
    assert "lacks columns that the model was trained on: age" in " ".join(
        capsys.readouterr().err.split()
    )
    assert main(["evaluate", str(trained / "run"), "--data", str(trained / "houses.csv")]) == 0
    assert "rmsle" in capsys.readouterr().out


def app(**options):
    config = dataclasses.replace(ENTRY.preset("smoke"), **options)
    config.check()
    return ENTRY.load()(config)


def test_logarithms_need_numbers_above_zero(table, tmp_path):
    table.assign(price=table.price - 5e4).to_csv(tmp_path / "t.csv", index=False)
    options = {"data": str(tmp_path / "t.csv"), "target": "price"}
    with pytest.raises(InputError, match="--scale linear"):
        app(**options).data()
    one = app(**options, scale="linear", hidden_units=(), compare="none")
    splits = one.data()
    model = one.build(splits.info)
    one.fit(model, splits, [])
    headline = one.evaluate(model, splits)["headline"]
    assert list(headline) == ["rmse", "mae", "r2"]
    assert answers(model, splits.test.columns).shape == (len(splits.test),)


@pytest.mark.parametrize(
    "wrong",
    [{"fold": 5}, {"folds": 1}, {"members": 0}, {"bins": 0}, {"dropout": 1.0}, {"jit": True},
     {"weight_decay": -1.0}, {"ignore": ("Sale_Price",)}, {"hidden_units": (0,)}, {"limit": 3}],
)  # fmt: skip
def test_wrong_options(wrong):
    with pytest.raises(InputError, match=f"--{next(iter(wrong)).replace('_', '-')}|--target"):
        app(**wrong)
