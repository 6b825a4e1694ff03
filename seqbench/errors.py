"""One form for everything a person can get wrong."""

from pathlib import Path


class InputError(ValueError):
    """*where: what is wrong. What is allowed. What to do.*

    Raised for bad input only; the command line prints the sentence and no traceback.
    """


class Unwritable(InputError):
    """A file cannot be written, for a reason outside of what is computed; it ends a job."""


class MissingData(InputError):
    """A data set is not on this machine. The sentence names the command that brings it."""


MEMORY = (
    *("out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory"),
    *("bad_alloc", "alloc_failed", "failed to map segment", "outofmemory"),
)


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory was not given, by whichever library."""
    message = f"{type(error).__name__}: {error}".lower()
    return isinstance(error, MemoryError) or any(words in message for words in MEMORY)


def place(file: str, line: int, function: str) -> str:
    """Where something is wrong, for the beginning of a sentence: `cells/lstm.py, line 30, in step`

    file: its path, of which the last folder and the name are said.
    """
    path = Path(file)
    return f"{Path(path.parent.name, path.name)}, line {line}, in {function}"
