"""language_model: what it writes and scores, from own data to the SavedModel."""

import json
import math

import numpy as np
import pytest
import tensorflow as tf

from kerasuite import run_folder, text
from kerasuite.apps.language_model.app import kneser_ney_bits
from kerasuite.apps.language_model.serving import MOST_PROMPT, Writer
from kerasuite.cli import main
from kerasuite.errors import InputError
from kerasuite.export.versions import locate
from kerasuite.text.ids import START

VERSE = "the owl and the pussycat went to sea in a beautiful pea green boat, "
OPTIONS = [
    "--preset", "smoke", "--tokenizer", "unigram", "--vocabulary-size", "60",
    "--cell", "gru", "--tied", "--embedding-size", "16", "--dropout", "0.1",
    "--epochs", "4", "--steps", "16", "--limit", "None",
]  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on own text that says the same all the time, and its SavedModel."""
    folder = tmp_path_factory.mktemp("language_model")
    (folder / "verse.txt").write_text(VERSE * 120)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERASUITE_HOME", str(folder))
        assert main(
            ["train", "language_model", "--data", str(folder / "verse.txt"), *OPTIONS,
             "--folder", str(folder / "run")]
        ) == 0  # fmt: skip
        model = tf.saved_model.load(str(locate("language_model")))
    return folder / "run", model


@pytest.fixture(scope="module")
def writer(trained):
    model = run_folder.load_model(trained[0])
    return Writer(model, text.restore(run_folder.load_info(trained[0]).tokenizer))


def _sample(model, prompts, temperature=1.0, length=20, top_k=0, seed=0):
    count = len(prompts)
    return model.signatures["sample"](
        prompt=tf.constant(prompts),
        temperature=tf.fill([count], float(temperature)),
        length=tf.fill([count], length),
        top_k=tf.fill([count], top_k),
        seed=tf.fill([count], seed),
    )["continuation"].numpy().tolist()  # fmt: skip


def test_learns_the_verse(trained):
    run, model = trained
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["headline"]["bits_per_character"] < 0.6
    assert len(metrics["evaluation"]["texts"]) == 4
    assert "Temperature" in (run / "report.html").read_text()
    (written,) = _sample(model, ["the owl and the pussycat went"], top_k=1, length=8)
    assert written.startswith(b" to sea in")


def test_sampled_on_the_command_line(trained, capsys, monkeypatch):
    monkeypatch.setenv("KERASUITE_HOME", str(trained[0].parent))
    asked = {"prompt": "the owl", "temperature": 1.5, "length": 9, "top_k": 0, "seed": 3}
    command = ["predict", "language_model", "--signature", "sample", "--json"]
    assert main([*command, json.dumps(asked)]) == 0
    (written,) = _sample(trained[1], ["the owl"], 1.5, 9, seed=3)
    assert json.loads(capsys.readouterr().out)["continuation"] == written.decode()
    assert main([*command, json.dumps(asked | {"length": "long"})]) == 2
    assert "column length must hold a whole number" in capsys.readouterr().err


def test_seed_and_batch(trained):
    _, model = trained
    prompts = ["the owl", "green boat, the", "", "sea"]
    assert _sample(model, prompts, seed=3) == _sample(model, prompts, seed=3)
    assert _sample(model, prompts, 2.0, seed=3) != _sample(model, prompts, 2.0, seed=4)
    together = _sample(model, prompts, top_k=1)
    assert together == [_sample(model, [p], top_k=1)[0] for p in prompts]
    assert together == _sample(model, prompts, temperature=0.0)  # as cold as it goes


def test_lengths(trained):
    _, model = trained
    short, long = (_sample(model, ["the owl"], length=n, top_k=1)[0] for n in (2, 12))
    assert 0 < len(short) < len(long) and long.startswith(short)
    assert len(_sample(model, ["the owl"], length=-5)[0]) > 0


@pytest.mark.parametrize(
    "prompt", [b"", b"\xff\xfe\x00", "Ωмега ⁇".encode(), b" \n\t", b"a" * 10**6]
)
def test_any_prompt_is_answered(trained, prompt):
    _, model = trained
    answer = model.signatures["serving_default"](prompt=tf.constant([prompt]))
    answer["continuation"].numpy()[0].decode("utf-8")
    scored = model.signatures["score"](text=tf.constant([prompt]))
    assert all(np.isfinite(v.numpy()).all() for v in scored.values())
    assert scored["cut"].numpy()[0] == (len(prompt) == 10**6)


def test_a_long_prompt_is_read_from_its_end(writer):
    long = VERSE * 80
    ids = writer.tokenizer.tokenize([long])
    assert ids.row_lengths()[0] > MOST_PROMPT
    kept = writer.tokenizer.detokenize(ids[:, -MOST_PROMPT:])
    both = writer.compiled_write(tf.concat([kept, [long]], axis=0), 0.01, 10).numpy()
    assert both[0] == both[1]


def test_score_is_what_the_model_says_of_each_piece(trained, writer):
    """Across windows and beside shorter texts."""
    texts = [VERSE * 9, VERSE[:20], "zebra"]
    scores = trained[1].signatures["score"](text=tf.constant(texts))
    scores = {name: values.numpy().tolist() for name, values in scores.items()}
    for i, one in enumerate(texts):
        ids = writer.tokenizer.tokenize([one]).to_list()[0]
        states = writer.model.inputs[1:]
        before = tf.constant([[START, *ids[:-1]]])
        logits = writer.model([before, *(tf.zeros([1, s.shape[-1]]) for s in states)])[0][0]
        logs = tf.nn.log_softmax(logits).numpy()[np.arange(len(ids)), ids]
        assert scores["perplexity"][i] == pytest.approx(math.exp(-logs.mean()), rel=1e-4)
        read = len(writer.tokenizer.detokenize([ids]).numpy()[0].decode())
        assert scores["characters"][i] == read
        bits = -logs.sum() / math.log(2) / read
        assert scores["bits_per_character"][i] == pytest.approx(bits, rel=1e-4)
    assert scores["bits_per_character"][2] > 3 * scores["bits_per_character"][0]


def test_another_vocabulary_is_refused(writer):
    with pytest.raises(InputError, match="the model was made for"):
        Writer(writer.model, text.train("characters", [VERSE]))


def test_kneser_ney_foresees_the_verse():
    assert kneser_ney_bits([VERSE * 20], [VERSE * 2]) < 0.5
    assert kneser_ney_bits([VERSE * 20], ["zzz Ω"]) > 3


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (b"fine\ncaf\xe9", (), "line 2: expected UTF-8"),
        (b"", (), "is empty"),
        (
            b"word " * 50,
            ("--tokenizer", "unigram", "--vocabulary-size", "7"),
            "vocabulary_size must",
        ),
        (b"word " * 50, ("--tokenizer", "syllables"), "tokenizer"),
        (b"word " * 50, ("--dropout", "1"), "--dropout must be from 0 to below 1"),
        (b"word " * 50, ("--steps", "0"), "--steps must be at least 1"),
        (None, (), "no file"),
    ],
)
def test_bad_input(tmp_path, monkeypatch, capsys, data, options, message):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    path = tmp_path / "own.txt"
    if data is not None:
        path.write_bytes(data)
    words = ["train", "language_model", "--preset", "smoke", "--data", str(path), *options]
    assert main(words) == 2
    captured = capsys.readouterr()
    assert message in " ".join((captured.err + captured.out).split())
