"""The REST API as an HTTP server: other hosts' pages, large and packed bodies."""

import gzip

from tests.serving.models import error

PREDICT = "half_plus_two:predict"


def test_cors(rest):
    for response in (
        rest(PREDICT, method="OPTIONS"),
        rest(PREDICT, {"instances": [1]}),
        rest(PREDICT, "{"),
    ):
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["access-control-allow-methods"] == "POST, GET"
        assert response.headers["access-control-allow-headers"] == "Content-Type"


def test_oversized_bodies(rest):
    assert "larger than 2097152 bytes" in error(rest(PREDICT, b" " * (2 << 20) + b" "), 413)
    pieces = (b" " * 100_000 for _ in range(30))  # sent without a declared length
    assert "larger than" in error(rest(PREDICT, pieces), 413)


def test_gzip(rest):
    body = gzip.compress(b'{"instances": [1]}')
    zipped = {"Content-Encoding": "gzip"}
    assert rest(PREDICT, body, headers=zipped).json() == {"predictions": [3.5]}
    assert "damaged" in error(rest(PREDICT, body[:5] + b"xx", headers=zipped), 400)
    bomb = gzip.compress(b" " * (3 << 20))
    assert "larger than" in error(rest(PREDICT, bomb, headers=zipped), 413)
