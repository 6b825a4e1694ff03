"""Whatever a matrix says, it is refused in a sentence, or its jobs can be built."""

import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from unittest.mock import patch

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqbench import matrix, registry
from seqbench.cell import Cell
from seqbench.engine import contracts
from seqbench.engine.machine import memory
from seqbench.engine.source import Source
from seqbench.engine.streams import CPU, stream
from seqbench.errors import InputError, out_of_memory
from seqbench.matrix.job import Job
from seqbench.networks.network import build
from seqbench.training import Training

LIMIT = 2.0  # seconds in which a matrix is refused
PATIENCE = 20.0  # seconds in which what it describes is built, or is broken off
WILD = st.sampled_from(
    [0, -1, 10**6, 10**6 + 1, 10**12, 1e-320, 1e-31, 1e31, -1e300, math.nan, math.inf, True]
    + ["x", "", None, [], [1], [0.5, 0.5], {}, {"a": 1}, "1e-3"]
)
COUNT = st.integers(1, 12)
SHARE = st.sampled_from([1e-30, 0.1, 0.5, 0.9])
WORD = {"int": COUNT, "Size": COUNT, "Several": COUNT, "Count": COUNT, "bool": st.booleans()}
SYNTHETIC = [
    name for name in registry.names("tasks") if not registry.describe("tasks", name).facts["needs"]
]
NAMES = {
    "tasks": [*SYNTHETIC, "digits", "digits_spelled", "sunspots"],
    "cells": [*registry.names("cells")],
    "remedies": [*registry.names("remedies")],
}
SETTINGS = {
    **dict.fromkeys(("hidden", "batch", "layers", "evaluate_every", "patience", "stack"), COUNT),
    **dict.fromkeys(("valid_sequences", "test_sequences", "solve_batches", "updates"), COUNT),
    **dict.fromkeys(("valid_at_most", "test_at_most"), COUNT | st.none()),
    **dict.fromkeys(("momentum", "dropout", "timeout_minutes"), SHARE),
    "learning_rates": st.lists(SHARE, min_size=1, max_size=3),
    "bidirectional": st.booleans(),
    "match": st.sampled_from(["units", "parameters", "state"]),
    "optimizer": st.sampled_from(["sgd", "rmsprop", "adam"]),
    "engine": st.sampled_from(["auto", "eager"]),
}
ROOM = 4 << 30  # bytes that a job may take here, where others are tested beside it


def mostly(value: st.SearchStrategy) -> st.SearchStrategy:
    """A value that may be right, and one time in sixteen one that is wild."""
    return st.integers(0, 15).flatmap(lambda lot: WILD if lot == 0 else value)


def of_knob(annotation: str) -> st.SearchStrategy:
    if annotation.startswith("Literal"):
        return st.sampled_from(annotation[8:-1].replace('"', "").replace("'", "").split(", "))
    return WORD.get(annotation.partition(" ")[0], SHARE)


@st.composite
def entries(draw: st.DrawFn, kind: str) -> dict[str, object]:
    """One variant, with some of its knobs."""
    name = draw(st.sampled_from(NAMES[kind]))
    knobs = registry.describe(kind, name).knobs
    some = draw(st.sets(st.sampled_from([*knobs]), max_size=3)) if knobs else set()
    given = {knob: draw(mostly(of_knob(knobs[knob].annotation))) for knob in sorted(some)}
    return {name: given or None}


@st.composite
def matrices(draw: st.DrawFn) -> dict[str, object]:
    """A matrix of one job, with slips here and there."""
    usual = {"updates": 12, "evaluate_every": 4, "valid_sequences": 3, "test_sequences": 3}
    some = draw(st.sets(st.sampled_from([*SETTINGS]), max_size=4))
    changes = {name: draw(mostly(SETTINGS[name])) for name in sorted(some)}
    content = {"name": "fuzz", "seeds": draw(mostly(st.just([1, 2]))), "train": usual | changes}
    content |= {kind: draw(entries(kind)) for kind in matrix.KINDS}
    if draw(st.integers(0, 9)) == 0:
        content[draw(st.sampled_from([*content, "report", "results", "only", "sed"]))] = draw(WILD)
    return content


class Slow(BaseException):
    """What is built takes too long to wait for."""


@contextmanager
def brief() -> Iterator[None]:
    """What is inside is broken off after so many seconds on the processor."""

    def stop(*given: object) -> NoReturn:
        raise Slow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def built(job: Job) -> None:
    """All that a job has before its first update, in small."""
    task = registry.load_task(job.task, job.task_knobs)
    contracts.facts(task)
    cell: Cell = registry.load_cell(job.cell, job.cell_knobs)
    small: Training = job.training
    network = build(cell, task, small)
    network.initialize(network.sizes(task, small.hidden), stream(1, "weights"))
    source = Source(task, min(small.batch, 4), 3, 3, CPU)
    source.draw([1, 2])
    assert len(source.batch([1, 2], 0)) and source.probe(2)
    for name, knobs in job.remedies.items():
        registry.load_remedy(name, knobs).suits(cell, task)


def check(file: Path, content: dict[str, object]) -> bool:
    """Whether a matrix was taken, and its jobs could be built."""
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    began = time.process_time()
    try:
        read = matrix.read(file)
    except InputError as refused:
        words = str(refused)
        assert words.startswith(f"{file}: ") or words.startswith(f"{file}:")
        assert "\n" not in words and "Traceback" not in words
        assert time.process_time() - began < LIMIT
        return False
    for pair in read.jobs():
        try:
            with (
                brief(),
                patch.object(memory, "available", lambda device: ROOM),
                memory.capped(CPU),
            ):
                built(read.job(*pair))
        except InputError as refused:  # values that do not go together
            assert "\n" not in str(refused)
        except Slow:  # a length of a million is allowed, and takes its time
            pass
        except (MemoryError, RuntimeError) as error:
            assert out_of_memory(error), content
    return True


FUZZ = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=300, **FUZZ)
@given(content=matrices())
def test_any_matrix_is_refused_or_can_be_built(tmp_path: Path, content: dict[str, object]) -> None:
    check(tmp_path / "m.yaml", content)


@pytest.mark.faults
@settings(max_examples=2000, **FUZZ)
@given(content=matrices())
def test_many_more_are_refused_or_can_be_built(tmp_path: Path, content: dict[str, object]) -> None:
    check(tmp_path / "m.yaml", content)
