"""One form for everything a person can get wrong."""


class InputError(ValueError):
    """*where: what is wrong. What is allowed. What to do.*

    Raised for bad input only; the command line prints the sentence and no traceback.
    """


class Unwritable(InputError):
    """A file cannot be written, for a reason outside of what is computed; it ends a job."""


class MissingData(InputError):
    """A data set is not on this machine. The sentence names the command that brings it."""
