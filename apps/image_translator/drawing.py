"""A local page on which one draws edges and sees what the translator makes of them."""

import io
import threading
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from kerasuite.export.predictor import Example, Predictor
from kerasuite.serving.rest_server import RestServer, listen

APP_NAME = "image_translator"
MOST_BYTES = 1 << 20
LONGEST_SIDE = 1024
_FILES = {
    "/": ("draw.html", "text/html"),
    "/draw.css": ("draw.css", "text/css"),
    "/draw.js": ("draw.js", "text/javascript"),
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src blob:; connect-src 'self'; frame-ancestors 'self'; form-action 'none'; "
    "base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class _Refused(Exception):
    """A request that cannot be answered: its status and a sentence."""


def page(answer: Callable[[bytes], bytes], hosts: tuple[str, ...] = ("*",)) -> Starlette:
    """Returns the page as an ASGI application.

    `GET /` is the page; `POST /picture` takes the bytes of a PNG file and gives those of another.
    Anything else is refused with a status and one sentence.

    Args:
        answer: makes a PNG file of another one; ValueError says why it cannot.
        hosts: the names that the page may be asked for by: other sites' pages know no others.
    """

    async def translate(request: Request) -> Response:
        try:
            data = await _drawing(request)
            made = await run_in_threadpool(answer, data)
        except _Refused as e:
            return _plain(*e.args)
        except ValueError as e:
            return _plain(400, str(e))
        except ClientDisconnect:
            return _plain(400, "The drawing was not sent whole")
        return Response(made, media_type="image/png", headers=_HEADERS)

    routes = [Route(path, _file(name, media_type)) for path, (name, media_type) in _FILES.items()]
    return Starlette(
        routes=[*routes, Route("/picture", translate, methods=["POST"])],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))],
    )


def answer_of(predictor: Predictor) -> Callable[[bytes], bytes]:
    """What a SavedModel makes of a picture file, for `page`."""
    one_at_a_time = threading.Lock()

    def answer(data: bytes) -> bytes:
        with one_at_a_time:
            (found,) = predictor.answers([Example("drawing", data)])
        if found.refused:
            raise ValueError(found.refused)
        return found.outputs["image_bytes"]

    return answer


def serve(path: Path, signature: str, host: str, port: int) -> None:
    """Serves the page until it is interrupted.

    Args:
        path: folder of a SavedModel of image_translator.
        signature: which of its functions is asked.
        host: the address to listen on. The page is asked for by its name alone.
        port: 0 for any that is free.

    Raises:
        InputError: if there is no such model, or the port cannot be had.
    """
    predictor = Predictor(path, signature)
    bound = listen(host, port, "port")
    local = host in ("127.0.0.1", "localhost", "::1")
    hosts = ("127.0.0.1", "localhost", "[::1]") if local else ("*",)
    server = RestServer(page(answer_of(predictor), hosts), bound)
    server.start()
    print(f"http://{host}:{bound.getsockname()[1]}/ (Ctrl+C ends it)", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop(seconds=1)


def _file(name: str, media_type: str) -> Callable[[Request], Response]:
    data = (Path(__file__).parent / "page" / name).read_bytes()

    def found(request: Request) -> Response:
        return Response(data, media_type=media_type, headers=_HEADERS)

    return found


async def _drawing(request: Request) -> bytes:
    """The body of a request, once it has proved to be a PNG file of a decent size."""
    # Pages of other sites cannot send this type without asking first, which nobody answers.
    if request.headers.get("content-type") != "image/png":
        raise _Refused(415, "Expected a body of type image/png")
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MOST_BYTES:
            raise _Refused(413, f"Expected at most {MOST_BYTES} bytes")
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            sides = picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as e:
        raise _Refused(400, "Expected a PNG file") from e
    if max(sides) > LONGEST_SIDE:
        raise _Refused(400, f"Expected sides of at most {LONGEST_SIDE} pixels. Received: {sides}")
    return bytes(data)


def _plain(status: int, sentence: str) -> Response:
    return Response(sentence, status, media_type="text/plain", headers=_HEADERS)
