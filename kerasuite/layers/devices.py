"""Where layers compute."""

import keras


def only_tensorflow_on_cpu() -> bool:
    """Whether the backend is TensorFlow and it sees no other device than the CPU."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return all(device.device_type == "CPU" for device in tf.config.list_logical_devices())
