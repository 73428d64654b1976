"""TF Serving's protocol over SavedModels: a server, and a client for either server."""

from typing import Any

__all__ = ["Client"]


def __getattr__(name: str) -> Any:
    # On first use: the command line names this package and must not wait for its libraries.
    if name == "Client":
        from kerasuite.serving.client import Client

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
