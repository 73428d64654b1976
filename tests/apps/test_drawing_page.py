"""The drawing page, in a real browser and asked wrongly."""

import io
import os
import queue
import re
import shutil
import subprocess
import urllib.error
import urllib.request
import zlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from kerasuite.apps.image_translator.config import ImageTranslatorConfig
from kerasuite.apps.image_translator.drawing import answer_of, page
from kerasuite.apps.image_translator.nets import build
from kerasuite.apps.image_translator.serving import signatures
from kerasuite.data.pictures import png_bytes
from kerasuite.data.splits import Info
from kerasuite.export.predictor import Predictor
from kerasuite.serving.rest_server import RestServer, listen
from tests.report.test_browser import BROWSERS

# Draws a stroke on the page in a frame, and tells what came of it.
PROBE = """<!doctype html>
<body><script>
const frame = document.createElement("iframe");
Object.assign(frame, {src: "/", width: 700, height: 700});
frame.addEventListener("load", async () => {
  const inside = frame.contentDocument, canvas = inside.getElementById("drawing");
  const box = canvas.getBoundingClientRect();
  const send = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, {
    bubbles: true, button: 0,
    clientX: box.left + x * box.width, clientY: box.top + y * box.height}));
  send("pointerdown", 0.25, 0.25); send("pointermove", 0.75, 0.25); send("pointerup", 0.75, 0.25);
  const made = inside.getElementById("made"), status = inside.getElementById("status");
  for (let i = 0; i < 200 && status.textContent === "nothing yet"; i++)
    await new Promise((done) => setTimeout(done, 50));
  await made.decode().catch(() => {});
  const pixels = canvas.getContext("2d").getImageData(0, 0, 64, 64).data;
  let black = 0;
  for (let i = 0; i < pixels.length; i += 4) black += pixels[i] === 0;
  inside.getElementById("undo").click();
  await fetch("/told", {method: "POST", body: JSON.stringify(
    {status: status.textContent, side: made.naturalWidth, shown: !made.hidden, black})});
});
document.body.append(frame);
</script>"""


@pytest.fixture(scope="module")
def answer():
    keras.utils.set_random_seed(0)
    config = ImageTranslatorConfig(image_size=16, width=2)
    model = build(config, (16, 16, 1), 3)
    asked = tf.function(signatures(model, Info("edges"))["serving_default"].function)

    class Asked(Predictor):
        """A predictor whose model has not been through a file."""

        def __init__(self) -> None:
            self.inputs, self.kind, self.columns = {"image_bytes": {}}, "picture", {}
            self.function = lambda **inputs: asked(**inputs)

    return answer_of(Asked())


@pytest.fixture(scope="module")
def told():
    """What probes have told, in order."""
    return queue.Queue()


@pytest.fixture(scope="module")
def address(answer, told):
    async def probe(request):
        return HTMLResponse(PROBE)

    async def tell(request):
        told.put(await request.json())
        return Response(status_code=204)

    probes = [Route("/probe", probe), Route("/told", tell, methods=["POST"])]
    app = Starlette(routes=[*probes, Mount("/", page(answer, hosts=("127.0.0.1",)))])
    bound = listen("127.0.0.1", 0, "port")
    server = RestServer(app, bound)
    server.start()
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.stop(1)


def post(address, data, content_type="image/png", **headers):
    request = urllib.request.Request(
        f"{address}/picture", data, {"Content-Type": content_type, **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


def test_a_stroke_becomes_a_picture(address, told, tmp_path):
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        if os.environ.get("CI"):
            pytest.fail("no browser on PATH")
        pytest.skip("no browser on PATH")
    # In real time: virtual time was over once before the page had told.
    command = [
        browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr",
        f"{address}/probe",
    ]  # fmt: skip
    log = tmp_path / "log"
    with log.open("w") as stderr, subprocess.Popen(command, stderr=stderr) as running:
        try:
            found = told.get(timeout=90)
        finally:
            running.terminate()
    assert found == {
        "status": "what the net makes of them", "side": 64, "shown": True, "black": 33
    }  # fmt: skip
    assert not re.findall("CONSOLE.*", log.read_text())


def test_a_drawing_is_answered_as_the_model_answers(address, answer):
    drawing = np.full((20, 30, 1), 255, "uint8")
    drawing[5, 3:25] = 0
    status, made = post(address, png_bytes(drawing))
    assert status == 200 and made == answer(png_bytes(drawing))
    assert Image.open(io.BytesIO(made)).size == (30, 20)


def huge_png():
    """A PNG file that says it has 2^31 - 1 pixels each way."""
    side = (2**31 - 1).to_bytes(4)
    head = b"IHDR" + side + side + bytes([8, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4) + head + zlib.crc32(head).to_bytes(4)


@pytest.mark.parametrize(
    ("data", "content_type", "status", "words"),
    [
        (b"", "image/png", 400, "Expected a PNG file"),
        (b"no picture", "image/png", 400, "Expected a PNG file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "image/png", 400, "Expected a PNG file"),
        (huge_png(), "image/png", 400, "Expected"),
        (bytes((1 << 20) + 1), "image/png", 413, "at most 1048576 bytes"),
        (b"a=1", "text/plain", 415, "image/png"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(address, data, content_type, status, words):
    found, sentence = post(address, data, content_type)
    assert found == status and words in sentence.decode()


def test_damaged_and_large_pictures(address):
    whole = png_bytes(np.random.default_rng(0).integers(0, 256, (60, 60, 3)).astype("uint8"))
    status, sentence = post(address, whole[: len(whole) // 2])
    assert status == 400 and b"not a picture" in sentence
    status, sentence = post(address, png_bytes(np.zeros((2, 1025, 1), "uint8")))
    assert status == 400 and b"at most 1024 pixels" in sentence


def test_only_by_its_own_name_and_paths(address):
    drawing = png_bytes(np.zeros((4, 4, 1), "uint8"))
    assert post(address, drawing, Host="elsewhere.example")[0] == 400
    for path in ("/draw.py", "/../app.py", "/%2e%2e/app.py", "/page/draw.js"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(address + path)
    with urllib.request.urlopen(address) as shown:
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
        assert b"<canvas" in shown.read()
