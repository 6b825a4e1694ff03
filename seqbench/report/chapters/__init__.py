"""The chapters of the report: one file, one chapter, found by its file name.

A chapter is a file of this folder with

    ORDER     its place in the report
    TITLE     its heading, on the page and in the paper
    SHORT     its name in the page's navigation
    INTRO     what a reader should know first; "" for nothing
    gather(tables) -> Chapter    its sentences and tables

A figure joins it by SECTION = the name of the file. A chapter without a word, a table or a figure
is left out. What several chapters share stands in files that begin with `_`.
"""

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Chapter


class Module(Protocol):
    """The protocol above, for a type checker."""

    ORDER: int
    TITLE: str
    SHORT: str
    INTRO: str

    def gather(self, tables: Tables) -> Chapter:
        """Its sentences and tables."""


class Titled(Chapter):
    """What the report's dictionary holds of a chapter."""

    title: str
    short: str
    intro: str


def names() -> list[str]:
    """The chapters in this folder, in reading order."""
    stems = [path.stem for path in Path(__file__).parent.glob("[!_]*.py")]
    return sorted(stems, key=lambda name: (load(name).ORDER, name))


def load(name: str) -> Module:
    """One chapter's module."""
    return cast(Module, import_module(f"seqbench.report.chapters.{name}"))


def gather(tables: Tables) -> dict[str, Titled]:
    """Every chapter by name, in reading order: its title, its introduction, and what it gathers."""
    return {name: _titled(load(name), tables) for name in names()}


def _titled(module: Module, tables: Tables) -> Titled:
    gathered = module.gather(tables)
    return {"title": module.TITLE, "short": module.SHORT, "intro": module.INTRO, **gathered}
