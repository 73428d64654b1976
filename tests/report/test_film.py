"""Films: GIFs that can be read back."""

import io

import numpy as np
import pytest
from PIL import Image

from kerasuite.report.boundary_figures import Plane, boundary_film, mistake_counts
from kerasuite.report.film import film


def test_frames_come_back():
    frames = np.zeros((3, 8, 10, 3), "uint8")
    frames[1:, :, :, 0], frames[2, :, 5:, 2] = 255, 200
    figure = film(frames, "clip", "Clip")
    picture = Image.open(io.BytesIO(figure.data))
    assert figure.kind == "gif" and picture.n_frames == 3 and picture.size == (10, 8)
    picture.seek(2)
    np.testing.assert_allclose(np.asarray(picture.convert("RGB")), frames[2], atol=2)


def test_what_is_no_film_is_refused():
    with pytest.raises(ValueError, match="Received: float64"):
        film(np.zeros((1, 8, 8, 3)), "clip", "Clip")
    with pytest.raises(ValueError, match="none"):
        boundary_film(Plane((0, 1, 0, 1)), [], np.zeros((1, 2)), np.zeros(1))


def test_places_lie_row_by_row_from_below():
    places = Plane((0, 2, 10, 14), side=2).places()
    assert places.tolist() == [[0.5, 11], [1.5, 11], [0.5, 13], [1.5, 13]]


@pytest.mark.parametrize(("bound", "words"), [(500.0, "at most 500"), (None, "never end")])
def test_mistakes_against_the_bound(bound, words):
    figure = mistake_counts([5, 2, 0], bound)
    assert words in figure.caption and b"mathdefault" not in figure.data
