"""What simpler models make of the same pictures, to hold a generator against."""

from typing import Any

import keras
import numpy as np
from keras import ops

from kerasuite.data.pictures import Pictures
from kerasuite.evaluation.generative import frechet_distance
from kerasuite.layers import GaussianCode
from kerasuite.models.autoencoder import DenseDecoder, DenseEncoder
from kerasuite.training import fitting
from kerasuite.training.judge import Judge
from kerasuite.training.reconstruction_losses import NegativeLogLikelihood

CODE, UNITS, BATCH, RATE = 32, 512, 128, 1e-3


def yardsticks(
    judge: Judge, train: Pictures, real: Pictures, vae_epochs: int, seed: int
) -> dict[str, float]:
    """The Fréchet distances to compare with.

    Args:
        judge: whose features are compared.
        train: what the generator learned from.
        real: held-out pictures; as many are made of each kind.
        vae_epochs: passes over `train` of the variational autoencoder; 0 for none.
        seed: of everything random.

    Returns:
        Of real training pictures, of noise with their pixels' mean and covariance, and of what a
        variational autoencoder makes of noise.
    """
    rng = np.random.default_rng(seed)
    chosen = train.array(rng.permutation(len(train))[: max(1000, len(real))])
    made = {"training_pictures": chosen, "pixel_gaussian": _gaussian(chosen, len(real), rng)}
    if vae_epochs:
        made["vae"] = _from_vae(train, len(real), vae_epochs, seed)
    seen = judge.features(real.array(range(len(real))))
    return {
        f"{name}_frechet_distance": frechet_distance(seen, judge.features(pictures))
        for name, pictures in made.items()
    }


def _gaussian(pictures: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Noise with the mean and covariance of the pixels of pictures."""
    flat = pictures.reshape(len(pictures), -1).astype("float32")
    # Weighted sums of centred pictures have their covariance, without its factorization.
    weights = rng.standard_normal((count, len(flat))).astype("float32") / np.sqrt(len(flat))
    noise = flat.mean(0) + weights @ (flat - flat.mean(0))
    return np.clip(np.round(noise), 0, 255).astype("uint8").reshape(-1, *pictures.shape[1:])


def _from_vae(train: Pictures, count: int, epochs: int, seed: int) -> np.ndarray:
    """Pictures that a variational autoencoder with one hidden layer each way makes of noise.

    The means of its pixels, which look better than pixels drawn from them.
    """
    keras.utils.set_random_seed(seed)
    code = keras.Sequential(
        [keras.layers.Dense(2 * CODE, dtype="float32"), GaussianCode(seed=seed, dtype="float32")]
    )
    encoder = DenseEncoder(code, train.shape, (UNITS,))
    decoder = DenseDecoder(train.shape, CODE, (UNITS,))
    inputs = keras.Input(train.shape)
    vae = keras.Model(inputs, decoder(encoder(inputs)))
    steps = train.steps_per_epoch(BATCH)
    rate = keras.optimizers.schedules.CosineDecay(RATE, epochs * steps)
    vae.compile(keras.optimizers.Adam(rate), NegativeLogLikelihood("bernoulli"), jit_compile=False)

    def scaled(pictures: Any, labels: Any) -> tuple[Any, Any]:
        values = ops.cast(pictures, "float32") / 255
        return values, values

    batches = train.shuffled_batches(BATCH, seed).map(scaled)
    fitting.fit(vae, batches, steps_per_epoch=steps, epochs=epochs)
    codes = np.random.default_rng(seed).standard_normal((count, CODE)).astype("float32")
    made = decoder.predict(codes, batch_size=BATCH, verbose=0)
    return np.round(255 / (1 + np.exp(-made))).astype("uint8")
