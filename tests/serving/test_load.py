"""Long under load: versions swap while many clients ask, nothing fails, memory does not grow."""

import shutil
import threading
import time

import numpy as np
import psutil
import pytest

from kerasuite.serving import Client
from tests.serving import models

SECONDS = 30
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("batching", [False, True], ids=["alone", "batched"])
def test_swaps_under_load(tmp_path, batching):
    built, folder = tmp_path / "built", tmp_path / "m"
    models.half_plus(built, 2.0)
    shutil.copytree(built, folder / "1")
    server = models.start(
        model_name="m",
        model_base_path=str(folder),
        file_system_poll_wait_seconds=1,
        enable_batching=batching,
    )
    done, errors, answers = threading.Event(), [], []

    def keep_asking(url, seed):
        rng = np.random.default_rng(seed)
        with Client(url, retries=0) as client:
            while not done.is_set():
                x = rng.standard_normal(rng.integers(1, 9)).astype("float32")
                try:
                    y = client.predict("m", x)["y"]
                    np.testing.assert_array_equal(y, x * np.float32(0.5) + 2)
                    answers.append(time.monotonic())
                except Exception as e:
                    errors.append(e)

    urls = list(server.addresses.values())
    threads = [threading.Thread(target=keep_asking, args=(urls[i % 2], i)) for i in range(12)]
    for thread in threads:
        thread.start()
    version, end, memory = 1, time.monotonic() + SECONDS, []
    while time.monotonic() < end:
        version += 1
        shutil.copytree(built, folder / f".{version}")
        (folder / f".{version}").rename(folder / str(version))
        time.sleep(2)
        memory.append(psutil.Process().memory_info().rss)
    done.set()
    for thread in threads:
        thread.join()
    with Client(urls[0]) as client:
        states = {s for s, _ in client.status("m").values()}
    server.stop()
    assert errors == []
    assert states == {"AVAILABLE", "END"}
    assert len(answers) > 20 * SECONDS
    gaps = np.diff(sorted(answers))
    assert gaps.max() < 3  # seconds in which nobody was answered
    assert memory[-1] - memory[len(memory) // 3] < 200e6
