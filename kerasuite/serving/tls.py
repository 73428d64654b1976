"""TLS, and certificates asked of clients, for both protocols from one SSLConfig."""

import contextlib
import os
import ssl
import tempfile
from pathlib import Path
from typing import Any

import grpc

from kerasuite.errors import InputError
from kerasuite.serving import text_protos


def read(path: Path) -> Any:
    """Reads a file of an SSLConfig: key, certificates and CA as PEM text.

    Raises:
        InputError: if something is missing.
    """
    config = text_protos.read(path, text_protos.SSLConfig(), "ssl_config_file")
    if not config.server_key or not config.server_cert:
        raise InputError(f"--ssl_config_file: {path} must hold server_key and server_cert")
    if config.client_verify and not config.custom_ca:
        raise InputError(f"--ssl_config_file: {path} has client_verify but no custom_ca")
    return config


def grpc_credentials(config: Any) -> grpc.ServerCredentials:
    """The server's credentials for gRPC."""
    pair = (config.server_key.encode(), config.server_cert.encode())
    return grpc.ssl_server_credentials(
        [pair], config.custom_ca.encode() or None, require_client_auth=config.client_verify
    )


def context(config: Any) -> ssl.SSLContext:
    """The server's settings for https.

    Raises:
        InputError: if key and certificate are no pair or cannot be read.
    """
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # Python's ssl takes the chain from files alone.
        with _file(config.server_key) as key, _file(config.server_cert) as certificate:
            tls.load_cert_chain(certificate, key)
        if config.custom_ca:
            tls.load_verify_locations(cadata=config.custom_ca)
    except (ssl.SSLError, ValueError) as e:
        raise InputError(f"--ssl_config_file: key or certificate cannot be used: {e}") from e
    if config.client_verify:
        tls.verify_mode = ssl.CERT_REQUIRED
    return tls


@contextlib.contextmanager
def _file(text: str) -> Any:
    descriptor, name = tempfile.mkstemp()  # readable by this user alone
    try:
        with os.fdopen(descriptor, "w") as f:
            f.write(text)
        yield name
    finally:
        Path(name).unlink()
