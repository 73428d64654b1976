"""Sets the process up for computing: backend, threads, seed, precision."""

import contextlib
import os
import sys
import tempfile

FEW_CORES = 8
AT_ONCE = 2


def quiet() -> None:
    """Keeps TensorFlow's start-up notices off the terminal; call before anything imports it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")


def start_tensorflow(inter_op: int = 0, intra_op: int = 0, side_by_side: bool = False) -> None:
    """Imports TensorFlow without its start-up notices, and sets its threads.

    Its C++ code logs before it looks at any setting, so the standard error stream is set aside
    meanwhile, and shown if the import fails.

    On small machines two operations run side by side. On two cores, a training step of ResNet-20,
    ResNet-50, DenseNet-121, DCGAN or a translator takes 0.88 to 0.95 of the time that it takes with
    one at a time, and the ResNets learn the same bit for bit. The small operations of recurrent
    nets are slower on two threads each: with one each, a captioner's step takes half of that time,
    and an LSTM of 256 units learns 1.4 times as fast.

    Args:
        inter_op: operations at once; 0 for what was said above.
        side_by_side: on small machines, as many operations at once as there are cores, each on
            one of them: for recurrent nets and other graphs of many small operations.
        intra_op: threads of one operation; 0 for TensorFlow's choice.
    """
    quiet()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as aside, contextlib.ExitStack() as stack:
        kept = os.dup(2)
        stack.callback(os.close, kept)
        stack.callback(os.dup2, kept, 2)
        os.dup2(aside.fileno(), 2)
        try:
            import tensorflow as tf

            gpus = tf.config.list_physical_devices("GPU")
            cores = os.cpu_count() or 1
            if not inter_op and not gpus and cores <= FEW_CORES:
                inter_op, intra_op = (cores, 1) if side_by_side else (AT_ONCE, intra_op)
            if inter_op:
                tf.config.threading.set_inter_op_parallelism_threads(inter_op)
            if intra_op:
                tf.config.threading.set_intra_op_parallelism_threads(intra_op)
            tf.zeros(())
        except RuntimeError:
            return  # TensorFlow runs already: its threads stay what they were
        except ImportError:
            aside.seek(0)
            os.write(kept, aside.read())
            raise


def keep_order() -> None:
    """Keeps weights from being read after an update that they should be read before.

    TensorFlow's dependency optimizer drops such an order where nothing else implies it (seen in
    2.21): a Wasserstein critic's last kernel is descended by a gradient in which its own value does
    not occur, so that its update may come before the reading that the other gradients need. Of
    critics with several steps for one of the generator, one step in fifteen went wrong so.
    """
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"dependency_optimization": False})


def prepare(seed: int, precision: str = "float32") -> None:
    """Makes a run repeatable and sets Keras's dtype policy.

    Args:
        seed: for Python, NumPy, TensorFlow and Keras.
        precision: name of a Keras dtype policy.
    """
    start_tensorflow()
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    keras.config.set_dtype_policy(precision)
