"""Failures of a request: a code that gRPC and HTTP both have, and one sentence."""

from enum import Enum
from typing import Any

from kerasuite.errors import KerasuiteError


class Code(Enum):
    """The canonical codes: number, as in gRPC, and the HTTP status that stands for it."""

    OK = (0, 200)
    CANCELLED = (1, 499)
    UNKNOWN = (2, 500)
    INVALID_ARGUMENT = (3, 400)
    DEADLINE_EXCEEDED = (4, 504)
    NOT_FOUND = (5, 404)
    ALREADY_EXISTS = (6, 409)
    PERMISSION_DENIED = (7, 403)
    RESOURCE_EXHAUSTED = (8, 429)
    FAILED_PRECONDITION = (9, 400)
    ABORTED = (10, 409)
    OUT_OF_RANGE = (11, 400)
    UNIMPLEMENTED = (12, 501)
    INTERNAL = (13, 500)
    UNAVAILABLE = (14, 503)
    DATA_LOSS = (15, 500)
    UNAUTHENTICATED = (16, 401)

    @property
    def number(self) -> int:
        """The code's number in gRPC and in TensorFlow."""
        return self.value[0]

    @property
    def http(self) -> int:
        """The HTTP status of an answer with this code."""
        return self.value[1]


_BY_NUMBER = {code.number: code for code in Code}


class ServingError(KerasuiteError):
    """A request cannot be answered.

    Attributes:
        code: why.
        message: one sentence for the client.
    """

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message

    def named(self) -> str:
        """Code and message, as TF Serving quotes one error inside another."""
        return f"{self.code.name}: {self.message}"


def invalid(message: str) -> ServingError:
    """An error of the client's making."""
    return ServingError(Code.INVALID_ARGUMENT, message)


def code_of(number: Any) -> Code:
    """The code of a number in gRPC or TensorFlow; UNKNOWN if there is no such code."""
    return _BY_NUMBER.get(number, Code.UNKNOWN)
