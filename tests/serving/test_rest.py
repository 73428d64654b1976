"""The REST API as TF Serving documents it: addresses, formats, errors, codes."""

import base64
import json
import math

import pytest

from tests.serving.models import error

PREDICT = "half_plus_two:predict"


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "first"),
    {
        "half_plus_two:predict": 3.5,  # version 2, the latest
        "half_plus_two/versions/1:predict": 2.5,
        "half_plus_two/versions/2:predict": 3.5,
        "half_plus_two/labels/stable:predict": 2.5,
        "half_plus_two/labels/canary%2Fx:predict": 3.5,
        "half%5fplus_two:predict": 3.5,
        "/V1/Models/half_plus_two:PREDICT": 3.5,
        "half_plus_two:predict?pretty=1": 3.5,
    }.items(),
)
def test_addresses_of_predict(rest, path, first):
    answer = rest(path, {"instances": [1.0, 2.0, 5.0]})
    assert answer.status_code == 200
    assert answer.json() == {"predictions": [first, first + 0.5, first + 2]}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/models/half_plus_two"),
        ("POST", "/v1/models/half_plus_two:explain"),
        ("POST", "/v1/models/:predict"),
        ("POST", "/v1/models/half_plus_two/versions/one:predict"),
        ("POST", "/v1/models/half_plus_two/versions/-1:predict"),
        ("POST", "/v1/models/half_plus_two/metadata"),
        ("POST", "/v1/models/a/b:predict"),
        ("POST", "/v1/foo"),
        ("GET", "/v1/models/half_plus_two:predict"),
        ("GET", "/v1/models/half_plus_two/version/1"),
        ("GET", "/v1/models/half_plus_two/metadata/"),
        ("GET", "/v1/"),
        ("PUT", "/v1/models/half_plus_two:predict"),
        ("DELETE", "/v1/models/half_plus_two"),
    ],
)
def test_malformed_addresses(rest, method, path):
    response = rest(path, "{}" if method == "POST" else None, method=method)
    assert error(response, 400) == f"Malformed request: {method} {path}"


def test_addresses_outside_the_api(rest):
    assert rest("/").status_code == 404
    assert rest("/v2/models/half_plus_two").status_code == 404


@pytest.mark.parametrize(
    ("path", "code", "message"),
    [
        ("nope:predict", 404, "Servable not found for request: Latest(nope)"),
        (
            "half_plus_two/versions/7:predict",
            404,
            "Servable not found for request: Specific(half_plus_two, 7)",
        ),
        ("half_plus_two/labels/x:predict", 400, "Unrecognized servable version label: x"),
        (
            "half_plus_two/versions/99999999999999999999:predict",
            400,
            "Failed to convert version: 99999999999999999999 to numeric.",
        ),
        ("%FF:predict", 400, "Failed to decode model name:%FF"),
    ],
)
def test_unknown_models_versions_and_labels(rest, path, code, message):
    assert error(rest(path, {"instances": [1.0]}), code) == message


# --- status and metadata -------------------------------------------------------------------------

AVAILABLE = {"state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}


def test_status(rest):
    both = [{"version": "2", **AVAILABLE}, {"version": "1", **AVAILABLE}]
    assert rest("half_plus_two").json() == {"model_version_status": both}
    assert rest("half_plus_two/versions/1").json() == {"model_version_status": both[1:]}
    assert rest("half_plus_two/labels/canary%2Fx").json() == {"model_version_status": both[:1]}


def test_status_of_nothing(rest):
    assert error(rest("/v1/models"), 400) == "Missing model name in request."
    assert error(rest("nope"), 404) == "Could not find any versions of model nope"
    message = "Could not find version 7 of model half_plus_two"
    assert error(rest("half_plus_two/versions/7"), 404) == message
    assert "label" in error(rest("half_plus_two/labels/nope"), 400)


def test_metadata(rest):
    answer = rest("half_plus_two/versions/1/metadata").json()
    assert answer["model_spec"] == {"name": "half_plus_two", "version": "1", "signature_name": ""}
    assert list(answer["metadata"]) == ["signature_def"]
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    assert {"serving_default", "classify", "regress"} <= signatures.keys()
    default = signatures["serving_default"]
    assert default["method_name"] == "tensorflow/serving/predict"
    assert default["inputs"]["x"]["dtype"] == "DT_FLOAT"
    assert default["inputs"]["x"]["tensor_shape"] == {
        "dim": [{"size": "-1", "name": ""}],
        "unknown_rank": False,
    }
    assert "@type" not in json.dumps(answer)
    message = "Servable not found for request: Latest(nope)"
    assert error(rest("nope/metadata"), 404) == message


# --- predict: rows and columns -------------------------------------------------------------------


def ask(rest, signature, body):
    return rest("types:predict", {"signature_name": signature, **body})


def test_the_layout_of_answers(rest):
    rows = rest(PREDICT, {"instances": [1, 2]}).text
    assert rows == '{\n    "predictions": [3.5, 4.0\n    ]\n}'
    columns = rest(PREDICT, {"inputs": [1, 2]}).text
    assert columns == '{\n    "outputs": [\n        3.5,\n        4.0\n    ]\n}'


SEVERAL = {"matrix": [1.0, 2.0], "text": "a", "count": 3}
ANSWER = {"matrix": [2.0, 4.0], "text": "a", "count_out": 3, "text_bytes": {"b64": "YQ=="}}


def test_several_inputs_in_rows(rest):
    answer = rest("types:predict", {"instances": [SEVERAL, SEVERAL]})
    assert answer.json() == {"predictions": [ANSWER, ANSWER]}
    assert answer.text.startswith(
        '{\n    "predictions": [\n        {\n            "count_out": 3,\n            "matrix": '
        "[2.0, 4.0],"
    )


def test_several_inputs_in_columns(rest):
    inputs = {name: [value] for name, value in SEVERAL.items()}
    answer = rest("types:predict", {"inputs": inputs}).json()
    assert answer == {"outputs": {name: [value] for name, value in ANSWER.items()}}


def test_bytes(rest):
    raw = bytes(range(256))
    coded = {"b64": base64.b64encode(raw).decode()}
    row = {**SEVERAL, "text": coded}
    answer = rest("types:predict", {"instances": [row]}).json()["predictions"][0]
    assert answer["text_bytes"] == coded
    one = ask(rest, "string", {"instances": [{"b64": "YQ=="}, "b", "ü\u0000"]}).json()
    assert one == {"predictions": ["a", "b", "ü\u0000"]}
    assert ask(rest, "string", {"inputs": [{"b64": "YWI"}]}).json() == {"outputs": ["ab"]}


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint32", "uint64"])
def test_whole_numbers(rest, dtype):
    assert ask(rest, dtype, {"instances": [1, 127]}).json() == {"predictions": [1, 127]}
    assert "not of expected type" in error(ask(rest, dtype, {"instances": [1.5]}), 400)
    assert "not of expected type" in error(ask(rest, dtype, {"instances": [2**70]}), 400)
    assert "not of expected type" in error(ask(rest, dtype, {"instances": [True]}), 400)


def test_the_largest_whole_numbers(rest):
    for dtype, value in (("int64", -(2**63)), ("uint64", 2**64 - 1), ("uint32", 2**32 - 1)):
        assert ask(rest, dtype, {"instances": [value]}).json() == {"predictions": [value]}


def test_truth_values(rest):
    answer = ask(rest, "bool", {"instances": [True, False]})
    assert answer.json() == {"predictions": [True, False]}
    assert "Type: Number is not of expected type: bool" in error(
        ask(rest, "bool", {"instances": [1]}), 400
    )


def test_floats_are_written_shortly_and_come_back_equal(rest):
    values = [0.2, 1.0, 9e6, 3e-5, 1 / 3, 16777215, -0.0, 1e38]
    answer = ask(rest, "float32", {"instances": values}).text
    for text in ("0.2,", "1.0,", "9e+06,", "3e-05,", "0.333333343,", "16777215.0,", "-0.0,"):
        assert text in answer
    doubles = ask(rest, "float64", {"instances": [1 / 3, 0.1]})
    assert doubles.json()["predictions"] == [1 / 3, 0.1]


def test_nan_and_infinity(rest):
    answer = ask(rest, "float32", {"instances": [math.nan, math.inf, -math.inf]}).text
    assert "[NaN, Infinity, -Infinity\n" in answer


def test_half_precision_goes_out_but_not_in(rest):
    message = error(ask(rest, "float16", {"instances": [1.0]}), 400)
    assert "Error: UNIMPLEMENTED: Conversion of JSON Value: 1.0 to type: half" in message
    message = error(ask(rest, "float16", {"inputs": [1.0]}), 501)
    assert message == "Conversion of JSON Value: 1.0 to type: half"


def test_more_dimensions(rest):
    cube = [[[1.0, 2.0]], [[3.0, 4.0]]]
    answer = ask(rest, "cube", {"instances": cube})
    assert answer.json() == {"predictions": cube}
    assert "[[[1.0, 2.0]], [[3.0, 4.0]]\n" in answer.text
    assert ask(rest, "cube", {"inputs": [[[]]]}).json() == {"outputs": [[[]]]}


def test_scalars_only_in_columns(rest):
    assert ask(rest, "scalar", {"inputs": 1.5}).json() == {"outputs": 1.5}
    assert ask(rest, "total", {"inputs": [1, 2]}).json() == {"outputs": 3.0}
    message = error(ask(rest, "total", {"instances": [1, 2]}), 400)
    assert message == "Tensor name: sum has no shape information "


def test_outputs_of_unequal_batch_size(rest):
    assert ask(rest, "uneven", {"inputs": [1, 2]}).json()["outputs"]["first"] == [1.0]
    message = error(ask(rest, "uneven", {"instances": [1, 2]}), 400)
    assert message == "Tensor name: first has inconsistent batch size: 1 expecting: 2"


# --- predict: what is wrong with it --------------------------------------------------------------

WRONG = {
    "": "JSON Parse error: The document is empty",
    " ": "JSON Parse error: The document is empty. at offset: 1",
    "{": "JSON Parse error: Missing a name for object member. at offset: 1",
    '{"instances": [1 2]}': "at offset: 17",
    '{"instances": [1,]}': "JSON Parse error: Invalid value. at offset: ",
    '{"ä": x}': "JSON Parse error: Invalid value. at offset: 7",
    "[]": "JSON Value: [] Is not object",
    "1": "JSON Value: 1 Is not object",
    "{}": "Missing 'inputs' or 'instances' key",
    '{"instances": [1], "inputs": [1]}': "only one of 'inputs' or 'instances'",
    '{"instances": 1}': "Expecting 'instances' to be an list/array",
    '{"instances": []}': "No values in 'instances' array",
    '{"signature_name": 100}': "'signature_name' key must be a string value.",
    '{"signature_name": "\\ud800", "instances": [1]}': "must be a string value.",
    '{"signature_name": "no", "instances": [1]}': '"no" not found in signature def',
    '{"instances": ["x"]}': 'Value: "x" Type: String is not of expected type: float',
    '{"instances": [null]}': "Type: Null is not of expected type: float",
    '{"instances": [true]}': "Type: True is not of expected type: float",
    '{"instances": [{"b64": "YQ=="}]}': "Type: Object is not of expected type: float",
    '{"instances": [1, [2]]}': "Failed to process element: 1 of 'instances' list. Error: ",
    '{"instances": [[1, 2], [3]]}': "Expecting tensor size: 2 but got: 1",
    '{"instances": [[1, 2], [[3], [4]]]}': "Expecting shape [2] but got: [2,1]",
    '{"instances": [[1, [2]]]}': "Encountered list at unexpected level: 1 expected < 1",
    '{"instances": [[[1], 2]]}': "level: 2 in the JSON DOM. Expected at level: 2",
    '{"instances": [1, {"x": 2}]}': "Expecting value/list but got object at item 1 of input list",
    '{"instances": [{"x": 1}, 2]}': "Expecting object but got list at item 1 of input list",
    '{"instances": [{"z": 1}]}': "JSON object: does not have named input: z",
    '{"instances": [{}]}': "keys must be equal to: x",
    '{"instances": [[1]]}': "is expected to have shape [-1] but has [1,1]",
    '{"inputs": {"z": [1]}}': "Missing named input: x in 'inputs' object.",
    '{"inputs": [[1, 2], [3]]}': "unexpected size: 1 at level: 1 expected size: 2",
    '{"inputs": 1}': "is expected to have shape [-1] but has []",
    '{"inputs": null}': "Type: Null is not of expected type: float",
    '{"instances": [' + "9" * 5000 + "]}": "JSON Parse error: ",
    '{"instances": [1' + "0" * 400 + "]}": "Number too big to be stored in double",
    '{"x": ' + "[" * 500_000 + "]" * 500_000 + "}": "nested too deeply",
    '{"instances": ' + "[" * 900 + "1" + "]" * 900 + "}": "nested more than",
    '{"x": ' + '{"a":' * 400 + "1" + "}" * 400 + "}": "Missing 'inputs' or 'instances' key",
}


@pytest.mark.parametrize("body", WRONG, ids=lambda body: body[:40])
def test_wrong_bodies(rest, body):
    assert WRONG[body] in error(rest(PREDICT, body), 400)


def test_what_follows_the_document_is_not_looked_at(rest):
    assert rest(PREDICT, ' {"instances": [1]} x').json() == {"predictions": [3.5]}


def test_numbers_are_narrowed(rest):
    """Large whole numbers and decimal ones become the nearest float, as in TF Serving."""
    long = 2**70
    answer = ask(rest, "float32", {"instances": [16777217, 1e39, -1e39, long]})
    assert answer.json()["predictions"] == [16777216.0, math.inf, -math.inf, 1.18059162e21]
    answer = ask(rest, "float64", {"instances": [2**53 + 1, 2**64 - 1]})
    assert answer.json()["predictions"] == [2.0**53, 2.0**64]
    body = {"signature_name": "regress", "examples": [{"x": long}, {"x": 1e60}]}
    assert rest("half_plus_two:regress", body).json() == {"results": [5.90295810e20, math.inf]}


def test_bodies_that_are_no_text(rest):
    assert "Invalid encoding" in error(rest(PREDICT, b'{"instances": ["\xff"]}'), 400)
    assert rest(PREDICT, '\ufeff{"instances": [1]}'.encode()).status_code == 200


STRINGS = {
    '{"b64": "a"}': "Unable to base64 decode",
    '{"b64": "%%%%"}': "Unable to base64 decode",
    '{"b64": "ü"}': "Unable to base64 decode",
    '"\\ud800"': "surrogate pair",
    "1": "Type: Number is not of expected type: string",
}


@pytest.mark.parametrize("value", STRINGS)
def test_wrong_strings(rest, value):
    body = f'{{"signature_name": "string", "instances": [{value}]}}'
    assert STRINGS[value] in error(rest("types:predict", body), 400)


def test_objects_that_only_look_like_bytes(rest):
    for value in ({"b64": "YQ==", "more": 1}, {"b64": 1}):
        message = error(ask(rest, "string", {"inputs": [value]}), 400)
        assert "not formatted correctly for base64 data" in message


def test_what_the_model_refuses(rest):
    assert "must be positive" in error(ask(rest, "refuse", {"instances": [-1.0]}), 400)


def test_plain_values_where_several_inputs_are_needed(rest):
    assert "multiple input tensors" in error(rest("types:predict", {"instances": [1]}), 400)
    assert "multiple input tensors" in error(rest("types:predict", {"inputs": [1]}), 400)
    rows = [SEVERAL, {**SEVERAL, "count": "x"}]
    message = error(rest("types:predict", {"instances": rows}), 400)
    assert message.startswith(
        "Failed to process element: 1 key: count of 'instances' list. Error: "
    )


# --- classify and regress ------------------------------------------------------------------------


def examples(name, *values, **more):
    return {"signature_name": name, "examples": [{"x": v} for v in values], **more}


def test_classify(rest):
    answer = rest("half_plus_two/labels/stable:classify", examples("classify", 1.0, [2.0]))
    assert answer.json() == {
        "results": [[["plus", 2.5], ["minus", -2.5]], [["plus", 3.0], ["minus", -3.0]]]
    }
    assert '"results": [[["plus", 2.5], ["minus", -2.5]], ' in answer.text


def test_regress(rest):
    answer = rest("half_plus_two/versions/1:regress", examples("regress", 1.0, 2.0))
    assert answer.text == '{\n    "results": [2.5, 3.0]\n}'


def test_context_is_shared_by_the_examples(rest):
    body = {"signature_name": "regress", "context": {"x": 4.0}, "examples": [{}, {"y": "b"}]}
    assert rest("half_plus_two/versions/1:regress", body).json() == {"results": [4.0, 4.0]}


WRONG_EXAMPLES = {
    '{"signature_name": "regress"}': "key 'examples' is expected and was not found",
    '{"signature_name": "regress", "examples": 1}': "'examples' value to be an list/array",
    '{"signature_name": "regress", "examples": []}': "'examples' value is an empty array",
    '{"signature_name": "regress", "examples": [1]}': "Example must be JSON object but got",
    '{"signature_name": "regress", "examples": [{"x": null}]}': "unexpected JSON type: Null",
    '{"signature_name": "regress", "examples": [{"x": [[1]]}]}': "unexpected JSON type: Array",
    '{"signature_name": "regress", "examples": [{"x": {"y": 1}}]}': "JSON type: Object",
    '{"signature_name": "regress", "examples": [{"x": [1, 2.0]}]}': "x expecting type: int64",
    '{"signature_name": "regress", "examples": [{"x": ["a", 1]}]}': "x expecting type: bytes",
    '{"signature_name": "regress", "examples": [{"x": 18446744073709551615}]}': "Only int64_t is",
    '{"signature_name": "regress", "examples": [{"x": {"b64": "a"}}]}': "Unable to base64 decode",
    '{"signature_name": "regress", "examples": [{"x": 1}]}': "Data type",
    '{"signature_name": "regress", "examples": [{}]}': "Feature: x",
    '{"examples": [{"x": 1.0}]}': "No regression inputs found in SignatureDef",
    '{"signature_name": "classify", "examples": [{"x": 1.0}]}': "Expected one output Tensor.",
    '{"signature_name": "no", "examples": [{"x": 1.0}]}': "found with the name: no",
    '{"signature_name": [], "examples": [{"x": 1.0}]}': "must be a string value",
}


@pytest.mark.parametrize("body", WRONG_EXAMPLES)
def test_wrong_examples(rest, body):
    assert WRONG_EXAMPLES[body] in error(rest("half_plus_two:regress", body), 400)


def test_classify_needs_classes_or_scores(rest):
    body = examples("regress", 1.0)
    assert '"classes" or "scores"' in error(rest("half_plus_two:classify", body), 400)
