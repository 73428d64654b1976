import base64
import json

from kerasuite.export.outputs import as_json, save_files

PNG = b"\x89PNG\r\n\x1a\n..."


def test_files_are_written_under_the_names_of_their_inputs(tmp_path):
    outputs = {"mask_bytes": PNG, "areas": [0.5], "sound_bytes": b"RIFF..", "odd_bytes": b"?"}
    at = tmp_path / "new" / "folder"
    written = save_files(at, "beach/cat.jpg", outputs)
    assert [p.name for p in written] == ["cat_mask.png", "cat_sound.wav", "cat_odd.bin"]
    assert written[0].read_bytes() == PNG
    again = save_files(at, "hill/cat.png", {"mask_bytes": PNG + b"2"})
    assert again[0].name == "cat_mask-2.png" and written[0].read_bytes() == PNG
    assert save_files(at, "-", {"mask_bytes": PNG})[0].name == "input_mask.png"


def test_json_has_tf_servings_form_of_bytes():
    outputs = as_json({"mask_bytes": PNG, "classes": ["a"]})
    again = json.loads(json.dumps(outputs))
    assert base64.b64decode(again["mask_bytes"]["b64"]) == PNG and again["classes"] == ["a"]
