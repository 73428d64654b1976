"""Words and ImageNet's classes below them, by files in WordNet's form."""

import pytest

from kerasuite.data import wordnet

DATA = """\
  1 a licence in lines that begin with two blanks
00000001 03 n 01 entity 0 000 | all there is
00000010 05 n 02 animal 0 beast 0 002 @ 00000001 n 0000 ~ 00000011 n 0000 | it lives
00000011 05 n 01 bird 0 002 @ 00000010 n 0000 + 00000300 v 0101 | it flies
00000012 05 n 01 crane 1 001 @ 00000011 n 0000 | a tall bird
00000013 05 n 01 Tweety 0 001 @i 00000011 n 0000 | one of them
00000020 06 n 01 crane 0 001 @ 00000001 n 0000 | it lifts
00000030 10 n 01 sign 0 001 @ 00000001 n 0000 | an omen
00000031 06 n 01 sign 1 001 @ 00000001 n 0000 | a board
00000032 06 n 0a street_sign 0 a 0 b 0 c 0 d 0 e 0 f 0 g 0 h 0 i 0 001 @ 00000031 n 0000 | named
"""
INDEX = """\
  1 a licence
animal n 1 2 @ ~ 1 1 00000010
bird n 1 2 @ ~ 1 1 00000011
crane n 2 1 @ 2 1 00000020 00000012
sign n 2 2 @ ~ 2 1 00000030 00000031
street_sign n 1 1 @ 1 0 00000032
"""
CLASSES = ["n00000013", "n00000012", "n00000020", "n00000032"]


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    paths = tmp_path / "data.noun", tmp_path / "index.noun"
    for path, text in zip(paths, (DATA, INDEX), strict=True):
        path.write_text(text)
    monkeypatch.setattr("kerasuite.data.fetch.paths", lambda name: paths)
    for cached in (wordnet._index, wordnet._above):
        cached.cache_clear()
    yield
    for cached in (wordnet._index, wordnet._above):
        cached.cache_clear()


def test_classes_below_words():
    words = ["animal", "Bird", "street sign", "road sign", "birds", "nonsense"]
    found = wordnet.groups_of_words(words, CLASSES)
    assert found == [[0, 1], [0, 1], [3], [3], [0, 1], []]


def test_of_equal_senses_the_more_usual():
    assert wordnet.groups_of_words(["crane"], CLASSES) == [[2]]
    assert wordnet.groups_of_words(["crane"], CLASSES[:2]) == [[1]]
