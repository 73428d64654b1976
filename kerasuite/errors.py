"""The two kinds of expected failure; the command line prints each as one sentence."""


class KerasuiteError(Exception):
    """Something failed that is not the user's fault (a full disk, no network). Exit code 1."""

    exit_code = 1


class InputError(KerasuiteError, ValueError):
    """The user's input cannot be used: an option, a file, a data set. Exit code 2."""

    exit_code = 2
