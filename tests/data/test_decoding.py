"""PIL is the reference for what the bytes of a picture mean."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasuite.data.decoding import (
    decode_original,
    decode_picture,
    decode_pictures,
    decode_with_sizes,
    fit_pictures,
)
from tests.data.data_cases import encoded

H, W = 20, 30


@pytest.fixture
def noise(rng):
    return rng.integers(0, 256, (H, W, 4), dtype="uint8")


def on_white(data, mode):
    """What PIL makes of the bytes, laid on white: uint8 [H, W, 1 or 3]."""
    picture = Image.open(io.BytesIO(data)).convert("RGBA")
    ground = Image.new("RGBA", picture.size, "white")
    array = np.asarray(Image.alpha_composite(ground, picture).convert(mode))
    return array[..., None] if mode == "L" else array


def cases(noise):
    grey, grey_alpha, colour = noise[..., 0], Image.fromarray(noise[..., :2], "LA"), noise[..., :3]
    palette = Image.fromarray(colour).quantize(16)
    other = [Image.fromarray(255 - colour)]
    return {
        "L": encoded(grey),
        "1": encoded(Image.fromarray(grey > 128)),
        "LA": encoded(grey_alpha),
        "P": encoded(palette),
        "P+tRNS": encoded(palette, transparency=3),
        "RGB": encoded(colour),
        "RGBA": encoded(noise),
        "BMP": encoded(colour, "BMP"),
        "WebP": encoded(colour, "WEBP", lossless=True),
        "WebP with alpha": encoded(noise, "WEBP", lossless=True),
        "GIF": encoded(colour, "GIF"),
        "animated GIF": encoded(colour, "GIF", save_all=True, append_images=other),
        "animated WebP": encoded(colour, "WEBP", save_all=True, append_images=other, lossless=True),
        "animated WebP with alpha": encoded(
            noise, "WEBP", save_all=True, append_images=other, lossless=True
        ),
    }


CASES = list(cases(np.zeros((H, W, 4), "uint8")))


@pytest.mark.parametrize("case", CASES)
def test_as_pil_in_colour_and_grey(noise, case):
    data = cases(noise)[case]
    for mode, channels in (("RGB", 3), ("L", 1)):
        ours = decode_picture(tf.constant(data), (H, W), channels).numpy()
        assert ours.shape == (H, W, channels) and ours.dtype == np.uint8
        # Blending and grey weights are rounded once here, and twice or in fixed point there.
        difference = np.abs(ours.astype(int) - on_white(data, mode))
        assert difference.max() <= 2, (mode, difference.max())


def test_16_bit_png_keeps_its_upper_bits(noise):
    values = noise[..., 0].astype("uint16") * 256 + noise[..., 1]
    data = encoded(Image.fromarray(values))
    np.testing.assert_array_equal(decode_picture(data, (H, W), 1)[..., 0], noise[..., 0])


def test_jpegs_of_all_colour_spaces():
    # A smooth picture: decoders differ by a few values where colours change from dot to dot.
    rows, columns = np.mgrid[0:H, 0:W]
    smooth = np.stack([rows * 5, columns * 5, rows + columns, rows * 0], -1).astype("uint8")
    for data in (
        encoded(smooth[..., 0], "JPEG", quality=95),
        encoded(smooth[..., :3], "JPEG", quality=95),
        encoded(Image.fromarray(smooth, "CMYK"), "JPEG", quality=95),
    ):
        ours = decode_picture(tf.constant(data), (H, W), 3).numpy()
        assert np.abs(ours.astype(int) - on_white(data, "RGB")).max() <= 8


@pytest.mark.parametrize("keep", [0, 10, 100, 900])
@pytest.mark.parametrize("case", CASES)
def test_cut_and_empty_files_are_errors_not_crashes(noise, case, keep):
    data = cases(noise)[case]
    if len(data) > 2 * keep:
        with pytest.raises(tf.errors.InvalidArgumentError):
            decode_picture(tf.constant(data[:keep]), (H, W), 3)


@pytest.mark.parametrize("side", [24, 27])
def test_a_huge_canvas_takes_no_memory(noise, side):
    data = bytearray(cases(noise)["animated WebP"])
    data[side : side + 3] = b"\xff\xff\xff"
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode_picture(bytes(data), (H, W), 3)


def test_resizing_is_antialiased():
    stripes = np.tile(np.array([0, 255], "uint8"), (64, 32))
    small = decode_picture(encoded(stripes), (8, 8), 1).numpy()
    assert small.shape == (8, 8, 1) and small.min() > 100 and small.max() < 155
    flat = decode_picture(encoded(np.full((5, 9, 3), 77, "uint8")), (32, 20), 3).numpy()
    assert (flat == 77).all()


def test_a_batch_of_different_pictures_in_a_graph(noise):
    data = list(cases(noise).values())
    graph = tf.function(
        lambda x: decode_pictures(x, (12, 10), 3),
        input_signature=[tf.TensorSpec([None], tf.string)],
    )
    together = graph(tf.constant(data)).numpy()
    apart = [decode_picture(d, (12, 10), 3).numpy() for d in data]
    np.testing.assert_array_equal(together, apart)
    assert graph(tf.constant([], tf.string)).shape == (0, 12, 10, 3)
    assert graph.get_concrete_function().structured_outputs.shape == (None, 12, 10, 3)


def test_saved_and_loaded_it_decodes_the_same(noise, tmp_path):
    class Decoder(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, data):
            return decode_pictures(data, (H, W), 1)

    data = tf.constant([encoded(noise), encoded(noise[..., :3], "JPEG")])
    tf.saved_model.save(Decoder(), str(tmp_path / "m"))
    loaded = tf.saved_model.load(str(tmp_path / "m"))
    np.testing.assert_array_equal(loaded(data), decode_pictures(data, (H, W), 1))


def test_fitting_an_array_is_decoding_its_png(noise):
    for size, channels in (((H, W), 3), ((7, 9), 1), ((40, 31), 3)):
        for depth in (1, 2, 3, 4):
            picture = noise[..., :depth]
            form = Image.fromarray(picture, "LA") if depth == 2 else picture.squeeze()
            decoded = decode_picture(encoded(form), size, channels)
            np.testing.assert_array_equal(fit_pictures(picture, size, channels), decoded)
            batch = fit_pictures(np.stack([picture, picture]), size, channels)
            np.testing.assert_array_equal(batch[1], decoded)


def test_channels_are_1_or_3():
    with pytest.raises(ValueError, match="Received: channels=4"):
        decode_picture(b"", (H, W), 4)


def test_own_sizes_are_told(noise):
    """A batch of pictures of several sizes and kinds, brought to one size."""
    files = tf.constant([encoded(noise[..., :3]), encoded(noise[:11, :17, 0])])
    pictures, sizes = decode_with_sizes(files, (16, 24), 3)
    np.testing.assert_array_equal(sizes, [(H, W), (11, 17)])
    np.testing.assert_array_equal(pictures, decode_pictures(files, (16, 24), 3))


@pytest.mark.parametrize("kind", ["L", "LA", "P", "RGB", "RGBA"])
def test_the_original_keeps_its_size(noise, kind):
    data = cases(noise)[kind]
    np.testing.assert_array_equal(decode_original(data), decode_picture(data, (H, W), 3))
