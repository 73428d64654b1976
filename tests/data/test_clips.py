"""Clips: made, read from folders, written as GIF and read back, and files that mean harm."""

import io
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasuite.data.animations import moving_pixels
from kerasuite.data.clip_sets import load_clips, reordered
from kerasuite.data.clips import decode_clip, decode_clips, even_steps, gif_bytes
from kerasuite.data.moving_sprites import ACTIONS, OPPOSITES, _sprites, moving_sprites
from kerasuite.errors import InputError
from tests.data.data_cases import encoded


def animated(frames, form="GIF"):
    pictures = [Image.fromarray(f) for f in frames]
    buffer = io.BytesIO()
    options = {"lossless": True} if form == "WEBP" else {}
    pictures[0].save(buffer, form, save_all=True, append_images=pictures[1:], **options)
    return buffer.getvalue()


def noise(rng, *shape):
    return rng.integers(0, 256, shape, "uint8")


def test_grey_clips_survive_a_gif_file_with_all_their_frames(rng):
    clip = noise(rng, 6, 9, 7, 1)
    clip[2] = clip[1]  # Pillow's writer would leave this one out
    decoded = decode_clip(gif_bytes(clip), 6, (9, 7), 1).numpy()
    np.testing.assert_array_equal(decoded, clip)
    with Image.open(io.BytesIO(gif_bytes(clip))) as picture:
        assert picture.n_frames == 6 and picture.info["loop"] == 0


def test_colours_lose_little(rng):
    clip = np.repeat(np.repeat(noise(rng, 3, 4, 4, 3), 4, 1), 4, 2)
    decoded = decode_clip(gif_bytes(clip), 3, (16, 16), 3).numpy()
    assert np.abs(decoded.astype(int) - clip).mean() < 8


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_any_length_becomes_the_wanted_one(form, rng):
    grey = noise(rng, 5, 8, 8)
    data = animated(np.repeat(grey[..., None], 3, -1), form)
    decoded = decode_clip(data, 9, (8, 8), 1).numpy()[..., 0]
    np.testing.assert_allclose(decoded[[0, 4, 8]].astype(int), grey[[0, 2, 4]], atol=2)
    assert even_steps(5, 9).numpy().tolist() == [0, 0, 1, 2, 2, 2, 3, 4, 4]
    assert even_steps(100, 2).numpy().tolist() == [0, 99]


def test_a_still_picture_is_a_clip_at_rest(rng):
    picture = noise(rng, 8, 8, 3)
    clips = decode_clips([encoded(picture), encoded(picture, "GIF")], 4, (8, 8), 3).numpy()
    np.testing.assert_array_equal(clips[0], np.repeat(picture[None], 4, 0))
    np.testing.assert_array_equal(clips[1], np.repeat(clips[1][:1], 4, 0))


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8X", b"notes", b"\x89PNG"])
def test_bytes_that_are_no_picture(data):
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode_clip(data, 4, (8, 8), 1)


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_pixels_are_counted_before_decoding(form, rng):
    data = animated(noise(rng, 7, 30, 20, 3), form)
    assert int(moving_pixels(tf.constant(data))) == 7 * 30 * 20
    for cut in (5, 14, 29, 100, len(data) // 2):
        assert 0 <= int(moving_pixels(tf.constant(data[:cut]))) <= 7 * 30 * 20
    assert int(moving_pixels(tf.constant(encoded(noise(rng, 9, 9, 3))))) == 0


def test_a_small_file_of_many_large_frames_is_refused(rng):
    """One frame of 1000x1000 and 2,000 of one pixel: 6 GB decoded."""
    large = animated(np.zeros((1, 1000, 1000, 3), "uint8"))
    pixel = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\x00"
    data = large[:-1] + 2000 * pixel + b";"
    assert len(data) < 60_000 and int(moving_pixels(tf.constant(data))) == 2001 * 10**6
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode_clip(data, 4, (8, 8), 1)


def test_moving_sprites_follow_from_their_numbers():
    clips, labels = moving_sprites("train", 16, 4, 16, 1)
    again, _ = moving_sprites("train", 8, 4, 16, 1)
    np.testing.assert_array_equal(clips[:8], again)
    assert np.bincount(labels).tolist() == [2] * len(ACTIONS)
    assert not np.array_equal(clips[:8], moving_sprites("test", 8, 4, 16, 1)[0])
    assert moving_sprites("test", 8, 4, 16, 3)[0].shape == (8, 4, 16, 16, 3)


def test_no_sprite_is_in_two_splits():
    looks = {split: {s.tobytes() for s in part} for split, part in _sprites(16, 1).items()}
    assert min(map(len, looks.values())) > 100
    assert not looks["train"] & looks["test"] and not looks["train"] & looks["validation"]


def test_actions_go_where_they_say():
    """The centre of what differs from the ground moves; the area grows."""
    clips, labels = moving_sprites("train", 160, 8, 32, 1)
    seen = np.abs(
        clips[..., 0].astype("float64") - np.median(clips, (1, 2, 3, 4))[:, None, None, None]
    )
    angle = 2 * np.pi * np.arange(32) / 32  # places wrap: the mean of a circle's points
    waves = np.exp(1j * angle)
    sums = {"x": seen.sum(2) @ waves, "y": seen.sum(3) @ waves}
    steps = {k: np.angle(v[:, 1:] / v[:, :-1]).mean(1) for k, v in sums.items()}
    growth = np.median(np.diff(np.log((seen > 20).sum((2, 3)) + 1.0), axis=1), axis=1)
    for action, figure, sign in (
        ("left", steps["x"], -1),
        ("right", steps["x"], 1),
        ("up", steps["y"], -1),
        ("down", steps["y"], 1),
        ("grows", growth, 1),
        ("shrinks", growth, -1),
    ):
        of_action = labels == ACTIONS.index(action)
        assert (np.sign(figure[of_action]) == sign).mean() > 0.9, action


def test_clockwise_is_clockwise():
    from kerasuite.data.moving_sprites import _transformed

    hand = np.zeros((32, 32, 2), "uint8")
    hand[:16, 14:18] = 255  # points up
    turned = np.asarray(_transformed(Image.fromarray(hand, "LA"), 0.25, 1.0, 64))[..., 1]
    assert turned[:, 32:].sum() > 10 * max(1, turned[:, :28].sum())  # points right


def test_one_frame_alone_has_the_same_look_whatever_the_action():
    """Means over many clips of the place and the area of the sprite do not tell the actions."""
    clips, labels = moving_sprites("train", 800, 2, 16, 1)
    first = clips[:, 0, ..., 0].astype("float64")
    area = (np.abs(first - np.median(first, (1, 2))[:, None, None]) > 20).mean((1, 2))
    means = [area[labels == k].mean() for k in range(len(ACTIONS))]
    assert np.std(means) < 3 * area.std() / np.sqrt(100)


def test_orders(rng):
    clips = noise(rng, 5, 6, 2, 2, 1)
    assert reordered(clips, "natural") is clips
    np.testing.assert_array_equal(reordered(clips, "backwards")[:, 0], clips[:, -1])
    shuffled = reordered(clips, "shuffled")
    np.testing.assert_array_equal(np.sort(shuffled, 1), np.sort(clips, 1))
    assert not np.array_equal(shuffled, clips)
    still = reordered(clips, "still")
    assert (still == still[:, :1]).all() and not (still == clips[:, :1]).all()
    with pytest.raises(ValueError, match="Received: order='sideways'"):
        reordered(clips, "sideways")
    assert all(OPPOSITES[OPPOSITES[a]] == a for a in ACTIONS)


@pytest.fixture
def own(tmp_path, rng):
    """Two classes: files, and folders of frames whose names count beyond nine."""
    for i in range(6):
        for k, name in enumerate(("falls", "rises")):
            folder = tmp_path / "own" / name
            folder.mkdir(parents=True, exist_ok=True)
            levels = np.linspace(255, 0, 12) if k == 0 else np.linspace(0, 255, 12)
            frames = np.repeat(levels.astype("uint8"), 64).reshape(12, 8, 8)
            if i % 2:
                colour = np.repeat(frames[..., None], 3, -1)
                form = "WEBP" if i == 5 else "GIF"
                (folder / f"{i}.{form.lower()}").write_bytes(animated(colour, form))
                continue
            (folder / f"clip{i}").mkdir()
            for t, frame in enumerate(frames):
                (folder / f"clip{i}" / f"{t}.png").write_bytes(encoded(frame))
    return tmp_path / "own"


def test_own_clips(own):
    falls = own / "falls"
    (falls / "still.gif").write_bytes(animated(np.zeros((1, 4, 4, 3), "uint8")))
    (falls / "cut.gif").write_bytes(b"GIF89a")
    (falls / "empty.webp").write_bytes(b"")
    (falls / "notes.txt").write_text("notes")
    splits = load_clips(str(own), frames=5, size=(6, 6), channels=1)
    assert splits.info.class_names == ("falls", "rises") and splits.info.shape == (5, 6, 6, 1)
    skipped = {path.rsplit("/", 1)[-1]: reason for path, reason in splits.info.skipped}
    assert skipped.keys() == {"still.gif", "cut.gif", "empty.webp"} and splits.info.ignored == 1
    assert skipped["still.gif"] == "too short: 1 frame; at least 2 are needed"
    assert skipped["empty.webp"] == "empty file"
    assert sum(splits.sizes().values()) == 12
    for part in (splits.train, splits.validation, splits.test):
        middles = part.images[:, :, 3, 3, 0].astype(int)
        assert (np.sign(np.diff(middles)) == np.where(part.labels == 0, -1, 1)[:, None]).all()


def test_own_clips_that_cannot_be_used(own, tmp_path):
    with pytest.raises(InputError, match="'moving_emojis'; expected moving_emoji, or the path"):
        load_clips("moving_emojis")
    for path in (own / "falls").iterdir():
        if path.is_file():
            path.write_bytes(b"no clip")
        else:
            (path / "0.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="the class 'falls' has no clip that can be used"):
        load_clips(str(own))
    with pytest.raises(InputError, match="does not exist"):
        load_clips(str(tmp_path / "nowhere"))
