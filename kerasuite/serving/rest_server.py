"""uvicorn in a thread of its own, with limits that it lacks: time and size of a request's head."""

import asyncio
import socket
import ssl
import threading
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kerasuite.errors import InputError, KerasuiteError

_START_SECONDS = 30
_MOST_HEAD = 256 << 10  # bytes of the largest head


def listen(host: str, port: int, option: str) -> socket.socket:
    """A socket bound to a port.

    Raises:
        InputError: if the port is taken or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # uvicorn sends head and body of an answer one after the other: with Nagle's algorithm the body
    # would wait 40 ms for the client's acknowledgement of the head.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        bound.bind((host, port))
    except (OSError, OverflowError) as e:
        bound.close()
        reason = getattr(e, "strerror", None) or e
        raise InputError(f"--{option}: cannot listen on {host}:{port}: {reason}") from e
    return bound


class RestServer:
    """Serves an ASGI application.

    Args:
        app: the application.
        bound: the socket.
        head_seconds: how long a client may take to begin and to send a request's head.
        max_connections: how many there may be at once; the next are answered with 503.
        tls: for https.
    """

    def __init__(
        self,
        app: Any,
        bound: socket.socket,
        head_seconds: float = 30.0,
        max_connections: int = 1000,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._socket = bound
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            http=_protocol(head_seconds),
            access_log=False,
            proxy_headers=False,
            log_config=None,
            server_header=False,
            limit_concurrency=max_connections,
            ssl_context_factory=(lambda config, default: tls) if tls else None,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="rest-server", daemon=True)
        self._ended = threading.Event()

    def _run(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[self._socket]))
        finally:
            self._ended.set()

    def start(self) -> None:
        """Starts answering.

        Raises:
            KerasuiteError: if the server does not start.
        """
        self._thread.start()
        waited = 0.0
        while not self._server.started:
            if self._ended.wait(0.01) or waited > _START_SECONDS:
                raise KerasuiteError("The REST server did not start")
            waited += 0.01

    def stop(self, seconds: float) -> None:
        """Takes no new requests, and lets those in flight finish for a while."""
        self._server.config.timeout_graceful_shutdown = max(1, round(seconds))
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(seconds + 5)
        self._socket.close()


def _protocol(head_seconds: float) -> type[HttpToolsProtocol]:
    class Protocol(HttpToolsProtocol):
        """Hangs up on clients that do not send a request's head, or send one without end."""

        _clock: asyncio.TimerHandle | None = None
        _head = 0

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._clock = self.loop.call_later(head_seconds, transport.close)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._head = self._head + len(data) if self._clock else 0
            if self._head > _MOST_HEAD:
                self.transport.close()

        def on_message_begin(self) -> None:
            if self._clock is None:  # the next request of a connection kept alive
                self._clock = self.loop.call_later(head_seconds, self.transport.close)
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._stop_clock()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_clock()
            super().connection_lost(exc)

        def _stop_clock(self) -> None:
            if self._clock:
                self._clock.cancel()
                self._clock = None

    return Protocol
