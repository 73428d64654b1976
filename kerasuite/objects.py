"""All that a .keras file of the suite may name: import this before `keras.saving.load_model`.

import keras
import kerasuite.objects

model = keras.saving.load_model("runs/image_classifier/…/model.keras")
"""

import kerasuite.data.augment
import kerasuite.layers
import kerasuite.training.adam
import kerasuite.training.detection_losses
import kerasuite.training.gan
import kerasuite.training.gan_cls
import kerasuite.training.losses
import kerasuite.training.online_rules
import kerasuite.training.patch_coders
import kerasuite.training.picture_gans
import kerasuite.training.reconstruction_losses
import kerasuite.training.retrieval_losses
import kerasuite.training.rprop
import kerasuite.training.salgan
import kerasuite.training.scheduled_sampling
import kerasuite.training.sequence_losses
import kerasuite.training.sgd
import kerasuite.training.slowed_adam
import kerasuite.training.srgan
import kerasuite.training.truncated_bptt  # noqa: F401 - importing registers
