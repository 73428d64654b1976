"""Things of no class that scenes may hold for learning."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from kerasuite.data import catalogue, scene_extras
from kerasuite.data.compose import CutOut
from kerasuite.data.scene_extras import other_things

FOLDERS = ("food/fruit", "vehicles")
STAMPS = (
    "animals/fish/carp.png",
    "food/fruit/fig.png",  # of a class
    "food/pizza.png",
    "household/apple_peeler.png",  # begins like a cut-out of a class
    "household/kettle.png",
    "symbols/alphabets/a.png",
    "vehicles/wheel.png",  # of a class
)
DRAWINGS = (
    "animals/birds/owl.png",  # of a class that has drawings of its own
    "computer/mouse.png",
    "recreation/games/ace.png",
    "tools/line.png",  # hardly more than a line
    "tools/nothing.png",
)


def write(path, covered):
    picture = np.zeros((32, 32, 4), "uint8")
    picture[:covered, :, :] = 255
    if path.stem == "line":
        picture[np.arange(32), np.arange(32)] = 255
    Image.fromarray(picture).save(path)
    return path


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    places = {place: tmp_path / place.replace("/", "__") for place in (*STAMPS, *DRAWINGS)}
    for place, path in places.items():
        write(path, covered=0 if place in ("tools/line.png", "tools/nothing.png") else 20)
    monkeypatch.setattr(scene_extras, "stamps", lambda: [(p, places[p]) for p in STAMPS])
    root = scene_extras.OPENCLIPART_ROOT
    members = [SimpleNamespace(path=f"{root}/{place}") for place in DRAWINGS]
    monkeypatch.setattr(scene_extras, "find", lambda name: SimpleNamespace(members=members))
    monkeypatch.setattr(scene_extras, "paths", lambda name: [places[p] for p in DRAWINGS])


def test_other_things_are_of_no_class(pictures):
    known = [CutOut(np.zeros((1, 1, 4), "uint8"), 1, "apple-2")]
    found = {c.name.rpartition("__")[2]: c.label for c in other_things(FOLDERS, known)}
    # Labels beyond those of two classes: three groups of stamps, and drawings.
    assert found == {"carp": 3, "pizza": 4, "kettle": 5, "mouse": 6}


def test_every_group_of_stamps_is_in_the_catalogue():
    members = catalogue.find("tuxpaint_captions").members
    tops = {m.path.partition("/tuxpaint/stamps/")[2].partition("/")[0] for m in members}
    assert {top for group in scene_extras._OTHER_STAMPS for top in group} <= tops
    drawings = [m.path for m in catalogue.find("openclipart_tags").members]
    others = [path for path in drawings if scene_extras._is_other(path)]
    assert 900 < len(others) < 1100
    for start in scene_extras._OTHER_DRAWINGS:
        assert any(f"{scene_extras.OPENCLIPART_ROOT}/{start}" in path for path in others), start
