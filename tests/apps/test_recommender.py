"""recommender: models, own ratings, and what the SavedModel says of strangers."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from kerasuite.app import find
from kerasuite.apps.recommender.app import predict, seen
from kerasuite.apps.recommender.nets import RATING_NET, column, tag_matrix
from kerasuite.cli import main
from kerasuite.data.ratings import made_up
from kerasuite.errors import InputError
from kerasuite.export.versions import locate

ENTRY = find("recommender")


def app(**options):
    config = dataclasses.replace(ENTRY.preset("smoke"), **{"epochs": 1, "limit": 60} | options)
    config.check()
    return ENTRY.load()(config)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    table = made_up(0, 80, 60).rename(columns={"time": "timestamp", "tags": "genre"})
    table.to_csv(home / "ratings.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERASUITE_HOME", str(home))
        words = ["--preset", "smoke", "--data", str(home / "ratings.csv"), "--epochs", "6"]
        words += ["--title-column", "title", "--tags-column", "genre", "--top-k", "5"]
        assert main(["train", "recommender", *words, "--folder", str(home / "run")]) == 0
        yield home


@pytest.fixture
def signatures(trained):
    loaded = tf.saved_model.load(str(locate("recommender")))
    functions = dict(loaded.signatures)
    for function in functions.values():
        function.owner = loaded
    return functions


def test_recommendations_are_new_and_known_ones_are_not(trained, signatures):
    ratings = pd.read_csv(trained / "ratings.csv").sort_values(["user", "timestamp"])
    mine = ratings[ratings.user == "u3"]
    early = set(mine.item[: int(0.7 * len(mine))])
    new = signatures["serving_default"](user=tf.constant(["u3"]))
    items = [i.decode() for i in new["items"][0].numpy()]
    assert len(set(items)) == 5 and not early & set(items)
    assert new["titles"][0, 0].numpy().decode() == f"Item {items[0][1:]}"
    assert (np.diff(new["scores"][0].numpy()) <= 0).all()
    both = signatures["with_seen"](user=tf.constant(["u3"]))
    assert both["scores"][0, 0] >= new["scores"][0, 0]


def test_strangers_get_what_is_popular(signatures):
    ids = ["nobody", "", "x" * 10**6]
    found = signatures["serving_default"](user=tf.constant(ids))["items"].numpy()
    assert (found == found[0]).all() and len(set(found[0])) == 5


def rate(signatures, user, item):
    return float(
        signatures["rating"](user=tf.constant([user]), item=tf.constant([item]))["rating"][0]
    )


def test_unknown_users_and_items_get_the_biases_answer(trained, signatures):
    model = tf.keras.models.load_model(trained / "run" / "model.keras")
    net = model.get_layer(RATING_NET)
    ids = json.loads((trained / "run" / "info.json").read_text())
    items = next(values for name, _, values in ids["columns"] if name == "item")
    number = items.index("i7") + 1
    bias = float(net.get_layer("item_bias").get_weights()[0][number, 0])
    genres = sorted(set(next(v for n, _, v in ids["columns"] if n == "tags")))
    genre = next(v for n, _, v in ids["columns"] if n == "tags")[number - 1]
    tag = float(net.get_layer("tag_bias").get_weights()[0][genres.index(genre), 0])
    assert rate(signatures, "nobody", "i7") == pytest.approx(ids["mean"][0] + bias + tag, abs=1e-4)
    assert rate(signatures, "nobody", "nothing") == pytest.approx(ids["mean"][0], abs=1e-4)
    assert 0.5 <= rate(signatures, "u3", "nothing") <= 5


def test_predict(trained, capsys):
    capsys.readouterr()
    assert main(["predict", "recommender", "u3", "nobody", "--json"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [a["input"] for a in answers] == ["u3", "nobody"] and len(answers[0]["titles"]) == 5
    pair = '{"user": "u3", "item": "i7"}'
    assert main(["predict", "recommender", "--signature", "rating", pair, "--json"]) == 0
    assert 0.5 <= json.loads(capsys.readouterr().out)["rating"] <= 5
    assert main(["predict", "recommender", "--signature", "rating", '{"user": "u3"}']) == 2
    assert "lacks the columns item" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("model", ["biases", "mlp", "neumf"])
def test_models_learn_both_tasks(model):
    one = app(model=model)
    splits = one.data()
    net = one.build(splits.info)
    before = [np.array(v) for v in net.trainable_variables]
    one.fit(net, splits, [])
    same = [np.array_equal(a, b) for a, b in zip(before, net.trainable_variables, strict=True)]
    assert not any(same)
    headline = one.evaluate(net, splits)["headline"]
    assert {"rmse", "biases_rmse", "rmse_ratio", "recall_at_10", "popularity_ndcg_at_10"} <= set(
        headline
    )
    limits = column(splits.info, "rating")
    assert predict(net, splits.test, limits).min() >= limits[0]
    assert seen(splits).sum() == len(splits.train)


def test_tag_matrix():
    np.testing.assert_array_equal(tag_matrix(("b|a", "", "b")), [[0, 0], [1, 1], [0, 0], [0, 1]])
    assert tag_matrix(("", "")).shape == (3, 1)


@pytest.mark.parametrize(
    "wrong",
    [{"factors": 0}, {"top_k": 0}, {"hidden_units": ()}, {"penalty": -1.0}, {"dropout": 1.0},
     {"temperature": 0.0}, {"limit": 1}],
)  # fmt: skip
def test_wrong_options(wrong):
    with pytest.raises(InputError, match=f"--{next(iter(wrong)).replace('_', '-')}"):
        app(**wrong)
