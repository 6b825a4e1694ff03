"""What a row says of an error: which line of a variant, and no places of this machine."""

import re
import socket
import traceback
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType

from seqbench import registry
from seqbench.engine.faults import Faulty
from seqbench.errors import InputError, MissingData, out_of_memory, place
from seqbench.remedy import VERBS

KINDS = ("cells", "remedies", "tasks")
SHAPES = re.compile(r"shape|size|dimension|broadcast|expand", re.I)
RULE = "The last two axes are the mathematics; any axis in front is trials."


def reason(error: BaseException) -> str:
    """The sentence of ours, or which line of a variant raised what, and the rule it broke."""
    if isinstance(error, Faulty) and error.__cause__:
        return reason(error.__cause__)
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, SystemExit):
        words = f"SystemExit: it ends the process ({error}), which is not for a variant to do"
    else:
        words = f"{type(error).__name__}: {' '.join(str(error).split())}"
    file, line, function = _line(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename:
        file, line, function = error.filename, error.lineno or 0, "module"
    theirs = isinstance(error, RuntimeError | IndexError)  # of torch, not of a check by hand
    if theirs and function in ("step", *VERBS) and SHAPES.search(str(error)):
        words = f"{words.rstrip('.')}. {RULE}"
    return f"{place(file, line, function)}: {words}" if file else words


def from_outside(error: BaseException) -> bool:
    """Whether memory, disk or data were not there, so that another attempt may do better."""
    kinds = (MissingData, OSError)
    return out_of_memory(error) or isinstance(error, kinds) or isinstance(error.__cause__, OSError)


def private(words: str) -> str:
    """The same without the project's folder, the home folder and the name of the host."""
    folders = {registry.HOME.parent: "", Path.cwd(): "", Path.home(): "~/"}
    for folder, instead in folders.items():
        if len(folder.parts) > 1:
            words = words.replace(f"{folder}/", instead).replace(str(folder), instead or ".")
    host = re.escape(socket.gethostname())
    return re.sub(rf"(?<![\w.-]){host}(?![\w-])", "this machine", words) if host else words


def _line(trace: TracebackType | None) -> tuple[str, int, str]:
    """File, line and function: the innermost of a variant's, else of ours, else of anybody's."""
    frames = [f for f in traceback.extract_tb(trace) if not f.filename.startswith("<")]
    variants = [f for f in frames if _folders() & {*Path(f.filename).parents}]
    ours = [f for f in frames if registry.HOME in Path(f.filename).parents]
    for frame in (variants or ours or frames)[-1:]:
        return frame.filename, frame.lineno or 0, frame.name
    return "", 0, ""


@cache
def _folders() -> frozenset[Path]:
    """Where variants lie: in ours, and in those of other packages."""
    found = set()
    for kind in KINDS:
        for name in registry.names(kind):
            with suppress(Exception):  # an announced module that cannot be found
                found.add(registry.path(kind, name).parent)
    return frozenset(found)
