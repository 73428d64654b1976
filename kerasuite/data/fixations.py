"""Where people would look in composed scenes: a stated model, drawn from. No TensorFlow.

The model, of one fixation:

- In 85 % of cases it is on a thing. Things attract it by how much their mean colour differs from
  that of their surroundings, and twice as much if they are of a class that is told to be `salient`,
  such as faces. On the thing it is normally distributed about the middle of what is seen of it,
  along each axis with half the standard deviation of its pixels.
- In 10 % of cases it is normally distributed about the middle of the picture, with a sixth of the
  picture's side: people look there first.
- Otherwise it is anywhere.

Real eyes are not so simple. The model holds what is known of them in the rough: people look at
things, at faces, at contrast, at the middle.

Reference:
    Judd et al. 2009, "Learning to predict where humans look" (faces and the middle); Einhäuser et
    al. 2008, "Objects predict fixations better than early saliency".
"""

from collections.abc import Collection

import numpy as np
from scipy import ndimage

from kerasuite.data.compose import Scene

ON_THINGS, IN_THE_MIDDLE = 0.85, 0.10
SALIENT_FACTOR = 2.0
_RING = 4  # pixels around a thing that it is compared with
_LEAST_CONTRAST = 0.1


def drawn_fixations(
    scene: Scene, salient: Collection[int], count: int, rng: np.random.Generator
) -> np.ndarray:
    """Draws fixations of a scene.

    Args:
        scene: the scene.
        salient: the classes that attract twice as much.
        count: how many fixations.
        rng: to draw from.

    Returns:
        int32 [count, 2], rows and columns within the picture.
    """
    size = np.array(scene.instances.shape)
    middles, spreads = _things(scene)
    kind = rng.random(count)
    thing = rng.choice(len(middles), count, p=attractions(scene, salient))
    normal = rng.standard_normal((count, 2))
    on_thing = middles[thing] + normal * spreads[thing]
    in_middle = (size - 1) / 2 + normal * size / 6
    anywhere = rng.uniform(-0.5, size - 0.5, (count, 2))
    central = (kind < ON_THINGS + IN_THE_MIDDLE)[:, None]
    points = np.where((kind < ON_THINGS)[:, None], on_thing, np.where(central, in_middle, anywhere))
    return np.clip(np.round(points), 0, size - 1).astype("int32")


def attractions(scene: Scene, salient: Collection[int]) -> np.ndarray:
    """The share of the fixations on things that each thing of a scene gets, float64 [things]."""
    found = []
    for number, label in enumerate(scene.labels, 1):
        thing = scene.instances == number
        ring = ndimage.binary_dilation(thing, iterations=_RING) & ~thing
        inside, around = (
            scene.image[part].mean(0) for part in (thing, ring if ring.any() else thing)
        )
        contrast = np.linalg.norm(inside - around) / (255 * np.sqrt(3))
        factor = SALIENT_FACTOR if int(label) in salient else 1.0
        found.append(factor * (_LEAST_CONTRAST + contrast))
    return np.array(found) / np.sum(found)


def fixation_map(points: np.ndarray, size: tuple[int, int], blur: float) -> np.ndarray:
    """Fixations as a smooth map: their number at each place, blurred.

    Args:
        points: int [n, 2], rows and columns.
        size: height and width.
        blur: standard deviation of the blur in pixels, about a degree of the visual field.

    Returns:
        float32 [height, width], from 0 to 1 at its highest.
    """
    counts = np.zeros(size)
    np.add.at(counts, tuple(points.T), 1)
    smooth = ndimage.gaussian_filter(counts, blur, mode="constant")
    return (smooth / smooth.max()).astype("float32")


def _things(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Middles and spreads of what is seen of each thing, float64 [things, 2] both."""
    places = [np.argwhere(scene.instances == k + 1) for k in range(len(scene.labels))]
    return np.array([p.mean(0) for p in places]), np.array([p.std(0) / 2 for p in places])
