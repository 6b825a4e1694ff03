"""The commands of `python -m seqbench`: one file each, and the file's name is the command's.

The first line of its docstring is its line in --help. It has

    EXAMPLE   the arguments of a call that works
    COMPUTES  True where it trains or measures, and so wants one thread and large blocks of memory
    options   adds its arguments to a parser
    run       does it; returns an exit code, or None for 0

At its top it imports nothing slow (torch, pandas, pydantic): `list` answers at once.
Files that begin with _ are no commands.
"""

import importlib
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# In --help: first what only looks, then the workflow in its order, then what comes after a run.
ORDER = (
    *("list", "check", "schema", "flow"),
    *("data", "train", "reach", "initialization", "collect", "analyze", "draw", "report", "status"),
    *("claims", "certify", "compare", "picture", "bench"),
)


@dataclass(frozen=True)
class Command:
    """A command as its file describes it; the attributes are explained above."""

    name: str
    summary: str
    example: str
    computes: bool
    options: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int | None]


def commands() -> list[Command]:
    """All commands in the order of --help; those that ORDER does not name come last."""
    names = {file.stem for file in Path(__file__).parent.glob("[!_]*.py")}
    known = [name for name in ORDER if name in names]
    return [_load(name) for name in (*known, *sorted(names.difference(known)))]


def _load(name: str) -> Command:
    module = importlib.import_module(f"{__name__}.{name}")
    summary = (module.__doc__ or "").partition("\n")[0]
    computes = getattr(module, "COMPUTES", False)
    return Command(name, summary, module.EXAMPLE, computes, module.options, module.run)
