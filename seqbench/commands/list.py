"""List cells, remedies and tasks."""

import json
from argparse import ArgumentParser, Namespace

from seqbench import registry, terminal
from seqbench.commands import _shared
from seqbench.errors import InputError

EXAMPLE = "cells --long"
KINDS = ("cells", "remedies", "tasks")
FACTS = ("family", "state", "gates", "forget", "admit", "io_shape", "metric")


def options(parser: ArgumentParser) -> None:
    """Which kind, and how much of it."""
    parser.add_argument("kind", nargs="?", choices=KINDS, help="default: all three")
    parser.add_argument("--json", action="store_true", help="everything, for machines")
    parser.add_argument("--long", action="store_true", help="with title, source and knobs")


def run(options: Namespace) -> None:
    """Print the names, a line each."""
    kinds = [options.kind] if options.kind else KINDS
    _shared.complain()
    if options.json:
        every = [_facts(kind, name) for kind in kinds for name in registry.names(kind)]
        print(json.dumps(every, indent=2, default=str))
        return
    for kind in kinds:
        indent = "" if options.kind else "  "
        if not options.kind:
            print(f"{kind}:")
        for name in registry.names(kind):
            print(indent + name)
            for label, words in _long(kind, name).items() if options.long else ():
                print(*terminal.hung(f"{indent}    {label:8}", words), sep="\n")


def _facts(kind: str, name: str) -> dict[str, object]:
    facts: dict[str, object] = {"kind": kind, "name": name}
    try:
        described = registry.describe(kind, name)
    except InputError as error:
        return facts | {"problem": str(error)}
    knobs = {k: {"type": v.annotation, "default": v.default} for k, v in described.knobs.items()}
    facts |= {"title": described.title, "sources": described.sources, "knobs": knobs}
    return facts | {fact: described.facts[fact] for fact in FACTS if fact in described.facts}


def _long(kind: str, name: str) -> dict[str, str]:
    try:
        described = registry.describe(kind, name)
    except InputError as error:
        return {"problem": str(error)}
    facts = {fact: _plain(described.facts.get(fact)) for fact in FACTS}
    knobs = ", ".join(f"{k}: {v.annotation} = {v.default}" for k, v in described.knobs.items())
    lines = {
        "title": described.title,
        **facts,
        "knobs": knobs,
        "source": ", ".join(described.sources),
    }
    if kind == "remedies":
        lines |= {"acts at": ", ".join(described.overrides)}
    return {label.replace("io_shape", "shape"): words for label, words in lines.items() if words}


def _plain(fact: object) -> str:
    """A fact as words: gates with a sign as `z +`, several with a comma."""
    if isinstance(fact, dict):
        return ", ".join(f"{gate} {'+' if sign > 0 else '-'}" for gate, sign in fact.items())
    return ", ".join(fact) if isinstance(fact, tuple) else str(fact or "")
