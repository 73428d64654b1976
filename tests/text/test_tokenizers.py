"""Every kind of tokenizer: round trips, special ids, saving, export, refusals."""

import json
import unicodedata

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasuite import text
from kerasuite.errors import InputError
from kerasuite.export.publish import write_saved_model
from kerasuite.export.signature import Signature
from kerasuite.text import rules, spacing
from kerasuite.text.ids import END, PAD, SPECIAL, START, UNKNOWN
from tests.clean_process import ask_in_a_clean_process

LINES = [
    "It is a truth universally acknowledged, that a single man in possession",
    "of a good fortune, must be in want of a wife.",
    'Well, (no) 3.5 times -- "so" it goes... doesn\'t it? Größe, œuvre!',
] * 4
SIZES = {"characters": None, "words": 60, "wordpiece": 150, "unigram": 80, "bpe": 80}
LOSSLESS = ("characters", "unigram", "bpe")
# What can be spelt with the characters of LINES.
ALPHABET = sorted(set("".join(LINES)))


@pytest.fixture(scope="module")
def trained():
    return {kind: text.train(kind, LINES, SIZES[kind]) for kind in text.KINDS}


@pytest.mark.parametrize("kind", text.KINDS)
def test_round_trip(trained, kind):
    tokenizer = trained[kind]
    some = [*LINES[:3], "", "a truth, no wife"]
    ids = tokenizer.tokenize(tf.constant(some))
    assert ids.dtype == tf.int32 and ids.shape.as_list() == [len(some), None]
    assert ids.flat_values.numpy().min() >= len(SPECIAL)
    assert ids.flat_values.numpy().max() < tokenizer.vocabulary_size
    assert ids.row_lengths()[-2] == 0
    expected = [s.encode() for s in some]
    if kind != "words":
        assert tokenizer.detokenize(ids).numpy().tolist() == expected
    padded = text.sequences.pad(text.sequences.with_ends(ids))
    assert (
        tokenizer.detokenize(padded).numpy().tolist() == tokenizer.detokenize(ids).numpy().tolist()
    )
    assert set(padded.numpy().ravel()) >= {PAD, START, END}


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_ways_to_split_are_drawn_and_repeated(trained, kind):
    tokenizer, some = trained[kind], tf.constant([*LINES[:3], ""])
    drawn = [tokenizer.draw(some, seed) for seed in (1, 1, 2)]
    assert drawn[0].dtype == tf.int32
    assert drawn[0].to_list() == drawn[1].to_list() != drawn[2].to_list()
    for ids in drawn:
        assert tokenizer.detokenize(ids).numpy().tolist() == some.numpy().tolist()
        assert ids.to_list() != tokenizer.tokenize(some).to_list()


@pytest.mark.parametrize("kind", LOSSLESS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_nothing_is_lost(trained, kind, data):
    some = data.draw(st.lists(st.text(ALPHABET, max_size=30), min_size=1, max_size=4))
    tokenizer = trained[kind]
    back = tokenizer.detokenize(tokenizer.tokenize(tf.constant(some))).numpy()
    assert [b.decode() for b in back] == some


@settings(max_examples=40, deadline=None)
@given(st.text(ALPHABET, max_size=40))
def test_wordpiece_loses_only_repeated_spaces(trained, some):
    tokenizer = trained["wordpiece"]
    back = tokenizer.detokenize(tokenizer.tokenize(tf.constant([some]))).numpy()[0].decode()
    assert back == " ".join(some.split())


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from(list("ab1_.,(\"-'# \t\né₂\u00a0\u2003")), max_size=30))
def test_spaces_are_restored_around_punctuation(some):
    joined = spacing.join(spacing.split(tf.constant([some]))).numpy()[0].decode()
    assert joined == " ".join(some.split())


def test_words_have_one_form():
    words = spacing.split(tf.constant(["Well, (no) 3.5"])).to_list()[0]
    assert [w.decode() for w in words] == ["Well", "￭,", "(￭", "no", "￭)", "3", "￭.￭", "5"]


@pytest.mark.parametrize("kind", ["characters", "unigram", "bpe"])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_byte_fallback_loses_nothing_at_all(with_bytes, kind, data):
    some = data.draw(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="▁\0")))
    tokenizer = with_bytes[kind]
    ids = tokenizer.tokenize(tf.constant([some]))
    assert UNKNOWN not in ids.flat_values.numpy()
    assert tokenizer.detokenize(ids).numpy()[0].decode() == some


@pytest.fixture(scope="module")
def with_bytes():
    plain = text.Rules(unicode="none")
    return {
        kind: text.train(kind, LINES, 340, rules=plain, byte_fallback=True) for kind in LOSSLESS
    }


@pytest.mark.parametrize("kind", text.KINDS)
def test_unknown_is_shown(trained, kind):
    ids = trained[kind].tokenize(tf.constant(["a Ω a"]))
    assert UNKNOWN in ids.flat_values.numpy()
    assert "⁇" in trained[kind].detokenize(ids).numpy()[0].decode()


def test_characters_are_one_id_each(trained):
    ids = trained["characters"].tokenize(tf.constant([LINES[2]]))
    assert ids.row_lengths().numpy().tolist() == [len(LINES[2])]


def test_bytes_that_form_no_character_are_replaced(with_bytes):
    tokenizer = with_bytes["characters"]
    first_byte = int(tokenizer.tokenize(tf.constant(["\x00"])).flat_values[0])
    ids = tf.constant([[first_byte + 0xC3, first_byte + ord("a")]])
    assert tokenizer.detokenize(ids).numpy()[0].decode() == "�a"


@pytest.mark.parametrize("kind", text.KINDS)
def test_saving(trained, kind, tmp_path):
    tokenizer = trained[kind]
    tokenizer.save(tmp_path)
    wanted = tokenizer.tokenize(LINES).to_list()
    for again in (text.load(tmp_path), text.restore(tokenizer.to_text())):
        assert type(again) is type(tokenizer) and again.rules == tokenizer.rules
        assert again.vocabulary_size == tokenizer.vocabulary_size
        assert again.tokenize(LINES).to_list() == wanted


def test_saved_model(trained, tmp_path):
    """A process that knows only TensorFlow and tensorflow-text gives the same ids and strings."""

    def there_and_back(texts):
        answers = {}
        for kind, tokenizer in trained.items():
            ids = tokenizer.tokenize(texts)
            answers[f"{kind}_ids"] = text.sequences.pad(ids)
            answers[f"{kind}_texts"] = tokenizer.detokenize(ids)
        return answers

    spec = tf.TensorSpec([None], tf.string, "texts")
    resources = tuple(trained.values())
    signature = Signature(there_and_back, (spec,), {"texts": "text"}, resources=resources)
    write_saved_model(tmp_path / "model", {"serving_default": signature})
    assert list((tmp_path / "model" / "assets").iterdir())
    some = np.array([s.encode() for s in [*LINES[:3], "", "\xff\0Ω"]], object)
    answers = ask_in_a_clean_process(tmp_path / "model", "serving_default", {"texts": some})
    for name, wanted in there_and_back(tf.constant(some.tolist())).items():
        np.testing.assert_array_equal(answers[name], wanted.numpy(), err_msg=name)


@pytest.mark.parametrize("kind", text.KINDS)
def test_training_is_repeatable(trained, kind):
    assert text.train(kind, LINES, SIZES[kind]).content == trained[kind].content


def test_rules():
    lower = text.train("words", LINES, rules=text.Rules("NFKC", "lower"))
    assert lower.tokenize(["A ﬁne MAN"]).to_list() == lower.tokenize(["a fine man"]).to_list()
    assert lower.detokenize(lower.tokenize(["A SINGLE MAN"])).numpy()[0] == b"a single man"
    composed = text.train("characters", LINES)
    assert composed.tokenize(["Gro\u0308ße"]).to_list() == composed.tokenize(["Größe"]).to_list()
    for wrong in ({"unicode": "NFX"}, {"case": "upper"}):
        with pytest.raises(InputError, match="Received"):
            text.Rules(**wrong)


def test_what_needs_no_rules_is_in_unicodes_form():
    """The shortcut takes only what the whole way leaves alone, in whatever order it stands."""
    characters = [chr(c) for c in range(0x11_0000) if not 0xD800 <= c < 0xE000]
    kept = tf.strings.regex_full_match(characters, rules.COMPOSED).numpy()
    taken = [c for c, k in zip(characters, kept, strict=True) if k]
    assert {"a", "é", "ж", "—", "”", "ば", "語", "한", "\0"} <= set(taken)
    assert not {"\u0301", "\u212b", "\u3099", "\u11a8"} & set(taken)
    for seed in range(3):
        mixed = "".join(np.random.default_rng(seed).permutation(taken))
        assert unicodedata.is_normalized("NFC", mixed)
    wrong = [b"\xff", b"\xe2\x80", b"\xc3(", b"\xed\xa0\x80", b"\xc0\x80"]
    assert not tf.strings.regex_full_match(wrong, rules.COMPOSED).numpy().any()


def test_unigram_splits_alike_with_and_without_breaks(trained):
    tokenize = tf.function(trained["unigram"].tokenize)
    some = [*LINES[:3], "", " two  spaces ", "Ω and a \ufffd"]
    alone, beside_a_break = tokenize(tf.constant(some)), tokenize(tf.constant([*some, "a\tb\n"]))
    assert alone.to_list() == beside_a_break.to_list()[:-1]
    assert trained["unigram"].detokenize(beside_a_break).numpy()[-1] == b"a\tb\n"


@pytest.mark.parametrize("kind", text.KINDS)
def test_wrong_bytes_at_predict_do_not_fail(trained, kind):
    ids = trained[kind].tokenize(tf.constant([b"a \xff\xfe b", b"\x00", b"a" * 1_000_000]))
    assert ids.nrows() == 3
    trained[kind].detokenize(ids)


@pytest.mark.parametrize("kind", text.KINDS)
def test_refusals(kind):
    for nothing in ([], ["", ""]):
        with pytest.raises(InputError, match="no text"):
            text.train(kind, nothing)
    with pytest.raises(InputError, match=r"vocabulary_size.*Received: 4"):
        text.train(kind, LINES, 4)
    with pytest.raises(InputError, match="Text 2 is not UTF-8"):
        text.train(kind, [b"fine", b"caf\xe9"])
    if kind != "words":
        with pytest.raises(InputError, match=r"vocabulary_size.*Received: 20"):
            text.train(kind, LINES, 20)


def test_wrong_kinds_and_options():
    with pytest.raises(InputError, match="tokenizer must be one of characters"):
        text.train("morphemes", LINES)
    for kind in ("words", "wordpiece"):
        with pytest.raises(InputError, match="byte_fallback"):
            text.train(kind, LINES, byte_fallback=True)


@pytest.mark.parametrize("kind", text.KINDS)
def test_a_vocabulary_that_does_not_fit(trained, kind):
    trained[kind].check_fits(trained[kind].vocabulary_size)
    with pytest.raises(InputError, match="the model was made for 9,999"):
        trained[kind].check_fits(9999)


@pytest.mark.parametrize("kind", text.KINDS)
def test_damaged_files(trained, kind, tmp_path):
    trained[kind].save(tmp_path)
    (tmp_path / trained[kind].file).write_bytes(b"\xff\xfe damaged")
    with pytest.raises(InputError, match="damaged"):
        text.load(tmp_path)
    (tmp_path / trained[kind].file).unlink()
    with pytest.raises(InputError, match="cannot be read"):
        text.load(tmp_path)


@pytest.mark.parametrize("record", ["[]", "{}", '{"kind": ["words"]}', '{"kind": "../x"}', "nope"])
def test_damaged_records(record, tmp_path):
    (tmp_path / "tokenizer.json").write_text(record)
    with pytest.raises(InputError):
        text.load(tmp_path)
    with pytest.raises(InputError):
        text.restore(record)
    wrong = {"kind": "words", "unicode": "NFC", "case": 7, "content": "AAAA"}
    with pytest.raises(InputError):
        text.restore(json.dumps(wrong))
