"""Proofs that variants are pure, before they train; each is made once and kept in the store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import torch
from torch import Tensor

from seqbench import opened, registry, sources
from seqbench.cell import Cell
from seqbench.engine.purity.process import imported
from seqbench.engine.purity.tasks import prove_task
from seqbench.engine.purity.variants import prove_cell, prove_remedy
from seqbench.engine.rules import impure, kind
from seqbench.engine.setup import Setup
from seqbench.matrix.job import Job
from seqbench.remedy import Remedy
from seqbench.task import Batch, Task


def prove_import(kind: str, name: str) -> None:
    """Import a variant.

    Raises:
        Impure: that changes a setting of the whole process.
    """
    for part in registry.parts(name):
        with imported(registry.path(kind, part)):
            registry.module(kind, part)


def objection(remedy: Remedy, cell: Cell, task: Task) -> str | None:
    """What `suits` says, if it is what it may be.

    Raises:
        Impure: it is neither None nor a sentence.
    """
    for part in remedy.parts:
        said: object = part.suits(cell, task)
        if not (said is None or isinstance(said, str) and said.strip()):
            more = repr(said) if isinstance(said, str | bool) else kind(said)
            raise impure("sentence", part, "suits", more=more)
    return remedy.suits(cell, task)


@dataclass(frozen=True)
class Proofs:
    """Of the variants of one job; each method raises what the variant raises, or Impure."""

    job: Job
    setup: Setup
    cell: Cell

    def of_task(self) -> None:
        """Its samples, loss and score."""
        task = self.setup.task
        what = (repr(task), self.setup.settings.batch, self.setup.source.checksum)
        self._once({"tasks": self.job.task}, what, partial(prove_task, task, self._batch))

    def _batch(self, seeds: Sequence[int]) -> Batch:
        self.setup.source.inspect(seeds, 0)
        return self.setup.source.batch([*seeds], 0).map(Tensor.cpu)

    def of_cell(self) -> None:
        """Its step."""
        self._once({"cells": self.job.cell}, repr(self.cell), partial(prove_cell, self.cell))

    def of_remedy(self, name: str, remedy: Remedy) -> None:
        """Its verbs around the cell; what is composed of pure parts is pure."""
        for part in remedy.parts:
            what = (repr(self.cell), repr(part))
            names = {"cells": self.job.cell, "remedies": name}
            self._once(names, what, partial(prove_remedy, self.cell, part))

    def _once(self, names: Mapping[str, str], what: object, proof: Callable[[], None]) -> None:
        """Make a proof, unless the same code was proved with the same knobs before."""
        code = sources.checksum(*sources.of_proof(names))
        key = sha256(f"{what} {code} {torch.__version__}".encode()).hexdigest()
        store = self.setup.store
        if not store.proven(key):
            with opened.recorded(store.folder.parent):  # what it reads is kept with it
                proof()
                store.keep_proof(key)
